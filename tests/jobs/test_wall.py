"""The wall alone: whatever a log does to any stage, with no guard in the way, cancel and time limit end it, and the
server goes on with the next."""

import pytest
from conftest import log_text, until, viewed
from working import altered, job_processes, submit, wait

from moodlelogsmart.jobs import JobManager
from moodlelogsmart.jobs.runner import BROKEN, CANCELLED, CRASHED, TOO_LARGE, JobRunner
from moodlelogsmart.workspace import Limits

# Each stage, and what does most of its work.
STAGES = {
    "read": "pipeline.load_logs",
    "clock": "clock.read_times",
    "identify": "identify.find_events",
    "clean": "clean.find_staff",
    "classify": "classify.apply_rules",
    "export": "pipeline.write_results",
}

# Stages that do to their process what the log says: "clean: database".
HURT = f"""
import os, re
from pathlib import Path
import moodlelogsmart.pipeline as pipeline
from moodlelogsmart.pipeline import classify, clean, clock, identify

asked = ""

def interpreter(work):
    re.match("(a+)+$", "a" * 99 + "b")

def database(work):
    work.run("select count(*) from range(98000, 99000) t(i) where repeat('a', i) glob '*a*a*b'")

def memory(work):
    held = [bytearray(b"x") * (100 << 20) for _ in range(30)]
    interpreter(work)

def signal(work):
    os.kill(os.getpid(), 11)

def error(work):
    raise RuntimeError("Zoë Ünal")

def thread(work):
    import threading
    for _ in range(9):
        threading.Thread(target=interpreter, args=[work]).start()
    interpreter(work)

def child(work):
    import subprocess
    subprocess.run(["sleep", "9999"])

def altered(stage, function):
    def hurt(work, *rest, **named):
        global asked
        if stage == "read":
            asked = re.search(r",([a-z]+: [a-z_]+),", rest[0][0].read_text())[1]
        if asked.startswith(stage + ": "):
            globals()[asked.partition(": ")[2]](work)
        return function(work, *rest, **named)
    return hurt

for stage, place in {STAGES!r}.items():
    home, name = place.split(".")
    setattr(globals()[home], name, altered(stage, getattr(globals()[home], name)))
"""


@pytest.fixture(scope="module", autouse=True)
def hurt(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        altered(patch, tmp_path_factory.mktemp("hurt"), HURT)
        yield


@pytest.fixture
def jobs(tmp_path):
    jobs = JobRunner(JobManager(tmp_path / "jobs"), workers=1, queue_limit=9, limits=Limits())
    yield jobs
    jobs.close()


def hurting(jobs, stage, how):
    return submit(jobs, log_text([viewed(4, **{"Event name": f"{stage}: {how}"})]))


def fine(jobs):
    return wait(jobs, hurting(jobs, "none", "at_all")).status == "completed"


@pytest.mark.parametrize("how", ["interpreter", "database"])
@pytest.mark.parametrize("stage", STAGES)
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
            STAGES, [("memory", TOO_LARGE), ("signal", CRASHED), ("error", BROKEN)] * 2, strict=True
        )
    ],
)
def test_what_breaks_is_one_failed_job_with_a_sentence(jobs, caplog, stage, how, sentence):
    job = wait(jobs, hurting(jobs, stage, how))
    assert (job.status, job.error, job.can_retry) == ("failed", sentence, True)
    assert "Ünal" not in caplog.text
    assert job_processes() == []
    assert fine(jobs)
