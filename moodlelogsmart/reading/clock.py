"""Stage clock: one way to read the times of each file, and each time with its zone."""

from dataclasses import replace
from datetime import date
from typing import NamedTuple

from moodlelogsmart.messages import LogError, Message
from moodlelogsmart.options import FIRST_YEAR, LAST_YEAR
from moodlelogsmart.reading import words
from moodlelogsmart.reading.model import FileReading, Part, Reading
from moodlelogsmart.workspace import Workspace

# Day-first is Moodle's own; month-first stands in exports of sites that changed it. %y would also read the first two
# digits of a four-digit year, and %Y a two-digit year as the year 21: so each is tried only on texts of its kind.
_DATES = [
    "%d/%m/{y}",
    "%m/%d/{y}",
    "{y}/%m/%d",
    "%d.%m.{y}",
    "{y}-%m-%d",
    "%d-%m-{y}",
    "%d %m {y}",
    "%m %d {y}",
    "{y} %m %d",
]
_YEARLESS = ["%d %m", "%m %d", "%m/%d", "%d/%m"]
_CLOCKS = ["%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p", "%H:%M%z", "%H:%M:%S%z"]
SECONDS, MILLISECONDS, DAYS = "seconds since 1970", "milliseconds since 1970", "days since 1900"
GLANCE = 100  # distinct times that every format is tried on; one that reads none of them is not among the best
SAMPLE = 2000  # distinct times that the others are tried on, before the best ones see the whole column
LEAP_YEAR = 2000  # any year that has all days
HALF_YEAR = 180  # days; a log whose rows turn back by more has passed a new year
STEADY = 10  # times as many rows run the one way as the other where the way is sure

_NO_OTHER = Message("no other form reads so many of the times")
_ONE_WAY = Message("only so do the rows run one way through time")
_USUAL = Message("nothing; the day stands first as Moodle writes it")
_NUMBERS = Message("the times are numbers that count from a day")
_ONE_ORDER = Message("no other order of day, month and year reads the times")
_TOLD_YEAR = Message("the times tell it")
_LATEST = Message("nothing; it is the latest year in which no row is in the future")
_ROWS = Message("the order of the rows")


class _Form(NamedTuple):
    """How a file writes its times: the format, and its order of day, month and year."""

    time_format: Part[str]
    date_order: Part[str]


def read_times(work: Workspace, reading: Reading) -> Reading:
    """Make view `timed`, the rows of `raw` with their times, and say how these were read.

    Beside the columns of raw it has row; moment, a timestamp in UTC (NULL for none); and time_id, its row in
    table `placed_wall`, whose column iso is the time as text with its offset.

    Nothing is guessed of what the reading tells already; of the zone, which no log tells, it must. Times without a year
    get theirs from the order of the rows, whose newest is of the year in the reading, else of the latest year in which
    it is not in the future. Local times that a change of clocks skips are moved forward by it; of those that it
    repeats the first is meant. Raises LogError where more than half of the rows have a time that cannot be read.
    """
    work.run(
        """create table clock_text as select file, time as text, count(*) as rows, min(rowid) as first
        from raw group by file, time"""
    )
    words.make_plain(work)
    # Of a row whose time tells no year, the one that it was given; in other files 0.
    work.run("create table row_year (row bigint, year integer)")
    work.run("create table wall (file integer, text varchar, year integer, wall timestamp, is_utc boolean)")
    with_rows = {place for (place,) in work.run("select distinct file from raw")}
    files = tuple(
        _read_file(work, place, file) if place in with_rows else file for place, file in enumerate(reading.files)
    )
    _place(work, reading.timezone.value)
    lost, rows, back, forth = work.run(
        """with placed as (select moment, lag(moment) over (order by row) as earlier from timed)
        select count(*) filter (moment is null), count(*),
            count(*) filter (moment < earlier), count(*) filter (moment > earlier) from placed"""
    )[0]
    if lost * 2 > rows:
        raise LogError(
            "The times of this log cannot be read: %(lost)d of %(rows)d rows have one in an unknown form. "
            "Export the log again from Moodle, and do not open and save it in a spreadsheet in between.",
            lost=lost,
            rows=rows,
        )
    way = Part(back > forth, max(back, forth) > STEADY * min(back, forth), _ROWS)
    return replace(reading, files=files, newest_first=reading.newest_first.or_found(lambda: way))


