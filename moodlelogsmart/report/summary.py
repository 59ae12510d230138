"""What one run found and wrote, for the status page, the manifest and the command line."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from moodlelogsmart.analysis.acts import LEARNED
from moodlelogsmart.meaning.clean import REASONS
from moodlelogsmart.meaning.roster import cut
from moodlelogsmart.meaning.rules import RuleSet, rule_stub
from moodlelogsmart.meaning.sessions import UNKNOWN
from moodlelogsmart.messages import Message
from moodlelogsmart.reading.clock import LIKELY_MONTH
from moodlelogsmart.reading.model import CONTENT, Part, Reading, Unclear
from moodlelogsmart.reading.time_format import is_utc
from moodlelogsmart.report import warnings
from moodlelogsmart.report.answers import Answers, find_answers
from moodlelogsmart.report.comparison import SIDES, Row, Side, compare
from moodlelogsmart.report.figures import Figures, find_figures
from moodlelogsmart.report.labels import LISTS
from moodlelogsmart.report.warnings import LogWarning, Matched
from moodlelogsmart.workspace import Workspace

EVERYBODY = 200  # people who can be ticked as learners
SHOWN = 50  # people whom a page names; staff.csv has all
NOT_CALLED: Mapping[str, str] = MappingProxyType({})  # of files whose names nobody knows
OTHERS_TOLD = 200  # kinds of events without a rule to which a person can give a meaning, most frequent first

# The logs of the sample in each language, by SHA-256. Who uploads one of them is told as well that it is invented.
INVENTED = frozenset(
    {
        "c361e2eecc0f5a2740935c7299599442ebe969cb0bf6d7ce69882e34b9bbcc9b",
        "444cbe4d450a2994707f02c4c43e8b6c5070feec206919ef8d2d87f944de1ae1",
        "7f1eb06c4f20e66bdb14a5a6a758040d80be7f595363ad5655ee11455cac0dbb",
    }
)


@dataclass(frozen=True)
class Compared:
    """Another log that the results are compared with: its learners, and what is odd about it."""

    side: Side
    warnings: list[LogWarning]


@dataclass(frozen=True)
class Summary:
    """The figures of a result; `rows_read` is `events_kept` + `events_dropped`. Times are ISO 8601 with offset.

    people: everybody who did something, staff among them. events_nameless: those kept of people whom neither log nor
    list names.
    staff_people and doubtful_people: how many `staff` and `doubtful` are, of whom `shown` has the first.
    events_of_others: those kept that are no learner's; unknown_events: those kept of nobody who is named.
    All figures but rows and cases are over learners alone. course: where it is one, what it is called.
    others_kinds: how many kinds of event no rule names, of which `others` has the most frequent. roster, grades,
    groups: how these lists fit the log. disguised: whether people are codes. unclear: why nothing could be counted,
    where the columns are not clear; unclear_place: of which log; unclear_kind: what it is instead of a log, where that
    is known (see Unclear).
    labels_unused: how many rows of a file of labels tell no element of the log.
    taken: what of a dump or a backup was taken beside its log: of 'sections', 'groups' and 'grades'.
    filters: by what it is filtered, offered: by what it can be, as meaning.filters tells them.
    made: of what and how, as the manifest tells it: version, inputs, options and rules; an input has the name '' where
    that may be a person's. compared: the logs that it is compared with.
    """

    rows_read: int
    events_kept: int
    events_dropped: int
    dropped: dict[str, int]
    cases: int
    learners: int
    staff: list[dict[str, Any]]
    unknown_events: int
    sessions: int
    first_time: str
    last_time: str
    activity_types: dict[str, int]
    bloom_levels: dict[str, int]
    levels_of: dict[str, list[str]]
    rules_used: list[dict[str, Any]]
    others: list[dict[str, Any]]
    # Of jobs that an earlier version completed nothing is known of these.
    events_of_others: int = field(default=0, kw_only=True)
    people: int = field(default=0, kw_only=True)
    events_nameless: int = field(default=0, kw_only=True)
    others_kinds: int = field(default=0, kw_only=True)
    course: str = field(default="", kw_only=True)
    excerpt: list[dict[str, Any]] = field(default_factory=list, kw_only=True)
    reading: Reading = field(default_factory=Reading, kw_only=True)
    actors_from_description: float = field(default=0.0, kw_only=True)
    staff_people: int = field(default=0, kw_only=True)
    doubtful: list[dict[str, Any]] = field(default_factory=list, kw_only=True)
    doubtful_people: int = field(default=0, kw_only=True)
    sources_disagree: int = field(default=0, kw_only=True)
    ambiguous_events: int = field(default=0, kw_only=True)
    events_understood: float = field(default=1.0, kw_only=True)
    roster: Matched = field(default_factory=Matched, kw_only=True)
    grades: Matched = field(default_factory=Matched, kw_only=True)
    groups: Matched = field(default_factory=Matched, kw_only=True)
    corrections: dict[str, Any] = field(default_factory=dict, kw_only=True)
    disguised: bool = field(default=False, kw_only=True)
    everybody: list[dict[str, Any]] = field(default_factory=list, kw_only=True)
    answers: Answers = field(default_factory=Answers, kw_only=True)
    labels_unused: int = field(default=0, kw_only=True)
    taken: list[str] = field(default_factory=list, kw_only=True)
    filters: dict[str, Any] = field(default_factory=dict, kw_only=True)
    offered: dict[str, list[str]] = field(default_factory=dict, kw_only=True)
    compared: list[Compared] = field(default_factory=list, kw_only=True)
    made: dict[str, Any] = field(default_factory=dict, kw_only=True)
    unclear: Message | None = field(default=None, kw_only=True)
    unclear_place: int = field(default=0, kw_only=True)
    unclear_kind: str = field(default="", kw_only=True)
    warnings: list[LogWarning]
    figures: Figures
    files: list[dict[str, Any]]

    @property
    def detected(self) -> dict[str, Any]:
        """What was found out about the logs, as the manifest tells it; shares are from 0 to 1."""
        return {**self.reading.detected, "actors_from_description": self.actors_from_description}

    @property
    def events_learned(self) -> int:
        """The kept events of learners, which alone are in the figures."""
        return self.events_kept - self.events_of_others - self.unknown_events

    @property
    def is_doubtful(self) -> bool:
        """Whether a warning says that the results may well be wrong."""
        return any(warning.is_loud for warning in self.warnings)

    @property
    def is_invented(self) -> bool:
        """Whether everybody in it is, as in the sample."""
        inputs = self.made.get("inputs", [])
        return bool(inputs) and all(file["sha256"] in INVENTED for file in inputs)

    @property
    def own_side(self) -> Side:
        """All learners, as they are compared; of jobs that an earlier version completed only their number is known."""
        return next(iter(self.answers.sides), Side("", self.learners))

    @property
    def sides(self) -> list[Side]:
        """What stands side by side: all learners, the groups but for those of few people, the logs that it is compared
        with. One alone where there is nothing to compare."""
        groups = [one for one in self.answers.sides[1:] if not one.is_few]
        return [self.own_side, *groups, *(one.side for one in self.compared)]

    @property
    def sides_all(self) -> int:
        """How many of these comparison.csv has, also where the page has not all of them."""
        known = self.answers.totals.get("groups")
        return len(self.sides) if known is None else 1 + min(known, SIDES) + len(self.compared)

    @property
    def groups_left_out(self) -> int:
        """How many groups could be compared and are not."""
        return max(0, self.answers.totals.get("groups", 0) - SIDES)

    @property
    def comparison(self) -> list[Row]:
        """The figures of the sides, each with its differences to the first."""
        return compare(self.sides)

    def shown(self) -> "Summary":
        """What a page shows of it, which does not grow with the number of people or groups."""
        told = {name: value[:SHOWN] if isinstance(value, list) else value for name, value in self.corrections.items()}
        staff, doubtful = self.staff[:SHOWN], self.doubtful[:SHOWN]
        return replace(self, staff=staff, doubtful=doubtful, corrections=told, answers=self.answers.shown())

    def facts(self, language: str) -> dict[str, Any]:
        """It as plain data, the figures of the report left empty; what was `detected` instead of the reading.

        The warnings are in the language.
        """
        known = asdict(replace(self, reading=Reading(), figures=Figures(), answers=Answers(), warnings=[]))
        for name in (
            "reading",
            "actors_from_description",
            "excerpt",
            "everybody",
            "answers",
            "unclear_place",
            "unclear_kind",
            "disguised",
            "offered",
            "compared",
            "made",
        ):
            del known[name]
        behind = {name: known.pop(name) for name in ("warnings", "figures", "files")}
        return {**known, "detected": self.detected, **behind, "warnings": self.told_warnings(language)}

    def told_warnings(self, language: str) -> list[dict[str, Any]]:
        """The warnings as plain data, in the language."""
        return [one.told(language) for one in self.warnings]


def unread(error: Unclear, timezone: str) -> Summary:
    """What is known of a log that is not clear; `timezone` is that of its times."""
    return Summary(
        rows_read=0,
        events_kept=0,
        events_dropped=0,
        dropped={},
        cases=0,
        learners=0,
        staff=[],
        unknown_events=0,
        sessions=0,
        first_time="",
        last_time="",
        activity_types={},
        bloom_levels={},
        levels_of={},
        rules_used=[],
        others=[],
        warnings=[],
        figures=Figures(),
        files=[],
        reading=Reading(files=(error.seen,), timezone=Part(timezone)),
        unclear=error.message,
        unclear_place=error.place,
        unclear_kind=error.kind if error.is_told else "",
    )


def count(
    work: Workspace, rule_set: RuleSet, reading: Reading, workbook: int, lists: Mapping[str, str] = NOT_CALLED
) -> Summary:
    """Count what is in the tables of a workspace; `files` is left empty. `workbook` is the events that one can hold,
    `lists` what those beside the log are called by their options."""
    kept, cases, unknown = work.run(
        f"""select count(*), count(distinct case_id), count(*) filter (role = 'learner' and person = '{UNKNOWN}')
        from log"""
    )[0]
    learned, learners, nameless, sessions, first, last = work.run(
        f"""select count(*), count(distinct person), count(*) filter (user_full_name in ('', '-'){_unlisted(work)}),
            count(distinct nullif(session_id, '')), coalesce(iso(min(moment)), ''),
            coalesce(arg_max(time, moment), '') from log where {LEARNED}"""
    )[0]
    dropped = _dropped(work)
    staff_acts, doubtful_acts = _acts(work, "staff where source = 'log'"), _acts(work, "doubtful")
    _tally(work)
    _find_everybody(work)
    summary = Summary(
        rows_read=kept + sum(dropped.values()),
        events_kept=kept,
        events_of_others=kept - learned - unknown,
        events_dropped=sum(dropped.values()),
        dropped=dropped,
        cases=cases,
        learners=learners,
        staff=_staff(work),
        unknown_events=unknown,
        sessions=sessions,
        first_time=first,
        last_time=last,
        activity_types=_counts(work, "activity_type"),
        bloom_levels=_counts(work, "bloom_level"),
        levels_of=_levels_of(work),
        rules_used=_rules_used(work, rule_set),
        others=_others(work),
        people=_people(work),
        staff_people=sum(staff_acts.values())
        + work.value("select count(distinct person) from staff where source <> 'log'"),
        doubtful_people=sum(doubtful_acts.values()),
        events_nameless=nameless,
        others_kinds=work.value(
            "select count(*) from (select distinct module, event from tally where activity_type = 'Others')"
        ),
        course=_course(work),
        reading=reading,
        actors_from_description=work.value("select round(count(*) filter (told) / count(*), 4) from fact"),
        doubtful=_doubtful(work),
        **_identified(work),
        everybody=_everybody(work),
        roster=_matched(work, "roster"),
        grades=_matched(work, "grades"),
        groups=_matched(work, "groups"),
        warnings=[],
        labels_unused=work.value("select count(*) from unused_label"),
        taken=[
            kind
            for (kind,) in work.run(
                """select 'sections' where exists (from module_section)
                union all select kind from (from taken order by kind desc)"""
            )
        ],
        figures=find_figures(work),
        answers=find_answers(work),
        files=[],
    )
    summary.warnings.extend(_warnings(work, summary, workbook, lists, staff_acts, doubtful_acts))
    return summary


def _unlisted(work: Workspace) -> str:
    """SQL: and who acts has no name of a list either."""
    given = "select person from seen_name where events = 0"
    return f" and person::varchar not in ({given})" if work.value(f"select exists ({given})") else ""


def _tally(work: Workspace) -> None:
    """Make table `tally`, the meanings with their events of learners, for what need not be counted event by event."""
    work.run(
        f"""create table tally as select meaning.*, events
        from (select meaning_id, count(*) as events from ordered where {LEARNED} group by meaning_id) counted
            join meaning on meaning.meaning_id = counted.meaning_id"""
    )


def _course(work: Workspace) -> str:
    """What the course is called, '' where the log is of several, or tells none."""
    found = work.run(f"select distinct {cut('course')} from meaning where course <> '' limit 2")
    return str(found[0][0]) if len(found) == 1 else ""


def _dropped(work: Workspace) -> dict[str, int]:
    counts = dict(work.run("select reason, count(*) from reason group by reason"))
    counts["unreadable"] = work.value("select count(*) from unread")
    return {reason: counts[reason] for reason in REASONS if counts.get(reason)}


def _counts(work: Workspace, column: str) -> dict[str, int]:
    return dict(
        work.run(
            f"""select {column}, sum(events)::bigint as n from tally where {column} <> '' group by {column}
            order by n desc, {column}"""
        )
    )


def _levels_of(work: Workspace) -> dict[str, list[str]]:
    """The Bloom levels that events of each activity type have: the usual one, or those of the user's rules."""
    rows = work.run(
        """select activity_type, list(distinct bloom_level order by bloom_level) filter (bloom_level <> '')
        from tally group by activity_type order by activity_type"""
    )
    return {activity_type: levels or [] for activity_type, levels in rows}


