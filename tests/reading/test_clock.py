from datetime import datetime, timedelta

import pytest
from conftest import log_text, viewed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moodlelogsmart.messages import LogError


def times(result):
    return [row["time"] for row in result.events]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("17/10/21, 12:39", "2021-10-17T12:39:00+00:00"),
        ("17/10/2021, 12:39:05", "2021-10-17T12:39:05+00:00"),
        ("17/10/21 12:39", "2021-10-17T12:39:00+00:00"),
        ("17/10/2021", "2021-10-17T00:00:00+00:00"),
        ("10/17/21, 12:39", "2021-10-17T12:39:00+00:00"),
        ("17.10.2021 12:39", "2021-10-17T12:39:00+00:00"),
        ("2021-10-17 12:39:05", "2021-10-17T12:39:05+00:00"),
        ("2021-10-17T12:39:05", "2021-10-17T12:39:05+00:00"),
        ("17 October 2021, 12:39 PM", "2021-10-17T12:39:00+00:00"),
        ("17 Oct 2021, 00:39", "2021-10-17T00:39:00+00:00"),
        ("17/10/21, 03:39:10 PM", "2021-10-17T15:39:10+00:00"),
        ("17/10/21، 12:39:05", "2021-10-17T12:39:05+00:00"),
        ("17. Oktober 2021, 12:39:05", "2021-10-17T12:39:05+00:00"),
        ("17 mars 21, 12:39", "2021-03-17T12:39:00+00:00"),
        ("17 févr. 21, 12:39", "2021-02-17T12:39:00+00:00"),
        ("17 de outubro de 2021 às 12:39", "2021-10-17T12:39:00+00:00"),
        ("17/10/21 às 12:39", "2021-10-17T12:39:00+00:00"),
        ("17 окт. 2021, 12:39", "2021-10-17T12:39:00+00:00"),
        ("17 Ekim 2021, 12:39", "2021-10-17T12:39:00+00:00"),
        ("2021年10月17日 12:39", "2021-10-17T12:39:00+00:00"),
        ("21年 10月 17日 12:39", "2021-10-17T12:39:00+00:00"),
        ("Sunday, 17 October 2021, 12:39 PM", "2021-10-17T12:39:00+00:00"),
        ("2021/10/17  12:39", "2021-10-17T12:39:00+00:00"),
        ("2017 July 10 12:35", "2017-07-10T12:35:00+00:00"),
        ("2017.07.10 12:35", "2017-07-10T12:35:00+00:00"),
    ],
)
def test_it_reads(enrich, written, meant):
    assert times(enrich([viewed(4, time=written)])) == [meant]


@pytest.mark.parametrize(
    "written",
    ["20.11. 08:00", "20.11. um 08:00", "20.11., 8.00 Uhr", "20.11 08:00", "08:00 20.11.", "20/11 08:00", "20 Nov, 08:00", "20. November, 08:00"],
)  # fmt: skip
def test_it_reads_a_day_without_a_year(clock_of, written):
    assert clock_of([viewed(4, time=written)], year=2021)[0] == ["2021-11-20T08:00:00"]


@pytest.mark.parametrize(("language", "month"), [("hr", 10), ("cs", 11), ("pl", 11)])
def test_the_language_that_is_told_says_which_month_a_word_is(clock_of, language, month):
    # As Czech has it, in which it is November.
    assert clock_of([viewed(4, time="12 listopadu 2021, 08:00")], language=language)[0] == [f"2021-{month}-12T08:00:00"]


@pytest.mark.parametrize(
    ("written", "order", "meant"),
    [
        ("10.11.12 08:00", "mdy", "2012-10-11T08:00:00"),
        ("10.11.12 08:00", "ymd", "2010-11-12T08:00:00"),
        ("10-11-2012 08:00", "mdy", "2012-10-11T08:00:00"),
        ("10.11. 08:00", "mdy", "2021-10-11T08:00:00"),
        ("10/11/12 08:00", "ymd", "2010-11-12T08:00:00"),
        ("10 Nov 12 08:00", "ymd", "2010-11-12T08:00:00"),
        ("10 Nov 12 08:00", "mdy", "2012-11-10T08:00:00"),
        ("10 Nov 2012 08:00", "ymd", "2012-11-10T08:00:00"),
    ],
)
def test_it_reads_the_order_that_is_told(clock_of, written, order, meant):
    assert clock_of([viewed(4, time=written)], year=2021, date_order=order)[0] == [meant]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.datetimes(datetime(1999, 1, 1), datetime(2037, 12, 31)), min_size=1, max_size=12),
    st.sampled_from(["%d/%m/%Y, %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%d %B %Y, %I:%M:%S %p"]),
)
def test_every_time_is_the_inputs(enrich, moments, layout):
    moments = sorted(moment.replace(microsecond=0) for moment in moments)
    # A date past the twelfth tells day from month.
    moments.append(datetime(2038, 1, 13))
    result = enrich([viewed(4, time=moment.strftime(layout)) for moment in moments])
    assert times(result) == [moment.isoformat() + "+00:00" for moment in moments]