def _read_file(work: Workspace, place: int, file: FileReading) -> FileReading:
    """Add the times of a file to table `wall`, and say how they were read."""
    form = _best_format(work, place, file)
    layout = form.time_format.value
    year: Part[int | None] = Part(None, True, _TOLD_YEAR)
    if _has_year(layout):
        _read_walls(work, place, layout)
    else:
        newest = _give_years(work, place, layout, file.year.value)
        year = replace(file.year, value=newest) if file.year.is_known else Part(newest, False, _LATEST)
    return replace(file, time_format=form.time_format, date_order=form.date_order, year=year)


def _has_year(layout: str) -> bool:
    return "%" not in layout or "%y" in layout.lower()


def _reading(layout: str, plain: str = "plain") -> str:
    """SQL: the point in time that `plain` is by this format, as a timestamp; NULL where it does not fit."""
    if layout in (SECONDS, MILLISECONDS):
        return f"make_timestamp(try_cast({plain} as bigint) * {1_000_000 if layout == SECONDS else 1_000})"
    if layout == DAYS:
        # As Excel counts them: 60 of them are before March 1900, and a 29 February that never was.
        days = f"try_cast(if(regexp_full_match({plain}, '[0-9]{{5}}([.][0-9]+)?'), {plain}, null) as double)"
        return f"(timestamp '1899-12-30' + to_seconds(round({days} * 86400)))"
    if not _has_year(layout):
        return f"try_strptime('{LEAP_YEAR} ' || {plain}, '%Y {layout}')::timestamp"
    # A text with an offset is read as a point of the world's time, which the session's zone, UTC, shows as it is.
    return f"try_strptime({plain}, '{layout}')::timestamp"


def _read_walls(work: Workspace, file: int, layout: str) -> None:
    """Add what the clock on the wall showed for each text of a file to table `wall`.

    Rows that were added to a file later may have seconds, four digits of the year or AM and PM where others have not;
    they are read by the format that has the same order of day, month and year.
    """
    work.run(
        f"""insert into wall select file, text, 0, {_reading(layout)}, {_is_utc(layout)}
        from clock_text where file = {file}"""
    )
    for other in _relatives(layout):
        if not work.value(f"select count(*) from wall where file = {file} and wall is null"):
            return
        work.run(
            f"""update wall set wall = {_reading(other)}, is_utc = {_is_utc(other)} from clock_text c
            where wall.wall is null and wall.file = {file} and c.file = wall.file and c.text = wall.text"""
        )


def _is_utc(layout: str) -> bool:
    return layout in (SECONDS, MILLISECONDS) or layout.endswith("%z")


def _relatives(layout: str) -> list[str]:
    """The formats of other precision that put day, month and year in the same order."""
    if "%" not in layout:
        return []
    date = next(layout.removesuffix(f" {clock}") for clock in _CLOCKS if layout.endswith(f" {clock}"))
    return [
        f"{day} {clock}" for day in (date, date.replace("%y", "%Y"), date.replace("%Y", "%y")) for clock in _CLOCKS
        if f"{day} {clock}" != layout
    ]  # fmt: skip