def _people(work: Workspace) -> int:
    """Everybody who did something, but guests and what is nobody, whose ids are 0 and below."""
    return int(
        work.value(
            """select count(distinct person) from seen_name where person <> ''
            and coalesce(try_cast(person as bigint) > 0, true) and person not in (select person from guest)"""
        )
    )


def _acts(work: Workspace, people: str) -> dict[str, int]:
    """Of how many of the people each event is the act that tells."""
    return dict(
        work.run(
            f"""select event_name, count(*) from (
                select person, min(event_name) as event_name from (select * from {people}) group by person)
            group by event_name"""
        )
    )


def _staff(work: Workspace) -> list[dict[str, Any]]:
    """Who was taken for staff, most rows first: the person as the log names them, their rows, and the act or the roster
    that tells."""
    rows = work.run(
        """select person, name, source, act, rows, times, first from everybody where role = 'staff'
        order by rows desc, person"""
    )
    names = ("person", "name", "source", "event_name", "rows", "times", "first")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _doubtful(work: Workspace) -> list[dict[str, Any]]:
    """Who stays a learner though they did once or twice what only staff can do: the person, and that act."""
    rows = work.run(
        f"""select any_value(everybody.person), any_value(name), {cut("min(doubtful.event_name)")}, any_value(times),
            any_value(first)
        from doubtful join everybody on everybody.whole = doubtful.person
        group by doubtful.person order by doubtful.person"""
    )
    return [dict(zip(("person", "name", "event_name", "times", "first"), row, strict=True)) for row in rows]


