"""What was understood of a log: each part with its value, whether it is sure, and by what it was decided."""

import codecs
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import UnionType
from typing import Any, Generic, TypeVar

from moodlelogsmart.messages import LogError, Message, NoLog
from moodlelogsmart.options import check, entries

T = TypeVar("T")

GIVEN = Message("told by a person")
CONTENT = Message("what is in it")  # by which a column was told whose name is not known

# The text columns of a log, by the names they have in the results, in Moodle's order.
COLUMNS = [
    "time",
    "user_full_name",
    "affected_user",
    "course",
    "event_context",
    "component",
    "event_name",
    "description",
    "origin",
    "ip_address",
]

TEXTS = ("text", "json", "html")  # which of the kinds can be taken for one another
KINDS = (*TEXTS, "sheet", "sql", "backup")
# What to do where a file is none that a log could be read from.
EXPORT = Message(
    "In Moodle: your course → Reports → Logs → Get these logs → Download table data as: Comma separated values (.csv)."
)
LABEL = 200  # letters of the label of a column that count; pages and the manifest tell it
UTC = "UTC"  # the zone of the times where nobody tells one
FORMS = ("report", "table", "legacy")
DELIMITERS = ",;\t|"
DATE_ORDERS = ("dmy", "mdy", "ymd")


@dataclass(frozen=True)
class Part(Generic[T]):
    """One thing about a log: its value, whether that is sure, and by what it was decided (None while nobody has)."""

    value: T
    sure: bool = False
    by: Message | None = None

    @property
    def is_known(self) -> bool:
        """Whether anybody has decided it."""
        return self.by is not None

    def or_found(self, find: Callable[[], "Part[T]"]) -> "Part[T]":
        """The part itself where it is known; else what `find` finds out. Nothing is guessed of what is known."""
        return self if self.is_known else find()


UNKNOWN = Part("")  # a word that nobody has decided yet


def given(value: T) -> Part[T]:
    """What a person says, which is sure."""
    return Part(value, True, GIVEN)


@dataclass(frozen=True)
class Column:
    """A column of a log: its place from 1, and what the header calls it, in LABEL letters ('' where there is none).

    Handed in, place 0 with a label stands for the column of that name; without one, for no column at all.
    """

    place: int
    label: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", self.label[:LABEL])


@dataclass(frozen=True)
class Sample:
    """A column of a file as it stands there: what the header calls it, and its first values that differ."""

    label: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Dated:
    """A time as it is written, what it is in one of the orders that its date can have, None for no time, and whether
    it is one in that order, and not only in the contrary one."""

    text: str
    moment: datetime | None
    fits: bool = True


@dataclass(frozen=True)
class OddTime:
    """A time that cannot be read, as it is written, and in which line of its file it stands first, from 1; 0 where that
    is not known."""

    text: str
    line: int


