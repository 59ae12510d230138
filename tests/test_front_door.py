"""`import moodlelogsmart`: light, documented, and enough for a program of one's own."""

import inspect
import json
import re
import subprocess
import sys

import pytest
from conftest import log_text, viewed
from serving import ROOT

import moodlelogsmart
from moodlelogsmart import Options, Reading, process, read_log
from moodlelogsmart.messages import LogError


def loaded(code):
    """The modules that a new interpreter has loaded after this code."""
    code += "; import json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("code", ["import moodlelogsmart", "from moodlelogsmart import Options, Reading; Options()"])
def test_importing_it_loads_no_engine(code):
    assert not loaded(code) & {"duckdb", "pyarrow", "flask", "babel", "yaml", "lxml"}


def test_what_it_offers_is_what_the_documents_describe():
    told = re.findall(r"^\| `moodlelogsmart\.(\w+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert sorted(told) == sorted(moodlelogsmart.__all__)
    assert set(dir(moodlelogsmart)) == set(moodlelogsmart.__all__)


@pytest.mark.parametrize("name", ["Options", "process", "read_log", "Reading"])
def test_its_documentation_shows_how_it_is_used(name):
    door = getattr(moodlelogsmart, name)
    told = inspect.getdoc(door) + (inspect.getdoc(Reading.given) if name == "Reading" else "")
    assert f"    {name}" in told or f"= {name}(" in told


def test_there_is_nothing_else():
    with pytest.raises(AttributeError, match="no attribute 'prozess'"):
        moodlelogsmart.prozess  # noqa: B018 - the look-up is what fails


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(log_text([viewed(4), viewed(5)]))
    return path


def test_a_log_becomes_a_zip(log, tmp_path):
    summary = process(str(log), Options(), str(tmp_path / "results.zip"))
    assert summary.learners == 2
    assert (tmp_path / "results.zip").stat().st_size > 0


def test_several_logs_become_a_folder_of_results(log, tmp_path):
    (tmp_path / "out").mkdir()
    process([log, str(log)], Options(), tmp_path / "out")
    assert (tmp_path / "out" / "enriched_log.csv").exists()


def test_a_reading_can_be_looked_at_corrected_and_handed_on(log, tmp_path):
    assert read_log(str(log)).files[0].labels["time"] == "Time"
    summary = process(log, Options(), tmp_path / "results.zip", reading=Reading.given(timezone="America/Sao_Paulo"))
    assert summary.first_time == "2021-10-17T12:39:00-03:00"


def test_reading_a_log_leaves_nothing_behind(log, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    read_log(log)
    assert [path.name for path in tmp_path.iterdir()] == ["log.csv"]


def test_without_a_log_there_is_nothing_to_do(tmp_path):
    with pytest.raises(LogError, match="There is no log"):
        process([], Options(), tmp_path / "results.zip")


def test_a_mistake_is_a_sentence(tmp_path):
    (tmp_path / "empty.csv").touch()
    with pytest.raises(LogError, match="is empty"):
        read_log(tmp_path / "empty.csv")
