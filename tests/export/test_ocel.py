"""OCEL 2.0: opened by two libraries for object-centric event logs."""

import json
from collections import Counter
from datetime import UTC, datetime

import pytest
import rustxes
from conftest import event, graded, viewed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pm4py.objects.ocel.importer.jsonocel import importer

from moodlelogsmart.export import ocel
from moodlelogsmart.meaning.log import define_log
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
    assert ties["attempt:quiz-7", "course_module:62"] == "of activity"


def test_people_courses_and_sessions_are_objects(enrich):
    rows = [
        viewed(4, name="Ana Souza"),
        viewed(4, name="Ana Souza", time="18/10/21, 12:39"),
        event("The user with id '4' viewed the course with id '3'."),
    ]
    objects = {one["id"]: one for one in told(enrich(rows))["objects"]}
    assert set(objects) >= {"student:4", "session:4-1", "session:4-2", "course_module:62"}
    assert objects["student:4"]["attributes"] == [
        {"name": "user_full_name", "time": "2021-10-17T12:39:00Z", "value": "Ana Souza"}
    ]
    assert {"objectId": "student:4", "qualifier": "of student"} in objects["session:4-1"]["relationships"]


def test_nobody_is_no_student(enrich):
    assert [one["type"] for one in told(enrich([event("Something")]))["objects"]] == []


def test_a_log_without_learners_is_a_log_without_events(enrich):
    result = enrich([graded(9, 4)])
    assert (told(result)["events"], told(result)["objects"]) == ([], [])


typed = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), min_size=1, max_size=30)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(typed, min_size=1, max_size=15))
def test_every_text_is_the_logs_own(enrich, texts):
    result = enrich([viewed(4, **{"Event context": text}) for text in texts])
    contexts = [
        value["value"]
        for one in told(result)["events"]
        for value in one["attributes"]
        if value["name"] == "event_context"
    ]
    assert sorted(contexts) == sorted(texts)


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
            timestamp '2021-10-17' as moment, concat(moment) as time, '-' as user_full_name, '-' as affected_user,
            concat('The attempt with id ''', i % {attempts}, ''' of the submission with id ''', i, '''.') as description,
            '' as origin, '' as ip_address, i // 2 as session, concat(i % 500) as object,
            'learner' as role, 1 as meaning_id from range({events}) t(i)"""
        )
        define_log(work, "person")
        told = json.loads(b"".join(ocel.content(work)))
    assert Counter(one["type"] for one in told["objects"]) == {
        "student": events // 10, "course": 1, "course_module": 500, "session": events // 2, "attempt": attempts,
        "submission": events,
    }  # fmt: skip
    assert [tie["objectId"] for tie in told["objects"][-1]["relationships"]] == ["course_module:499", "student:9999"]
