"""Stage clock: one way to read the times of each file, and each time with its zone."""

from dataclasses import replace
from datetime import date

from moodlelogsmart.messages import Message
from moodlelogsmart.options import FIRST_YEAR, LAST_YEAR
from moodlelogsmart.reading import words
from moodlelogsmart.reading.model import GIVEN, FileReading, Part, Reading, Unclear
from moodlelogsmart.reading.time_format import (
    DAYS,
    LEAP_YEAR,
    date_order,
    find_form,
    find_odd_form,
    has_year,
    is_stored,
    is_utc,
    reading_of,
    relatives,
)
from moodlelogsmart.reading.turned import turn_back
from moodlelogsmart.workspace import Workspace

HALF_YEAR = 180  # days; a log whose rows turn back by more has passed a new year
STEADY = 10  # times as many rows run the one way as the other where the way is sure

_TOLD_YEAR = Message("the times tell it")
_LATEST = Message("nothing; it is the latest year in which no row is in the future")
_LIKELY_MONTH = Message("nothing; the name of a month is that of another month in another language")
_LIKELY_TURNED = Message("nothing; a spreadsheet seems to have turned day and month")
_ROWS = Message("the order of the rows")


def read_times(work: Workspace, reading: Reading) -> Reading:
    """Make view `timed`, the rows of `raw` with their times, and say how these were read.

    Beside the columns of raw it has row; moment, a timestamp in UTC (NULL for none); and time_id, its row in
    table `placed_wall`, whose column iso is the time as text with its offset.

    Nothing is guessed of what the reading tells already; of the zone, which no log tells, it must. Times without a year
    get theirs from the order of the rows, whose newest is of the year in the reading, else of the latest year in which
    it is not in the future. Local times that a change of clocks skips are moved forward by it; of those that it
    repeats the first is meant. Raises Unclear where more than half of the rows have a time that cannot be read.
    """
    work.run(
        """create table clock_text as select file, time as text, count(*) as rows, min(rowid) as first
        from raw group by file, time"""
    )
    doubtful = words.make_plain(work, reading.language.value)
    # Of a row whose time tells no year, the one that it was given; in other files 0.
    work.run("create table row_year (row bigint, year integer)")
    work.run("create table wall (file integer, text varchar, year integer, wall timestamp, is_utc boolean)")
    with_rows = {place for (place,) in work.run("select distinct file from raw")}
    files = tuple(
        _read_file(work, place, file, doubtful) if place in with_rows else file
        for place, file in enumerate(reading.files)
    )
    _place(work, reading.timezone.value)
    lost, rows, back, forth = work.run(
        """with placed as (select moment, lag(moment) over (order by row) as earlier from timed)
        select count(*) filter (moment is null), count(*),
            count(*) filter (moment < earlier), count(*) filter (moment > earlier) from placed"""
    )[0]
    if lost * 2 > rows:
        error = Unclear(
            "The times of this log cannot be read: %(lost)d of %(rows)d rows have one in an unknown form. "
            "Export the log again from Moodle, and do not open and save it in a spreadsheet in between.",
            lost=lost,
            rows=rows,
        )
        error.seen = next(iter(files), error.seen)
        raise error
    way = Part(back > forth, max(back, forth) > STEADY * min(back, forth), _ROWS)
    return replace(reading, files=files, newest_first=reading.newest_first.or_found(lambda: way))


def _read_file(work: Workspace, place: int, file: FileReading, doubtful: bool) -> FileReading:
    """Add the times of a file to table `wall`, and say how they were read; `doubtful`: so is what their words mean."""
    form = find_form(work, place, file)
    layout = form.time_format.value
    if doubtful and "%b" in layout and not file.time_format.is_known:
        form = form._replace(time_format=Part(layout, False, _LIKELY_MONTH))
    file = replace(file, time_format=form.time_format, date_order=form.date_order)
    if has_year(layout):
        _read_walls(work, place, layout)
        return _turn_back(work, place, replace(file, year=Part(None, True, _TOLD_YEAR)))
    newest = _give_years(work, place, layout, file.year.value)
    return replace(file, year=replace(file.year, value=newest) if file.year.is_known else Part(newest, False, _LATEST))


def _turn_back(work: Workspace, place: int, file: FileReading) -> FileReading:
    """Read the times that are written in another way than most, and put right what a spreadsheet did to the dates."""
    usual = file.time_format.value
    odd = find_odd_form(work, place, usual)
    if odd:
        _read_more(work, place, [odd, *relatives(odd)])
    contrary = {date_order(usual), date_order(odd)} == {"dmy", "mdy"}
    stored = is_stored(usual) and (file.kind.value == "sheet" or usual == DAYS) and file.date_order.by != GIVEN
    turned = turn_back(work, place, stored, contrary)
    order = file.date_order if turned.sure or file.date_order.by == GIVEN else replace(
        file.date_order, sure=False, by=_LIKELY_TURNED
    )  # fmt: skip
    return replace(file, date_order=order, dates_turned=turned.rows)


def _read_walls(work: Workspace, file: int, layout: str) -> None:
    """Add what the clock on the wall showed for each text of a file to table `wall`.

    Rows that were added to a file later may have seconds, four digits of the year or AM and PM where others have not;
    they are read by the format that has the same order of day, month and year.
    """
    work.run(
        f"""insert into wall select file, text, 0, {reading_of(layout)}, {is_utc(layout)}
        from clock_text where file = {file}"""
    )
    _read_more(work, file, relatives(layout))


def _read_more(work: Workspace, file: int, layouts: list[str]) -> None:
    """Read the texts of a file that could not be read until now by other formats, one after the other."""
    for layout in layouts:
        if not work.value(f"select count(*) from wall where file = {file} and wall is null"):
            return
        work.run(
            f"""update wall set wall = {reading_of(layout)}, is_utc = {is_utc(layout)} from clock_text c
            where wall.wall is null and wall.file = {file} and c.file = wall.file and c.text = wall.text"""
        )


def _give_years(work: Workspace, file: int, layout: str, year: int | None) -> int:
    """Add the texts of a file that tell no year to table `wall`, each with its years; the year of the newest row.

    Where the rows jump by more than half a year they have passed a new year's day.
    """
    work.run(
        f"""create or replace table lap as
        with read as (select raw.rowid as row, time as text, {reading_of(layout)} as wall
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
