"""Stage clock: one way to read the time for the whole column, and each time with its zone."""

import re
from dataclasses import dataclass
from functools import cache
from itertools import product

from babel import Locale

from moodlelogsmart.messages import LogError
from moodlelogsmart.pipeline.columns import folded, read_labels
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
_CLOCKS = ["%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p"]
_JOINTS = [" ", "T"]
# Words between the parts of a time in the languages of Moodle, as in "17 de outubro de 2021 às 12:39".
_FILLERS = {"de", "del", "as", "at", "um", "kl"}
WORDS = 200  # different words that a column of times may hold; real ones have twelve months and a few more
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
    _make_plain(work)
    layout = _best_format(work)
    work.run(
        """create table clock as
        with local as (select text, try_strptime(plain, $layout) as wall from clock_text),
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


def _make_plain(work: Workspace) -> None:
    """Add column `plain` to `clock_text`: months as numbers, one space between the parts, no words but am and pm."""
    words = work.run(
        rf"""select word from (select unnest(regexp_extract_all(lower(text), '\pL[\pL\pM]*')) as word from clock_text)
        group by word order by count(*) desc, word limit {WORDS}"""
    )
    plain = "lower(replace(text, '،', ','))"
    for (word,) in words:
        number = _months().get(folded(word))
        if number or folded(word) in _FILLERS or folded(word) in _weekdays():
            plain = rf"regexp_replace({plain}, '(^|[^\pL]){word}([^\pL\pM]|$)', '\1{number or ' '}\2', 'g')"
    # 21年10月17日: these say themselves which is the year, month and day.
    plain = rf"regexp_replace({plain}, '(^|[^0-9])([0-9][0-9])年', '\1 20\2年', 'g')"
    plain = rf"regexp_replace(replace({plain}, '日', ' '), '[年月] ?', '/', 'g')"
    plain = rf"trim(regexp_replace(regexp_replace({plain}, ',|\.(\s|$)', ' ', 'g'), '\s+', ' ', 'g'))"
    work.run("alter table clock_text add column plain varchar")
    work.run(f"update clock_text set plain = upper({plain})")


@cache
def _months() -> dict[str, int]:
    """The number of each month by its name, folded, in Moodle's languages; names of two months are left out."""
    names: dict[str, set[int]] = {}
    for locale in _locales():
        for use, width in product(("format", "stand-alone"), ("wide", "abbreviated")):
            for number, name in locale.months[use][width].items():
                # "de març" in Catalan: the month is the last word.
                names.setdefault(folded(re.split(r"[\s’']+", name.strip())[-1]), set()).add(number)
    return {name: min(numbers) for name, numbers in names.items() if len(numbers) == 1 and not name.isdigit()}


@cache
def _weekdays() -> set[str]:
    days = {folded(name) for locale in _locales() for name in locale.days["format"]["wide"].values()}
    return days - set(_months())


@cache
def _locales() -> list[Locale]:
    return [Locale.parse(name, sep="_") for name in dict.fromkeys(row["language"] for row in read_labels())]


def _candidates(four_digit_years: bool) -> list[str]:
    year = "%Y" if four_digit_years else "%y"
    return [date.format(y=year) + joint + clock for date in _DATES for joint in _JOINTS for clock in _CLOCKS]


def _best_format(work: Workspace) -> str:
    """The format that reads the most rows of the column; where two read as many, the one with the steadier order."""
    work.run(f"create table clock_sample as select * from clock_text order by hash(text) limit {SAMPLE}")
    four = work.value(
        "select count(*) filter (regexp_matches(plain, '(^|[^0-9])[0-9]{4}([^0-9]|$)')) * 2 > count(*) "
        "from clock_sample"
    )
    layouts = _candidates(four)
    tries = ", ".join(f"count(try_strptime(plain, '{layout}'))" for layout in layouts)
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
        f"""with read as (select rows, first, try_strptime(plain, '{layout}') as wall from clock_text),
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
