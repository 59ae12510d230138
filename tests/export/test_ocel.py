"""OCEL 2.0: opened by two libraries for object-centric event logs, and held against the standard."""

import json
import subprocess
from collections import Counter, defaultdict
from datetime import UTC, datetime

import pytest
import rustxes
from conftest import Result, event, graded, viewed
from pm4py.objects.ocel.importer.jsonocel import importer
from serving import GENERATE

from moodlelogsmart.export import ocel
from moodlelogsmart.export.objects import OBJECTS, PEOPLE, RELATIONS
from moodlelogsmart.meaning import log as log_module
from moodlelogsmart.meaning.log import define_log
from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process
from moodlelogsmart.workspace import Limits, Stop, open_workspace

ATTEMPT = "The user with id '4' has {} the attempt with id '{}' for the quiz with course module id '62'."


def opened(result):
    """The log as pm4py opens it, held against what rustxes opens."""
    path = str(result.folder / "enriched_log.ocel.json")
    # pm4py would leave it to rustxes where that is installed.
    log = importer.apply(path, variant=importer.Variants.OCEL20_STANDARD)
    other = rustxes.import_ocel_json(path)
    assert (len(log.events), len(log.relations)) == (other["events"].height, other["relations"].height)
    assert len(log.objects) == other["objects"].height
    return log


def told(result):
    return json.loads((result.folder / "enriched_log.ocel.json").read_text(encoding="utf-8"))


# What the JSON schema of OCEL 2.0 asks for (ocel-standard.org/2.0/ocel20-schema-json.json, draft 7), in our own words:
# for each list its members with their types. It is stricter than the schema: nothing else may be there, nothing of it
# may be missing, and an attribute has one of the types that the specification names (section 8).
KINDS = {"string", "time", "integer", "float", "boolean"}
_TYPE = {"name": str, "attributes": [{"name": str, "type": KINDS}]}
_RELATIONSHIP = {"objectId": str, "qualifier": str}
SCHEMA = {
    "eventTypes": [_TYPE],
    "objectTypes": [_TYPE],
    "events": [
        {"id": str, "type": str, "time": datetime, "attributes": [{"name": str, "value": str}],
         "relationships": [_RELATIONSHIP]}
    ],
    "objects": [
        {"id": str, "type": str, "attributes": [{"name": str, "value": str, "time": datetime}],
         "relationships": [_RELATIONSHIP]}
    ],
}  # fmt: skip


def fits(value, schema):
    if isinstance(schema, list):
        assert isinstance(value, list)
        for one in value:
            fits(one, schema[0])
    elif isinstance(schema, dict):
        assert value.keys() == schema.keys()
        for name, part in schema.items():
            fits(value[name], part)
    elif isinstance(schema, set):
        assert value in schema
    else:
        assert isinstance(value, str)
        if schema is datetime:
            assert datetime.fromisoformat(value).tzinfo


def column_of(kind):
    """To which of OBJECTS a type belongs."""
    return "person" if kind in PEOPLE else kind if kind in OBJECTS else "element"


def holds(result):
    """See that a log is as the standard wants it and that all relations have the qualifier and number they promise."""
    log = told(result)
    fits(log, SCHEMA)
    types = {part: {one["name"]: one["attributes"] for one in log[part]} for part in ("eventTypes", "objectTypes")}
    kinds = {one["id"]: one["type"] for one in log["objects"]}
    assert len(kinds) == len(log["objects"])
    assert len({one["id"] for one in log["events"]}) == len(log["events"])
    assert set(kinds.values()) == set(types["objectTypes"])
    promised = {(one, other): (qualifier, number) for one, other, qualifier, number in RELATIONS}
    for part, one in [("eventTypes", one) for one in log["events"]] + [("objectTypes", one) for one in log["objects"]]:
        declared = {attribute["name"] for attribute in types[part][one["type"]]}
        assert {attribute["name"] for attribute in one["attributes"]} <= declared
        ties = [(tie["objectId"], tie["qualifier"]) for tie in one["relationships"]]
        assert len(set(ties)) == len(ties)
        found = defaultdict(list)
        for other, qualifier in ties:
            found[column_of(kinds[other])].append(qualifier)
        if part == "eventTypes":
            assert all(set(told) == {OBJECTS[column]} for column, told in found.items())
            assert all(len(told) == 1 for column, told in found.items() if column != "group")
            continue
        mine = {other: of for (column, other), of in promised.items() if column == column_of(one["type"])}
        assert all(set(told) == {mine[column][0]} for column, told in found.items()), one
        for column, (_, number) in mine.items():
            least, most = {"one": (1, 1), "at most one": (0, 1), "any number": (0, len(kinds))}[number]
            assert least <= len(found[column]) <= most, (one, column)
    same_as_matrix(result)


