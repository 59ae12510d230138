"""Every option of a job, once: what it takes, by default, in what unit, what it means, who may set it, and the sentence
for a mistake. Form, command, manifest and README read it here; a new option is one entry, and its label in
report.labels."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin
from zoneinfo import available_timezones

import msgspec
from msgspec import inspect

from moodlelogsmart.assets import assets
from moodlelogsmart.messages import LogError, Message

FIRST_YEAR, LAST_YEAR = 1990, 2099  # that an event can be of
SESSION_GAP = 30  # minutes without an event after which a session has ended; the usual figure of web analytics
LONGEST_GAP = 1440  # minutes; a session of more than a day is none
MOST_SHEETS = 1000  # of a workbook
DIGITS = 9  # of a whole number that somebody writes

FORM, CHECK, COMMAND = "form", "check", "command"  # CHECK: the page on which a person corrects what was understood
TITLE = 120  # letters of the title of a result
PEOPLE, MEANINGS, TOLD_COLUMNS = 100_000, 1_000, 10_000  # that can be corrected
# The letters between the cells of a text, by what a person calls them.
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}


class OptionError(LogError, ValueError):
    """An option has a value that it cannot have."""


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def _languages() -> frozenset[str]:
    """English and those into which the texts are translated."""
    return frozenset({"en", *(path.name for path in assets("translations").iterdir() if path.is_dir())})


def _delimiters() -> frozenset[str]:
    return frozenset({*DELIMITERS, *DELIMITERS.values()})


def option(
    default: Any,
    meaning: str,
    wrong: Message,
    *,
    unit: str = "",
    among: Callable[[], Collection[str]] | None = None,
    doors: tuple[str, ...] = (FORM, COMMAND),
    flag: tuple[str, str] | None = None,
    one: str = "",
    told: bool = True,
    secret: bool = False,
) -> Any:
    """An entry of Options.

    wrong: the sentence for any other value, which may name the `choices`, `least` and `most`; unit: of a number, or how
    a text is written; among: the texts that it can be, where these are not in its type; doors: who may set it, FORM,
    CHECK and COMMAND; flag: on the command a flag of this name stands for this value; one: what the command calls one
    of several; told: whether the manifest tells it among the options; secret: never shown.
    """
    known = {"meaning": meaning, "wrong": wrong, "unit": unit, "among": among, "doors": doors, "flag": flag}
    return field(default=default, repr=not secret, metadata=known | {"one": one, "told": told})


# How a form or command writes one column, one person, one meaning of a kind of event.
_COLUMN = Annotated[str, msgspec.Meta(pattern=r"^([0-9]{1,4}:)?[a-z_]+=[^\n]+$", max_length=300)]
# What one of several logs alone is, of these parts, by its place from 1.
OF_LOG = ("kind", "form", "delimiter", "sheet", "encoding", "date_order", "year")
_OF_LOG = Annotated[str, msgspec.Meta(pattern=rf"^[1-9][0-9]{{0,3}}:({'|'.join(OF_LOG)})=[^\n]+$", max_length=300)]
_PERSON = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
_MEANING = Annotated[str, msgspec.Meta(pattern=r"^[^/]*/.+=[A-Z][A-Za-z_]+$", max_length=1000)]
# What a filter lets through, such as the name of a course.
_WANTED = Annotated[
    tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=1000)], ...], msgspec.Meta(max_length=100)
]


@dataclass(frozen=True)
class Options:
    """What a person may choose about a job; each field is an option, by its name on the form.

        Options(case="session", session_gap=60)

    Raises OptionError for a value that does not fit.
    """

    case: Literal["student", "student_course", "session"] = option(
        "student",
        "What one trace is: a learner, a learner in one course, or a session.",
        Message("A case can be one of these: %(choices)s."),
    )
    timezone: str | None = option(
        None,
        "The zone of the times in the log; where nobody says it, UTC is taken, and told.",
        Message("This time zone is not known; write it as Area/City, for example America/Sao_Paulo."),
        unit="Area/City",
        among=_zones,
    )
    assumed_timezone: str = option(
        "UTC",
        "The zone that is taken where nobody says it, and told to be a guess: on a page by its language.",
        Message("This time zone is not known; write it as Area/City, for example America/Sao_Paulo."),
        unit="Area/City",
        among=_zones,
        doors=(COMMAND,),
        told=False,
    )
    session_gap: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_GAP)] = option(
        SESSION_GAP,
        "The pause after which a session has ended.",
        Message("The pause that ends a session must be from %(least)d to %(most)d whole minutes."),
        unit="minutes",
    )
    year: Annotated[int, msgspec.Meta(ge=FIRST_YEAR, le=LAST_YEAR)] | None = option(
        None,
        "The year of the newest event, where the times in the log tell none; else it is guessed, and told.",
        Message("The year of the newest event must be from %(least)d to %(most)d."),
    )
    keep: tuple[Literal["staff", "system", "side_effect", "guest", "logged_in_as"], ...] = option(
        (),
        "Who stays in beside the learners; a column `role` tells them apart.",
        Message("Beside the learners these can be kept: %(choices)s."),
    )
    pseudonyms: Literal["", "site", "own"] = option(
        "",
        "Codes in the place of names, user numbers and IP addresses, also within descriptions: the same codes in every "
        "log of this installation, or by a key that is made for one job.",
        Message("The pseudonyms can be one of these: %(choices)s."),
        flag=("pseudonymise", "site"),
        told=False,
    )
    key: Path | None = option(
        None,
        "The key of an earlier job, which gives the same people the same codes; the command makes it if it is missing.",
        Message("This is no key file; take the one that you downloaded with an earlier analysis."),
        told=False,
    )
    rules: Path | None = option(
        None,
        "What events mean to you (YAML); download ours from the start page as a start.",
        Message("The rules file cannot be read; write it as YAML in UTF-8."),
    )
    roster: Path | None = option(
        None,
        "Says who is staff, whatever the log shows: in Moodle, Participants, choose all, Download table data.",
        Message("The roster cannot be read; download it again from Moodle."),
    )
    grades: Path | None = option(
        None,
        "Is shown beside activity, never as a ranking: in Moodle, Grades, Export, Plain text file.",
        Message("The grades cannot be read; export them again from Moodle."),
    )
    grades_in_log: bool = option(
        False,
        "The grade of each learner also in the XES and OCEL files, for tools that look for what goes with it; else no "
        "event log holds a grade.",
        Message("Whether grades go into the event logs is told by 1, or by nothing."),
    )
    groups: Path | None = option(
        None,
        "Says who is in which group, where the list of participants does not: names beside a column “Groups” (CSV).",
        Message("The groups cannot be read; write them as a table of names and groups (CSV)."),
    )
    labels: Path | None = option(
        None,
        "Categories of your own for the elements of the course: columns element and label, * for any text; "
        "labels_template.csv of a result is a start.",
        Message("The labels cannot be read; take the file labels_template.csv of an earlier result as a start."),
    )
    from_: date | None = option(
        None,
        "Only events of this day and later, by the clock of the log.",
        Message("A day is written as in 2023-10-31."),
        unit="YYYY-MM-DD",
    )
    until: date | None = option(
        None,
        "Only events of this day and earlier, by the clock of the log.",
        Message("A day is written as in 2023-10-31."),
        unit="YYYY-MM-DD",
    )
    course: _WANTED = option(
        (),
        "Only events of this course, by its name.",
        Message("A course is told by its name."),
        unit="name",
    )
    group: _WANTED = option(
        (),
        "Only events of people who are in this group, as the list of participants or the file of groups tells them.",
        Message("A group is told by its name."),
        unit="name",
    )
    module: _WANTED = option(
        (),
        "Only events of this part of Moodle, as in quiz or forum, or as the log calls it.",
        Message("A part of Moodle is told as in quiz or forum."),
        unit="name",
    )
    section: _WANTED = option(
        (),
        "Only events in the elements of this section of the course, where the log tells sections.",
        Message("A section is told by its name."),
        unit="name",
    )
    finished: bool = option(
        False,
        "Only events of people who handed in or tried the last exercise.",
        Message("Whether only people who finished count is told by 1, or by nothing."),
    )
    corrections: Path | None = option(
        None,
        "What was corrected of an earlier log (corrections.yaml of its results); what is said otherwise counts first.",
        Message("The corrections cannot be read; take the file corrections.yaml of an earlier result as a start."),
        told=False,
    )
    kind: Literal["text", "json", "html"] | None = option(
        None,
        "The kind of a file that is a text: with separators, JSON, or a web page.",
        Message("The kind of a file can be one of these: %(choices)s."),
        doors=(CHECK, COMMAND),
        told=False,
    )
    form: Literal["report", "table", "legacy"] | None = option(
        None,
        "Whether it is the report that Moodle exports, a table of its database, or the report of Moodle before 2.7.",
        Message("The form of a log can be one of these: %(choices)s."),
        doors=(CHECK, COMMAND),
        told=False,
    )
    delimiter: str | None = option(
        None,
        "What stands between the columns of a text: one of these words, or the letter itself.",
        Message("Between columns there can be one of these: comma, semicolon, tab, bar, or the letter itself."),
        unit="comma|semicolon|tab|bar",
        among=_delimiters,
        doors=(CHECK, COMMAND),
        told=False,
    )
    sheet: Annotated[int, msgspec.Meta(ge=1, le=MOST_SHEETS)] | None = option(
        None,
        "The sheet of a workbook that is the log, by its place from 1.",
        Message("A sheet is told by its place in the workbook, from %(least)d to %(most)d."),
        doors=(CHECK, COMMAND),
        told=False,
    )
    log_language: Annotated[str, msgspec.Meta(max_length=20)] | None = option(
        None,
        "The language of the names of events and months in the log, by Moodle's code, as in pt_br: it counts where a "
        "name is one of several languages.",
        Message("This language is not known; write it by Moodle's code, as in en or pt_br."),
        unit="code",
        doors=(CHECK, COMMAND),
        told=False,
    )
    row_order: Literal["newest_first", "oldest_first"] | None = option(
        None,
        "Which of several events of the same moment was the first: the last row of them, or the first.",
        Message("The order of the rows can be one of these: %(choices)s."),
        doors=(CHECK, COMMAND),
        told=False,
    )
    columns: Annotated[tuple[_COLUMN, ...], msgspec.Meta(max_length=TOLD_COLUMNS)] = option(
        (),
        "Which column is which, by its number from 1 or by its label; 0 for none: time=3,user_full_name=Nome. Of the "
        "second of several logs alone: 2:time=3.",
        Message("A column is told as in time=3 or user_full_name=Nome, and of one of several logs as in 2:time=3."),
        unit="column=number|label",
        doors=(CHECK, COMMAND),
        told=False,
    )
    date_order: Literal["dmy", "mdy", "ymd"] | None = option(
        None,
        "The order of day, month and year in the times of the log. Of dates that a spreadsheet stored ymd says that "
        "they are right as they stand, dmy or mdy that it swapped day and month.",
        Message("The order of a date can be one of these: %(choices)s."),
        doors=(CHECK, COMMAND),
        told=False,
    )
    encoding: Annotated[str, msgspec.Meta(max_length=40)] | None = option(
        None,
        "The encoding of a log that is a text, as in utf-8 or cp1252.",
        Message("This encoding is not known; write it as in utf-8 or cp1252."),
        unit="encoding",
        doors=(CHECK, COMMAND),
        told=False,
    )
    of_log: Annotated[tuple[_OF_LOG, ...], msgspec.Meta(max_length=TOLD_COLUMNS)] = option(
        (),
        "What one of several logs alone is, by its place among them from 1, where it is another than the others: "
        "2:date_order=mdy. It counts before what is said of all.",
        Message(
            "What one of several logs is, is told as in 2:date_order=mdy; so can be told: kind, form, delimiter, "
            "sheet, encoding, date_order and year."
        ),
        unit="place:part=value",
        doors=(CHECK, COMMAND),
        told=False,
    )
    staff: Annotated[tuple[_PERSON, ...], msgspec.Meta(max_length=PEOPLE)] = option(
        (),
        "Somebody who teaches, by user number or by name as the log writes it; overrules log and roster.",
        Message("A person is told by user number, or by name as the log writes it."),
        unit="person",
        doors=(CHECK, COMMAND),
        told=False,
    )
    learners: Annotated[tuple[_PERSON, ...], msgspec.Meta(max_length=PEOPLE)] = option(
        (),
        "Somebody who learns, by user number or by name as the log writes it; overrules log and roster.",
        Message("A person is told by user number, or by name as the log writes it."),
        unit="person",
        doors=(CHECK, COMMAND),
        one="learner",
        told=False,
    )
    meanings: Annotated[tuple[_MEANING, ...], msgspec.Meta(max_length=MEANINGS)] = option(
        (),
        "What a kind of event means: its module and event, or its name as the log writes it, and an activity type.",
        Message("A meaning is told as in assign/statement_accepted=View, with one of the activity types."),
        unit="module/event=type",
        doors=(CHECK, COMMAND),
        one="meaning",
        told=False,
    )
    corrected: Path | None = option(
        None,
        "What was corrected on a page, as a file: it names people, who stand nowhere else.",
        Message("The corrections cannot be read; take the file corrections.yaml of an earlier result as a start."),
        doors=(),
        told=False,
    )
    title: Annotated[str, msgspec.Meta(max_length=TITLE, pattern=r"^[^\x00-\x1f\x7f\u2028\u2029]*$")] = option(
        "",
        "What the result is called: it stands above the report.",
        Message("A title is one line of at most %(most)d letters."),
    )
    language: str = option(
        "en",
        "The language of the report; on a page that of the page, on a terminal that of the terminal.",
        Message("The report cannot be written in this language."),
        unit="en, pt_BR or es",
        among=_languages,
        doors=(COMMAND,),
    )
    xes: Literal["full", "slim"] = option(
        "full",
        "What each event of the XES files tells: all, or for tools that are slow with large files only activity, time, "
        "lifecycle, person and `element`.",
        Message("The XES files can be one of these: %(choices)s."),
        doors=(CHECK, COMMAND),
    )
    pseudonym_key: str = option(
        "",
        "The key by which people are told by codes; see meaning.pseudonyms.",
        Message("This is no key file; take the one that you downloaded with an earlier analysis."),
        doors=(),
        told=False,
        secret=True,
    )

    @property
    def files(self) -> dict[str, Path]:
        """The files that were given, by the option that each is."""
        values = {entry.name: getattr(self, entry.field) for entry in entries(type(self)) if entry.kind == "file"}
        return {name: path for name, path in values.items() if path}

    def with_files(self, files: Mapping[str, Path | None]) -> "Options":
        """The same with these files, or none, by the option that each is."""
        return replace(self, **dict[str, Any](files))

    def __post_init__(self) -> None:
        for entry in entries(type(self)):
            value = getattr(self, entry.field)
            if entry.kind == "file" and isinstance(value, str):
                value = Path(value)
            elif entry.kind in ("choices", "texts") and isinstance(value, list):
                value = tuple(value)
            object.__setattr__(self, entry.field, check(entry, value))
        if self.from_ and self.until and self.from_ > self.until:
            error = OptionError(Message("The last day is before the first.").template)
            error.option = "until"
            raise error


@dataclass(frozen=True)
class Entry:
    """An option as its `field` of Options tells it; `kind` is 'choice', 'choices', 'number', 'text', 'texts', 'file',
    'day' or 'flag'."""

    field: str
    kind: str
    type: Any
    default: Any
    choices: tuple[str, ...]
    least: int | None
    most: int | None
    meaning: str
    wrong: Message
    unit: str
    among: Callable[[], Collection[str]] | None
    doors: tuple[str, ...]
    flag: tuple[str, str] | None
    one: str
    told: bool

    @property
    def name(self) -> str:
        """What it is called on the form and in the manifest: its field, but for what keeps that from being a keyword of
        Python."""
        return self.field.rstrip("_")

    @property
    def command(self) -> str:
        """The option on the command line."""
        return "--" + (self.flag[0] if self.flag else self.one or self.name.replace("_", "-"))

    @property
    def takes(self) -> str:
        """What it takes, in a word: its choices, bounds or unit; '' for a flag."""
        if self.flag or self.kind == "flag":
            return ""
        if self.choices:
            return "|".join(self.choices)
        bounds = f"{self.least} to {self.most}" if self.least is not None else ""
        return " ".join(filter(None, [bounds, self.unit])) or self.kind


def entries(kind: "type[Options] | None" = None) -> tuple[Entry, ...]:
    """The table of options."""
    table: Any = kind or Options
    return _entries(table)


@cache  # each job that is read asks for it, of which thousands may wait
def _entries(kind: Any) -> tuple[Entry, ...]:
    return tuple(_entry(one.name, one.type, one.default, **one.metadata) for one in fields(kind))


def _entry(name: str, type_: Any, default: Any, **known: Any) -> Entry:
    info = inspect.type_info(type_)
    if isinstance(info, inspect.UnionType):
        info = next(one for one in info.types if not isinstance(one, inspect.NoneType))
    item = info.item_type if isinstance(info, inspect.VarTupleType) else info
    choices = _choices(type_)
    bounds = (info.ge, info.le) if isinstance(info, inspect.IntType) else (None, None)
    if isinstance(info, inspect.StrType):
        bounds = (None, info.max_length)
    kind = ("choices" if item is not info else "choice") if choices else _KINDS[type(info)]
    return Entry(name, kind, type_, default, choices, *bounds, **known)


def _choices(type_: Any) -> tuple[str, ...]:
    """The values of the Literal in a type, in its order."""
    if get_origin(type_) is Literal:
        return get_args(type_)
    return next((found for part in get_args(type_) if (found := _choices(part))), ())


_KINDS = {
    inspect.IntType: "number",
    inspect.StrType: "text",
    inspect.VarTupleType: "texts",
    inspect.CustomType: "file",
    inspect.DateType: "day",
    inspect.BoolType: "flag",
}


def check(entry: Entry, value: Any) -> Any:
    """The value, a text that is a day as one. Raises OptionError where an option cannot have it."""
    try:
        known = msgspec.convert(value, entry.type, dec_hook=_as_it_is)
    except msgspec.ValidationError:
        raise _wrong(entry) from None
    if entry.among and value is not None and value not in entry.among():
        raise _wrong(entry)
    return known


def parse(given: Mapping[str, Iterable[str | Path | None]], *doors: str, base: "Options | None" = None) -> Options:
    """The options by what was given at doors, FORM, CHECK or COMMAND, under their names; what is left empty on a form
    has its default. With a `base` what is not given at all is as there.

    What comes several times counts once where it can be only one thing: the first. A file is never named by a text: who
    writes to a form from afar must not say which file of the server is read. Raises OptionError.
    """
    values: dict[str, Any] = {}
    for entry in entries():
        if base and any(value == "" for value in given.get(entry.name, ())):
            values[entry.field] = entry.default
        told = [_bare(value) if isinstance(value, str) else value for value in given.get(entry.name, ())]
        if entry.kind == "texts" and FORM in entry.doors and COMMAND not in doors:
            told = [_bare(line) for value in told for line in str(value).splitlines()]  # one field for all of them
        told = [value for value in told if value is not None and isinstance(value, Path) == (entry.kind == "file")]
        if COMMAND not in doors:
            told = [value for value in told if value != ""]
        if told and not set(doors).isdisjoint(entry.doors):
            values[entry.field] = _parsed(entry, told)
    return replace(base or Options(), **values)


def _bare(value: str) -> str:
    """Without the spaces around it; a tab by itself is a delimiter."""
    return value if value == DELIMITERS["tab"] else value.strip()


def _parsed(entry: Entry, told: list[Any]) -> Any:
    if entry.kind == "texts":
        return tuple(dict.fromkeys(told))
    if entry.kind == "flag":
        return {"1": True, "0": False}.get(told[0], told[0])
    if entry.kind == "choices":
        known = [choice for choice in entry.choices if choice in told]
        return tuple(known) if len(known) == len(set(told)) else tuple(told)
    value = told[0]
    if entry.kind == "number" and isinstance(value, str) and value.isdecimal() and len(value) <= DIGITS:
        return int(value)
    return value


def _as_it_is(kind: type, value: Any) -> Any:
    """For the types that msgspec does not know: a path is one already."""
    if not isinstance(value, kind):
        raise ValueError
    return value


def _wrong(entry: Entry) -> OptionError:
    choices = ", ".join(filter(None, entry.choices))
    error = OptionError(entry.wrong.template, choices=choices, least=entry.least, most=entry.most)
    error.option = entry.name
    return error
