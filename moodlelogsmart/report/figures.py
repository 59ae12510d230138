"""The figures of the report: what was done when, by whom, and what follows what."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from moodlelogsmart.analysis.acts import activity_types
from moodlelogsmart.analysis.course import END, START
from moodlelogsmart.analysis.people import LEVELS
from moodlelogsmart.meaning.roster import cut
from moodlelogsmart.report.flowchart import Drawing, Edge, draw
from moodlelogsmart.workspace import Workspace

WEEKS = 60  # a longer log is shown by months
STEP = 48  # bytes that an event takes in the path of a session
VARIANTS = 10  # most frequent ones that are shown
LEARNERS = 300  # with the most events that are shown
ARROWS = (8, 15, 30)  # of a process map, the most frequent steps
FURTHER = 40  # arrows at most that come to these, so that each box has a way in and out
STEPS = 50  # over elements or labels that a table shows
MOST_EDGES = 2000  # of which a map is made; those of all activity types are some hundred


# Source, target, times, learners and median seconds of what follows what.
Step = tuple[str, str, int, int, float | None]


@dataclass(frozen=True)
class Period:
    """A week or month from `start`: events by Bloom level ('' for none), and the number of people who did something;
    the same of staff, which nothing else counts; and the events of each activity type, with the minutes that they took,
    estimated."""

    start: date
    levels: dict[str, int]
    learners: int
    staff: int = 0
    staff_events: int = 0
    types: dict[str, tuple[int, float]] = field(default_factory=dict)

    @property
    def events(self) -> int:
        """How many events it holds."""
        return sum(self.levels.values())

    @property
    def minutes(self) -> float:
        """How many minutes they took."""
        return sum(minutes for _events, minutes in self.types.values())


@dataclass(frozen=True)
class Figures:
    """What the report shows. Times are those of the log's zone.

    unit: 'week' or 'month' of the periods, which have no gap; hours: events by day of the week (from Monday) and hour;
    maps: the process map over activity types by number of ARROWS, element_maps: over course elements, by their names,
    label_maps: over the labels of one's own, where there are any;
    steps: source, target, times, learners and median seconds of all over activity types, the most frequent first;
    variants: the activity types of sessions, equal ones in a row once, with the number of sessions; learners: those
    with most events; learners_left_out: how many more there are; staff_events: all that staff did, also outside of the
    periods; learners_of: how many did something of each activity type; more_steps: the first STEPS over `element`s, by
    their names, and over `label`s, of more_steps_all; sequences: three elements one after the other, how often and by
    how many learners; returned: elements, how many learners came back to each, of how many, and how often all came.
    """

    unit: str = "week"
    periods: list[Period] = field(default_factory=list)
    hours: list[list[int]] = field(default_factory=list)
    maps: dict[int, Drawing] = field(default_factory=dict)
    element_maps: dict[int, Drawing] = field(default_factory=dict)
    label_maps: dict[int, Drawing] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    variants: list[tuple[list[str], int]] = field(default_factory=list)
    learners: list[dict[str, Any]] = field(default_factory=list)
    learners_left_out: int = 0
    staff_events: int = 0
    learners_of: dict[str, int] = field(default_factory=dict)
    more_steps: dict[str, list[Step]] = field(default_factory=dict)
    more_steps_all: dict[str, int] = field(default_factory=dict)
    sequences: list[tuple[list[str], int, int]] = field(default_factory=list)
    returned: list[tuple[str, int, int, int]] = field(default_factory=list)

    @property
    def core(self) -> list[Period]:
        """The periods from the first to the last that holds a hundredth of all events, which a picture shows."""
        few = sum(period.events for period in self.periods) / 100
        busy = [place for place, period in enumerate(self.periods) if period.events >= few]
        return self.periods[busy[0] : busy[-1] + 1] if busy else self.periods

    @property
    def minutes_of(self) -> dict[str, float]:
        """How many minutes learners spent on each activity type, estimated, the most first."""
        names = sorted({name for period in self.periods for name in period.types})
        total = {name: sum(one.types.get(name, (0, 0.0))[1] for one in self.periods) for name in names}
        return dict(sorted(total.items(), key=lambda one: -one[1]))

    @property
    def events_before(self) -> int:
        """The events before these periods."""
        return sum(one.events for one in self.periods if one.start < self.core[0].start)

    @property
    def events_behind(self) -> int:
        """The events after them."""
        return sum(one.events for one in self.periods if one.start > self.core[-1].start)


def find_figures(work: Workspace) -> Figures:
    """Count what the learners did, by the tables for analysis, and draw process maps of it."""
    if not work.value("select count(*) from act"):
        return Figures()
    with ThreadPoolExecutor(len(ARROWS)) as pool:
        # Graphviz draws them while the rest is counted.
        steps = {over: _steps(work, over) for over in ("type", "element", "label")}
        types, elements, own = (
            {
                number: pool.submit(draw, work, one.reached, most, one.total)
                for number, most in _most_frequent(one.edges).items()
            }
            for one in steps.values()
        )
        unit, periods, hours = _times(work)
        learners = _learners(work)
        people = work.value("select count(*) from learners where events > 0")
        variants = _variants(work)
    return Figures(
        unit,
        periods,
        hours,
        {number: drawing.result() for number, drawing in types.items()},
        {number: drawing.result() for number, drawing in elements.items()},
        {number: drawing.result() for number, drawing in own.items()},
        steps["type"].rows,
        variants,
        learners,
        people - len(learners),
        work.value("select coalesce(sum(events), 0)::bigint from taught"),
        dict(
            work.run(
                """select activity_type, count(distinct person)
                from (select distinct person, place from act) done join activity on activity.place = done.place
                group by activity_type order by activity_type"""
            )
        ),
        {over: steps[over].rows for over in ("element", "label")},
        {over: steps[over].all for over in ("element", "label")},
        _sequences(work),
        _returned(work),
    )


def _times(work: Workspace) -> tuple[str, list[Period], list[list[int]]]:
    """The unit of the periods, these, and the events by day of the week and hour."""
    work.run(
        """create table hour as
        select day, hour, bloom_level, sum(events)::bigint as events
        from (select day, hour, place, count(*) as events from act group by all) counted
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
    people = dict(work.run(f"select date_trunc('{unit}', day)::date, count(distinct person) from act group by 1"))
    staff = {
        day: (teachers, events)
        for day, teachers, events in work.run(
            f"""select date_trunc('{unit}', day)::date, count(distinct person), sum(events)::bigint
            from taught group by 1"""
        )
    }
    types = _types(work, unit)
    periods = [
        Period(day, levels.get(day, {}), people.get(day, 0), *staff.get(day, (0, 0)), types.get(day, {}))
        for day in _days(min(levels), max(levels), unit)
    ]
    hours = [[0] * 24 for _ in range(7)]
    for weekday, hour, events in work.run("select isodow(day) - 1, hour, sum(events)::bigint from hour group by all"):
        hours[weekday][hour] = events
    return unit, periods, hours


