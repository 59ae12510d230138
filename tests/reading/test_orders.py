"""Every order that the dates of a log can have is shown by its own times, and can be told, also of dates that a
spreadsheet stored."""

from datetime import datetime

import pytest
from conftest import viewed
from spreadsheets import (
    DAY_FIRST,
    MONTH_FIRST,
    NOVEMBER,
    SPREAD,
    TERM,
    WRITTEN,
    csv_of,
    iso,
    numbers_of,
    ods_of,
    opened,
    turned,
    xlsx_of,
)

STORED = {
    "a workbook": xlsx_of,
    "OpenDocument": ods_of,
    "ISO dates": csv_of,
    "the year first": lambda cells: csv_of(cells, "%Y/%m/%d %H:%M"),
    "numbers of Excel": numbers_of,
}
YEAR = SPREAD["a year"]


def swapped(moments):
    return [turned(moment) if moment.day <= 12 else moment for moment in moments]


def shown(reading):
    """The times of the first log in each order, by what is written."""
    return {
        order: {one.text: one.moment and one.moment.isoformat() for one in dated}
        for order, dated in reading.files[0].orders.items()
    }


@pytest.mark.parametrize("written", STORED)
@pytest.mark.parametrize("order", ["dmy", "mdy"])
def test_dates_that_a_spreadsheet_swapped_unseen_are_swapped_back_by_the_order_they_had(clock_of, written, order):
    log = STORED[written](YEAR)
    times, reading = clock_of(log)
    assert (times, reading.files[0].date_order.value) == (iso(YEAR), "ymd")
    times, reading = clock_of(log, date_order=order)
    assert times == iso(swapped(YEAR))
    assert reading.dates_turned == sum(moment.day <= 12 and moment.day != moment.month for moment in YEAR)


@pytest.mark.parametrize("written", [*STORED.values()], ids=[*STORED])
@pytest.mark.parametrize("moments", [NOVEMBER, NOVEMBER[:12]], ids=["texts beside", "alone"])
def test_dates_that_were_swapped_back_wrongly_stand_as_they_are_told(clock_of, written, moments):
    cells = opened(moments)
    times, _reading = clock_of(written(cells), date_order="ymd")
    stand = [cell if isinstance(cell, datetime) else datetime.strptime(cell, DAY_FIRST) for cell in cells]
    assert times == iso(stand)


@pytest.mark.parametrize("date", ["%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M", DAY_FIRST])
@pytest.mark.parametrize("moments", [NOVEMBER, YEAR], ids=["seen", "unseen"])
def test_of_texts_the_order_that_is_told_holds_and_what_cannot_be_of_it_is_of_the_other(clock_of, date, moments):
    log = csv_of(opened(moments), date)
    assert clock_of(log, date_order="dmy")[0] == iso(swapped(moments))
    times, reading = clock_of(log, date_order="mdy")
    assert times == iso(moments)
    assert reading.dates_turned


LOGS = {
    **{f"swapped in {name}": written(opened(NOVEMBER)) for name, written in WRITTEN.items()},
    "a term swapped in a workbook": xlsx_of(opened(TERM)),
    "as it is in ISO dates": csv_of(YEAR),
    "as it is in numbers": numbers_of(YEAR),
    "alone": xlsx_of(opened(NOVEMBER[:12])),
    "the month first": csv_of(opened(TERM, MONTH_FIRST)),
    "text": csv_of(TERM, DAY_FIRST),
    "two logs": csv_of([f"{day:%d/%m/%y, %H:%M}" for day in TERM[:30]] + [*TERM[30:]]),
}


@pytest.mark.parametrize("log", LOGS.values(), ids=LOGS)
def test_the_order_that_was_understood_gives_the_same_when_it_is_told_and_each_what_is_shown(clock_of, log):
    times, reading = clock_of(log)
    file, orders = reading.files[0], shown(reading)
    assert len({str(one) for one in orders.values()}) > 1
    for order, dated in orders.items():
        again, told = clock_of(log, date_order=order)
        assert {*dated.values()} - {None} <= {*again}, order
        if order == file.date_order.value:
            assert (again, told.dates_turned, told.files[0].orders) == (times, reading.dates_turned, file.orders)


def test_a_day_that_may_be_a_year_beside_a_month_in_words_is_shown_as_both(clock_of):
    times, reading = clock_of([viewed(4, time="10 Nov 12, 08:00")])
    assert times[0] == "2012-11-10T08:00:00"
    assert shown(reading) == {
        "dmy": {"10 Nov 12, 08:00": "2012-11-10T08:00:00"},
        "ymd": {"10 Nov 12, 08:00": "2010-11-12T08:00:00"},
    }
    assert clock_of([viewed(4, time="10 Nov 12, 08:00")], date_order="ymd")[0] == ["2010-11-12T08:00:00"]


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("10 de novembro de 12, 08:00", "2010-11-12T08:00:00"),  # in words of another language
        ("10-nov.-12 08:00:30", "2010-11-12T08:00:30"),
        ("03/04/21 às 12:39", "2021-03-04T12:39:00"),
        ("٠٣/٠٤/٢١, ١٢:٣٩", "2021-03-04T12:39:00"),  # in digits of another script
        ("3/4/21 klo 12.39", "2021-03-04T12:39:00"),
        ("03.04.2021 12:39", "2021-03-04T12:39:00"),
        ("98 Nov 10, 08:00", None),
    ],
)
def test_it_is_shown_whatever_the_words_and_digits(clock_of, written, other):
    times, reading = clock_of([viewed(4, time=written)])
    found = {dated[written] for dated in shown(reading).values()}
    assert {times[0], other} <= found


@pytest.mark.parametrize("written", ["10 Nov 2012, 08:00", "Nov 10, 2012, 08:00", "1634465940", "2012-11-13 08:00"])
def test_where_there_is_but_one_order_none_is_shown(clock_of, written):
    assert shown(clock_of([viewed(4, time=written)])[1]) == {}


def test_a_date_that_stands_in_a_column_apart_is_shown_whole(clock_of):
    row = {**viewed(4, time="12:39"), "Date": "03/04/21"}
    text = ",".join(row) + "\n" + ",".join(f'"{cell}"' for cell in row.values())
    orders = shown(clock_of(text)[1])
    assert {*orders["mdy"].values()} == {"2021-03-04T12:39:00"}


def test_a_text_that_cannot_be_of_an_order_is_shown_as_that(clock_of):
    late = clock_of([viewed(4, time="28/11/19, 10:00")])[1].files[0].orders
    assert (late["dmy"][0].fits, late["mdy"][0].fits) == (True, False)
    assert late["mdy"][0].moment == datetime(2019, 11, 28, 10)
    yearless = clock_of([viewed(4, time="28/11, 10:00")])[1].files[0].orders
    assert (yearless["mdy"][0].moment, yearless["mdy"][0].fits) == (None, False)


def test_that_stored_dates_stand_says_nothing_of_the_texts_of_another_log(enrich):
    stored, texts = xlsx_of(opened(NOVEMBER[:12])), csv_of(TERM, DAY_FIRST)
    times = [row["time"][:19] for row in enrich(stored, texts, date_order="ymd").events]
    assert times == sorted(iso(map(turned, NOVEMBER[:12])) + iso(TERM))
