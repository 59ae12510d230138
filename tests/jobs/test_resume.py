"""What becomes of jobs when the server ends, however it ends."""

import shutil
import sqlite3
import threading
from dataclasses import replace

import pytest
from conftest import LONG, log_text, until
from working import put, submit, wait

from moodlelogsmart.jobs import working
from moodlelogsmart.jobs.runner import ATTEMPTS, GIVEN_UP, LOST
from moodlelogsmart.jobs.summaries import read_summary
from moodlelogsmart.jobs.working import BROKEN
from moodlelogsmart.meaning.rules import DEFAULT_FILE
from moodlelogsmart.messages import MachineError
from moodlelogsmart.options import Options


@pytest.fixture
def hang(monkeypatch):
    """A pipeline that stands still until it is stopped."""
    begun, real = threading.Event(), working.process

    def process(inputs, options, out, progress, limits, stop, **named):
        progress(10, "read")
        out.write_text("half a r")
        begun.set()
        until(lambda: stop.requested)
        stop.check()

    monkeypatch.setattr(working, "process", process)
    return type("Hang", (), {"begun": begun, "end": lambda: monkeypatch.setattr(working, "process", real)})


def die(jobs):
    """As by kill -9: what the server has in memory is gone, and nobody writes any more."""
    jobs.manager.keeper.journal.record = lambda *arguments: None
    jobs.manager.files.root = None


def test_a_queued_and_a_running_job_are_taken_up_after_a_kill(start, hang):
    first = start()
    running, queued = submit(first, owner="ana", title="a.csv"), submit(first, owner="bo")
    until(hang.begun.is_set)
    die(first)
    hang.end()
    second = start()
    assert [wait(second, job_id).status for job_id in (running, queued)] == ["completed", "completed"]
    job = second.manager.get_job(running)
    assert (job.owner, job.title, job.attempts) == ("ana", "a.csv", 2)
    assert read_summary(job.output_file.parent).events_kept == 2
    assert second.manager.get_job(queued).attempts == 1
    left = {path.name for path in second.manager.folder(running).iterdir()}
    assert left == {"results.zip", "summary.json", "people.sqlite"}


def test_they_are_taken_up_in_the_order_of_their_coming(start, hang):
    first = start()
    ids = [submit(first) for _ in range(4)]
    until(hang.begun.is_set)
    die(first)
    hang.begun.clear()
    second = start()
    until(hang.begun.is_set)
    assert second.waiting() == ids[1:]
    assert second.manager.get_job(ids[0]).stage == "read"


def test_a_finished_job_is_served_as_before(start):
    first = start()
    done = wait(first, submit(first, owner="ana"))
    failed = first.manager.create_job(owner="ana")
    first.manager.mark_failed(failed, "This is no log.")
    die(first)
    second = start()
    assert second.manager.get_job(done.job_id) == done
    assert done.output_file.exists()
    assert second.manager.get_job(failed).error == "This is no log."


def test_a_job_that_takes_the_server_down_is_tried_three_times(start, hang):
    jobs = start()
    job_id = submit(jobs)
    for attempt in range(1, ATTEMPTS):
        until(hang.begun.is_set)
        assert jobs.manager.get_job(job_id).attempts == attempt
        die(jobs)
        hang.begun.clear()
        jobs = start()
    until(hang.begun.is_set)
    die(jobs)
    jobs = start()
    job = jobs.manager.get_job(job_id)
    assert (job.status, job.error) == ("failed", GIVEN_UP)
    hang.end()
    assert wait(jobs, jobs.retry(job_id)).status == "completed"


def test_an_orderly_end_is_no_attempt(start, hang):
    jobs = start()
    job_id = submit(jobs)
    for _ in range(ATTEMPTS + 1):
        until(hang.begun.is_set)
        hang.begun.clear()
        jobs.close()
        jobs = start()
    until(hang.begun.is_set)
    jobs.close()
    hang.end()
    assert wait(start(), job_id).status == "completed"


