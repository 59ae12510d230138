"""One row a session, and one row a learner."""

import csv
import io

from acting import answered, asked, graded, handed_in, opened, tried
from conftest import TABLES

ROWS = [
    opened(4, "17/10/21, 10:00"),
    opened(4, "17/10/21, 10:10", "Notes", 63),
    opened(4, "17/10/21, 10:20"),
    opened(4, "19/10/21, 10:00"),
    opened(5, "18/10/21, 10:00"),
    handed_in(5, "18/10/21, 10:05"),
    tried(5, 31, "started", "24/10/21, 10:00"),
    asked(5, 11, "24/10/21, 10:10"),
    graded(9, 5, "25/10/21, 10:00"),
]


def test_the_last_event_of_a_session_lasts_the_median_of_its_activity_type(enrich):
    first = enrich(ROWS).rows("sessions.csv")[0]
    # From 10:00 to 10:20, and the median of 10, 10 and 5 minutes.
    assert first == {
        "session_id": "4-1",
        "person": "4",
        "user_full_name": "",
        "first_time": "2021-10-17T10:00:00+00:00",
        "last_time": "2021-10-17T10:20:00+00:00",
        "minutes": "30.0",
        "minutes_low": "20.0",
        "minutes_high": "50.0",
        "events": "3",
        "elements": "2",
    }


def test_the_pause_that_ends_a_session_is_the_most_that_its_last_event_can_last(enrich):
    first = enrich(ROWS, session_gap=15).rows("sessions.csv")[0]
    assert first["minutes_high"] == "35.0"


def test_a_learner_is_the_sum_of_the_sessions(enrich):
    result = enrich(ROWS)
    for one in result.rows("learners.csv"):
        own = [row for row in result.rows("sessions.csv") if row["person"] == one["person"]]
        assert int(one["sessions"]) == len(own)
        for name in ("minutes", "minutes_low", "minutes_high"):
            assert float(one[name]) == round(sum(float(row[name]) for row in own), 1)


def test_a_learner_tells_what_was_done_and_how_long_ago(enrich):
    told = {row["person"]: row for row in enrich(ROWS).rows("learners.csv")}
    assert told.keys() == {"4", "5"}
    names = ["events", "active_days", "days_absent", "elements", "submissions", "attempts", "posts", "reached"]
    assert [told["4"][name] for name in names] == ["4", "2", "5", "2", "0", "0", "0", "false"]
    assert [told["5"][name] for name in names] == ["4", "2", "0", "4", "1", "1", "1", "true"]


def test_who_is_on_the_list_and_never_came_stands_last(enrich, tmp_path):
    roster = tmp_path / "participants.csv"
    roster.write_text("First name,Last name,ID,Roles\nAna,Souza,4,Student\nBeto,Reis,77,Student\n")
    last = enrich(ROWS, roster=roster).rows("learners.csv")[-1]
    assert [last[name] for name in ("person", "user_full_name", "events", "first_time")] == ["77", "Beto Reis", "0", ""]


def test_with_pseudonyms_nobody_who_never_came_is_named(enrich, tmp_path):
    roster = tmp_path / "participants.csv"
    roster.write_text("First name,Last name,ID,Roles\nAna,Souza,4,Student\nBeto,Reis,77,Student\n")
    result = enrich(ROWS, roster=roster, pseudonym_key="ab" * 32)
    assert len(result.rows("learners.csv")) == 2


def test_what_a_spreadsheet_would_run_is_made_harmless(enrich):
    rows = [row | {"Description": "", "User full name": "=cmd()"} for row in ROWS[:1]]
    result = enrich(rows)
    assert result.rows("learners.csv")[0]["user_full_name"] == "'=cmd()"
    assert result.events[0]["user_full_name"] == "=cmd()"


def test_whoever_else_is_kept_the_tables_are_the_same(enrich):
    rows = [*ROWS, answered(9, 11, "26/10/21, 10:00")]
    alone, beside = enrich(rows), enrich(rows, keep=["staff"])
    for name in TABLES:
        assert alone.rows(f"{name}.csv") == beside.rows(f"{name}.csv")


def test_the_tables_open_in_a_reader_that_is_not_ours(enrich):
    folder = enrich(ROWS).folder
    for path in folder.glob("*.csv"):
        assert len({len(row) for row in csv.reader(io.StringIO(path.read_text(), newline=""))}) <= 1
