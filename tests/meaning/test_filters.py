"""Filters: what of a log counts; the rest is left out, and said to be."""

import json
import re

import pytest
from conftest import event, graded, log_text, viewed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moodlelogsmart.messages import LogError
from moodlelogsmart.options import FORM, Options, parse
from moodlelogsmart.report.labels import filters_in_words

COURSES = {"Course": "Invented Studies"}


def tried(user, cm, quiz="quiz", **cells):
    says = (
        f"The user with id '{user}' has submitted the attempt with id '{user}{cm}' for the quiz with course module id "
    )
    return event(f"{says}'{cm}'.", component="Quiz", event_name="Quiz attempt submitted", **cells)


LOG = [
    viewed(4, time="17/10/21, 23:59", name="Ana Souza"),
    viewed(5, "quiz", 63, time="18/10/21, 00:00", name="Beto Reis"),
    tried(5, 63, time="18/10/21, 23:59", name="Beto Reis"),
    viewed(6, "forum", 64, time="19/10/21, 00:00", name="Caio Melo"),
    tried(4, 65, time="20/10/21, 10:00", name="Ana Souza"),
    graded(9, 5, time="20/10/21, 11:00", name="Dora Prof"),
]


def test_days_are_those_of_the_logs_clock_the_last_one_included(enrich):
    result = enrich(LOG, from_="2021-10-18", until="2021-10-18", timezone="America/Sao_Paulo")
    assert [one["user_id"] for one in result.events] == ["5", "5"]
    assert {one["time"][:10] for one in result.events} == {"2021-10-18"}
    assert result.summary.rows_read == len(LOG) == len(result.events) + len(result.dropped)


def test_what_is_left_out_stands_among_the_dropped_rows_as_it_was(enrich):
    result = enrich(LOG, module=("forum",))
    reasons = {one["Description" if "Description" in one else "description"]: one["reason"] for one in result.dropped}
    assert list(reasons.values()).count("filtered") == 4
    assert {one["module"] for one in result.dropped if one["reason"] == "filtered"} == {"page", "quiz"}
    assert result.summary.dropped == {"staff": 1, "filtered": 4}


@pytest.mark.parametrize("name", ["quiz", "Quiz", " QUIZ ", "Teste rápido"])
def test_a_part_of_moodle_is_told_by_its_name_or_as_the_log_calls_it(enrich, name):
    log = [{**row, "Component": "Teste Rápido"} if row["Component"] == "Quiz" else row for row in LOG]
    result = enrich(log, **parse_module(name))
    assert {one["module"] for one in result.events} == {"quiz"}


def parse_module(name):
    return {"module": parse({"module": [name]}, FORM).module}


def test_a_course_is_told_by_its_name(enrich):
    log = [
        {**viewed(4), "Course": "Invented Studies"},
        {**viewed(5, cm=63), "Course": "Applied Inventions"},
        {**viewed(6, cm=64), "Course": "Others"},
    ]
    header = [*log[0]]
    result = enrich(log_text(log, header), course=["applied inventions", "Others"])
    assert [one["user_id"] for one in result.events] == ["5", "6"]
    assert result.summary.filters == {"course": ["Applied Inventions", "Others"]}


def test_a_group_is_that_of_the_list_of_participants(enrich, tmp_path):
    listed = tmp_path / "people.csv"
    listed.write_text("First name,Last name,Roles,Groups\nAna,Souza,Student,Red\nBeto,Reis,Student,Blue\n")
    result = enrich(LOG, roster=listed, group=["red"])
    assert {one["user_id"] for one in result.events} == {"4"}
    assert result.summary.filters == {"group": ["Red"]}
    assert result.summary.offered["group"] == ["Blue", "Red"]


def test_who_never_came_is_of_the_groups_that_count(enrich, tmp_path):
    listed = tmp_path / "people.csv"
    listed.write_text(
        "First name,Last name,Roles,Groups\nAna,Souza,Student,Red\nBeto,Reis,Student,Blue\n"
        "Caio,Red,Student,Red\nDina,Blue,Student,Blue\nElsa,None,Student,\n"
    )

    def never(**options):
        result = enrich(LOG, roster=listed, **options)
        return result.summary.answers.seen["never"], sorted(
            one["user_full_name"] for one in result.rows("learners.csv") if one["events"] == "0"
        )

    assert never() == (3, ["Caio Red", "Dina Blue", "Elsa None"])
    assert never(group=["red"]) == (1, ["Caio Red"])
    assert never(group=["Red", "Blue"]) == (2, ["Caio Red", "Dina Blue"])
    assert never(finished=True) == (0, [])


def test_who_finished_tried_the_exercise_that_was_begun_last(enrich):
    result = enrich(LOG, finished=True)
    assert {one["user_id"] for one in result.events} == {"4"}
    assert len(result.events) == 2


def test_which_exercise_is_the_last_does_not_depend_on_the_part_of_moodle(enrich):
    result = enrich(LOG, finished=True, module=["page"])
    assert [(one["user_id"], one["module"]) for one in result.events] == [("4", "page")]


def test_of_days_the_last_exercise_is_the_last_within_them(enrich):
    result = enrich(LOG, finished=True, until="2021-10-19")
    assert {one["user_id"] for one in result.events} == {"5"}


