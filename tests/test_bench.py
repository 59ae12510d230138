"""The benchmark measures what it says: which files are written, and what the tables for analysis cost."""

import json
import subprocess
import sys

import pytest
from serving import GENERATE, ROOT

from moodlelogsmart.analysis.tables import TABLES
from moodlelogsmart.export.results import RESULT_FILES

FILES = {"ours": len(RESULT_FILES), "less": len(RESULT_FILES) - len(TABLES) - 2, "six": 6}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run of each that the app does, as the benchmark takes it down."""
    log = tmp_path_factory.mktemp("bench") / "log.csv"
    subprocess.run([*GENERATE, "500", log], check=True)
    (ROOT / "bench" / "data").mkdir(exist_ok=True)
    done = {
        name: subprocess.run(
            [sys.executable, ROOT / "bench" / "run.py", "--one", name, log], check=True, capture_output=True, text=True
        )
        for name in FILES
    }
    return {name: json.loads(one.stdout) for name, one in done.items()}


def test_it_times_the_app_with_the_files_that_it_names(runs):
    assert {name: run["files"] for name, run in runs.items()} == FILES
    assert all(0 < run["counted"] < run["total"] for run in runs.values())


def test_it_tells_what_part_of_a_run_the_tables_for_analysis_are():
    sys.path.insert(0, str(ROOT / "bench"))
    import run

    took = {
        "ours": [{"total": 10.0, "counted": 0.5, "busy": 20.0}],
        "less": [{"total": 9.0, "counted": 0.5, "busy": 19.0}],
    }
    told = " ".join(run.cost_of_tables(took))
    assert "1.00 s to write" in told
    assert "together 15.0%, of at most 20%." in told
    assert "writing them is 5.0%." in told
    assert run.cost_of_tables({"ours": took["ours"]}) == []


def test_it_tells_where_a_ratio_is_worse_than_it_was(tmp_path):
    import history

    kept, called = tmp_path / "history.csv", {"ours": "the app", "peer": "PM4Py"}
    for day, ours in (("2026-01-01", 3.0), ("2026-01-02", 2.0)):
        history.keep(history.ratios(6400, {"ours": [{"total": ours}], "peer": [{"total": 1.0}]}, day), kept)
    for ours, told in ((2.1, "2.00 on 2026-01-02"), (3.0, "2.00 on 2026-01-02: 1.50 TIMES SLOWER")):
        rows = history.ratios(6400, {"ours": [{"total": ours}], "peer": [{"total": 1.0}]}, "2026-01-03")
        assert history.compared(rows, called, kept) == [
            f"6,400 events, the app: {ours:.3f} s, {ours:.2f} times PM4Py; {told}"
        ]
