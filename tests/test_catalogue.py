"""The tables of Moodle's events are just what the facts and decisions make of them."""

import csv
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path

ROOT = Path(__file__).parents[1]
TABLES = [ROOT / "moodlelogsmart" / "moodle" / name for name in ("events.csv", "sentences.csv", "names.csv")]


def rows(name):
    with (ROOT / "facts" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_nothing_was_edited_in_what_the_command_writes(tmp_path):
    subprocess.run([sys.executable, "-m", "facts.catalogue", tmp_path], cwd=ROOT, check=True)
    assert [(tmp_path / path.name).read_bytes() for path in TABLES] == [path.read_bytes() for path in TABLES]


def test_every_decision_is_of_a_class_that_there_is_and_has_its_source():
    classes = {row["class"] for row in rows("events.csv")} | {row["class"] for row in rows("older.csv")}
    decisions = rows("decisions.csv")
    assert all(row["source"] for row in decisions)
    unused = [row["class"] for row in decisions if not any(fnmatchcase(one, row["class"]) for one in classes)]
    assert unused == []


def test_every_class_has_one_identity_and_no_two_of_one_plugin_share_it():
    with TABLES[0].open(encoding="utf-8", newline="") as file:
        events = list(csv.DictReader(file))
    assert len({row["class"] for row in events}) == len(events) > 750
    assert all(row["module"] and row["event"] for row in events)
