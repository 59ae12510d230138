"""Filters: which of the events count at all, by day, course, group, part of Moodle, section, and who finished."""

from typing import Any

from moodlelogsmart.meaning.elements import find_elements
from moodlelogsmart.meaning.log import name_course
from moodlelogsmart.meaning.matching import ABSENT
from moodlelogsmart.meaning.roster import SHOWN, cut
from moodlelogsmart.options import Options
from moodlelogsmart.workspace import Workspace

NAMED = ("course", "group", "module", "section")  # the options that filter by names
OFFERED = 50  # names of a kind that a page offers
# How a learner begins or ends an exercise: what is done, with Moodle's names of its events, which plugins have too.
TRIED = {
    "handed in": ("assessable_submitted", "submission_added", "submission_uploaded"),
    "drafted": ("submission_created", "submission_updated"),
    "started": ("attempt_started",),
    "submitted": ("attempt_submitted",),
}
_EVENTS = tuple(event for events in TRIED.values() for event in events)
_COURSE = "coalesce(nullif(course, ''), getvariable('course'), '')"
# SQL: that an event is of what is wanted, by the option; {} is a query of the names that are.
_OF = {
    "course": f"context_id in (select context_id from context where {_COURSE} in ({{}}))",
    "group": 'person in (select person from member where "group" in ({}))',
    "module": "module in ({})",
    "section": """(object, context_id) in (select (object, context_id) from element_of
        where element in (select element from element where section in ({})))""",
}


def apply_filters(work: Workspace, options: Options) -> None:
    """Make view `identified` of those rows of `unfiltered` that the options let through; the others get into table
    `reason`, unless they are left out already.

    Also table `offered` (kind, text, wanted, found): by which courses, groups, parts of Moodle and sections it could be
    filtered, and by which it is; not found is what was asked for and is not in the log. Names are compared without case
    and accents. A row that is left out counts nowhere, but for who is staff and what other events mean.
    """
    work.run("create view identified as from unfiltered")
    work.run("create table filtered (row bigint)")
    name_course(work)
    with_elements = bool(options.section) or options.finished
    if with_elements:
        find_elements(work)
    _find_offered(work, options, with_elements)
    conditions = _conditions(work, options)
    if not conditions:
        return
    work.run(f"insert into filtered select row from unfiltered where not ({' and '.join(conditions)})")
    work.run("insert into reason select row, 'filtered' from filtered where row not in (select row from reason)")
    work.run(
        """create or replace view identified as
        select * from unfiltered where row not in (select row from filtered)"""
    )
    _filter_absent(work, options)
    # They are made again of what is left.
    for table in ("element", "element_of", "finisher"):
        work.run(f"drop table if exists {table}")


def _filter_absent(work: Workspace, options: Options) -> None:
    """Leave out of view `absent` who is in none of the groups that count, and all where only who finished counts."""
    if options.finished:
        work.run(f"create or replace view absent as {ABSENT} and false")
    elif options.group:
        work.run(
            f"""create or replace view absent as {ABSENT} and (kind, place) in (
                select (kind, place) from told_group where "group" in ({_asked("group")}))"""
        )


def _asked(kind: str) -> str:
    """SQL: what of a kind is asked for, and is in the log."""
    return f"select text from offered where kind = '{kind}' and wanted and found"


def _conditions(work: Workspace, options: Options) -> list[str]:
    """SQL over `unfiltered` with its times: what holds for an event that counts."""
    days = [f"coalesce(local(moment)::date >= '{options.from_}', false)"] if options.from_ else []
    days += [f"coalesce(local(moment)::date <= '{options.until}', false)"] if options.until else []
    named = {kind: condition.format(_asked(kind)) for kind, condition in _OF.items() if getattr(options, kind)}
    if not options.finished:
        return [*days, *named.values()]
    # Which exercise is the last depends on the course, and on the days that count, and on nothing else.
    _find_finishers(work, " and ".join([*days, *(named[kind] for kind in named if kind == "course")]) or "true")
    return [*days, *named.values(), "person in (select person from finisher)"]


