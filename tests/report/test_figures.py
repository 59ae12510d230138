"""What the report counts: weeks, hours, steps, sessions and people."""

from datetime import date

import pytest
from conftest import HEADER, event, graded, log_text, viewed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from moodlelogsmart.report import figures as module
from moodlelogsmart.report.figures import Figures


def figures_of(enrich, rows, **options):
    return enrich(rows, **options).summary.figures


def course_viewed(user, **cells):
    return event(f"The user with id '{user}' viewed the course with id '3'.", **cells)


def test_weeks_begin_on_monday_and_have_no_gap(enrich):
    rows = [viewed(4, time="17/10/21, 12:39"), viewed(4, time="18/10/21, 12:39"), viewed(5, time="02/11/21, 12:39")]
    found = figures_of(enrich, [*rows, course_viewed(5, time="02/11/21, 12:40")])
    assert found.unit == "week"
    assert [(period.start, period.levels, period.learners) for period in found.periods] == [
        (date(2021, 10, 11), {"Remember": 1}, 1),
        (date(2021, 10, 18), {"Remember": 1}, 1),
        (date(2021, 10, 25), {}, 0),
        (date(2021, 11, 1), {"Remember": 1, "": 1}, 1),
    ]


def test_a_log_of_years_is_told_by_months(enrich):
    found = figures_of(enrich, [viewed(4, time="31/01/20, 12:39"), viewed(4, time="01/03/22, 12:39")])
    assert (found.unit, len(found.periods)) == ("month", 27)
    assert [found.periods[at].start for at in (0, 1, -1)] == [date(2020, 1, 1), date(2020, 2, 1), date(2022, 3, 1)]


def test_hours_are_those_of_the_logs_zone(enrich):
    found = figures_of(enrich, [viewed(4, time="17/10/21, 23:59")], timezone="America/Sao_Paulo")
    assert found.hours[6][23] == 1
    assert sum(map(sum, found.hours)) == 1


SESSION = [
    course_viewed(4, time="17/10/21, 10:00"), viewed(4, time="17/10/21, 10:02"), viewed(4, time="17/10/21, 10:06"),
    course_viewed(4, time="18/10/21, 10:00"), viewed(4, time="18/10/21, 10:04"),
    viewed(5, time="18/10/21, 10:01"),
]  # fmt: skip


def test_the_map_counts_steps_within_sessions_with_the_time_in_the_middle(enrich):
    drawing = figures_of(enrich, SESSION).maps[8]
    steps = {(arrow.edge.source, arrow.edge.target): (arrow.edge.steps, arrow.edge.seconds) for arrow in drawing.arrows}
    assert steps == {
        ("start", "View"): (2, None),
        ("start", "Study_P"): (1, None),
        ("View", "Study_P"): (2, 180),
        ("Study_P", "Study_P"): (1, 240),
        ("Study_P", "end"): (3, None),
    }
    assert {node.name: node.events for node in drawing.nodes} == {"start": 0, "View": 2, "Study_P": 4, "end": 0}


def test_maps_of_fewer_steps_keep_the_most_frequent(enrich, monkeypatch):
    monkeypatch.setattr(module, "ARROWS", (1, 3, 9))
    maps = figures_of(enrich, SESSION).maps
    kept = {number: {arrow.edge for arrow in drawing.arrows} for number, drawing in maps.items()}
    assert list(kept) == [1, 9]
    assert kept[1] < kept[9]
    assert max(edge.steps for edge in kept[9]) == max(edge.steps for edge in kept[1])