def _find_everybody(work: Workspace) -> None:
    """Make table `everybody`, who can be told to be a learner or staff: those of whom we are not sure first, then the
    others, most rows first.

    Of each the person, name, rows, last day, role ('staff', 'doubtful', 'guest', 'learner', or 'logged_in_as' for a
    name under which somebody looks as another person), source and act as in `staff`, how often that was done, and on
    which day first; texts as a page shows them, and the whole person.
    """
    work.run(
        f"""create table everybody as
        with known as (
            select person, any_value(source) as source, min(event_name) as act, 'staff' as role
            from staff group by person
            union all select person, 'log', min(event_name), 'doubtful' from doubtful
            where person not in (select person from staff) group by person
            union all select person, 'guest', '', 'guest' from guest),
        acts as (
            select known.person, count(*) as times, iso(min(moment)) as first
            from known join fact on fact.person = known.person join identity on identity.sentence_id = fact.sentence_id
            where source = 'log' and identity.event_name = act group by known.person),
        seen as (select person, sum(events)::bigint as n, min(name) filter (name not in ('', '-')) as name
            from seen_name where person <> '' and coalesce(try_cast(person as bigint) > 0, true)
            group by person),
        last as (select person, max(moment) as moment from fact group by person),
        found as (
            select {cut("seen.person")} as person, {cut("seen.name")} as name, n as rows,
                strftime(last.moment, '%Y-%m-%d') as last, coalesce(role, 'learner') as role,
                coalesce(source, '') as source, coalesce({cut("act")}, '') as act, coalesce(times, 0) as times,
                coalesce(left(first, 10), '') as first, seen.person as whole
            from seen left join known on known.person = seen.person left join last on last.person = seen.person
                left join acts on acts.person = seen.person
            union all select {cut("name")}, {cut("name")}, rows, last, 'logged_in_as', 'logged_in_as', '', 0, '', name
            from posing)
        from found order by role = 'learner', rows desc, whole"""
    )


