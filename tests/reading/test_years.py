"""Dates without a year: the calendar tells it, whatever the order of the rows, and the order only where it must."""

import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from conftest import log_text, viewed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moodlelogsmart.reading.clock import read_times
from moodlelogsmart.reading.model import Reading, Unclear
from moodlelogsmart.reading.raw import load_logs
from moodlelogsmart.workspace import Limits, Stop, open_workspace

WRITTEN = "%d %b, %H:%M"
MINUTES = 24 * 60  # of a day


@pytest.fixture
def years_of(tmp_path):
    """The times of all rows of some logs (rows), `None` where one cannot be read, and what was understood of them."""

    def run(*logs, reading=None, year=None):
        paths = [tmp_path / f"{place}.csv" for place in range(len(logs))]
        for path, log in zip(paths, logs, strict=True):
            path.write_text(log_text(log))
        reading = reading or Reading.given(timezone="UTC", year=year)
        with open_workspace(tmp_path, Limits(), Stop()) as work:
            _logs, found = load_logs(work, paths, reading)
            found = read_times(work, found)
            return [moment for (moment,) in work.run("select moment from timed order by row")], found

    return run


def written(moments, person=lambda place: 4):
    return [
        viewed(4, time=moment.strftime(WRITTEN), name=f"Person {person(place)}") for place, moment in enumerate(moments)
    ]


def text(moment):
    return moment.strftime(WRITTEN)


def name(row):
    return row["User full name"]


def every(days, since, until):
    """Moments from one to the other, so many days apart."""
    count = (until - since) // timedelta(days=days) + 1
    return [since + timedelta(days=days) * place for place in range(count)]


def spread(count, since=datetime(2022, 9, 20), days=300, seed=1):
    """Moments at random, in their order."""
    drawn = random.Random(seed)
    return sorted(since + timedelta(minutes=drawn.randrange(days * MINUTES)) for _ in range(count))


minutes = st.datetimes(datetime(2018, 1, 1), datetime(2022, 12, 31)).map(
    lambda one: one.replace(second=0, microsecond=0)
)


@st.composite
def short_logs(draw):
    """The moments of a log of under eleven months; no time within it is as long as the one around it."""
    since, most = draw(minutes), draw(st.integers(MINUTES, 333 * MINUTES))
    longest = min(most, 363 * MINUTES - most)
    moments = [since]
    for step in draw(st.lists(st.integers(0, longest), max_size=12)):
        if moments[-1] + timedelta(minutes=step) <= since + timedelta(minutes=most):
            moments.append(moments[-1] + timedelta(minutes=step))
    return moments


@st.composite
def short_logs_in_two_orders(draw):
    """The moments of a log of under eleven months in one order and in another."""
    since, after = draw(minutes), draw(st.lists(st.integers(0, 333 * MINUTES), min_size=2, max_size=9))
    moments = [since + timedelta(minutes=one) for one in after]
    return moments, draw(st.permutations(moments))


@st.composite
def in_files(draw, moments):
    """The moments in any order, dealt out to one, two or three files."""
    order = draw(st.permutations(moments))
    ends = [0, *sorted(draw(st.lists(st.integers(0, len(order)), max_size=2))), len(order)]
    return [order[since:until] for since, until in pairwise(ends) if since < until]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(short_logs().flatmap(lambda moments: in_files(moments)))
def test_a_log_of_under_eleven_months_has_its_times_in_any_order_and_number_of_files(years_of, files):
    moments = [moment for file in files for moment in file]
    assert years_of(*map(written, files), year=max(moments).year)[0] == moments


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(short_logs_in_two_orders())
def test_what_is_guessed_is_the_same_in_any_order(years_of, orders):
    first, second = (dict(zip(map(text, order), years_of(written(order))[0], strict=True)) for order in orders)
    assert first == second
    assert max(first.values()) - min(first.values()) < timedelta(days=335)
    assert max(first.values()).date() <= date.today()


ORDERS = {
    "oldest first": lambda moments: moments,
    "newest first": lambda moments: moments[::-1],
    "shuffled": lambda moments: random.Random(2).sample(moments, len(moments)),
    "the second half first": lambda moments: [*moments[400:], *moments[:400]],
    "by the day, as a spreadsheet sorts it": lambda moments: sorted(moments, key=lambda one: one.replace(year=2000)),
    "by the text": lambda moments: sorted(moments, key=text),
}


@pytest.mark.parametrize("order", ORDERS)
def test_the_order_of_a_long_file_changes_nothing_either(years_of, order):
    rows = ORDERS[order](spread(1000))
    found, reading = years_of(written(rows), year=2023)
    assert found == rows
    assert (reading.files[0].first_year, reading.files[0].year.value) == (2022, 2023)


