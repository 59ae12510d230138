"""Columns, dates and encodings of the logs of a job, as the check page shows them, and what its form says of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from moodlelogsmart.messages import Message
from moodlelogsmart.reading.dump import TABLE
from moodlelogsmart.reading.model import COLUMNS, FileReading
from moodlelogsmart.report import labels
from moodlelogsmart.report.summary import Summary
from moodlelogsmart.web.admission import Refused

LAYOUTS = 20  # that a page shows
ALONE = 50  # logs that a page lets be corrected each by itself
NAMES = 5  # of files with the same columns


@dataclass(frozen=True)
class Layout:
    """Logs with the same columns, told as the same: their first, their places among the logs of the job, from 1, none
    where it stands for all of them, the names of the first of them, how many they are, and whether it is the only
    layout that is shown."""

    file: FileReading
    places: tuple[int, ...]
    names: tuple[str, ...]
    files: int
    alone: bool

    def field(self, column: int) -> str:
        """What the form calls one of its columns."""
        return f"column-{column}" if self.alone else f"column-{self.places[0]}-{column}"

    @property
    def fields(self) -> dict[int, str]:
        """The fields of all columns that are shown, by their places; of a dump or backup the page shows none."""
        return (
            {place: self.field(place) for place in range(1, len(self.file.samples) + 1)} if meanings(self.file) else {}
        )

    @property
    def columns(self) -> dict[int, str]:
        """Our names for the columns, by their places."""
        return {part.value.place: name for name, part in self.file.columns.items() if part.value.place}


def layouts(summary: Summary) -> list[Layout]:
    """The logs of a job by their columns, in the order of the first of each."""
    alike: dict[object, list[int]] = {}
    for place, file in enumerate(summary.reading.files):
        alike.setdefault(_look(file), []).append(place)
    found = []
    for places in alike.values():
        files = [summary.reading.files[place] for place in places]
        apart = tuple(place + 1 for place in places) if len(alike) > 1 else ()
        if summary.unclear:
            apart = (summary.unclear_place,) if summary.unclear_place else ()
        names = tuple(file.name for file in files[:NAMES] if file.name)
        found.append(Layout(files[0], apart, names, len(files), len(alike) == 1))
    return found


def _look(file: FileReading) -> object:
    """What is alike in logs of the same columns."""
    columns = frozenset((name, part.value.place) for name, part in file.columns.items())
    return file.kind.value, file.form.value, file.delimiter.value, tuple(one.label for one in file.samples), columns


def meanings(file: FileReading) -> Mapping[str, str]:
    """What a column of the file can be, and how that is called; nothing where the file itself says what they are."""
    if file.kind.value in ("sql", "backup"):
        return {}
    if file.is_table:
        return {name: name for name in TABLE}
    return {name: label for name, label in labels.COLUMNS.items() if name in {*COLUMNS, "date"}}


def told_columns(summary: Summary, form: MultiDict[str, str]) -> list[str]:
    """The columns that are another than was understood. Raises Refused where one thing is in two of them."""
    return [one for layout in layouts(summary)[:LAYOUTS] for one in _told(layout, form)]


def _told(layout: Layout, form: MultiDict[str, str]) -> list[str]:
    names = meanings(layout.file)
    places = {place: form[name] for place, name in layout.fields.items() if name in form}
    chosen = [name for name in places.values() if name]
    twice = next((name for name in chosen if chosen.count(name) > 1), "")
    if twice:
        sentence = Message("Two columns cannot both be “%(name)s”.", name=names.get(twice, twice))
        last = max(place for place in places if places[place] == twice)
        raise Refused(400, "options", sentence, layout.field(last))
    known = {name: part.value.place for name, part in layout.file.columns.items() if name in names}
    moved = [f"{name}={place}" for place, name in places.items() if name and known.get(name) != place]
    gone = [f"{name}=0" for name, place in known.items() if place and place in places and name not in chosen]
    before = [f"{place}:" for place in layout.places] or [""]
    return [one + told for one in before for told in moved + gone]


@dataclass(frozen=True)
class Alone:
    """One of several logs, of which alone something can be said: its place among them, from 1."""

    place: int
    file: FileReading

    @property
    def known(self) -> dict[str, str]:
        """What was understood of it that can be said, by the names of options.OF_LOG."""
        order = self.file.date_order.value if self.file.orders else ""
        sheet = self.file.sheet.value if len(self.file.sheets) > 1 else 0
        known = {"sheet": sheet, "date_order": order}
        known |= {"year": self.file.year.value, "encoding": self.file.encoding.value}
        return {part: str(value) for part, value in known.items() if value}

    def field(self, part: str) -> str:
        """What the form calls it."""
        return f"{part}-{self.place}"


def alone(summary: Summary) -> list[Alone]:
    """Each of several logs, those first of whose dates we are not sure; none where there is one, or one is unclear."""
    logs = [Alone(place, file) for place, file in enumerate(summary.reading.files, start=1)]
    doubtful_first = sorted(logs, key=lambda one: one.file.date_order.sure and one.file.year.sure)
    return doubtful_first if len(logs) > 1 else []


def told_alone(summary: Summary, form: MultiDict[str, str]) -> list[str]:
    """What is said of single logs that is another than was understood of them, as Options has it."""
    return [
        f"{one.place}:{part}={said}"
        for one in alone(summary)[:ALONE]
        for part, known in one.known.items()
        if (said := form.get(one.field(part), "").strip()) not in ("", known)
    ]


def sheets_of(file: FileReading) -> dict[str, str]:
    """The sheets of a workbook that can be the log, by their places, as a form has them; without names the places."""
    return {str(place): name or str(place) for place, name in file.sheets.items()}


def dated(summary: Summary) -> FileReading:
    """The log of whose dates the page shows the orders: one in which they are not sure, else the first that has any."""
    with_orders = [file for file in summary.reading.files if file.orders]
    return next((one for one in with_orders if not one.date_order.sure), (with_orders or [first(summary)])[0])


def first(summary: Summary) -> FileReading:
    """How the first log was read; of what an earlier version has read nothing is known."""
    return next(iter(summary.reading.files), FileReading())
