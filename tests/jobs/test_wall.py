"""The wall alone: whatever a log does to any stage, with no guard in the way, cancel and time limit end it, and the
server goes on with the next."""

import pytest
from conftest import until
from working import HURT_STAGES, hurting, job_processes, wait

from moodlelogsmart.jobs import JobManager
from moodlelogsmart.jobs.runner import CANCELLED, JobRunner
from moodlelogsmart.jobs.working import BROKEN, CRASHED, TOO_LARGE
from moodlelogsmart.workspace import Limits

pytestmark = pytest.mark.usefixtures("hurt")


def fine(jobs):
    return wait(jobs, hurting(jobs, "none", "at_all")).status == "completed"


@pytest.mark.parametrize("how", ["interpreter", "database"])
@pytest.mark.parametrize("stage", HURT_STAGES)
def test_a_cancel_ends_it_in_every_stage_whatever_holds_it(jobs, stage, how):
    job_id = hurting(jobs, stage, how)
    until(lambda: jobs.manager.get_job(job_id).stage == stage)
    assert len(job_processes()) == 1
    jobs.cancel(job_id)
    assert jobs.manager.get_job(job_id).error == CANCELLED
    until(lambda: not job_processes())
    assert fine(jobs)
    assert not jobs.manager.folder(job_id).exists()


@pytest.mark.parametrize("how", ["interpreter", "database", "thread", "child"])
def test_the_time_limit_ends_it_whatever_holds_it(tmp_path, how):
    jobs = JobRunner(JobManager(tmp_path / "jobs"), workers=1, queue_limit=9, limits=Limits(), time_limit=2)
    job = wait(jobs, hurting(jobs, "clean", how))
    assert "took longer" in job.error
    assert job_processes() == []
    jobs.close()


@pytest.mark.parametrize(
    ("stage", "how", "sentence"),
    [
        (stage, *broken)
        for stage, broken in zip(
            HURT_STAGES, [("memory", TOO_LARGE), ("signal", CRASHED), ("error", BROKEN)] * 2, strict=True
        )
    ],
)
def test_what_breaks_is_one_failed_job_with_a_sentence(jobs, caplog, stage, how, sentence):
    job = wait(jobs, hurting(jobs, stage, how))
    assert (job.status, job.error, job.can_retry) == ("failed", sentence, True)
    assert "Ünal" not in caplog.text
    assert job_processes() == []
    assert fine(jobs)
