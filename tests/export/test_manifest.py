import hashlib
import json

from conftest import graded, log_text, viewed

from moodlelogsmart import __version__
from moodlelogsmart.export.results import RESULT_FILES
from moodlelogsmart.meaning.rules import load_rules


def manifest(result):
    return json.loads((result.folder / "manifest.json").read_text())


def test_it_names_input_and_outputs_with_their_checksums(enrich):
    log = log_text([viewed(4)])
    result = enrich(log)
    told = manifest(result)
    assert told["inputs"] == [
        {"name": "input 1", "bytes": len(log), "sha256": hashlib.sha256(log.encode()).hexdigest()}
    ]
    assert [file["name"] for file in told["outputs"]] == [name for name in RESULT_FILES if name != "manifest.json"]
    for file in told["outputs"]:
        content = (result.folder / file["name"]).read_bytes()
        assert (file["bytes"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


def test_its_counts_add_up(enrich):
    told = manifest(enrich([viewed(4), viewed(5), graded(9, 4)]))
    assert (told["rows_read"], told["events_kept"], told["events_dropped"]) == (3, 2, 1)
    assert told["dropped"] == {"staff": 1}


def test_it_names_version_options_and_rules(enrich):
    told = manifest(enrich([viewed(4)], case="session", timezone="Asia/Tokyo"))
    assert (told["program"], told["version"]) == ("MoodleLogSmart", __version__)
    assert (told["options"]["case"], told["options"]["timezone"]) == ("session", "Asia/Tokyo")
    assert told["rules"]["sha256"] == load_rules().sha256


def test_the_same_input_gives_the_same_bytes(enriched):
    rows, (anew, _) = [viewed(user, time=f"17/10/21, 12:{user:02d}") for user in range(3, 40)], enriched
    first, second = anew(rows), anew(rows)
    for name in RESULT_FILES:
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes(), name
