"""The form in which a log writes its times: of those that people use the one that reads the most of them best."""

from typing import NamedTuple

from moodlelogsmart.messages import LogError, Message
from moodlelogsmart.options import FIRST_YEAR
from moodlelogsmart.reading.model import GIVEN, FileReading, Part
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
    "{y}.%m.%d",
]
_YEARLESS = ["%d %m", "%m %d", "%m/%d", "%d/%m", "%d.%m"]
# What nobody writes but where a person says that it is so.
_TOLD, _TOLD_YEARLESS = ["%m.%d.{y}", "%m-%d-{y}"], ["%m.%d"]
# Of times whose months are words, which are never the day.
_WORDED = ["%d %b {y}", "%b %d {y}", "{y} %b %d", "{y} %d %b"]
_YEARLESS_WORDED = ["%d %b", "%b %d"]
_CLOCKS = ["%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p", "%H:%M%z", "%H:%M:%S%z"]
SECONDS, MILLISECONDS, DAYS = "seconds since 1970", "milliseconds since 1970", "days since 1900"
GLANCE = 100  # distinct times that every format is tried on; one that reads none of them is not among the best
SAMPLE = 2000  # distinct times that the others are tried on, before the best ones see the whole column
LEAP_YEAR = 2000  # any year that has all days

_NO_OTHER = Message("no other form reads so many of the times")
_ONE_WAY = Message("only so do the rows run one way through time")
_USUAL = Message("nothing; the day stands first as Moodle writes it")
_BESIDE_WORD = Message("the month is a word, and the day stands first beside it as Moodle writes it")
_NUMBERS = Message("the times are numbers that count from a day")
_ONE_ORDER = Message("no other order of day, month and year reads the times")


_Misfit = tuple[float, int, float, int]
CONTRARY = {"dmy": "mdy", "mdy": "dmy"}  # orders that a spreadsheet can take for one another


class TimeForm(NamedTuple):
    """How a file writes its times: the format, and its order of day, month and year."""

    time_format: Part[str]
    date_order: Part[str]


def has_year(layout: str) -> bool:
    """Whether the times tell the year."""
    return "%" not in layout or "%y" in layout.lower()


def is_stored(layout: str) -> bool:
    """Whether spreadsheets store dates so, and no person writes them: as numbers, and in ISO 8601 where one is read."""
    return layout == DAYS or layout.startswith("%Y-%m-%d")


def year_first(layout: str) -> bool:
    """Whether the year stands first, in four digits, or dates are numbers: so spreadsheets write what they stored."""
    return layout == DAYS or (layout.startswith("%Y") and "%m" in layout)


def swapped(layout: str) -> str:
    """The format with day and month in the place of each other."""
    return layout.replace("%d", "day").replace("%m", "%d").replace("day", "%m")


# SQL: how a date is written, so far as a spreadsheet may have done it: 'stored' with the year first or as a number of
# days, 'worded' with the month as a word, else 'written'.
WAY = """case when regexp_matches(plain, '[A-Z]{3}') then 'worded'
    when regexp_matches(plain, '^([0-9]{4}[^0-9:]|[0-9]{5}([.]|$))') then 'stored' else 'written' end"""


def reading_of(layout: str, plain: str = "plain") -> str:
    """SQL: the point in time that `plain` is by this format, as a timestamp; NULL where it does not fit."""
    if layout in (SECONDS, MILLISECONDS):
        return f"make_timestamp(try_cast({plain} as bigint) * {1_000_000 if layout == SECONDS else 1_000})"
    if layout == DAYS:
        # As Excel counts them: 60 of them are before March 1900, and a 29 February that never was.
        days = f"try_cast(if(regexp_full_match({plain}, '[0-9]{{5}}([.][0-9]+)?'), {plain}, null) as double)"
        return f"(timestamp '1899-12-30' + to_seconds(round({days} * 86400)))"
    if not has_year(layout):
        return f"try_strptime('{LEAP_YEAR} ' || {plain}, '%Y {layout}')::timestamp"
    # A text with an offset is read as a point of the world's time, which the session's zone, UTC, shows as it is.
    return f"try_strptime({plain}, '{layout}')::timestamp"


def is_utc(layout: str) -> bool:
    """Whether the times are points of the world's time, whatever the zone of the log."""
    return layout in (SECONDS, MILLISECONDS) or layout.endswith("%z")


