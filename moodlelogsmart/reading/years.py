"""Stage clock, times without a year: each gets one by the calendar, or where that cannot tell by the order of the rows.

The calendar is a ring, and the longest time of it in which there is no row is where a log ends and begins: what comes
behind it is of the year before. So a log of less than eleven months has the same times in whatever order its rows are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from moodlelogsmart.messages import Message
from moodlelogsmart.options import FIRST_YEAR, LAST_YEAR
from moodlelogsmart.reading.model import COLUMNS, FileReading, Part, Unclear
from moodlelogsmart.reading.time_format import LEAP_YEAR, reading_of
from moodlelogsmart.workspace import Workspace

HALF_YEAR = 180  # days; where the rows turn back by more they have passed a new year
YEAR = 366  # days, of the year in which the times are read
STEADY = 100  # steps from row to row of which one may turn back where they run one way
LONGEST = 3  # years that are believed of the order of the rows

_LATEST = Message("nothing; it is the latest year in which no row is in the future")
_LEAP_DAY = "strftime(wall, '%m-%d') = '02-29'"


class _Years(NamedTuple):
    """The years of the oldest and of the newest row of a file."""

    first: int
    last: int


class _Pause(NamedTuple):
    """The longest time of the calendar without rows: the last row before it, and whether it is longer than a month."""

    since: datetime
    is_wide: bool


def give_years(work: Workspace, files: Mapping[int, FileReading]) -> dict[int, FileReading]:
    """Add the texts of files whose times tell no year to table `wall`, and say of which years they are; by place.

    Where more than a month of the calendar is empty the log may be one of less than eleven months and is read as such,
    behind the longest empty time; so are several files together if they leave a month empty together. The order of the
    rows counts only if they run one way and no column sorts them: where no month is empty, and where they run through
    more than a year with at least STEADY steps for each new year that they pass, which no chance makes. What is neither
    is made as short as it can be, too.

    A year that is told is that of the newest row of the files that are read together; where the files are told
    different years, or some of them none, of each file. Else it is the latest year in which no row is in the future.
    Raises Unclear where the order of the rows makes more than LONGEST years of a file of which no year is told.
    """
    if not files:
        return {}
    work.run("create table yearless (file integer, text varchar, wall timestamp, age integer)")
    for place, file in files.items():
        work.run(
            f"""insert into yearless select file, text, {reading_of(file.time_format.value)} as time, 0
            from clock_text where file = {place} and time is not null"""
        )
    places = [place for (place,) in work.run("select distinct file from yearless order by file")]
    years = {place: _by_order(work, place, files[place]) for place in places if _runs_one_way(work, place)}
    others = [place for place in places if place not in years]
    told = {place: year for place in others if (year := files[place].year.value)}
    # Of which alone a year is told.
    apart = [place for place in others if place in told and len(told) < len(others)]
    rest = [place for place in others if place not in apart]
    together = [rest] if len(rest) > 1 and _pause(work, rest).is_wide else [[place] for place in rest]
    for group in [*together, *([place] for place in apart)]:
        years |= _by_calendar(work, group, {place: told[place] for place in group if place in told})
    return {place: _dated(file, years[place]) if place in years else file for place, file in files.items()}


def _dated(file: FileReading, years: _Years) -> FileReading:
    year = replace(file.year, value=years.last) if file.year.value else Part[int | None](years.last, False, _LATEST)
    return replace(file, year=year, first_year=years.first)


def _pause(work: Workspace, places: Iterable[int]) -> _Pause:
    """That of some files together; of two that are as long the one nearer to the end of the year."""
    found = work.run(
        f"""with point as (select distinct wall from yearless where file in ({_listed(places)})),
        next as (select wall, coalesce(lead(wall) over (order by wall), min(wall) over () + interval 1 year) as until
            from point)
        select wall, wall + interval 1 month < until from next order by until - wall desc, wall desc limit 1"""
    )
    return _Pause(*found[0])


def _by_calendar(work: Workspace, places: list[int], told: Mapping[int, int]) -> dict[int, _Years]:
    """Add the texts of files that are read together to `wall`, each with one year."""
    newest = _pause(work, places).since
    work.run(f"update yearless set age = 1 where wall > $newest and file in ({_listed(places)})", {"newest": newest})
    ages = work.run(
        f"""select file, min(age), max(age), max(age) filter ({_LEAP_DAY}) from yearless
        where file in ({_listed(places)}) group by file order by file"""
    )
    leap = max((age for *_, age in ages if age is not None), default=None)
    last = max(told.values(), default=0) or _likely_year(newest, leap)
    years = {}
    for place, youngest, oldest, _ in ages:
        # Each of its own where they differ, as in a reading of ours that is handed in again.
        year = told[place] + youngest if place in told and len({*told.values()}) > 1 else last
        work.run(
            f"""insert into wall select file, text, 0, wall + to_years({year - LEAP_YEAR} - age), false
            from yearless where file = {place}"""
        )
        years[place] = _Years(year - oldest, year - youngest)
    return years


def _runs_one_way(work: Workspace, place: int) -> bool:
    """Whether the order of a file's rows tells their years; makes table `lap`, in which these are counted by it."""
    work.run(
        f"""create or replace table lap as
        with read as (select raw.rowid as row, y.text, wall from raw join yearless y
            on y.file = raw.file and y.text = raw.time where raw.file = {place}),
        stepped as (select *, date_diff('day', lag(wall) over (order by row), wall) as step from read),
        way as (select if(count(*) filter (step < 0) > count(*) filter (step > 0), -1, 1) as way from stepped
            where abs(step) <= {HALF_YEAR})
        select row, text, wall, step * way as step,
            way * count(if(step * way < -{HALF_YEAR}, 1, null)) over (order by row) as lap from stepped, way"""
    )
    steps, turns, laps, days = work.run(
        f"""select count(*) - 1, count(*) filter (step between -{HALF_YEAR} and -2), max(abs(lap)), {_DAYS} from lap"""
    )[0]
    if _pause(work, [place]).is_wide:
        one_way = days > YEAR and (turns + laps) * STEADY <= steps
    else:
        one_way = turns * STEADY <= steps
    return one_way and laps <= LAST_YEAR - FIRST_YEAR and not (laps and _is_sorted(work, place))


