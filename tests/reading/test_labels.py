"""The same course in every language of labels.csv: the Description is English on all of them, the rest is not."""

import csv
from itertools import groupby

import pytest
from conftest import HEADER, event, graded, log_text, viewed
from serving import ROOT

from moodlelogsmart.reading.columns import LABEL, find_columns, find_language, read_labels
from moodlelogsmart.reading.model import COLUMNS

LANGUAGES = {
    language: {row["column"]: row["label"] for row in rows}
    for language, rows in groupby(read_labels(), key=lambda row: row["language"])
}
NAMES = dict(zip(["time", "user_full_name", "affected_user", *COLUMNS[4:]], HEADER, strict=True))


def log_in(language):
    labels = LANGUAGES[language]
    local = {"component": "구성요소", "event_name": "이벤트"}
    rows = [
        viewed(4, "quiz", **local),
        event(
            "The user with id '4' has submitted the attempt with id '1' for the quiz with course module id '62'.",
            **local,
        ),
        viewed(5, "page", cm=63, time="18/10/21, 09:00", **local),
        viewed(5, name=labels["logged_in_as"].replace("<real>", "Real Person").replace("<as>", "Ana Souza"), **local),
        graded(9, 4, **local),
    ]
    renamed = [{labels[name]: row[label] for name, label in NAMES.items()} for row in rows]
    return log_text(renamed, header=[labels[name] for name in NAMES])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_course_gives_the_same_events(enrich, language):
    result, english = enrich(log_in(language)), enrich(log_in("en"))
    assert result.events == english.events
    assert (
        [row["reason"] for row in result.dropped]
        == ["logged_in_as", "staff"]
        == [row["reason"] for row in english.dropped]
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_knows_the_language_by_its_labels(language):
    header = [label for name, label in LANGUAGES[language].items() if name in COLUMNS]
    assert {name for name, part in find_columns(header, []).items() if part.value.place} == set(COLUMNS)
    assert find_language(header).value == language


def test_a_label_means_the_same_column_in_every_language():
    meant = {}
    for row in read_labels():
        meant.setdefault(row["label"].casefold(), set()).add(row["column"])
    assert all(len(columns) == 1 for columns in meant.values())


def test_every_label_of_the_facts_is_known():
    with (ROOT / "facts" / "headers.csv").open(encoding="utf-8", newline="") as file:
        facts = list(csv.DictReader(file))
    ours = {label: name for name, label in NAMES.items()}
    for language, rows in groupby(facts, key=lambda row: row["lang"]):
        labels = [row["label"] for row in rows]
        found = {part.value.label: name for name, part in find_columns(labels, []).items() if part.by == LABEL}
        assert found == {row["label"]: ours[row["column"]] for row in facts if row["lang"] == language}
        assert find_language(labels).value == language
