"""Grades: who has which in what, from the export of Moodle's gradebook or any table with a row a person."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from pathlib import Path

from moodlelogsmart.messages import LogError, Message
from moodlelogsmart.reading.lists import Kind, People, Person, check_list, header_at, is_number, list_rows
from moodlelogsmart.reading.tables import LONGEST, kinds_of

MOST = 2_000_000  # grades in a file; five thousand people with two hundred items have half of that
REAL, PERCENTAGE, LETTER = "real", "percentage", "letter"  # the forms in which Moodle writes a grade, the best first
_FORMS = (REAL, PERCENTAGE, LETTER)
_LABELS = {"person", "participants", "grades", *_FORMS}
_SAMPLE = 500  # people by whom it is told what a column holds
_MOST = 0.9  # of its filled cells are grades
_LARGEST = 100_000  # that a grade can be; what is larger numbers a person or a time
_ERRORS = {"error", "erro", "fehler", "erreur"}  # what Moodle writes where a sum has failed
_NUMBER = re.compile(r"[+-]?\d{1,12}(?:\.\d{1,12})?", re.ASCII)
_LETTERS = re.compile("[A-Z]{1,2}[+-]?")


@dataclass(frozen=True)
class Item:
    """A column of the gradebook: its name, what can be reached, if that is known, and the place of the column."""

    name: str
    most: float | None
    column: int


@dataclass(frozen=True)
class Graded:
    """Somebody, and what stands in the row for each item, '' for no grade."""

    person: Person
    grades: list[str]


def read_grades(path: Path) -> tuple[list[Item], Iterator[Graded]]:
    """The items in the order of their columns, and everybody with the grades.

    Of the forms in which an item is told the number counts first, then the percentage. What is no item and no label of
    people knows is passed over. Raises LogError where there are no items or no people, or more than MOST grades.
    """
    rows = list(list_rows(path, GRADES))
    items, people, start = _layout(rows)
    if len(items) * len(rows) > MOST:
        raise LogError(
            "%(file)s holds more than %(grades)s grades; export fewer items.", file=GRADES.called, grades=MOST
        )
    return items, (Graded(people.person(row), [_grade(row, item.column) for item in items]) for row in rows[start:])


def check_grades(path: Path) -> None:
    """Look whether a file can tell grades, as `lists.check_list` does. Raises LogError as `read_grades` does."""
    check_list(path, GRADES, _layout)


@lru_cache(10_000)
def value_of(grade: str) -> float | None:
    """A grade as a number, a percentage from 0 to 100; None for a letter or a word."""
    text = "".join(grade.split()).removesuffix("%")
    # With both signs in it the last is that of the decimals.
    last = max(text.rfind("."), text.rfind(","))
    if last >= 0 and text.count(text[last]) > 1:
        return None
    whole, decimals = (text[:last], text[last + 1 :]) if last >= 0 else (text, "")
    plain = f"{whole.replace(',', '').replace('.', '')}.{decimals}" if decimals else whole
    return float(plain) if _NUMBER.fullmatch(plain) else None


def _grade(row: Sequence[str], column: int) -> str:
    text = " ".join(row[column][:LONGEST].split()) if column < len(row) else ""
    return "" if text == "-" or text.casefold() in _ERRORS else text


def _layout(rows: Sequence[list[str]]) -> tuple[list[Item], People, int]:
    """The items, how people are found, and the place of the first row of people."""
    at = header_at(rows, lambda label: bool(kinds_of(label) & _LABELS or _forms(label)))
    header, below = (rows[at], rows[at + 1 :]) if rows else ([], [])
    cells = [[grade for row in below[:_SAMPLE] if (grade := _grade(row, place))] for place in range(len(header))]
    items = _items(header, cells)
    taken = {place for place, _label, _form in items}
    first = min(taken, default=0)
    # In front of the items Moodle writes nothing but who it is.
    people = [
        place
        for place, label in enumerate(header)
        if place not in taken and (_is_person(label) or (place < first and not _is_graded(cells[place])))
    ]
    # Of a table with a column a person the labels stand below each other.
    is_turned = sum(bool(kinds_of(row[0]) & _LABELS or _forms(row[0])) for row in below[:_SAMPLE]) > 1
    if not items or not people or is_turned:
        raise LogError(
            "%(file)s has no columns of grades beside names, one row for each person. %(how)s",
            file=GRADES.called,
            how=GRADES.how,
        )
    return _chosen(items, cells), People(header, people), at + 1


def _items(header: Sequence[str], cells: Sequence[Sequence[str]]) -> list[tuple[int, str, str]]:
    """The columns of grades: the place, what the item is called, and the form.

    By the labels where Moodle's words for the forms are among them, else by what is in the columns.
    """
    labels = [" ".join(label.split()) for label in header]
    known = {place: _forms(label)[0] for place, label in enumerate(labels) if _forms(label)}
    if known:
        return [(place, _base(labels[place])[0], form) for place, form in known.items()]
    others = {"participants", "maximum", "group", "groups", "members"}
    graded = [
        (place, label, _form_of(cells[place]))
        for place, label in enumerate(labels)
        if label and value_of(label) is None and not _is_person(label) and not kinds_of(label) & others
        if _is_graded(cells[place])
    ]
    # Languages whose words nobody told us put the form behind the name as well: each item has the same ones.
    items = [(place, _base(label)[0], form) for place, label, form in graded]
    ends, names = {_base(label)[1] for _place, label, _form in graded}, {name for _place, name, _form in items}
    forms = {(name, form) for _place, name, form in items}
    has_forms = "" not in ends and len(forms) == len(items) == len(names) * len(ends)
    return items if has_forms else graded


def _chosen(items: Sequence[tuple[int, str, str]], cells: Sequence[Sequence[str]]) -> list[Item]:
    """Of each item the column in its best form; several of one name are told apart by their order."""
    seen: Counter[tuple[str, str]] = Counter()
    columns: dict[tuple[str, int], dict[str, int]] = {}
    for place, name, form in items:
        columns.setdefault((name, seen[name, form]), {})[form] = place
        seen[name, form] += 1
    chosen = [(name, min(forms.items(), key=lambda one: _FORMS.index(one[0]))) for (name, _n), forms in columns.items()]
    return [Item(name, 100.0 if _is_percentage(form, cells[place]) else None, place) for name, (form, place) in chosen]


def _is_person(label: str) -> bool:
    return "person" in kinds_of(label) or is_number(label)


def _forms(label: str) -> list[str]:
    """The form that the end of a label tells, if any."""
    kinds = kinds_of(label[-LONGEST:])
    return [form for form in _FORMS if form in kinds]


def _base(label: str) -> tuple[str, str]:
    """A label without the brackets at its end, and what stands in them."""
    name, bracket, form = label.rpartition("(")
    return (name.strip(), form[:-1]) if bracket and name.strip() and label.endswith(")") else (label, "")


def _form_of(cells: Sequence[str]) -> str:
    if _is_percentage("", cells):
        return PERCENTAGE
    return REAL if _mostly(cells, lambda cell: value_of(cell) is not None) else LETTER


def _is_percentage(form: str, cells: Sequence[str]) -> bool:
    return form == PERCENTAGE or _mostly(cells, lambda cell: cell.endswith("%"))


def _is_graded(cells: Sequence[str]) -> bool:
    """Whether a column holds grades: numbers that can be such, percentages or letters."""
    return _mostly(cells, lambda cell: bool(_LETTERS.fullmatch(cell)) or -_LARGEST < _number(cell) < _LARGEST)


def _number(cell: str) -> float:
    value = value_of(cell)
    return inf if value is None else value


def _mostly(cells: Sequence[str], look: Callable[[str], bool]) -> bool:
    return bool(cells) and sum(map(look, cells)) >= _MOST * len(cells)


def _words_in(text: str) -> int:
    return sum(bool(kinds_of(cell) & _LABELS) for cell in re.split(r"[,;\t\r\n]", text))


GRADES = Kind(
    Message("The grades file"),
    Message("In Moodle: Grades → Export → Plain text file."),
    1000,  # in a course of two hundred activities there are three forms of each, and comments
    _words_in,
)
