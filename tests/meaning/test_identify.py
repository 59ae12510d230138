"""Who did what: from the Description first."""

import json

import pytest
from conftest import event, viewed


def one(result):
    (row,) = result.events
    return row


# With module and action.
PLAIN = [
    ("The user with id '4' viewed the 'quiz' activity with course module id '62'.", "quiz", "viewed"),
    (
        "The user with id '4' viewed the 'h5pactivity' activity with course module id '6'.",
        "h5pactivity",
        "viewed",
    ),
    ("The user with id '4' viewed the course with id '77'.", "course", "viewed"),
    (
        "The user with id '4' has submitted the attempt with id '11' for the quiz with course module id '62'.",
        "quiz",
        "submitted",
    ),
    (
        "The user with id '4' created a file submission and uploaded '2' file/s in the assignment with course "
        "module id '62'.",
        "assign",
        "created",
    ),
    (
        "The user with id '4' has viewed the discussion with id '1' in the forum with course module id '9'.",
        "forum",
        "viewed",
    ),
]
# As Moodle's event classes and plugins of several versions write them, with their line breaks and little slips.
ODD = [
    ("The user with id '4' has sent a message in the chat with the course module id\n            '62'.", "chat", "sent"),
    ("User 4 has viewed a glossary entry with id 7.", "glossary", "viewed"),
    ("User with id '4' submitted response for for survey with instance id '7'", "survey", "submitted"),
    ("User with id 4 added comment for mod_wiki with page id 7", "wiki", "created"),
    ("The user with the id '4' send a tracking statement for a H5P activity with the course module id '62'.", "h5pactivity", "received"),
    ("The user with id '4' assessed the submission with id '7' for the user with id '5' in the workshop with the course module id '62'.", "workshop", "assessed"),
    ("The user with id '4' has added the option with id '3' for the\n            user with id '4' from the choice activity with course module id '62'.", "choice", "created"),
    ("The user with id '4' has joined a bigbluebutton meeting for the bigbluebuttonbn activity with id '3' for the course id '77'.", "bigbluebuttonbn", "joined"),
    ("The user with id '4' launched the sco with id '7' for the scorm with the course module id '62'.", "scorm", "launched"),
    ("The user with id '4' submitted response for 'feedback' activity with course module id '62'.", "feedback", "submitted"),
    ("The user with id '4' has searched the course with id '77' for forum posts containing \"exam\".", "forum", "searched"),
    ("The user with id '4' viewed the instance list for the module 'quiz' in the course with id '77'.", "quiz", "viewed"),
    ("The user with id '4' started the lesson with the course module id '62'.", "lesson", "started"),
    # No catalogue knows these plugins: the sentence itself tells.
    ("The user with id '4' updated a submission with id '7' for the casestudy activity with course module id '62'.", "casestudy", "updated"),
    ("The user with id '4' submitted response with id '7' in the interactiveslide activity with course module id '62'.", "interactiveslide", "submitted"),
]  # fmt: skip


@pytest.fixture
def said(enrich):
    """What comes of each of the sentences, by it, in a log of one learner, in no language that anybody knows."""
    result = enrich([event(says, component="Δοκιμή", event_name="日本語", name="-") for says, *_ in PLAIN + ODD])
    return {row["description"]: row for row in result.events}


@pytest.mark.parametrize(("says", "module", "action"), PLAIN)
def test_the_description_names_module_action_and_actor(said, says, module, action):
    row = said[says]
    assert (row["module"], row["action"], row["user_id"], row["case_id"]) == (module, action, "4", "4")


@pytest.mark.parametrize(("says", "module", "action"), ODD)
def test_it_understands_the_sentences_of_many_versions_in_any_language(said, says, module, action):
    row = said[says]
    assert (row["module"], row["action"], row["user_id"]) == (module, action, "4")