def test_an_upload_that_was_never_accepted_leaves_nothing(start):
    first = start()
    job_id = put(first)
    die(first)
    second = start()
    assert second.manager.get_job(job_id) is None
    assert not second.manager.folder(job_id).exists()


def test_a_job_whose_log_is_gone_fails_and_says_so(start, hang):
    first = start()
    job_id = submit(first)
    until(hang.begun.is_set)
    die(first)
    shutil.rmtree(first.manager.get_job(job_id).input_file)
    job = start().manager.get_job(job_id)
    assert (job.status, job.error) == ("failed", LOST)


def test_results_that_are_gone_have_expired(start):
    first = start()
    job = wait(first, submit(first))
    die(first)
    job.output_file.unlink()
    restored = start().manager.get_job(job.job_id)
    assert (restored.status, restored.output_file, restored.title) == ("completed", None, "")


def test_what_an_earlier_version_left_of_expired_jobs_goes_from_the_journal(start):
    first = start()
    job = wait(first, submit(first))
    left = replace(job, title="", output_file=None, options=Options(group=("Maria's tutorial",)), learners=7)
    first.manager.keeper.journal.record(job.job_id, lambda: left)
    die(first)
    folder = job.output_file.parents[2]
    assert b"Maria" in b"".join(path.read_bytes() for path in folder.glob("journal*"))
    assert start().manager.get_job(job.job_id).learners == 0
    assert b"Maria" not in b"".join(path.read_bytes() for path in folder.glob("journal*"))


def test_a_deleted_and_a_cancelled_job_do_not_come_back(start, hang):
    first = start(workers=2)
    cancelled, deleted = submit(first), submit(first)
    until(hang.begun.is_set)
    first.cancel(cancelled)
    first.cancel(deleted)
    first.manager.forget(deleted)
    die(first)
    second = start()
    assert second.manager.get_job(cancelled).status == "failed"
    assert second.manager.get_job(deleted) is None
    assert not second.manager.folder(cancelled).exists()
    assert not second.manager.folder(deleted).exists()


def test_a_failed_job_is_tried_again_with_its_options(start, monkeypatch):
    jobs = start()
    job_id = put(jobs, owner="ana", title="a.csv", size=7)
    rules = jobs.manager.folder(job_id) / "input" / "rules"
    rules.write_bytes(DEFAULT_FILE.read_bytes())
    jobs.manager.describe(job_id, options=Options(case="session", rules=rules), new_key="key")
    real = working.process
    monkeypatch.setattr(working, "process", lambda *arguments, **named: 1 / 0)
    jobs.submit(job_id)
    assert wait(jobs, job_id).error == BROKEN
    monkeypatch.setattr(working, "process", real)
    again = jobs.retry(job_id)
    job = wait(jobs, again)
    assert (job.status, job.owner, job.title, job.size, job.new_key) == ("completed", "ana", "a.csv", 7, "key")
    assert (job.options.case, job.options.rules.parent.parent) == ("session", jobs.manager.folder(again))
    assert not jobs.manager.get_job(job_id).can_retry
    assert jobs.retry(job_id) is None


def test_a_log_that_cannot_be_read_is_not_tried_again(start):
    jobs = start()
    job_id = put(jobs, log_text([]))
    jobs.submit(job_id)
    assert not wait(jobs, job_id).can_retry
    assert jobs.retry(job_id) is None


def test_a_job_that_takes_too_long_is_stopped_and_its_worker_is_free(start, hang):
    jobs = start()
    jobs.working.limits = replace(jobs.working.limits, seconds=0.2)
    job_id = submit(jobs)
    job = wait(jobs, job_id)
    assert "took longer than" in job.error
    assert job.can_retry
    hang.end()
    jobs.working.limits = replace(jobs.working.limits, seconds=LONG)
    assert wait(jobs, jobs.retry(job_id)).status == "completed"


