"""Hundreds of kinds of events from Moodle's own event classes and frequent plugins, labelled by hand in identities.csv.

`expected` is the activity type, or why it is no learner's: "staff" for what only staff does, "side_effect" for what Moodle
writes down in the session of whoever is there.
"""

import csv
from pathlib import Path

import pytest
from conftest import event

with Path(__file__).with_name("identities.csv").open(encoding="utf-8", newline="") as file:
    IDENTITIES = list(csv.DictReader(file))

LEVELS = {
    "Study_P": "Remember", "Study_A": "Understand", "Exercise_P": "Apply", "Exercise_A": "Apply",
    "Assess_P": "Evaluate", "Assess_A": "Evaluate", "Synthesize": "Create",
}  # fmt: skip
REASONS = ("staff", "side_effect")


def test_there_are_hundreds_of_them():
    assert len({(row["component"], row["event_name"], row["description"]) for row in IDENTITIES}) >= 400
    learners = [row for row in IDENTITIES if row["expected"] not in REASONS]
    assert len({(row["module"], row["action"], row["event_name"]) for row in learners}) >= 200


def row_of(place, row, described):
    """An event by a person of its own, so that staff acts make nobody else staff."""
    person = str(1000 + place)
    cells = {"IP address": str(place), "Event context": f"Place {place}"}
    if not described:
        return event("", name=f"Person {place}", component=row["component"], event_name=row["event_name"], **cells)
    says = row["description"].replace("user with id '4'", f"user with id '{person}'").replace("'62'", f"'{place}'")
    return event(says, name=f"Person {place}", component="구성요소", event_name=f"이벤트 {place}", **cells)


def check(enrich, described, rows):
    """Put the rows through together and compare each with its label."""
    result = enrich([row_of(place, row, described) for place, row in rows])
    kept = {int(row["ip_address"]): row for row in result.events}
    dropped = {int(row["ip_address"]): row for row in result.dropped}
    wrong = []
    for place, row in rows:
        expected = row["expected"]
        if expected in REASONS:
            got, want = dropped.get(place, {}).get("reason"), expected
        else:
            out = kept.get(place, {})
            got = tuple(out.get(name) for name in ("module", "action", "activity_type", "bloom_level", "is_active"))
            want = (row["module"], row["action"], expected, LEVELS.get(expected, ""), row["is_active"])
        if got != want:
            wrong.append((row["component"], row["event_name"], row["description"], want, got))
    return wrong


def test_the_description_alone_tells_what_it_means_whatever_the_language(enrich):
    rows = [(place, row) for place, row in enumerate(IDENTITIES) if row["description"]]
    assert len(rows) > 400
    assert check(enrich, True, rows) == []


def test_component_and_event_name_alone_tell_it_too(enrich):
    # Old and new versions share some names; where two events have one name, only the Description tells them apart.
    names = {}
    for row in IDENTITIES:
        names.setdefault((row["component"], row["event_name"]), set()).add(
            (row["module"], row["action"], row["expected"])
        )
    rows = [(p, row) for p, row in enumerate(IDENTITIES) if len(names[row["component"], row["event_name"]]) == 1]
    assert len(rows) > 400
    assert check(enrich, False, rows) == []


@pytest.mark.parametrize("described", [True, False])
def test_none_of_them_is_others(enrich, described):
    rows = [
        row_of(place, row, described) for place, row in enumerate(IDENTITIES) if row["description"] or not described
    ]
    result = enrich(rows)
    assert result.summary.others == []


def test_the_bloom_only_log_holds_nothing_without_a_level(enrich):
    result = enrich([row_of(place, row, False) for place, row in enumerate(IDENTITIES)])
    types = {row["activity_type"] for row in result.rows("enriched_log_bloom_only.csv")}
    assert types == set(LEVELS)