def test_the_words_of_moodle_before_2_7_are_known(enrich):
    header = "Course,Time,IP Address,User full name,Action,Information\n"
    rows = [
        "IS 101,2017 July 10 12:35,10.0.0.1,Ana Souza,quiz close attempt (http://moodle.example/mod/quiz/review.php?attempt=7),Test\n",
        "IS 101,2017 July 10 12:36,10.0.0.1,Ana Souza,forum add post (http://moodle.example/mod/forum/discuss.php?d=7),Re: Hello\n",
    ]
    result = enrich(header + "".join(rows))
    told = [
        (row["module"], row["action"], row["activity_type"], row["case_id"], row["course"]) for row in result.events
    ]
    assert told == [
        ("quiz", "submitted", "Assess_A", "Ana Souza", "IS 101"),
        ("forum", "created", "Interact", "Ana Souza", "IS 101"),
    ]


def test_the_event_name_serves_where_there_is_no_description(enrich):
    rows = [event("", component="Quiz", event_name="Quiz attempt submitted", name="Ana Souza")]
    row = one(enrich(rows))
    assert (row["module"], row["action"], row["activity_type"]) == ("quiz", "submitted", "Assess_A")


def test_what_the_user_wrote_does_not_look_like_moodles_words(enrich):
    says = "User added submission 'has graded the submission of the user with id 9 viewed the grading table'"
    row = one(enrich([event(says, component="Turnitin Assignment 2", event_name="Add Submission", name="Ana Souza")]))
    assert row["module"] == "turnitintooltwo"
    assert row["case_id"] == "Ana Souza"


def test_the_second_id_is_the_affected_user_not_the_actor(enrich):
    says = (
        "The user with id '2' updated the completion state for the course module with id '7' for the user with id '5'."
    )
    result = enrich([event(says), viewed(5)])
    assert [row["user_id"] for row in result.events] == ["5"]
    assert result.summary.dropped == {"not_own_act": 1}


def test_a_name_gets_the_id_that_the_log_itself_gives_it(enrich):
    rows = [viewed(4, name="Ana Souza"), event("", name="Ana Souza", component="Turnitin", event_name="Viewed")]
    result = enrich(rows)
    assert {row["case_id"] for row in result.events} == {"4"}
    assert result.summary.learners == 1


def test_two_people_of_one_name_are_never_mixed_up(enrich):
    rows = [viewed(4, name="Ana Souza"), viewed(5, name="Ana Souza"), event("", name="Ana Souza", event_name="Viewed")]
    result = enrich(rows)
    assert sorted(row["case_id"] for row in result.events) == ["4", "5", "unknown"]
    assert result.summary.unknown_events == 1


def test_a_row_that_names_nobody_is_kept_apart_and_counted(enrich):
    result = enrich([event("User viewed their submission inbox at course: 148", name="-"), viewed(4)])
    assert sorted(row["case_id"] for row in result.events) == ["4", "unknown"]
    assert (result.summary.learners, result.summary.unknown_events) == (1, 1)
    assert result.summary.events_learned == 1


def test_a_completion_belongs_to_the_activity_that_was_completed(enrich):
    says = (
        "The user with id '4' updated the completion state for the course module with id '62' for the user with id '4'."
    )
    result = enrich([viewed(4, module="page", cm=62), event(says)])
    assert [(row["module"], row["activity_type"]) for row in result.events] == [
        ("page", "Study_P"),
        ("page", "Study_A"),
    ]


def test_ten_thousand_distinct_sentences_are_read(enrich):
    rows = [viewed(4, **{"Event name": f"Name {n}", "Component": f"Part {n}"}) for n in range(10_000)]
    assert enrich(rows).summary.activity_types == {"Study_P": 10_000}


REVIEWED = "The user with id '4' has had their attempt with id '11' reviewed by the user with id '{}' for the quiz with course module id '62'."


def test_up_to_moodle_4_1_who_reviews_an_attempt_stands_first(enrich):
    result = enrich([event(REVIEWED.format(9)), viewed(4), viewed(9)])
    assert [row["user_id"] for row in result.events] == ["9"]
    assert result.summary.dropped == {"staff": 2}


