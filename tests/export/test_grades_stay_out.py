"""Grades are beside the log, and in event logs where they are asked for alone."""

import io
import json

import pm4py
import pyarrow.parquet as pq
import pytest
from conftest import event, log_text, viewed
from test_ocel import holds, opened
from test_xes import check_structure

LOG = [
    viewed(4, name="Ana Reis"), viewed(5, name="Bo Silva", cm=63), viewed(4, name="Ana Reis", time="18/10/21, 12:39"),
    event("The user with id '4' has submitted the attempt with id '7' for the quiz with course module id '64'.",
          name="Ana Reis", component="Quiz", time="18/10/21, 12:45"),
]  # fmt: skip
GRADES = "ID,Full name,Final viva (Real),Course total (Real)\n4,Ana Reis,3.5,8.25\n5,Bo Silva,7.6,-\n"
EVENT_LOGS = [
    "enriched_log.csv", "enriched_log_bloom_only.csv", "enriched_log.parquet", "enriched_log.xes",
    "enriched_log_bloom_only.xes", "enriched_log.ocel.json",
]  # fmt: skip


@pytest.fixture
def grades(tmp_path):
    path = tmp_path / "grades.csv"
    path.write_text(GRADES)
    return path


def event_logs(result):
    return {name: (result.folder / name).read_bytes() for name in EVENT_LOGS}


def traces(path):
    """The traces of an XES as PM4Py reads them: their grade by their name."""
    log = pm4py.objects.log.importer.xes.importer.apply(
        str(path), variant=pm4py.objects.log.importer.xes.importer.Variants.ITERPARSE
    )
    return {trace.attributes["concept:name"]: trace.attributes.get("grade") for trace in log}


def test_no_event_log_holds_a_grade_or_what_it_is_in(enrich, tmp_path):
    grades = tmp_path / "grades.csv"
    grades.write_text("ID,Full name,Final viva (Real)\n4,Ana Souza,8.7654\n5,Beto Reis,7.6543\n")
    result = enrich([viewed(4), viewed(5)], grades=grades)
    assert result.summary.grades.found == 2
    logs = [path for path in result.folder.glob("enriched_log*") if path.suffix in (".csv", ".xes", ".json")]
    assert len(logs) == 5
    texts = [path.read_text() for path in logs] + [
        str(pq.read_table(result.folder / "enriched_log.parquet").to_pylist())
    ]
    assert not [text for text in texts for told in ("viva", "8.7654", "7.6543") if told in text]


@pytest.mark.parametrize("xes", ["full", "slim"])
def test_a_trace_has_the_grade_of_its_learner_where_it_is_asked_for(enrich, grades, xes):
    result = enrich(LOG, grades=grades, grades_in_log=True, xes=xes)
    assert {row["person"]: row["grade"] for row in result.rows("learners.csv")} == {"4": "8.25", "5": ""}
    for name in ("enriched_log.xes", "enriched_log_bloom_only.xes"):
        check_structure(result.folder / name)
        assert traces(result.folder / name) == {"4": 8.25, "5": None}


def test_each_trace_of_a_learner_has_it(enrich, grades):
    result = enrich(LOG, grades=grades, grades_in_log=True, case="session")
    assert traces(result.folder / "enriched_log.xes") == {"4-1": 8.25, "4-2": 8.25, "5-1": None}


def test_a_student_of_the_ocel_has_the_grade_as_a_number(enrich, grades):
    result = enrich(LOG, grades=grades, grades_in_log=True)
    holds(result)
    objects = opened(result).objects.set_index("ocel:oid")["grade"].to_dict()
    assert objects.pop("student:4") == 8.25
    assert all(value is None or value != value for value in objects.values())
    told = json.loads(result.content("enriched_log.ocel.json"))
    declared = {one["name"]: one["attributes"] for one in told["objectTypes"]}
    assert {"name": "grade", "type": "float"} in declared.pop("student")
    assert "grade" not in str(declared)


def test_of_staff_who_stay_in_no_grade_is_told(enrich, grades):
    result = enrich(LOG, grades=grades, grades_in_log=True, staff=("4",), keep=("staff",))
    assert traces(result.folder / "enriched_log.xes") == {"4": None, "5": None}
    assert "grade" not in {key for one in opened(result).objects.to_dict("records") for key in one}


def test_a_person_in_codes_keeps_the_grade(enrich, grades):
    result = enrich(LOG, grades=grades, grades_in_log=True, pseudonym_key="0a" * 32)
    holds(result)
    known = {row["person"]: float(row["grade"]) if row["grade"] else None for row in result.rows("learners.csv")}
    assert sorted(known.values(), key=str) == [8.25, None]
    assert traces(result.folder / "enriched_log.xes") == known
    coded = {one["id"]: one["attributes"] for one in json.loads(result.content("enriched_log.ocel.json"))["objects"]}
    for person, grade in known.items():
        values = [float(each["value"]) for each in coded[f"student:{person}"] if each["name"] == "grade"]
        assert values == ([grade] if grade else [])


def test_all_but_traces_and_students_is_as_without_it(enrich, grades):
    without = event_logs(enrich(LOG, grades=grades))
    told = event_logs(enrich(LOG, grades=grades, grades_in_log=True))
    told["enriched_log.ocel.json"] = (
        told["enriched_log.ocel.json"]
        .replace(b', {"name": "grade", "type": "float"}', b"")
        .replace(b',{"name":"grade","time":"2021-10-17T12:39:00Z","value":"8.25"}', b"")
    )
    for name in ("enriched_log.xes", "enriched_log_bloom_only.xes"):
        assert told[name].count(b"grade") == 1
        told[name] = told[name].replace(b'<float key="grade" value="8.25"/>\n', b"")
    assert told == without


def test_without_a_grade_the_option_changes_nothing(enrich, tmp_path):
    letters = tmp_path / "letters.csv"
    letters.write_text("ID,Full name,Course total (Letter)\n4,Ana Reis,B\n5,Bo Silva,A\n")
    without = event_logs(enrich(LOG))
    alone = enrich(LOG, grades_in_log=True)
    assert event_logs(alone) == event_logs(enrich(LOG, grades=letters, grades_in_log=True)) == without
    assert list(alone.warned) == list(enrich(LOG).warned)


def test_page_and_command_write_the_same(client, done, command, grades, tmp_path):
    job_id = done(
        log_text(LOG), timezone="UTC", grades=(io.BytesIO(grades.read_bytes()), "grades.csv"), grades_in_log="1"
    )
    (tmp_path / "log.csv").write_text(log_text(LOG))
    said = command(
        tmp_path / "log.csv", "--out", tmp_path / "out", "--timezone", "UTC", "--grades", grades, "--grades-in-log"
    )
    assert said.returncode == 0, said.stderr
    for name in EVENT_LOGS:
        assert client.get(f"/download/{job_id}/{name}").data == (tmp_path / "out" / name).read_bytes()
    assert traces(tmp_path / "out" / "enriched_log.xes") == {"4": 8.25, "5": None}
