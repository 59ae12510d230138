"""What a reader should know before trusting the figures: each warning with its code, its sentence and its figures.

Each function is one warning, by what it is about, and returns None where there is nothing to tell.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import Any

from moodlelogsmart.messages import THIS_FILE, Message, from_data
from moodlelogsmart.reading.model import Column
from moodlelogsmart.report.labels import LISTS, OTHERS
from moodlelogsmart.report.words import event_in_words, say

# With one of these the results may well be wrong, and the page says so above all else.
LOUD = frozenset(
    {
        "most_people_staff",
        "most_rows_dropped",
        "no_learners",
        "many_others",
        "times_improbable",
        "times_unreadable",
    }
)
LONGEST = timedelta(days=3 * 365 + 1)  # from the first to the last event of a course
AHEAD = timedelta(days=1)  # that times of another zone can be ahead of ours
FEW, ALIKE = 3, 5  # people taken for staff who are no alarm yet; that many by one kind of act are one in any log
FILES_SHOWN = 5  # of those left out, by name
NAMES_SHOWN = 5  # of people, in a sentence
_SHOWN = 100  # characters of a name that a log has made up


@dataclass(frozen=True)
class LogWarning:
    """A warning: `text` in English, to be translated, and the `figures` in it.

    code: what it is about, '' in jobs that an earlier version completed, which knew only template and parameters. more:
    figures that the text does not hold. section: the id of the part of the report where to look, '' for none. is_seen:
    whether who looks at it has seen the same before, and let it be.
    """

    template: str
    parameters: dict[str, Any]
    code: str = ""
    more: dict[str, Any] = field(default_factory=dict)
    section: str = ""
    is_seen: bool = False

    @property
    def text(self) -> Message:
        """The sentence."""
        return from_data({"template": self.template, "parameters": self.parameters})

    @property
    def figures(self) -> dict[str, Any]:
        """The figures by name: numbers, shares from 0 to 1, texts."""
        return {**self.text.parameters, **self.more}

    def told(self, language: str) -> dict[str, Any]:
        """It as plain data, the text in the language."""
        return {"code": self.code, "text": say(self.text, language), **self.figures}

    @property
    def is_loud(self) -> bool:
        """Whether the results may well be wrong."""
        return self.code in LOUD and not self.is_seen


def _warning(code: str, text: Message, section: str = "", **more: Any) -> LogWarning:
    return LogWarning(text.template, text.parameters, code, more, section)


@dataclass(frozen=True)
class Matched:
    """How many people are on a list, and how many of them were `found` in the log, are `missing` there, or `unclear`,
    since their name fits several; with the first names of these, none with pseudonyms."""

    people: int = 0
    found: int = 0
    missing: int = 0
    unclear: int = 0
    missing_names: list[str] = field(default_factory=list)
    unclear_names: list[str] = field(default_factory=list)


def most_people_staff(people: int, acts: Mapping[str, int]) -> LogWarning | None:
    """More than a quarter of the people were taken for staff, or many by one kind of act.

    `people` is everybody who did something; `acts` the events by which people were taken for staff, each with how many.
    """
    staff, (event, alike) = sum(acts.values()), _most_common(acts)
    if (staff < FEW or staff * 4 <= people) and alike < ALIKE:
        return None
    figures = {"staff": staff, "people": people}
    if not event:
        text = Message("%(staff)s of %(people)s people were taken for staff. That is unlikely: check them.", **figures)
        return _warning("most_people_staff", text, "staff")
    text = Message(
        "%(staff)s of %(people)s people were taken for staff, %(alike)s of them because of “%(event)s”. "
        "That is unlikely: check them.",
        **figures,
        alike=alike,
        event=_short(event_in_words(event, "en")),
    )
    return _warning("most_people_staff", text, "staff", event=_short(event))


def most_rows_dropped(kept: int, rows: int, staff_rows: int, staff: int, filtered: int = 0) -> LogWarning | None:
    """Under half of the rows are kept; `staff_rows` of the others are those of `staff` people, and `filtered` are left
    out by filters alone, which is no alarm."""
    if (kept + filtered) * 2 >= rows:
        return None
    rows -= filtered
    figures = {"kept": kept, "rows": rows, "share": round(kept / rows, 6)}
    if staff_rows * 2 < rows - kept:
        return _warning("most_rows_dropped", _few_kept(figures), "dropped", staff=staff_rows, people=staff)
    return _warning("most_rows_dropped", _few_beside_staff(figures | {"staff": staff_rows, "people": staff}), "staff")


def _few_kept(figures: Mapping[str, Any]) -> Message:
    if figures["rows"] == 1:
        return Message("Only %(kept)s of %(rows)s line (%(share)s) is kept. Look at why.", **figures)
    if figures["kept"] == 1:
        return Message("Only %(kept)s of %(rows)s lines (%(share)s) is kept. Look at why.", **figures)
    return Message("Only %(kept)s of %(rows)s lines (%(share)s) are kept. Look at why.", **figures)


def _few_beside_staff(figures: Mapping[str, Any]) -> Message:
    """Each of the numbers may be one; who has one line is one person."""
    if figures["rows"] == 1:
        return Message(
            "Only %(kept)s of %(rows)s line (%(share)s) is kept: it belongs to one person taken for staff. Check who "
            "that is.",
            **figures,
        )
    if figures["kept"] == 1:
        return _one_beside_staff(figures)
    if figures["staff"] == 1:
        return Message(
            "Only %(kept)s of %(rows)s lines (%(share)s) are kept: %(staff)s belongs to one person taken for staff. "
            "Check who that is.",
            **figures,
        )
    if figures["people"] == 1:
        return Message(
            "Only %(kept)s of %(rows)s lines (%(share)s) are kept: %(staff)s belong to one person taken for staff. "
            "Check who that is.",
            **figures,
        )
    return Message(
        "Only %(kept)s of %(rows)s lines (%(share)s) are kept: %(staff)s belong to %(people)s people taken for "
        "staff. Check them.",
        **figures,
    )


def _one_beside_staff(figures: Mapping[str, Any]) -> Message:
    if figures["staff"] == 1:
        return Message(
            "Only %(kept)s of %(rows)s lines (%(share)s) is kept: %(staff)s belongs to one person taken for staff. "
            "Check who that is.",
            **figures,
        )
    if figures["people"] == 1:
        return Message(
            "Only %(kept)s of %(rows)s lines (%(share)s) is kept: %(staff)s belong to one person taken for staff. "
            "Check who that is.",
            **figures,
        )
    return Message(
        "Only %(kept)s of %(rows)s lines (%(share)s) is kept: %(staff)s belong to %(people)s people taken for staff. "
        "Check them.",
        **figures,
    )


def no_learners(learners: int, kept: int, filtered: int) -> LogWarning | None:
    """No learner is left of the log, of which `kept` events are, and `filtered` rows were left out by filters."""
    if learners:
        return None
    if filtered:
        text = Message(
            "The filters leave no event of a learner (rows left out by them: %(filtered)s). Choose others.",
            filtered=filtered,
        )
        return _warning("no_learners", text, "dropped")
    if kept:
        text = Message(
            "No event tells who acted, so there are no learners. Export the log again with all its columns, as "
            "somebody who may see names."
        )
        return _warning("no_learners", text)
    return _warning(
        "no_learners", Message("No event of a learner is left; the reasons are in dropped_events.csv."), "dropped"
    )


def many_others(events: int, kinds: int, kept: int) -> LogWarning | None:
    """More than 5 % of the `kept` events have no rule: so many `events`, of so many `kinds`."""
    if events * 20 <= kept:
        return None
    if events == 1:
        return _warning(
            "many_others", Message("One event is not classified. Say what it is."), "others", events=1, kinds=1
        )
    if kinds == 1:
        text = Message("%(events)s events of one kind are not classified. Say what they are.", events=events)
        return _warning("many_others", text, "others", kinds=1)
    text = Message(
        "%(events)s events of %(kinds)s kinds are not classified. Say what they are.", events=events, kinds=kinds
    )
    return _warning("many_others", text, "others")


def sources_disagree(rows: int) -> LogWarning | None:
    """In some rows name and description are of different events."""
    if not rows:
        return None
    text = Message(
        "Rows whose event name and description say different things: %(rows)s. The name was believed.",
        rows=rows,
    )
    return _warning("sources_disagree", text)


def dates_turned(rows: int) -> LogWarning | None:
    """A spreadsheet had swapped day and month in some rows."""
    if not rows:
        return None
    text = Message(
        "Rows in which a spreadsheet had swapped day and month, and which were put right: %(rows)s. Check the dates, "
        "or take the log as it came from Moodle.",
        rows=rows,
    )
    return _warning("dates_turned", text, "read")


def times_improbable(first: str, last: str, now: datetime) -> LogWarning | None:
    """The events are of more than three years, or of the future; their times are ISO 8601 with offset, '' for none."""
    if not first:
        return None
    days = {"first_day": first[:10], "last_day": last[:10]}
    if datetime.fromisoformat(last) > now + AHEAD:
        text = Message(
            "The latest event is of %(last_day)s, which is still to come: check how the dates were read.",
            last_day=days["last_day"],
        )
        return _warning("times_improbable", text, "read", first_day=days["first_day"])
    if datetime.fromisoformat(last) - datetime.fromisoformat(first) <= LONGEST:
        return None
    text = Message(
        "The events are of more than three years, %(first_day)s to %(last_day)s: check how the dates were read.", **days
    )
    return _warning("times_improbable", text, "read")


def times_unreadable(lost: int, rows: int) -> LogWarning | None:
    """More than 1 % of the rows have no time that can be read."""
    if lost * 100 <= rows:
        return None
    text = Message("Rows whose time does not exist or cannot be read: %(rows)s; see dropped_events.csv.", rows=lost)
    return _warning("times_unreadable", text, "dropped", share=round(lost / rows, 6))


def date_order_guessed(guessed: bool, example: str) -> LogWarning | None:
    """Nothing tells which number of a date is the day, so the first was taken for it; `example` is a time, ISO 8601."""
    if not guessed:
        return None
    taken = date.fromisoformat(example[:10]) if example else date.min
    if taken.day == taken.month or taken.day > 12:
        text = Message("The dates can be read with the day or with the month first. We took the day. Is that right?")
    else:
        text = Message(
            "%(date)s can be %(taken_day)s or %(other_day)s. We took %(taken_day)s. Is that right?",
            date=f"{taken:%d/%m/%y}",
            taken_day=taken.isoformat(),
            other_day=taken.replace(month=taken.day, day=taken.month).isoformat(),
        )
    return _warning("date_order_guessed", text, "read")


def year_guessed(years: tuple[int, int] | None) -> LogWarning | None:
    """The dates have no year, and those of the oldest and of the newest row were guessed."""
    if not years:
        return None
    first, last = map(str, years)
    if first == last:
        text = Message("The dates have no year. We took %(last_year)s. Is that right?", last_year=last)
    else:
        text = Message(
            "The dates have no year. We took %(first_year)s to %(last_year)s. Is that right?",
            first_year=first,
            last_year=last,
        )
    return _warning("year_guessed", text, "read", year=years[1])


def timezone_assumed(assumed: bool, zone: str, on_the_wall: bool) -> LogWarning | None:
    """Nobody told the zone of the times, which are those of a clock on the wall, or points in time shown in a zone."""
    if not assumed:
        return None
    if on_the_wall:
        text = Message(
            "Times are taken as %(zone)s time. If your Moodle profile has another zone, change it before you combine "
            "the files with other data.",
            zone=zone,
        )
    else:
        text = Message("Hours are shown in %(zone)s time.", zone=zone)
    return _warning("timezone_assumed", text, "read")


def names_missing(nameless: int, events: int) -> LogWarning | None:
    """Most `events` of people who are known have no name."""
    if nameless * 2 <= events:
        return None
    text = Message(
        "Most events (%(share)s) come without a name, so people are shown by their number in Moodle. If you need "
        "names, export the log as somebody who may see them.",
        share=round(nameless / events, 6),
    )
    return _warning("names_missing", text, "learners", events=nameless)


def doubtful_staff(people: Sequence[str], acts: Mapping[str, int]) -> LogWarning | None:
    """People who did once or twice what only staff can do, and else work like learners.

    `people` are the first of them; `acts` what they did, each with how many did.
    """
    if not acts:
        return None
    event = _most_common(acts)[0]
    text = Message(
        "People who did once or twice what only staff can do (such as “%(event)s”), but otherwise work as learners do: "
        "%(people)s. They count as learners; check who they are.",
        people=sum(acts.values()),
        event=_short(event_in_words(event, "en")),
    )
    return _warning("doubtful_staff", text, "staff", event=_short(event), persons=list(people))


def language_unknown(unknown: bool, understood: float) -> LogWarning | None:
    """No name of a column is known; of so many of the rows, from 0 to 1, the event is."""
    if not unknown:
        return None
    text = Message(
        "The language of this log is not known. Its columns were told by their place and by what is in them, and the "
        "events of %(share)s of the rows were understood.",
        share=understood,
    )
    return _warning("language_unknown", text, "read")


def month_guessed(guessed: bool) -> LogWarning | None:
    """The name of a month in the times is that of another month in another language."""
    if not guessed:
        return None
    text = Message(
        "The dates hold the name of a month that is another month in another language. Say which language it is."
    )
    return _warning("language_unknown", text, "read")


def context_unknown(unknown: bool) -> LogWarning | None:
    """The log does not tell at which activities something happened."""
    if not unknown:
        return None
    text = Message(
        "This log does not tell at which activities its events happened, so what came before them counts only in part: "
        "a quiz reviewed after it was submitted may be told as one looked at. Export it with the column “Event "
        "context”, or a table with “contextinstanceid”."
    )
    return _warning("context_unknown", text)


def columns_guessed(columns: Mapping[str, Column]) -> LogWarning | None:
    """Columns, by our names for them, that were told by what is in them."""
    if not columns:
        return None
    told = [
        f"{f'“{_short(column.label)}”' if column.label else column.place} → {name}" for name, column in columns.items()
    ]
    text = Message(
        "We did not know these column names and went by what is in them: %(columns)s.", columns=", ".join(told)
    )
    return _warning("columns_guessed", text, "read", columns=list(columns))


def letters_lost(letters: int) -> LogWarning | None:
    """Some letters are not those of the encoding."""
    if not letters:
        return None
    if letters == 1:
        text = Message(
            "One letter of the file is damaged (“�”). Download the log from Moodle again and do not open it in Excel "
            "before you upload it."
        )
        return _warning("letters_lost", text, letters=1)
    text = Message(
        "%(letters)s letters of the file are damaged (“�”). Download the log from Moodle again and do not open it in "
        "Excel before you upload it.",
        letters=letters,
    )
    return _warning("letters_lost", text)


def rows_unreadable(rows: int) -> LogWarning | None:
    """Some rows could not be read as cells."""
    if not rows:
        return None
    text = Message("Rows that could not be read: %(rows)s; see dropped_events.csv.", rows=rows)
    return _warning("rows_unreadable", text, "dropped")


def workbook_left_out(events: int, limit: int) -> LogWarning | None:
    """There are more events than the `limit` of a workbook."""
    if events <= limit:
        return None
    text = Message(
        "There are more events than a workbook holds, so enriched_log.xlsx is left out; take the Parquet file."
    )
    return _warning("workbook_left_out", text, events=events, limit=limit)


def _most_common(acts: Mapping[str, int]) -> tuple[str, int]:
    return min(acts.items(), key=lambda one: (-one[1], one[0]), default=("", 0))


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def files_left_out(logs: Sequence[str], names: Sequence[str], kinds: Sequence[str]) -> LogWarning | None:
    """Files beside the `logs` that are none, by their `names` and by what they are, of labels.OTHERS.

    Of logs and of others the names are '' where they are not known or not to be told.
    """
    if not names:
        return None
    told = [OTHERS.get(kind, OTHERS["other"]) for _name, kind in zip_longest(names, kinds, fillvalue="other")]
    if not any(names):
        counted = [
            Message("%(kind)s (%(files)s)", kind=kind, files=files) if files > 1 else kind
            for kind, files in Counter(told).items()
        ]
        text = Message(
            "Files that are no logs and were not used: %(files)s (%(kinds)s).", files=len(names), kinds=_first(counted)
        )
        return _warning("files_left_out", text, "read", files=len(names), kinds=list(kinds))
    others = [
        Message("%(file)s (%(kind)s)", file=_short(name), kind=kind) for name, kind in zip(names, told, strict=True)
    ]
    text = Message(
        "Used: %(logs)s. Not used: %(names)s.",
        logs=_first([_short(log) for log in logs if log] or [THIS_FILE]),
        names=_first(others),
    )
    return _warning("files_left_out", text, "read", files=len(names), names=list(names), kinds=list(kinds))


def sheets_left_out(file: str, used: str, others: Sequence[str]) -> LogWarning | None:
    """Sheets of a workbook that may be logs as well, beside the one that was used; `file`: what it is called, '' where
    that is not to be told."""
    if not others:
        return None
    text = Message(
        "%(file)s: only the sheet “%(sheet)s” was used. These may be logs as well: %(others)s.",
        file=_short(file) if file else THIS_FILE,
        sheet=_short(used),
        others=_first([_short(one) for one in others]),
    )
    return _warning("files_left_out", text, "read", sheets=len(others))


def _first(texts: Sequence[str]) -> list[str]:
    """The first of them, and how many more there are."""
    more = len(texts) - FILES_SHOWN
    return [*texts[:FILES_SHOWN], *([Message("%(more)s more", more=more)] if more > 0 else [])]


def list_unmatched(kind: str, matched: Matched, in_log: Sequence[str], file: str = "") -> LogWarning | None:
    """People on a list of LISTS are not in the log; where nobody is, `in_log` are some who are there. `file`: what the
    list is called, '' where that is not known or not to be told."""
    if not matched.missing:
        return None
    words, section = _called(kind, file), _section(kind)
    figures = {"kind": kind, "missing": matched.missing, "names": matched.missing_names}
    if not matched.found and not matched.unclear:
        text = _nobody(kind, file, matched, in_log)
        return _warning("roster_unmatched", text, section, people=matched.people, found=0, **figures)
    counts = {"list": words, "found": matched.found, "people": matched.people}
    text = Message("%(list)s: %(found)s of %(people)s people in the log.", **counts)
    if matched.missing_names:
        text = Message(
            "%(list)s: %(found)s of %(people)s people in the log. Not in the log: %(some)s.",
            **counts,
            some=_some(matched.missing_names, matched.missing),
        )
    return _warning("roster_unmatched", text, section, **figures)


# What is said of a list of which nobody is in the log, without and with examples: of a file whose name is told, and of
# others.
_NOBODY = {
    "file": (
        Message(
            "Nobody in %(file)s was found in the log, so the list was not used. Check that both are of the same "
            "course, and that the log names people."
        ),
        Message(
            "Nobody in %(file)s was found in the log, so the list was not used. In the log, for example: %(in_log)s. "
            "In the list: %(in_list)s."
        ),
    ),
    "list": (
        Message(
            "Nobody in “%(list)s” was found in the log, so the list was not used. Check that both are of the same "
            "course, and that the log names people."
        ),
        Message(
            "Nobody in “%(list)s” was found in the log, so the list was not used. In the log, for example: "
            "%(in_log)s. In the list: %(in_list)s."
        ),
    ),
}


def _nobody(kind: str, file: str, matched: Matched, in_log: Sequence[str]) -> Message:
    called = {"file": file} if file else {"list": LISTS[kind]}
    plain, with_names = _NOBODY[next(iter(called))]
    if not (matched.missing_names and in_log):
        return Message(plain.template, **called)
    in_list = _some(matched.missing_names, matched.missing)
    return Message(with_names.template, **called, in_log=_some(in_log, len(in_log)), in_list=in_list)


def _called(kind: str, file: str) -> Message:
    """What a list is, and what its file is called, where that is told."""
    return Message("%(kind)s (%(file)s)", kind=LISTS[kind], file=file) if file else LISTS[kind]


def _section(kind: str) -> str:
    """The part of the report in which a list counts."""
    return "staff" if kind == "roster" else "learners"


def list_unclear(kind: str, matched: Matched, file: str = "") -> LogWarning | None:
    """People on a list of LISTS, which is called `file`, may be several of the log, or several on it have one name."""
    if not matched.unclear:
        return None
    words, section = _called(kind, file), _section(kind)
    text = Message(
        "%(list)s: what it says of people whose name fits several was not used (%(unclear)s).",
        list=words,
        unclear=matched.unclear,
    )
    if matched.unclear_names:
        text = Message(
            "%(list)s: what it says of people whose name fits several was not used: %(some)s.",
            list=words,
            some=_some(matched.unclear_names, matched.unclear),
        )
    figures = {"kind": kind, "unclear": matched.unclear, "names": matched.unclear_names}
    return _warning("roster_unmatched", text, section, **figures)


# What is said of people in corrections who were not used: of those who have no name to be told, and of the others.
_UNUSED = {
    "unknown": (
        Message(
            "People whom the corrections name and who are not in the log: %(people)d. A person is named by user "
            "number, or as the log writes the name."
        ),
        Message(
            "The corrections name people who are not in the log: %(some)s. A person is named by user number, or as the "
            "log writes the name."
        ),
    ),
    "several": (
        Message(
            "Names in the corrections that several people have, so that they changed nothing: %(people)d. Name these "
            "people by user number."
        ),
        Message(
            "The corrections hold names that several people have, so they changed nothing: %(some)s. Name these people "
            "by user number."
        ),
    ),
    "both": (
        Message(
            "People who are named both as learners and as staff in the corrections, which changed nothing for them: "
            "%(people)d."
        ),
        Message(
            "Nobody can both learn and teach, so the corrections changed nothing for people who are named as both, by "
            "number and by name: %(some)s."
        ),
    ),
}


def corrected_unused(state: str, people: int, names: Sequence[str]) -> LogWarning | None:
    """People whom the corrections name and of whom nothing was used, by the state that they have in `corrected`."""
    if not people:
        return None
    counted, named = _UNUSED[state]
    if not names:
        return _warning("roster_unmatched", Message(counted.template, people=people), "staff")
    text = Message(named.template, some=_some(names, people))
    return _warning("roster_unmatched", text, "staff", people=people, names=list(names))


def _some(names: Sequence[str], people: int) -> str:
    """The first of the names, `people` in all."""
    return ", ".join([*map(_short, names[:NAMES_SHOWN]), *["…"] * (people > NAMES_SHOWN)])