def test_where_the_journal_cannot_be_written_nothing_is_accepted(start, tmp_path, monkeypatch):
    monkeypatch.setattr("moodlelogsmart.jobs.journal.BUSY", 0.1)
    jobs = start()
    other = sqlite3.connect(tmp_path / "journal.sqlite3", isolation_level=None)
    other.execute("begin exclusive")
    with pytest.raises(MachineError, match="can't write down"):
        submit(jobs)
    other.execute("rollback")
    assert wait(jobs, submit(jobs)).status == "completed"


def test_where_the_end_cannot_be_written_the_job_says_so_and_can_be_tried_again(start, tmp_path, monkeypatch):
    monkeypatch.setattr("moodlelogsmart.jobs.journal.BUSY", 0.1)
    jobs = start()
    other = sqlite3.connect(tmp_path / "journal.sqlite3", isolation_level=None, check_same_thread=False)
    real = working.process

    def process(*arguments, **named):
        summary = real(*arguments, **named)
        other.execute("begin exclusive")
        return summary

    monkeypatch.setattr(working, "process", process)
    job_id = submit(jobs)
    job = wait(jobs, job_id)
    assert "can't write down" in job.error
    other.execute("rollback")
    monkeypatch.setattr(working, "process", real)
    assert wait(jobs, jobs.retry(job_id)).status == "completed"


def test_where_the_journal_cannot_be_written_a_key_is_not_lost(start, tmp_path, monkeypatch):
    monkeypatch.setattr("moodlelogsmart.jobs.journal.BUSY", 0.1)
    jobs = start()
    job_id = submit(jobs, new_key="key")
    wait(jobs, job_id)
    other = sqlite3.connect(tmp_path / "journal.sqlite3", isolation_level=None)
    other.execute("begin exclusive")
    with pytest.raises(MachineError):
        jobs.manager.take_key(job_id)
    other.execute("rollback")
    assert jobs.manager.take_key(job_id) == "key"
    assert jobs.manager.take_key(job_id) == ""


def asking(jobs):
    job_id = put(jobs, check=True)
    jobs.submit(job_id)
    until(lambda: any(job.job_id == job_id and job.is_asking for job in jobs.manager.keeper.journal.load()))
    return job_id


def answer(jobs):
    by = put(jobs, keep_input=False, options=Options(session_gap=7))
    jobs.manager.set_input_file(by, jobs.manager.folder(by) / "input")
    return by


def test_a_job_that_waits_for_a_person_waits_on_after_a_kill(start):
    first = start()
    job_id = asking(first)
    die(first)
    second = start()
    job = second.manager.get_job(job_id)
    assert (job.is_asking, job.attempts, second.waiting()) == (True, 0, [])
    assert read_summary(second.manager.folder(job_id)).events_kept == 2
    assert second.go_on(job_id, answer(second))
    assert wait(second, job_id).options.session_gap == 7


def test_a_kill_before_an_answer_is_written_down_leaves_the_question(start):
    first = start()
    job_id = asking(first)
    before = first.manager.get_job(job_id).input_file
    assert first.manager.answered(job_id, answer(first))
    die(first)
    second = start()
    job = second.manager.get_job(job_id)
    assert (job.is_asking, job.input_file, before.exists()) == (True, before, True)
    assert second.go_on(job_id, answer(second))
    assert wait(second, job_id).status == "completed"
    assert {path.name for path in second.manager.folder(job_id).iterdir()} == {
        "results.zip",
        "summary.json",
        "people.sqlite",
    }


def test_a_kill_before_a_question_is_written_down_asks_anew(start, monkeypatch):
    first = start()
    monkeypatch.setattr(first.manager, "ask", lambda job_id: die(first))
    job_id = put(first, check=True)
    first.submit(job_id)
    until(lambda: first.manager.files.root is None)
    second = start()
    until(lambda: second.manager.get_job(job_id).is_asking)
    second.cancel(job_id)
    assert second.manager.get_job(job_id).status == "failed"
