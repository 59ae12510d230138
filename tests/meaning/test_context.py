"""What came before changes what a click means: rules with `after`."""

import pytest
from conftest import event, viewed

from moodlelogsmart.meaning.rules import load_rules

STATUS = "The user with id '{}' has viewed the submission status page for the assignment with course module id '{}'."
SUBMITTED = (
    "The user with id '{}' has submitted the submission with id '3' for the assignment with course module id '{}'."
)
GRADED = "The user with id '9' has graded the submission '3' for the user with id '{}' for the assignment with course module id '{}'."
STARTED = "The user with id '{}' has started the attempt with id '8' for the quiz with course module id '{}'."
DONE = "The user with id '{}' has submitted the attempt with id '8' for the quiz with course module id '{}'."
REVIEW = (
    "The user with id '{0}' has had their attempt with id '8' reviewed by the user with id '{0}' for the quiz with "
    "course module id '{1}'."
)


def told(enrich, *steps, user="4", newest_first=False, minute=None):
    """The activity types of a learner's events; each step is a sentence for learner 4 and activity 62, or its own."""
    rows = [
        event(says.format(4, 62), time=f"17/10/21, {10 + place // 60}:{place % 60 if minute is None else minute:02d}")
        for place, says in enumerate(steps)
    ]
    result = enrich(rows[::-1] if newest_first else rows)
    return [row["activity_type"] for row in result.events if row["user_id"] == user]


def test_an_assignment_viewed_before_it_is_graded_is_exercise(enrich):
    assert told(enrich, STATUS, SUBMITTED, STATUS, GRADED) == ["Exercise_P", "Exercise_A", "Exercise_P"]


def test_an_assignment_viewed_after_it_was_graded_is_feedback(enrich):
    assert told(enrich, SUBMITTED, GRADED, STATUS, STATUS) == ["Exercise_A", "Feedback", "Feedback"]


def test_a_new_submission_makes_it_an_exercise_again(enrich):
    steps = (SUBMITTED, GRADED, STATUS, SUBMITTED, STATUS, GRADED, STATUS)
    assert told(enrich, *steps) == ["Exercise_A", "Feedback", "Exercise_A", "Exercise_P", "Feedback"]


def test_the_grade_of_another_learner_or_assignment_changes_nothing(enrich):
    steps = (GRADED.format(5, 62), GRADED.format(4, 63), STATUS)
    assert told(enrich, *steps) == ["Exercise_P"]


@pytest.mark.parametrize("newest_first", [False, True])
def test_within_a_minute_the_order_of_logging_counts(enrich, newest_first):
    before = [viewed(4, time="16/10/21, 10:00")]
    rows = [event(says.format(4, 62), time="17/10/21, 10:00") for says in (STATUS, GRADED, STATUS)]
    rows = [*before, *rows]
    result = enrich(rows[::-1] if newest_first else rows)
    assert [row["activity_type"] for row in result.events] == ["Study_P", "Exercise_P", "Feedback"]


def test_a_quiz_viewed_without_an_attempt_is_assess(enrich):
    says = "The user with id '{}' viewed the 'quiz' activity with course module id '{}'."
    assert told(enrich, says) == ["Assess_P"]


def test_a_review_after_the_attempt_is_feedback(enrich):
    assert told(enrich, STARTED, DONE, REVIEW) == ["Assess_A", "Assess_A", "Feedback"]


def test_a_review_of_which_the_log_holds_no_attempt_stays_assess(enrich):
    assert told(enrich, REVIEW) == ["Assess_P"]


def test_rereading_after_an_attempt_stays_study(enrich):
    says = "The user with id '{}' viewed the 'resource' activity with course module id '70'."
    assert told(enrich, says, STARTED, DONE, says) == ["Study_P", "Assess_A", "Assess_A", "Study_P"]


def test_it_works_by_names_where_there_is_no_description(enrich):
    def row(name, event_name, minute, affected="-"):
        cells = {"Affected user": affected, "Event context": "Assignment: Essay"}
        return event(
            "", time=f"17/10/21, 10:{minute:02d}", name=name, component="Assignment", event_name=event_name, **cells
        )

    viewed_status = "The status of the submission has been viewed."
    rows = [
        row("Ana Souza", viewed_status, 0),
        row("Tea Cher", "The submission has been graded.", 1, affected="Ana Souza"),
        row("Ana Souza", viewed_status, 2),
        row("Bo Lima", viewed_status, 3),
    ]
    result = enrich(rows)
    assert [(row["case_id"], row["activity_type"]) for row in result.events] == [
        ("Ana Souza", "Exercise_P"),
        ("Ana Souza", "Feedback"),
        ("Bo Lima", "Exercise_P"),
    ]


def test_the_default_rules_of_context_are_few_and_come_first():
    rules = load_rules().rules
    contextual = [place for place, rule in enumerate(rules) if rule.after]
    assert 0 < len(contextual) <= 5
    assert max(contextual) < 10


WORD = """name: own
rules:
- {id: own, name: own, when: {event: course_module_viewed}, activity_type: View, rationale: r, source: s,
   after: {event: "%s"}}
"""


@pytest.mark.parametrize(
    ("word", "fits"),
    [
        ("*event*", True),
        ("calendar_event_*", True),
        ("*a*event*d", True),
        ("*event", False),
        ("*x*event*", False),
        ("(?s)(", False),
    ],
)
def test_a_word_of_after_is_compared_as_it_is_written(enrich, tmp_path, word, fits):
    (tmp_path / "own.yaml").write_text(WORD % word)
    rows = [
        viewed(4, time="17/10/21, 12:38", Description="-", **{"Event name": "Calendar event created"}),
        viewed(4, time="17/10/21, 12:39", Description="-", **{"Event name": "Course module viewed"}),
    ]
    rules = [row["rule_id"] for row in enrich(rows, rules=tmp_path / "own.yaml").events]
    assert rules == ["", "own" if fits else ""]


def test_a_word_with_three_asterisks_is_compared_with_a_long_name_in_no_time(enrich, tmp_path):
    own = WORD.partition("after")[0].replace("course_module_viewed", "'*a*a*b'").rstrip().rstrip(",") + "}\n"
    (tmp_path / "own.yaml").write_text(own)
    rows = [event("-", event_name=name, name="Ana") for name in ("a" * 98_000, "xaabb")]
    assert [row["rule_id"] for row in enrich(rows, rules=tmp_path / "own.yaml").events] == ["", "own"]