@dataclass(frozen=True)
class FileReading:
    """What was understood of one log; one file holds several where it is an archive.

    kind: one of KINDS. form: 'report' (as Moodle exports it), 'legacy' (that of Moodle before 2.7, with actions instead
    of events) or 'table' (of Moodle's database). encoding: Python's name, '' of a sheet. delimiter: of a text, else ''.
    columns: by the names of COLUMNS, and `date` where that stands apart, or of dump.TABLE; what the log lacks has place
    0. time_format: as of strptime, or one of clock's numbers. date_order: one of DATE_ORDERS, '' for times that count
    seconds; of dates that a spreadsheet stored (`dates_stored`) 'ymd' as they stand there, else the order that they had
    before it turned day and month. orders: some times in each order that can be told. year, first_year: of the newest
    and of the oldest row where the times tell none, else None. letters_lost: those that the encoding does not have.
    rows: of the table, those that could not be read among them. rewritten: whether its rows were put into another text
    before they were read, with commas. dates_turned: rows of whose date a spreadsheet had turned day and month, which
    was put right. samples: of its first columns, to be shown. sheet: the place, from 1, of the sheet of a workbook that
    is the log, else 0; sheets: what those are called, by their places, that can be it. times_unread: rows
    whose time could not be read; odd_times: the first of these times. name: what the file is called, '' where nobody
    knows.
    """

    kind: Part[str] = UNKNOWN
    form: Part[str] = UNKNOWN
    encoding: Part[str] = UNKNOWN
    delimiter: Part[str] = UNKNOWN
    columns: Mapping[str, Part[Column]] = field(default_factory=dict)
    time_format: Part[str] = UNKNOWN
    date_order: Part[str] = UNKNOWN
    year: Part[int | None] = Part(None)
    first_year: int | None = None
    letters_lost: int = 0
    rows: int = 0
    rewritten: bool = False
    dates_turned: int = 0
    dates_stored: bool = False
    orders: Mapping[str, tuple[Dated, ...]] = field(default_factory=dict)
    samples: tuple[Sample, ...] = ()
    sheet: Part[int] = Part(0)
    sheets: Mapping[int, str] = field(default_factory=dict)
    times_unread: int = 0
    odd_times: tuple[OddTime, ...] = ()
    name: str = ""

    def without_people(self, is_time: Callable[[str], object]) -> "FileReading":
        """The same without what it and its sheets are called, which may be a person's name, and without what is in its
        columns, but for times: in their column there may be names as well."""
        times = {part.value.place for name, part in self.columns.items() if name in ("time", "date")}
        kept = tuple(
            replace(one, values=tuple(text for text in one.values if place in times and _names_nobody(text, is_time)))
            for place, one in enumerate(self.samples, start=1)
        )
        odd = tuple(replace(one, text="") for one in self.odd_times)
        return replace(self, samples=kept, sheets=dict.fromkeys(self.sheets, ""), odd_times=odd, name="")

    def without_values(self) -> "FileReading":
        """The same without names and all that its columns hold: what was told to be the time may be names."""
        orders: dict[str, tuple[Dated, ...]] = dict.fromkeys(self.orders, ())
        samples, sheets = tuple(replace(one, values=()) for one in self.samples), dict.fromkeys(self.sheets, "")
        return replace(self, samples=samples, orders=orders, sheets=sheets, name="")

    @property
    def sheets_left_out(self) -> list[str]:
        """The sheets that may be logs as well and were not taken, though nobody has said which to take."""
        others = {place: name for place, name in self.sheets.items() if place != self.sheet.value}
        return [] if self.sheet.sure else [name or str(place) for place, name in others.items()]

    @property
    def sheet_name(self) -> str:
        """What the sheet that was taken is called, or its place where that is not to be told; '' for none."""
        return self.sheets.get(self.sheet.value) or str(self.sheet.value or "")

    @property
    def is_table(self) -> bool:
        """Whether it is a table of Moodle's database."""
        return self.form.value == "table"

    @property
    def context_unknown(self) -> bool:
        """Whether no column tells at which activity something happened, so that what came before counts in part."""
        where = {"contextinstanceid", "cmid"} if self.is_table else {"event_context", "description"}
        return bool(self.columns) and not where & self.labels.keys()

    @property
    def labels(self) -> dict[str, str]:
        """What the header calls each column that there is, by the column's name."""
        return {name: part.value.label for name, part in self.columns.items() if part.value.place}


def _names_nobody(text: str, is_time: Callable[[str], object]) -> bool:
    return bool(is_time(text)) or not any(map(str.isalpha, text))


NOTHING_TOLD = FileReading()
# What can be told of a file beside its columns.
FILE_PARTS = ("kind", "form", "encoding", "delimiter", "sheet", "time_format", "date_order", "year")


INCOMPLETE = "incomplete"  # the kind of what lacks columns, but has names of a log's


class Unclear(NoLog):
    """What the columns hold, or of which years the dates are, could not be told, but a person may know it.

    `seen` is what was understood before, with the years that it would be where these are what is asked; `place` that of
    the log among those of the job, from 1, 0 where it is the only one.
    """

    seen = NOTHING_TOLD
    place = 0

    @property
    def is_told(self) -> bool:
        """Whether it is known what table it is instead of a log, so that only who wants to be asked is."""
        return self.kind not in ("other", "unknown", INCOMPLETE)


