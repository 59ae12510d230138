"""Jobs by a runner of the test's own, without pages."""

import os
from contextlib import suppress
from pathlib import Path

from conftest import log_text, until, viewed

from moodlelogsmart.jobs import supervisor

# A query that ends by an interruption, or after so many minutes that a test has long failed.
ENDLESS = "select concat('x', i) from range(100_000_000_000) t(i) where hash(i) = 0"


def put(jobs, text=None, **fields):
    """A job whose log is uploaded, not yet submitted."""
    job_id = jobs.manager.create_job(stage="uploading", **fields)
    folder = jobs.manager.folder(job_id) / "input"
    (folder / "logs").mkdir(parents=True)
    (folder / "logs" / "000").write_text(log_text([viewed(4), viewed(5)]) if text is None else text)
    jobs.manager.set_input_file(job_id, folder)
    return job_id


def submit(jobs, text=None, **fields):
    """A job in the queue."""
    job_id = put(jobs, text, **fields)
    jobs.submit(job_id)
    return job_id


def wait(jobs, job_id):
    """The job once it has ended."""
    until(lambda: jobs.manager.get_job(job_id).is_finished)
    return jobs.manager.get_job(job_id)


# Each stage, and what does most of its work.
HURT_STAGES = {
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

def pause(work):
    import time
    while not os.path.exists(os.environ["GO"]):
        time.sleep(0.01)

def child(work):
    import subprocess
    subprocess.run(["sleep", "9999"])

def altered(stage, function):
    def hurt(work, *rest, **named):
        global asked
        if stage == "read":
            found = re.search(r",([a-z]+: [a-z_]+),", rest[0][0].read_text(errors="replace"))
            asked = found[1] if found else ""
        if asked.startswith(stage + ": "):
            globals()[asked.partition(": ")[2]](work)
        return function(work, *rest, **named)
    return hurt

for stage, place in {HURT_STAGES!r}.items():
    home, name = place.split(".")
    setattr(globals()[home], name, altered(stage, getattr(globals()[home], name)))
"""


def hurting_log(stage, how):
    """A log that does this to its process in the stage, where that is `altered` by HURT."""
    return log_text([viewed(4, **{"Event name": f"{stage}: {how}"})])


def hurting(jobs, stage, how, **fields):
    """A job in the queue with such a log."""
    return submit(jobs, hurting_log(stage, how), **fields)


def stuck(jobs):
    """A job in the queue whose process will be busy for ever, where that is `altered` by HURT."""
    return hurting(jobs, "classify", "database")


def altered(monkeypatch, tmp_path, code):
    """Have the processes of jobs and looks begin with this code, such as one that takes a guard away."""
    (tmp_path / "altered").mkdir()
    (tmp_path / "altered" / "sitecustomize.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "altered"))
    monkeypatch.setattr(supervisor, "FORKSERVER", supervisor.Forkserver())


def processes(parent):
    """The numbers of the processes that a process has begun and that have not ended."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            number, _, rest = status.read_text().partition(" (")
            state, its_parent = rest.rpartition(") ")[2].split()[:2]
            if int(its_parent) == parent and state != "Z":
                found.append(int(number))
    return found


def job_processes():
    """The numbers of the processes of this process's jobs."""
    return [one for server in processes(os.getpid()) for one in processes(server) if "forkserver" in command(server)]


def command(pid):
    """The command of a process, '' where it is gone."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""