# SQL: how many days the rows of `lap` are of.
_DAYS = f"max(dayofyear(wall) + lap * {YEAR}) - min(dayofyear(wall) + lap * {YEAR})"


def _is_sorted(work: Workspace, place: int) -> bool:
    """Whether the rows of a file stand by what is in a column: those that have the same there, one behind the other."""
    return any(
        work.value(
            f"""with block as (select count(*) as rows, min(rowid) as first, max(rowid) as last from raw
                where file = {place} group by {column})
            select count(*) > 1 and count(*) * 2 <= sum(rows) and sum(last - first + 1) <= max(last) - min(first) + 1
            from block"""
        )
        for column in COLUMNS
        if column not in ("time", "description")  # of which nearly every row has another
    )


def _by_order(work: Workspace, place: int, file: FileReading) -> _Years:
    """Add the texts of a file to `wall`, and its rows to `row_year`, with the years that are counted in `lap`."""
    newest, last_lap, laps, leap, days = work.run(
        f"""select arg_max(wall, (lap, wall)), max(lap), max(lap) - min(lap),
            max(lap) - min(lap) filter ({_LEAP_DAY}), {_DAYS} from lap"""
    )[0]
    told = file.year.value
    year = told or _likely_year(newest, leap)
    if not told and days > LONGEST * YEAR:
        error = Unclear(
            "The dates have no year, and as the rows stand they are of %(first_year)s to %(last_year)s, which is more "
            "than three years. If that is right, say the year of the newest event; else download the log from Moodle "
            "again, and do not sort its rows.",
            first_year=str(year - laps),
            last_year=str(year),
        )
        error.seen, error.place = _dated(file, _Years(year - laps, year)), place + 1
        raise error
    work.run(f"insert into row_year select row, {year - last_lap} + lap from lap")
    work.run(
        f"""insert into wall select distinct {place}, text, {year - last_lap} + lap,
        wall + to_years(({year - last_lap - LEAP_YEAR} + lap)::integer), false from lap"""
    )
    return _Years(year - laps, year)


def _likely_year(newest: datetime, leap: int | None) -> int:
    """The latest year in which the newest row is not in the future, and which has a 29 February so many years before
    it as the log has one, None for none."""
    today = date.today()
    year = today.year - ((newest.month, newest.day) > (today.month, today.day))
    while leap is not None and not _is_leap(year - leap):
        year -= 1
    return year


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _listed(places: Iterable[int]) -> str:
    return ", ".join(map(str, places))
