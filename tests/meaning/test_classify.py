import pytest
from conftest import HEADER, event, log_text, viewed

from moodlelogsmart.options import SESSION_GAP

FOR = "The user with id '4' "

# One event or more for each row of the product's table.
SAID = [
    ("viewed the 'resource' activity with course module id '62'.", "Study_P", "Remember", "false"),
    ("viewed the 'page' activity with course module id '62'.", "Study_P", "Remember", "false"),
    ("viewed the 'assign' activity with course module id '62'.", "Exercise_P", "Apply", "false"),
    ("has viewed the submission status page for the assignment with course module id '62'.", "Exercise_P", "Apply", "false"),
    ("has submitted the submission with id '3' for the assignment with course module id '62'.", "Exercise_A", "Apply", "true"),
    ("viewed the 'quiz' activity with course module id '62'.", "Assess_P", "Evaluate", "false"),
    ("has started the attempt with id '3' for the quiz with course module id '62'.", "Assess_A", "Evaluate", "true"),
    ("has submitted the attempt with id '3' for the quiz with course module id '62'.", "Assess_A", "Evaluate", "true"),
    ("created the page with id '3' for the wiki with course module id '62'.", "Synthesize", "Create", "true"),
    ("viewed the course with id '3'.", "View", "", "false"),
    ("has created the discussion with id '3' in the forum with course module id '62'.", "Interact", "", "true"),
    ("viewed the user report in the gradebook.", "Feedback", "", "false"),
]  # fmt: skip


@pytest.fixture
def said(enrich):
    """What comes of each sentence, said of a learner of its own, in one log."""
    return enrich([event(f"The user with id '{user}' {says}") for user, (says, *_) in enumerate(SAID, start=20)]).events


@pytest.mark.parametrize(
    ("place", "activity_type", "bloom_level", "is_active"), [(at, *row[1:]) for at, row in enumerate(SAID)]
)
def test_the_default_rules_say(said, place, activity_type, bloom_level, is_active):
    (row,) = [one for one in said if one["user_id"] == str(20 + place)]
    assert (row["activity_type"], row["bloom_level"], row["is_active"]) == (activity_type, bloom_level, is_active)
    assert row["rule_id"]


def test_what_no_rule_names_is_others_and_reported(enrich):
    result = enrich([event("", name="Ana Souza", component="Dice", event_name="Dice thrown")] * 2)
    assert {row["activity_type"] for row in result.events} == {"Others"}
    assert {row["rule_id"] for row in result.events} == {""}
    (other,) = result.summary.others
    expected = {"module": "dice", "event": "dice_thrown", "component": "Dice", "event_name": "Dice thrown", "events": 2}
    assert other.items() >= expected.items()
    assert result.warned["many_others"].startswith("2 events of one kind are not classified.")


def test_the_rule_that_the_report_offers_for_it_can_be_used_once_it_says_what_it_means(enrich, tmp_path):
    rows = [event("", name="Ana Souza", component="Dice", event_name="Dice thrown")]
    stub = enrich(rows).summary.others[0]["stub"].replace("'?'", "View")
    (tmp_path / "own.yaml").write_text("name: own\nrules:\n" + stub)
    result = enrich(rows, rules=tmp_path / "own.yaml")
    assert result.summary.others == []
    assert [(row["activity_type"], row["rule_id"]) for row in result.events] == [("View", "dice-dice-thrown")]


def test_without_any_rule_all_are_others(enrich, tmp_path):
    (tmp_path / "own.yaml").write_text("name: own\nrules: []\n")
    result = enrich([viewed(4), viewed(5)], rules=tmp_path / "own.yaml")
    assert [row["activity_type"] for row in result.events] == ["Others", "Others"]


def test_the_report_counts_what_each_rule_caught(enrich):
    result = enrich([viewed(4), viewed(5), event(FOR + "viewed the course with id '3'.")])
    assert [(rule["id"], rule["events"]) for rule in result.summary.rules_used] == [
        ("material-viewed", 2),
        ("course-viewed", 1),
    ]


OWN = """
name: own
rules:
  - {id: first, name: First, when: {component: "Page*"}, activity_type: Study_A, bloom_level: Analyze, is_active: false, rationale: r, source: s}
  - {id: second, name: Second, when: {event: "*dice thrown", action: "*"}, activity_type: Synthesize, rationale: r, source: s}
  - {id: third, name: Third, when: {module: [page, quiz], action: view*}, activity_type: Feedback, bloom_level: Create, rationale: r, source: s}
"""


