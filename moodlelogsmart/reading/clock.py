"""Stage clock: one way to read the times of each file, and each time with its zone."""

from collections.abc import Sequence
from dataclasses import replace

from moodlelogsmart.messages import Message
from moodlelogsmart.reading import words
from moodlelogsmart.reading.model import GIVEN, UNKNOWN, FileReading, Part, Reading, Unclear, given
from moodlelogsmart.reading.orders import find_orders
from moodlelogsmart.reading.time_format import (
    CONTRARY,
    DAYS,
    date_order,
    find_form,
    find_odd_form,
    has_stored,
    has_year,
    is_stored,
    is_utc,
    reading_of,
    relatives,
    swapped,
    year_first,
)
from moodlelogsmart.reading.turned import NOT_TURNED, stored_apart, turn_as_told, turn_back
from moodlelogsmart.reading.years import give_years
from moodlelogsmart.reading.zone import CAN_BE, define_zone
from moodlelogsmart.workspace import Workspace

_TIME = 100  # bytes of a time in the table by which those of rows are looked up, rounded up
STEADY = 10  # times as many rows run the one way as the other where the way is sure

_TOLD_YEAR = Message("the times tell it")
LIKELY_MONTH = Message("nothing; the name of a month is that of another month in another language")
_LIKELY_TURNED = Message("nothing; a spreadsheet seems to have turned day and month")
_TURNED = Message("the dates themselves; a spreadsheet has swapped day and month")
_ROWS = Message("the order of the rows")


def read_times(work: Workspace, reading: Reading) -> Reading:
    """Make view `timed`, the rows of `raw` with their times, and say how these were read.

    Beside the columns of raw it has row, and moment, a timestamp in UTC (NULL for none). Table `moment_of` has these
    alone, in the order of the rows; how a moment is shown in the zone say the macros of `define_zone`.

    Nothing is guessed of what the reading tells already; of the zone, which no log tells, it must. Times without a year
    get theirs from `give_years`. Local times that a change of clocks skips are moved forward by it; of those that it
    repeats the first is meant. Raises Unclear where more than half of the rows have a time that cannot be read, and as
    `give_years` does.
    """
    work.run(
        f"""create table clock_text as
        with text as (select file, time as text, count(*) as rows, min(rowid) as first from raw group by file, time)
        select *, {words.PLAIN} as plain from text order by first"""
    )
    doubtful = words.make_plain(work, reading.language.value, reading.language.by == GIVEN)
    # Of a row whose time tells no year, the one that it was given; in other files 0.
    work.run("create table row_year (row bigint, year integer)")
    work.run("create table wall (file integer, text varchar, year integer, wall timestamp, is_utc boolean)")
    with_rows = {place for (place,) in work.run("select distinct file from raw")}
    read = {
        place: _read_file(work, place, file, doubtful) if place in with_rows else file
        for place, file in enumerate(_told_apart(work, reading.files))
    }
    yearless = {place: file for place, file in read.items() if not has_year(file.time_format.value)}
    try:
        read |= give_years(work, yearless)
    except Unclear as error:
        error.place *= len(reading.files) > 1
        raise
    files = tuple(read.values())
    _place(work, reading.timezone.value)
    lost, rows, back, forth = work.run(
        """with placed as (select moment, lag(moment) over () as earlier from moment_of)
        select count(*) filter (moment is null), count(*),
            count(*) filter (moment < earlier), count(*) filter (moment > earlier) from placed"""
    )[0]
    if lost * 2 > rows:
        unread = Unclear(
            "The times of this log cannot be read; rows with one in an unknown form: %(lost)d of %(rows)d. "
            "Export the log again from Moodle, and do not open and save it in a spreadsheet in between.",
            lost=lost,
            rows=rows,
        )
        worst = work.value(
            "select file from timed where moment is null group by file order by count(*) desc, file limit 1"
        )
        unread.seen = replace(files[worst], year=Part(None), first_year=None)
        unread.place = (worst + 1) * (len(files) > 1)
        raise unread
    way = Part(back > forth, max(back, forth) > STEADY * min(back, forth), _ROWS)
    return replace(reading, files=files, newest_first=reading.newest_first.or_found(lambda: way))


def _told_apart(work: Workspace, files: Sequence[FileReading]) -> Sequence[FileReading]:
    """The files with what is told of each: that the year stands first, only of those that a spreadsheet stored, where
    there are such."""
    told = {place for place, file in enumerate(files) if file.date_order == given("ymd")}
    stored = {place for place in told if has_stored(work, place)}
    return [
        replace(file, date_order=UNKNOWN) if stored and place in told - stored else file
        for place, file in enumerate(files)
    ]


