"""What teachers ask of a log, answered in the report."""

import random
import re

import pytest
from conftest import SEVERAL, event, graded, viewed
from lxml import html

from moodlelogsmart.report.comparison import FEW


def opened(user, day, cm=62, name="Slides"):
    place = {"Event context": f"File: {name}", "Component": "File", "Event name": "Course module viewed"}
    return viewed(user, "resource", cm, time=f"{day:02}/10/21, 12:39", **place)


def section(result, name):
    page = html.fromstring((result.folder / "report.html").read_text(encoding="utf-8"))
    return " ".join(page.xpath(f"string(//section[@aria-labelledby='{name}'])").split())


def test_who_was_not_seen_for_long_is_named_with_the_day(enrich):
    result = enrich([opened(4, 1), opened(5, 20), opened(6, 31), opened(7, 31)])
    assert result.summary.answers.seen == {"7": 2, "14": 1, "28": 0, "longer": 1, "never": 0}
    assert "Seen longest ago: 4 (1 Oct 2021)" in section(result, "absent")
    assert "1 learner has not been seen for 28 days." in section(result, "figures")


def test_who_is_counted_as_not_seen_for_28_days_is_named(enrich):
    result = enrich([opened(4, 3), opened(5, 31)])
    assert result.summary.answers.seen["longer"] == len(result.summary.answers.gone) == 1


def test_who_is_on_the_list_and_never_came_is_named(enrich, tmp_path):
    roster = tmp_path / "participants.csv"
    roster.write_text("First name,Last name,ID,Roles\nAna,Souza,4,Student\nBeto,Reis,77,Student\n")
    result = enrich([opened(4, 1), opened(5, 2)], roster=roster)
    assert "never in the log: Beto Reis" in section(result, "absent")
    assert "1 person of your list never came." in section(result, "figures")


def test_elements_that_hardly_anybody_used_are_marked(enrich):
    rows = [opened(user, 1) for user in range(4, 24)] + [opened(4, 2, 63, "Old exams")]
    result = enrich(rows)
    assert (result.summary.answers.elements_all, result.summary.answers.elements_hardly) == (2, 1)
    assert "Old exams File · hardly used" in section(result, "elements")


def test_of_a_part_of_a_log_it_is_not_said_that_the_log_has_none(enrich):
    result = enrich([opened(4, 1), viewed(4, "quiz", 63)], module=["quiz"])
    assert "The part of this log that is counted has no forum." in section(result, "forums")
    assert "This log has no" not in result.content("report.html")


def test_what_a_log_does_not_hold_is_said(enrich):
    result = enrich([opened(4, 1)])
    assert "This log has no quiz." in section(result, "quizzes")
    assert "This log has no forum." in section(result, "forums")
    assert "Moodle does not log whether a video was watched" in section(result, "forums")
    assert "Add a grades file to see this." in section(result, "grades")


def graded_course(tmp_path, people, grade_of):
    grades = tmp_path / "grades.csv"
    lines = [f"Person,N{user},{user},{grade_of(user)}" for user in people]
    grades.write_text("\n".join(["First name,Last name,User ID,Course total (Real)", *lines]) + "\n")
    return grades


def test_grades_beside_activity_have_a_rank_correlation_with_its_interval(enrich, tmp_path):
    people = range(10, 30)
    rows = [opened(user, day) for user in people for day in range(1, user - 8)]
    grades = graded_course(tmp_path, people, lambda user: user / 10)
    found = enrich(rows, grades=grades).summary.answers.grades
    days = next(one for one in found.measures if one["measure"] == "active_days")
    assert (found.learners, days["rho"], days["n"]) == (20, 1, 20)
    assert 0.9 < days["low"] <= days["high"] <= 1


def test_the_correlation_is_that_of_the_ranks(enrich, tmp_path):
    chance = random.Random(7)
    people = range(10, 35)
    days = {user: chance.randint(1, 12) for user in people}
    marks = {user: chance.randint(1, 8) for user in people}
    rows = [opened(user, day) for user in people for day in range(1, days[user] + 1)]
    found = enrich(rows, grades=graded_course(tmp_path, people, marks.get)).summary.answers.grades

    def ranks(values):
        return [
            sum(other < one for other in values) + (sum(other == one for other in values) + 1) / 2 for one in values
        ]

    one, other = ranks([days[user] for user in people]), ranks([marks[user] for user in people])
    middle = (len(people) + 1) / 2
    spread = [sum((value - middle) ** 2 for value in values) for values in (one, other)]
    rho = sum((a - middle) * (b - middle) for a, b in zip(one, other, strict=True)) / (spread[0] * spread[1]) ** 0.5
    assert next(row["rho"] for row in found.measures if row["measure"] == "active_days") == pytest.approx(rho, abs=0.01)


