"""Groups: who is in which, from a list of participants, Moodle's overview of groups or any list of names and groups."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from moodlelogsmart.messages import LogError, Message
from moodlelogsmart.reading.lists import Kind, People, Person, check_list, header_at, list_rows, person_in
from moodlelogsmart.reading.tables import kinds_of

_OF_GROUPS = {"groups", "group"}
_LABELS = {*_OF_GROUPS, "members", "person", "participants"}
# Of a row that is a group each member repeats all that it is called: letters of that, for each byte of the file and
# beside these, and what is added for each member in each group.
_REPEATED, _SPARE, _EACH = 15, 200_000, 20
_Told = tuple[tuple[str, ...], Person, list[str]]  # of a row the cells of a person, who that is, and the groups


@dataclass(frozen=True)
class Grouped:
    """Somebody, and the groups."""

    person: Person
    groups: list[str]


def read_groups(path: Path) -> Iterator[Grouped]:
    """Everybody who is in a group, once.

    A row is a person, with a column of groups or several, or with one group of several rows; or it is a group, with its
    members in one cell. Raises LogError where there is no column of groups, and where groups and members of one row
    make far more of the file than it holds.
    """
    room = _REPEATED * path.stat().st_size + _SPARE
    rows = list(list_rows(path, GROUPS))
    start, columns = _columns(rows)
    header, rows = rows[start], rows[start + 1 :]
    members = next((place for place, label in enumerate(header) if "members" in kinds_of(label)), None)
    if members is not None:
        told: Iterable[_Told] = chain.from_iterable(_members(row, members, columns) for row in rows)
    else:
        people = People(header, [place for place in range(max(map(len, [header, *rows]))) if place not in columns])
        told = ((people.cells(row), people.person(row), groups_in(row, columns)) for row in rows)
    found: dict[tuple[str, ...], tuple[Person, dict[str, None]]] = {}
    for cells, person, groups in told:
        if groups and person.called:
            found.setdefault(cells, (person, {}))[1].update(dict.fromkeys(groups))
            room -= sum(map(len, groups)) + _EACH * len(groups)
            if room < 0:
                raise LogError(
                    "%(file)s puts each of its people into too many groups; give one group a row.", file=GROUPS.called
                )
    return (Grouped(person, list(groups)) for person, groups in found.values())


def check_groups(path: Path) -> None:
    """Look whether a file can tell groups, as `lists.check_list` does. Raises LogError as `read_groups` does."""
    check_list(path, GROUPS, _columns)


def _columns(rows: Sequence[list[str]]) -> tuple[int, list[int]]:
    """The place of the row of labels, and of the columns of groups in it."""
    start = header_at(rows, lambda label: bool(kinds_of(label) & _LABELS))
    columns = find_groups(rows[start]) if rows else []
    if not columns or len(rows[start]) == len(columns):
        raise LogError("%(file)s has no column “Groups” beside names. %(how)s", file=GROUPS.called, how=GROUPS.how)
    return start, columns


def find_groups(header: Sequence[str]) -> list[int]:
    """The places of the columns of groups, by their labels."""
    return [place for place, label in enumerate(header) if kinds_of(label) & _OF_GROUPS]


def groups_in(row: Sequence[str], columns: Sequence[int]) -> list[str]:
    """The groups in the cells of a row; Moodle puts several into one cell, with commas between them."""
    texts = (text for place in columns if place < len(row) for text in row[place].split(","))
    groups = (" ".join(text.split()) for text in texts)
    return list(dict.fromkeys(group for group in groups if group not in ("", "-") and not _is_none(group)))


def _is_none(cell: str) -> bool:
    return bool(kinds_of(cell) & {"no_group", *_OF_GROUPS})


def _members(row: Sequence[str], members: int, columns: Sequence[int]) -> Iterator[_Told]:
    """The members of the group in a row, who stand in one cell of it, by their full names."""
    groups = groups_in(row, [place for place in columns if place != members])
    for text in re.split("[,;\n]", row[members] if members < len(row) else ""):
        if name := " ".join(text.split()):
            yield (name,), person_in([name]), groups


def _words_in(text: str) -> int:
    return sum(bool(kinds_of(cell) & _LABELS) for cell in re.split(r"[,;\t\r\n]", text))


GROUPS = Kind(
    Message("The file of groups"),
    Message(
        "In Moodle: Participants → select all → With selected users… → Download table data as: Comma separated values "
        "(.csv); or take any table with a column of names and one that is called “Groups”."
    ),
    100,
    _words_in,
)
