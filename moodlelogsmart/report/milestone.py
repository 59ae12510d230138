"""Who came to the last exercise beside who did not: their first weeks, and the steps that tell them apart."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from moodlelogsmart.analysis.course import END, START
from moodlelogsmart.report.comparison import FEW
from moodlelogsmart.workspace import Workspace

WEEKS = 4  # of the course, of which the two are compared
STEPS = 8  # that differ most


@dataclass(frozen=True)
class Apart:
    """The learners by whether they came to the last exercise: `reached` and `others` are how many.

    weeks: `week` from 1, the Monday on which it begins (`start`), `is_reached`, `learners` (all of that side), `active`
    in the week, and the medians of all of that side: `days` on which a session began, `events`, `hours`. steps:
    `source` and `target`, activity types; `reached` and `others`, how often each side did it, with `reached_share` and
    `others_share` of all its steps between activity types. Both are empty where one side has fewer than FEW learners,
    so that no figure is that of somebody.
    """

    reached: int = 0
    others: int = 0
    weeks: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_few(self) -> bool:
        """Whether one side has too few learners to compare."""
        return min(self.reached, self.others) < FEW


def find_apart(work: Workspace) -> Apart:
    """Ask the tables for analysis; week 1 is the first that has a hundredth of the events, as in the comparison."""
    reached, others = work.run(
        "select count(*) filter (reached), count(*) filter (not reached) from learners where events > 0"
    )[0]
    if min(reached, others) < FEW:
        return Apart(reached, others)
    first = work.value(
        """select coalesce(min(week) filter (events >= (select sum(events) from weeks) / 100), min(week))::date
        from weeks"""
    )
    return Apart(reached, others, _weeks(work, first), _steps(work))


def _weeks(work: Workspace, first: date) -> list[dict[str, Any]]:
    """Each session counts on the day on which it began, and so in the week of that day."""
    names = ("week", "start", "is_reached", "learners", "active", "days", "events", "hours")
    rows = work.run(
        f"""with began as (
            select person, left(first_time, 10)::date as day, events, minutes from sessions),
        own as (
            select person, date_diff('day', $1::date, day) // 7 + 1 as week, count(distinct day) as days,
                sum(events)::bigint as events, sum(minutes) / 60 as hours
            from began where day >= $1::date group by all),
        each as (
            select learners.person, reached, number.week
            from learners, (select unnest(range(1, {WEEKS} + 1)) as week) number
            where learners.events > 0
                and number.week <= (select date_diff('day', $1::date, max(week)) // 7 + 1 from weeks))
        select each.week, ($1::date + (each.week - 1)::integer * 7)::varchar, reached, count(*), count(own.person),
            median(coalesce(own.days, 0)), median(coalesce(own.events, 0)),
            round(median(coalesce(own.hours, 0)), 2)
        from each left join own on own.person = each.person and own.week = each.week
        group by each.week, reached order by each.week, reached desc""",
        [first],
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def _steps(work: Workspace) -> list[dict[str, Any]]:
    """Of the steps from one activity type to the next, those whose shares differ most."""
    names = ("source", "target", "reached", "others", "reached_share", "others_share")
    rows = work.run(
        f"""with counted as (
            select source, target, times_reached as reached, times - times_reached as others
            from transitions where over = 'type' and source <> '{START}' and target <> '{END}'),
        shared as (
            select *, reached / sum(reached) over () as reached_share, others / sum(others) over () as others_share
            from counted)
        select source, target, reached, others, round(reached_share, 4), round(others_share, 4)
        from shared where round(reached_share, 4) <> round(others_share, 4)
        order by round(abs(reached_share - others_share), 6) desc, source, target limit {STEPS}"""
    )
    return [dict(zip(names, row, strict=True)) for row in rows]