def test_the_name_of_the_row_tells_which_of_the_two_reviewed_the_attempt(enrich):
    rows = [event(REVIEWED.format(9), name="Rita Prado"), viewed(4, name="Ana Souza"), viewed(9, name="Rita Prado")]
    result = enrich(rows)
    assert [row["user_id"] for row in result.events] == ["4"]
    assert [one["person"] for one in result.summary.staff] == ["9"]


def test_a_learner_who_reviews_their_own_attempt_is_no_staff(enrich):
    assert [row["user_id"] for row in enrich([event(REVIEWED.format(4))]).events] == ["4"]


def test_whose_attempt_it_is_does_not_lend_their_id_to_the_name_of_who_clicked(enrich):
    submitted = "The user with id '4' has submitted the attempt with id '11' for the quiz with course module id '62'."
    rows = [
        event(submitted, name="Rita Prado"),
        event("", name="Rita Prado", component="Dice", event_name="Dice thrown"),
    ]
    assert sorted(row["case_id"] for row in enrich(rows).events) == ["4", "Rita Prado"]


def test_a_number_sign_in_a_title_does_not_hide_the_id_behind_it(enrich):
    says = "The user with id '4' sent the text 'C# # 1' to the page with course module id '62'."
    result = enrich([event(says)])
    ocel = json.loads((result.folder / "enriched_log.ocel.json").read_text())
    assert "page:62" in [thing["id"] for thing in ocel["objects"]]


def test_a_phrase_begins_and_ends_at_a_word_and_the_name_helps(enrich):
    told = [
        ("System", "Message user unblocked", "unblocked the user with id '5'.", "message", "unblocked"),
        ("Forum", "Subscription deleted", "unsubscribed the user with id '4' to the forum with course module id '7'.", "forum", "deleted"),
        ("H5P", "Course module viewed", "viewed the 'hvp' activity with course module id '7'.", "hvp", "viewed"),
        ("H5P", "Course module viewed", "viewed the 'h5pactivity' activity with course module id '7'.", "h5pactivity", "viewed"),
    ]  # fmt: skip
    rows = [
        event(f"The user with id '4' {says}", f"17/10/21, 12:3{at}", component=component, event_name=name)
        for at, (component, name, says, *_) in enumerate(told)
    ]
    assert [(row["module"], row["action"]) for row in enrich(rows).events] == [tuple(one[3:]) for one in told]


def test_what_several_events_are_called_gets_what_they_have_in_common(enrich):
    rows = [event("-", name="Ana Souza", component="H5P", event_name="Course module viewed")]
    result = enrich(rows)
    assert (one(result)["action"], one(result)["activity_type"]) == ("viewed", "Study_P")
    assert result.summary.ambiguous_events == 1


def test_an_event_without_a_name_of_its_own_is_called_by_its_class(enrich):
    rows = [
        event("-", name="Ana Souza", component="Laboratório", event_name="mod_vpl: submission debugged"),
        event("-", name="Ana Souza", component="Caderno", event_name="mod_sketchpad: sketch drawn"),
    ]
    assert [(row["module"], row["action"]) for row in enrich(rows).events] == [
        ("vpl", "debugged"),
        ("sketchpad", "drawn"),
    ]


def test_a_name_from_before_moodle_2_7_tells_part_and_event_whatever_its_address(enrich):
    names = [f"dice thrown far (https://m.example.org/mod/dice/view.php?id={number})" for number in (1, 2)]
    rows = [event("", name="Ana Souza", component="", event_name=name) for name in names]
    rows += [
        event("", name="Beto Reis", component="", event_name="assign view all (http://m.example.org/mod/assign/?id=1)")
    ]
    result = enrich(rows)
    assert [(row["module"], row["action"]) for row in result.events[:2]] == [("dice", "far")] * 2
    (kind,) = [one for one in result.summary.others if one["module"] == "dice"]
    assert (kind["event"], kind["event_name"], kind["events"]) == ("thrown_far", "dice thrown far", 2)
    assert result.events[2]["module"] == "assign"
