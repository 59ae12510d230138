"""Lists of people that come beside a log, such as that of the participants: their rows, and who is in each."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

from moodlelogsmart.messages import LogError, Message
from moodlelogsmart.reading.columns import LONGEST, folded
from moodlelogsmart.reading.convert import sheet_rows
from moodlelogsmart.reading.encoding import CHUNK, find_encoding
from moodlelogsmart.reading.gunzip import GZIP, TooLarge, open_gzip
from moodlelogsmart.reading.tables import kinds_of
from moodlelogsmart.reading.unpack import check_file

SIZE_LIMIT = 10_000_000  # bytes; fifty thousand participants have some five million
PEOPLE = 100_000  # rows of a list
LOOKED_AT = 1000  # rows by which it is told at once whether it is such a list
CELL = 10_000  # characters of a cell that count: of the members of a group, while names have LONGEST
TITLES = 20  # rows at the beginning in which the labels are looked for, and by which the delimiter is told

_DELIMITERS = ",;\t:|"
_BEGIN = 200_000  # characters in which these rows are
_EAST_ASIA = "\N{CJK RADICAL REPEAT}"  # the first of its letters
_ID_LABELS = {"id", "userid", "moodleid", "moodleuserid"}


@dataclass(frozen=True)
class Kind:
    """A kind of list: how it is called where nobody knows what its file is called, how Moodle gives one, how many
    columns it may have, and how many of its words are in a text, by which an encoding is told."""

    called: Message
    how: Message
    columns: int
    words_in: Callable[[str], int]


@dataclass(frozen=True)
class Person:
    """Somebody in a row: all that may be the name, how to call them, and Moodle's user number, '' where not known."""

    names: list[str]
    called: str
    number: str


@contextmanager
def is_list(kind: Kind) -> Iterator[None]:
    """Have what is said of a file within be of a list of that kind, and how Moodle gives one."""
    try:
        yield
    except LogError as error:
        error.name(kind.called)
        error.tell(how=kind.how)
        raise


def check_list(path: Path, kind: Kind, check: Callable[[list[list[str]]], object]) -> None:
    """Look whether a file can be a list, at once, before the job is queued, by what `check` raises of its rows.

    What a spreadsheet does not open, and an archive, is looked into in the job alone, and so is a long list whose first
    rows are not like it.
    """
    with is_list(kind):
        rows = _sheet_rows(path, kind) if check_file(path) is None else list(islice(list_rows(path, kind), LOOKED_AT))
        try:
            if rows is not None:
                check(rows)
        except LogError:
            if len(rows or ()) < LOOKED_AT:
                raise


def _sheet_rows(path: Path, kind: Kind) -> list[list[str]] | None:
    """The first rows of a spreadsheet, as `convert` has them; None where it is none, locked, or larger than a list."""
    import python_calamine

    if path.stat().st_size > SIZE_LIMIT:
        return None
    try:
        rows = ([cell[:CELL] for cell in islice(row, kind.columns)] for row in sheet_rows(str(path)))
        return list(islice(filter(any, rows), LOOKED_AT))
    except (python_calamine.CalamineError, OSError, ValueError, SystemExit):
        return None


def list_rows(path: Path, kind: Kind) -> Iterator[list[str]]:
    """The rows that are not empty, of each cell as much as counts. Raises LogError where they are no list of people."""
    if path.stat().st_size > SIZE_LIMIT:
        raise LogError(
            "%(file)s is larger than %(limit)d MB; is it really a list of people?",
            file=kind.called,
            limit=SIZE_LIMIT // 10**6,
        )
    text = _text(_content(path, kind), kind)
    if max(text.count("\n"), text.count("\r")) > PEOPLE:
        raise _too_large(kind)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)):
            if any(row[kind.columns :]):
                raise _too_large(kind)
            if any(row):
                yield [cell[:CELL] for cell in row[: kind.columns]]
    except csv.Error:
        raise LogError("%(file)s cannot be read as a table. %(how)s", file=kind.called, how=kind.how) from None


def _content(path: Path, kind: Kind) -> bytes:
    """What is in the file, unpacked."""
    with path.open("rb") as file:
        if file.read(len(GZIP)) != GZIP:
            return path.read_bytes()
    try:
        with open_gzip(path, SIZE_LIMIT) as packed:
            return packed.read()
    except TooLarge:
        raise _too_large(kind) from None


