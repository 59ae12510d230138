"""What a job leaves goes with what came: a name that is told once is not repeated without an end."""

import csv
import io
import json
import sqlite3
from contextlib import closing

import pytest
from acting import handed_in, opened, tried
from conftest import Result, event, finish, graded, log_text, viewed

from moodlelogsmart.jobs.child import encoded
from moodlelogsmart.messages import LogError
from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process
from moodlelogsmart.report.comparison import SIDES

# Of a log with short names the files together have some thirty bytes for each of its own.
FACTOR, BESIDE = 40, 2_000_000
LONG, SHOWN = 100_000, 200  # letters of a name, and those that are repeated of it
AT = [f"{day:02}/10/21, {hour:02}:{minute:02}" for day in range(1, 29) for hour in (8, 12, 16) for minute in range(40)]


@pytest.fixture
def made(tmp_path):
    """The results of a log with files beside it, which go with their size."""

    def run(rows, **beside):
        folder, log = tmp_path / "out", tmp_path / "log.csv"
        folder.mkdir()
        log.write_text(rows if isinstance(rows, str) else log_text(rows))
        for name, content in beside.items():
            (tmp_path / name).write_text(content)
        files = {name: tmp_path / name for name in beside}
        result = Result(process(log, Options(**files), folder, people=tmp_path / "people.sqlite"), folder)
        came = log.stat().st_size + sum(path.stat().st_size for path in files.values())
        sizes = {path.name: path.stat().st_size for path in [*folder.iterdir(), tmp_path / "people.sqlite"]}
        assert sum(sizes.values()) < FACTOR * came + BESIDE, (came, sizes)
        assert len(encoded(result.summary.shown())) < 300_000
        return result

    return run


def groups_of(people, groups):
    return "\n".join(["User ID,Group", *(f'{user},"{",".join(groups)}"' for user in people)]) + "\n"


def test_people_in_many_groups_do_not_have_them_repeated_by_each_event(made):
    groups = [f"Group {number}" for number in range(800)]
    result = made(
        [viewed(4 + place % 5, time=time) for place, time in enumerate(AT[:2000])],
        groups=groups_of(range(4, 9), groups),
    )
    log = json.loads((result.folder / "enriched_log.ocel.json").read_text())
    assert {len(one["relationships"]) for one in log["objects"] if one["type"] == "student"} == {800}
    assert sum(one["type"] == "group" for one in log["objects"]) == 800
    assert {tie["qualifier"] for one in log["events"] for tie in one["relationships"]}.isdisjoint({"by member of"})
    assert {row["most"] for row in result.rows("ocel_matrix.csv") if row["object_type"] == "group"} == {"0"}


def test_people_in_a_few_groups_have_them_at_each_event(made):
    result = made([viewed(4, time=time) for time in AT[:50]], groups=groups_of([4], ["Blue", "Lab 2"]))
    log = json.loads((result.folder / "enriched_log.ocel.json").read_text())
    told = [
        [tie["objectId"] for tie in one["relationships"] if tie["qualifier"] == "by member of"] for one in log["events"]
    ]
    assert told == [["group:Blue", "group:Lab 2"]] * 50


LONGEST = [
    opened(4, AT[-1], "E" * LONG),
    tried(4, 7, "submitted", AT[-1]) | {"Event context": "Quiz: " + "Q" * LONG},
    handed_in(4, AT[-1], name="A" * LONG),
    event("The user with id '4' viewed the course with id '3'.", AT[-1], event_name="Course viewed")
    | {"Event context": "Course: " + "C" * LONG},
    opened(4, AT[-1]) | {"User full name": "A" * LONG},
    opened(4, AT[-1]) | {"Component": "c" * LONG},
    # An exercise without a number.
    tried(4, 7, "submitted", AT[-1]) | {"Event context": "Quiz: " + "W" * LONG, "Description": "-", "User full name": "P"},
]  # fmt: skip


def test_a_long_name_of_one_row_is_not_that_of_all_others(made):
    """Of an element, a quiz, an assignment, the course, a person, a component, an exercise."""
    rows = [
        one
        for place, time in enumerate(AT[:400])
        for one in (
            opened(4 + place % 3, time, "Notes", 100 + place % 40),
            opened(4 + place % 3, time),
            tried(4 + place % 3, place, "started", time),
            tried(4 + place % 3, place, "submitted", time),
            handed_in(4 + place % 3, time, 200 + place % 40),
            handed_in(4 + place % 3, time),
        )
    ]
    result = made([*rows, *LONGEST])
    for table in ("sessions", "transitions", "sequences", "submissions", "attempts"):
        for row in result.rows(f"{table}.csv"):
            assert max(len(row[key]) for key in row if key.endswith("name")) <= SHOWN + 1
    assert max(len(row["exercise"]) for row in result.rows("activities.csv")) <= SHOWN + 1
    assert max(len(row["kind"]) for row in result.rows("activities.csv")) <= 100


