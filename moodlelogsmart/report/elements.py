"""The course elements in the file of people: what the page sorts, and shows of one kind."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from moodlelogsmart.meaning.roster import cut
from moodlelogsmart.report.people import opened, plain_sql

# What is told of an element, as in activities.csv, its exercise by its name; then its place there, and what is sorted.
_TOLD = (
    "name", "kind", "learners", "share", "events", "half_day", "last", "is_hardly_used", "exercise",
    "exercise_learners", "before_exercise",
)  # fmt: skip
COLUMNS = ("place", *_TOLD, "turn", "search")
MATERIAL = "material"  # what is there to be read or looked at, of whatever kind
_MATERIAL = ("resource", "page", "book", "folder", "url", "label", "imscp")
# What the table is sorted by: SQL, and whether the most comes first.
SORTED = {
    "name": ("search", False),
    "learners": ("learners", True),
    "events": ("events", True),
    "first": ("half_day is null, half_day", False),
    "last": ("last", True),
}


def told_sql() -> str:
    """SQL of _TOLD and `turn`, the place in activities.csv from 0, of the elements in `activities`."""
    return f"""select activities.element, {cut("activities.name")} as name, activities.kind, activities.learners,
            activities.share, activities.events, activities.half_day, activities.last_time as last,
            activities.is_hardly_used, coalesce({cut("task.name")}, '') as exercise, activities.exercise_learners,
            activities.before_exercise, activities.rowid as turn
        from activities
            left join (select {cut("element")} as element, any_value(name) as name from activities group by all) task
                on task.element = nullif(activities.exercise, '')"""


def placed_sql(which: str) -> str:
    """SQL of COLUMNS, `place` being that in table `element`, of those of its rows `which`."""
    return f"""select place, told.* exclude (element), {plain_sql("told.name")}
        from ({told_sql()}) told join (select element, rowid as place from element where {which}) element
            on element.element = told.element"""


@contextmanager
def open_elements(path: Path) -> Iterator["Elements | None"]:
    """The elements in a file of people; None where they are not there, as in those of jobs of an earlier version."""
    connection = opened(path)
    if connection is None:
        yield None
        return
    with closing(connection):
        known = connection.execute("select count(*) from pragma_table_info('element') where name = 'turn'").fetchone()
        yield Elements(connection) if known[0] else None


class Elements:
    """Those of a course, each with what activities.csv tells of it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, kind: str, sort: str, descending: bool, first: int, most: int) -> list[dict[str, Any]]:
        """Those of a kind: MATERIAL, one of Moodle's modules, or '' for all; `most` from the `first`, counted from 0,
        by one of SORTED."""
        condition, values = _of(kind)
        names = ", ".join(f'"{name}"' for name in _TOLD)
        order = f"{SORTED[sort][0]} {'desc' if descending else 'asc'}, turn"
        rows = self._connection.execute(
            f'select {names} from "element" where {condition} order by {order} limit ? offset ?', [*values, most, first]
        )
        return [dict(zip(_TOLD, row, strict=True)) for row in rows]

    def count(self, kind: str) -> int:
        """How many there are of these."""
        condition, values = _of(kind)
        return int(self._connection.execute(f'select count(*) from "element" where {condition}', values).fetchone()[0])


def kinds_of(modules: dict[str, int]) -> list[str]:
    """By which kinds elements of these modules can be found: '' for all, MATERIAL, and what is none."""
    material = [MATERIAL] if not modules.keys().isdisjoint(_MATERIAL) else []
    return ["", *material, *(module for module in modules if module not in _MATERIAL and module)]


def _of(kind: str) -> tuple[str, list[str]]:
    """SQL of SQLite: that an element is of that kind; and the values in it."""
    kinds = _MATERIAL if kind == MATERIAL else (kind,)
    return (f"kind in ({', '.join('?' * len(kinds))})", [*kinds]) if kind else ("true", [])