def test_a_filter_never_changes_who_is_staff(enrich):
    log = [*LOG, viewed(9, "forum", 64, time="19/10/21, 09:00", name="Dora Prof")]
    result = enrich(log, module=["forum"])
    assert {one["user_id"] for one in result.events} == {"6"}
    assert [one["person"] for one in result.summary.staff] == ["9"]


def test_sessions_are_those_of_what_is_left(enrich):
    log = [
        viewed(4, time="17/10/21, 12:00"),
        viewed(4, "forum", 64, time="17/10/21, 12:20"),
        viewed(4, time="17/10/21, 12:40"),
    ]
    assert enrich(log).summary.sessions == 1
    assert enrich(log, module=["page"]).summary.sessions == 2


def test_what_came_before_counts_although_it_is_left_out(enrich):
    log = [
        tried(4, 63, time="17/10/21, 12:00"),
        event(
            "The user with id '4' has had their attempt with id '463' reviewed by the user with id '4' for the quiz with "
            "course module id '63'.",
            time="18/10/21, 12:00",
            component="Quiz",
            event_name="Quiz attempt reviewed",
        ),
    ]
    meant = [one["activity_type"] for one in enrich(log).events]
    assert [one["activity_type"] for one in enrich(log, from_="2021-10-18").events] == meant[1:]


def test_a_filter_that_leaves_nothing_says_so(enrich):
    result = enrich(LOG, course=["No such course"])
    assert result.events == []
    assert result.warned["no_learners"].startswith(
        "The filters leave no event of a learner (rows left out by them: 5)."
    )
    assert "most_rows_dropped" not in result.warned
    assert result.summary.filters == {"unknown": 1}


def test_it_is_told_in_manifest_and_report(enrich):
    result = enrich(LOG, from_="2021-10-18", module=["Quiz"], finished=True)
    manifest = json.loads((result.folder / "manifest.json").read_text())
    assert [manifest["options"][name] for name in ("from", "until", "module")] == ["2021-10-18", None, ["Quiz"]]
    assert manifest["filters"] == {"from": "2021-10-18", "module": ["quiz"], "finished": True}
    report = " ".join((result.folder / "report.html").read_text().split())
    told = re.sub("<[^>]*>", "", re.search('<p id="filters">(.*?)</p>', report)[1])
    assert told == (
        "Only a part of the log is counted: from 18 October 2021 on; part of Moodle: Quiz; people who handed in or "
        "tried the last exercise. 4 rows are left out by that."
    )
    assert 'id="filters"' not in (enrich(LOG).folder / "report.html").read_text()


def test_with_pseudonyms_the_name_of_a_person_in_a_filter_is_a_code(enrich):
    log = [{**viewed(4, name="Ana Souza"), "Course": "Tutoring of Ana Souza"}, {**viewed(5, cm=63), "Course": "Other"}]
    asked = ["tutoring of ana souza", "Course of Zoë Unal"]
    result = enrich(log_text(log, [*log[0]]), course=asked, pseudonym_key="ab" * 32)
    assert len(result.events) == 1
    for path in result.folder.iterdir():
        content = path.read_bytes().lower()
        assert b"souza" not in content and b"unal" not in content, path.name
    told = json.loads((result.folder / "manifest.json").read_text())
    assert told["options"]["course"] == told["filters"]["course"] == [result.events[0]["course"]]
    assert told["filters"]["unknown"] == 1


def test_the_last_day_cannot_be_before_the_first():
    with pytest.raises(LogError, match="The last day is before the first"):
        Options(from_="2021-10-18", until="2021-10-17")


@pytest.mark.parametrize("day", ["18/10/2021", "2021-02-30", "20211018", "yesterday"])
def test_a_day_is_written_as_iso_has_it(day):
    with pytest.raises(LogError, match="A day is written as in 2023-10-31"):
        parse({"until": [day]}, FORM)


def test_a_form_has_one_name_a_line():
    assert parse({"module": ["quiz\r\n forum \n\nquiz"]}, FORM).module == ("quiz", "forum")


def test_every_filter_is_said_in_words():
    filters = {"from": "2021-10-18", "until": "2021-10-19", "section": ["A", "B"], "unknown": 2}
    assert filters_in_words(filters) == [
        "from 18 October 2021 on", "until 19 October 2021", "section: A, B", "names that are not in the log: 2",
    ]  # fmt: skip


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(4, 6), st.sampled_from(["quiz", "forum", "page", "assign"])), min_size=1, max_size=9
    ),
    st.sampled_from(["quiz", "forum", "page"]),
)
def test_by_one_part_of_moodle_no_other_is_in_any_file(enrich, did, kept):
    log = [viewed(user, module, 60 + len(module), name=f"Learner {user}") for user, module in did]
    result = enrich(log, module=[kept])
    assert result.summary.rows_read == len(result.events) + len(result.dropped)
    assert len(result.events) == sum(module == kept for _user, module in did)
    others = {"quiz", "forum", "page", "assign"} - {kept}
    for path in result.folder.glob("*"):
        if path.suffix in (".csv", ".xes") and path.name != "dropped_events.csv":
            content = path.read_text()
            assert not [
                one for one in others if f"'{one}'" in content or f'"{one}"' in content or f",{one}," in content
            ]
