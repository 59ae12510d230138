"""Everybody of a log in a file of SQLite, to be found by a few letters of the name: a page shows only some of them."""

import json
import sqlite3
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from moodlelogsmart.workspace import Workspace

PEOPLE_FILE = "people.sqlite"  # beside the summary of a job
COLUMNS = ("person", "name", "rows", "last", "role", "source", "act", "times", "first")
_TOLD = "role = 'staff' and source = 'log'"  # who was taken for staff by an act
_MOST_WORDS, _LONGEST = 10, 200  # of what is looked for
_BATCH = 20_000  # people that are held at a time
MOST = 100_000  # people in the file, some 50 ms of a search; a university has fewer


def write_people(work: Workspace, path: Path) -> None:
    """Write table `everybody` into a new file, in its order, the first MOST of them."""
    path.unlink(missing_ok=True)
    most = min(MOST, work.value("select count(*) from everybody"))
    batches = (
        work.run(
            f"""select {", ".join(COLUMNS)}, {plain_sql("concat_ws(' ', name, person)")}
            from everybody
            where rowid between $1 and $2 order by rowid""",
            [start, min(start + _BATCH, most) - 1],
        )
        for start in range(0, most, _BATCH)
    )
    _fill(sqlite3.connect(path, isolation_level=None), chain.from_iterable(batches)).close()


@contextmanager
def open_people(path: Path, known: Sequence[Mapping[str, Any]]) -> Iterator["People"]:
    """The people in a file; where it is not there, as of jobs of an earlier version, those who are `known` without."""
    connection = opened(path) or _fill(
        sqlite3.connect(":memory:"),
        ([*(one.get(name, "") for name in COLUMNS), plain(f"{one['name'] or ''} {one['person']}")] for one in known),
    )
    try:
        yield People(connection)
    finally:
        connection.close()


class People:
    """Everybody of a log, those first of whom we are not sure; each as in Summary.everybody."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, text: str, most: int) -> tuple[list[dict[str, Any]], int]:
        """Those whose name or number holds all words of the text, whatever their accents and case, the first of them;
        and how many there are."""
        condition, words = holding(text)
        if not words:
            return [], 0
        found = self._rows(f"where {condition} order by place limit ?", [*words, most])
        if len(found) < most:
            return found, len(found)
        return found, self._connection.execute(f'select count(*) from "people" where {condition}', words).fetchone()[0]

    def named(self, people: Collection[str]) -> list[dict[str, Any]]:
        """Those of the people, as `person` has them, who are there."""
        return self._rows("where person in (select value from json_each(?)) order by place", [json.dumps([*people])])

    def who_did(self, acts: Collection[str]) -> list[str]:
        """All who were taken for staff by one of these acts."""
        rows = self._connection.execute(
            f'select person from "people" where {_TOLD} and act in (select value from json_each(?))',
            [json.dumps([*acts])],
        )
        return [person for (person,) in rows]

    def acts(self) -> dict[str, int]:
        """The acts by which people were taken for staff, those of most people first, each with how many."""
        return dict(
            self._connection.execute(
                f'select act, count(*) as n from "people" where {_TOLD} group by act order by n desc, act'
            )
        )

    def _rows(self, which: str, values: list[Any]) -> list[dict[str, Any]]:
        rows = self._connection.execute(f'select {", ".join(COLUMNS)} from "people" {which}', values)
        return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def holding(text: str) -> tuple[str, list[str]]:
    """SQL of SQLite: that column `search` holds all words of the text, the first of very many; and these words."""
    words = plain(text[:_LONGEST]).split()[:_MOST_WORDS]
    return " and ".join(["instr(search, ?) > 0"] * len(words)) or "true", words


def plain_sql(text: str) -> str:
    """SQL of DuckDB: the text as `plain` makes it, for `search`."""
    return f"replace(lower(strip_accents({text})), 'ς', 'σ')"


def plain(text: str) -> str:
    """The text without case and accents, as `search` has it."""
    letters = (one for one in unicodedata.normalize("NFD", text) if not unicodedata.category(one).startswith("M"))
    return unicodedata.normalize("NFC", "".join(letters)).lower().replace("ς", "σ")


def opened(path: Path) -> sqlite3.Connection | None:
    """The file, to be read; None where it is not there."""
    if not path.exists():
        return None
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)


def _fill(connection: sqlite3.Connection, rows: Iterable[Sequence[Any]]) -> sqlite3.Connection:
    """The connection with table "people"; it stands in quotes, for it is none of the database of a job."""
    # Nobody else reads it yet, and where the job breaks it is made anew.
    connection.execute("pragma journal_mode = off")
    connection.execute("begin")
    connection.execute(f'create table "people" (place integer primary key, {", ".join(COLUMNS)}, search)')
    marks = ", ".join("?" * (len(COLUMNS) + 1))
    connection.executemany(f'insert into "people" ({", ".join(COLUMNS)}, search) values ({marks})', rows)
    connection.execute('create index by_person on "people" (person)')
    connection.execute(f'create index by_act on "people" (act) where {_TOLD}')
    connection.execute("commit")
    return connection
