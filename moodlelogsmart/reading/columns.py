"""Stage columns: which cell of a row holds what, by the header's labels."""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from statistics import mode
from types import MappingProxyType

from rapidfuzz import fuzz, process

from moodlelogsmart.messages import LogError, Message, NoLog
from moodlelogsmart.reading import tables
from moodlelogsmart.reading.content import Rows, find_by_content, looks_like_time
from moodlelogsmart.reading.model import (
    COLUMNS,
    CONTENT,
    EXPORT,
    INCOMPLETE,
    Column,
    FileReading,
    Part,
    Unclear,
)

LIKENESS = 85  # per cent of two labels that are alike when they differ by a letter or a short word
MOST = 200  # columns whose labels are compared with the known ones; a log has ten
LABELS_SHOWN = 200  # characters of a header that an error shows
LONGEST = 200  # characters of a label, a role or a word that are compared; what is longer is none that anybody knows

# By what a column was told, beside CONTENT.
LABEL, LIKE_LABEL, ABSENT = Message("its name"), Message("a name like it"), Message("no column looks like it")

# A table in which one of these has its name is a log, whatever else is in it.
_OF_EVENTS = {"event_context", "component", "event_name", "description"}

# What Moodle before 2.7 called what was done.
_ACTION = "action"

# Moodle's labels by language (language packs of report_log), and how a name reads of who is logged in as another.
LABELS_FILE = Path(__file__).parents[1] / "moodle" / "labels.csv"


@cache
def read_labels() -> list[dict[str, str]]:
    """The rows of LABELS_FILE: language, column (one of COLUMNS, or logged_in_as) and label."""
    with LABELS_FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _columns_by_label() -> dict[str, str]:
    return {folded(row["label"]): row["column"] for row in read_labels() if row["column"] in COLUMNS}


def labels_of(name: str) -> list[str]:
    """What the languages call one of COLUMNS."""
    return [row["label"] for row in read_labels() if row["column"] == name]


def folded(label: str) -> str:
    """The letters and digits of a label without case or accents, so that small differences do not matter.

    Of a long one its beginning, since putting accents into order takes the square of their number.
    """
    return _folded(label[:LONGEST])


@lru_cache(10_000)
def _folded(label: str) -> str:
    plain = unicodedata.normalize("NFKD", label.casefold())
    return re.sub(r"[\W_]+", "", "".join(c for c in plain if not unicodedata.combining(c)))


def known_labels(header: list[str]) -> int:
    """How many cells of a header are labels of a Moodle log."""
    return sum(folded(label) in _columns_by_label() for label in header)


def find_language(labels: Iterable[str]) -> Part[str]:
    """The language that has the most of the labels, by Moodle's name for it; of several the first in the file."""
    cells = {folded(label) for label in labels}
    counts = Counter(row["language"] for row in read_labels() if folded(row["label"]) in cells)
    if not counts:
        return Part("", False, Message("no name of a column is known"))
    best = max(counts, key=lambda language: counts[language])
    return Part(best, list(counts.values()).count(counts[best]) == 1, Message("the names of the columns"))


def has_actions(header: list[str], columns: Mapping[str, Part[Column]]) -> bool:
    """Whether the log is one of Moodle before 2.7, which wrote actions instead of events."""
    return bool(header) and folded(columns["event_name"].value.label) == _ACTION


def find_columns(
    header: list[str], rows: Rows, told: Mapping[str, Part[Column]] = MappingProxyType({})
) -> dict[str, Part[Column]]:
    """Each of COLUMNS by name, and `date` where a date stands in a column of its own, beside the time.

    What is `told` beforehand counts. A label counts where it is known, then where it is nearly one that is missing; of
    two equal ones the first; then what is in `rows`. Raises NoLog for what looks like no log at all, Unclear for
    another table of Moodle's and where the time is missing, or everything that tells events apart.
    """
    try:
        told = place_columns(told, (*COLUMNS, "date"), header, rows)
    except LogError:
        _check_table({}, header, rows)  # of several files it may have been told of another
        raise
    named, positions, found = _find(header, rows, told)

    def part(name: str, place: int) -> Part[Column]:
        by = LABEL if name in named else LIKE_LABEL if name in positions else CONTENT
        return told.get(name, Part(Column(place + 1, header[place] if header else ""), by == LABEL, by))

    if not _fits(told, rows):
        _check_table(found, header, rows)
    try:
        _check_columns(found, header, rows, no_time="time" in told)
    except Unclear as error:
        error.seen = FileReading(columns={name: part(name, place) for name, place in found.items()})
        raise
    left = len({place for place, label in enumerate(header) if label} - set(found.values()))
    absent = {name: Part(Column(0), not left, ABSENT) for name in (*COLUMNS, "date") if name not in found}
    return {name: part(name, place) for name, place in found.items()} | absent | told


def _find(
    header: list[str], rows: Rows, told: Mapping[str, Part[Column]]
) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """The places of the columns: of those that were told or have a known label, with those of labels nearly known, and
    with those that their content tells."""
    named = {name: part.value.place - 1 for name, part in told.items() if part.value.place}
    if not {*COLUMNS, "date"} - set(told):
        return named, named, named
    named |= _named(header, named, told)
    positions = named | _nearly(header, named, told)
    found = {
        name: place
        for name, place in find_by_content(_within(rows, header), positions).items()
        if name in positions or (name not in told and (not header or place < len(header)))
    }
    return named, positions, found


def _within(rows: Rows, header: list[str]) -> Rows:
    """The cells that a header names, and one more, since a time may have fallen apart at its comma."""
    return [row[: len(header) + 1] for row in rows] if header else rows


