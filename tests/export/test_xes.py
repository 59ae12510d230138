"""The XES: opened by a process-mining library, and held against the standard's structure."""

from datetime import datetime
from pathlib import Path

import pm4py
import pytest
import rustxes
from conftest import event, graded, viewed
from lxml import etree

SCHEMA = etree.XMLSchema(file=Path(__file__).with_name("xes.xsd"))
NAMESPACE = "{http://www.xes-standard.org/}"
EVENT_KEYS = ["concept:name", "time:timestamp", "lifecycle:transition", "org:resource"]
MORE_KEYS = [
    "event_name",
    "component",
    "event_context",
    "module",
    "action",
    "bloom_level",
    "course",
    "session_id",
    "element",
]


def check_structure(path: Path) -> etree._Element:
    """Hold a file against IEEE 1849-2016: the elements, their order, their attributes, the declared extensions."""
    document = etree.parse(path, etree.XMLParser(huge_tree=True))
    SCHEMA.assertValid(document)
    log = document.getroot()
    assert log.tag == NAMESPACE + "log"
    assert log.get("xes.version") == "1849.2016"
    tags = [etree.QName(child).localname for child in log]
    order = ["extension", "global", "classifier", "string", "trace"]
    assert tags == sorted(tags, key=order.index)
    prefixes = {child.get("prefix") for child in log.iter(NAMESPACE + "extension")}
    assert {child.get("name") for child in log.iter(NAMESPACE + "extension")} == {
        "Concept", "Time", "Lifecycle", "Organizational",
    }  # fmt: skip
    assert [child.get("scope") for child in log.iter(NAMESPACE + "global")] == ["trace", "event"]
    keys = {key for child in log.iter(NAMESPACE + "classifier") for key in child.get("keys").split()}
    assert "concept:name" in keys
    for element in log.iter(NAMESPACE + "string", NAMESPACE + "date"):
        key = element.get("key")
        assert set(element.keys()) == {"key", "value"}
        assert ":" not in key or key.split(":")[0] in prefixes
        if element.tag == NAMESPACE + "date":
            assert datetime.fromisoformat(element.get("value")).tzinfo is not None
    for trace in log.iter(NAMESPACE + "trace"):
        assert trace[0].tag == NAMESPACE + "string"
        for one in trace.iter(NAMESPACE + "event"):
            keys = [child.get("key") for child in one]
            assert keys[:4] == EVENT_KEYS
            assert keys[4:] == [key for key in MORE_KEYS if key in keys]
    return log


def same_as_csv(result, name="enriched_log"):
    """The XES as pm4py reads it holds the cases, events, times and attributes of the CSV."""
    check_structure(result.folder / f"{name}.xes")
    frame = pm4py.read_xes(str(result.folder / f"{name}.xes"), variant="lxml", return_legacy_log_object=False)
    rows = result.rows(f"{name}.csv")
    assert len(frame) == len(rows)
    assert frame["case:concept:name"].nunique() == len({row["case_id"] for row in rows})
    read = zip(frame["case:concept:name"], frame["concept:name"], frame["time:timestamp"], strict=True)
    assert [(case, activity, time.timestamp()) for case, activity, time in read] == [
        (row["case_id"], row["activity_type"], datetime.fromisoformat(row["time"]).timestamp()) for row in rows
    ]
    other, _ = rustxes.import_xes(str(result.folder / f"{name}.xes"))
    assert other["concept:name"].to_list() == [row["activity_type"] for row in rows]
    assert [time.timestamp() for time in other["time:timestamp"].dt.replace_time_zone("UTC").to_list()] == [
        datetime.fromisoformat(row["time"]).timestamp() for row in rows
    ]
    for key in MORE_KEYS:
        cells = frame[key].fillna("") if key in frame else [""] * len(rows)
        assert list(cells) == [row[key] for row in rows], key


def test_it_opens_in_pm4py_with_every_case_event_time_and_attribute(enrich):
    rows = [
        viewed(user, module, time=f"{day}/10/21, 12:39")
        for user in (4, 5)
        for module in ("page", "quiz")
        for day in (17, 18)
    ]
    result = enrich([*rows, event("The user with id '4' viewed the course with id '3'.")])
    same_as_csv(result)
    same_as_csv(result, "enriched_log_bloom_only")


def test_the_resource_is_who_acted_also_where_the_case_is_another(enrich):
    result = enrich([viewed(4)], case="session")
    log = check_structure(result.folder / "enriched_log.xes")
    values = {element.get("key"): element.get("value") for element in log.iter(NAMESPACE + "string")}
    assert (values["org:resource"], values["concept:name"]) == ("4", "Study_P")


def test_the_zone_stands_in_every_time(enrich):
    text = (enrich([viewed(4)], timezone="America/Sao_Paulo").folder / "enriched_log.xes").read_text()
    assert '<date key="time:timestamp" value="2021-10-17T12:39:00-03:00"/>' in text


@pytest.mark.parametrize("rows", [[graded(9, 4)], [event("The user with id '4' viewed the course with id '3'.")]])
def test_a_log_without_traces_is_still_a_log(enrich, rows):
    log = check_structure(enrich(rows).folder / "enriched_log_bloom_only.xes")
    assert log.find(NAMESPACE + "trace") is None


def test_a_slim_log_has_the_same_events_with_the_element_alone(enrich):
    rows = [viewed(4, "quiz", **{"Event context": "Quiz: Birds & bees"}), viewed(5), event("Something")]
    slim, full = enrich(rows, xes="slim"), enrich(rows)
    for name in ("enriched_log.xes", "enriched_log_bloom_only.xes"):
        log, other = check_structure(slim.folder / name), check_structure(full.folder / name)
        assert [one.get("name") for one in log.iter(NAMESPACE + "classifier")] == ["Activity"]
        told, whole = (
            [{child.get("key"): child.get("value") for child in one} for one in each.iter(NAMESPACE + "event")]
            for each in (log, other)
        )
        kept = {*EVENT_KEYS, "element"}
        assert told == [{key: value for key, value in one.items() if key in kept} for one in whole]
    assert len(pm4py.read_xes(str(slim.folder / "enriched_log.xes"))) == 3