def test_every_box_of_a_map_has_a_way_in_and_a_way_out(enrich, monkeypatch):
    monkeypatch.setattr(module, "ARROWS", (1, 2, 4))
    rows = [
        one
        for user in (4, 5, 6)
        for one in (
            course_viewed(user, time="17/10/21, 10:00"),
            viewed(user, "quiz", 71, time="17/10/21, 10:01"),
            viewed(user, "forum", 72 + user % 2, time="17/10/21, 10:02"),
            viewed(user, "assign", 74, time="17/10/21, 10:03"),
        )
    ]
    found = figures_of(enrich, rows)
    for drawing in (*found.maps.values(), *found.element_maps.values()):
        ways = [arrow.edge for arrow in drawing.arrows if arrow.edge.source != arrow.edge.target]
        boxes = {node.name for node in drawing.nodes}
        assert boxes - {edge.target for edge in ways} == {"start"}
        assert boxes - {edge.source for edge in ways} == {"end"}


def test_a_course_that_is_gone_through_in_one_order_is_not_drawn_from_end_to_end(enrich, monkeypatch):
    monkeypatch.setattr(module, "ARROWS", (1, 2, 4))
    rows = [
        viewed(
            4,
            "page",
            100 + place,
            time=f"17/10/21, 1{place // 60}:{place % 60:02}",
            **{"Event context": f"Page: {place}"},
        )
        for place in range(100)
    ]
    maps = figures_of(enrich, rows).element_maps
    assert {number: len(drawing.arrows) for number, drawing in maps.items()} == {1: 41, 2: 42, 4: 44}


def test_the_map_over_elements_calls_them_by_their_names(enrich):
    rows = [
        viewed(4, "quiz", 71, time="17/10/21, 10:01", **{"Event context": "Quiz: Birds"}),
        viewed(4, "page", 72, time="17/10/21, 10:02", **{"Event context": "Page: Wings"}),
    ]
    (drawing,) = figures_of(enrich, rows).element_maps.values()
    assert {node.name for node in drawing.nodes} == {"start", "Birds", "Wings", "end"}


def test_weeks_at_the_ends_in_which_next_to_nothing_happened_are_not_in_the_picture(enrich):
    rows = [viewed(user, time="17/10/21, 12:39") for user in range(4, 154)] + [viewed(4, time="17/12/21, 12:39")]
    found = figures_of(enrich, rows)
    assert (len(found.core), found.events_before, found.events_behind) == (1, 0, 1)


def test_everything_of_a_map_lies_within_it(enrich):
    for drawing in figures_of(enrich, SESSION).maps.values():
        for thing in (*drawing.nodes, *drawing.arrows):
            assert 0 <= thing.x <= drawing.width
            assert 0 <= thing.y <= drawing.height
        assert all(arrow.path.startswith("M") and "C" in arrow.path for arrow in drawing.arrows)
        assert max(arrow.share for arrow in drawing.arrows) == 1


def test_variants_count_equal_sessions_with_repetitions_once(enrich):
    assert figures_of(enrich, SESSION).variants == [(["View", "Study_P"], 2), (["Study_P"], 1)]


@pytest.mark.parametrize("case", ["student", "student_course", "session"])
def test_a_session_in_two_courses_is_told_in_the_order_of_time(enrich, case):
    rows = [
        viewed(4, time="17/10/21, 10:00", Course="Zoology"),
        course_viewed(4, time="17/10/21, 10:02", Course="Art"),
        viewed(4, time="17/10/21, 10:05", Course="Zoology"),
    ]
    found = figures_of(enrich, log_text(rows, header=["Course", *HEADER]), case=case)
    assert found.variants == [(["Study_P", "View", "Study_P"], 1)]
    steps = {(arrow.edge.source, arrow.edge.target): arrow.edge.seconds for arrow in found.maps[8].arrows}
    assert steps == {
        ("start", "Study_P"): None, ("Study_P", "View"): 120, ("View", "Study_P"): 180, ("Study_P", "end"): None,
    }  # fmt: skip


