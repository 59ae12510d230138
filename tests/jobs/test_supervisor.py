"""A job in a process of its own: it does what the pipeline does, and whatever becomes of it, the server goes on."""

import os
import re
import signal
import subprocess
import sys
import threading
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from conftest import LONG, log_text, until, viewed
from serving import ROOT
from working import altered, command, job_processes, processes, stuck, submit, wait

from moodlelogsmart import pipeline
from moodlelogsmart.jobs import JobManager, forkserver, supervisor
from moodlelogsmart.jobs.runner import CANCELLED, JobRunner
from moodlelogsmart.jobs.working import CRASHED, TOO_LARGE
from moodlelogsmart.messages import LogError
from moodlelogsmart.options import Options
from moodlelogsmart.workspace import Limits, Stop

pytestmark = pytest.mark.usefixtures("hurt")


def run(tmp_path, text, process=supervisor.process, **options):
    log, told = tmp_path / "log.csv", []
    log.write_text(text)
    out = tmp_path / f"{process.__module__}.zip"
    summary = process([log], Options(**options), out, lambda *far: told.append(far), Limits(), Stop())
    return summary, told, out.read_bytes()


def test_it_gives_what_the_pipeline_gives_and_tells_how_far_it_is(tmp_path):
    log = log_text([viewed(4, name="Zoë Ünal"), viewed(5), viewed(5, time="17/10/21, 12:45")])
    assert run(tmp_path, log) == run(tmp_path, log, pipeline.process)


def test_what_makes_the_processes_loads_only_what_is_installed_with_the_app():
    """What only the tests use is not there where the app runs."""
    named = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    packages = {package for package, names in packages_distributions().items() if set(names) & set(named)}
    known = {"moodlelogsmart", *sys.stdlib_module_names, *packages}
    assert {name.partition(".")[0] for name in forkserver._LOADED} <= known


def test_a_refusal_keeps_its_sentence_and_parameters(tmp_path):
    with pytest.raises(LogError) as here:
        run(tmp_path, "Time,Affected user\n1,2\n", pipeline.process)
    with pytest.raises(LogError) as there:
        run(tmp_path, "Time,Affected user\n1,2\n")
    assert (there.value.message.template, there.value.message.parameters) == (
        here.value.message.template,
        here.value.message.parameters,
    )


def test_what_nothing_interrupts_is_ended_when_its_owner_cancels_it(jobs, tmp_path):
    job_id = stuck(jobs)
    (pid,) = until(job_processes)
    until(lambda: jobs.manager.get_job(job_id).stage == "classify")
    jobs.cancel(job_id)
    assert jobs.manager.get_job(job_id).error == CANCELLED
    until(lambda: not Path(f"/proc/{pid}").exists())
    assert wait(jobs, submit(jobs)).status == "completed"
    assert not jobs.manager.folder(job_id).exists()


def test_what_nothing_interrupts_is_ended_by_the_time_limit(tmp_path):
    jobs = JobRunner(JobManager(tmp_path / "jobs"), workers=1, queue_limit=9, limits=Limits(), time_limit=4)
    assert "took longer" in wait(jobs, stuck(jobs)).error
    until(lambda: not job_processes())
    jobs.close()


def test_the_end_of_the_server_is_not_held_up(jobs, tmp_path):
    job_id = stuck(jobs)
    until(lambda: jobs.manager.get_job(job_id).stage == "classify")
    jobs.close()
    assert job_processes() == []
    assert not jobs.manager.get_job(job_id).is_finished


def test_a_process_that_somebody_kills_is_tried_once_more(jobs, tmp_path):
    first = stuck(jobs)
    (pid,) = until(job_processes)
    os.kill(pid, signal.SIGKILL)
    (again,) = until(lambda: [one for one in job_processes() if one != pid])
    assert not jobs.manager.get_job(first).is_finished
    os.kill(again, signal.SIGSEGV)
    job = wait(jobs, first)
    assert (job.status, job.error, job.can_retry) == ("failed", CRASHED, True)
    told = {one.labels["cause"]: one.value for one in jobs.metrics.crashes.collect()[0].samples if "total" in one.name}
    assert told == {"killed": 1, "signal": 1}
    assert wait(jobs, submit(jobs)).status == "completed"


def test_where_what_makes_the_processes_is_killed_another_takes_its_place(jobs, tmp_path):
    job_id = stuck(jobs)
    (pid,) = until(job_processes)
    (server,) = [one for one in processes(os.getpid()) if pid in processes(one)]
    os.kill(server, signal.SIGKILL)
    until(lambda: not Path(f"/proc/{pid}").exists() or command(pid) == "")
    until(job_processes)
    jobs.cancel(job_id)
    assert wait(jobs, submit(jobs)).status == "completed"


