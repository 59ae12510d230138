"""The figures of the report: what was done when, by whom, and what follows what."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

from moodlelogsmart.meaning.roster import SHOWN
from moodlelogsmart.meaning.sessions import UNKNOWN
from moodlelogsmart.report.flowchart import Drawing, Edge, draw
from moodlelogsmart.workspace import Workspace

WEEKS = 60  # a longer log is shown by months
STEP = 48  # bytes that an event takes in the path of a session
TEXT = SHOWN  # characters of a text of the log that a page shows
VARIANTS = 10  # most frequent ones that are shown
LEARNERS = 300  # with the most events that are shown
SHARES = (100, 80, 50)  # per cent of all steps that a process map shows, the most frequent first
# SQL: what is known to be learners' own, which alone is in the figures; what names nobody is in the files alone.
LEARNED = f"role = 'learner' and person <> '{UNKNOWN}'"
_LEARNING = f"(from placed where {LEARNED}) learning"
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


def cut(text: str) -> str:
    """SQL: the text as a page shows it, which never grows with what a name or an event is called."""
    return f"if(length({text}) > {TEXT}, left({text}, {TEXT}) || '…', {text})"


def find_figures(work: Workspace) -> Figures:
    """Count what the learners did, by table `placed` and view `log`, and draw process maps of it.

    Whoever else is kept in the files is in no figure, nor is what names nobody.
    """
    if not work.value(f"select count(*) from {_LEARNING}"):
        return Figures()
    names = _find_steps(work)
    edges, events = _edges(work, names)
    with ThreadPoolExecutor(len(SHARES)) as pool:
        # Graphviz draws them while the rest is counted.
        maps = {share: pool.submit(draw, work, events, most) for share, most in _most_frequent(edges).items()}
        unit, periods, hours = _times(work)
        learners = _learners(work)
        people = work.value(f"select count(distinct person) from {_LEARNING}")
        variants = _variants(work, names)
    drawn = {share: drawing.result() for share, drawing in maps.items()}
    return Figures(unit, periods, hours, drawn, variants, learners, people - len(learners))


def _times(work: Workspace) -> tuple[str, list[Period], list[list[int]]]:
    """The unit of the periods, these, and the events by day of the week and hour.

    Also makes table `shown`, of the distinct times: time_id, iso, day and hour.
    """
    work.run(
        """create table shown as
        select rowid as time_id, iso, iso[1:10]::date as day, iso[12:13]::integer as hour from placed_wall"""
    )
    work.run(
        f"""create table hour as
        select day, hour, bloom_level, sum(events)::bigint as events
        from (select day, hour, place, count(*) as events
            from {_LEARNING} join shown on shown.time_id = learning.time_id group by all) counted
            join activity on activity.place = counted.place
        group by all"""
    )
    first, last = work.run("select min(day), max(day) from hour")[0]
    unit = "week" if (last - first).days <= WEEKS * 7 else "month"
    levels: dict[date, dict[str, int]] = {}
    for day, level, events in work.run(
        f"""select date_trunc('{unit}', day)::date as start, bloom_level, sum(events)::bigint from hour
        group by all order by all"""
    ):
        levels.setdefault(day, {})[level] = events
    people = dict(
        work.run(
            f"""select date_trunc('{unit}', day)::date, count(distinct person)
            from {_LEARNING} join shown on shown.time_id = learning.time_id group by 1"""
        )
    )
    periods = [Period(day, levels.get(day, {}), people.get(day, 0)) for day in _days(min(levels), max(levels), unit)]
    hours = [[0] * 24 for _ in range(7)]
    for weekday, hour, events in work.run("select isodow(day) - 1, hour, sum(events)::bigint from hour group by all"):
        hours[weekday][hour] = events
    return unit, periods, hours


def _days(day: date, last: date, unit: str) -> list[date]:
    """The first days of all weeks or months from the one to the other."""
    days = []
    while day <= last:
        days.append(day)
        day = day + timedelta(days=7) if unit == "week" else (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return days


def _find_steps(work: Workspace) -> list[str]:
    """Make table `step`, the events of sessions in the order of time, one session behind the other; the activity types.

    Its columns: session, another number for each; code, the place of the activity type in the list that is
    returned, which is sorted; before, that of the step before, and pause, the seconds since (NULL in the first step).
    Also table `activity` of what rules say, by place.
    """
    work.run(
        """create table activity as
        select place, activity_type, bloom_level, dense_rank() over (order by activity_type)::integer - 1 as code
        from (select place, activity_type, coalesce(bloom_level, '') as bloom_level from rule
            union all select -1, 'Others', '')"""
    )
    work.run(
        f"""create table step as
        with acted as (
            select begun as session, code, moment from {_LEARNING} join activity on activity.place = learning.place),
        stepped as (
            select *, lag(session) over () as last, lag(code) over () as before, lag(moment) over () as since
            from acted)
        select session, code, if(session = last, before, null) as before,
            if(session = last, epoch(moment - since), null) as pause
        from stepped"""
    )
    return [name for (name,) in work.run("select any_value(activity_type) from activity group by code order by code")]


def _edges(work: Workspace, names: list[str]) -> tuple[list[Edge], dict[str, int]]:
    """What follows what within a session and how often, the most frequent first, and the events of each type."""
    rows = work.run("select before, code, count(*), median(pause) from step group by all")
    edges = [Edge(START if before is None else names[before], names[code], *told) for before, code, *told in rows]
    events: Counter[str] = Counter()
    for edge in edges:
        events[edge.target] += edge.steps
    left = Counter(events)
    for edge in edges:
        left[edge.source] -= edge.steps
    edges += [Edge(name, END, steps, None) for name, steps in left.items() if steps > 0]
    return sorted(edges, key=lambda edge: (-edge.steps, edge.source, edge.target)), dict(events)


def _most_frequent(edges: list[Edge]) -> dict[int, list[Edge]]:
    """Those edges that together have each of the SHARES of all steps."""
    total = sum(edge.steps for edge in edges)
    shown = [before * 100 for before in accumulate((edge.steps for edge in edges), initial=0)]
    shares = SHARES if edges else ()
    return {
        share: [edge for edge, before in zip(edges, shown, strict=False) if before < total * share] for share in shares
    }


def _variants(work: Workspace, names: list[str]) -> list[tuple[list[str], int]]:
    """The most frequent ways through a session; a part of the sessions at a time, for paths cannot spill to disk."""
    parts = work.parts(work.value("select count(*) from step") * STEP)
    work.run("create table path (path integer[], n bigint)")
    for part in range(parts):
        # Sorted as a list, for an ordered aggregate takes far longer.
        work.run(
            f"""insert into path
            with paths as (
                select list_transform(
                    list_sort(list(struct_pack(nth := rowid, code := code))), lambda one: one.code) as path
                from step where before is distinct from code and session % {parts} = {part} group by session)
            select path, count(*) as n from paths group by path"""
        )
    rows = work.run(f"select path, sum(n)::bigint as n from path group by path order by n desc, path limit {VARIANTS}")
    return [([names[code] for code in path], sessions) for path, sessions in rows]


def _learners(work: Workspace) -> list[dict[str, Any]]:
    rows = work.run(
        f"""with people as (
            select person, count(*) as events, count(distinct day) as days, count(distinct session) as sessions,
                min(iso) as first, max(iso) as last
            from {_LEARNING} join shown on shown.time_id = learning.time_id
            group by person order by events desc, person limit {LEARNERS}),
        names as (
            select person, min(user_full_name) as name from log where user_full_name not in ('', '-') group by person),
        levels as (
            select person, bloom_level, count(*) as n from {_LEARNING} join activity on activity.place = learning.place
            where bloom_level <> '' group by all),
        told as (
            select people.person, coalesce(name, '') as name, people.* exclude (person),
                coalesce(map(list(bloom_level order by bloom_level) filter (n is not null),
                    list(n order by bloom_level) filter (n is not null)), map()) as levels
            from people left join names using (person) left join levels using (person) group by all)
        select told.* replace ({cut("person")} as person, {cut("name")} as name) from told
        order by events desc, told.person"""
    )
    names = ("person", "name", "events", "days", "sessions", "first", "last", "levels")
    return [dict(zip(names, row, strict=True)) for row in rows]
