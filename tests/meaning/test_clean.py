from itertools import product

import pytest
from conftest import HEADER, event, graded, log_text, viewed


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


def test_ids_that_are_nobody_are_no_learners(enrich):
    nobody = {"0": "guest", "1": "guest", "-1": "system", "-10": "system", "-20": "system"}
    result = enrich([viewed(user) for user in [*nobody, 4]])
    assert {row["description"].split("'")[1]: row["reason"] for row in result.dropped} == nobody


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


# What stands between two names where somebody looks as a student, and may stand in the name of one.
WORDS = ["{} as {}", "{} como {}", "{} als {}", "{} come {}", "{} som {}", "{} {} gisa"]
NO_ID = {"component": "Quiz", "event_name": "Quiz attempt started"}


def seen(user, name, **cells):
    return viewed(user, name=name, **cells) if user else event("", name=name, **NO_ID | cells)


@pytest.mark.parametrize("ids", [True, False], ids=["with ids", "without ids"])
def test_a_word_like_as_is_part_of_a_name_where_neither_half_is_anybody(enrich, ids):
    names = [
        words.format(*halves)
        for words, own in zip(WORDS, "abcdef", strict=True)
        for halves in ((f"Khalid{own}", f"Sabah{own}"), (f"Abd{own}", f"Salam{own} Omar"), (f"Abd{own}", f"Samad{own}"))
    ]
    people = dict(enumerate([*names, "Ana Lima"], start=71))
    result = enrich([seen(ids and user, name) for user, name in people.items()] * 3)
    assert result.dropped == []
    assert (len({row["case_id"] for row in result.events}), len(result.events)) == (len(people), 3 * len(people))


def test_a_name_with_as_stays_one_beside_what_moodle_writes_of_the_person(enrich):
    rows = [
        viewed(71, name="Khalid as Sabah"),
        event("The user with id '71' has had their attempt with id '3' marked as overdue for the quiz with course "
              "module id '62'."),
        event("The user with id '71' has had their attempt with id '3' reviewed by the user with id '9' for the quiz "
              "with course module id '62'.", name="Tea Cher"),
        graded(9, 71, name="Tea Cher", **{"Affected user": "Khalid as Sabah"}),
    ]  # fmt: skip
    assert "logged_in_as" not in enrich(rows).summary.dropped


# Who else there is, by user and name; `{}` as in a name with words, `#` what sets the people of each words apart.
OTHERS = {
    "the student": [(4, "Student# One")],
    "the real one": [(9, "Real# Person")],
    "the student, affected": [(5, "Ana# Lima", {"Affected user": "Student# One"})],
    "as another too": [(5, "Real# Person{}Ana# Lima")],
    "another as the student": [(4, "Other# Person{}Student# One")],
}


@pytest.mark.parametrize("ids", [True, False], ids=["with ids", "without ids"])
@pytest.mark.parametrize("others", OTHERS.values(), ids=OTHERS)
def test_who_looks_as_a_student_is_told_by_either_name(enrich, ids, others):
    rows = []
    for place, words in enumerate(WORDS):

        def row(user, name, place=place, words=words, **cells):
            name = words.format(*name.split("{}")) if "{}" in name else name
            own = {key: value.replace("#", "abcdef"[place]) for key, value in (cells | {"name": name}).items()}
            return seen(ids and 100 * (place + 1) + user, **own)

        rows.append(row(4, "Real# Person{}Student# One"))
        rows += [row(user, name, **dict(*cells)) for user, name, *cells in others]
    dropped = {row["user_full_name"]: row["reason"] for row in enrich(rows).dropped}
    for words, own in zip(WORDS, "abcdef", strict=True):
        assert dropped[words.format(f"Real{own} Person", f"Student{own} One")] == "logged_in_as", words


def test_who_looks_as_a_student_is_told_by_another_name_of_the_same_id(enrich):
    pairs = list(enumerate(product(WORDS, ["S{}. One", "-"]), start=10))
    as_other = [words.format(f"Real{user} Person", f"Student{user} One") for user, (words, _name) in pairs]
    rows = [viewed(user, name=name) for (user, _pair), name in zip(pairs, as_other, strict=True)]
    rows += [viewed(user, name=name.format(user)) for user, (_words, name) in pairs]
    result = enrich([*rows, viewed(5, name="Bo Lind")])
    assert {row["user_full_name"]: row["reason"] for row in result.dropped} == dict.fromkeys(as_other, "logged_in_as")


def test_where_the_student_has_such_a_name_the_whole_of_it_tells(enrich):
    rows = [viewed(71, name="Real Person as Khalid as Sabah"), viewed(71, name="Khalid as Sabah")]
    (dropped,) = enrich(rows).dropped
    assert dropped["user_full_name"] == "Real Person as Khalid as Sabah"


@pytest.mark.parametrize("name", ["Real Person en tant que Student One", "Real Person под именем Student One"])
def test_words_that_are_in_no_name_tell_it_by_themselves(enrich, name):
    assert enrich([viewed(4, name=name), viewed(5, name="Bo Lind")]).summary.dropped == {"logged_in_as": 1}


def test_names_made_to_be_taken_apart_take_no_time(enrich):
    names = [" as ".join("ab" * 20_000), " como ".join(map(str, range(40))), " as  as  as ", " gisa gisa", "as as as"]
    assert enrich([viewed(number, name=name) for number, name in enumerate(names, start=4)]).summary.dropped == {}


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


