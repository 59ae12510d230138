"""Dates of which a spreadsheet has turned day and month where it could, and logs that only look so."""

from datetime import datetime

import pytest
from spreadsheets import (
    DAY_FIRST,
    MONTH_FIRST,
    NOVEMBER,
    SPREAD,
    TERM,
    WRITTEN,
    csv_of,
    iso,
    ods_of,
    opened,
    turned,
    xlsx_of,
)

from moodlelogsmart import Reading


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("moments", [NOVEMBER, NOVEMBER[::-1], TERM], ids=["a month", "newest first", "a term"])
def test_it_turns_them_back_in(clock_of, written, moments):
    times, reading = clock_of(WRITTEN[written](opened(moments)))
    assert times == iso(moments)
    assert reading.dates_turned == sum(moment.day <= 12 and moment.day != moment.month for moment in moments)
    assert not reading.day_or_month_first


def test_it_turns_back_a_log_with_the_month_first_that_was_opened_where_the_day_stands_first(clock_of):
    times, reading = clock_of(xlsx_of(opened(TERM, MONTH_FIRST)))
    assert (times, reading.dates_turned > 0) == (iso(TERM), True)


def test_the_results_are_of_the_month_in_which_it_happened(enrich):
    result = enrich(xlsx_of(opened(NOVEMBER)))
    assert [row["time"][:19] for row in result.events] == iso(NOVEMBER)


def test_seconds_and_midnight_are_kept(clock_of):
    moments = [datetime(2016, 11, 2), *[moment.replace(second=7) for moment in NOVEMBER[3:]]]
    assert clock_of(xlsx_of(opened(moments, "%d/%m/%Y %H:%M:%S")))[0] == iso(moments)


@pytest.mark.parametrize("moments", [NOVEMBER[:12], NOVEMBER[11::-1]], ids=["oldest first", "newest first"])
def test_where_no_date_is_past_the_twelfth_it_is_done_and_not_sure(clock_of, moments):
    times, reading = clock_of(xlsx_of(opened(moments)))
    assert times == iso(moments)
    assert (reading.dates_turned, reading.day_or_month_first) == (11, True)


def test_dates_that_the_american_excel_wrote_as_they_were_stay(clock_of):
    times, reading = clock_of(csv_of(opened(NOVEMBER), "%m/%d/%Y %H:%M"))
    assert (times, reading.dates_turned) == (iso(NOVEMBER), 0)


def test_a_person_who_tells_the_order_is_believed(clock_of, tmp_path):
    log = xlsx_of(opened(NOVEMBER[:12]))
    times, reading = clock_of(log, date_order="ymd")
    assert (times, reading.dates_turned) == (iso(map(turned, NOVEMBER[:12])), 0)


def test_a_reading_that_is_handed_in_turns_them_back_again(clock_of, enrich):
    log = xlsx_of(opened(NOVEMBER))
    events = enrich(log, reading=clock_of(log)[1]).events
    assert [row["time"][:19] for row in events] == iso(NOVEMBER)
    assert enrich(log, reading=Reading.given(date_order="dmy")).events == events


@pytest.mark.parametrize("moments", SPREAD.values(), ids=SPREAD)
@pytest.mark.parametrize("written", [xlsx_of, ods_of, csv_of, lambda cells: csv_of(cells, DAY_FIRST)])
def test_a_log_that_is_spread_is_left_as_it_is(clock_of, moments, written):
    times, reading = clock_of(written(moments))
    assert (times, reading.dates_turned) == (iso(moments), 0)


def test_two_logs_in_one_file_are_read_each_in_its_way(clock_of):
    texts = [f"{day:%d/%m/%y, %H:%M}" for day in TERM[:30]] + [f"{day:%Y-%m-%d %H:%M}" for day in TERM[30:]]
    times, reading = clock_of(csv_of(texts))
    assert (times, reading.dates_turned) == (iso(TERM), 0)