def _named(header: list[str], taken: Mapping[str, int], told: Mapping[str, object]) -> dict[str, int]:
    """The places of the columns whose labels are known, of two equal ones the first; none of those that were told."""
    named: dict[str, int] = {}
    for place, label in enumerate(header):
        name = _columns_by_label().get(folded(label))
        if name and name not in told and place not in taken.values():
            named.setdefault(name, place)
    return named


def place_columns(
    told: Mapping[str, Part[Column]], names: Collection[str], header: Sequence[str], rows: Rows
) -> dict[str, Part[Column]]:
    """The columns that were told, by `names`, each with its place and the label that it has here.

    Raises LogError where the log has no such column.
    """
    placed = {name: _placed(name, part, names, header, rows) for name, part in told.items()}
    for name, part in placed.items():
        other = next(one for one in placed if placed[one].value.place == part.value.place)
        if part.value.place and other != name:
            raise LogError(
                "Column %(place)d cannot be both %(one)s and %(other)s.", place=part.value.place, one=other, other=name
            )
    return placed


def _placed(name: str, part: Part[Column], names: Collection[str], header: Sequence[str], rows: Rows) -> Part[Column]:
    place, label = part.value.place, part.value.label
    if name not in names:
        raise LogError(
            "No column is called %(name)s here; the names are %(names)s.",
            name=name[:LABELS_SHOWN],
            names=", ".join(names),
        )
    if label and not place:
        place = next((at for at, other in enumerate(header, start=1) if folded(other) == folded(label)), 0)
        if not place:
            raise LogError(
                "The log has no column “%(label)s”, which was told to be %(name)s.",
                label=label[:LABELS_SHOWN],
                name=name,
            )
    width = len(header) or (mode(map(len, rows)) if rows else 0)
    if not 0 <= place <= width:
        raise LogError(
            "The last column of the log is number %(width)d, so %(name)s cannot be number %(place)d.",
            width=width,
            name=name,
            place=place,
        )
    return replace(part, value=Column(place, header[place - 1] if place and place <= len(header) else ""))


def _nearly(header: list[str], positions: dict[str, int], told: Mapping[str, object]) -> dict[str, int]:
    """The places of the columns whose labels are nearly ones that are not found yet, the likest of each name."""
    found = {*positions, *told}
    missing = {label: name for label, name in _columns_by_label().items() if name not in found and len(label) > 3}
    like: list[tuple[float, int, str]] = []
    for place, label in enumerate(header[:MOST]):
        if place not in positions.values() and len(folded(label)) > 3 and missing:
            match = process.extractOne(folded(label), missing.keys(), scorer=fuzz.ratio, score_cutoff=LIKENESS)
            if match:
                like.append((match[1], place, missing[match[0]]))
    nearly: dict[str, int] = {}
    for _score, place, name in sorted(like, key=lambda one: (-one[0], one[1])):
        nearly.setdefault(name, place)
    return nearly


def _fits(told: Mapping[str, Part[Column]], rows: Rows) -> bool:
    """Whether a person says where the times are, and there are some; of several files that holds for the logs alone."""
    place = told["time"].value.place if "time" in told else 0
    return bool(place) and ("date" in told or any(looks_like_time(row[place - 1]) for row in rows if place <= len(row)))


def _check_table(found: Mapping[str, int], header: list[str], rows: Rows) -> None:
    """Raise Unclear for another table that Moodle lets people download; one with columns of events is a log."""
    # A header that has a date in it was taken for a row.
    labels, below = (header, rows) if header else (next(iter(rows), []), rows[1:])
    is_log = "description" in found or _OF_EVENTS & _named(header, {}, {}).keys()
    kind = "" if is_log else tables.find_kind(labels, below)
    if kind:
        raise tables.no_log(kind)


def _check_columns(found: Mapping[str, int], header: list[str], rows: Rows, no_time: bool) -> None:
    """Raise NoLog or Unclear where a log cannot be read by the columns that were found; `no_time`: a person said that
    none is the time."""
    told = "description" in found or "event_name" in found
    # Without known labels the first row may be somebody's data, which no error shows.
    known = known_labels(header) > 1
    labels = ", ".join(label for label in header[:20] if label.strip())[:LABELS_SHOWN]
    kind = INCOMPLETE if {"time", *_OF_EVENTS} & _named(header, {}, {}).keys() else "unknown"
    if not found or (not known and "time" not in found):
        # A table with Moodle's sentences is a log, of which a person may know where the times are.
        is_log = "description" in found and max(map(len, rows), default=0) > 2
        raise _unknown(Unclear if is_log else NoLog, header, rows)
    if "time" not in found and no_time:
        raise Unclear("No column of %(file)s is set as the time. Choose the one with date and time.", kind=kind)
    if "time" not in found:
        raise Unclear(
            "%(file)s has no column “Time”, only: %(labels)s. Export the log again from Moodle with all its columns.",
            kind=kind,
            labels=labels,
        )
    if not told and not known:
        raise _unknown(Unclear, header, rows)
    if not told:
        raise Unclear(
            "%(file)s has neither a column “Description” nor “Event name”, so its events cannot be told apart, only: "
            "%(labels)s. Export the log again from Moodle with all its columns.",
            kind=kind,
            labels=labels,
        )


def _unknown(error: type[NoLog], header: list[str], rows: Rows) -> NoLog:
    labels = tables.shown_labels(header, rows, known_labels(header))
    if not labels:
        sentence = Message("%(file)s has none of the columns of a Moodle log. %(how)s")
        return error(sentence.template, kind="unknown", how=EXPORT)
    sentence = Message("%(file)s has none of the columns of a Moodle log. Its columns are: %(labels)s. %(how)s")
    return error(sentence.template, kind="unknown", labels=labels, how=EXPORT)
