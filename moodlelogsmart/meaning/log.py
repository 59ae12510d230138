"""The enriched log: view `log`, from which all results are written, by case, time and order of logging.

What many events have in common is worked out once: a log of a million events has some hundred different meanings.

A meaning is what an event says and means without who did it and when: context, component, name, module, action,
activity type, Bloom level, rule and course. Table `meaning` has them, with `meaning_id` from 1; table `ordered` has the
rest of each event, in the order of the log; view `log` has both.
"""

from itertools import groupby

from moodlelogsmart.meaning.categories import label_elements
from moodlelogsmart.meaning.elements import find_elements
from moodlelogsmart.meaning.sessions import UNKNOWN
from moodlelogsmart.workspace import Workspace

COLUMNS = [
    "event_context", "component", "event_name", "course", "module", "event", "action", "activity_type", "bloom_level",
    "is_active", "rule_id",
]  # fmt: skip
# Texts of `ordered` that are numbers there, see Workspace.make_type.
_NUMBERED = ["person", "user_id", "object", "element", "label", "role"]
PLACED = 60  # bytes that an event takes while it is joined with the row of the log
_LONGEST = 300  # letters of the name of the course, which each event repeats; Moodle's own limit is 254

# The case of an event, over person, session and course.
_CASES = {
    "student": "person",
    "student_course": "concat(person, ' | ', course)",
    "session": "coalesce(person || '-' || session, person)",
}
# More of them than this are not held in lists in memory but joined for each file, which takes longer.
MANY = 50_000


def define_log(work: Workspace, case: str) -> None:
    """Make view `log` of `ordered` and `meaning`; its rows come in order, `nth` counts them from 1.

    `case` is the SQL of the case of an event over the columns of both.
    """
    texts = ", ".join(f"{name}::varchar as {name}" for name in _NUMBERED)
    own = f"""select ordered.rowid + 1 as nth, iso(moment) as time, ordered.* replace ({texts}),
        ({case})::varchar as case_id, coalesce(person || '-' || session, '') as session_id"""
    if _are_many(work):
        columns = ", ".join(COLUMNS)
        work.run(
            f"""create view log as {own}, {columns} from ordered join meaning
            on meaning.meaning_id = ordered.meaning_id order by nth"""
        )
    else:
        # Not a join, for the rows of one come in any order, and sorting takes longer than all the rest.
        columns = ", ".join(f"{per_meaning(work, name, name)} as {name}" for name in COLUMNS)
        work.run(f"create view log as {own} from (select ordered.*, rowid, {columns} from ordered) ordered")


def per_meaning(work: Workspace, name: str, value: str) -> str:
    """SQL of `value`, an expression over COLUMNS, for a row of `log`: looked up under `name`, by its meaning."""
    if _are_many(work):
        return f"({value})"
    work.define("variable", f"of_{name}", f"(select list({value} order by meaning_id) from meaning)")
    return f"getvariable('of_{name}')[meaning_id]"


def joined(work: Workspace, name: str, values: dict[str, str], between: str = "") -> str:
    """SQL: the texts `values`, by the column of `log` that each is of, one behind the other.

    Those that stand together and are over COLUMNS are put together once a meaning.
    """
    parts: list[str] = []
    for is_common, group in groupby(values, lambda column: column in COLUMNS):
        part = _concat([values[column] for column in group], between)
        parts.append(per_meaning(work, f"{name}_{len(parts)}", part) if is_common else part)
    return _concat(parts, between)


def _concat(texts: list[str], between: str) -> str:
    separator = f", '{between}', " if between else ", "
    return f"concat({separator.join(texts)})"


def carried(work: Workspace, names: list[str]) -> str:
    """The columns that a table made of `log` has to have for `per_meaning` with values over `names`."""
    return ", ".join(names) if _are_many(work) else "meaning_id"


def _are_many(work: Workspace) -> bool:
    return bool(work.once("select count(*) from meaning") > MANY)


def order_log(work: Workspace, case: str) -> None:
    """Make view `log`: the kept events with all the columns of the results, by case, time and order of logging."""
    find_elements(work)
    label_elements(work)
    work.make_type("element_text", "select element from element union select ''")
    work.make_type("label_text", "select label from element union select ''")
    work.run(
        """create table meaning as
        with found as (select distinct kind_id, place, context_id from placed)
        select row_number() over ()::integer as meaning_id, found.*, event_context,
            coalesce(nullif(course, ''), getvariable('course')) as course, component, event_name, kind.module, event,
            action, coalesce(activity_type, 'Others') as activity_type, coalesce(bloom_level, '') as bloom_level,
            coalesce(is_active, false) as is_active, coalesce(rule.id, '') as rule_id
        from found join kind on kind.kind_id = found.kind_id join identity on identity.sentence_id = kind.sentence_id
            join context on context.context_id = found.context_id left join rule on rule.place = found.place"""
    )
    work.run(
        f"""create table ordered as
        select told.* exclude (course, turn) from {_told(work)} told order by {_CASES[case]}, turn"""
    )
    work.run("drop table if exists told_event")
    define_log(work, _CASES[case])


def _told(work: Workspace) -> str:
    """SQL: the kept events, unsorted, with what `ordered` has of them; put together beforehand in a large log.

    A join and a sort at once, both on disk, would need more memory than a job has.
    """
    events = f"""select moment, user_id, user_full_name, affected_user, description, origin,
            ip_address, person, if(person = '{UNKNOWN}', null, session) as session, placed.object,
            element::element_text as element, element_of.label::label_text as label,
            role, meaning_id, meaning.course, placed.rowid as turn
        from raw join (select *, rowid from placed where {{where}}) placed on placed.row = raw.rowid
            join meaning on meaning.kind_id = placed.kind_id
            and meaning.place = placed.place and meaning.context_id = placed.context_id
            join element_of on element_of.object = placed.object and element_of.context_id = placed.context_id"""
    ranges = work.ranges("raw", PLACED)
    if len(ranges) == 1:
        return f"({events.format(where='true')})"
    work.make_by("told_event", ranges, lambda some: f"{events.format(where=f'row {some}')} where raw.rowid {some}")
    return "told_event"


def name_course(work: Workspace) -> None:
    """Set variable `course`: in the log of one course, whose name only the context of its own page holds."""
    work.run(
        rf"""set variable course = (
            select if(count(*) = 1, left(any_value(name), {_LONGEST}), '') from (
                select distinct regexp_replace(event_context, '^[^:]*: ', '') as name
                from (select distinct context_id from unfiltered where event = 'course_viewed') viewed
                    join context on context.context_id = viewed.context_id))"""
    )
