"""The figures of the report: what was done when, by whom, and what follows what."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from itertools import accumulate
from typing import Any

from moodlelogsmart.pipeline.classify import UNKNOWN
from moodlelogsmart.pipeline.flowchart import Drawing, Edge, draw
from moodlelogsmart.workspace import Workspace

WEEKS = 60  # a longer log is shown by months
STEP = 64  # bytes that an event takes in the path of a session
VARIANTS = 10  # most frequent ones that are shown
LEARNERS = 300  # with the most events that are shown
SHARES = (100, 80, 50)  # per cent of all steps that a process map shows, the most frequent first
START, END = "start", "end"  # of a session, in a process map


@dataclass(frozen=True)
class Period:
    """A week or month from `start`: events by Bloom level ('' for none), and the number of people who did something."""

    start: date
    levels: dict[str, int]
    learners: int

    @property
    def events(self) -> int:
        """How many events it holds."""
        return sum(self.levels.values())


@dataclass(frozen=True)
class Figures:
    """What the report shows. Times are those of the log's zone.

    unit: 'week' or 'month' of the periods, which have no gap; hours: events by day of the week (from Monday) and hour;
    maps: the process map by share of steps; variants: the activity types of sessions, equal ones in a row once, with
    the number of sessions; learners: those with most events; learners_left_out: how many more there are.
    """

    unit: str = "week"
    periods: list[Period] = field(default_factory=list)
    hours: list[list[int]] = field(default_factory=list)
    maps: dict[int, Drawing] = field(default_factory=dict)
    variants: list[tuple[list[str], int]] = field(default_factory=list)
    learners: list[dict[str, Any]] = field(default_factory=list)
    learners_left_out: int = 0


def find_figures(work: Workspace) -> Figures:
    """Count what is in table `log`, and draw its process maps."""
    if not work.value("select count(*) from log"):
        return Figures()
    unit, periods = _periods(work)
    learners = _learners(work)
    people = work.value(f"select count(distinct person) from log where person <> '{UNKNOWN}'")
    return Figures(
        unit, periods, _hours(work), _maps(work), _variants(work), learners, learners_left_out=people - len(learners)
    )


def _periods(work: Workspace) -> tuple[str, list[Period]]:
    first, last = work.run("select min(time[1:10]::date), max(time[1:10]::date) from log")[0]
    unit = "week" if (last - first).days <= WEEKS * 7 else "month"
    start = f"date_trunc('{unit}', time[1:10]::date)::date"
    levels: dict[date, dict[str, int]] = {}
    for day, level, events in work.run(
        f"select {start} as day, bloom_level, count(*) from log group by all order by all"
    ):
        levels.setdefault(day, {})[level] = events
    people = dict(work.run(f"select {start}, count(distinct person) from log where person <> '{UNKNOWN}' group by 1"))
    return unit, [Period(day, levels.get(day, {}), people.get(day, 0)) for day in _days(min(levels), max(levels), unit)]


def _days(day: date, last: date, unit: str) -> list[date]:
    """The first days of all weeks or months from the one to the other."""
    days = []
    while day <= last:
        days.append(day)
        day = day + timedelta(days=7) if unit == "week" else (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return days


def _hours(work: Workspace) -> list[list[int]]:
    hours = [[0] * 24 for _ in range(7)]
    rows = work.run(
        """select isodow(moment) - 1, hour(moment), count(*)
        from (select time[1:19]::timestamp as moment from log) group by all"""
    )
    for day, hour, events in rows:
        hours[day][hour] = events
    return hours


def _maps(work: Workspace) -> dict[int, Drawing]:
    """The process maps of what follows what within a session; see SHARES."""
    rows = work.run(
        f"""with steps as (
            select activity_type as one, lag(activity_type) over session as before,
                lead(activity_type) over session as next, epoch(lead(moment) over session - moment) as pause
            from log where session_id <> '' window session as (partition by session_id order by nth))
        select one, coalesce(next, '{END}') as other, count(*) as n, median(pause) from steps group by 1, 2
        union all select '{START}', one, count(*), null from steps where before is null group by one
        order by n desc, one, other"""
    )
    edges = [Edge(*row) for row in rows]
    events = dict(work.run("select activity_type, count(*) from log where session_id <> '' group by 1"))
    total = sum(edge.steps for edge in edges)
    shown = [before * 100 for before in accumulate((edge.steps for edge in edges), initial=0)]
    parts = [[edge for edge, before in zip(edges, shown, strict=False) if before < total * share] for share in SHARES]
    with ThreadPoolExecutor(len(SHARES)) as pool:
        drawings = pool.map(partial(draw, work, events), parts if edges else [])
    return dict(zip(SHARES, drawings, strict=False))


def _variants(work: Workspace) -> list[tuple[list[str], int]]:
    """The most frequent ways through a session; a part of the sessions at a time, for paths cannot spill to disk."""
    parts = work.parts(work.value("select count(*) from log") * STEP)
    work.run("create or replace table path (path varchar, n bigint)")
    for part in range(parts):
        work.run(
            f"""insert into path
            with steps as (
                select nth as row, session_id, activity_type,
                    lag(activity_type) over (partition by session_id order by nth) as before
                from log where session_id <> '' and hash(session_id) % {parts} = {part}),
            paths as (
                select string_agg(activity_type, ' ' order by row) as path from steps
                where before is distinct from activity_type group by session_id)
            select path, count(*) as n from paths group by path"""
        )
    rows = work.run(f"select path, sum(n)::bigint as n from path group by path order by n desc, path limit {VARIANTS}")
    return [(path.split(), sessions) for path, sessions in rows]


def _learners(work: Workspace) -> list[dict[str, Any]]:
    rows = work.run(
        f"""with people as (
            select person, coalesce(any_value(user_full_name order by user_full_name)
                    filter (user_full_name not in ('', '-')), '') as name, count(*) as events,
                count(distinct time[1:10]) as days, count(distinct session_id) as sessions,
                min(time) as first, max(time) as last
            from log where person <> '{UNKNOWN}' group by person order by events desc, person limit {LEARNERS}),
        levels as (
            select person, bloom_level, count(*) as n from log where bloom_level <> '' group by all)
        select people.*, coalesce(map(list(bloom_level order by bloom_level) filter (n is not null),
            list(n order by bloom_level) filter (n is not null)), map()) as levels
        from people left join levels using (person) group by all order by events desc, person"""
    )
    names = ("person", "name", "events", "days", "sessions", "first", "last", "levels")
    return [dict(zip(names, row, strict=True)) for row in rows]