@pytest.mark.parametrize("layout", ["%d/%m/%y, %H:%M", "%m/%d/%y, %H:%M"])
@pytest.mark.parametrize("newest_first", [False, True])
def test_the_order_of_day_and_month_is_decided_on_the_whole_column(enrich, layout, newest_first):
    # From the 1st to the 12th of each month alone: only the steady run of the rows tells which is the month.
    days = [datetime(2021, month, day, 9, 30) for month in (3, 4, 5) for day in range(1, 13)]
    rows = [viewed(4, time=day.strftime(layout)) for day in days]
    result = enrich(rows[::-1] if newest_first else rows)
    assert times(result) == [day.isoformat() + "+00:00" for day in days]


def test_dates_that_do_not_exist_are_dropped_with_the_reason(enrich):
    # As in a published log, whose editor moved the dates of 28 February 2017 by a year and a day.
    days = [f"{day}/{month:02d}/18" for month in (1, 2, 3) for day in range(1, 29)]
    rows = [viewed(4, time=f"{day}, 10:00") for day in [*days, "29/02/18", "29/02/18"]]
    result = enrich(rows)
    assert [(row["time"], row["reason"]) for row in result.dropped] == [("29/02/18, 10:00", "no_time")] * 2
    assert result.summary.dropped == {"no_time": 2}
    assert "Rows whose time does not exist or cannot be read: 2;" in result.warned["times_unreadable"]


def test_rows_with_more_or_less_precise_times_than_most_are_read_as_well(enrich):
    usual = [viewed(4, time=f"{day}/10/21, 09:00") for day in range(10, 28)]
    odd = ["28/10/21, 09:00:07", "29/10/2021, 09:00", "30/10/21, 03:00 PM", "31/10/2021, 03:00:07 PM"]
    result = enrich([*usual, *[viewed(4, time=time) for time in odd]])
    assert result.summary.dropped == {}
    assert times(result)[-4:] == [
        "2021-10-28T09:00:07+00:00",
        "2021-10-29T09:00:00+00:00",
        "2021-10-30T15:00:00+00:00",
        "2021-10-31T15:00:07+00:00",
    ]


def test_a_log_without_readable_times_is_refused(enrich):
    with pytest.raises(LogError, match="unknown form: 3 of 5"):
        enrich([viewed(4, time=text) for text in ("x", "y", "z", "17/10/21, 12:39", "17/10/21, 12:40")])


@pytest.mark.parametrize("year", ["1969", "1970", "9999"])
def test_years_that_cannot_be_are_no_times(enrich, year):
    rows = [viewed(4, time=f"17/10/{year}, 12:39"), *[viewed(4, time=f"{day}/10/2021, 12:39") for day in range(1, 20)]]
    assert enrich(rows).summary.dropped == {"no_time": 1}


def test_the_zone_is_the_chosen_one_in_every_time(enrich):
    rows = [viewed(4, time="17/01/21, 12:00"), viewed(4, time="17/07/21, 12:00")]
    assert times(enrich(rows, timezone="Europe/Berlin")) == ["2021-01-17T12:00:00+01:00", "2021-07-17T12:00:00+02:00"]
    assert times(enrich(rows, timezone="Asia/Kolkata"))[0] == "2021-01-17T12:00:00+05:30"
    assert times(enrich(rows, timezone="America/St_Johns"))[0] == "2021-01-17T12:00:00-03:30"


def test_the_hour_that_a_clock_change_skips_moves_forward_by_it(enrich):
    rows = [viewed(4, time="28/03/21, 02:30"), viewed(4, time="28/03/21, 03:10")]
    assert times(enrich(rows, timezone="Europe/Berlin")) == ["2021-03-28T03:10:00+02:00", "2021-03-28T03:30:00+02:00"]


def test_of_an_hour_that_comes_twice_the_first_is_meant(enrich):
    rows = [viewed(4, time="31/10/21, 02:30"), viewed(4, time="31/10/21, 03:10")]
    assert times(enrich(rows, timezone="Europe/Berlin")) == ["2021-10-31T02:30:00+02:00", "2021-10-31T03:10:00+01:00"]


def test_rows_of_one_minute_stand_in_the_order_in_which_moodle_logged_them(enrich):
    minutes = [datetime(2021, 10, 17, 9, 0) + timedelta(minutes=i // 3) for i in range(9)]
    rows = [viewed(4, cm=cm, time=minute.strftime("%d/%m/%y, %H:%M")) for cm, minute in enumerate(minutes)]
    logged = [f"course module id '{cm}'." for cm in range(9)]
    for log in (rows, rows[::-1]):
        assert [row["description"][-len(end) :] for row, end in zip(enrich(log).events, logged, strict=True)] == logged


def test_the_result_says_how_the_times_were_read(enrich):
    detected = enrich(log_text([viewed(4)])).summary.detected
    assert (detected["time_format"], detected["language"]) == (["%d/%m/%y %H:%M"], "en")