def _find_finishers(work: Workspace, where: str) -> None:
    """Make table `finisher` (person) of who handed in or tried the exercise that half of its learners began last."""
    work.run(
        f"""create table finisher as
        with tried as (
            select element, person, min(moment) as first
            from unfiltered join element_of using (object, context_id)
            where event in {_EVENTS} and element <> '' and moment is not null and person <> ''
                and row not in (select row from judged) and {where} group by all),
        middle as (select element, quantile_disc(first, 0.5) as half from tried group by element)
        select person from tried where element = (select arg_max(element, (half, element)) from middle)"""
    )


def _find_offered(work: Workspace, options: Options, with_elements: bool) -> None:
    work.run("create table asked (kind varchar, text varchar, plain varchar)")
    for kind in NAMED:
        if texts := getattr(options, kind):
            work.run(f"insert into asked select $1, unnest($2) as text, {_plain('text')}", [kind, list(texts)])
    sections = "union all select 'section', section, '', count(*) from element group by all" if with_elements else ""
    work.run(
        f"""create table nameable as
        with counted as (
            select context_id, sentence_id, module, count(*) as n from unfiltered
            where row not in (select row from reason) group by all),
        told as (
            select 'course' as kind, {_COURSE} as text, '' as also, sum(n) as n
            from counted join context on context.context_id = counted.context_id group by all
            union all select 'module', counted.module, component, sum(n)
            from counted join identity on identity.sentence_id = counted.sentence_id group by all
            union all select 'group', "group", '', count(*) from member group by all {sections})
        select *, {_plain("text")} as plain, {_plain("also")} as also_plain from told where text <> ''"""
    )
    # A part of Moodle may be told as the log calls it, where that is the name of no other.
    work.run(
        """create table meant as
        select asked.kind, asked.text as asked, nameable.text
        from asked join nameable on nameable.kind = asked.kind and nameable.plain = asked.plain
        union select asked.kind, asked.text, nameable.text
        from asked join nameable on nameable.kind = asked.kind and also_plain = asked.plain
        where (asked.kind, asked.plain) not in (select (kind, plain) from nameable)"""
    )
    work.run(
        """create table offered as
        select kind, text, (kind, text) in (select (kind, text) from meant) as wanted, true as found
        from nameable group by kind, text order by kind, sum(n) desc, text"""
    )
    work.run(
        """insert into offered select distinct kind, text, true, false from asked
        where (kind, text) not in (select (kind, asked) from meant)"""
    )
    for table in ("asked", "nameable", "meant"):
        work.run(f"drop table {table}")


def _plain(text: str) -> str:
    """SQL: a name as it is compared, also where a page has cut it."""
    return f"folded(left(rtrim({text}, '… '), {SHOWN}))"


def filtered_by(work: Workspace, options: Options) -> dict[str, Any]:
    """By what it is filtered, by option: days as ISO 8601, names as the log has them, by codes where these are in it;
    `unknown`: how many names that were asked for are not in the log."""
    told: dict[str, Any] = {}
    told |= {"from": options.from_.isoformat()} if options.from_ else {}
    told |= {"until": options.until.isoformat()} if options.until else {}
    for kind, text, found in work.run(f"select kind, {cut('text')}, found from offered where wanted order by rowid"):
        if found:
            told.setdefault(kind, []).append(text)
        else:
            told["unknown"] = told.get("unknown", 0) + 1
    return told | ({"finished": True} if options.finished else {})


def offered(work: Workspace) -> dict[str, list[str]]:
    """By which names it could be filtered, by option, the most frequent first."""
    found: dict[str, list[str]] = {}
    for kind, text in work.run(
        f"""select kind, {cut("text")} from offered where found
        qualify row_number() over (partition by kind order by not wanted, rowid) <= {OFFERED} order by rowid"""
    ):
        found.setdefault(kind, []).append(text)
    return found