def dump_of(name, rows=1000):
    """A dump of a quiz, a course and a learner whose names are that long."""
    columns = ("id", "eventname", "component", "userid", "timecreated", "contextlevel", "contextinstanceid", "courseid")
    events = (
        f"({number},'\\\\mod_quiz\\\\event\\\\course_module_viewed','mod_quiz',4,{1_606_845_939 + 60 * number},70,{44 + number % 20},7)"
        for number in range(1, rows)
    )
    modules = ",".join(f"({44 + number},17,3,1)" for number in range(20))
    return f"""-- MySQL dump 10.13
INSERT INTO `mdl_course` (`id`,`fullname`) VALUES (7,'{name}');
INSERT INTO `mdl_modules` (`id`,`name`) VALUES (17,'quiz');
INSERT INTO `mdl_course_modules` (`id`,`module`,`instance`,`section`) VALUES {modules};
INSERT INTO `mdl_quiz` (`id`,`course`,`intro`,`name`) VALUES (3,7,'x','{name}');
INSERT INTO `mdl_user` (`id`,`firstname`,`lastname`) VALUES (4,'{name}','{name}');
INSERT INTO `mdl_logstore_standard_log` ({",".join(columns)}) VALUES {",".join(events)};
"""


def test_the_names_of_a_dump_are_so_long_and_no_longer_in_each_row(made):
    rows = made(dump_of("N" * 9000)).events
    assert len(rows) == 999
    assert {row["event_context"] for row in rows} == {("Quiz: " + "N" * 300)[:300]}
    assert {row["user_full_name"] for row in rows} == {"N" * 300}


def test_what_a_person_says_of_an_event_of_a_long_name_is_a_rule_of_a_short_one(made, tmp_path):
    told = tmp_path / "told.yaml"
    told.write_text(f"meanings:\n  ? {'p' * 50_000}/thing\n  : View\n")
    rows = [opened(4, time) | {"Component": "p" * 50_000 if time == AT[0] else "p"} for time in AT[:400]]
    assert max(len(row["rule_id"]) for row in made(rows, corrections=told.read_text()).events) <= 100


def test_a_list_in_which_each_of_many_is_in_each_of_many_groups_is_refused(made):
    people = ",".join(f"P{number}" for number in range(1500))
    groups = ",".join(f"G{number}" for number in range(1500))
    with pytest.raises(LogError, match="too many groups"):
        made([viewed(4)], groups=f'Group,Members\n"{groups}","{people}"\n')


def test_the_groups_that_are_compared_are_so_many_and_no_more(made, client, upload):
    groups = [f"Group {number}" for number in range(3 * SIDES)]
    listed = groups_of(range(4, 10), groups)
    rows = [viewed(4 + place % 6, time=time) for place, time in enumerate(AT[:300])]
    result = made(rows, groups=listed)
    assert len({row["group"] for row in result.rows("comparison.csv")}) == 1 + SIDES
    assert len(result.summary.shown().sides) == 1 + 50
    job_id = upload(log_text(rows), json=True, groups=(io.BytesIO(listed.encode()), "groups.csv")).get_json()["job_id"]
    finish(client, job_id)
    page = " ".join(client.get(f"/status/{job_id}").get_data(as_text=True).split())
    assert f"9 of {1 + SIDES}. All of them: comparison.csv." in page
    assert f"{2 * SIDES} groups with fewer learners are not compared." in page


def test_groups_of_few_are_named_up_to_fifty_and_counted(made, client, upload):
    listed = groups_of([4, 5], [f"Pair {number}" for number in range(120)])
    rows = [viewed(4), viewed(5)]
    job_id = upload(log_text(rows), json=True, groups=(io.BytesIO(listed.encode()), "groups.csv")).get_json()["job_id"]
    finish(client, job_id)
    page = " ".join(client.get(f"/status/{job_id}").get_data(as_text=True).split())
    assert page.count("Pair 119 (2)") + page.count("Pair 99 (2)") <= 1
    assert "(2), and 70 more" in page


def test_the_summary_does_not_grow_with_the_modules_of_a_log(made):
    rows = [opened(4, AT[0], f"Thing {number}", number) | {"Component": f"plugin{number}"} for number in range(2000)]
    summary = made(rows).summary
    assert len(encoded(summary.answers)) < 50_000
    assert summary.answers.elements_all == 2000


def test_items_of_grades_are_told_once_and_not_for_each_learner(made, tmp_path):
    items = [f"Item {number} " + "x" * 180 for number in range(150)]
    lines = [f"{user}," + ",".join("9" for _ in items) for user in range(4, 304)]
    grades = "\n".join(["User ID," + ",".join(items), *lines]) + "\n"
    made([viewed(user) for user in range(4, 304)], grades=grades)
    with closing(sqlite3.connect(tmp_path / "people.sqlite")) as connection:
        told = connection.execute("select sum(length(grades)) from told").fetchone()[0]
    assert told < 300 * 150 * 40


def test_the_manifest_names_all_of_the_staff_as_programs_read_it(made):
    result = made([*(graded(1000 + one, 4, name=f"Tea Cher {one}") for one in range(200)), viewed(4)])
    manifest = json.loads((result.folder / "manifest.json").read_text())
    assert (len(manifest["staff"]), manifest["staff_people"]) == (200, 200)
    assert len(list(csv.reader(io.StringIO((result.folder / "staff.csv").read_text())))) == 201
