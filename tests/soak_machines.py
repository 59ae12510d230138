"""What the promises are worth with several machines: how fast a job goes on elsewhere, and whether any is lost."""

import os
import signal
import statistics
import subprocess
import time

import requests
from conftest import until
from machines import Installation, roll
from serving import GENERATE, Server
from working import HURT_STAGES, hurting_log

UPLOADS = 50
# Nobody is held back.
_OPEN = {"MOODLELOGSMART_UPLOAD_RATE": "100000", "MOODLELOGSMART_JOBS_PER_BROWSER": "1000"}


def measure(folder, times):
    """Rows for docs/reliability.md: kills of each kind, `times` in each stage."""
    machines = Installation(folder, webs=2, workers=3, MOODLELOGSMART_UPLOAD_RATE="100000")
    try:
        killed = [_taken_up(machines, stage, _kill) for stage in HURT_STAGES for _ in range(times)]
        asleep = [_taken_up(machines, stage, _stop) for stage in HURT_STAGES for _ in range(max(1, times // 4))]
        cancelled = [_cancel(machines, stage) for stage in HURT_STAGES for _ in range(max(1, times // 4))]
        children = [_kill_child(machines, stage) for stage in HURT_STAGES for _ in range(times)]
        webs = [_kill_web(machines, stage) for stage in HURT_STAGES for _ in range(times)]
        redis = [_break_redis(machines, stage) for stage in HURT_STAGES for _ in range(times)]
    finally:
        machines.close()
    rolled_folder = folder / "rolled"
    rolled_folder.mkdir()
    rolled = roll(rolled_folder, UPLOADS)
    assert not rolled.errors
    assert rolled.completed == UPLOADS
    return [
        f"| A worker is killed with the process of its job | {len(killed)} kills: taken up elsewhere after {_spread(killed)}; "
        "**0 lost, 0 done twice** |",
        f"| A worker sleeps until another has its job, and wakes | {len(asleep)} times: taken up after {_spread(asleep)}; "
        "its own run changes nothing |",
        f"| The process of a job is killed | {len(children)} kills: tried again by the same worker, **0 lost** |",
        f"| A web server is killed, its upload being worked on | {len(webs)} kills: another one shows the results, **0 lost** |",
        f"| Cancel on one server, the job on another machine | {len(cancelled)} times: its process gone after "
        f"{_spread(cancelled)} |",
        f"| Redis is killed and comes back | {len(redis)} times, a job under way: **0 lost**, none begun anew |",
        f"| All machines replaced one by one under {UPLOADS} uploads | **0 errors**, {rolled.completed} completed |",
    ]


def throughput(folder, logs=40, events=6_400):
    """A row: how long many small logs take, by one server that works by itself and by several machines."""
    log = folder / "small.csv"
    subprocess.run([*GENERATE, str(events), log], check=True)
    took = {}
    alone = Server(folder / "alone", **_OPEN, MOODLELOGSMART_WORKERS="2").ready()
    took["one server, 2 at a time"] = _process_all(alone, log, logs)
    alone.end()
    for workers in (1, 2, 4):
        place = folder / f"with{workers}"
        place.mkdir()
        machines = Installation(place, workers=workers, **_OPEN)
        took[f"{workers} workers"] = _process_all(machines.webs[0], log, logs)
        machines.close()
    told = "; ".join(f"{what}: {seconds:.1f} s" for what, seconds in took.items())
    return f"| {logs} logs of {events:,} events, {os.cpu_count()} processors | {told} |"


def _process_all(server, log, logs):
    """The seconds until so many logs are done that come from as many browsers."""
    server.finished(browser := requests.Session(), server.send(browser, log).json()["job_id"])  # warm
    begun = time.monotonic()
    sent = []
    for _ in range(logs):
        browser = requests.Session()
        sent.append((browser, server.send(browser, log).json()["job_id"]))
    assert {server.finished(*one)["status"] for one in sent} == {"completed"}
    return time.monotonic() - begun


def _spread(seconds):
    ordered = sorted(seconds)
    return (
        f"median {statistics.median(ordered):.1f} s, **p95 {ordered[int(len(ordered) * 0.95)]:.1f} s**, "
        f"worst {ordered[-1]:.1f} s"
    )


def _begun(machines, stage):
    """A job that pauses in a stage, what works on it, and its worker."""
    (machines.folder / "go").unlink(missing_ok=True)
    job_id = machines.hand_in(hurting_log(stage, "pause"))
    run = machines.comes_to(job_id, stage).run
    return job_id, run, machines.worker_of(job_id)


def _done(machines, job_id, attempts):
    """See that a job ends well, after so many attempts, with one set of results."""
    machines.go()
    job = machines.finished(job_id)
    assert (job.status, job.attempts) == ("completed", attempts)
    until(lambda: [name.rpartition("/")[2] for name in machines.stored(job_id)].count("results.zip") == 1)
    return job


def _taken_up(machines, stage, strike):
    job_id, run, worker = _begun(machines, stage)
    begun = time.monotonic()
    strike(worker)
    until(lambda: machines.jobs.get_job(job_id).run not in ("", run))
    took = time.monotonic() - begun
    done = _done(machines, job_id, attempts=2)
    if worker.process.poll() is None:
        worker.process.send_signal(signal.SIGCONT)
        until(lambda: not any(run in name for name in machines.stored(job_id)))
        assert machines.jobs.get_job(job_id) == done
    else:
        machines.workers.remove(worker)
        machines.start_worker().ready()
    return took


def _kill(worker):
    worker.kill()


def _stop(worker):
    worker.process.send_signal(signal.SIGSTOP)


def _cancel(machines, stage):
    (machines.folder / "go").unlink(missing_ok=True)
    browser = requests.Session()
    job_id = machines.hand_in(hurting_log(stage, "database"), browser)
    machines.comes_to(job_id, stage)
    worker = machines.worker_of(job_id)
    begun = time.monotonic()
    browser.post(f"{machines.webs[1].url}/jobs/{job_id}/cancel", timeout=60)
    until(lambda: not machines.at_work(worker))
    took = time.monotonic() - begun
    until(lambda: not machines.stored(job_id))
    return took


def _kill_child(machines, stage):
    job_id, run, worker = _begun(machines, stage)
    os.kill(until(lambda: machines.at_work(worker))[0], signal.SIGKILL)
    assert _done(machines, job_id, attempts=2).run == run


def _kill_web(machines, stage):
    (machines.folder / "go").unlink(missing_ok=True)
    browser = requests.Session()
    job_id = machines.hand_in(hurting_log(stage, "pause"), browser, web=0)
    machines.comes_to(job_id, stage)
    machines.webs.pop(0).kill()
    _done(machines, job_id, attempts=1)
    assert "/download/" in browser.get(f"{machines.webs[0].url}/status/{job_id}", timeout=60).text
    machines.start_web().ready()


def _break_redis(machines, stage):
    job_id, run, _worker = _begun(machines, stage)
    machines.redis.end()
    time.sleep(1)
    machines.redis.start()
    assert _done(machines, job_id, attempts=1).run == run
