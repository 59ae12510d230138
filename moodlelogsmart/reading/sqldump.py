"""SQL dumps, as mysqldump, pg_dump and phpMyAdmin write them: the rows of the few tables that a log needs.

Only the columns that are named here ever leave the dump: no password, address or token is among them.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import IO

from moodlelogsmart.reading.dump import OLD_TABLE, TABLE
from moodlelogsmart.reading.sqltext import ESCAPED, HEAD, MOST, SqlText

# The tables that come out of a dump.
LOG, OLD_LOG, NAMES, LISTS = "log", "old_log", "names", "lists"
HEADERS: dict[str, list[str]] = {
    LOG: TABLE,
    OLD_LOG: OLD_TABLE,
    NAMES: ["of", "id", "first", "second", "third"],
    LISTS: ["of", "id", "first", "second", "third", "fourth", "fifth"],
}
_LOGS = (LOG, OLD_LOG)
BATCH = 1000  # rows that are held at a time
TOLD = 1000  # signs of a row that could not be read which are kept, to be told
_CREATED = 1 << 18  # signs of the statement that makes a table
_TABLES = 10_000  # tables of which the columns are remembered; Moodle has some 500

_SHORT, _KEPT = 80, 10_000  # signs of a value that is kept, and how many are
_WIDEST = 1000  # columns of a table; no database has more than some thousand

Row = list[str]

_NAME = r"(?:[\w$]++|`[^`]{1,99}+`|\"[^\"]{1,99}+\")"
_TABLE = rf"(?:{_NAME}\s*\.\s*)*[`\"]?([\w$]+)[`\"]?\s*"
_COLUMNS = r"(?:\(([^()]*)\)\s*)?"
_INSERT = re.compile(rf"(?:INSERT|REPLACE)\s[\w\s]*?INTO\s+{_TABLE}{_COLUMNS}VALUES?\s*(?=\()", re.I | re.A)
_COPY = re.compile(rf"COPY\s+{_TABLE}{_COLUMNS}FROM\s+stdin\s*;[^\n]*\n", re.I | re.A)
_CREATE = re.compile(rf"CREATE\s+(?:\w+\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_TABLE}\(", re.I | re.A)
_NO_COLUMN = {"primary", "unique", "key", "index", "constraint", "fulltext", "foreign", "check", "spatial", "exclude"}

# A value is most often a string or a number; else several strings, a function of them, or a string with a mark before.
_STRING = r"'[^']*+(?:''[^']*+)*+'"
_BEFORE_ROW = re.compile(r"[\s,)]*+")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "", "Z": "\x1a", "b": "\b", "f": "\f", "v": "\v"}
_HEX = re.compile(r"(?:0x|[xX]')((?:[0-9A-Fa-f]{2})*)'?")

# Of each table beside the log its columns that names are made of; of any activity, as it has a course and an intro.
_BESIDE = {
    "course_modules": ["id", "module", "instance", "section"],
    "course_sections": ["id", "section", "name"],
    "modules": ["id", "name"],
    "user": ["id", "firstname", "lastname"],
    "course": ["id", "fullname"],
}
# And of those that groups and grades are in; a group or an item, and who, stand in the same places of all.
_LISTS = {
    "groups": ["id", "courseid", "name"],
    "groups_members": ["", "groupid", "userid"],
    "grade_items": ["id", "courseid", "itemname", "itemtype", "sortorder", "grademax"],
    "grade_grades": ["", "itemid", "userid", "finalgrade"],
}
_ACTIVITY, _ACTIVITY_SIGNS = ["id", "name"], {"id", "course", "name", "intro"}


@dataclass(frozen=True)
class _Wanted:
    """What is taken of a table: into which, from which of its `width` columns, behind which first cells."""

    into: str
    places: list[int | None]
    width: int
    first: list[str]

    def picker(self) -> Callable[[list[str]], Row]:
        """What makes a row of it from the cells of one of the dump."""
        if self.places == [*range(self.width)] and not self.first:
            return lambda cells: cells
        # What the dump does not have is its last cell, of which there is one more, empty.
        pick = itemgetter(*(self.width if place is None else place for place in self.places))
        return lambda cells: [*self.first, *pick([*cells, ""])]


def sql_tables(file: IO[bytes]) -> Iterator[tuple[str, list[Row]]]:
    """The rows of the tables LOG, OLD_LOG, NAMES and LISTS in an SQL dump, some at a time, with the columns of HEADERS.

    A log that is there comes also where it has no rows; of several, as of two sites, the first that has some. Cells are
    bytes as in Latin 1, '' for NULL. A row of a log that cannot be read comes as one cell. `of` in NAMES and LISTS is
    the dump's name of a table, or 'prefix' with what the names of all tables begin with.
    """
    text = SqlText(file)
    texts = _Values(text.postgres)
    made: dict[str, list[str]] = {}
    logs: dict[str, str] = {}
    while text.pass_blank():
        text.have(HEAD)
        found = _INSERT.match(text.text, text.at) or _COPY.match(text.text, text.at)
        if not found:
            if (found := _CREATE.match(text.text, text.at)) and len(made) < _TABLES:
                made[found[1]] = _columns(text.statement(_CREATED)[found.end() - found.start() :])
                if (wanted := _wanted(found[1], tuple(made[found[1]]))) and wanted.into in _LOGS:
                    yield wanted.into, []
            text.pass_statement()
            continue
        listed = re.findall(r"[\w$]+", found[2].lower()) if found[2] else made.get(found[1], [])
        wanted = _wanted(found[1], tuple(listed))
        text.at = found.end()
        for rows in _copied(text, wanted) if found.re is _COPY else _inserted(text, wanted, texts):
            if wanted and (wanted.into not in _LOGS or (rows and logs.setdefault(wanted.into, found[1]) == found[1])):
                yield wanted.into, rows
    for table in logs.values():
        yield NAMES, [["prefix", _prefix(table), "", "", ""]]
        yield LISTS, [["prefix", _prefix(table), "", "", "", "", ""]]


def _prefix(table: str) -> str:
    return re.sub(r"(?:logstore_standard_)?log$", "", table.lower())


def _columns(created: str) -> list[str]:
    """The names of the columns, in their order, by what stands in the brackets of CREATE TABLE."""
    # The last of them may be cut off; then nothing behind it is tried.
    bare = re.sub(r"'(?:[^'\\]|\\.|'')*+(?:'|\\?\Z)", "", created, flags=re.S)
    for _depth in range(3):
        bare = re.sub(r"\([^()]*+\)", "", bare)
    names = [re.match(r"\s*([`\"]?)([\w$]+)", item) for item in bare.split(",")]
    return [name[2].lower() for name in names if name and (name[1] or name[2].lower() not in _NO_COLUMN)]


@lru_cache(_TABLES)
def _wanted(table: str, columns: tuple[str, ...]) -> _Wanted | None:
    table, there = table.lower(), set(columns)

    def take(into: str, names: list[str], first: list[str]) -> _Wanted:
        return _Wanted(into, [columns.index(name) if name in there else None for name in names], len(columns), first)

    if len(columns) > _WIDEST:
        return None
    if table.endswith("logstore_standard_log"):
        return take(LOG, TABLE, []) if columns else _Wanted(LOG, [*range(len(TABLE))], len(TABLE), [])
    if re.search(r"(?:^|_)log$", table) and there >= {"time", "userid", "module", "action"}:
        return take(OLD_LOG, OLD_TABLE, [])
    for name, needed in _BESIDE.items():
        if re.search(rf"(?:^|_){name}$", table) and there >= set(needed):
            return take(NAMES, needed + [""] * (4 - len(needed)), [table])
    for name, needed in _LISTS.items():
        if re.search(rf"(?:^|_){name}$", table) and there >= {*needed} - {""}:
            return take(LISTS, needed + [""] * (6 - len(needed)), [table])
    if there >= _ACTIVITY_SIGNS:
        return take(NAMES, [*_ACTIVITY, "", ""], [table])
    return None


def _inserted(text: SqlText, wanted: _Wanted | None, texts: "_Values") -> Iterator[list[Row]]:
    """The rows of a statement INSERT ... VALUES (...), (...);"""
    if wanted:
        read, pick = _row_pattern(wanted.width, text.postgres), wanted.picker()
        rows = list[Row]()
        while (row := _next_row(text, read)) is not None:
            if not isinstance(row, str):
                rows.append(pick([cell if cell.isdigit() else texts[cell] for cell in row]))
            elif wanted.into in _LOGS:
                rows.append([row])
            if len(rows) >= BATCH:
                yield rows
                rows = []
        yield rows
    text.pass_statement()


@lru_cache(_TABLES)
def _row_pattern(width: int, postgres: bool) -> re.Pattern[str]:
    """(a, b, ...) of so many values, each a group, with the comma behind it; nothing in it is tried in two ways."""
    string = rf"(?:[Ee]{ESCAPED}|{_STRING})" if postgres else ESCAPED
    odd = rf"(?:[^'\"(),;]++|{string}|\((?:[^'\"();]++|{string})*+\))*+"
    value = rf"\s*+((?>{string}(?=\s*+[,)])|[^'\"(),;]*+(?=[,)])|{odd}(?=[,)])))\s*+"
    return re.compile(rf"\s*+\({','.join([value] * width)}\)\s*+,?", re.DOTALL | re.A)


def _next_row(text: SqlText, read: re.Pattern[str]) -> tuple[str, ...] | str | None:
    """The values of the next row; the beginning of one that cannot be read; None where there is none any more."""
    while True:
        if found := read.match(text.text, text.at):
            text.at = found.end()
            return found.groups()
        before = _BEFORE_ROW.match(text.text, text.at)
        text.at = before.end() if before else text.at
        sign = text.text[text.at : text.at + 1]
        if sign not in ("(", ""):
            return None
        if len(text.text) - text.at < MOST and text.more():
            continue
        if not sign:
            return None
        told = text.text[text.at : text.at + TOLD]
        text.pass_row()
        return told


class _Values(dict[str, str]):
    """What values of SQL are, as text: those that come again and again, as names of events do, are kept."""

    def __init__(self, postgres: bool) -> None:
        self._postgres = postgres

    def __missing__(self, value: str) -> str:
        text = _text(value.rstrip(), self._postgres)
        if len(value) < _SHORT and len(self) < _KEPT:
            self[value] = text
        return text


def _text(value: str, postgres: bool) -> str:
    mark, quote, inner = value.partition("'")
    if quote and value.endswith("'") and not _HEX.fullmatch(value):
        inner = inner[:-1].replace("''", "'")
        return inner if postgres and mark not in ("E", "e") else _unescaped(inner)
    if found := _HEX.fullmatch(value):
        return bytes.fromhex(found[1]).decode("latin-1").replace("\0", "")
    return "" if value.upper() == "NULL" else value


def _unescaped(text: str) -> str:
    """A text without its escapes by backslashes; whole texts at a time, since a log has ten of them in each row."""
    if "\\" not in text:
        return text
    parts = text.split("\\\\")
    for place, part in enumerate(parts):
        if "\\" in part:
            part = part.replace('\\"', '"').replace("\\'", "'")
            parts[place] = (
                re.sub(r"\\(.)", lambda e: _ESCAPES.get(e[1], e[1]), part, flags=re.S) if "\\" in part else part
            )
    return "\\".join(parts)


def _copied(text: SqlText, wanted: _Wanted | None) -> Iterator[list[Row]]:
    r"""The lines behind COPY ... FROM stdin, up to the one that is `\.`."""
    if not wanted:
        # One sign back, for a table without rows.
        text.at -= 1
        text.pass_to("\n\\.")
        text.pass_to("\n")
        return
    pick, rows = wanted.picker(), list[Row]()
    for line in _lines(text):
        cells = line.split("\t")
        if len(cells) == wanted.width:
            rows.append(pick(["" if c == "\\N" else _unescaped(c) if "\\" in c else c for c in cells]))
        elif wanted.into in _LOGS:
            rows.append([line[:TOLD]])
        if len(rows) >= BATCH:
            yield rows
            rows = []
    yield rows


def _lines(text: SqlText) -> Iterator[str]:
    while True:
        end = text.text.rfind("\n", text.at)
        if end < 0:
            if len(text.text) - text.at < MOST and text.more():
                continue
            rest = text.text[text.at :]
            text.pass_to("\n")
            if rest:
                yield rest[:TOLD]
                continue
            return
        # No further than they go: small tables may follow each other in one window.
        last = text.text.find("\n\\.", max(text.at - 1, 0), end)
        for line in text.text[text.at : end if last < 0 else text.text.find("\n", last + 1)].split("\n"):
            text.at += len(line) + 1
            line = line.removesuffix("\r")
            if line == "\\.":
                return
            yield line
