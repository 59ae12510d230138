"""Jobs in the pool: they end, in one way, whatever happens, and leave nothing behind."""

import errno
import gc
import logging
import threading
import weakref

import pytest
from conftest import LONG, until
from working import ENDLESS, submit, wait

from moodlelogsmart.jobs import JobManager, working
from moodlelogsmart.jobs.runner import CANCELLED, JobRunner, QueueFull
from moodlelogsmart.jobs.summaries import read_summary
from moodlelogsmart.jobs.supervisor import Crashed
from moodlelogsmart.jobs.working import BROKEN
from moodlelogsmart.messages import LogError
from moodlelogsmart.pipeline import STAGES
from moodlelogsmart.workspace import Limits


@pytest.fixture
def jobs(tmp_path):
    jobs = JobRunner(JobManager(tmp_path), workers=1, queue_limit=2, limits=Limits())
    yield jobs
    jobs.close()


@pytest.fixture
def slow(monkeypatch):
    """A pipeline that stands still in its first stage until it is stopped or let go."""
    go, begun = threading.Event(), threading.Event()

    def process(inputs, options, out_dir, progress, limits, stop, **named):
        progress(10, "read")
        begun.set()
        until(lambda: stop.check() or go.is_set())
        raise LogError("let go")

    monkeypatch.setattr(working, "process", process)
    slow = type("Slow", (), {"go": go, "begun": begun})
    yield slow
    go.set()


def test_the_log_is_gone_before_the_job_is_seen_as_completed(jobs, monkeypatch):
    seen, tidy = [], jobs.manager.delete_leftovers

    def delete_leftovers(job_id, *run):
        tidy(job_id, *run)
        seen.append((jobs.manager.get_job(job_id).status, (jobs.manager.folder(job_id) / "input").exists()))

    monkeypatch.setattr(jobs.manager, "delete_leftovers", delete_leftovers)
    assert wait(jobs, submit(jobs)).status == "completed"
    assert ("processing", False) in seen
    assert ("completed", True) not in seen


def test_it_completes_a_job_and_keeps_only_the_archive(jobs):
    job = wait(jobs, submit(jobs))
    assert (job.status, job.progress, job.error) == ("completed", 100, None)
    assert read_summary(job.output_file.parent).events_kept == 2
    left = {path.name for path in jobs.manager.folder(job.job_id).iterdir()}
    assert left == {job.output_file.name, "summary.json", "people.sqlite"}
    assert job.input_file is None


def test_progress_moves_through_the_stages_in_order(jobs, monkeypatch):
    seen = []
    update = jobs.manager.update_progress
    monkeypatch.setattr(
        jobs.manager, "update_progress", lambda job_id, n, run: (seen.append(n), update(job_id, n, run))
    )
    wait(jobs, submit(jobs))
    assert {percent for percent, _ in STAGES.values()} <= set(seen)
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (10, 95)


def test_a_log_that_cannot_be_read_fails_with_the_sentence_and_leaves_nothing(jobs):
    job = wait(jobs, submit(jobs, "Time,Description\n"))
    assert job.status == "failed"
    assert "has no events" in job.error
    assert not jobs.manager.folder(job.job_id).exists()


def test_a_program_that_does_not_run_is_not_the_fault_of_the_log(jobs, monkeypatch):
    def breaks(*arguments, **named):
        raise Crashed("program", "forkserver")

    monkeypatch.setattr(working, "process", breaks)
    job = wait(jobs, submit(jobs))
    assert (job.error, job.can_retry) == (BROKEN, True)


def test_what_breaks_is_told_kindly_and_logged_without_the_data(jobs, monkeypatch, caplog):
    row = "Maria Silva, 10.0.0.1"

    def breaks(*arguments, **named):
        raise ValueError(row)

    monkeypatch.setattr(working, "process", breaks)
    with caplog.at_level(logging.INFO):
        job = wait(jobs, submit(jobs))
    assert job.error == BROKEN
    (record,) = [record for record in caplog.records if record.message == "broke"]
    assert (record.job, record.error) == (job.job_id, "ValueError")
    assert "in breaks" in record.frames
    assert "Maria" not in str([vars(record) for record in caplog.records])


def test_a_full_disk_is_told_as_such(jobs, within, monkeypatch):
    def full(*arguments, **more):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("moodlelogsmart.export.csv.content", full)
    job = wait(jobs, submit(jobs))
    assert "disk is full" in job.error
    assert [path.name for path in jobs.manager.folder(job.job_id).iterdir()] == ["input"]


def test_a_running_job_is_cancelled_and_its_worker_is_free(jobs, slow):
    job_id = submit(jobs)
    until(slow.begun.is_set)
    jobs.cancel(job_id)
    job = jobs.manager.get_job(job_id)
    assert (job.status, job.error) == ("failed", CANCELLED)
    slow.begun.clear()
    submit(jobs)
    until(slow.begun.is_set)
    assert not jobs.manager.folder(job_id).exists()


def test_a_running_query_is_interrupted(jobs, within, monkeypatch):
    begun = threading.Event()

    def find_staff(work):
        begun.set()
        work.run(ENDLESS)

    monkeypatch.setattr("moodlelogsmart.meaning.clean.find_staff", find_staff)
    job_id = submit(jobs)
    until(begun.is_set)
    # Again and again, for an interruption that comes a moment before its query is none.
    until(lambda: jobs.cancel(job_id) or not jobs._futures)
    assert not jobs.manager.folder(job_id).exists()


