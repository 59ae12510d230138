"""Stage clock, dates that a spreadsheet turned: it took the month for the day where it could, and left the rest text.

An American Excel that opens 3/11/16 and 13/11/16, days of November, makes 11 March of the one and a text of the other.
So what was turned are dates up to the twelfth, each as if of another month.
"""

from typing import NamedTuple

from moodlelogsmart.reading.time_format import WAY, year_first
from moodlelogsmart.workspace import Workspace

FEW = 3  # different dates that tell something together; chance puts three days up to the twelfth in 1 log of 16
MANY = 5  # that do so without the order of the rows; 1 log of 100


class Turned(NamedTuple):
    """How many rows had their dates turned back, and whether it is sure that it was right, or that none was turned;
    how many of the rows have dates that a spreadsheet need not have written.
    """

    rows: int
    sure: bool
    written: int = 0


NOT_TURNED = Turned(0, True)


class _Dates(NamedTuple):
    """Of the dates of a log: how many months they are of, as they stand and `turned`; how many different dates can be
    turned; whether any is past the twelfth; whether these are written in a way of their own, `apart` from the others.
    """

    months: int
    turned: int
    different: int
    late: bool
    apart: bool


# SQL: the moment `wall` with day and month in the place of each other, where the day is no later than the twelfth.
SWAPPED = """make_timestamp(year(wall), least(day(wall), 12), month(wall), hour(wall), minute(wall), second(wall))"""

# SQL: the times of a file as they stand (`wall`) and with day and month turned where that may have been (`other`): in
# the one way of writing of which no date is past the twelfth while the other has such dates; else in both.
_DATED = f"""with read as (select file, text, wall, day(wall) > 12 as late, text in (select text from odd_time) as odd
        from wall where file = $file and wall is not null and not is_utc),
    ways as (select bool_or(late) filter (odd) as odd_late, bool_or(late) filter (not odd) as usual_late from read),
    dated as (select read.*, coalesce(odd_late <> usual_late, false) as two_ways,
        if(late or (two_ways and odd = odd_late), wall, {SWAPPED}) as other from read, ways)"""


def turn_back(work: Workspace, file: int, stored: bool, contrary: bool) -> Turned:
    """Turn day and month in table `wall` back where a spreadsheet has turned them in a file.

    Texts in `odd_time` are written in another way than the others. `stored`: the others are as a spreadsheet stores its
    dates, so that they may have been turned even where no text beside them tells it. `contrary`: the two ways were read
    with day and month in contrary order already.
    """
    dates = _weigh(work, file)
    if not dates.different or not (dates.late or stored):
        return NOT_TURNED
    needed = 1 if dates.apart else 2 if dates.late else 3
    if not (contrary and dates.apart) and (
        dates.turned * needed > dates.months or (not dates.apart and dates.different < FEW)
    ):
        return NOT_TURNED
    work.run(
        f"""create table dated as {_DATED}
        select file, text, wall, other, first, rows, {WAY} = 'written' as written
        from dated join clock_text using (file, text)""",
        {"file": file},
    )
    turned = _judge(work, dates, contrary)
    work.run("drop table dated")
    return turned


def turn_as_told(work: Workspace, file: int, usual: str, mixed: bool) -> int:
    """Turn day and month back in table `wall` in the dates that a spreadsheet stored, since a person tells the order
    that they had before; how many rows had turned dates. `usual` reads most of the times.

    The stored ones are those with the year first, where most are. Else they are what `stored_apart` finds. `mixed`: of
    the texts, too, those up to the twelfth are of another order than the others, and so were read as that.
    """
    which = "way = 'stored'" if year_first(usual) else "way <> 'written'" if stored_apart(work, file) else "false"
    told = f"""{_WAYS} select file, text, {SWAPPED} as other, rows, {which} as stored from dated
        where not late and day(wall) <> month(wall) and ({which} or ({mixed} and way = 'written'))"""
    work.run(f"create table dated as {told}", {"file": file})
    work.run("update wall set wall = other from dated d where stored and d.file = wall.file and d.text = wall.text")
    rows = int(work.value("select coalesce(sum(rows), 0) from dated"))
    work.run("drop table dated")
    return rows


def stored_apart(work: Workspace, file: int) -> bool:
    """Whether some dates of a file, up to the twelfth, are as a spreadsheet writes them, and all others past it are
    not: so it has stored what it could, and has left the rest."""
    return bool(
        work.value(
            f"""{_WAYS} select coalesce(bool_and(late) filter (way = 'written') and not bool_or(late) filter (
                way <> 'written'), false) from dated""",
            {"file": file},
        )
    )


# SQL: the dates of a file, the way in which each is written, and whether it is past the twelfth.
_WAYS = f"""with dated as (select file, text, wall, rows, day(wall) > 12 as late, {WAY} as way
    from wall join clock_text using (file, text) where file = $file and wall is not null and not is_utc)"""


def _judge(work: Workspace, dates: _Dates, contrary: bool) -> Turned:
    """Turn the dates of table `dated` back in `wall` where that is likely."""
    rows, written = work.run(
        "select sum(rows)::bigint, coalesce(sum(rows) filter (written), 0)::bigint from dated where other <> wall"
    )[0]
    if contrary and dates.apart:
        return Turned(rows, True)
    before, after = _turns(work, "wall"), _turns(work, "other")
    # The order of the rows tells as well; where it does not, many dates must, or the way in which they are written.
    likely = dates.turned < dates.months if dates.apart else after == before and dates.different >= MANY
    if not likely and after >= before:
        return Turned(0, False)
    work.run("update wall set wall = other from dated where dated.file = wall.file and dated.text = wall.text")
    return Turned(rows, after < before or (dates.apart and after == before), written)


def _weigh(work: Workspace, file: int) -> _Dates:
    found = work.run(
        f"""{_DATED} select count(distinct date_trunc('month', wall)), count(distinct date_trunc('month', other)),
            count(distinct wall::date) filter (other <> wall), coalesce(bool_or(late), false),
            coalesce(bool_and(two_ways and late = (odd = odd_late)), false) from dated, ways""",
        {"file": file},
    )
    return _Dates(*found[0])


def _turns(work: Workspace, column: str) -> int:
    """How often the rows turn back in time, by one of the columns of `dated`."""
    forth, back = work.run(
        f"""select count(*) filter (step > interval 0 second), count(*) filter (step < interval 0 second)
        from (select {column} - lag({column}) over (order by first) as step from dated)"""
    )[0]
    return int(min(forth, back))
