"""Times that cannot be read are told with the lines in which they stand."""

import pytest
from conftest import log_text, viewed
from spreadsheets import xlsx_of

from moodlelogsmart.reading.model import OddTime

WELL = [f"{day:02}/{month}/21, 09:00" for month in ("04", "05", "06") for day in range(1, 31)]
TIMES = [*WELL[:1], "31/02/21, 10:00", *WELL[1:2], "31/02/21, 10:00", "tomorrow", "n", *WELL[2:]]
LOG = [viewed(4, time=time) for time in TIMES]
REST = LOG[6:]


def odd(reading):
    return [(file.times_unread, list(file.odd_times)) for file in reading.files]


def test_each_stands_once_with_the_line_where_it_is_first(clock_of):
    told = [OddTime("31/02/21, 10:00", 3), OddTime("tomorrow", 6), OddTime("n", 0)]
    assert odd(clock_of(LOG)[1]) == [(4, told)]


def test_a_line_within_a_cell_counts(clock_of):
    rows = [LOG[0] | {"Event context": "Page: One\nand two"}, LOG[1], *REST]
    assert odd(clock_of(rows)[1]) == [(1, [OddTime("31/02/21, 10:00", 4)])]


def test_a_text_that_holds_it_is_none(clock_of):
    rows = [LOG[0] | {"Event context": "Page: tomorrow morning"}, LOG[4], *REST]
    assert odd(clock_of(rows)[1]) == [(1, [OddTime("tomorrow", 3)])]


@pytest.mark.parametrize("name", ["log.xlsx", "log.csv"])
def test_where_the_lines_are_other_ones_none_is_told(clock_of, name):
    cells = ["31/02/21, 10:00", *WELL]
    log = (
        xlsx_of(cells)
        if name.endswith("xlsx")
        else log_text([viewed(4, time=one) for one in cells]).replace("\n", "\r")
    )
    assert odd(clock_of(log, name=name)[1]) == [(1, [OddTime("31/02/21, 10:00", 0)])]


def test_where_all_can_be_read_nothing_is_told(clock_of):
    assert odd(clock_of(REST)[1]) == [(0, [])]


def test_the_check_page_says_it_and_with_pseudonyms_only_where(client, done):
    text = log_text([viewed(4, time="Ana Souza"), *REST])
    page = client.get(f"/check/{done(text)}").text
    assert "1 of 89 lines has a date that cannot be read: “Ana Souza” in line 2" in " ".join(page.split())
    page = client.get(f"/check/{done(text, pseudonyms='site')}").text
    assert "1 of 89 lines has a date that cannot be read: line 2" in " ".join(page.split())
    assert "Ana Souza" not in page