def test_a_waiting_job_is_cancelled(jobs, slow):
    submit(jobs)
    until(slow.begun.is_set)
    waiting = submit(jobs)
    assert jobs.waiting() == [waiting]
    jobs.cancel(waiting)
    assert jobs.manager.get_job(waiting).error == CANCELLED
    assert jobs.waiting() == []
    assert not jobs.manager.folder(waiting).exists()


def test_cancelling_a_finished_job_changes_nothing(jobs):
    job = wait(jobs, submit(jobs))
    jobs.cancel(job.job_id)
    assert jobs.manager.get_job(job.job_id) == job
    assert job.output_file.exists()


def test_it_takes_no_more_jobs_than_fit_the_queue(jobs, slow):
    for _ in range(3):
        submit(jobs)
    with pytest.raises(QueueFull):
        jobs.check_room()
    with pytest.raises(QueueFull):
        submit(jobs)


def test_finished_jobs_take_no_place_and_their_futures_are_dropped(jobs):
    for _ in range(5):
        wait(jobs, submit(jobs))
    until(lambda: jobs._futures == jobs._stops == {})


def test_waiting_jobs_stand_in_the_order_of_their_coming(jobs, slow):
    ids = [submit(jobs) for _ in range(3)]
    until(slow.begun.is_set)
    assert jobs.waiting() == ids[1:]


def test_closing_stops_everything_and_keeps_it_for_the_next_start(jobs, slow):
    running, waiting = submit(jobs), submit(jobs)
    until(slow.begun.is_set)
    jobs.close()
    assert {jobs.manager.get_job(job_id).status for job_id in (running, waiting)} == {"processing"}
    assert [path.name for path in jobs.manager.folder(running).iterdir()] == ["input"]
    with pytest.raises(QueueFull):
        jobs.check_room()


def test_nothing_of_a_job_that_failed_is_held_in_memory(jobs, monkeypatch):
    class Big:
        pass

    held = []

    def breaks(*arguments, **named):
        big = Big()
        held.append(weakref.ref(big))
        raise ValueError

    monkeypatch.setattr(working, "process", breaks)
    for _ in range(3):
        wait(jobs, submit(jobs))
    assert len(held) == 3
    # A worker lets go of its job a moment after that was seen as ended.
    until(lambda: gc.collect() >= 0 and not any(ref() for ref in held))


def test_what_breaks_because_it_was_stopped_is_no_error_of_ours(jobs, monkeypatch, caplog):
    begun = threading.Event()

    def process(inputs, options, out_dir, progress, limits, stop, **named):
        begun.set()
        until(lambda: stop.requested)
        raise FileNotFoundError

    monkeypatch.setattr(working, "process", process)
    job_id = submit(jobs)
    until(begun.is_set)
    jobs.cancel(job_id)
    jobs.close()
    assert jobs.manager.get_job(job_id).error == CANCELLED
    assert not jobs.manager.folder(job_id).exists()
    assert "broke" not in caplog.messages


def test_a_job_that_meets_the_loss_of_its_files_when_cancelled_ends_as_cancelled(jobs, monkeypatch, caplog):
    """Its files are deleted before it is seen as ended, so its worker may be done by then."""
    begun, lost, tidy = threading.Event(), threading.Event(), jobs.manager.delete_leftovers

    def process(*_, **named):
        begun.set()
        until(lost.is_set)
        raise FileNotFoundError

    def delete_leftovers(job_id, *run):
        tidy(job_id, *run)
        if threading.current_thread() is threading.main_thread():
            lost.set()
            until(lambda: not jobs._futures)

    monkeypatch.setattr(working, "process", process)
    job_id = submit(jobs)
    until(begun.is_set)
    monkeypatch.setattr(jobs.manager, "delete_leftovers", delete_leftovers)
    jobs.cancel(job_id)
    assert wait(jobs, job_id).error == CANCELLED
    jobs.close()
    assert jobs.metrics.registry.get_sample_value("moodlelogsmart_jobs_ended_total", {"how": "failed"}) == 1
    assert "broke" not in caplog.messages


def test_a_half_written_archive_is_never_there(jobs, within, monkeypatch):
    def half(*arguments, **named):
        yield b"PK"
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr("moodlelogsmart.export.results.pack", half)
    job = wait(jobs, submit(jobs))
    assert job.status == "failed"
    assert [path.name for path in jobs.manager.folder(job.job_id).iterdir()] == ["input"]


def test_two_workers_work_at_the_same_time(tmp_path, monkeypatch):
    both, real = threading.Barrier(2, timeout=LONG), working.process

    def process(*arguments, **named):
        both.wait()
        return real(*arguments, **named)

    monkeypatch.setattr(working, "process", process)
    jobs = JobRunner(JobManager(tmp_path), workers=2, queue_limit=2, limits=Limits())
    try:
        assert {wait(jobs, job_id).status for job_id in [submit(jobs), submit(jobs)]} == {"completed"}
    finally:
        jobs.close()
