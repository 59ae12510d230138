"""What one run found and wrote, for the status page, the manifest and the command line."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from moodlelogsmart.meaning.clean import REASONS
from moodlelogsmart.meaning.rules import RuleSet, rule_stub
from moodlelogsmart.meaning.sessions import UNKNOWN
from moodlelogsmart.messages import Message
from moodlelogsmart.reading.model import Reading
from moodlelogsmart.report.figures import Figures, find_figures
from moodlelogsmart.workspace import Workspace

OTHERS_SHOWN = 20  # identities without a rule that the report names, most frequent first


@dataclass(frozen=True)
class Summary:
    """The figures of a result; `rows_read` is `events_kept` + `events_dropped`. Times are ISO 8601 with offset."""

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
    reading: Reading = field(default_factory=Reading, kw_only=True)
    actors_from_description: float = field(default=0.0, kw_only=True)
    doubtful: list[dict[str, Any]] = field(default_factory=list, kw_only=True)
    sources_disagree: int = field(default=0, kw_only=True)
    ambiguous_events: int = field(default=0, kw_only=True)
    warnings: list[Message]
    figures: Figures
    files: list[dict[str, Any]]

    @property
    def detected(self) -> dict[str, Any]:
        """What was found out about the logs, as the manifest tells it; shares are from 0 to 1."""
        return {**self.reading.detected, "actors_from_description": self.actors_from_description}

    @property
    def facts(self) -> dict[str, Any]:
        """It as plain data, the figures of the report left empty; what was `detected` instead of the reading."""
        known = asdict(replace(self, reading=Reading(), figures=Figures()))
        for name in ("reading", "actors_from_description"):
            del known[name]
        behind = {name: known.pop(name) for name in ("warnings", "figures", "files")}
        return {**known, "detected": self.detected, **behind}


def count(work: Workspace, rule_set: RuleSet, reading: Reading, workbook: int) -> Summary:
    """Count what is in the tables of a workspace; `files` is left empty. `workbook` is the events that one can hold."""
    kept, cases, learners, unknown, sessions, first, last = work.run(
        f"""select count(*), count(distinct case_id), count(distinct person) filter (person <> '{UNKNOWN}'),
            count(*) filter (person = '{UNKNOWN}'), count(distinct nullif(session_id, '')),
            coalesce(arg_min(time, moment), ''), coalesce(arg_max(time, moment), '') from log"""
    )[0]
    dropped = _dropped(work)
    _tally(work)
    summary = Summary(
        rows_read=kept + sum(dropped.values()),
        events_kept=kept,
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
        reading=reading,
        actors_from_description=work.value("select round(count(*) filter (told) / count(*), 4) from fact"),
        doubtful=_doubtful(work),
        sources_disagree=_events_that(work, "sources_disagree"),
        ambiguous_events=_events_that(work, "is_ambiguous"),
        warnings=[],
        figures=find_figures(work),
        files=[],
    )
    summary.warnings.extend(_warnings(summary, workbook))
    return summary


def _tally(work: Workspace) -> None:
    """Make table `tally`, the meanings with their events, for what need not be counted event by event."""
    work.run(
        """create table tally as select meaning.*, events
        from (select meaning_id, count(*) as events from ordered group by meaning_id) counted
            join meaning on meaning.meaning_id = counted.meaning_id"""
    )


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


def _staff(work: Workspace) -> list[dict[str, Any]]:
    """Who was taken for staff: the person as the log names them, their rows, and the act or the roster that tells."""
    rows = work.run(
        """select staff.person, any_value(name order by name) filter (name not in ('', '-')) as name,
            any_value(source), any_value(event_name), count(*) as n
        from fact join staff on staff.person = fact.person
        group by staff.person order by n desc, staff.person"""
    )
    return [dict(zip(("person", "name", "source", "event_name", "rows"), row, strict=True)) for row in rows]


def _doubtful(work: Workspace) -> list[dict[str, Any]]:
    """Who stays a learner though they did once or twice what only staff can do: the person, and that act."""
    rows = work.run(
        """select doubtful.person, any_value(name order by name) filter (name not in ('', '-')) as name,
            any_value(event_name order by event_name)
        from doubtful join fact on fact.person = doubtful.person group by doubtful.person order by doubtful.person"""
    )
    return [dict(zip(("person", "name", "event_name"), row, strict=True)) for row in rows]


def _events_that(work: Workspace, what: str) -> int:
    """How many rows of the log have an identity of which `what` is true."""
    return int(
        work.value(f"select count(*) from fact join identity on identity.sentence_id = fact.sentence_id where {what}")
    )


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
        f"""select module, event, any_value(component order by component), any_value(event_name order by event_name),
            sum(events)::bigint as n from tally where activity_type = 'Others' group by module, event
        order by n desc, module, event limit {OTHERS_SHOWN}"""
    )
    told = [dict(zip(("module", "event", "component", "event_name", "events"), row, strict=True)) for row in rows]
    return [other | {"stub": rule_stub(other["module"], other["event"], other["event_name"])} for other in told]


def _warnings(summary: Summary, workbook: int) -> list[Message]:
    """What the reader should know before trusting the figures."""
    warnings = []
    if not summary.events_kept:
        warnings.append(Message("No event of a learner is left; the reasons are in dropped_events.csv."))
    if summary.unknown_events:
        warnings.append(
            Message(
                "%(events)d events name nobody; they stand apart as the case “unknown”. "
                "Leave it out when you compare learners.",
                events=summary.unknown_events,
            )
        )
    others = summary.activity_types.get("Others", 0)
    if others * 100 > summary.events_kept:
        warnings.append(Message("%(events)d events are “Others”: no rule says what they mean.", events=others))
    if summary.dropped.get("unreadable"):
        warnings.append(
            Message(
                "%(rows)d rows could not be read; they are in dropped_events.csv.", rows=summary.dropped["unreadable"]
            )
        )
    if summary.dropped.get("no_time"):
        warnings.append(
            Message(
                "%(rows)d rows have a time that does not exist or cannot be read; they are in dropped_events.csv.",
                rows=summary.dropped["no_time"],
            )
        )
    if summary.events_kept > workbook:
        warnings.append(
            Message(
                "There are more events than a workbook holds, so enriched_log.xlsx is left out; take the Parquet file."
            )
        )
    return warnings + _guesses(summary.reading)


def _guesses(reading: Reading) -> list[Message]:
    """What was guessed about the log, and how to put it right."""
    guesses = []
    if reading.year_guessed:
        guesses.append(
            Message(
                "The times of this log tell no year; its newest row was taken to be of %(year)s. If that is wrong, "
                "upload the log again and write the right year under Options.",
                year=str(reading.year_guessed),
            )
        )
    if reading.day_or_month_first:
        guesses.append(
            Message(
                "The dates of this log can be read with the day or with the month first; the day was taken. If that is "
                "wrong, export a longer time from Moodle, which shows it."
            )
        )
    if reading.columns_guessed:
        guesses.append(
            Message(
                "These columns were told by what is in them, because their names are not known: %(columns)s. "
                "Please look at a few rows of the results.",
                columns=", ".join(reading.columns_guessed),
            )
        )
    if reading.letters_lost:
        guesses.append(
            Message(
                "%(letters)d letters could not be read and became “�”; save the log as UTF-8 and upload it again if "
                "they matter.",
                letters=reading.letters_lost,
            )
        )
    return guesses