def _types(work: Workspace, unit: str) -> dict[date, dict[str, tuple[int, float]]]:
    """By the first day of each week or month the events of each activity type, and the minutes that they took."""
    found: dict[date, dict[str, tuple[int, float]]] = {}
    for day, name, events, minutes in work.run(
        f"""select date_trunc('{unit}', day)::date, activity_type, count(*),
            round(sum(coalesce(act.seconds, usual.seconds)) / 60, 1)
        from act join usual on usual.code = act.code join activity on activity.place = act.place
        group by all order by all"""
    ):
        found.setdefault(day, {})[name] = events, minutes
    return found


def _days(day: date, last: date, unit: str) -> list[date]:
    """The first days of all weeks or months from the one to the other."""
    days = []
    while day <= last:
        days.append(day)
        day = day + timedelta(days=7) if unit == "week" else (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return days


class _Steps(NamedTuple):
    """What follows what within a session: the most frequent for a map, how often each end is come to, how many steps
    there are in all, rows for a table as Figures.steps has them, and how many rows there are."""

    edges: list[Edge]
    reached: dict[str, int]
    total: int
    rows: list[Step]
    all: int


# SQL: `element_called`, what elements are called; those of one name, or called START or END, have a number behind it.
_CALLED = f"""element_called as (
    select element, if(count(*) over (partition by name) > 1 or name in ('{START}', '{END}'),
        concat({cut("name")}, ' (', element, ')'), {cut("name")}) as name
    from element)"""


def _steps(work: Workspace, over: str) -> _Steps:
    """The steps `over` activity types, elements by their names, or labels, the most frequent first."""
    rows = work.run(
        f"""with {_CALLED}
        select coalesce(one.name, source), coalesce(other.name, target), times, learners, median_seconds,
            reached::bigint, total, n
        from (select *, sum(times) over (partition by target) as reached, (sum(times) over ())::bigint as total,
                count(*) over () as n
            from transitions where over = $1 order by times desc, source, target limit {MOST_EDGES}) step
            left join element_called one on one.element = if(over = 'element', source, null)
            left join element_called other on other.element = if(over = 'element', target, null)""",
        [over],
    )
    rows.sort(key=lambda row: (-row[2], row[0], row[1]))
    edges = [Edge(source, target, times, seconds) for source, target, times, _people, seconds, *_more in rows]
    reached = {target: reached for _source, target, *_told, reached, _total, _n in rows if target != END}
    total, number = rows[0][-2:] if rows else (0, 0)
    # Of activity types there are eleven, so all of their steps are told.
    shown = rows if over == "type" else rows[:STEPS]
    return _Steps(edges, reached, total, [row[:5] for row in shown], number)


def _sequences(work: Workspace) -> list[tuple[list[str], int, int]]:
    """The most frequent of three elements one after the other, by their names: how often, and by how many learners."""
    rows = work.run(
        f"""with {_CALLED}
        select one.name, two.name, three.name, times, learners
        from (from sequences limit {VARIANTS}) told join element_called one on one.element = first
            join element_called two on two.element = second join element_called three on three.element = third
        order by times desc, first, second, third"""
    )
    return [(names, times, learners) for *names, times, learners in rows]


def _returned(work: Workspace) -> list[tuple[str, int, int, int]]:
    """The elements to which most learners came back, by their names: how many did, of how many, and all visits."""
    return work.run(
        f"""with {_CALLED}
        select element_called.name, came_back, learners, visits
        from activities join element_called on element_called.element = activities.element
        where came_back > 0 order by came_back desc, visits desc, element_called.name limit {VARIANTS}"""
    )


def _most_frequent(edges: list[Edge]) -> dict[int, list[Edge]]:
    """The most frequent edges, as many as each of ARROWS, and of each box on the map the strongest way in and out."""
    found: dict[int, list[Edge]] = {}
    before = 0
    for number in ARROWS:
        kept = _connected(edges, edges[:number])
        if len(kept) > before:
            found[number], before = kept, len(kept)
    return found


def _connected(edges: list[Edge], kept: list[Edge]) -> list[Edge]:
    """The edges that are kept, and for each box without a way in or out the strongest one that there is.

    At most FURTHER come to them: where everybody goes through a course in one order, the whole of it
    would follow, box by box.
    """
    kept, most = list(kept), len(kept) + FURTHER
    ways = [edge for edge in reversed(edges) if edge.source != edge.target]
    into, out = {edge.target: edge for edge in ways}, {edge.source: edge for edge in ways}  # the strongest of each
    while len(kept) < most:
        boxes = {name for edge in kept for name in (edge.source, edge.target)}
        known = [edge for edge in kept if edge.source != edge.target]
        ended = {edge.target for edge in known} | {START}, {edge.source for edge in known} | {END}
        more = {
            ways[name] for ways, done in zip((into, out), ended, strict=True) for name in boxes - done if name in ways
        }
        if not more:
            break
        kept += sorted(more, key=lambda edge: (-edge.steps, edge.source, edge.target))[: most - len(kept)]
    return kept


def _variants(work: Workspace) -> list[tuple[list[str], int]]:
    """The most frequent ways through a session; a part of the sessions at a time, for paths cannot spill to disk."""
    parts = work.parts(work.value("select count(*) from act") * STEP)
    work.run("create table path (path integer[], n bigint)")
    for part in range(parts):
        # Sorted as a list, for an ordered aggregate takes far longer.
        work.run(
            f"""insert into path
            with paths as (
                select list_transform(
                    list_sort(list(struct_pack(nth := rowid, code := code))), lambda one: one.code) as path
                from act where next_code is distinct from code and begun % {parts} = {part} group by begun)
            select path, count(*) as n from paths group by path"""
        )
    rows = work.run(f"select path, sum(n)::bigint as n from path group by path order by n desc, path limit {VARIANTS}")
    names = activity_types(work)
    return [([names[code] for code in path], sessions) for path, sessions in rows]


def _learners(work: Workspace) -> list[dict[str, Any]]:
    """The learners with most events, as a page shows them; levels are events by Bloom level."""
    columns = [
        "person",
        "name",
        "events",
        "days",
        "sessions",
        "minutes",
        "minutes_low",
        "minutes_high",
        "first",
        "last",
    ]
    levels = [f'"{level.lower()}"' for level in LEVELS]
    rows = work.run(
        f"""select {cut("person")}, {cut("user_full_name")}, events, active_days, sessions, minutes, minutes_low,
            minutes_high, first_time, last_time, {", ".join(levels)}
        from learners where events > 0 limit {LEARNERS}"""
    )
    return [
        dict(zip(columns, row, strict=False))
        | {"levels": {level: n for level, n in zip(LEVELS, row[len(columns) :], strict=True) if n}}
        for row in rows
    ]