def _give_years(work: Workspace, file: int, layout: str, year: int | None) -> int:
    """Add the texts of a file that tell no year to table `wall`, each with its years; the year of the newest row.

    Where the rows jump by more than half a year they have passed a new year's day.
    """
    work.run(
        f"""create or replace table lap as
        with read as (select raw.rowid as row, time as text, {_reading(layout)} as wall
            from raw join clock_text c on c.file = raw.file and c.text = raw.time where raw.file = {file}),
        stepped as (select *, date_diff('day', lag(wall) over (order by row), wall) as step from read
            where wall is not null),
        way as (select count(*) filter (step < 0) > count(*) filter (step > 0) as back from stepped
            where abs(step) <= {HALF_YEAR})
        select row, text, wall, count(if(if(back, step > {HALF_YEAR}, step < -{HALF_YEAR}), 1, null))
            over (order by row) as laps, back from stepped, way"""
    )
    if not work.value("select count(*) from lap"):
        return LEAP_YEAR
    work.run(
        """create or replace table aged as
        select row, text, wall, if(back, laps, max(laps) over () - laps) as age from lap"""
    )
    newest = year or _likely_year(work)
    work.run(f"insert into row_year select row, {newest} - age from aged")
    work.run(
        f"""insert into wall select distinct {file}, text, {newest} - age,
        wall + to_years(({newest} - {LEAP_YEAR} - age)::integer), false from aged"""
    )
    return newest


def _likely_year(work: Workspace) -> int:
    """The latest year of which no row would be in the future, and which has a 29 February where the log has one."""
    today = date.today()
    latest, leap = work.run(
        """select max(strftime(wall, '%m-%d')) filter (age = 0), max(age) filter (strftime(wall, '%m-%d') = '02-29')
        from aged"""
    )[0]
    year = today.year - ((latest or "") > today.strftime("%m-%d"))
    while leap is not None and not _is_leap(year - leap):
        year -= 1
    return year


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _place(work: Workspace, timezone: str) -> None:
    """Make table `placed_wall` (file, text, year, moment, iso) of what the clocks on the wall showed."""
    work.run(
        f"""create table placed_wall as
        with placeable as (
            select file, text, year, wall, is_utc, if(is_utc, wall, timezone('UTC', timezone($zone, wall))) as later
            from wall where year(wall) between {FIRST_YEAR} and {LAST_YEAR}),
        placed as (
            select file, text, year, if(is_utc or {_shown("earlier")} <> wall, later, earlier) as moment
            from (select *, later - interval 1 hour as earlier from placeable)),
        shown as (select *, {_shown("moment")} as wall from placed),
        shifted as (select *, date_diff('minute', moment, wall) as ahead from shown)
        select file, text, year, moment, strftime(wall, '%Y-%m-%dT%H:%M:%S')
            || format('{{}}{{:02d}}:{{:02d}}', if(ahead < 0, '-', '+'), abs(ahead) // 60, abs(ahead) % 60) as iso
        from shifted""",
        {"zone": timezone},
    )
    work.run(
        """create view timed as
        select raw.*, raw.rowid as row, moment, w.rowid as time_id
        from raw left join row_year on row_year.row = raw.rowid left join placed_wall w
            on w.file = raw.file and w.text = raw.time and w.year = coalesce(row_year.year, 0)"""
    )


def _shown(moment: str) -> str:
    """SQL: what the clock on the wall shows at a moment in UTC."""
    return f"timezone($zone, timezone('UTC', {moment}))"


def _candidates(four_digit_years: bool, order: str = "") -> list[str]:
    """The formats that are tried, those of numbers last; with `order` only those that agree with it."""
    year = "%Y" if four_digit_years else "%y"
    dates = [*(date.format(y=year) for date in _DATES), *_YEARLESS]
    dates = [date for date in dates if not order or _same_order(_order(date), order)]
    return [f"{date} {clock}" for date in dates for clock in _CLOCKS] + [SECONDS, MILLISECONDS, DAYS]


def _order(layout: str) -> str:
    """The order of day, month and year in a format: dmy, mdy, ymd, dm, md; '' in a number."""
    parts = layout.partition("%H")[0].partition("%I")[0].lower()
    return "".join(letter for letter in parts if letter in "dmy") if "%" in layout else ""


def _same_order(own: str, order: str) -> bool:
    """Whether the order in a format, which may lack the year, is this one."""
    return own == (order if "y" in own else order.replace("y", ""))


