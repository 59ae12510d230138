"""The roster: who is a learner and who is staff, from the list of participants that Moodle lets a teacher download."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice, pairwise
from pathlib import Path

from moodlelogsmart.messages import LogError, Message
from moodlelogsmart.reading.columns import LONGEST, folded
from moodlelogsmart.reading.encoding import CHUNK, find_encoding
from moodlelogsmart.reading.unpack import check_file

SIZE_LIMIT = 10_000_000  # bytes; fifty thousand participants have some five million
PEOPLE, COLUMNS = 100_000, 100  # rows and columns of a list; a university's has some ten columns
SAMPLE = 200  # people by whom the column of the roles is found
LOOKED_AT = 1000  # rows by which it is told at once whether there is such a column

# What the names of roles hold in the languages of Moodle, folded. Staff stands first: "Student teacher" teaches.
ROLES_FILE = Path(__file__).parents[1] / "moodle" / "roles.csv"
_EAST_ASIA = "\N{CJK RADICAL REPEAT}"  # the first of its letters
_ID_LABELS = {"id", "userid", "moodleid", "moodleuserid"}


LIST = Message("The list of participants")  # where nobody knows what its file is called
_EXPORT = Message(
    "In Moodle: Participants → select all → With selected users… → Download table data as: Comma separated values "
    "(.csv)."
)


@contextmanager
def is_list() -> Iterator[None]:
    """Have what is said of a file within be of a list of participants, and how Moodle gives one."""
    try:
        yield
    except LogError as error:
        error.name(LIST)
        error.tell(how=_EXPORT)
        raise


@dataclass(frozen=True)
class Listed:
    """Somebody on a roster: the role, 'staff' or 'learner', all that may be the name, how to call them, and Moodle's
    user number, '' where it is not known."""

    role: str
    names: list[str]
    called: str
    number: str


def read_roster(path: Path) -> Iterator[Listed]:
    """Everybody on the roster who has a role.

    The column of the roles is the one with the most role names in it; every other cell of two words and more, and
    every two neighbours in either order, may be a name, so that neither the labels nor the order of the columns matter.
    Raises LogError where there is no such column.
    """
    rows = list(_rows(path)) or [[]]
    column = _role_column(rows)
    ids = {place for place, label in enumerate(rows[0]) if folded(label) in _ID_LABELS}
    people = ((row, _role(row[column])) for row in rows if column < len(row))
    return (_listed(row, role, column, ids) for row, role in people if role)


def check_roster(path: Path) -> None:
    """Look whether a file can be a roster, at once, before the job is queued. Raises LogError as `read_roster` does.

    A spreadsheet is looked into in the job alone, and so is a long list whose first rows have no roles.
    """
    with is_list():
        start = check_file(path)
    if start is not None:
        rows = list(islice(_rows(path), LOOKED_AT))
        if len(rows) < LOOKED_AT:
            _role_column(rows)


def _role_column(rows: list[list[str]]) -> int:
    """The place of the column with the most role names, among the first people or else among all."""
    for people in (rows[1 : 1 + SAMPLE], rows[1:]):
        found = Counter(place for row in people for place, cell in enumerate(row) if _role(cell))
        if found:
            # Of several the last: Moodle has names in front, and somebody may be called Student.
            return max(sorted(found, reverse=True), key=lambda place: found[place])
    raise _no_roles()


def _no_roles() -> LogError:
    return LogError(
        "%(file)s has no column “Roles”. %(how)s",
        file=LIST,
        how=_EXPORT,
    )


def _rows(path: Path) -> Iterator[list[str]]:
    """The rows that are not empty, of each cell what can be a name or a role. Raises LogError where they are no list of
    people."""
    if path.stat().st_size > SIZE_LIMIT:
        raise LogError(
            "The roster is larger than %(limit)d MB; is it really a list of people?", limit=SIZE_LIMIT // 10**6
        )
    text = _text(path.read_bytes())
    if max(text.count("\n"), text.count("\r")) > PEOPLE:
        raise _too_large()
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if any(row[COLUMNS:]):
                raise _too_large()
            if row:
                yield [cell[: LONGEST + 1] for cell in row[:COLUMNS]]
    except csv.Error:
        raise _no_roles() from None


def _text(content: bytes) -> str:
    encoding = find_encoding(content[:CHUNK], _roles_in)
    return content.decode(encoding, errors="stray" if encoding == "utf-8" else "replace").removeprefix("\ufeff")


def _roles_in(text: str) -> int:
    return sum(bool(_role(cell)) for cell in re.split(r"[,;\t\r\n]", text))


def _too_large() -> LogError:
    return LogError(
        "The roster has more than %(people)d rows or %(columns)d columns; is it really a list of people?",
        people=PEOPLE,
        columns=COLUMNS,
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


def _listed(row: list[str], role: str, column: int, ids: set[int]) -> Listed:
    cells = ["" if place == column else " ".join(cell.split()) for place, cell in enumerate(row)]
    called = _called(cells)
    # One word is a name only where there is no other, as of a person who has one.
    pairs = [name for one, other in pairwise(cells) if one and other for name in (f"{one} {other}", f"{other} {one}")]
    names = [cell for cell in cells if " " in cell or "@" in cell or cell == called or _is_joined(cell)] + pairs
    numbers = [cells[place] for place in sorted(ids) if place < len(cells) and cells[place].isdigit()]
    number = "".join(numbers[:1])
    return Listed(role, [name for name in names if _is_text(name)], called or number, number)


def _called(cells: list[str]) -> str:
    """The first cell of a row that can be a name, with its neighbour where that can be the rest of it."""
    first = next((place for place, cell in enumerate(cells) if _is_text(cell) and "@" not in cell), None)
    if first is None:
        return next((cell for cell in cells if "@" in cell), "")
    name, rest = cells[first], "".join(cells[first + 1 : first + 2])
    # With a comma the family name stands there already.
    return f"{name} {rest}" if "," not in name and _is_text(rest) and "@" not in rest else name


def _is_text(cell: str) -> bool:
    return any(letter.isalpha() for letter in cell)


def _is_joined(cell: str) -> bool:
    """Whether one word can be a whole name: in letters of East Asia."""
    return len(cell) > 1 and min(cell) >= _EAST_ASIA
