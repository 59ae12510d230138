"""The roster: who is a learner and who is staff, from the list of participants that Moodle lets a teacher download."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from moodlelogsmart.messages import LogError, Message
from moodlelogsmart.reading.columns import LONGEST, folded
from moodlelogsmart.reading.groups import find_groups, groups_in
from moodlelogsmart.reading.lists import Kind, People, Person, check_list, list_rows
from moodlelogsmart.reading.tables import find_kind, kinds_of

SAMPLE = 200  # people by whom the column of the roles is found

# What the names of roles hold in the languages of Moodle, folded. Staff stands first: "Student teacher" teaches.
ROLES_FILE = Path(__file__).parents[1] / "moodle" / "roles.csv"


@dataclass(frozen=True)
class Listed:
    """Somebody on a roster, the role, 'staff', 'learner' or '' where the list has none, and the groups, where it has
    them."""

    person: Person
    role: str
    groups: list[str]


def read_roster(path: Path) -> Iterator[Listed]:
    """Everybody on the roster who has a role, and everybody on one that has none, as Moodle downloads it.

    The column of the roles is the one with the most role names in it; any other but that of the groups may tell who it
    is, so that neither the labels nor the order of the columns matter. Raises LogError where there is no such column,
    and the labels are not those of Moodle's list either.
    """
    rows = list(list_rows(path, ROSTER)) or [[]]
    column = _role_column(rows)
    groups = [place for place in find_groups(rows[0]) if place != column]
    people = People(rows[0], [place for place in range(max(map(len, rows))) if place not in (column, *groups)])
    if column is None:
        return (Listed(people.person(row), "", groups_in(row, groups)) for row in rows[1:])
    told = ((row, _role(row[column])) for row in rows if column < len(row))
    return (Listed(people.person(row), role, groups_in(row, groups)) for row, role in told if role)


def check_roster(path: Path) -> None:
    """Look whether a file can be a roster, as `lists.check_list` does. Raises LogError as `read_roster` does."""
    check_list(path, ROSTER, _role_column)


def _role_column(rows: list[list[str]]) -> int | None:
    """The place of the column with the most role names, among the first people or else among all; None in a list of
    Moodle's that has no roles."""
    for people in (rows[1 : 1 + SAMPLE], rows[1:]):
        found = Counter(place for row in people for place, cell in enumerate(row) if _role(cell))
        if found:
            # Of several the last: Moodle has names in front, and somebody may be called Student.
            return max(sorted(found, reverse=True), key=lambda place: found[place])
    kinds = set().union(*map(kinds_of, rows[0])) if rows else set[str]()
    if {"first_name", "last_name"} <= kinds and find_kind(rows[0], rows[1:]) == "participants":
        return None
    raise LogError("%(file)s has no column “Roles”. %(how)s", file=ROSTER.called, how=ROSTER.how)


def _roles_in(text: str) -> int:
    return sum(bool(_role(cell)) for cell in re.split(r"[,;\t\r\n]", text))


ROSTER = Kind(
    Message("The list of participants"),
    Message(
        "In Moodle: Participants → select all → With selected users… → Download table data as: Comma separated values "
        "(.csv)."
    ),
    100,  # a university's has some ten columns
    _roles_in,
)


@lru_cache(1000)
def _role(cell: str) -> str:
    """'staff', 'learner', or '' for a cell that is no list of roles."""
    if len(cell) > LONGEST:
        return ""
    roles = [folded(role) for role in cell.replace(";", ",").split(",")]
    if not any(roles):
        return ""
    return next((meant for word, meant in _words().items() if any(word in role for role in roles)), "")


@cache
def _words() -> dict[str, str]:
    with ROLES_FILE.open(encoding="utf-8", newline="") as file:
        return {row["word"]: row["role"] for row in csv.DictReader(file)}