def _best_format(work: Workspace, place: int, file: FileReading) -> _Form:
    """The format that reads the most rows of a file; where two read as many, the one with the steadier order.

    The order of day and month is not sure where the day was taken for what stands first, and the month would fit there
    as well. Raises LogError where a format was told that is none of ours.
    """
    told = file.time_format
    if told.is_known:
        if told.value not in _candidates(True) + _candidates(False):
            raise LogError("Times in the form %(form)s are not known.", form=repr(told.value[:40]))
        return _Form(told, file.date_order.or_found(lambda: Part(_told_order(told.value), True, _ONE_ORDER)))
    work.run(
        f"""create or replace table clock_sample as select * from clock_text where file = {place}
        order by hash(text) limit {SAMPLE}"""
    )
    four, size = work.run(
        """select count(*) filter (regexp_matches(plain, '(^|[^0-9])[0-9]{4}([^0-9]|$)')) * 2 > count(*), count(*)
        from clock_sample"""
    )[0]
    layouts = _candidates(four, file.date_order.value)
    found = _count_read(work, list(_count_read(work, layouts, GLANCE)) or layouts, SAMPLE)
    close = [layout for layout, read in found.items() if read * 2 >= max(found.values())]
    misfits = {layout: _misfit(work, place, layout) for layout in close} if len(close) > 1 else {}
    best = min(misfits, key=lambda layout: (*misfits[layout], layouts.index(layout)), default=(close or layouts)[0])
    form = Part(best, found.get(best, 0) * 2 >= size, _ONE_WAY if misfits else _NO_OTHER)
    return _Form(form, file.date_order.or_found(lambda: _date_order(work, best, misfits)))


def _date_order(work: Workspace, best: str, misfits: dict[str, tuple[float, int, float, int]]) -> Part[str]:
    """The order of day, month and year in the best format, held against the other with day and month turned."""
    order = _told_order(best)
    if not order:
        return Part("", True, _NUMBERS)
    turned = best.replace("%d", "day").replace("%m", "%d").replace("day", "%m")
    if turned == best or turned not in misfits:
        return Part(order, True, _ONE_ORDER)
    tied = best.startswith("%d") and misfits[turned] == misfits[best] and work.value(
        f"select count(*) from clock_sample where {_reading(best)} <> {_reading(turned)}"
    ) > 0  # fmt: skip
    return Part(order, not tied, _USUAL if tied else _ONE_WAY)


def _told_order(layout: str) -> str:
    """The order as it is told: where there is no year, as if it stood where it does in most countries."""
    order = _order(layout)
    return order if "y" in order or not order else f"{order}y"


def _count_read(work: Workspace, layouts: list[str], times: int) -> dict[str, int]:
    """How many of so many times of the sample each format reads, for those that read any."""
    tries = ", ".join(f"count({_sampled(layout)})" for layout in layouts)
    counts = work.run(f"select {tries} from (from clock_sample limit {times})")[0]
    return {layout: read for layout, read in zip(layouts, counts, strict=True) if read}


def _sampled(layout: str) -> str:
    """SQL: not NULL where the format fits, and the year is one that can be."""
    return f"case when {_reading(layout)} >= '{FIRST_YEAR}-01-01' then 1 end"


def _misfit(work: Workspace, file: int, layout: str) -> tuple[float, int, float, int]:
    """How badly a format fits, the gravest first: the share of rows that it cannot read, in tenths; how many times two
    years its times span; that share again in hundredths; how often the rows turn back in time.

    A log runs one way, so the wrong order of day and month turns back at the ends of months; a day read as the year
    spreads a term over decades. Single odd rows must not outweigh that: a published log holds a few impossible dates.
    """
    share, years, forth, back = work.run(
        f"""with read as (select rows, first, {_reading(layout)} as wall from clock_text where file = {file}),
        turns as (select rows, wall, wall - lag(wall) over (order by first) as step from read)
        select coalesce(sum(rows) filter (wall is null), 0) / sum(rows), date_diff('year', min(wall), max(wall)),
            count(*) filter (step > interval 0 second), count(*) filter (step < interval 0 second) from turns"""
    )[0]
    return round(share, 1), (years or 0) // 2, round(share, 2), min(forth, back)