def test_learners_are_told_with_what_they_did(enrich):
    rows = [*SESSION, viewed(5, name="Bo Invented", time="18/10/21, 10:02"), event("Something", time="19/10/21, 10:00")]
    found = figures_of(enrich, rows)
    assert found.learners == [
        {
            "person": "4", "name": "", "events": 5, "days": 2, "sessions": 2, "minutes": 15.0,
            "minutes_low": 10.0, "minutes_high": 70.0, "first": "2021-10-17T10:00:00+00:00", "last": "2021-10-18T10:04:00+00:00", "levels": {"Remember": 3},
        },
        {
            "person": "5", "name": "Bo Invented", "events": 2, "days": 1, "sessions": 1, "minutes": 3.5,
            "minutes_low": 1.0, "minutes_high": 31.0, "first": "2021-10-18T10:01:00+00:00", "last": "2021-10-18T10:02:00+00:00", "levels": {"Remember": 2},
        },
    ]  # fmt: skip


def test_of_very_many_learners_those_with_the_most_events_are_told(enrich, monkeypatch):
    monkeypatch.setattr(module, "LEARNERS", 2)
    found = figures_of(enrich, [viewed(user) for user in (4, 4, 5, 6, 6, 6, 7)])
    assert ([one["person"] for one in found.learners], found.learners_left_out) == (["6", "4"], 2)


def test_a_log_without_learners_has_none(enrich):
    says = "The user with id '9' viewed the log report for the course with id '7'."
    assert figures_of(enrich, [event(says)]) == Figures()


@pytest.mark.parametrize("name", ["x'; drop", "<b>", "ü 🎓"])
def test_any_name_may_be_a_persons(enrich, name):
    assert figures_of(enrich, [viewed(4, name=name)]).learners[0]["name"] == name


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(4, 7), st.booleans(), st.integers(0, 3000)), min_size=1, max_size=60))
def test_all_figures_count_the_same_events(enrich, acts):
    minutes = [
        (user, look, f"{1 + minute // 1440:02d}/10/21, {minute // 60 % 24:02d}:{minute % 60:02d}")
        for user, look, minute in acts
    ]
    summary = enrich([(course_viewed if look else viewed)(user, time=time) for user, look, time in minutes]).summary
    found = summary.figures
    assert sum(period.events for period in found.periods) == summary.events_kept
    assert sum(map(sum, found.hours)) == summary.events_kept
    assert sum(one["events"] for one in found.learners) == summary.events_kept
    assert sum(sessions for _, sessions in found.variants) == summary.sessions
    assert (
        sum(times for _source, _target, times, _learners, _seconds in found.steps)
        == summary.events_kept + summary.sessions
    )


def test_the_paths_of_a_large_log_are_put_together_in_parts(enrich, monkeypatch):
    rows = [viewed(user, cm=cm, time=f"1{cm}/10/21, 12:3{user % 10}") for user in range(4, 40) for cm in range(1, 9)]
    whole = enrich(rows).summary.figures.variants
    assert len(whole) > 0
    monkeypatch.setattr("moodlelogsmart.workspace.Workspace.parts", lambda work, rows: 7)
    assert enrich(rows).summary.figures.variants == whole


@pytest.mark.parametrize("keep", [("staff",), ("staff", "system", "side_effect", "guest", "logged_in_as")])
def test_whoever_else_is_kept_in_the_files_is_in_no_figure(enrich, keep):
    rows = [
        *[viewed(user, time=f"1{user}/10/21, 12:39", name=f"Learner {user}") for user in (4, 5)],
        graded(9, 4, time="01/01/21, 12:39", name="Teacher"),
        viewed(9, time="20/12/22, 12:39", name="Teacher", module="quiz"),
        event("The user with id '9' has seen a robot.", time="20/12/22, 12:39", name="Teacher", component="Robot", event_name="Robot seen"),
    ]  # fmt: skip
    alone, kept = enrich(rows).summary, enrich(rows, keep=keep).summary
    assert (kept.events_kept, kept.events_of_others, kept.events_learned) == (5, 3, 2)
    for name in ("figures", "learners", "sessions", "first_time", "last_time", "activity_types", "bloom_levels", "others", "rules_used"):  # fmt: skip
        assert getattr(kept, name) == getattr(alone, name), name
    assert [one.code for one in kept.warnings if one.code == "many_others"] == []