def _text(content: bytes, kind: Kind) -> str:
    encoding = find_encoding(content[:CHUNK], kind.words_in)
    return content.decode(encoding, errors="stray" if encoding == "utf-8" else "replace").removeprefix("\ufeff")


def _delimiter(text: str) -> str:
    """What stands between the cells: that which makes the most of the first rows as wide as the header, and these the
    widest."""

    def fitting(delimiter: str) -> tuple[int, int]:
        try:
            rows = list(islice(csv.reader(io.StringIO(text[:_BEGIN], newline=""), delimiter=delimiter), TITLES))
        except csv.Error:
            return 0, 0
        widths = [len(row) for row in rows if row]
        width = widths[0] if widths else 0
        return (widths.count(width), width) if width > 1 else (0, 0)

    return max(_DELIMITERS, key=fitting)


def _too_large(kind: Kind) -> LogError:
    return LogError(
        "%(file)s has more than %(people)d rows or %(columns)d columns; is it really a list of people?",
        file=kind.called,
        people=PEOPLE,
        columns=kind.columns,
    )


def header_at(rows: Sequence[list[str]], known: Callable[[str], bool]) -> int:
    """The place of the row of labels: that of the first ones with the most cells that are `known`."""
    counts = [sum(map(known, row)) for row in rows[:TITLES]]
    return counts.index(max(counts)) if counts else 0


def is_number(label: str) -> bool:
    """Whether a column of this label has Moodle's user numbers."""
    return folded(label) in _ID_LABELS


class People:
    """Finds who is in rows of cells, by the labels above them."""

    def __init__(self, header: Sequence[str], places: Sequence[int]) -> None:
        """`places`: the columns in which people are looked for, in their order."""
        kinds = {place: kinds_of(header[place]) if place < len(header) else frozenset() for place in places}
        first, last = ([place for place in places if kind in kinds[place]][:1] for kind in ("first_name", "last_name"))
        both = [*first, *last] if first and last else []
        self._places = [*both, *(place for place in places if place not in both)]
        self._ids = [place for place in places if place < len(header) and is_number(header[place])]

    def cells(self, row: Sequence[str]) -> tuple[str, ...]:
        """What a row says of its person."""
        return tuple(" ".join(row[place][: LONGEST + 1].split()) if place < len(row) else "" for place in self._places)

    def person(self, row: Sequence[str]) -> Person:
        """Who is in a row: every cell of two words and more, and every two neighbours in either order, may be the name,
        so that neither labels nor order matter."""
        numbers = [row[place].strip() for place in self._ids if place < len(row) and row[place].strip().isdigit()]
        return person_in(self.cells(row), "".join(numbers[:1]))


def person_in(cells: Sequence[str], number: str = "") -> Person:
    """Who is told by cells, which have single spaces."""
    called = _called(cells)
    pairs = [pair for pair in pairwise(cells) if all(pair) and not any("@" in cell for cell in pair)]
    # The order of words does not matter, but of letters that stand together.
    joined = [f"{other} {one}" for one, other in pairs if _is_joined(one + other)]
    # One word is a name only where there is no other, as of a person who has one.
    names = [cell for cell in cells if " " in cell or "@" in cell or cell == called or _is_joined(cell)]
    names += [*map(" ".join, pairs), *joined]
    return Person([name for name in names if _is_text(name)], called or number, number)


def _called(cells: Sequence[str]) -> str:
    """The first cell of a row that can be a name, with its neighbour where that can be the rest of it."""
    first = next((place for place, cell in enumerate(cells) if _is_text(cell) and "@" not in cell), None)
    if first is None:
        return next((cell for cell in cells if "@" in cell), "")
    name, rest = cells[first], "".join(cells[first + 1 : first + 2])
    # With a comma the family name stands there already.
    is_rest = rest and "@" not in rest and (_is_text(rest) or " " not in name)  # Learner, 12
    return f"{name} {rest}" if "," not in name and is_rest else name


def _is_text(cell: str) -> bool:
    return any(letter.isalpha() for letter in cell)


def _is_joined(cell: str) -> bool:
    """Whether one word can be a whole name: in letters of East Asia."""
    return len(cell) > 1 and min(cell) >= _EAST_ASIA
