"""Columns and dates of the logs of a job, as the check page shows them, and what its form says of them."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from werkzeug.datastructures import MultiDict

from moodlelogsmart.messages import Message
from moodlelogsmart.reading.dump import TABLE
from moodlelogsmart.reading.model import COLUMNS, DATE_ORDERS, FileReading
from moodlelogsmart.report import labels
from moodlelogsmart.report.summary import Summary
from moodlelogsmart.web.admission import Refused

LAYOUTS = 20  # that a page shows
NAMES = 5  # of files with the same columns
SHOWN_DATES = 2


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


def dated(summary: Summary) -> FileReading:
    """The log of whose dates the page shows the orders: one in which they are not sure, else the first that has any."""
    with_orders = [file for file in summary.reading.files if orders(file)]
    return next((one for one in with_orders if not one.date_order.sure), (with_orders or [first(summary)])[0])


def first(summary: Summary) -> FileReading:
    """How the first log was read; of what an earlier version has read nothing is known."""
    return next(iter(summary.reading.files), FileReading())


def orders(file: FileReading) -> dict[str, list[tuple[str, datetime | None]]]:
    """How times of a file read in each order that a date can have: as written, and when that is.

    Those that are another day in another order stand first.
    """
    place = file.columns["time"].value.place if "time" in file.columns else 0
    written = file.samples[place - 1].values if 0 < place <= len(file.samples) else ()
    if file.dates_turned:
        # Of what a spreadsheet has stored as dates nobody sees how it was written.
        return {"dmy": [], "mdy": []}
    layouts = _orders_of(file.time_format.value, file.date_order.value)
    read = {text: {order: _read(text, one) for order, one in layouts.items()} for text in written}
    telling = sorted(read, key=lambda text: len(set(read[text].values())) == 1)[:SHOWN_DATES]
    return {order: [(text, read[text][order]) for text in telling] for order in layouts}


def _orders_of(layout: str, known: str) -> dict[str, str]:
    """The format of times in each order of day, month and year that it can have: with the year first only where it has
    two digits, and could be a day."""
    letters = {*re.findall("%[dmy]", layout)}
    if known not in DATE_ORDERS or not {"%d", "%m"} <= letters or (known == "ymd" and "%y" not in letters):
        return {}
    return {order: _in_order(layout, order) for order in DATE_ORDERS if order != "ymd" or "%y" in letters}


def _in_order(layout: str, order: str) -> str:
    wanted = iter([f"%{letter}" for letter in order if f"%{letter}" in layout])
    return re.sub("%[dmy]", lambda _found: next(wanted), layout)


def _read(text: str, layout: str) -> datetime | None:
    # The clock reads commas as spaces, too.
    plain_text, plain_layout = (" ".join(one.replace(",", " ").split()) for one in (text, layout))
    with suppress(ValueError):
        return datetime.strptime(plain_text, plain_layout)
    return None
