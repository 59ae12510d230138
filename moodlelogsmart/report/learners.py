"""Each learner's case in the file of people: what the table of learners and the page of one learner show, and the
course elements.

They are known by the row of learners.csv, from 1: an address that names nobody.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from moodlelogsmart.analysis.acts import activity_types
from moodlelogsmart.analysis.people import LEVELS
from moodlelogsmart.meaning.roster import cut
from moodlelogsmart.report import elements
from moodlelogsmart.report.answers import DAYS, SHOWN
from moodlelogsmart.report.people import MOST, holding, opened, plain_sql
from moodlelogsmart.workspace import Workspace

SESSIONS = 500  # of a learner that are told, the last ones; who studies twice a day for a term has fewer
THINGS = 12  # of a session that are told, the first ones
_EVER = 4_000_000  # a day behind all others; days are counted as date.toordinal does
_STEP = 200  # bytes that an act may take while sessions are put together, and a row that goes to the file
_LISTED = 200  # assignments, attempts and grades of a learner that are told
_NUMBERS = (
    "events", "active_days", "sessions", "minutes", "minutes_low", "minutes_high", "elements", "submissions",
    "attempts", "posts",
)  # fmt: skip
_LEVELS = tuple(level.lower() for level in LEVELS)
_COLUMNS = ("n", "person", "name", "groups", *_NUMBERS, "first", "last", *_LEVELS)
_TOLD = ("periods", "sessions", "submissions", "attempts", "grades")
# What the table of learners is sorted by: SQL, and whether the most comes first.
SORTED = {
    "name": ("search", False),
    "last": ("last", True),
    "first": ("first", False),
    "days": ("active_days", True),
    "sessions": ("sessions", True),
    "minutes": ("minutes", True),
    "events": ("events", True),
    **{level: (f'1.0 * "{level}" / max(events, 1)', True) for level in _LEVELS},
}


def write_learners(work: Workspace, path: Path, unit: str) -> None:
    """Write the learners into the file of people, the first MOST of them: their figures, and what is told of each;
    and the course elements.

    `unit`, 'week' or 'month', is that of the periods in which their events are counted.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        # Nobody else reads it yet, and where the job breaks it is made anew.
        connection.execute("pragma journal_mode = off")
        connection.execute("begin")
        columns = ", ".join(f'"{name}"' for name in (*_COLUMNS[1:], "search"))
        connection.execute(f'create table "learner" (n integer primary key, {columns})')
        connection.execute(f'create table "told" (n integer primary key, {", ".join(_TOLD)})')
        connection.execute('create table "common" (name primary key, told)')
        names = ", ".join(f'"{name}"' for name in elements.COLUMNS[1:])
        connection.execute(f'create table "element" (place integer primary key, {names})')
        _fill(work, connection, "learner", len(_COLUMNS) + 1, _figures())
        connection.executemany('insert into "common" values (?, ?)', _common(work))
        for which in _in_parts(work, work.value("select count(*) from element")):
            _fill(work, connection, "element", len(elements.COLUMNS), elements.placed_sql(which))
        acts = work.value("select count(*) from act")
        parts = work.parts(acts * _STEP)
        if acts:
            _write_absence(work, connection)
            _find_timeline(work, parts)
            for part in range(parts):
                _fill(work, connection, "told", len(_TOLD) + 1, _told(work, unit, f"rowid % {parts} = {part}"))
            work.run("drop table timeline")
        connection.execute("commit")


def _fill(work: Workspace, connection: sqlite3.Connection, table: str, columns: int, query: str) -> None:
    connection.executemany(f'insert into "{table}" values ({", ".join("?" * columns)})', work.run(query))


def _in_parts(work: Workspace, rows: int) -> list[str]:
    """SQL that is true of some rows of a table, of all by one after the other: of no more than are held at a time."""
    parts = work.parts(rows * _STEP)
    return [f"rowid % {parts} = {part}" for part in range(parts)]


def _write_absence(work: Workspace, connection: sqlite3.Connection) -> None:
    """Write tables "seen" (within, day, learners), how many were last seen within which of DAYS, or 'longer' ago, from
    that day on until the next row tells another number; and "gap" (n, day, next), the days between which a learner was
    not there for so long."""
    longest = DAYS[-1]
    bounds = [*zip(map(str, DAYS), (0, *DAYS), DAYS, strict=False), ("longer", longest, _EVER)]
    work.run(
        f"""create table span as
        with active as (
            select distinct person::varchar as person, (day - date '0001-01-01' + 1)::integer as day from act)
        select learners.rowid + 1 as n, day,
            coalesce(lead(day) over (partition by learners.rowid order by day), {_EVER})::integer as next
        from active join learners on learners.person = active.person where learners.rowid < {MOST}"""
    )
    connection.execute('create table "seen" (within, day, learners, primary key (within, day)) without rowid')
    counted = f"""with bound(within, low, high) as (values {", ".join(map(str, bounds))}),
        step as (
            select within, unnest([day + low, least(next, day + high)]) as day, unnest([1, -1]) as more
            from span, bound where day + low < next),
        summed as (select within, day, sum(more) as more from step group by within, day)
        select within, day, (sum(more) over (partition by within order by day))::bigint from summed"""
    _fill(work, connection, "seen", 3, counted)
    connection.execute('create table "gap" (n, day, next)')
    is_long = f"next - day > {longest} and day + {longest} <= (select max(day) from span)"
    for which in _in_parts(work, work.value(f"select count(*) from span where {is_long}")):
        _fill(work, connection, "gap", 3, f"select n, day, next from span where {is_long} and {which}")
    connection.execute('create index by_day on "gap" (day)')
    work.run("drop table span")