def test_few_grades_give_no_correlation(enrich, tmp_path):
    people = range(4, 9)
    result = enrich([opened(user, user) for user in people], grades=graded_course(tmp_path, people, lambda user: user))
    assert result.summary.answers.grades.measures == []
    assert "Too few for a correlation" in section(result, "grades")


def test_a_group_tells_who_did_most_and_a_small_one_is_not_compared(enrich, tmp_path):
    groups = tmp_path / "groups.csv"
    large = range(10, 10 + FEW)
    lines = [f"Person,N{user},{user},Blue" for user in large] + ["Person,N4,4,Red", "Person,N5,5,Red"]
    groups.write_text("\n".join(["First name,Last name,User ID,Groups", *lines]) + "\n")
    rows = [opened(user, 1) for user in large] + [opened(4, 1), opened(4, 2), opened(4, 3), opened(5, 1)]
    result = enrich(rows, groups=groups)
    blue, red = result.summary.answers.groups
    assert (blue["name"], blue["members"], blue["active"]) == ("Blue", FEW, FEW)
    assert (red["name"], [(one["name"], one["share"]) for one in red["people"]]) == (
        "Red",
        [("Person N4", 0.75), ("Person N5", 0.25)],
    )
    assert "Red2 of 24Person N4 75%" in section(result, "groups")
    assert "Not compared, for fewer than 5 of their members did something: Red (2)" in section(result, "comparison")


def test_whoever_else_is_kept_the_answers_are_the_same(enrich):
    rows = [opened(4, 1), opened(5, 2), graded(9, 4), event("The user with id '9' viewed the course with id '3'.")]
    assert enrich(rows).summary.answers == enrich(rows, keep=["staff"]).summary.answers


def test_a_group_of_which_nobody_came_is_named_and_staff_are_no_members(enrich, tmp_path):
    roster = tmp_path / "participants.csv"
    lines = [
        "Ana,Souza,4,Student,Blue",
        "Rui,Prado,9,Teacher,Blue",
        "Beto,Reis,77,Student,Red",
        "Lia,Melo,78,Student,Red",
    ]
    roster.write_text("\n".join(["First name,Last name,ID,Roles,Groups", *lines]) + "\n")
    result = enrich([opened(4, 1), graded(9, 4)], roster=roster)
    blue, red = result.summary.answers.groups
    assert (blue["name"], blue["members"], blue["active"]) == ("Blue", 1, 1)
    assert (red["name"], red["members"], red["active"], red["people"]) == ("Red", 2, 0, [])
    assert "Red0 of 20nobody was active" in section(result, "groups")
    assert [row["group"] for row in result.rows("learners.csv")] == ["Blue", "Red", "Red"]


def test_with_pseudonyms_who_never_came_is_counted_and_not_named(enrich, tmp_path):
    roster = tmp_path / "participants.csv"
    lines = ["Ana,Souza,4,Student,Blue", "Beto,Reis,77,Student,Beto's"]
    roster.write_text("\n".join(["First name,Last name,ID,Roles,Groups", *lines]) + "\n")
    result = enrich([opened(4, 1)], roster=roster, pseudonym_key="ab" * 32)
    assert (result.summary.answers.seen["never"], result.summary.answers.never) == (1, [])
    assert "1 person of your list never came." in section(result, "figures")
    assert "Beto" not in (result.folder / "report.html").read_text(encoding="utf-8")


def handed_in(user, day, cm=70):
    says = f"The user with id '{user}' has submitted the submission with id '{user}{cm}' for the assignment with course"
    place = {"Event context": f"Assignment: Essay {cm}", "Component": "Assignment"}
    name = "A submission has been submitted."
    return event(f"{says} module id '{cm}'.", f"{day:02}/10/21, 12:39", event_name=name, **place)


def test_all_assignments_count_where_a_page_shows_only_some(enrich):
    rows = [handed_in(user, 1 if user < 7 else 2, cm) for user in range(4, 9) for cm in range(100, 160)]
    result = enrich(rows)
    answers = result.summary.answers
    assert len(answers.assignments) == 50
    assert (answers.totals["assignments"], answers.totals["handed_in"], answers.totals["after"]) == (60, 300, 120)
    assert "50 of 60. All of them: submissions.csv." in section(result, "assignments")