def relatives(layout: str) -> list[str]:
    """The formats of other precision that put day, month and year in the same order."""
    if "%" not in layout:
        return []
    date = next(layout.removesuffix(f" {clock}") for clock in _CLOCKS if layout.endswith(f" {clock}"))
    days = (date, date.replace("%y", "%Y"), date.replace("%Y", "%y"))
    clocks = [f"{day} {clock}" for day in days for clock in _CLOCKS]
    # A spreadsheet leaves midnight out.
    return [other for other in [*clocks, *days] if other != layout]


def _candidates(four_digit_years: bool, order: str = "") -> list[str]:
    """The formats that are tried, those of numbers last; with `order` only those that agree with it, and those in which
    a spreadsheet may have stored such dates."""
    year = "%Y" if four_digit_years else "%y"
    dates = [date.format(y=year) for date in _DATES + _TOLD * bool(order)] + _YEARLESS + _TOLD_YEARLESS * bool(order)
    dates = [date for date in dates if not order or _same_order(date_order(date), order) or year_first(date)]
    worded = [date.format(y=year) for date in _WORDED]
    if order and not four_digit_years:
        # Where the month is a word, it may still be the year or the day that stands first.
        worded = [date for date in worded if (date_order(date) == "ymd") == (order == "ymd")]
    dates += [*worded, *_YEARLESS_WORDED]
    return [f"{date} {clock}" for date in dates for clock in _CLOCKS] + [SECONDS, MILLISECONDS, DAYS]


def date_order(layout: str) -> str:
    """The order of day, month and year in a format: dmy, mdy, ymd, dm, md; '' in a number."""
    parts = layout.partition("%H")[0].partition("%I")[0].lower().replace("%b", "%m")
    order = "".join(letter for letter in parts if letter in "dmy") if "%" in layout else ""
    # It is known by no other name, and a word tells the month wherever it stands.
    return "ymd" if order == "ydm" else order


def _same_order(own: str, order: str) -> bool:
    """Whether the order in a format, which may lack the year, is this one."""
    return own == (order if "y" in own else order.replace("y", ""))


def find_form(work: Workspace, place: int, file: FileReading) -> TimeForm:
    """The format that reads the most rows of a file; where two read as many, the one with the steadier order.

    The order of day and month is not sure where the day was taken for what stands first, and the month would fit there
    as well. Raises LogError where a format was told that is none of ours.
    """
    told = file.time_format
    if told.is_known:
        if told.value not in _candidates(True) + _candidates(False):
            raise LogError("Times in the form %(form)s are not known.", form=repr(told.value[:40]))
        order = _told_order(told.value)
        # Of stored dates it says another thing than their form.
        kept = file.date_order.by == GIVEN and {file.date_order.value, order} != {*CONTRARY}
        kept = kept or file.date_order.value == order
        return TimeForm(told, file.date_order if kept else Part(order, True, told.by))
    order = file.date_order.value
    if order == "ymd" and has_stored(work, place):
        # It says that these stand as they are, and nothing of texts beside them.
        order = ""
    best, misfits, sure = _best(work, f"file = {place}", order)
    form = Part(best, sure, _ONE_WAY if misfits else _NO_OTHER)
    return TimeForm(form, file.date_order.or_found(lambda: _date_order(work, best, misfits)))


def has_stored(work: Workspace, place: int) -> bool:
    """Whether a file has dates that a spreadsheet may have stored; months in words are such where others are texts."""
    ways = {way for (way,) in work.run(f"select distinct {WAY} from clock_text where file = {place}")}
    return "stored" in ways or {"worded", "written"} <= ways


def find_odd_form(work: Workspace, place: int, usual: str, told: str = "") -> str:
    """The format of those times of a file that are written in another way than those that `usual` reads, '' for none.
    It is of the order `told` where one of that order reads them.

    Makes table `odd_time` of their texts. They stand there where a spreadsheet saw dates in some of the times alone, or
    where two logs were put into one; what differs from the others by its numbers alone is no time.
    """
    shape = "regexp_replace(regexp_replace(plain, '[0-9]{3,}', 'Y', 'g'), '[0-9]+', '9', 'g')"
    work.run(
        f"""create or replace table odd_time as
        with unread as (select c.text, {shape} as shape from wall join clock_text c using (file, text)
            where file = {place} and wall is null),
        shapes as (select distinct {shape} as shape from wall join clock_text using (file, text)
            where file = {place} and wall is not null and exists (from unread))
        select text from unread anti join shapes using (shape)"""
    )
    if not work.value("select count(*) from odd_time"):
        return ""
    odd_times = f"file = {place} and text in (select text from odd_time)"
    for order in (told, CONTRARY[told]) if told in CONTRARY else ("",):
        best, _misfits, sure = _best(work, odd_times, order, like=date_order(usual))
        if sure:
            return best
    return ""