def _everybody(work: Workspace) -> list[dict[str, Any]]:
    """The first of table `everybody`, of many people only those of whom we are not sure."""
    names = ("person", "name", "rows", "last", "role", "source", "act", "times", "first")
    rows = work.run(
        f"""select {", ".join(names)} from everybody
        where role <> 'learner' or (select count(*) from everybody) <= {EVERYBODY} order by rowid limit {EVERYBODY}"""
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def _matched(work: Workspace, kind: str) -> Matched:
    """How a list of that kind fits the log."""
    people = dict(work.run("select found, count(*) from listed where kind = $1 group by found", [kind]))
    names = {
        found: [
            name
            for (name,) in work.run(
                f"""select called from listed where kind = $1 and found = $2 and called <> ''
                order by place limit {SHOWN}""",
                [kind, found],
            )
        ]
        for found in people
    }
    return Matched(
        people=sum(people.values()),
        found=people.get("yes", 0),
        missing=people.get("no", 0),
        unclear=people.get("several", 0),
        missing_names=names.get("no", []),
        unclear_names=names.get("several", []),
    )


def _some_names(work: Workspace) -> list[str]:
    """A few people as the log writes their names, for who compares it with a list."""
    rows = work.run(
        f"""select {cut("name")} from seen_name where person not in ('', '0') and name not in ('', '-')
        group by name order by sum(events) desc, name limit {warnings.NAMES_SHOWN}"""
    )
    return [name for (name,) in rows]


def _corrected(work: Workspace, state: str) -> tuple[int, list[str]]:
    """How many of those whom corrections name are of a state of table `corrected`, and the first of their names."""
    what = "person" if state == "both" else "text"
    rows = work.run(
        f"""select {cut(what)}, count(*) over () from corrected where state = $1
        group by {"person" if state == "both" else "place, text"} order by min(place) limit {SHOWN}""",
        [state],
    )
    return rows[0][1] if rows else 0, [name for name, _people in rows if name]


def _identified(work: Workspace) -> dict[str, Any]:
    """How sure the events of all rows are, by the names that Summary has: counts, and a share from 0 to 1."""
    (row,) = work.run(
        """select count(*) filter (sources_disagree), count(*) filter (is_ambiguous),
            round(count(*) filter (class <> '') / count(*), 4)
        from fact join identity on identity.sentence_id = fact.sentence_id"""
    )
    return dict(zip(("sources_disagree", "ambiguous_events", "events_understood"), row, strict=True))


def _rules_used(work: Workspace, rule_set: RuleSet) -> list[dict[str, Any]]:
    """How many events each rule caught, most first; rules that caught none are left out."""
    caught = dict(work.run("select rule_id, sum(events)::bigint from tally where rule_id <> '' group by rule_id"))
    told = [
        {"id": rule.id, "name": rule.name, "activity_type": rule.activity_type, "events": caught[rule.id]}
        for rule in rule_set.rules
        if rule.id in caught
    ]
    return sorted(told, key=lambda rule: -int(rule["events"]))


def _others(work: Workspace) -> list[dict[str, Any]]:
    rows = work.run(
        f"""with told as (
            select module, event, min(component) as component, min(unaddressed(event_name)) as event_name,
                count(*) as events, count(distinct person) as learners
            from ordered join meaning on meaning.meaning_id = ordered.meaning_id
            where {LEARNED} and activity_type = 'Others' group by module, event)
        select {cut("module")}, {cut("event")}, {cut("component")}, {cut("event_name")}, events, learners from told
        order by events desc, module, event limit {OTHERS_TOLD}"""
    )
    names = ("module", "event", "component", "event_name", "events", "learners")
    told = [dict(zip(names, row, strict=True)) for row in rows]
    return [other | {"stub": rule_stub(other["module"], other["event"], other["event_name"])} for other in told]


def _of_lists(work: Workspace, summary: Summary, called: Mapping[str, str]) -> Iterator[LogWarning | None]:
    """What does not fit in the lists beside the log, which are `called` so."""
    for kind in LISTS:
        matched: Matched = getattr(summary, kind)
        file = called.get(kind, "")
        yield warnings.list_unmatched(kind, matched, [] if matched.found else _some_names(work), file)
        yield warnings.list_unclear(kind, matched, file)


def _warnings(
    work: Workspace,
    summary: Summary,
    workbook: int,
    lists: Mapping[str, str],
    staff_acts: Mapping[str, int],
    doubtful_acts: Mapping[str, int],
) -> list[LogWarning]:
    """What the reader should know before trusting the figures, the loudest first; by what people were taken for staff,
    or nearly so.
    """
    reading, kept, first, last = summary.reading, summary.events_kept, summary.first_time, summary.last_time
    learned = summary.events_learned
    staff_rows, no_time = summary.dropped.get("staff", 0), summary.dropped.get("no_time", 0)
    filtered = summary.dropped.get("filtered", 0)
    columns = {name: part for file in reading.files for name, part in file.columns.items() if part.by == CONTENT}
    found = [
        warnings.most_people_staff(summary.people, staff_acts),
        warnings.most_rows_dropped(kept, summary.rows_read, staff_rows, summary.staff_people, filtered),
        warnings.no_learners(summary.learners, kept, filtered),
        warnings.many_others(summary.activity_types.get("Others", 0), summary.others_kinds, learned),
        warnings.sources_disagree(summary.sources_disagree),
        warnings.dates_turned(reading.dates_turned),
        warnings.times_improbable(first, last, datetime.now(UTC)),
        warnings.times_unreadable(no_time, summary.rows_read),
        warnings.date_order_guessed(reading.day_or_month_first, first if len(reading.files) == 1 else ""),
        warnings.year_guessed(reading.years_guessed),
        warnings.timezone_assumed(
            not reading.timezone.sure,
            reading.timezone.value,
            not all(is_utc(file.time_format.value) for file in reading.files),
        ),
        warnings.names_missing(summary.events_nameless, learned),
        warnings.doubtful_staff([one["person"] for one in summary.doubtful[:SHOWN]], doubtful_acts),
        warnings.language_unknown(
            any(not file.is_table for file in reading.files)
            and reading.language.is_known
            and not reading.language.value,
            summary.events_understood,
        ),
        warnings.month_guessed(any(file.time_format.by == LIKELY_MONTH for file in reading.files)),
        warnings.columns_guessed({name: columns[name].value for name in sorted(columns)}),
        warnings.letters_lost(reading.letters_lost),
        warnings.rows_unreadable(summary.dropped.get("unreadable", 0)),
        warnings.files_left_out([file.name for file in reading.files], reading.files_left_out, reading.kinds_left_out),
        *(warnings.sheets_left_out(one.name, one.sheet_name, one.sheets_left_out) for one in reading.files),
        warnings.workbook_left_out(kept, workbook),
        *_of_lists(work, summary, lists),
        *(warnings.corrected_unused(state, *_corrected(work, state)) for state in ("unknown", "several", "both")),
        warnings.context_unknown(reading.context_unknown),
    ]
    return [warning for warning in found if warning]
