"""The job of the sample: one for everybody who asks, for as long as there is something to see."""

import threading
from datetime import timedelta

import pytest
from conftest import until

from moodlelogsmart.jobs.demo import Demo
from moodlelogsmart.jobs.job import now
from moodlelogsmart.jobs.retention import sweep
from moodlelogsmart.jobs.runner import JobRunner, QueueFull
from moodlelogsmart.jobs.summaries import summary_file

DAY = timedelta(days=1)


@pytest.fixture
def made(start, within):
    """A server whose sample is there to see, and its job."""
    runner = start()
    job = Demo(runner).job("en")
    until(lambda: runner.manager.get_job(job.job_id).is_finished)
    assert runner.manager.get_job(job.job_id).error is None
    return runner, job.job_id


@pytest.fixture
def idle(start, monkeypatch):
    """A server that begins with nothing."""
    monkeypatch.setattr(JobRunner, "_enqueue", lambda self, job_id: None)
    return start()


def test_all_who_ask_get_the_same_one(made):
    runner, job_id = made
    assert Demo(runner).job("en").job_id == job_id
    sweep(runner.manager, DAY, DAY, now() + timedelta(hours=23))
    assert Demo(runner).job("en").job_id == job_id
    assert [one.job_id for one in runner.manager.list_jobs()] == [job_id]


def test_it_is_there_after_a_restart(made, start):
    runner, job_id = made
    runner.close()
    again = start()
    assert Demo(again).job("en").job_id == job_id


def test_nothing_is_kept_of_its_log(made):
    runner, job_id = made
    job = runner.manager.get_job(job_id)
    assert (job.input_file, job.can_rerun) == (None, False)


def test_its_own_time_is_over_as_that_of_all_and_then_another_begins(made):
    runner, job_id = made
    sweep(runner.manager, DAY, DAY, now() + timedelta(hours=25))
    another = Demo(runner).job("en")
    assert another.job_id != job_id
    assert [one.job_id for one in runner.manager.list_jobs()] == [another.job_id]


def test_one_that_another_version_made_is_made_again(made):
    runner, job_id = made
    summary_file(runner.manager.folder(job_id)).write_text("{}")
    assert Demo(runner).job("en").job_id != job_id
    assert runner.manager.get_job(job_id) is None


def test_however_many_ask_at_once_it_is_one(idle):
    demo, seen = Demo(idle), []
    threads = [threading.Thread(target=lambda: seen.append(demo.job("es").job_id)) for _each in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert len(set(seen)) == 1


def test_each_language_has_its_own(idle):
    demo = Demo(idle)
    jobs = [demo.job(language) for language in ("en", "pt_BR", "es")]
    assert len({job.job_id for job in jobs}) == 3
    assert [job.options.language for job in jobs] == ["en", "pt_BR", "es"]


def test_a_failure_is_told_once_and_who_asks_next_begins_another(idle):
    demo = Demo(idle)
    job_id = demo.job("en").job_id
    idle.manager.mark_failed(job_id, "It broke.")
    assert (demo.job("en").job_id, idle.manager.get_job(job_id)) == (job_id, None)
    assert demo.job("en").status == "processing"


def test_where_too_many_wait_nothing_is_left_of_it(start, monkeypatch):
    runner = start(queue_limit=0)
    monkeypatch.setattr(JobRunner, "_enqueue", lambda self, job_id: None)
    Demo(runner).job("en")
    with pytest.raises(QueueFull):
        Demo(runner).job("es")
    assert len(runner.manager.list_jobs()) == 1