def same_as_matrix(result):
    """ocel_matrix.csv is what is counted of the JSON."""
    log = told(result)
    kinds = {one["id"]: one["type"] for one in log["objects"]}
    numbers = defaultdict(list)
    for one in log["events"]:
        mine = Counter(kinds[tie["objectId"]] for tie in one["relationships"])
        for kind in set(kinds.values()):
            numbers[one["type"], kind].append(mine[kind])
    counted = {key: [len(each), sum(each), min(each), max(each)] for key, each in numbers.items()}
    rows = result.rows("ocel_matrix.csv")
    columns = ("events", "number", "least", "most")
    assert {(row["event_type"], row["object_type"]): [int(row[name]) for name in columns] for row in rows} == counted
    assert len(rows) == len(counted)


def ties_of(result):
    """The relationships between objects: qualifier by both."""
    return {
        (one["id"], tie["objectId"]): tie["qualifier"]
        for one in told(result)["objects"]
        for tie in one["relationships"]
    }


def test_every_event_is_there_with_its_type_and_time(enrich):
    rows = [
        viewed(user, module, time=f"{day}/10/21, 12:39")
        for user in (4, 5)
        for module in ("page", "quiz")
        for day in (17, 18)
    ]
    result = enrich(rows, timezone="America/Sao_Paulo")
    log = opened(result)
    went = sorted((row["activity_type"], datetime.fromisoformat(row["time"]).astimezone(UTC)) for row in result.events)
    times = [time.to_pydatetime().replace(tzinfo=UTC) for time in log.events["ocel:timestamp"]]
    assert sorted(zip(log.events["ocel:activity"], times, strict=True)) == went
    assert {one["time"][-1] for one in told(result)["events"]} == {"Z"}


def test_events_of_an_attempt_share_it(enrich):
    rows = [event(ATTEMPT.format(verb, 7), name="Ana") for verb in ("started", "submitted")]
    other = event(
        "The user with id '5' has started the attempt with id '7' for the 'h5pactivity' with course module id '63'.",
        component="H5P",
    )
    result = enrich([*rows, other, graded(9, 4)])
    log = opened(result)
    objects = dict(zip(log.objects["ocel:oid"], log.objects["ocel:type"], strict=True))
    assert objects["attempt:quiz-7"] == "attempt"
    attempts = log.relations[log.relations["ocel:type"] == "attempt"].groupby("ocel:oid").size()
    assert attempts["attempt:quiz-7"] == 2
    assert len(attempts) == 2
    ties = {(one, other): qualifier for one, other, qualifier in log.o2o.itertuples(index=False)}
    assert ties["attempt:quiz-7", "student:4"] == "made by"
    assert ties["attempt:quiz-7", "quiz:62"] == "of activity"


def test_people_courses_and_sessions_are_objects(enrich):
    rows = [
        viewed(4, name="Ana Souza"),
        viewed(4, name="Ana Souza", time="18/10/21, 12:39"),
        event("The user with id '4' viewed the course with id '3'."),
    ]
    objects = {one["id"]: one for one in told(enrich(rows))["objects"]}
    assert set(objects) >= {"student:4", "session:4-1", "session:4-2", "page:62"}
    assert objects["student:4"]["attributes"] == [
        {"name": "user_full_name", "time": "2021-10-17T12:39:00Z", "value": "Ana Souza"}
    ]
    assert {"objectId": "student:4", "qualifier": "of"} in objects["session:4-1"]["relationships"]