def _figures() -> str:
    """SQL of _COLUMNS, and what is searched."""
    levels = ", ".join(f'"{level}"' for level in _LEVELS)
    return f"""select learners.rowid + 1, {cut("learners.person")}, {cut("user_full_name")}, {cut('"group"')},
            {", ".join(_NUMBERS)}, first_time, last_time, {levels},
            {plain_sql("concat_ws(' ', user_full_name, learners.person)")}
        from learners where learners.rowid < {MOST}"""


def _common(work: Workspace) -> list[tuple[str, str]]:
    """What the pages of all learners have: the activity types by their place, the median of all who came, and what the
    items are called of which they have grades."""
    medians = work.run(f"select {', '.join(f'median({name})' for name in _NUMBERS)} from learners where events > 0")[0]
    told = {
        "types": activity_types(work),
        "medians": dict(zip(_NUMBERS, medians, strict=True)),
        "items": dict(work.run("select place, any_value(item) from grade group by place order by place")),
    }
    return [(name, json.dumps(value)) for name, value in told.items()]


def _find_timeline(work: Workspace, parts: int) -> None:
    """Make table `timeline` (person, begun, told): each session of a learner as JSON, [first time, last time, minutes,
    events, number of different things, the first of these], a thing being [seconds since the first time, code of
    `activity`, place of the element or -1, how often]."""
    work.run("create table timeline (person varchar, begun integer, told varchar)")
    for part in range(parts):
        # Sorted as a list, for an ordered aggregate takes far longer.
        work.run(
            f"""insert into timeline
            with done as (
                select begun, any_value(act.person) as person, any_value(session) as session, code,
                    coalesce(any_value(element.place), -1) as place, count(*) as n, min(moment) as first,
                    min(act.rowid) as turn
                from (select *, rowid from act where begun % {parts} = {part}) act
                    left join (select element::element_text as element, rowid as place from element) element
                        on element.element = act.element
                group by begun, code, act.element),
            listed as (
                select begun, any_value(person) as person, any_value(session) as session, min(first) as since,
                    list_sort(list(struct_pack(turn, code, place, n, first))) as things
                from done group by begun)
            select listed.person::varchar, begun, concat('["', first_time, '","', last_time, '",', minutes, ',', events,
                ',', len(things), ',', list_transform(things[:{THINGS}], lambda one: [
                    epoch(one.first - since)::bigint, one.code, one.place, one.n])::varchar, ']')
            from listed join sessions on session_id = concat(listed.person, '-', listed.session)"""
        )


def _told(work: Workspace, unit: str, which: str) -> str:
    """SQL of n and _TOLD, each as JSON or NULL, of the learners `which`."""
    lists = {
        "submissions": """{name: left(name, 200), first: first_time, last: last_time, times: submissions, state: state,
            timing: timing, graded: graded_time, feedback: feedback_time}""",
        "attempts": """{name: left(name, 200), attempt: attempt, started: started_time, submitted: submitted_time,
            minutes: minutes, state: state, reviews: reviews}""",
        "grade": "{place: place, text: text, value: value}",
    }
    # A list that is empty, as in most logs those of grades, is not looked for.
    found = work.run(f"select {', '.join(f'exists (from {name})' for name in lists)}")[0]
    there = [name for name, is_any in zip(lists, found, strict=True) if is_any]
    listed = "".join(
        f""",
        of_{name} as (
            select person, to_json(list_sort(list({lists[name]}))[:{_LISTED}])::varchar as listed
            from {name} group by person)"""
        for name in there
    )
    joins = "".join(f" left join of_{name} on of_{name}.person = one.person" for name in there)
    told = ", ".join(f"of_{name}.listed" if name in there else "null" for name in lists)
    return f"""with one as (
            select person, rowid + 1 as n from learners where {which} and rowid < {MOST} and events > 0),
        counted as (
            select person, date_trunc('{unit}', day)::date as start, count(*) as events from act group by all),
        in_periods as (
            select person::varchar as person, concat('{{', string_agg(concat('"', start, '":', events), ','), '}}')
                as periods
            from counted group by person),
        in_sessions as (
            select person, list_sort(list({{begun: begun, told: told}}))[-{SESSIONS}:] as sessions
            from timeline group by person){listed}
        select n, periods, concat('[', array_to_string(list_transform(sessions, lambda one: one.told), ','), ']'),
            {told}
        from one join in_periods on in_periods.person = one.person
            join in_sessions on in_sessions.person = one.person{joins}"""


