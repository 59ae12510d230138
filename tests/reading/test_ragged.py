"""Rows with too few or too many cells: understood where there is one way to, else kept apart with their line."""

import re
from itertools import cycle

import pytest
from conftest import HEADER, log_text, viewed
from dumps import saved, table
from hypothesis import given
from hypothesis import strategies as st

from moodlelogsmart.reading.dump import TABLE
from moodlelogsmart.reading.layout import PHP, _rows

USUAL = [viewed(user, cm=cm, name=f"Person {user}") for cm in range(10) for user in (4, 5)]


def mended(enrich, line, at=3):
    """The log with `line` put in; the result, and the events that the line became."""
    lines = log_text(USUAL).splitlines()
    lines.insert(at, line)
    result = enrich("\n".join(lines) + "\n")
    return result, [row for row in result.events if "7777" in row["description"]]


SAYS = "The user with id '4' viewed the 'page' activity with course module id '7777'."


def test_a_text_without_quotes_is_put_together_again(enrich):
    line = f'"17/10/21, 12:39",Person 4,-,Page: Reading, writing, and more,System,Something,{SAYS},web,10.0.0.1'
    result, (event,) = mended(enrich, line)
    assert event["event_context"] == "Page: Reading, writing, and more"
    assert (event["component"], event["origin"], event["ip_address"]) == ("System", "web", "10.0.0.1")
    assert result.summary.dropped == {}


def test_cells_missing_at_the_end_are_empty(enrich):
    _, (event,) = mended(enrich, f'"17/10/21, 12:39",Person 4,-,Page: x,System,Something,{SAYS}')
    assert (event["origin"], event["ip_address"]) == ("", "")


def test_empty_cells_too_many_at_the_end_are_left_away(enrich):
    _, (event,) = mended(enrich, f'"17/10/21, 12:39",Person 4,-,Page: x,System,Something,{SAYS},web,10.0.0.1,,,')
    assert (event["event_context"], event["ip_address"]) == ("Page: x", "10.0.0.1")


@pytest.mark.parametrize(
    "line",
    [
        "17/10/21 12:39,only,three",
        f'"17/10/21, 12:39",Nobody, ever,seen,any,of,this,before,{SAYS},x,y,z',
        "no time,Person 4,-,Page: x,System,Something,nothing,web",
    ],
)
def test_what_cannot_be_understood_is_kept_apart_whole(enrich, line):
    result, events = mended(enrich, line)
    assert events == []
    assert [(row["line"], row["text"]) for row in result.dropped if row["reason"] == "unreadable"] == [("4", line)]
    assert result.summary.rows_read == len(USUAL) + 1


def test_a_quote_that_is_never_closed_costs_one_row_at_most(enrich):
    lines = log_text(USUAL).splitlines()
    lines[3] = lines[3].replace("Person", '"Person', 1)
    summary = enrich("\n".join(lines) + "\n").summary
    assert summary.rows_read == len(USUAL)
    assert summary.events_kept >= len(USUAL) - 1


def by_php(row):
    """A row as PHP's own writer of CSV writes it: a quote right behind a backslash is not doubled."""
    return ",".join('"' + re.sub(r'(?<!\\)"', '""', cell) + '"' for cell in row)


SAID = ['{"name":"Say \\"hi\\", twice","n":1}', '{"path":"C:\\\\","n":1}', '{"a":"\\"","b":"\\"\\""}', "plain", '\\"a']


@pytest.mark.parametrize("header", [TABLE, None])
@pytest.mark.parametrize(("before", "everywhere"), [(0, False), (3000, False), (3000, True)])
def test_it_reads_quotes_behind_backslashes_as_php_leaves_them(read, header, before, everywhere):
    rows = [[cell or "" for cell in row] for row in table()]
    other = TABLE.index("other")
    for row in rows:
        row[other] = "{}"
    rows = [list(rows[0]) for _ in range(before)] + rows
    expected, _ = read(saved(rows, header))
    for row, said in zip(rows if everywhere else rows[before:], cycle(SAID) if everywhere else SAID, strict=False):
        row[other] = said
    lines = map(by_php, [header, *rows] if header else rows)
    found, reading = read("\n".join(lines) + "\n")
    # What was mended stands behind the others.
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert reading.rows == len(rows)


@given(st.lists(st.text('\\",;:{}\nab', max_size=12), min_size=4, max_size=12))
def test_what_php_writes_comes_back_whole(texts):
    # A backslash at the end of a cell is lost: PHP itself cannot read it.
    rows = [[f"17/10/21, 12:{at}", text + ".", "{" + text + "}", "web"] for at, text in enumerate(texts, start=10)]
    text = "".join(by_php(row) + "\n" for row in rows)
    assert [row for _, row in _rows(text, ",", PHP, 100)] == rows


def test_a_first_column_with_commas_is_not_a_row_in_quotes(read):
    for label in ("Course", "Remark", ""):
        rows = [viewed(user) | {label: "Reading, Writing, Listening, Speaking"} for user in (4, 5, 6)]
        text = log_text(rows, header=[label, *HEADER])
        for log in (text, text.replace(f"{label},Time", f'"{label}, of, four, words",Time')):
            rows, reading = read(log)
            assert (len(rows), reading.rows) == (3, 3)
