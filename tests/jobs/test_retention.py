from datetime import timedelta

import pytest

from moodlelogsmart.jobs import JobManager
from moodlelogsmart.jobs.job import now
from moodlelogsmart.jobs.retention import REMEMBERED, sweep

DAY, HOUR = timedelta(hours=24), timedelta(hours=1)


@pytest.fixture
def manager(tmp_path):
    return JobManager(tmp_path)


def ended(manager, well=True):
    job_id = manager.create_job()
    folder = manager.folder(job_id)
    folder.mkdir()
    if well:
        (folder / "results.zip").write_text("rows")
        manager.mark_completed(job_id, folder / "results.zip")
    else:
        manager.mark_failed(job_id, "no")
    return job_id


def test_it_keeps_what_is_not_due(manager):
    completed, failed = ended(manager), ended(manager, well=False)
    running = manager.create_job()
    sweep(manager, DAY, HOUR, now() + timedelta(minutes=59))
    assert manager.get_job(completed).output_file.exists()
    assert manager.get_job(failed).status == "failed"
    sweep(manager, DAY, HOUR, now() + timedelta(days=30))
    assert manager.get_job(running) is not None


def test_results_are_deleted_when_due_and_the_job_then_says_expired(manager):
    job_id = ended(manager)
    sweep(manager, DAY, HOUR, now() + timedelta(hours=25))
    job = manager.get_job(job_id)
    assert (job.status, job.output_file) == ("completed", None)
    assert not manager.folder(job_id).exists()
    sweep(manager, DAY, HOUR, now() + DAY + REMEMBERED + HOUR)
    assert manager.get_job(job_id) is None


def test_a_failed_job_is_forgotten_when_due(manager):
    job_id = ended(manager, well=False)
    sweep(manager, DAY, HOUR, now() + timedelta(minutes=61))
    assert manager.get_job(job_id) is None
    assert not manager.folder(job_id).exists()