@pytest.mark.parametrize("people", [2, 5, 113])
@pytest.mark.parametrize("days", [120, 300, 364])
def test_sorted_by_person_a_log_has_the_times_that_it_has_sorted_by_time(years_of, people, days):
    moments = spread(1500, since=datetime(2022, 1, 2), days=days)
    rows = sorted(
        zip(written(moments, lambda place: place % people), moments, strict=True), key=lambda row: name(row[0])
    )
    assert years_of([row for row, _moment in rows], year=2022)[0] == [moment for _row, moment in rows]


def test_equal_times_and_one_that_cannot_be_read_are_no_matter(years_of):
    moments = [datetime(2022, 12, 31, 23, 59), datetime(2023, 1, 1), datetime(2023, 1, 1)]
    rows = [*written(moments), viewed(4, time="31 Feb, 10:00")]
    assert years_of(rows, year=2023)[0] == [*moments, None]


def test_a_29_february_is_in_a_year_that_has_one(years_of):
    found, reading = years_of(written([datetime(2020, 2, 29, 10), datetime(2019, 11, 2, 9), datetime(2020, 3, 1, 8)]))
    assert (found[0].month, found[0].day) == (2, 29)
    assert found[1].year == found[0].year - 1
    assert reading.files[0].year.value == found[0].year


OVER_A_YEAR = {
    "fourteen months, a row a week": every(7, datetime(2021, 3, 5), datetime(2022, 5, 20)),
    "two years, a row a month": [datetime(2021 + month // 12, month % 12 + 1, 5) for month in range(24)],
    "two years and a half with empty summers": [
        moment for moment in every(0.5, datetime(2020, 3, 1), datetime(2022, 9, 30)) if moment.month not in (7, 8)
    ],
    "a year but for two weeks": every(3, datetime(2022, 1, 5), datetime(2022, 12, 20)),
}


@pytest.mark.parametrize("moments", OVER_A_YEAR.values(), ids=OVER_A_YEAR)
@pytest.mark.parametrize("way", [1, -1])
def test_the_order_tells_the_years_of_a_log_of_over_a_year(years_of, moments, way):
    assert years_of(written(moments[::way]), year=2022)[0] == moments[::way]


def test_a_log_of_over_a_year_whose_order_tells_nothing_is_made_a_year(years_of):
    moments = spread(500, days=700)
    found, _reading = years_of(written(random.Random(3).sample(moments, 500)), year=2023)
    assert max(found) - min(found) < timedelta(days=366)


TERMS = [
    every(2, datetime(2022, 9, 1), datetime(2022, 12, 28)),
    every(2, datetime(2023, 1, 9), datetime(2023, 6, 20)),
]  # fmt: skip


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_the_years_of_two_halves_of_a_course_fit_together(years_of, order):
    halves = [TERMS[place] for place in order]
    found, reading = years_of(*map(written, halves), year=2023)
    assert found == [*halves[0], *halves[1]]
    assert reading.years == (2022, 2023)
    assert {file.year.value for file in reading.files} == {2022, 2023}
    assert years_of(*map(written, halves), reading=reading)[0] == found


def test_files_that_are_told_different_years_have_them(years_of):
    files = [[datetime(2017, 3, 1), datetime(2017, 4, 1)], [datetime(2021, 3, 5), datetime(2021, 4, 5)]]
    told = [Reading.given(year=file[0].year).files[0] for file in files]
    reading = replace(Reading.given(timezone="UTC"), files=tuple(told))
    assert years_of(*map(written, files), reading=reading)[0] == [*files[0], *files[1]]


def test_files_that_leave_no_month_empty_together_are_read_each_by_itself(years_of):
    files = [
        every(1, datetime(2022, 1, 1), datetime(2022, 8, 31)),
        every(1, datetime(2022, 6, 1), datetime(2022, 12, 31)),
    ]
    assert years_of(*map(written, files), year=2022)[0] == [*files[0], *files[1]]


def test_a_file_with_years_beside_one_without_keeps_them(years_of):
    dated = [viewed(4, time="05/06/2019, 10:00"), viewed(4, time="17/06/2019, 10:00")]
    found, reading = years_of(dated, written([datetime(2022, 12, 31), datetime(2023, 1, 2)]), year=2023)
    assert [moment.year for moment in found] == [2019, 2019, 2022, 2023]
    assert reading.years == (2022, 2023)


LONG = written(every(1, datetime(2017, 3, 1), datetime(2021, 4, 1)))


def test_more_than_three_years_are_asked_about(years_of):
    with pytest.raises(
        Unclear, match=r"The dates have no year, and as the rows stand they are of 20.. to 20.."
    ) as raised:
        years_of(LONG)
    seen = raised.value.seen
    assert seen.year.value - seen.first_year == 4
    assert not seen.year.sure


def test_who_says_the_year_has_them_all(years_of):
    found, _reading = years_of(LONG, year=2021)
    assert (found[0], found[-1]) == (datetime(2017, 3, 1), datetime(2021, 4, 1))


def test_dates_with_years_are_never_asked_about(years_of):
    rows = [viewed(4, time=f"17/10/{year}, 12:39") for year in range(2005, 2022)]
    assert {moment.year for moment in years_of(rows)[0]} == {*range(2005, 2022)}
