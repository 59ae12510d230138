import pytest
from conftest import event, graded, viewed


def reasons(result):
    return {row["description"]: row["reason"] for row in result.dropped}


def test_one_teaching_act_makes_a_person_staff_for_the_whole_log(enrich):
    result = enrich([viewed(9), graded(9, 4), viewed(4)])
    assert [row["user_id"] for row in result.events] == ["4"]
    assert result.summary.dropped == {"staff": 2}
    (one,) = result.summary.staff
    assert (one["person"], one["source"], one["rows"]) == ("9", "log", 2)


def test_looking_at_ones_own_work_makes_nobody_staff_and_at_anothers_does(enrich):
    says = "The user with id '{}' viewed the feedback for the user with id '{}' for the assignment with course module id '3'."
    result = enrich([event(says.format(4, 4)), event(says.format(9, 4))])
    assert [row["user_id"] for row in result.events] == ["4"]
    assert result.summary.dropped == {"staff": 1}


@pytest.mark.parametrize(
    ("user", "reason"), [("0", "guest"), ("1", "guest"), ("-1", "system"), ("-10", "system"), ("-20", "system")]
)
def test_ids_that_are_nobody_are_no_learners(enrich, user, reason):
    result = enrich([viewed(user), viewed(4)])
    assert result.summary.dropped == {reason: 1}


@pytest.mark.parametrize("origin", ["cli", "restore"])
def test_what_moodle_does_by_itself_is_no_learning(enrich, origin):
    assert enrich([viewed(4, Origin=origin), viewed(4)]).summary.dropped == {"system": 1}


def test_somebody_who_looks_as_a_student_is_not_that_student(enrich):
    result = enrich([viewed(4, name="Real Person as Student One"), viewed(4, name="Student One")])
    assert result.summary.dropped == {"logged_in_as": 1}
    assert result.summary.events_kept == 1


@pytest.mark.parametrize("name", ["Real Person zup Student One", "Student One zup Real Person"])
def test_in_an_unknown_language_the_id_tells_who_looks_as_whom(enrich, name):
    result = enrich([viewed(4, name=name), viewed(4, name="Student One"), viewed(5, name="Other One")])
    assert result.summary.dropped == {"logged_in_as": 1}


def test_a_long_name_that_holds_anothers_is_a_name_all_the_same(enrich):
    rows = [viewed(4, name="Ana Maria de Souza Lima"), viewed(5, name="Ana Maria"), viewed(6, name="Souza Lima")]
    assert enrich(rows).summary.dropped == {}


def test_every_row_is_either_kept_or_dropped_with_a_reason(enrich):
    rows = [viewed(4), graded(9, 4), viewed(0), viewed(5, time="29/02/21, 10:00"), *[viewed(6) for _ in range(5)]]
    result = enrich(rows)
    assert result.summary.rows_read == len(rows) == len(result.events) + len(result.dropped)
    assert all(row["reason"] for row in result.dropped)
    assert sum(result.summary.dropped.values()) == len(result.dropped)


def test_equal_rows_of_one_file_are_real_events(enrich):
    assert enrich([viewed(4)] * 3).summary.events_kept == 3


def test_what_two_files_share_counts_once(enrich):
    first = [viewed(4), viewed(4), viewed(5)]
    second = [viewed(5), viewed(4), viewed(4), viewed(4), viewed(6)]
    result = enrich(first, second)
    assert sorted(row["user_id"] for row in result.events) == ["4", "4", "4", "5", "6"]
    assert result.summary.dropped == {"repeated": 3}


def test_a_log_without_learners_is_told(enrich):
    result = enrich([graded(9, 4)])
    assert result.events == []
    assert "No event of a learner is left" in result.summary.warnings[0]
