"""`moodlelogsmart.read`, as notebooks and programs use it."""

import doctest
import gc
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from conftest import event, graded, log_text, viewed
from lxml import html

import moodlelogsmart as mls
from moodlelogsmart.export.results import format_of
from moodlelogsmart.library import FORMATS
from moodlelogsmart.options import OptionError
from moodlelogsmart.reading.model import GIVEN
from moodlelogsmart.workspace import Limits

ROOT = Path(__file__).parents[1]
NAMES = {4: "Ana Invented", 5: "Bia Invented", 6: "Caio Invented"}


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A small course as a file, in the folder where the program works."""
    monkeypatch.chdir(tmp_path)
    rows = [
        viewed(user, module, cm, name=name, time=f"{day}/10/21, 1{day % 10}:39", **{"Event context": context})
        for day in (16, 18)
        for module, cm, context in (("page", 62, "Page: Reading"), ("quiz", 63, "Quiz: Test"))
        for user, name in NAMES.items()
    ]
    rows = [
        row | {"Component": row["Event context"].partition(":")[0], "Event name": "Course module viewed"}
        for row in rows
    ]
    path = tmp_path / "course.csv"
    path.write_text(log_text(rows), encoding="utf-8")
    return path


@pytest.fixture
def log(course):
    with mls.read(course, timezone="UTC") as opened:
        yield opened


def test_the_document_does_what_it_says(course):
    failed = doctest.testfile(
        str(ROOT / "docs" / "library.md"), module_relative=False, optionflags=doctest.IGNORE_EXCEPTION_DETAIL
    )
    assert (failed.failed, failed.attempted > 10) == (0, True)


def test_events_are_those_of_the_file(log, tmp_path):
    log.write(tmp_path / "out", formats=["csv"])
    table = log.table()
    lines = (tmp_path / "out" / "enriched_log.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].split(",") == table.column_names
    assert table.num_rows == len(lines) - 1 == 12
    first = table.slice(0, 1).to_pylist()[0]
    assert (first["time"], first["is_active"], first["ip_address"]) == (
        datetime(2021, 10, 16, 16, 39, tzinfo=UTC), False, "10.0.0.1",
    )  # fmt: skip


def test_events_come_in_batches(log, monkeypatch):
    monkeypatch.setattr("moodlelogsmart.library._BATCH", 5)
    reader = log.events()
    assert isinstance(reader, pa.RecordBatchReader)
    assert [batch.num_rows for batch in reader] == [5, 5, 2]
    assert log.events().read_all().num_rows == 12


def test_tables_are_those_of_the_results(log, enrich, course):
    result = enrich(course.read_text(encoding="utf-8"))
    for name, table in (("learners", log.learners()), ("activities", log.activities())):
        rows = result.rows(f"{name}.csv")
        assert table.column_names == list(rows[0])
        assert table.num_rows == len(rows)
    assert log.learners().column("person").to_pylist() == ["4", "5", "6"]


def test_it_gives_frames(log):
    assert len(log.to_pandas()) == 12
    frame = log.to_pm4py()
    assert {"case:concept:name", "concept:name", "time:timestamp"} <= set(frame.columns)
    pytest.importorskip("polars", reason="polars is not installed")
    assert log.to_polars().height == 12


def test_it_writes_all_results_again_and_again(log, tmp_path, enrich, course):
    first, second = (log.write(tmp_path / name) for name in ("a", "b"))
    assert [path.name for path in first] == [path.name for path in second]
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name
    mls.process(course, mls.Options(timezone="UTC"), tmp_path / "same.zip")
    (tmp_path / "same").mkdir()
    mls.process(course, mls.Options(timezone="UTC"), tmp_path / "same")
    for path in first:
        assert path.read_bytes() == (tmp_path / "same" / path.name).read_bytes(), path.name


@pytest.mark.parametrize("name", FORMATS)
def test_it_writes_any_format_alone(log, tmp_path, name):
    written = [path.name for path in log.write(tmp_path / "out", formats=[name])]
    assert written
    assert all(path == "manifest.json" or format_of(path) == name for path in written)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(written)


def test_a_format_that_there_is_not_is_told(log, tmp_path):
    with pytest.raises(mls.LogError, match=r"There are no results as pdf; the formats are csv, xes"):
        log.write(tmp_path / "out", formats=["pdf"])


def test_corrections_may_be_dicts_and_lists(course):
    told = {"columns": {"time": 1, "user_full_name": "User full name"}, "staff": ["Ana Invented"], "learners": "5"}
    with mls.read(course, timezone="UTC", meanings={"quiz/course_module_viewed": "Exercise_A"}, **told) as log:
        assert log.summary.learners == 2
        assert {"Exercise_A", "Study_P"} == set(log.table().column("activity_type").to_pylist())
        assert log.reading.files[0].columns["time"].by == GIVEN


def test_several_files_are_one_log(course, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text(log_text([viewed(9, name="Dora Invented", time="20/10/21, 10:00")]), encoding="utf-8")
    with mls.read([course, other], timezone="UTC") as log:
        assert (log.summary.learners, log.table().num_rows) == (4, 13)


def test_a_notebook_shows_the_report_in_short_without_links_to_nowhere(course):
    with mls.read(course, timezone="UTC", language="pt_BR", title="<Algebra>") as log:
        piece = html.fragment_fromstring(log._repr_html_())
    text = piece.text_content()
    assert "3 estudantes" in text
    assert "<Algebra>" in text
    assert not piece.xpath("//a|//script|//style")


@pytest.mark.parametrize(
    ("options", "error"),
    [({"case": "person"}, OptionError), ({"timezone": "Mars"}, OptionError), ({"no": 1}, TypeError)],
)
def test_an_option_that_cannot_be_is_refused(course, options, error):
    with pytest.raises(error):
        mls.read(course, **options)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(OSError, match=r"no\.csv"):
        mls.read(tmp_path / "no.csv")


def test_nothing_is_printed_and_nothing_stays(course, tmp_path, monkeypatch, capfd):
    work = tmp_path / "temporary"
    work.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(work))
    with mls.read(course) as log:
        assert list(work.iterdir())
        log.table()
        log.write(tmp_path / "out")
    assert list(work.iterdir()) == []
    log.close()
    assert (log.summary.learners, log.reading.files[0].date_order.value) == (3, "dmy")
    (tmp_path / "bad.csv").write_text("Time,Description\n")
    with pytest.raises(mls.LogError):
        mls.read(tmp_path / "bad.csv")
    mls.read(course)
    gc.collect()
    assert list(work.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_two_logs_can_be_open_at_once(course, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text(log_text([graded(4, 5, name="Eva"), viewed(5, name="Bo"), event("", name="Bo")]), encoding="utf-8")
    with mls.read(course) as one, mls.read(other, limits=Limits(memory=200, threads=1)) as two:
        assert (one.table().num_rows, two.table().num_rows) == (12, 2)


# What Windows has not; there Python itself cannot be asked here.
WINDOWS = """
import os, sys
for name in ("resource", "fcntl", "pwd", "grp"):
    sys.modules[name] = None
for name in ("sysconf", "fork", "getuid", "geteuid", "killpg", "setsid"):
    if hasattr(os, name):
        delattr(os, name)
if sys.argv[1:]:
    from moodlelogsmart.commands import main
    main()
import moodlelogsmart as mls
print(mls.read("course.csv"))
"""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["process", "course.csv", "--out", "out"], "Events kept: 12 of 12"),
        (["check", "course.csv"], "1: date_order: dmy"),
        (["demo", "--out", "out"], "Open "),
        ([], "<Log learners=3 events=12>"),
    ],
)
def test_it_runs_where_only_what_windows_has_is_there(course, arguments, told):
    program = [sys.executable, "-c", WINDOWS, *arguments]
    variables = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(program, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert told in done.stdout