def _best(work: Workspace, times: str, order: str = "", like: str = "") -> tuple[str, dict[str, _Misfit], bool]:
    """The format that reads the most of those times best, the misfits of those that read nearly as many, and whether it
    reads at least half of the times.

    With `order` only those that agree with it are tried; where nothing else tells, it is one of the order `like`.
    """
    work.run(
        f"create or replace table clock_sample as from clock_text where {times} order by hash(text) limit {SAMPLE}"
    )
    four, size = work.run(
        """select count(*) filter (regexp_matches(plain, '(^|[^0-9])[0-9]{4}([^0-9]|$)')) * 2 > count(*), count(*)
        from clock_sample"""
    )[0]
    layouts = sorted(_candidates(four, order), key=lambda layout: bool(like) and date_order(layout) != like)
    found = _count_read(work, list(_count_read(work, layouts, GLANCE)) or layouts, SAMPLE)
    close = [layout for layout, read in found.items() if read * 2 >= max(found.values())]
    misfits = {layout: _misfit(work, times, layout) for layout in close} if len(close) > 1 else {}
    best = min(misfits, key=lambda layout: (*misfits[layout], layouts.index(layout)), default=(close or layouts)[0])
    return best, misfits, found.get(best, 0) * 2 >= size


def _date_order(work: Workspace, best: str, misfits: dict[str, _Misfit]) -> Part[str]:
    """The order of day, month and year in the best format, held against the other with day and month turned."""
    order = _told_order(best)
    if not order:
        return Part("", True, _NUMBERS)
    if best.startswith("%d %b %y") and best.replace("%d %b %y", "%y %b %d") in misfits:
        return Part(order, True, _BESIDE_WORD)
    turned = swapped(best)
    if turned == best or turned not in misfits:
        return Part(order, True, _ONE_ORDER)
    tied = best.startswith("%d") and misfits[turned] == misfits[best] and work.value(
        f"select count(*) from clock_sample where {reading_of(best)} <> {reading_of(turned)}"
    ) > 0  # fmt: skip
    return Part(order, not tied, _USUAL if tied else _ONE_WAY)


def _told_order(layout: str) -> str:
    """The order as it is told: where there is no year, as if it stood where it does in most countries."""
    order = date_order(layout)
    return order if "y" in order or not order else f"{order}y"


def _count_read(work: Workspace, layouts: list[str], times: int) -> dict[str, int]:
    """How many of so many times of the sample each format reads, for those that read any."""
    tries = ", ".join(f"count({_sampled(layout)})" for layout in layouts)
    counts = work.run(f"select {tries} from (from clock_sample limit {times})")[0]
    return {layout: read for layout, read in zip(layouts, counts, strict=True) if read}


def _sampled(layout: str) -> str:
    """SQL: not NULL where the format fits, and the year is one that can be."""
    return f"case when {reading_of(layout)} >= '{FIRST_YEAR}-01-01' then 1 end"


def _misfit(work: Workspace, times: str, layout: str) -> _Misfit:
    """How badly a format fits, the gravest first: the share of rows that it cannot read, in tenths; how many times two
    years its times span; that share again in hundredths; how often the rows turn back in time.

    A log runs one way, so the wrong order of day and month turns back at the ends of months; a day read as the year
    spreads a term over decades. Single odd rows must not outweigh that: a published log holds a few impossible dates.
    """
    share, years, forth, back = work.run(
        f"""with read as (select rows, {reading_of(layout)} as wall from clock_text where {times}),
        turns as (select rows, wall, wall - lag(wall) over () as step from read)
        select coalesce(sum(rows) filter (wall is null), 0) / sum(rows), date_diff('year', min(wall), max(wall)),
            count(*) filter (step > interval 0 second), count(*) filter (step < interval 0 second) from turns"""
    )[0]
    return round(share, 1), (years or 0) // 2, round(share, 2), min(forth, back)
