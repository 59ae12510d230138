"""Which page, quiz or forum an event belongs to."""

from conftest import event, graded, log_text, viewed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

QUIZ = {"Event context": "Quiz: Birds", "Component": "Quiz"}
ODD = event("The user with id '4' did what nobody knows.", event_name="Odd", **QUIZ)


def elements(result):
    return {(row["event_context"], row["element"]) for row in result.events}


def test_an_element_is_moodles_number_of_the_course_module(enrich):
    result = enrich([viewed(4, "quiz", 71, **QUIZ)])
    assert elements(result) == {("Quiz: Birds", "71")}


def test_a_row_without_the_number_belongs_to_the_one_element_of_its_context(enrich):
    result = enrich([viewed(4, "quiz", 71, **QUIZ), ODD])
    assert elements(result) == {("Quiz: Birds", "71")}


def test_two_activities_of_one_name_stay_two(enrich):
    rows = [viewed(4, "quiz", 71, **QUIZ), viewed(4, "quiz", 72, **QUIZ), ODD]
    assert elements(enrich(rows)) == {("Quiz: Birds", one) for one in ("71", "72", "Quiz: Birds")}


def test_without_any_number_the_context_is_the_element(enrich):
    row = event("", name="Ana Souza", event_name="Course module viewed", **QUIZ)
    assert elements(enrich([row])) == {("Quiz: Birds", "Quiz: Birds")}


def test_the_course_the_site_and_a_profile_are_no_elements(enrich):
    rows = [
        event("The user with id '4' viewed the course with id '9'.", event_name="Course viewed"),
        event(
            "The user with id '4' viewed the instance list for the module 'quiz' in the course with id '9'.",
            component="Quiz",
            event_name="Course module instance list viewed",
        ),
        event(
            "The user with id '4' viewed the profile for the user with id '5'.",
            event_name="User profile viewed",
            **{"Event context": "User: Bela Prado"},
        ),
        event("The user with id '4' has logged in.", event_name="User has logged in", **{"Event context": "System"}),
    ]
    assert {row["element"] for row in enrich(rows).events} == {""}


def test_the_element_of_a_plugin_that_nobody_knows_is_its_context(enrich):
    says = "The user with id '4' threw the dice."
    row = event(says, component="Dice", event_name="Dice thrown", **{"Event context": "Dice: Six of them"})
    assert elements(enrich([row])) == {("Dice: Six of them", "Dice: Six of them")}


def test_activities_of_two_courses_with_one_name_and_no_number_stay_two(enrich):
    row = event("", name="Ana Souza", event_name="Course module viewed", **QUIZ)
    rows = [{"Course": name, **row} for name in ("Birds I", "Birds II")]
    result = enrich(log_text(rows, ["Course", *row]))
    assert {row["element"] for row in result.events} == {"Quiz: Birds | Birds I", "Quiz: Birds | Birds II"}


def test_before_moodle_2_7_the_address_tells_the_activity_and_a_discussion_is_none(enrich):
    at = "http://moodle.example/mod/forum"
    rows = [
        (f"forum view forum ({at}/view.php?id=71)", "Birds"),
        (f"forum delete discussion ({at}/view.php?id=71)", "314"),
        (f"forum view discussion ({at}/discuss.php?d=7)", "Re: Where are the owls?"),
        (f"forum search ({at}/search.php?id=2&search=owl)", "owl"),
        ("resource view (http://moodle.example/mod/resource/view.php?id=72)", "Birds"),
        ("quiz close attempt (http://moodle.example/mod/quiz/review.php?attempt=7)", "Owls"),
    ]
    lines = [f"IS 101,2017 July 10 12:3{n},10.0.0.1,Ana Souza,{did},{info}" for n, (did, info) in enumerate(rows)]
    result = enrich("\n".join(["Course,Time,IP Address,User full name,Action,Information", *lines]))
    assert [row["element"] for row in result.events] == ["71", "71", "", "", "72", "Owls"]
    assert [(one["element"], one["name"], one["kind"]) for one in result.rows("activities.csv")] == [
        ("71", "Birds", "forum"), ("72", "Birds", "resource"), ("Owls", "Owls", "quiz"),
    ]  # fmt: skip


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(6)))
def test_in_any_order_of_the_rows_the_elements_are_the_same(enrich, order):
    rows = [
        viewed(4, "quiz", 71, **QUIZ),
        viewed(4, "quiz", 71, time="18/10/21, 12:39", **QUIZ | {"Event context": "Quiz: Owls"}),
        ODD,
        viewed(5, "page", 72, **{"Event context": "Page: Birds"}),
        graded(9, 4),
        viewed(5, "forum", 73, **{"Event context": "Forum: Birds"}),
    ]
    result = enrich([rows[place] for place in order])
    assert elements(result) == {
        ("Quiz: Birds", "71"), ("Quiz: Owls", "71"), ("Page: Birds", "72"), ("Forum: Birds", "73")
    }  # fmt: skip
