"""The same results go into a folder or into a ZIP, all of them or none."""

import zipfile

import pytest
from conftest import graded, log_text, viewed

from moodlelogsmart.export import results
from moodlelogsmart.export.results import RESULT_FILES
from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process
from moodlelogsmart.workspace import Stop, Stopped, Workspace


def done(*arguments):
    return None


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(log_text([*(viewed(user, cm=cm) for user in range(4, 9) for cm in range(30)), graded(9, 4)]))
    return path


def test_a_zip_holds_what_a_folder_holds(tmp_path, log):
    (tmp_path / "out").mkdir()
    apart = process([log], Options(), tmp_path / "out", done)
    packed = process([log], Options(), tmp_path / "out.zip", done)
    assert apart == packed
    archive = zipfile.ZipFile(tmp_path / "out.zip")
    assert archive.testzip() is None
    assert archive.namelist() == RESULT_FILES == [file["name"] for file in packed.files]
    for name in RESULT_FILES:
        assert archive.read(name) == (tmp_path / "out" / name).read_bytes(), name
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.csv", "out", "out.zip"]


def test_results_of_more_than_the_older_zip_holds_are_packed_as_zip64(tmp_path, log, monkeypatch):
    process([log], Options(), tmp_path / "small.zip", done)
    assert {file.extract_version for file in zipfile.ZipFile(tmp_path / "small.zip").filelist} == {20}
    monkeypatch.setattr(results, "LIMIT", 100_000)
    process([log], Options(), tmp_path / "large.zip", done)
    large = zipfile.ZipFile(tmp_path / "large.zip")
    assert {file.extract_version for file in large.filelist} == {45}
    assert large.testzip() is None
    assert large.read("enriched_log.csv") == zipfile.ZipFile(tmp_path / "small.zip").read("enriched_log.csv")


@pytest.mark.parametrize("packed", [True, False])
def test_until_all_files_are_written_there_is_none_but_in_what_is_deleted_after_a_stop(tmp_path, log, packed):
    out, seen = tmp_path / ("out.zip" if packed else "out"), []
    if not packed:
        out.mkdir()

    def progress(percent, stage):
        # Beside its workspace, with all that is in it.
        names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
        seen.append((stage, {name for name in names if "work-" not in name}))

    process([log], Options(), out, progress)
    assert [names for _stage, names in seen] == [{"log.csv"} if packed else {"log.csv", "out"}] * len(seen)
    assert sum(stage == "export" for stage, _names in seen) == len(RESULT_FILES)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("place", [0, len(RESULT_FILES) // 2, len(RESULT_FILES) - 2])
def test_a_stop_between_two_files_leaves_nothing(tmp_path, log, packed, place):
    stop = Stop()
    out = tmp_path / ("out.zip" if packed else "out")
    if not packed:
        out.mkdir()
    begun = []

    def progress(percent, stage):
        begun.append(stage)
        if begun.count("export") == place + 2:
            stop.request()

    with pytest.raises(Stopped):
        process([log], Options(), out, progress, stop=stop)
    assert sorted(path.name for path in tmp_path.rglob("*")) == (["log.csv"] if packed else ["log.csv", "out"])


def test_it_says_how_far_the_writing_is(tmp_path, log):
    told = []
    process([log], Options(), tmp_path / "out.zip", lambda percent, stage: told.append((stage, percent)))
    shares = [percent for stage, percent in told if stage == "export"]
    assert (shares[0], len(set(shares))) == (70, len(RESULT_FILES) - 1)
    assert shares == sorted(shares)
    assert told[-1] == ("save", 95)


@pytest.mark.parametrize(("limit", "how"), [("ALONE", "pragma verify_parallelism"), ("ROW_GROUP", "")])
def test_a_few_rows_are_left_to_one_thread_more_are_dealt_out_and_the_bytes_are_the_same(
    tmp_path, log, monkeypatch, limit, how
):
    told = []
    run = Workspace.run
    monkeypatch.setattr(Workspace, "run", lambda work, query, *more: (told.append(query), run(work, query, *more))[1])

    def dealt_out():
        return [query for query in told if "set threads" in query or "parallelism" in query]

    process([log], Options(), tmp_path / "one.zip", done)
    assert dealt_out() == ["set threads = 1"]
    told.clear()
    monkeypatch.setattr("moodlelogsmart.workspace.ALONE", 0)
    monkeypatch.setattr(f"moodlelogsmart.workspace.{limit}", 0)
    process([log], Options(), tmp_path / "other.zip", done)
    assert dealt_out() == [how] * bool(how)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "other.zip").read_bytes()