def _read_file(work: Workspace, place: int, file: FileReading, doubtful: bool) -> FileReading:
    """Say how the times of a file are read, and add them to table `wall` where they tell their year; `doubtful`: so is
    what their words mean."""
    form = find_form(work, place, file)
    layout = form.time_format.value
    if doubtful and "%b" in layout and not file.time_format.is_known:
        form = form._replace(time_format=Part(layout, False, LIKELY_MONTH))
    file = replace(file, time_format=form.time_format, date_order=form.date_order)
    if not has_year(layout):
        return replace(file, orders=find_orders(work, place, file))
    _read_walls(work, place, layout)
    file = replace(file, year=Part(None, True, _TOLD_YEAR))
    if file.date_order.by == GIVEN:
        return _as_told(work, place, file)
    odd = find_odd_form(work, place, layout)
    if odd:
        _read_more(work, place, [odd, *relatives(odd)])
    file = _turn_back(work, place, file, odd)
    return replace(file, orders=find_orders(work, place, file, odd))


def _as_told(work: Workspace, place: int, file: FileReading) -> FileReading:
    """Put right what a spreadsheet did to the dates, by the order that a person tells: that of the texts, and the one
    that stored dates had before it turned day and month; `ymd` says that stored dates are as they stand there.

    Texts that cannot be of that order are of the contrary one, between which a spreadsheet has turned the others.
    """
    usual, told = file.time_format.value, file.date_order.value
    mixed = _read_contrary(work, place, usual, told)
    odd = find_odd_form(work, place, usual, told)
    if odd:
        _read_more(work, place, [odd, *relatives(odd)])
        mixed = _read_contrary(work, place, odd, told) or date_order(odd) == CONTRARY.get(told) or mixed
    file = replace(file, dates_stored=_are_stored(work, place, usual))
    if told in CONTRARY:
        file = replace(file, dates_turned=turn_as_told(work, place, usual, mixed))
    return replace(file, orders=find_orders(work, place, file, odd))


def _read_contrary(work: Workspace, place: int, layout: str, told: str) -> bool:
    """Read the texts of a file that could not be read in a format of the order that is told, in the contrary one;
    whether there are such."""
    if told not in CONTRARY or date_order(layout) != told or "%m" not in layout:
        return False
    unread = f"select count(*) from wall where file = {place} and wall is null"
    before = work.value(unread)
    _read_more(work, place, [swapped(layout), *relatives(swapped(layout))])
    return bool(work.value(unread) < before)


def _are_stored(work: Workspace, place: int, usual: str) -> bool:
    """Whether dates of a file are as a spreadsheet stores them: most of them, or those up to the twelfth alone."""
    return (year_first(usual) and not is_utc(usual)) or stored_apart(work, place)


def _turn_back(work: Workspace, place: int, file: FileReading, odd: str) -> FileReading:
    """Put right what a spreadsheet did to the dates, where that is likely, and say the order as a person would who
    wants the same."""
    usual = file.time_format.value
    contrary = {date_order(usual), date_order(odd)} == {*CONTRARY}
    stored = _are_stored(work, place, usual)
    likely = is_stored(usual) and (file.kind.value == "sheet" or usual == DAYS)
    # A month in words alone is never the day.
    turned = turn_back(work, place, likely, contrary) if odd or "%b" not in usual else NOT_TURNED
    written = next((found for one in (usual, odd) if (found := date_order(one)) in CONTRARY and "%m" in one), "dmy")
    order = file.date_order
    if turned.rows and not contrary:
        order = replace(order, value=CONTRARY[written] if turned.written else written, by=_TURNED)
    elif stored:
        order = replace(order, value="ymd")
    if not turned.sure:
        order = replace(order, sure=False, by=_LIKELY_TURNED)
    return replace(file, date_order=order, dates_turned=turned.rows, dates_stored=stored)


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


def _place(work: Workspace, timezone: str) -> None:
    """Make table `placed_wall` (file, text, year, moment) of what the clocks on the wall showed, table `moment_of` of
    the rows, and view `timed`."""
    moment = define_zone(work, timezone)
    work.run(
        f"""create table placed_wall as
        select file, text, year, if(is_utc, wall, {moment}) as moment from wall where {CAN_BE}"""
    )
    moments = """select raw.rowid as row, moment
        from raw left join row_year on row_year.row = raw.rowid left join placed_wall w
            on w.file = raw.file and w.text = raw.time and w.year = coalesce(row_year.year, 0)"""
    if work.parts(work.value("select count(*) from placed_wall") * _TIME) > 1:
        # A join on the disk does not keep the order.
        work.run(f"create table unordered as {moments}")
        moments = "from unordered order by row"
    work.run(f"create table moment_of as {moments}")
    work.run("drop table if exists unordered")
    work.run("create view timed as select raw.*, row, moment from raw join moment_of on moment_of.row = raw.rowid")
