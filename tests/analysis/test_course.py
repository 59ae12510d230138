"""The elements of the course, its weeks, and what follows what."""

import random

from acting import graded, handed_in, opened, tried
from conftest import TABLES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

ROWS = [
    opened(4, "11/10/21, 10:00"),
    opened(5, "12/10/21, 10:00"),
    opened(6, "20/10/21, 10:00"),
    handed_in(4, "15/10/21, 10:00"),
    handed_in(5, "15/10/21, 11:00"),
    handed_in(6, "15/10/21, 12:00"),
    opened(4, "11/10/21, 10:10", "Notes", 63),
    tried(4, 31, "started", "25/10/21, 10:00"),
]


def by_name(result):
    return {row["name"]: row for row in result.rows("activities.csv")}


def test_an_element_tells_who_used_it_and_when(enrich):
    slides = by_name(enrich(ROWS))["Slides"]
    assert {name: slides[name] for name in ("element", "kind", "learners", "share", "events", "half_day")} == {
        "element": "62", "kind": "resource", "learners": "3", "share": "1.0", "events": "3", "half_day": "2"
    }  # fmt: skip
    assert (slides["first_time"], slides["last_time"]) == ("2021-10-11T10:00:00+00:00", "2021-10-20T10:00:00+00:00")


def test_material_tells_who_was_there_before_the_exercise_that_follows(enrich):
    slides = by_name(enrich(ROWS))["Slides"]
    assert (slides["exercise"], slides["exercise_learners"], slides["before_exercise"]) == ("70", "3", "2")


def test_what_nobody_but_staff_used_is_told_as_well(enrich):
    says = "The user with id '9' created the 'folder' activity with course module id '80'."
    made = opened(9, "10/10/21, 10:00") | {
        "Description": says,
        "Event name": "Course module created",
        "Event context": "Folder: Old exams",
        "Component": "System",
    }
    one = by_name(enrich([made, *ROWS]))["Old exams"]
    assert (one["kind"], one["learners"], one["is_hardly_used"], one["first_time"]) == ("folder", "0", "true", "")


def test_weeks_begin_on_monday_and_leave_none_out(enrich):
    weeks = enrich([opened(4, "17/10/21, 10:00"), opened(4, "01/11/21, 10:00")]).rows("weeks.csv")
    assert [(week["week"], week["events"], week["Study_P"]) for week in weeks] == [
        ("2021-10-11", "1", "1"), ("2021-10-18", "0", "0"), ("2021-10-25", "0", "0"), ("2021-11-01", "1", "1")
    ]  # fmt: skip


def test_weeks_tell_what_staff_did_whether_or_not_it_is_kept(enrich):
    rows = [
        *[graded(9, 4, f"{day}/10/21, 10:00") for day in (12, 12, 26)],
        graded(8, 4, "13/10/21, 10:00"),
        graded(9, 4, "01/01/21, 10:00"),
        opened(9, "14/10/21, 10:00"),
        *[opened(4, f"{day}/10/21, 10:00") for day in (11, 27)],
    ]
    for keep in ([], ["staff"]):
        result = enrich(rows, keep=keep)
        weeks = result.rows("weeks.csv")
        assert [(one["events"], one["staff_people"], one["staff_events"]) for one in weeks] == [
            ("1", "2", "4"), ("0", "0", "0"), ("1", "1", "1")
        ]  # fmt: skip
        page = html.fromstring((result.folder / "report.html").read_text(encoding="utf-8"))
        said = " ".join(page.xpath("string(//section[@aria-labelledby='teachers'])").split())
        assert "Events of teachers and other staff: 5, in 2 of 3 weeks, most in the week from 11 Oct 2021: 4." in said
        assert "And 1 event of staff before the first or after the last event of a learner." in said


def test_steps_over_elements_go_from_one_to_the_next_other_one(enrich):
    rows = [
        opened(4, "11/10/21, 10:00"),
        opened(4, "11/10/21, 10:01"),
        opened(4, "11/10/21, 10:04", "Notes", 63),
        opened(4, "11/10/21, 10:05"),
    ]
    steps = [row for row in enrich(rows).rows("transitions.csv") if row["over"] == "element"]
    assert {(row["source_name"], row["target_name"]): row["times"] for row in steps} == {
        ("start", "Slides"): "1", ("Slides", "Notes"): "1", ("Notes", "Slides"): "1", ("Slides", "end"): "1"
    }  # fmt: skip


def test_steps_tell_those_of_learners_who_came_to_the_last_exercise(enrich):
    rows = enrich(ROWS).rows("transitions.csv")
    starts = [row for row in rows if row["over"] == "element" and (row["source"], row["target"]) == ("start", "62")]
    assert [(row["times"], row["times_reached"]) for row in starts] == [("3", "1")]


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False), st.integers(1, len(ROWS) - 1))
def test_in_any_order_and_in_two_files_the_tables_are_the_same(enrich, chance: random.Random, cut):
    rows = chance.sample(ROWS, len(ROWS))
    one, other = enrich(ROWS, date_order="dmy"), enrich(rows[:cut], rows[cut:], date_order="dmy")
    for name in TABLES:
        assert one.rows(f"{name}.csv") == other.rows(f"{name}.csv")
