"""Months in words: never the day, in every language of the facts about Moodle, and whatever stands around them."""

import csv
from datetime import datetime
from pathlib import Path

import pytest
from babel import Locale
from babel.dates import format_date
from conftest import viewed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moodlelogsmart.reading.columns import read_labels

FACTS = Path(__file__).parents[2] / "facts" / "event-names.csv"


def languages():
    with FACTS.open(encoding="utf-8", newline="") as file:
        named = {row["lang"] for row in csv.DictReader(file)}
    return sorted(named | {row["language"] for row in read_labels()})


LANGUAGES = languages()
LAYOUTS = {
    "long": lambda moment, locale: f"{format_date(moment, 'long', locale)}, {moment:%H:%M:%S}",
    "medium": lambda moment, locale: f"{format_date(moment, 'd MMM y', locale)} {moment:%H:%M:%S}",
    "month first": lambda moment, locale: f"{format_date(moment, 'MMMM d, y', locale)}, {moment:%I:%M:%S %p}",
    "year first": lambda moment, locale: f"{format_date(moment, 'y MMM d', locale)}, {moment:%H:%M:%S}",
    "by itself": lambda moment, locale: f"{format_date(moment, 'd LLLL y', locale)}, {moment:%H:%M:%S}",
    "with a weekday": lambda moment, locale: f"{format_date(moment, 'EEE d MMM y', locale)}, {moment:%H:%M:%S}",
    "with dashes": lambda moment, locale: f"{format_date(moment, 'd-MMM-yyyy', locale)} {moment:%H:%M:%S}",
}
# Each month, on days that could as well be months.
MONTHS = [datetime(2023, month, day, 14, 24, 3) for month in range(1, 13) for day in (1, 5, 12)]


def rows(*times):
    return [viewed(4, time=time) for time in times]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_month_is_read_in(clock_of, language, layout):
    locale = Locale.parse(language, sep="_")
    times, reading = clock_of(rows(*(LAYOUTS[layout](moment, locale) for moment in MONTHS)))
    assert times == [moment.isoformat() for moment in MONTHS]
    assert (reading.files[0].date_order.sure, reading.files[0].time_format.sure) == (True, True)


@pytest.mark.parametrize("language", ["ar", "ur", "fa", "hi", "bn"])
def test_it_reads_the_digits_of(clock_of, language):
    digits = {"ar": "٠١٢٣٤٥٦٧٨٩", "hi": "०१२३४५६७८९", "bn": "০১২৩৪৫৬৭৮৯"}.get(language, "۰۱۲۳۴۵۶۷۸۹")
    month = Locale.parse(language).months["format"]["wide"][3]
    written = f"5 {month}، 2023 14:24".translate(str.maketrans("0123456789", digits))
    assert clock_of(rows(written))[0] == ["2023-03-05T14:24:00"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("May 3, 2023, 3:05 PM", "2023-05-03T15:05:00"),
        ("3 May 2023, 3:05 PM", "2023-05-03T15:05:00"),
        ("3rd of May 2023, 3:05 p.m.", "2023-05-03T15:05:00"),
        ("03-May-23 15:05", "2023-05-03T15:05:00"),
        ("03/May/2023:15:05:07".replace(":", " ", 1), "2023-05-03T15:05:07"),
        ("2023-May-03 15:05", "2023-05-03T15:05:00"),
        ("15:05, 3 May 2023", "2023-05-03T15:05:00"),
        ("Wed May 03 2023 15:05", "2023-05-03T15:05:00"),
        ("5. März 2023, 14:24:03", "2023-03-05T14:24:03"),
        ("5.Mär.2023 14:24 Uhr", "2023-03-05T14:24:00"),
        ("5 DE MARÇO DE 2023 14:24", "2023-03-05T14:24:00"),
        ("1er mars 2023 à 14h24", "2023-03-01T14:24:00"),
        ("dim. 5 mars 2023, 14:24", "2023-03-05T14:24:00"),
        ("mar 7 mar 2023, 14:24", "2023-03-07T14:24:00"),
        ("mar. 5 sept. 2023, 14:24", "2023-09-05T14:24:00"),
        ("5 d’abril del 2023 a les 14:24", "2023-04-05T14:24:00"),
        ("5 d'agost de 2023, 14:24 h", "2023-08-05T14:24:00"),
        ("5 de sep de 2023, 14:24", "2023-09-05T14:24:00"),
        ("5 марта 2023 г., 14:24", "2023-03-05T14:24:00"),
        ("5 сен 2023, 14:24", "2023-09-05T14:24:00"),
        ("2023(e)ko martxoaren 5(a), 14:24", "2023-03-05T14:24:00"),
        ("5 KASIM 2023 14:24", "2023-11-05T14:24:00"),
        ("5 تشرين الأول 2023، 02:24 م", "2023-10-05T14:24:00"),
        ("٥ كانون الأول ٢٠٢٣ في ١٤:٢٤", "2023-12-05T14:24:00"),
        ("5 غشت 2023، 14:24", "2023-08-05T14:24:00"),
        ("2023年3月5日14:24", "2023-03-05T14:24:00"),
        ("2023年03月05日（日）午後2:24", "2023-03-05T14:24:00"),
        ("2023年3月5日 下午2时24分03秒", "2023-03-05T14:24:03"),
        ("2023년 3월 5일 오후 2:24", "2023-03-05T14:24:00"),
        ("23年11月1日 14:24", "2023-11-01T14:24:00"),
        ("05 tháng 03, 2023 14:24", "2023-03-05T14:24:00"),
    ],
)
def test_a_month_that_is_a_word_is_never_the_day(clock_of, written, meant):
    times, reading = clock_of(rows(written))
    assert times == [meant]
    assert not reading.day_or_month_first


@pytest.mark.parametrize("written", ["3月5日 14:24", "5 mars, 14:24", "mars 5, 14:24"])
def test_nor_where_the_year_is_missing(clock_of, written):
    assert clock_of(rows(written), year=2023)[0] == ["2023-03-05T14:24:00"]


@pytest.mark.parametrize("order", ["dmy", "mdy", "ymd"])
def test_the_order_that_a_person_tells_does_not_make_it_the_day(clock_of, order):
    assert clock_of(rows("May 3, 2023, 15:05"), date_order=order)[0] == ["2023-05-03T15:05:00"]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.datetimes(datetime(1999, 1, 1), datetime(2037, 12, 31)), min_size=1, max_size=8),
    st.sampled_from(LANGUAGES),
    st.sampled_from(list(LAYOUTS)),
)
def test_every_moment_comes_back(clock_of, moments, language, layout):
    moments = sorted(moment.replace(microsecond=0) for moment in moments)
    locale = Locale.parse(language, sep="_")
    times, _reading = clock_of(rows(*(LAYOUTS[layout](moment, locale) for moment in moments)))
    assert times == [moment.isoformat() for moment in moments]


def test_a_name_that_is_another_month_elsewhere_is_not_sure(clock_of):
    # In Polish July, in Croatian June.
    assert not clock_of(rows("5 lip 2023, 14:24"))[1].files[0].time_format.sure
    names = Locale.parse("pl").months["format"]["abbreviated"]
    year = [f"5 {names[month]} 2023, 14:24" for month in range(1, 13)]
    assert clock_of(rows(*year))[1].files[0].time_format.sure