@contextmanager
def open_learners(path: Path) -> Iterator["Learners | None"]:
    """The learners in a file of people; None where it has none, as those of jobs of an earlier version."""
    connection = opened(path)
    if connection is None:
        yield None
        return
    with closing(connection):
        tables = "select count(*) from sqlite_master where name in ('learner', 'element')"
        yield Learners(connection) if connection.execute(tables).fetchone()[0] == 2 else None


class Learners:
    """Those who learn in a log, and who never came; each has n, the columns of learners.csv, and `levels`, the events
    by Bloom level."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        # In a file of an earlier version some are not there.
        known = {name for (name,) in connection.execute("select name from pragma_table_info('learner')")}
        self._columns = [name for name in _COLUMNS if name in known]

    def find(self, text: str, sort: str, descending: bool, first: int, most: int) -> list[dict[str, Any]]:
        """Those whose name or number holds all words of the text, of all where it has none: `most` from the `first`,
        counted from 0, by one of SORTED."""
        condition, words = holding(text)
        order = f"{SORTED[sort][0]} {'desc' if descending else 'asc'}, n"
        return self._rows(f"where {condition} order by {order} limit ? offset ?", [*words, most, first])

    def count(self, text: str) -> int:
        """How many there are of these."""
        condition, words = holding(text)
        return int(self._connection.execute(f'select count(*) from "learner" where {condition}', words).fetchone()[0])

    def seen(self, until: date) -> dict[str, int]:
        """How many of those who came were last seen up to that day within each of DAYS before it, 'longer' before, or
        only 'after' it."""
        found = {name: self._seen(name, until.toordinal()) for name in (*map(str, DAYS), "longer")}
        # In the end everybody was.
        return found | {"after": self._seen("longer", _EVER - 1) - sum(found.values())}

    def _seen(self, within: str, day: int) -> int:
        told = self._connection.execute(
            'select learners from "seen" where within = ? and day <= ? order by day desc limit 1', [within, day]
        ).fetchone()
        return int(told[0]) if told else 0

    def gone(self, until: date) -> list[dict[str, Any]]:
        """The first of those who are 'longer' in `seen`, seen longest ago first: n, person, name and the day."""
        day = until.toordinal()
        rows = self._connection.execute(
            f"""select "learner".n, person, name, day from "gap" join "learner" on "learner".n = "gap".n
            where day <= ? and next > ? order by day, person limit {SHOWN}""",
            [day - DAYS[-1], day],
        )
        return [
            {"n": n, "person": person, "name": name, "last": date.fromordinal(last).isoformat()}
            for n, person, name, last in rows
        ]

    def never(self) -> list[dict[str, Any]]:
        """The first of those who are on the list of participants and never came."""
        return self._rows(f"where events = 0 order by n limit {SHOWN}", [])

    def one(self, n: int) -> dict[str, Any] | None:
        """A learner with all that is told: `periods` (events by the first day); `visits`, the sessions, with day,
        first, last, minutes, events, kinds (how many different things), and `things`, of these the first, with seconds,
        type, element, kind and times; `handed`, `tries`, `grades`; `medians` of all learners."""
        found = self._rows("where n = ?", [n])
        if not found:
            return None
        told = self._connection.execute(f'select {", ".join(_TOLD)} from "told" where n = ?', [n]).fetchone()
        parts = dict(zip(_TOLD, map(_parsed, told or [None] * len(_TOLD)), strict=True))
        common = {name: json.loads(text) for name, text in self._connection.execute('select name, told from "common"')}
        places = json.dumps([*{thing[2] for told in parts["sessions"] for thing in told[5]}])
        places_of = {-1: ("", "")} | {
            place: (name, kind)
            for place, name, kind in self._connection.execute(
                'select place, name, kind from "element" where place in (select value from json_each(?))', [places]
            )
        }
        return found[0] | {
            "periods": parts["periods"] or {},
            "visits": [_session(one, common["types"], places_of) for one in parts["sessions"]],
            "handed": parts["submissions"],
            "tries": parts["attempts"],
            # In a file of an earlier version each grade has its item itself.
            "grades": [{"item": common.get("items", {}).get(str(one["place"]))} | one for one in parts["grades"]],
            "medians": common["medians"],
        }

    def _rows(self, which: str, values: list[Any]) -> list[dict[str, Any]]:
        names = ", ".join(f'"{name}"' for name in self._columns)
        rows = self._connection.execute(f'select {names} from "learner" {which}', values)
        found = [dict(zip(self._columns, row, strict=True)) for row in rows]
        return [
            one | {"levels": {level: one[level.lower()] for level in LEVELS if one[level.lower()]}} for one in found
        ]


def _parsed(text: str | None) -> Any:
    return json.loads(text) if text else []


def _session(told: list[Any], types: list[str], elements: Mapping[int, tuple[str, str]]) -> dict[str, Any]:
    first, last, minutes, events, kinds, things = told
    names = ("seconds", "type", "element", "kind", "times")
    return {
        "day": first[:10],
        "first": first,
        "last": last,
        "minutes": minutes,
        "events": events,
        "kinds": kinds,
        "things": [
            dict(zip(names, (seconds, types[code], *elements[place], times), strict=True))
            for seconds, code, place, times in things
        ],
    }