@dataclass(frozen=True)
class Reading:
    """All that was understood of the logs of a job.

    files: of each log, in their order. language: of the names of columns, by Moodle's name for it, '' where unknown.
    timezone: the zone of the times, as Area/City. newest_first: whether the rows run from new to old.
    files_left_out: the names of files that are no logs, '' where they are not known or not to be told;
    kinds_left_out: what each of these is (see NoLog). of_log: what is told of one log alone, by its place from 1.

    It can be handed in as well, whole or in parts (`Reading.given`): then nothing is guessed of what it says. A reading
    of one file is one of every file of the job.
    """

    files: tuple[FileReading, ...] = ()
    language: Part[str] = UNKNOWN
    timezone: Part[str] = UNKNOWN
    newest_first: Part[bool] = Part(False)
    files_left_out: tuple[str, ...] = ()
    kinds_left_out: tuple[str, ...] = ()
    of_log: Mapping[int, FileReading] = field(default_factory=dict)

    @classmethod
    def given(
        cls,
        *,
        columns: Mapping[str, int | str | None] | None = None,
        date_order: str | None = None,
        time_format: str | None = None,
        year: int | None = None,
        encoding: str | None = None,
        delimiter: str | None = None,
        kind: str | None = None,
        form: str | None = None,
        sheet: int | None = None,
        language: str | None = None,
        timezone: str | None = None,
        newest_first: bool | None = None,
        of_log: Mapping[int, Mapping[str, Any]] | None = None,
    ) -> "Reading":
        """The parts of a reading that a person tells, of every log of a job.

        `columns` has the number of a column from 1 or its label by our name for it, None where the log has no such
        column; the other parts are as in FileReading and Reading; `of_log` has those of a file of one log alone, by its
        place from 1, which count before what is told of all.

            Reading.given(columns={"time": 3}, date_order="dmy", year=2023, of_log={2: {"date_order": "mdy"}})

        Raises LogError for a value that the part cannot have.
        """
        told = _told_file(
            columns=columns,
            date_order=date_order,
            time_format=time_format,
            year=year,
            encoding=encoding,
            delimiter=delimiter,
            kind=kind,
            form=form,
            sheet=sheet,
        )
        _check_type("language", language, str)
        _check_type("newest_first", newest_first, bool)
        if language is not None:
            language = _language(language)
        _check_option("timezone", timezone)
        apart = {place: _told_file(**parts) for place, parts in (of_log or {}).items()}
        whole = {"language": language, "timezone": timezone, "newest_first": newest_first}
        return cls(files=(told,), of_log=apart, **_parts(whole))

    @property
    def rows(self) -> int:
        """The rows of all logs."""
        return sum(file.rows for file in self.files)

    def file(self, place: int) -> FileReading:
        """What is said of the log at a place from 0."""
        one_for_all = len(self.files) == 1
        file = self.files[0 if one_for_all else place] if one_for_all or place < len(self.files) else NOTHING_TOLD
        own = self.of_log.get(place + 1)
        if own is None:
            return file
        taken = {part.value.place for part in own.columns.values()} - {0}
        kept = {name: part for name, part in file.columns.items() if part.value.place not in taken}
        parts = {name: getattr(own, name) for name in FILE_PARTS if getattr(own, name).is_known}
        return replace(file, columns={**kept, **own.columns}, **parts)

    @property
    def columns_told(self) -> list[tuple[str, str]]:
        """What the headers call the columns and our names for these, once however many logs have them."""
        return list(dict.fromkeys((label, name) for file in self.files for name, label in file.labels.items()))

    @property
    def columns_guessed(self) -> list[str]:
        """The names of the columns that were told by what is in them."""
        return sorted({name for file in self.files for name, part in file.columns.items() if part.by == CONTENT})

    @property
    def context_unknown(self) -> bool:
        """Whether a log does not tell at which activities its events happened (see FileReading)."""
        return any(file.context_unknown for file in self.files)

    @property
    def letters_lost(self) -> int:
        """How many letters could not be read."""
        return sum(file.letters_lost for file in self.files)

    @property
    def dates_turned(self) -> int:
        """How many rows had dates of which a spreadsheet had turned day and month, which was put right."""
        return sum(file.dates_turned for file in self.files)

    @property
    def years(self) -> tuple[int, int] | None:
        """The years of the oldest and the newest row of the logs whose times tell none; None where all tell theirs."""
        return _years(self.files)

    @property
    def years_guessed(self) -> tuple[int, int] | None:
        """The same of the logs of which they were guessed."""
        return _years(file for file in self.files if not file.year.sure)

    @property
    def day_or_month_first(self) -> bool:
        """Whether nothing told which of two numbers of a date is the day."""
        return any(file.date_order.is_known and not file.date_order.sure for file in self.files)

    @property
    def detected(self) -> dict[str, Any]:
        """What the manifest tells of it, each thing once however many logs it holds for."""
        return {
            "kind": sorted({"dump" if file.is_table else file.kind.value for file in self.files}),
            "sheet": sorted({file.sheet_name for file in self.files if file.sheet_name}),
            "encoding": sorted({file.encoding.value for file in self.files if file.encoding.value}),
            "letters_lost": self.letters_lost,
            "delimiter": sorted(
                {"," if file.rewritten else file.delimiter.value for file in self.files if file.delimiter.value}
            ),
            "language": self.language.value,
            "columns": [file.labels for file in self.files],
            "columns_guessed": self.columns_guessed,
            "context_unknown": self.context_unknown,
            "time_format": sorted({file.time_format.value for file in self.files if file.time_format.value}),
            "day_or_month_first": self.day_or_month_first,
            "timezone": self.timezone.value,
            "year_guessed": self.years_guessed and self.years_guessed[1],
            "newest_first": self.newest_first.value,
        }


