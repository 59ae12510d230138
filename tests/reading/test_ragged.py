"""Rows with too few or too many cells: understood where there is one way to, else kept apart with their line."""

import pytest
from conftest import log_text, viewed

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
