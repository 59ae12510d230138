"""The same figures side by side: this year and last, one course and another, the groups of one log."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from moodlelogsmart.analysis.course import HARDLY
from moodlelogsmart.report.labels import FIGURES
from moodlelogsmart.workspace import Workspace

FEW = 5  # people of whom nothing is compared, so that no figure is that of somebody
SIDES = 200  # groups that are compared, those of most learners; each has a hundred figures
FEW_TOLD = 50  # groups of few learners that are named
WEEKS = 53  # that are compared, each counted from the first of its own log
ABSENT = 28  # days before the end of the log, in which who is absent was not seen
NIGHT = "hour >= 22 or hour < 6"  # SQL, of an act

_SHARES = ("hardly_used", "handed_in", "night", "absent")


@dataclass(frozen=True)
class Side:
    """One of those that stand side by side: the learners of a log, or of a group in it who did something there.

    figures: by the names of labels.FIGURES; `week N` is the share of learners who were active in the week, `week N
    events` how many events a learner has in it. What the log does not have is missing; with fewer than FEW learners all
    is.
    """

    name: str = ""
    learners: int = 0
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def is_few(self) -> bool:
        """Whether there are too few learners to compare."""
        return self.learners < FEW


@dataclass(frozen=True)
class Row:
    """A figure by its name, and its value on each side, None where it has none; `differences` are to the first side."""

    figure: str
    values: list[float | None]

    @property
    def differences(self) -> list[float | None]:
        """Of each but the first; None where one of the two has no value."""
        first, *others = self.values
        return [None if first is None or one is None else round(one - first, 4) for one in others]

    @property
    def week(self) -> int:
        """Of which week it is, counted from 1; 0 for a figure of the whole log."""
        return int(self.figure.split()[1]) if self.figure.startswith("week ") else 0

    @property
    def is_share(self) -> bool:
        """Whether its values are shares from 0 to 1."""
        return self.figure in _SHARES or (self.week > 0 and not self.figure.endswith(" events"))


def count_groups(work: Workspace) -> tuple[int, int]:
    """How many groups have enough learners who did something to be compared, and how many have too few."""
    enough, few = work.run(
        f"""select count(*) filter (learners >= {FEW}), count(*) filter (learners < {FEW})
        from (select count(*) as learners from contribution where events > 0 group by "group")"""
    )[0]
    return enough, few


def find_sides(work: Workspace) -> list[Side]:
    """All learners of the log, and then its groups by name, each with its figures: of those that can be compared the
    SIDES with most learners, and FEW_TOLD of the others."""
    work.run(
        f"""create table side as
        with own as (select "group", person from contribution where events > 0),
        told as (
            select "group"
            from (select "group", count(*) as learners, count(*) < {FEW} as is_few from own group by "group")
            qualify row_number() over (partition by is_few order by learners desc, "group")
                <= if(is_few, {FEW_TOLD}, {SIDES}))
        select '' as name, person from learners where events > 0
        union all select own.* from own join told on told."group" = own."group" """
    )
    names = list(FIGURES)
    known: dict[str, dict[str, float | None]] = {name: {} for (name,) in work.run("select distinct name from side")}
    for name, *values in _of_people(work):
        known[name] |= dict(zip((one for one in names if one not in ("hardly_used", "night")), values, strict=True))
    for name, share in _hardly_used(work):
        known[name]["hardly_used"] = share
    for name, figure, value in _by_week(work):
        known[name][figure] = value
    work.run("drop table side")
    return [_side(name, known[name]) for name in sorted(known)]


def _side(name: str, known: dict[str, float | None]) -> Side:
    figures = {figure: round(float(value), 4) for figure, value in known.items() if value is not None}
    learners = int(figures.pop("learners"))
    return Side(name, learners, {} if learners < FEW else figures)


def _of_people(work: Workspace) -> list[tuple[Any, ...]]:
    """Of each side those of FIGURES that are counted learner by learner, in their order."""
    return work.run(
        f"""with handed as (
            select person, count(*) as handed from submissions where state = 'submitted' group by person),
        asked as (
            select (select nullif(count(distinct element), 0) from submissions) as assignments,
                (select count(*) from attempts) as tried, (select count(*) from forum) as forums)
        select side.name, count(*), sum(events) / count(*), sum(sessions) / count(*), median(active_days),
            median(minutes) / 60, coalesce(sum(handed), 0) / any_value(asked.assignments) / count(*),
            if(any_value(tried) > 0, sum(learners.attempts) / count(*), null),
            if(any_value(forums) > 0, sum(posts) / count(*), null),
            count(*) filter (days_absent >= {ABSENT}) / count(*), if(count(grade) >= {FEW}, median(grade), null)
        from side join learners on learners.person = side.person left join handed on handed.person = side.person, asked
        group by side.name"""
    )


def _hardly_used(work: Workspace) -> list[tuple[str, float | None]]:
    """Of each side the share of the elements of the course that under a tenth of its learners used."""
    return work.run(
        f"""with used as (
            select distinct element::varchar as element, person::varchar as person from act where element is not null),
        reached as (
            select name, element, count(*) as learners from used join side on side.person = used.person group by all),
        people as (select name, count(*) as learners from side group by name)
        select people.name, 1 - count(*) filter (reached.learners >= {HARDLY} * people.learners)
            / (select nullif(count(*), 0) from activities)
        from people left join reached on reached.name = people.name group by people.name"""
    )


def _by_week(work: Workspace) -> Iterator[tuple[str, str, float]]:
    """Of each side the share of the night, and what is counted week by week: name, figure, value.

    Week 1 is the first of all learners of the log that has a hundredth of their events, the last one the last such;
    groups are counted by these weeks as well.
    """
    rows = work.run(
        f"""with own as (
            select person::varchar as person, date_trunc('week', day)::date as week, count(*) as events,
                count(*) filter ({NIGHT}) as late
            from act group by all)
        select name, week, count(*), sum(events)::bigint, sum(late)::bigint
        from side join own on own.person = side.person group by all order by all"""
    )
    events: dict[str, Counter[date]] = defaultdict(Counter)
    active: dict[str, Counter[date]] = defaultdict(Counter)
    late: Counter[str] = Counter()
    for name, week, people, number, at_night in rows:
        active[name][week], events[name][week] = people, number
        late[name] += at_night
    people_of = dict(work.run("select name, count(*) from side group by name"))
    weeks = _core(events[""])
    for name, counted in events.items():
        yield name, "night", late[name] / counted.total()
        for number, week in enumerate(weeks, start=1):
            yield name, f"week {number}", active[name][week] / people_of[name]
            yield name, f"week {number} events", counted[week] / people_of[name]


def _core(events: Counter[date]) -> list[date]:
    """The Mondays from the first to the last week that has a hundredth of the events, or of a long log in which none
    has so many from the very first; at most WEEKS of them."""
    busy = [week for week, number in events.items() if number >= events.total() / 100] or list(events)
    weeks = (max(busy) - min(busy)).days // 7 + 1
    return [min(busy) + timedelta(days=7 * place) for place in range(min(weeks, WEEKS))]


def compare(sides: Sequence[Side]) -> list[Row]:
    """The figures that any side has, those of weeks behind the others; with FEW learners a side has only their number,
    so that no figure is that of somebody."""
    weeks = max((sum(name.endswith(" events") for name in one.figures) for one in sides), default=0)
    names = [*FIGURES, *(f"week {number}{what}" for what in ("", " events") for number in range(1, weeks + 1))]
    told: list[dict[str, float]] = [{"learners": one.learners, **one.figures} for one in sides]
    rows = [Row(name, [one.get(name) for one in told]) for name in names]
    return [row for row in rows if any(value is not None for value in row.values)]


def distinct(names: Sequence[str], beside: Sequence[str]) -> list[str]:
    """What those that stand side by side are called, no two alike: behind a name that several have stands what is told
    `beside` it, such as the name of a file, and where that does not tell them apart a number."""
    found: list[str] = []
    for name, more in zip(names, beside, strict=True):
        called = f"{name} ({more})" if more and more != name and names.count(name) > 1 else name
        number, free = 1, called
        while free in found:
            number += 1
            free = f"{called} ({number})"
        found.append(free)
    return found


def as_data(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows as plain data."""
    return [{"figure": row.figure, "values": row.values, "differences": row.differences} for row in rows]