def _years(files: Iterable[FileReading]) -> tuple[int, int] | None:
    found = [(file.first_year or file.year.value, file.year.value) for file in files if file.year.value]
    return (min(first for first, _last in found), max(last for _first, last in found)) if found else None


def _told_file(columns: Mapping[str, int | str | None] | None = None, **parts: Any) -> FileReading:
    """What a person tells of a file, by FILE_PARTS. Raises LogError for a value that a part cannot have."""
    for part in ("time_format", "encoding"):
        _check_type(part, parts.get(part), str)
    _check_type("columns", columns, Mapping)
    for name, at in (columns or {}).items():
        _check_type("columns", name, str)
        _check_type(name, at, int | str)
    _check("kind", parts.get("kind"), KINDS)
    _check("form", parts.get("form"), FORMS)
    _check("delimiter", parts.get("delimiter"), tuple(DELIMITERS))
    _check("date_order", parts.get("date_order"), DATE_ORDERS)
    if parts.get("encoding") is not None:
        parts["encoding"] = _codec(parts["encoding"])
    for part in ("year", "sheet"):
        _check_option(part, parts.get(part))
    return FileReading(columns=_columns(columns or {}), **_parts(parts))


def _check_option(name: str, value: Any) -> None:
    """Raise OptionError for what an option cannot be that may also be left out."""
    if value is not None:
        check(next(entry for entry in entries() if entry.name == name), value)


def _parts(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given(value) for name, value in values.items() if value is not None}


def _columns(told: Mapping[str, int | str | None]) -> dict[str, Part[Column]]:
    return {name: given(_column(at)) for name, at in told.items()}


def _column(at: int | str | None) -> Column:
    return Column(0, at) if isinstance(at, str) else Column(at or 0)


def _check(part: str, value: str | None, known: tuple[str, ...]) -> None:
    if value is not None and value not in known:
        raise LogError(
            "%(part)s of a log is one of %(known)s, not %(value)s.",
            part=part,
            known=", ".join(map(repr, known)),
            value=repr(value)[:20],
        )


def _check_type(part: str, value: Any, kind: type | UnionType) -> None:
    if value is not None and (not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)):
        raise LogError("%(part)s of a log cannot be %(value)s.", part=part, value=repr(value)[:20])


def _language(code: str) -> str:
    """Moodle's code of a language. Raises LogError."""
    from babel import Locale, UnknownLocaleError

    plain = code.lower().replace("-", "_")
    try:
        Locale.parse(plain, sep="_")
    except (UnknownLocaleError, ValueError):
        error = LogError(
            "The language %(code)s is not known; write it by Moodle's code, as in en or pt_br.", code=repr(code[:20])
        )
        error.option = "log_language"
        raise error from None
    return plain


def _codec(encoding: str) -> str:
    """Python's name for an encoding of text. Raises LogError."""
    try:
        b"a".decode(encoding, "replace")
        codecs.getincrementaldecoder(encoding)
    except (LookupError, ValueError):
        error = LogError(
            "The encoding %(encoding)s is not known; write it as in utf-8 or cp1252.", encoding=repr(encoding[:20])
        )
        error.option = "encoding"
        raise error from None
    return codecs.lookup(encoding).name