def test_a_box_of_the_map_counts_all_that_leads_there_also_what_is_not_drawn(enrich, monkeypatch):
    whole = max(figures_of(enrich, SESSION).maps.values(), key=lambda drawing: len(drawing.arrows))
    monkeypatch.setattr(module, "MOST_EDGES", 3)
    some = figures_of(enrich, SESSION).maps
    known = {node.name: node.events for node in whole.nodes}
    assert some
    for drawing in some.values():
        assert {node.name: node.events for node in drawing.nodes}.items() <= known.items()


def test_what_moodle_did_in_passing_makes_no_session_longer(enrich):
    says = "The user with id '4' updated a grade item with id '5' of type 'mod' and name 'T' in the course with the id '3'."
    by_itself = [
        event(says, f"17/10/21, {time}", event_name="Grade item updated") for time in ("09:00", "10:20", "12:00")
    ]
    rows = [
        viewed(4, time="17/10/21, 10:00"),
        viewed(4, time="17/10/21, 10:45", cm=63),
        viewed(5, time="17/10/21, 10:45"),
    ]
    alone, kept = enrich([*rows, *by_itself]), enrich([*rows, *by_itself], keep=["side_effect"])
    assert (alone.summary.sessions, kept.summary.sessions) == (3, 3)
    assert kept.summary.figures == alone.summary.figures
    for name in ("learners", "activities", "weeks", "sessions", "transitions"):
        assert alone.rows(f"{name}.csv") == kept.rows(f"{name}.csv")
    # It stands in the session that was the last before it, or before all of them in the first.
    told = [(row["time"][11:16], row["session_id"]) for row in kept.events if row["user_id"] == "4"]
    assert told == [("09:00", "4-1"), ("10:00", "4-1"), ("10:20", "4-1"), ("10:45", "4-2"), ("12:00", "4-2")]


def test_a_box_of_the_course_is_called_as_it_is_and_is_no_end_of_a_session(enrich, tmp_path):
    names = {71: "start", 72: "View", 73: "end"}
    rows = [
        viewed(4, cm=cm, time=f"17/10/21, 10:0{cm - 70}", **{"Event context": f"Page: {name}"})
        for cm, name in names.items()
    ]
    (tmp_path / "labels.csv").write_text("element,label\n71,start\n72,View\n73,end\n")
    result = enrich(rows, labels=tmp_path / "labels.csv")
    found = result.summary.figures
    (elements,) = found.element_maps.values()
    assert {node.name for node in elements.nodes if node.events} == {"start (71)", "View", "end (73)"}
    (own,) = found.label_maps.values()
    assert {node.name for node in own.nodes if node.events} == {"start (label)", "View", "end (label)"}
    steps = {
        (row["source"], row["target"]): row["times"] for row in result.rows("transitions.csv") if row["over"] == "label"
    }
    assert steps == dict.fromkeys(
        [("start", "start (label)"), ("start (label)", "View"), ("View", "end (label)"), ("end (label)", "end")], "1"
    )
    page = html.fromstring((result.folder / "report.html").read_text())
    for name in ("element-map", "label-map"):
        boxes = page.xpath(f"//details[@name='{name}']//*[@class='name']/text()")
        assert "View" in boxes
        assert "Finding one's way" not in " ".join(boxes)


def test_a_map_tells_which_part_of_all_steps_is_on_it(enrich, monkeypatch):
    monkeypatch.setattr(module, "ARROWS", (1,))
    monkeypatch.setattr(module, "FURTHER", 0)
    found = figures_of(enrich, SESSION)
    ((number, drawing),) = found.maps.items()
    assert (number, len(drawing.arrows)) == (1, 1)
    every = sum(times for _source, _target, times, _learners, _seconds in found.steps)
    assert drawing.share == round(drawing.arrows[0].edge.steps / every, 4)


def test_of_each_kind_of_activity_it_is_known_how_many_did_it(enrich):
    assert figures_of(enrich, SESSION).learners_of == {"Study_P": 2, "View": 1}