def test_nobody_is_no_student(enrich):
    assert [one["type"] for one in told(enrich([event("Something")]))["objects"]] == []


def test_a_log_without_learners_is_a_log_without_events(enrich):
    result = enrich([graded(9, 4)])
    assert (told(result)["events"], told(result)["objects"]) == ([], [])


@pytest.mark.parametrize("attempts", [100_000, 5000])
def test_a_log_with_many_attempts_fits_into_a_little_memory(tmp_path, attempts):
    """Each event has an attempt of its own, or twenty share one."""
    events = 100_000
    with open_workspace(tmp_path, Limits(memory=100), Stop()) as work:
        work.run(
            """create table meaning as select 1 as meaning_id, 'Quiz: Test' as event_context, 'Quiz' as component,
            'Quiz attempt submitted' as event_name, 'Invented Studies' as course, 'quiz' as module,
            'attempt_submitted' as event, 'submitted' as action, 'Assess_A' as activity_type,
            'Evaluate' as bloom_level, true as is_active, '' as rule_id"""
        )
        work.run(
            f"""create table ordered as select concat(i // 10) as person, person as user_id,
            timestamp '2021-10-17' as moment, '-' as user_full_name, '-' as affected_user,
            concat('The attempt with id ''', i % {attempts}, ''' of the submission with id ''', i, '''.') as description,
            '' as origin, '' as ip_address, i // 2 as session, concat(i % 500) as object, concat(i % 500) as element, '' as label,
            'learner' as role, 1 as meaning_id from range({events}) t(i)"""
        )
        work.run(
            """create table element as select concat(i) as element, 'Test' as name, 'quiz' as kind, '' as section,
            'Invented Studies' as course, '' as label from range(500) t(i)"""
        )
        work.run('create table member (person varchar, "group" varchar)')
        work.run("create macro iso(moment) as strftime(moment, '%Y-%m-%dT%H:%M:%S+00:00')")
        define_log(work, "person")
        told = json.loads(b"".join(ocel.content(work)))
    assert Counter(one["type"] for one in told["objects"]) == {
        "student": events // 10, "course": 1, "quiz": 500, "session": events // 2, "attempt": attempts,
        "submission": events,
    }  # fmt: skip
    assert [tie["objectId"] for tie in told["objects"][-1]["relationships"]] == ["quiz:499", "student:9999"]


def forum_event(user, says, **cells):
    return event(
        f"The user with id '{user}' has {says} in the forum with course module id '63'.",
        component="Forum", **{"Event context": "Forum: Questions"}, **cells,
    )  # fmt: skip


def course_log():
    """Invented people who try, hand in and write; 9 teaches."""
    at = [f"17/10/21, 12:{minute}" for minute in range(10, 50)]
    return [
        event(ATTEMPT.format("started", 7), name="Ana Reis", time=at[0]),
        event(ATTEMPT.format("submitted", 7), name="Ana Reis", time=at[1]),
        event("The user with id '5' has started the attempt with id '8' for the quiz with course module id '62'.",
              name="Bento Dias", time=at[2]),
        # Up to Moodle 4.1 with the two exchanged: 9 looks at what 4 did.
        event("The user with id '9' has had their attempt with id '7' reviewed by the user with id '4' for the quiz "
              "with course module id '62'.", name="Caio Prado", time=at[3]),
        event("The user with id '5' has submitted the submission with id '3' for the assignment with course module id "
              "'64'.", name="Bento Dias", component="Assignment", time=at[4]),
        graded(9, 4, name="Caio Prado", time=at[5], **{"Event context": "Assignment: Essay"}),
        forum_event(4, "created the discussion with id '20'", name="Ana Reis", time=at[6]),
        forum_event(5, "viewed the discussion with id '20'", name="Bento Dias", time=at[7]),
        forum_event(5, "created the post with id '31' in the discussion with id '20'", name="Bento Dias", time=at[8]),
        event("The user with id '4' viewed the course with id '3'.", name="Ana Reis", time=at[9],
              event_name="Course viewed"),
    ]  # fmt: skip


