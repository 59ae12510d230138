"""Jobs by a runner of the test's own, without pages."""

import os
from contextlib import suppress
from pathlib import Path

from conftest import log_text, until, viewed

from moodlelogsmart.jobs import supervisor
from moodlelogsmart.options import Options

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


# A log and rules that one comparison within DuckDB is busy with for hours: nothing interrupts it.
STUCK_LOG = log_text([viewed(4), viewed(5, **{"Event name": "a" * 98_000, "Description": "-"})])
STUCK_RULES = """name: x
rules:
- id: x
  name: x
  when: {event: "*a*a*b"}
  activity_type: View
  rationale: x
  source: own
"""


def stuck(jobs, tmp_path):
    """A job in the queue whose process will be busy for ever."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(STUCK_RULES)
    return submit(jobs, STUCK_LOG, options=Options(rules=rules, timezone="UTC"))


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