@pytest.mark.parametrize("cut", range(1, 7))
def test_a_log_that_is_cut_within_a_minute_has_all_its_rows(enrich, cut):
    rows = [viewed(4, time=f"17/10/21, 12:{minute}") for minute in (39, 40, 40, 40, 41, 41, 42)]
    result = enrich(rows[:cut], rows[cut:])
    assert (len(result.events), result.summary.dropped) == (7, {})


def test_a_file_that_comes_twice_counts_once_also_where_it_is_of_one_minute(enrich):
    assert enrich([viewed(4)] * 2, [viewed(4)] * 2).summary.events_kept == 2


def test_a_log_without_learners_is_told(enrich):
    result = enrich([graded(9, 4)])
    assert result.events == []
    assert "No event of a learner is left" in result.warned["no_learners"]


def staff_of(result):
    return [one["person"] for one in result.summary.staff]


LOCKS = "The user with id '{}' deleted locks for the page with id '3' for the wiki with course module id '9'."
GRADE_ITEM = "The user with id '{}' updated a grade item with id '23' of type 'mod' and name 'Bo's quiz' in the course with the id '9'."
TOUR = "The user with id '{}' has started the tour with id '5' on the page with URL 'https://m.example/my/'."


@pytest.mark.parametrize("says", [LOCKS, GRADE_ITEM, TOUR])
def test_a_side_effect_marks_nobody_and_is_nobodys_learning(enrich, says):
    result = enrich([viewed(4), event(says.format(4)), viewed(5)])
    assert sorted(row["user_id"] for row in result.events) == ["4", "5"]
    assert (result.summary.dropped, staff_of(result)) == ({"side_effect": 1}, [])


def test_side_effects_can_be_kept_told_apart(enrich):
    result = enrich([viewed(4), event(LOCKS.format(4))], keep=("side_effect",))
    assert [row["role"] for row in result.events] == ["learner", "side_effect"]


SUBMITTED = "The user with id '{0}' has submitted the attempt with id '7' for the quiz with course module id '62'."
UPDATED = "The user with id '{}' updated the course with id '77'."
ROLE = "The user with id '{}' updated the role with id '5'."


@pytest.mark.parametrize(
    ("acts", "doubtful"),
    [
        ([UPDATED], True),
        ([UPDATED, UPDATED], True),
        ([UPDATED] * 3, False),
        ([UPDATED, "The user with id '{}' viewed the log report for the course with id '77'."], False),
        ([ROLE], False),
    ],
)
def test_one_weak_sign_against_a_learners_profile_is_a_doubt(enrich, acts, doubtful):
    rows = [event(SUBMITTED.format(4)), *(event(says.format(4)) for says in acts), viewed(5)]
    result = enrich(rows)
    assert ([one["person"] for one in result.summary.doubtful], staff_of(result)) == (
        (["4"], []) if doubtful else ([], ["4"])
    )
    assert result.summary.dropped == {"staff": len(acts) if doubtful else len(acts) + 1}


def test_without_work_of_ones_own_one_act_is_enough(enrich):
    result = enrich([viewed(4), event(UPDATED.format(4))])
    assert (staff_of(result), result.summary.doubtful) == (["4"], [])


def site_log(*rows):
    """A log of several courses: each row is (course, description)."""
    header = ["Course", *HEADER]
    return log_text([event(says) | {"Course": course} for course, says in rows], header=header)


def test_in_several_courses_a_teacher_of_one_learns_in_another(enrich):
    view = "The user with id '{}' viewed the 'page' activity with course module id '{}'."
    rows = [("A", UPDATED.format(4)), ("A", view.format(4, 1)), ("B", view.format(4, 2)), ("B", view.format(5, 2))]
    result = enrich(site_log(*rows))
    assert sorted((row["user_id"], row["course"]) for row in result.events) == [("4", "B"), ("5", "B")]


def test_the_rows_of_who_teaches_two_courses_are_counted_once(enrich):
    result = enrich(site_log(*((course, UPDATED.format(4)) for course in "ABB"), ("B", UPDATED.format(5))))
    assert [(one["person"], one["rows"]) for one in result.summary.staff] == [("4", 3), ("5", 1)]


def test_an_administrators_act_counts_in_every_course(enrich):
    view = "The user with id '{}' viewed the 'page' activity with course module id '2'."
    result = enrich(site_log(("A", ROLE.format(4)), ("B", view.format(4)), ("B", view.format(5))))
    assert [row["user_id"] for row in result.events] == ["5"]


def test_a_question_in_studentquiz_is_its_authors_own(enrich):
    says = "The user with id '{}' created a question with the id of '9' in the category with the id '3'."
    place = {"Event context": "StudentQuiz: Ours"}
    result = enrich([event(says.format(4), **place), event(says.format(9)), viewed(5)])
    assert [(row["user_id"], row["activity_type"]) for row in result.events if row["module"] == "question"] == [
        ("4", "Synthesize")
    ]
    assert staff_of(result) == ["9"]


def test_a_group_made_by_a_user_of_group_self_selection_marks_nobody(enrich):
    says = "The user with id '{}' created the group with id '3'."
    result = enrich([viewed(4, module="groupselect"), event(says.format(4)), event(says.format(9)), viewed(5)])
    assert staff_of(result) == ["9"]


def test_a_grade_that_moodle_recalculates_for_oneself_is_a_side_effect_and_anothers_is_staffs(enrich):
    says = (
        "The user with id '{}' updated the grade with id '1' for the user with id '{}' for the grade item with id '2'."
    )
    result = enrich([event(says.format(4, 4)), event(says.format(9, 4)), viewed(4), viewed(9)])
    assert (result.summary.dropped, staff_of(result)) == ({"side_effect": 1, "staff": 2}, ["9"])
