r"""Tables of Moodle's database, saved in every way that its tools have."""

from datetime import UTC, datetime

import pytest
from conftest import log_text, viewed
from dumps import FIRST, saved, table

from moodlelogsmart.messages import LogError
from moodlelogsmart.reading.dump import OLD_TABLE, TABLE

SAVED = {
    "by phpMyAdmin": {"header": TABLE},
    "without a header, backslashes doubled": {"null": r"\N", "slashes": True},
    "with a header, backslashes doubled": {"header": TABLE, "null": r"\N", "slashes": True},
    "as mysql prints it": {"header": TABLE, "delimiter": "\t", "quote": ""},
    "into an outfile": {"delimiter": "\t", "quote": "", "null": r"\N"},
    "by PostgreSQL": {"header": TABLE, "null": ""},
    "with semicolons": {"header": TABLE, "delimiter": ";", "null": ""},
    "in capitals": {"header": [name.upper() for name in TABLE]},
    "with the name of its table": {"header": [f"l.{name}" for name in TABLE]},
}


@pytest.fixture
def plain(enrich):
    return enrich(saved(table(), TABLE))


def test_it_tells_who_did_what_and_when(plain):
    assert [(row["user_id"], row["module"], row["action"], row["activity_type"]) for row in plain.events] == [
        ("5", "course", "viewed", "View"),
        ("5", "quiz", "started", "Assess_A"),
        ("5", "quiz", "submitted", "Assess_A"),
        ("6", "forum", "created", "Interact"),
        ("6", "user", "loggedin", "View"),
    ]
    assert plain.events[0]["time"] == datetime.fromtimestamp(FIRST, UTC).isoformat()
    assert plain.events[1]["event_context"] == "Course module 44"
    assert plain.events[1]["course"] == "7"
    assert plain.events[1]["event_name"] == r"\mod_quiz\event\attempt_started"


def test_who_looks_with_a_learners_eyes_and_who_teaches_is_left_out(plain):
    assert [(row["reason"], row["event_name"]) for row in plain.dropped] == [
        ("logged_in_as", r"\mod_page\event\course_module_viewed"),
        ("staff", r"\mod_unheardof\event\thing_updated"),
    ]
    assert [(row["user_id"], row["module"], row["action"]) for row in plain.dropped] == [
        ("6", "page", "viewed"),
        ("9", "unheardof", "updated"),
    ]


@pytest.mark.parametrize("way", SAVED)
def test_it_reads_a_table_saved(enrich, plain, way):
    result = enrich(saved(table(), **SAVED[way]))
    assert (result.events, result.dropped) == (plain.events, plain.dropped)
    assert result.summary.detected["kind"] == ["dump"]


def test_columns_beside_the_tables_own_do_not_matter(enrich, plain):
    rows = [["0", *row, "Ana", "Invented"] for row in table()]
    assert enrich(saved(rows, ["n", *TABLE, "firstname", "lastname"])).events == plain.events


def test_some_columns_and_times_in_words_are_enough(enrich, plain):
    keep = ["userid", "courseid", "eventname", "timecreated", "contextlevel", "contextinstanceid", "origin", "ip"]
    rows = [dict(zip(TABLE, row, strict=True)) for row in table()]
    for row in rows:
        row["timecreated"] = f"{datetime.fromtimestamp(int(row['timecreated']), UTC):%Y-%m-%d %H:%M:%S}"
    result = enrich(saved([[row[name] for name in keep] for row in rows], keep))
    wanted = ("user_id", "time", "module", "action", "activity_type")
    assert [[row[name] for name in wanted] for row in result.events[:5]] == [
        [row[name] for name in wanted] for row in plain.events
    ]


def test_some_columns_without_a_header_are_refused_with_the_reason(enrich):
    rows = [row[:12] for row in table()]
    with pytest.raises(LogError, match="without the names of its columns"):
        enrich(saved(rows))


def test_the_table_of_a_moodle_before_2_7(enrich):
    header = "id,time,userid,ip,course,module,cmid,action,url,info"
    did = [
        "5,10.0.0.1,3,course,0,view,view.php?id=3,3",
        "5,10.0.0.1,3,quiz,44,attempt,review.php?attempt=3,7",
        "6,10.0.0.1,3,resource,45,view,view.php?id=45,9",
        "6,10.0.0.1,3,forum,46,add post,discuss.php?d=3,5",
    ]
    rows = [f"{number},{FIRST + number},{rest}" for number, rest in enumerate(did)]
    result = enrich("\n".join([header, *rows]) + "\n")
    assert [(row["user_id"], row["module"], row["activity_type"], row["course"]) for row in result.events] == [
        ("5", "course", "View", "3"),
        ("5", "quiz", "Assess_A", "3"),
        ("6", "resource", "Study_P", "3"),
        ("6", "forum", "Interact", "3"),
    ]
    assert result.summary.detected["kind"] == ["dump"]


def test_two_people_in_one_second_are_no_repeat_of_each_other(enrich):
    rows = table()[:2]
    other = [[cell if name != "userid" else "8" for name, cell in zip(TABLE, row, strict=True)] for row in rows]
    result = enrich(saved(rows, TABLE), saved(other, TABLE))
    assert result.summary.dropped == {}
    assert enrich(saved(rows, TABLE), saved(rows, TABLE)).summary.dropped == {"repeated": 2}