def test_a_log_is_as_the_standard_wants_it(enrich):
    for options in ({}, {"keep": ("staff", "system", "side_effect", "guest", "logged_in_as")}, {"case": "session"}):
        result = enrich(course_log(), **options)
        opened(result)
        holds(result)


def test_an_attempt_is_of_whom_the_sentence_says_whoever_looks_at_it(enrich):
    result = enrich(course_log(), keep=("staff",))
    made = [other for (one, other), told in ties_of(result).items() if (one, told) == ("attempt:quiz-7", "made by")]
    assert made == ["student:4"]
    (review,) = [one for one in told(result)["events"] if any(tie["objectId"] == "staff:9" for tie in one["relationships"])
                 and any(tie["objectId"] == "attempt:quiz-7" for tie in one["relationships"])]  # fmt: skip
    assert {tie["qualifier"] for tie in review["relationships"]} >= {"done by", "belongs to attempt"}


def test_two_learners_at_one_attempt_do_not_share_it(enrich):
    """Somebody who is taken for a learner looks at what another did, before that one is seen."""
    seen = "The user with id '{}' has viewed page '1' of the attempt with id '7' belonging to the user with id '5' for "
    rows = [event(seen.format(user) + "the quiz with course module id '62'.", time=time) for user, time in
            ((4, "17/10/21, 12:30"), (5, "17/10/21, 12:39"))]  # fmt: skip
    result = enrich(rows, learners=("4",))
    holds(result)
    assert {one["id"] for one in told(result)["objects"] if one["type"] == "student"} == {"student:4", "student:5"}
    assert ties_of(result)["attempt:quiz-7", "student:5"] == "made by"
    alone = enrich(rows[:1], learners=("4",))
    holds(alone)
    assert ties_of(alone)["attempt:quiz-7", "student:5"] == "made by"


def test_who_assesses_a_peers_work_did_not_make_it(enrich):
    says = "The user with id '{}' {} the submission with id '7' for the workshop with course module id '70'."
    rows = [
        event(says.format(5, "viewed"), component="Workshop", time="17/10/21, 12:30"),
        event("The user with id '5' assessed the submission with id '90' for the user with id '4' in the workshop with "
              "course module id '70'.", component="Workshop", time="17/10/21, 12:32"),
        event(says.format(4, "updated"), component="Workshop", time="17/10/21, 12:33"),
    ]  # fmt: skip
    result = enrich(rows)
    holds(result)
    ids = {one["id"] for one in told(result)["objects"] if one["type"] == "submission"}
    assert ids == {"submission:workshop-7"}
    assert [other for (one, other), told in ties_of(result).items() if told == "made by"] == ["student:4"]


def test_attempts_at_a_scorm_package_are_each_learners_own(enrich):
    says = (
        "The user with the id '{}' submitted the element 'cmi.core.score.raw' with the value of '90' for the attempt "
        "with the id '1' for a scorm activity with the course module id '66'."
    )
    result = enrich([event(says.format(user), component="SCORM package") for user in (4, 5)])
    holds(result)
    assert {one["id"] for one in told(result)["objects"] if one["type"] == "attempt"} == {
        "attempt:scorm-66-4-1", "attempt:scorm-66-5-1",
    }  # fmt: skip


def test_staff_are_objects_only_where_they_are_kept(enrich):
    assert not [one for one in told(enrich(course_log()))["objects"] if one["type"] == "staff"]
    kept = {one["id"]: one for one in told(enrich(course_log(), keep=("staff",)))["objects"]}
    assert kept["staff:9"]["attributes"][0]["value"] == "Caio Prado"
    assert "student:9" not in kept


def test_a_course_element_is_an_object_of_its_kind_with_its_name(enrich):
    objects = {one["id"]: one for one in told(enrich(course_log()))["objects"]}
    assert objects["forum:63"]["attributes"] == [{"name": "name", "time": "2021-10-17T12:16:00Z", "value": "Questions"}]
    assert {tie["qualifier"] for tie in objects["forum:63"]["relationships"]} == {"in course"}


