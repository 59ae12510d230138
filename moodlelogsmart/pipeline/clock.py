"""Stage clock: one way to read the time for the whole column, and each time with its zone."""

from dataclasses import dataclass

from moodlelogsmart.messages import LogError
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
    "%d %B {y}",
    "%d %b {y}",
    "%B %d {y}",
]
_CLOCKS = ["%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p"]
_JOINTS = [", ", " ", "T"]
SAMPLE = 2000  # distinct times that every format is tried on, before the best ones see the whole column


@dataclass(frozen=True)
class Clock:
    """How the log writes times: the strptime format and the zone; and whether its rows run from new to old."""

    format: str
    timezone: str
    newest_first: bool


def read_times(work: Workspace, timezone: str) -> Clock:
    """Make table `clock` (text, moment: timestamp in UTC or NULL, iso: text with offset) and say how it was read.

    Local times that a change of clocks skips are moved forward by it; of those that it repeats the first is meant.
    Raises LogError where more than half of the rows have a time that cannot be read.
    """
    work.run(
        "create table clock_text as select time as text, count(*) as rows, min(rowid) as first from raw group by time"
    )
    layout = _best_format(work)
    work.run(
        """create table clock as
        with local as (select text, try_strptime(trim(text), $layout) as wall from clock_text),
        placed as (select text, timezone('UTC', timezone($zone, wall)) as moment from local
                   where wall between timestamp '1990-01-01' and timestamp '2100-01-01'),
        shown as (select *, timezone($zone, timezone('UTC', moment)) as wall from placed),
        shifted as (select *, date_diff('minute', moment, wall) as ahead from shown)
        select text, moment, strftime(wall, '%Y-%m-%dT%H:%M:%S')
            || format('{}{:02d}:{:02d}', if(ahead < 0, '-', '+'), abs(ahead) // 60, abs(ahead) % 60) as iso
        from shifted""",
        {"layout": layout, "zone": timezone},
    )
    lost, rows = work.run(
        "select coalesce(sum(rows) filter (clock.text is null), 0), sum(rows) "
        "from clock_text left join clock on clock.text = clock_text.text"
    )[0]
    if lost * 2 > rows:
        raise LogError(
            "The times of this log cannot be read: %(lost)d of %(rows)d rows have one in an unknown form. "
            "Export the log again from Moodle, and do not open and save it in a spreadsheet in between.",
            lost=lost,
            rows=rows,
        )
    return Clock(layout, timezone, _newest_first(work))


def _candidates(four_digit_years: bool) -> list[str]:
    year = "%Y" if four_digit_years else "%y"
    return [date.format(y=year) + joint + clock for date in _DATES for joint in _JOINTS for clock in _CLOCKS]


def _best_format(work: Workspace) -> str:
    """The format that reads the most rows of the column; where two read as many, the one with the steadier order."""
    work.run(f"create table clock_sample as select * from clock_text order by hash(text) limit {SAMPLE}")
    four = work.value(
        "select count(*) filter (regexp_matches(text, '(^|[^0-9])[0-9]{4}([^0-9]|$)')) * 2 > count(*) from clock_sample"
    )
    layouts = _candidates(four)
    tries = ", ".join(f"count(try_strptime(trim(text), '{layout}'))" for layout in layouts)
    counts = work.run(f"select {tries} from clock_sample")[0]
    found = sorted(((read, layout) for read, layout in zip(counts, layouts, strict=True) if read), reverse=True)
    close = [layout for read, layout in found if read * 2 >= found[0][0]]
    if len(close) < 2:
        return close[0] if close else layouts[0]
    return min(close, key=lambda layout: (*_misfit(work, layout), layouts.index(layout)))


def _misfit(work: Workspace, layout: str) -> tuple[float, int, float, int]:
    """How badly a format fits, the gravest first: the share of rows that it cannot read, in tenths; how many times two
    years its times span; that share again in hundredths; how often the rows turn back in time.

    A log runs one way, so the wrong order of day and month turns back at the ends of months; a day read as the year
    spreads a term over decades. Single odd rows must not outweigh that: a published log holds a few impossible dates.
    """
    share, years, forth, back = work.run(
        f"""with read as (select rows, first, try_strptime(trim(text), '{layout}') as wall from clock_text),
        turns as (select rows, wall, wall - lag(wall) over (order by first) as step from read)
        select coalesce(sum(rows) filter (wall is null), 0) / sum(rows), date_diff('year', min(wall), max(wall)),
            count(*) filter (step > interval 0 second), count(*) filter (step < interval 0 second) from turns"""
    )[0]
    return round(share, 1), (years or 0) // 2, round(share, 2), min(forth, back)


def _newest_first(work: Workspace) -> bool:
    return bool(
        work.value(
            """with placed as (select moment, lag(moment) over (order by first) as earlier
                from clock_text join clock on clock.text = clock_text.text)
            select count(*) filter (moment < earlier) > count(*) filter (moment > earlier) from placed"""
        )
    )