def test_what_is_there_and_was_not_used_is_not_said_to_be_missing(enrich, tmp_path):
    lists = {"grades": tmp_path / "grades.csv", "roster": tmp_path / "participants.csv"}
    lists["grades"].write_text("First name,Last name,User ID,Course total (Real)\nAna,Souza,4,-\n")
    lists["roster"].write_text("First name,Last name,ID,Roles\nAna,Souza,4,Student\n")
    places = [("quiz", 71, "Quiz"), ("forum", 73, "Forum"), ("h5pactivity", 74, "H5P")]
    made = [
        event(
            f"The user with id '9' created the '{kind}' activity with course module id '{cm}'.",
            **{"Event context": f"{word}: One", "Event name": "Course module created"},
        )
        for kind, cm, word in places
    ]
    seen = viewed(
        4, "quiz", 71, **{"Event context": "Quiz: One", "Component": "Quiz", "Event name": "Course module viewed"}
    )
    result = enrich([opened(4, 1), seen, *made], **lists)
    assert "Nobody tried a quiz in this log." in section(result, "quizzes")
    assert "No learner read or wrote in a forum of this log." in section(result, "forums")
    assert "No learner opened a video, recording or meeting of this log." in section(result, "forums")
    assert "No learner of this log has a grade that is a number." in section(result, "grades")
    assert "The lists beside this log tell no groups of its learners." in section(result, "groups")


def test_equal_grades_are_not_said_to_be_too_few(enrich, tmp_path):
    people = range(10, 30)
    rows = [opened(user, day) for user in people for day in range(1, user - 8)]
    result = enrich(rows, grades=graded_course(tmp_path, people, lambda user: 5))
    assert "Too few" not in section(result, "grades")
    assert "no correlation can be told" in section(result, "grades")


def test_one_learner_is_told_without_a_plural(enrich):
    result = enrich([opened(4, 1)])
    short = section(result, "figures")
    assert "1 learner; events: 1, sessions: 1, active days: 1." in short
    assert "Elements opened by no learner: 0 of 1." in short
    assert "Estimated time on task in minutes: 0." in short
    assert "Between" not in short
    assert "At most 1 event in one hour" in section(result, "hours")


@pytest.mark.parametrize("language", ["en", "pt_BR", "es"])
def test_nothing_of_which_there_is_one_is_told_as_several(enrich, language):
    rows = [graded(9, 4), opened(4, 1)]
    page = html.fromstring((enrich(rows, language=language, session_gap=1).folder / "report.html").read_text("utf-8"))
    tiles = [f"{one.getparent().findtext('dd')} {one.text}" for one in page.xpath("//dl[@class='figures']/div/dt")]
    told = [page.text_content(), *tiles]
    assert not [found for text in told for found in re.findall(SEVERAL, " ".join(text.split()))]


def test_a_few_learners_are_told_as_they_are(enrich):
    result = enrich([opened(4, 1), opened(5, 1), opened(4, 8), opened(5, 8)])
    short = section(result, "figures")
    assert "2 of 2 were active each week." in short
    assert "2 learners did 4 things in 4 sessions; half of them were active on 2 days or more." in short
    assert "Half of the learners spent about 0 minutes, estimated." in short
    assert "2 learners did 2 things in 2 sessions." in section(enrich([opened(4, 1), opened(5, 1)]), "figures")


def test_days_before_the_end_are_those_of_the_column(enrich):
    result = enrich([opened(4, 24), opened(5, 17), opened(6, 3), opened(7, 31)])
    assert [row["days_absent"] for row in result.rows("learners.csv")] == ["7", "14", "28", "0"]
    for words in ("7 to 13 days before", "14 to 27 days before", "28 days before, or longer"):
        assert f"{words}125%" in section(result, "absent")


def test_labels_of_ones_own_have_a_table_and_a_map(enrich, tmp_path):
    file = tmp_path / "labels.csv"
    file.write_text("element,label\nSlides,Theory\nNotes,Theory\nTasks,Practice\n")
    rows = [opened(4, 1), opened(4, 2, 63, "Notes"), opened(5, 3), opened(5, 3, 64, "Tasks"), opened(6, 4, 65, "Extra")]
    result = enrich(rows, labels=file)
    told = {one["label"]: (one["elements"], one["learners"], one["events"]) for one in result.summary.answers.labels}
    assert told == {"Theory": (2, 2, 3), "Practice": (1, 1, 1), "": (1, 1, 1)}
    text = section(result, "labels")
    assert "Theory22 of 33" in text
    assert "without a label11 of 31" in text
    boxes = {node.name for drawing in result.summary.figures.label_maps.values() for node in drawing.nodes}
    assert boxes == {"start", "end", "Theory", "Practice"}
    assert "Labels of your own" in section(result, "map")
    plain = enrich(rows)
    assert plain.summary.answers.labels == []
    assert section(plain, "labels") == ""
    assert "Labels of your own" not in section(plain, "map")