def test_discussions_and_posts_belong_to_forum_and_writer(enrich):
    ties = ties_of(enrich(course_log()))
    assert ties["discussion:forum-20", "forum:63"] == "in forum"
    assert ties["discussion:forum-20", "student:4"] == "begun by"
    assert ties["post:forum-31", "discussion:forum-20"] == "in discussion"
    assert ties["post:forum-31", "student:5"] == "written by"


def test_groups_and_sections_are_objects_where_they_are_known(enrich, monkeypatch):
    find = ocel.find_objects

    def known(work, *asked):
        work.run("insert into member values ('4', 'Red \"1\"'), ('4', 'Blue'), ('5', 'Blue'), ('77', 'Nobody''s')")
        work.run("update element set section = 'Week 1', course = 'Invented Studies' where kind = 'quiz'")
        find(work, *asked)

    monkeypatch.setattr(ocel, "find_objects", known)
    result = enrich(course_log())
    opened(result)
    holds(result)
    ties = ties_of(result)
    assert [pair for pair, qualifier in ties.items() if qualifier == "member of"] == [
        ("student:4", "group:Blue"), ("student:4", 'group:Red "1"'), ("student:5", "group:Blue"),
    ]  # fmt: skip
    section = "section:Invented Studies | Week 1"
    assert ties["quiz:62", section] == "in section"
    assert ties[section, "course:Invented Studies"] == "in course"
    assert {row["most"] for row in result.rows("ocel_matrix.csv") if row["object_type"] == "group"} == {"1", "2"}


def test_pseudonyms_stand_in_the_place_of_people_in_all_objects(enrich):
    result = enrich(course_log(), keep=("staff",), pseudonym_key="0a" * 32)
    holds(result)
    text = (result.folder / "enriched_log.ocel.json").read_text()
    assert not [word for word in ("Ana", "Bento", "Caio", "student:4", "student:5", "staff:9") if word in text]
    made = [other for (one, other), told in ties_of(result).items() if (one, told) == ("attempt:quiz-7", "made by")]
    assert len(made) == 1
    assert made[0].startswith("student:u")


@pytest.mark.parametrize("labels", [None, "element,label\nText 1*,One\n*,Rest\n"])
@pytest.mark.parametrize("few", [True, False])
def test_the_order_is_that_of_the_log_however_texts_are_kept(enrich, tmp_path, monkeypatch, few, labels):
    """Also where people, elements and labels are too many for a type, or meanings for lists."""
    if labels:
        (tmp_path / "labels.csv").write_text(labels)
    beside = {"labels": tmp_path / "labels.csv"} if labels else {}
    rows = [viewed(user, ("page", "quiz")[cm % 2], cm, **{"Event context": f"Text {cm}"}) for user in range(4, 60)
            for cm in range(50)]  # fmt: skip
    if few:
        monkeypatch.setattr(log_module, "MANY", 1)
    else:
        monkeypatch.setattr("moodlelogsmart.workspace.FEW", 1)
    result = enrich(rows, **beside)
    holds(result)
    assert [one["id"] for one in told(result)["events"]] == [f"e{place + 1}" for place in range(len(rows))]
    monkeypatch.undo()
    other = enrich(rows, **beside)
    for name in ("enriched_log.ocel.json", "ocel_matrix.csv"):
        assert (result.folder / name).read_bytes() == (other.folder / name).read_bytes()


def test_a_generated_log_holds(tmp_path):
    path = tmp_path / "log.csv"
    subprocess.run([*GENERATE, "5000", path], check=True)
    folder = tmp_path / "out"
    folder.mkdir()
    result = Result(process(path, Options(), folder), folder)
    holds(result)
    opened(result)
    kinds = {one["type"] for one in told(result)["objects"]}
    assert kinds >= {"quiz", "assign", "forum", "resource", "attempt", "submission", "discussion", "post"}
    each = defaultdict(set)
    for one in told(result)["objects"]:
        each[one["type"]].add(tuple(sorted(tie["qualifier"] for tie in one["relationships"])))
    assert each["attempt"] == {("made by", "of activity")}
