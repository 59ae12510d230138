"""The journal: what it is told it gives back, as long as it must and no longer."""

import json
import os
import shutil
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import LONG, graded, viewed
from hypothesis import given
from hypothesis import strategies as st

from moodlelogsmart.jobs.job import Job
from moodlelogsmart.jobs.journal import OUTDATED, Journal, JournalError
from moodlelogsmart.messages import Message
from moodlelogsmart.options import Options


@pytest.fixture
def journal(tmp_path):
    journal = Journal(tmp_path / "journal.sqlite3", tmp_path / "jobs")
    yield journal
    journal.close()


def told(folder):
    """Every byte that the journal has on disk."""
    return b"".join(path.read_bytes() for path in folder.glob("journal.sqlite3*"))


def record(journal, job):
    journal.record(job.job_id, lambda: job)


def test_a_completed_job_comes_back_as_it_was(journal, tmp_path, enrich):
    summary = enrich([viewed(4, name="Ana Invented"), viewed(5), graded(9, 4)]).summary
    job = Job(
        "one",
        status="completed",
        progress=100,
        completed_at=datetime.now(UTC),
        output_file=tmp_path / "jobs" / "one" / "results.zip",
        options=Options(rules=tmp_path / "jobs" / "one" / "input" / "rules", keep=("staff",)),
        summary=summary,
    )
    record(journal, job)
    journal.close()
    assert journal.load() == [job]


times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
messages = st.builds(
    lambda text, number: Message(text.replace("%", "") + " %(number)d", number=number), st.text(), st.integers(0, 9)
)
jobs = st.lists(
    st.builds(
        Job,
        job_id=st.uuids().map(str),
        status=st.sampled_from(["processing", "completed", "failed"]),
        progress=st.integers(0, 100),
        error=st.none() | messages | st.text().map(Message),
        created_at=times,
        completed_at=st.none() | times,
        title=st.text(),
        owner=st.text(),
        size=st.integers(0, 1 << 40),
        attempts=st.integers(0, 3),
        options=st.builds(Options, session_gap=st.integers(1, 600), year=st.none() | st.integers(1990, 2099)),
    ),
    unique_by=lambda job: job.job_id,
    max_size=5,
)  # fmt: skip


@given(jobs)
def test_whatever_jobs_there_are_come_back_oldest_first(tmp_path_factory, jobs):
    folder = tmp_path_factory.mktemp("journal")
    journal = Journal(folder / "journal.sqlite3", folder / "jobs")
    for job in jobs:
        record(journal, job)
    journal.close()
    back = journal.load()
    journal.close()
    assert sorted(back, key=lambda job: job.job_id) == sorted(jobs, key=lambda job: job.job_id)
    assert [job.created_at for job in back] == sorted(job.created_at for job in jobs)
    told = {job.job_id: job.error for job in back if job.error is not None}
    assert {job_id: (error.template, error.parameters) for job_id, error in told.items()} == {
        job.job_id: (job.error.template, job.error.parameters) for job in jobs if job.error is not None
    }


def test_the_last_state_is_the_one_that_stays(journal):
    record(journal, Job("one", progress=0))
    record(journal, Job("one", progress=50))
    journal.record("one", lambda: None)  # gone meanwhile: nothing to write
    assert [job.progress for job in journal.load()] == [50]


def test_an_instance_folder_can_be_moved(tmp_path):
    there = tmp_path / "there"
    there.mkdir()
    journal = Journal(there / "journal.sqlite3", there / "jobs")
    record(journal, Job("one", input_file=there / "jobs" / "one" / "input"))
    journal.close()
    assert str(there).encode() not in told(there)
    here = shutil.move(there, tmp_path / "here")
    (job,) = Journal(here / "journal.sqlite3", here / "jobs").load()
    assert job.input_file == here / "jobs" / "one" / "input"


def test_nothing_of_a_deleted_job_stays_on_disk(journal, tmp_path):
    for number in range(20):
        record(journal, Job(f"job-{number}", title="Maria-Silva.csv", error=Message("about Maria " + "x" * 5000)))
    assert b"Maria" in told(tmp_path)
    for number in range(20):
        journal.delete(f"job-{number}")
    assert b"Maria" not in told(tmp_path)


def test_only_its_owner_can_read_it(journal, tmp_path):
    record(journal, Job("one"))
    assert {path.stat().st_mode & 0o077 for path in tmp_path.glob("journal.sqlite3*")} == {0}


def test_a_locked_journal_is_told_while_it_is_locked_and_works_again_afterwards(journal, tmp_path):
    record(journal, Job("one"))
    other = sqlite3.connect(tmp_path / "journal.sqlite3", isolation_level=None, check_same_thread=False)
    other.execute("begin immediate")
    # Who waits for the lock for as long as it is held gets it in the end, and is told nothing.
    release = threading.Timer(LONG, other.rollback)
    release.start()
    with pytest.raises(JournalError, match="can't write down what it does"):
        record(journal, Job("two"))
    release.cancel()
    other.execute("rollback")
    record(journal, Job("two"))
    assert {job.job_id for job in journal.load()} == {"one", "two"}


def test_a_file_that_is_no_journal_is_told(journal, tmp_path):
    (tmp_path / "journal.sqlite3").write_text("This is not what you think. " * 100)
    with pytest.raises(JournalError):
        journal.load()


def test_a_job_of_another_version_fails_with_a_sentence(journal, tmp_path):
    record(journal, Job("one", owner="ana", title="course.csv", status="completed"))
    journal.close()
    with sqlite3.connect(tmp_path / "journal.sqlite3") as connection:
        connection.execute("""update job set job = replace(job, '"case"', '"old"')""")
        connection.execute("""update job set job = replace(cast(job as text), '"session_gap":30', '"session_gap":"?"')""")  # fmt: skip
    (job,) = journal.load()
    assert (job.status, job.error, job.owner, job.title) == ("failed", OUTDATED, "ana", "course.csv")
    assert job.completed_at is not None


def test_a_job_that_an_earlier_version_completed_stays_completed(journal, tmp_path, enrich):
    """Its summary had what was detected as plain data, knew no reading, and warnings without codes."""
    summary = enrich([viewed(4)]).summary
    record(
        journal, Job("one", owner="ana", status="completed", output_file=tmp_path / "jobs" / "r.zip", summary=summary)
    )
    journal.close()
    with sqlite3.connect(tmp_path / "journal.sqlite3") as connection:
        job = json.loads(connection.execute("select job from job").fetchone()[0])
        for name in ("reading", "actors_from_description", "people", "events_nameless", "others_kinds"):
            del job["summary"][name]
        job["summary"]["warnings"] = [{"template": "%(rows)d rows are odd.", "parameters": {"rows": 3}}]
        for name in ("pseudonyms", "key"):
            del job["options"][name]
        job["summary"]["detected"] = {"kind": ["text"]}
        connection.execute("update job set job = ?", [json.dumps(job)])
    (job,) = journal.load()
    assert (job.status, job.output_file, job.summary.learners) == ("completed", tmp_path / "jobs" / "r.zip", 1)
    assert job.summary.facts("pt_BR")["warnings"] == [{"code": "", "text": "3 rows are odd.", "rows": 3}]


def test_a_state_is_on_disk_when_it_is_recorded(tmp_path):
    """A child that dies at once, without closing anything, has written it."""
    if (child := os.fork()) == 0:
        record(Journal(tmp_path / "journal.sqlite3", tmp_path / "jobs"), Job("one"))
        os._exit(0)
    os.waitpid(child, 0)
    assert [job.job_id for job in Journal(tmp_path / "journal.sqlite3", Path("jobs")).load()] == ["one"]
