"""What is handed in, tried and written."""

from acting import answered, asked, graded, handed_in, opened, read_feedback, saved, tried
from conftest import event


def test_a_submission_tells_when_it_was_saved_handed_in_graded_and_read(enrich):
    rows = [
        saved(4, "17/10/21, 10:00"),
        handed_in(4, "17/10/21, 12:00"),
        handed_in(4, "17/10/21, 18:00"),
        graded(9, 4, "19/10/21, 18:00"),
        read_feedback(4, "20/10/21, 08:00"),
        opened(9, "20/10/21, 09:00"),
    ]
    (one,) = enrich(rows).rows("submissions.csv")
    assert one == {
        "element": "70",
        "name": "Essay",
        "person": "4",
        "user_full_name": "",
        "first_time": "2021-10-17T12:00:00+00:00",
        "last_time": "2021-10-17T18:00:00+00:00",
        "submissions": "2",
        "state": "submitted",
        "draft_hours": "2.0",
        "busiest_day": "2021-10-17",
        "timing": "on the day",
        "graded_time": "2021-10-19T18:00:00+00:00",
        "hours_to_grade": "48.0",
        "feedback_time": "2021-10-20T08:00:00+00:00",
    }


def test_who_only_saved_what_others_handed_in_has_a_draft(enrich):
    rows = [saved(4, "17/10/21, 10:00"), handed_in(5, "17/10/21, 12:00")]
    told = {row["person"]: row["state"] for row in enrich(rows).rows("submissions.csv")}
    assert told == {"4": "draft", "5": "submitted"}


def test_where_nobody_hands_in_what_is_saved_is_submitted(enrich):
    (one,) = enrich([saved(4, "17/10/21, 10:00")]).rows("submissions.csv")
    assert (one["state"], one["submissions"]) == ("submitted", "1")


def test_the_day_on_which_most_hand_in_is_taken_for_the_last(enrich):
    rows = [handed_in(4, "16/10/21, 10:00"), handed_in(8, "18/10/21, 10:00")]
    rows += [handed_in(user, "17/10/21, 12:00") for user in (5, 6)]
    told = {row["person"]: row["timing"] for row in enrich(rows).rows("submissions.csv")}
    assert told == {"4": "before", "5": "on the day", "6": "on the day", "8": "after"}


def test_an_attempt_tells_how_long_it_took_and_whether_it_was_submitted(enrich):
    rows = [
        tried(4, 31, "started", "17/10/21, 10:00"),
        tried(4, 31, "submitted", "17/10/21, 10:20"),
        tried(4, 32, "started", "18/10/21, 10:00"),
    ]
    attempts = enrich(rows).rows("attempts.csv")
    assert [(row["attempt"], row["attempt_id"], row["minutes"], row["state"]) for row in attempts] == [
        ("1", "31", "20.0", "submitted"),
        ("2", "32", "", "not submitted"),
    ]


def test_an_attempt_that_cron_gives_up_is_abandoned(enrich):
    says = (
        "The user with id '4' has had their attempt with id '31' marked as abandoned for the quiz with course module id"
    )
    quiz = {"Event context": "Quiz: Birds", "Component": "Quiz", "Event name": "Quiz attempt abandoned"}
    rows = [tried(4, 31, "started", "17/10/21, 10:00"), event(f"{says} '71'.", "18/10/21, 10:00", Origin="cli", **quiz)]
    (one,) = enrich(rows).rows("attempts.csv")
    assert (one["person"], one["state"]) == ("4", "abandoned")


def test_attempts_without_numbers_are_told_apart_by_their_starts(enrich):
    names = {"started": "Quiz attempt started", "submitted": "Quiz attempt submitted"}
    quiz = {"Event context": "Quiz: Birds", "Component": "Quiz"}
    times = [("started", 10), ("submitted", 11), ("started", 12), ("submitted", 14)]
    rows = [event("", f"17/10/21, {hour}:00", "Ana Souza", event_name=names[did], **quiz) for did, hour in times]
    assert [row["minutes"] for row in enrich(rows).rows("attempts.csv")] == ["60.0", "120.0"]


def test_under_a_third_of_the_usual_time_an_attempt_is_fast(enrich):
    rows = []
    for user, minutes in ((4, 30), (5, 30), (6, 2)):
        rows += [
            tried(user, user, "started", "17/10/21, 10:00"),
            tried(user, user, "submitted", f"17/10/21, 10:{minutes:02}"),
        ]
    told = {row["person"]: row["is_fast"] for row in enrich(rows).rows("attempts.csv")}
    assert told == {"4": "false", "5": "false", "6": "true"}


def test_a_forum_tells_who_reads_writes_and_answers(enrich):
    rows = [
        asked(4, 11, "17/10/21, 10:00"),
        answered(4, 11, "17/10/21, 10:30"),
        answered(5, 11, "17/10/21, 12:00"),
        answered(9, 11, "17/10/21, 16:00"),
        asked(5, 12, "17/10/21, 11:00"),
        graded(9, 4, "19/10/21, 18:00"),
    ]
    (forum,) = enrich(rows).rows("forum.csv")
    assert {name: forum[name] for name in list(forum)[2:]} == {
        "readers": "2",
        "writers": "2",
        "discussions": "2",
        "replies": "3",
        "learners_posts": "4",
        "answered": "1",
        "answered_share": "0.5",
        "hours_to_answer": "2.0",
        "answered_by_staff": "1",
        "hours_to_staff_answer": "6.0",
    }
