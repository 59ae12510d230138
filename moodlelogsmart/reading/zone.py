"""Stage clock, the zone: when its clocks change, and what they show at a moment."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from moodlelogsmart.options import FIRST_YEAR, LAST_YEAR
from moodlelogsmart.workspace import Workspace

# SQL: the times of table `wall` that can be those of a log.
CAN_BE = f"year(wall) between {FIRST_YEAR} and {LAST_YEAR}"
_AHEAD = "date_diff('minute', {0}, timezone($zone, timezone('UTC', {0})))"


class _Step(NamedTuple):
    """From a moment on, in UTC, the clocks are so many minutes ahead of UTC."""

    since: datetime
    ahead: int


def define_zone(work: Workspace, zone: str) -> str:
    """Make the macros by which a moment in UTC is shown in a zone, as far as the times of table `wall` go, and return
    the SQL of the moment at which the clocks show `wall`.

    The macros are local(moment), the timestamp that the clocks show, and iso(moment), the same as text with its offset:
    2021-10-17T12:39:00+01:00. Both are NULL for none. A local time that a change of clocks skips is moved forward by
    it; of one that it repeats the first is meant.
    """
    steps = _steps(work, zone)
    shown = {step.ahead: f"(moment + to_minutes({step.ahead}))" for step in steps}
    since = [step.since for step in steps[1:]]
    work.define("macro", "local(moment)", _by("moment", since, [shown[step.ahead] for step in steps]))
    texts = [f"strftime({shown[step.ahead]}, '%Y-%m-%dT%H:%M:%S{_offset(step.ahead)}')" for step in steps]
    work.define("macro", "iso(moment)", _by("moment", since, texts))
    # The later of what the clocks show before and behind a change: what they skip is before it, and so is the first of
    # what they show twice.
    changes = [step.since + timedelta(minutes=max(before.ahead, step.ahead)) for before, step in pairwise(steps)]
    return _by("wall", changes, [f"wall - to_minutes({step.ahead})" for step in steps])


def _steps(work: Workspace, zone: str) -> list[_Step]:
    """The steps of a zone over the days of the times and a day around them, the first of them since ever.

    No zone has changed its clocks twice in a day of UTC, nor within a minute (IANA's database since 1990).
    """
    found = work.run(
        f"""with days as (
            select unnest(generate_series(min(wall)::date - 2, max(wall)::date + 2, interval 1 day)) as day
            from wall where {CAN_BE}),
        known as (select day, {_AHEAD.format("day")} as ahead from days),
        next as (select *, lead(ahead) over (order by day) as next from known),
        minutes as (
            select next, day, unnest(generate_series(day, day + interval 1 day, interval 1 minute)) as moment
            from next where next <> ahead),
        changes as (
            select min(moment) as moment, next from minutes where {_AHEAD.format("moment")} = next group by day, next)
        select (select arg_min((day, ahead), day) from known), list((moment, next) order by moment) from changes""",
        {"zone": zone},
    )
    first, changes = found[0]
    return [_Step(*step) for step in [first or (datetime.min, 0), *(changes or [])]]


def _by(column: str, changes: list[datetime], values: list[str]) -> str:
    """SQL: the first of the values before the first change of the column, and so on."""
    cases = [
        f"when {column} < timestamp '{change}' then {value}" for change, value in zip(changes, values[:-1], strict=True)
    ]
    return f"(case {' '.join(cases)} else {values[-1]} end)" if cases else values[-1]


def _offset(ahead: int) -> str:
    """As ISO 8601 writes it: +01:00."""
    return f"{'-' if ahead < 0 else '+'}{abs(ahead) // 60:02}:{abs(ahead) % 60:02}"
