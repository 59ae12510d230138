"""Published logs of real courses, put through the whole pipeline."""

import csv
import io
import re
from collections import Counter
from datetime import datetime

import pytest
from conftest import SHARED_LOGS, Result
from test_ocel import holds, opened
from test_xes import same_as_csv

from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process

# Rows, and learners: the distinct actors that did nothing of what only staff can do.
LOGS = {
    "edify_Module_1_F19": (7033, 30),
    "edify_Module_1_SP19": (6406, 36),
    "edify_Module_2_F17": (4005, 23),
    "edify_Module_3_SP17": (696, 7),
    "edify_Module_5_SP18": (2140, 11),
    "bom_named_users": (6, 5),
    "index_column": (20, 1),
}

pytestmark = pytest.mark.skipif(not SHARED_LOGS.exists(), reason=f"the published logs are not at {SHARED_LOGS}")


@pytest.fixture(scope="module", params=LOGS)
def done(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    log = SHARED_LOGS / f"{request.param}.csv"
    try:
        text = log.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        text = log.read_bytes().decode("cp1252")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    summary = process([log], Options(), folder, lambda percent, stage: None)
    return request.param, Result(summary, folder), rows


def test_every_row_is_kept_or_dropped_and_every_learner_is_a_case(done):
    name, result, rows = done
    assert len(rows) == LOGS[name][0]
    assert result.summary.rows_read == len(rows) == len(result.events) + len(result.dropped)
    assert result.summary.learners == LOGS[name][1]
    assert result.summary.cases == len({row["case_id"] for row in result.events})


def test_the_text_and_the_times_are_the_inputs(done):
    _, result, rows = done
    labels = {"user_full_name": "User full name", "event_context": "Event context", "component": "Component",
        "event_name": "Event name", "description": "Description", "origin": "Origin", "ip_address": "IP address"}  # fmt: skip
    came = Counter(tuple(row[label] for label in labels.values()) for row in rows)
    went = Counter(tuple(row[name] for name in labels) for row in result.events + result.dropped)
    assert went == came
    clock = Counter(row["Time"] for row in rows) - Counter(row["time"] for row in result.dropped)
    read = Counter(datetime.fromisoformat(row["time"]) for row in result.events)
    assert read == Counter(_moment(text) for text in clock.elements())


def _moment(text):
    return datetime.strptime(text + " +0000", "%d/%m/%y, %H:%M %z")


def test_no_event_is_given_to_somebody_else(done):
    _, result, _ = done
    for row in result.events:
        told = re.match(r"The user with id '(\d+)'", row["description"])
        if told:
            assert row["user_id"] == row["case_id"] == told[1]


def test_others_are_at_most_one_in_a_hundred(done):
    _, result, _ = done
    assert result.summary.activity_types.get("Others", 0) * 100 <= result.summary.events_kept


def test_the_xes_opens_with_the_same_cases_and_events(done):
    _, result, _ = done
    same_as_csv(result)
    same_as_csv(result, "enriched_log_bloom_only")


def test_the_ocel_opens_with_the_same_events(done):
    _, result, _ = done
    log = opened(result)
    holds(result)
    assert len(log.events) == result.summary.events_kept
    people = log.objects[log.objects["ocel:type"] == "student"]
    assert len(people) == result.summary.learners


def test_the_same_input_gives_the_same_bytes(done, tmp_path):
    name, result, _ = done
    process([SHARED_LOGS / f"{name}.csv"], Options(), tmp_path, lambda percent, stage: None)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (result.folder / path.name).read_bytes(), path.name


def test_the_log_of_a_moodle_before_2_7_is_classified_too(tmp_path):
    summary = process([SHARED_LOGS / "legacy_actions.csv"], Options(), tmp_path, lambda percent, stage: None)
    assert (summary.rows_read, summary.learners, summary.unknown_events) == (3000, 32, 0)
    assert summary.dropped == {"side_effect": 137, "staff": 251}
    assert summary.others == []
    same_as_csv(Result(summary, tmp_path))