def test_rules_of_ones_own_are_tried_in_their_order(enrich, tmp_path):
    (tmp_path / "own.yaml").write_text(OWN)
    rows = [
        viewed(4, component="Pages of ours"),
        viewed(5, "quiz"),
        event("", name="Zoe", component="Dice", event_name="The dice thrown"),
        event("", name="Zoe Z", component="Dice", event_name="Dice lost"),
    ]
    told = [
        (row["activity_type"], row["bloom_level"], row["is_active"], row["rule_id"])
        for row in enrich(rows, rules=tmp_path / "own.yaml").events
    ]
    assert told == [
        ("Study_A", "Analyze", "false", "first"),
        ("Feedback", "", "false", "third"),
        ("Synthesize", "Create", "true", "second"),
        ("Others", "", "false", ""),
    ]


def test_long_lists_of_words_cost_no_more_than_their_words(enrich, tmp_path):
    words = [f"w{n}" for n in range(400)]
    when = f"{{module: [page, {', '.join(words)}], action: [viewed, {', '.join(words)}], event: [{', '.join(words)}, '*']}}"
    rule = f"{{id: long, name: L, when: {when}, activity_type: Study_A, rationale: r, source: s}}"
    none = "{id: none, name: N, when: {module: []}, activity_type: View, rationale: r, source: s}"
    (tmp_path / "own.yaml").write_text(f"name: own\nrules:\n- {none}\n- {rule}\n")
    assert [row["rule_id"] for row in enrich([viewed(4)], rules=tmp_path / "own.yaml").events] == ["long"]


def test_the_bloom_only_log_holds_the_events_with_a_level(enrich):
    result = enrich([viewed(4), event(FOR + "viewed the course with id '3'.")])
    assert [row["activity_type"] for row in result.rows("enriched_log_bloom_only.csv")] == ["Study_P"]


@pytest.mark.parametrize(
    ("case", "cases"),
    [
        ("student", ["4", "4", "5"]),
        ("student_course", ["4 | Invented Studies", "4 | Other Studies", "5 | Invented Studies"]),
        ("session", ["4-1", "4-2", "5-1"]),
    ],
)
def test_a_case_is_what_was_chosen(enrich, case, cases):
    rows = [
        viewed(4, time="17/10/21, 10:00", Course="Invented Studies"),
        viewed(4, time="17/10/21, 12:00", Course="Other Studies"),
        viewed(5, time="17/10/21, 10:00", Course="Invented Studies"),
    ]
    result = enrich(log_text(rows, header=["Course", *HEADER]), case=case)
    assert [row["case_id"] for row in result.events] == cases


def test_a_session_ends_with_a_long_pause(enrich):
    minutes = [0, SESSION_GAP, 2 * SESSION_GAP, 3 * SESSION_GAP + 1]
    rows = [viewed(4, time=f"17/10/21, {10 + minute // 60}:{minute % 60:02d}") for minute in minutes]
    assert [row["session_id"] for row in enrich(rows).events] == ["4-1", "4-1", "4-1", "4-2"]


def test_the_pause_that_ends_a_session_can_be_chosen(enrich):
    rows = [viewed(4, time=f"17/10/21, 10:{minute:02d}") for minute in (0, 5, 11)]
    assert [row["session_id"] for row in enrich(rows, session_gap=5).events] == ["4-1", "4-1", "4-2"]


def test_nobodys_events_have_no_session(enrich):
    assert [row["session_id"] for row in enrich([event("", event_name="Seen", name="-")]).events] == [""]


def test_the_log_of_one_course_names_it_in_every_row(enrich):
    rows = [viewed(4), event(FOR + "viewed the course with id '3'.")]
    assert {row["course"] for row in enrich(rows).events} == {"Invented Studies"}


def test_the_log_is_sorted_by_case_then_time(enrich):
    rows = [viewed(user, time=f"{day}/10/21, 12:00") for day in (19, 17, 18) for user in (5, 4)]
    result = [(row["case_id"], row["time"][:10]) for row in enrich(rows).events]
    assert result == sorted(result)
    assert len(result) == 6