def test_a_log_that_takes_more_memory_than_it_may_is_ended(jobs, monkeypatch):
    monkeypatch.setattr(supervisor, "SPARE_MEMORY", -10_000)
    job = wait(jobs, submit(jobs))
    assert (job.error, job.can_retry) == (TOO_LARGE, True)
    assert jobs.metrics.crashes.labels("memory")._value.get() == 1


def test_it_holds_nothing_of_the_servers_and_is_the_first_to_go(jobs, tmp_path):
    job_id = stuck(jobs)
    (pid,) = until(job_processes)
    until(lambda: jobs.manager.get_job(job_id).stage == "classify")
    held = [str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()]
    own = ("/dev/null", "socket:", "pipe:", "anon_inode:", str(tmp_path))
    assert [name for name in held if not name.startswith(own)] == []
    assert len([name for name in held if name.startswith("socket:")]) == 1
    assert Path(f"/proc/{pid}/oom_score_adj").read_text() == "1000\n"
    limits = Path(f"/proc/{pid}/limits").read_text()
    assert "Max core file size        0 " in limits
    assert os.getpgid(pid) == pid


def test_it_ends_with_a_server_that_is_killed_even_where_nothing_interrupts_it(tmp_path):
    (tmp_path / "log.csv").write_text(log_text([viewed(4, **{"Event name": "classify: database"})]))
    program = f"""
from pathlib import Path
from moodlelogsmart.jobs.supervisor import process
from moodlelogsmart.options import Options
from moodlelogsmart.workspace import Limits, Stop
here = Path({str(tmp_path)!r})
process([here / "log.csv"], Options(), here / "out.zip", lambda percent, stage: print(stage, flush=True), Limits(), Stop())
"""
    server = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert next(line for line in server.stdout if line == "classify\n")
    (forkserver,) = processes(server.pid)
    (job,) = processes(forkserver)
    server.kill()
    server.wait()
    server.stdout.close()
    until(lambda: not command(job) and not command(forkserver))


@pytest.mark.parametrize("ends", ["before it is asked", "later"])
def test_a_program_that_does_not_run_is_told_whenever_it_ends(monkeypatch, ends):
    class Broken(subprocess.Popen):
        def __init__(self, _command, **how):
            super().__init__([sys.executable, "-c", "raise SystemExit(1)"], **how)
            if ends == "before it is asked":
                self.wait()

    monkeypatch.setattr(subprocess, "Popen", Broken)
    with pytest.raises(supervisor.Crashed):
        supervisor.Forkserver().warm_up()


LOOK = "import moodlelogsmart.reading.sources as sources\n"


@pytest.mark.parametrize(
    ("does", "cause"),
    [
        ("import re; sources.check_start = lambda path, told: re.match('(a+)+$', 'a' * 99 + 'b')", "time"),
        (
            "def check(path, told):\n from moodlelogsmart.jobs import child\n child._limit(1, 0)\n while True: pass\n"
            "sources.check_start = check",
            "processor",
        ),
        ("sources.check_start = lambda path, told: bytearray(b'x') * (600 << 20)", "memory"),
        ("import os; sources.check_start = lambda path, told: os.kill(os.getpid(), 11)", "signal"),
        ("sources.check_start = lambda path, told: path.joinpath('..', 'new').write_text('x')", "error"),
        ("sources.check_start = lambda path, told: 1 / 0", "error"),
    ],
)
def test_a_look_at_a_file_made_to_hurt_ends_whatever_it_does(tmp_path, monkeypatch, does, cause):
    # Whatever else ends it must have come by then, on however loaded a machine.
    monkeypatch.setattr(supervisor, "LOOK_SECONDS", 4 if cause == "time" else LONG)
    altered(monkeypatch, tmp_path, LOOK + does)
    (tmp_path / "log.csv").write_text("x")
    with pytest.raises(supervisor.Crashed) as crash:
        supervisor.look([tmp_path / "log.csv"], Options())
    assert crash.value.cause == cause
    assert job_processes() == []
    assert not (tmp_path / "new").exists()


def test_a_look_waits_for_others_and_that_does_not_count(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "_LOOKS", threading.BoundedSemaphore(1))
    os.mkfifo(tmp_path / "slow")
    (tmp_path / "log.csv").write_text(log_text([viewed(4)]))
    ended = []
    looks = [
        threading.Thread(target=lambda one=one: ended.append((one, looked(tmp_path / one))))
        for one in ("slow", "log.csv")
    ]
    for look in looks:
        look.start()
        until(job_processes)
    assert len(job_processes()) == 1
    for look in looks:
        look.join()
    assert ended == [("slow", "time"), ("log.csv", "")]


def looked(path):
    try:
        supervisor.look([path], Options())
    except supervisor.Crashed as crash:
        return crash.cause
    return ""
