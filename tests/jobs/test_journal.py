"""The journal: what it is told it gives back, as long as it must and no longer."""

import json
import os
import shutil
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import LONG, viewed
from hypothesis import given
from hypothesis import strategies as st

from moodlelogsmart.jobs.child import encoded
from moodlelogsmart.jobs.job import Job
from moodlelogsmart.jobs.journal import Journal, JournalError
from moodlelogsmart.jobs.rows import OUTDATED
from moodlelogsmart.jobs.summaries import read_summary
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


def test_a_completed_job_comes_back_as_it_was(journal, tmp_path):
    job = Job(
        "one",
        status="completed",
        progress=100,
        completed_at=datetime.now(UTC),
        output_file=tmp_path / "jobs" / "one" / "results.zip",
        options=Options(rules=tmp_path / "jobs" / "one" / "input" / "rules", keep=("staff",)),
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


def changed(tmp_path, *changes):
    """Change the rows of the journal as another version would have written them."""
    with sqlite3.connect(tmp_path / "journal.sqlite3") as connection:
        for job_id, row in connection.execute("select job_id, job from job").fetchall():
            known = json.loads(row)
            for change in changes:
                change(known)
            connection.execute("update job set job = ? where job_id = ?", [json.dumps(known), job_id])


def test_of_another_version_no_finished_job_is_lost_and_none_that_can_go_on(journal, tmp_path):
    folder = tmp_path / "jobs" / "one"
    record(journal, Job("done", owner="ana", title="a.csv", status="completed", output_file=folder / "results.zip"))
    record(journal, Job("not", owner="ana", status="failed", error=Message("It did not work."), input_file=folder))
    record(journal, Job("waits", owner="ana", title="b.csv", input_file=folder, options=Options(session_gap=7)))
    journal.close()
    changed(
        tmp_path,
        lambda job: job.update(colour="red", attempts="?"),  # a field that we do not know, and one that has changed
        lambda job: job.pop("size"),
    )
    done, failed, waits = sorted(journal.load(), key=lambda job: job.job_id)
    assert (done.status, done.owner, done.title, done.output_file) == (
        "completed",
        "ana",
        "a.csv",
        folder / "results.zip",
    )
    assert (failed.status, failed.error, failed.input_file) == ("failed", "It did not work.", folder)
    assert (waits.status, waits.input_file, waits.options.session_gap) == ("processing", folder, 7)


def test_a_job_under_way_with_an_option_of_another_version_fails_with_a_sentence(journal, tmp_path):
    record(journal, Job("one", owner="ana", title="course.csv"))
    record(journal, Job("two", owner="ana", status="completed", output_file=tmp_path / "jobs" / "r.zip"))
    journal.close()
    changed(tmp_path, lambda job: job["options"].update(session_gap="?", colour="red"))
    one, two = sorted(journal.load(), key=lambda job: job.job_id)
    assert (one.status, one.error, one.owner, one.title) == ("failed", OUTDATED, "ana", "course.csv")
    assert one.completed_at is not None
    assert (two.status, two.options) == ("completed", Options())


def test_the_summary_that_an_earlier_version_kept_in_it_is_shown(journal, tmp_path, enrich):
    """It had what was detected as plain data, knew no reading, and warnings without codes."""
    results = tmp_path / "jobs" / "one" / "results.zip"
    results.parent.mkdir(parents=True)
    results.write_text("the results")
    record(journal, Job("one", owner="ana", status="completed", output_file=results))
    journal.close()
    summary = json.loads(encoded(enrich([viewed(4)]).summary))
    for name in ("reading", "actors_from_description", "people", "events_nameless", "others_kinds", "staff_people"):
        del summary[name]
    summary["warnings"] = [{"template": "%(rows)d rows are odd.", "parameters": {"rows": 3}}]
    summary["detected"] = {"kind": ["text"]}
    changed(tmp_path, lambda job: job.update(summary=summary))
    (job,) = journal.load()
    shown = read_summary(job.output_file.parent)
    assert (job.status, shown.learners) == ("completed", 1)
    assert shown.facts("pt_BR")["warnings"] == [{"code": "", "text": "3 rows are odd.", "rows": 3}]


def test_a_state_is_on_disk_when_it_is_recorded(tmp_path):
    """A child that dies at once, without closing anything, has written it."""
    if (child := os.fork()) == 0:
        record(Journal(tmp_path / "journal.sqlite3", tmp_path / "jobs"), Job("one"))
        os._exit(0)
    os.waitpid(child, 0)
    assert [job.job_id for job in Journal(tmp_path / "journal.sqlite3", Path("jobs")).load()] == ["one"]