def test_the_event_classes_of_a_log_with_descriptions_do_not_make_it_a_table(enrich):
    result = enrich([viewed(4, event_name=r"\mod_page\event\course_module_viewed")])
    assert result.summary.detected["kind"] == ["text"]
    assert result.events[0]["user_id"] == "4"


def some(columns, rows=None, header=None):
    """The table with some of its columns only."""
    rows = rows or table()
    return saved([[row[TABLE.index(name)] for name in columns] for row in rows], header or columns)


WANTED = ("time", "user_id", "module", "action", "activity_type")


def meant(result):
    return [[row[name] for name in WANTED] for row in result.events]


@pytest.mark.parametrize("when", ["timecreated", "TStamp", "time", "time_created"])
@pytest.mark.parametrize("rest", [[], ["courseid"], ["courseid", "contextinstanceid", "contextlevel", "origin"]])
def test_component_target_and_action_name_the_event(enrich, plain, when, rest):
    columns = ["component", "target", "timecreated", "userid", "action", "realuserid", "edulevel", "crud", *rest]
    rows = table()
    for row in rows:
        _, component, _, name = row[TABLE.index("eventname")].split("\\")
        row[2:5] = [component, *reversed(name.rsplit("_", 1))]
    header = [when if name == "timecreated" else name for name in columns]
    result = enrich(some(columns, rows, header))
    assert meant(result) == meant(plain)
    assert [row["event_name"] for row in result.events] == [row["event_name"] for row in plain.events]
    assert result.summary.detected["columns_guessed"] == (["timecreated"] if when == "TStamp" else [])


def test_a_row_without_a_class_is_named_by_its_parts_among_others(enrich, plain):
    rows = table()
    rows[1][1:5] = ["", "mod_quiz", "started", "attempt"]
    assert enrich(saved(rows, TABLE)).events[1]["event_name"] == r"\mod_quiz\event\attempt_started"


@pytest.mark.parametrize("missing", [(), ("module",), ("cmid",), ("url", "info"), ("module", "url", "info", "ip")])
def test_who_did_it_is_known_of_an_old_table_without(enrich, missing):
    row = dict(zip(OLD_TABLE, ["1", str(FIRST), "31", "10.0.0.1", "3", "quiz", "44", "attempt", "x", "7"], strict=True))
    keep = [name for name in OLD_TABLE if name not in missing]
    result = enrich(saved([[row[name] for name in keep]] * 3, keep))
    assert {row["case_id"] for row in result.events} == {"31"}
    assert result.summary.detected["context_unknown"] == ("cmid" in missing)


OTHER = ['{"quizid":"%s"}', "{'quizid': %s}", 'a:1:{s:6:"quizid";i:%s;}', 'a:2:{s:1:"a";N;s:6:"quizid";s:1:"%s";}']


@pytest.mark.parametrize("other", OTHER)
def test_a_quiz_told_beside_makes_up_for_an_activity_that_is_missing(enrich, other):
    columns = ["userid", "eventname", "timecreated", "other"]
    did = [("started", 5), ("submitted", 5), ("started", 6), ("reviewed", 5), ("reviewed", 6)]
    rows = [
        ["74", rf"\mod_quiz\event\attempt_{verb}", str(FIRST + at), other % quiz] for at, (verb, quiz) in enumerate(did)
    ]
    result = enrich(saved(rows, columns))
    assert [row["activity_type"] for row in result.events[3:]] == ["Feedback", "Assess_P"]
    assert [row["event_context"] for row in result.events[3:]] == ["quiz 5", "quiz 6"]
    assert result.summary.detected["context_unknown"]
    assert "does not tell at which activities" in str(result.summary.warnings)


def test_ids_of_activities_are_known_without_the_level_of_the_context(enrich, plain):
    columns = [name for name in TABLE if name != "contextlevel"]
    result = enrich(some(columns))
    assert [row["event_context"] for row in result.events] == ["", *["Course module 44"] * 2, "Course module 46", ""]
    assert not result.summary.detected["context_unknown"]


def test_a_log_as_exported_with_ids_beside_is_no_table(enrich):
    rows = [viewed(4) | {"User id": "4", "id": "1", "Action": "viewed"}]
    header = ["id", "Time", "User id", "User full name", "Event context", "Event name", "Action", "Description"]
    assert enrich(log_text(rows, header)).summary.detected["kind"] == ["text"]


WHOLE = ("id", "contextlevel", "contextinstanceid", "userid", "courseid", "relateduserid", "timecreated", "edulevel")


def test_numbers_that_pandas_gave_a_point_are_whole_again(enrich, plain):
    rows = [
        [cell + ".0" if cell and name in WHOLE else cell for name, cell in zip(TABLE, row, strict=True)]
        for row in table()
    ]
    for null in ("", "nan", "<NA>"):
        result = enrich(saved(rows, TABLE, null=null))
        assert result.events == plain.events
        assert result.summary.dropped == plain.summary.dropped
