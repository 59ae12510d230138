"""Jobs by a runner of the test's own, without pages."""

import time

from conftest import log_text, viewed


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


def wait(jobs, job_id, seconds=20):
    """The job once it has ended."""
    until = time.monotonic() + seconds
    while not jobs.manager.get_job(job_id).is_finished and time.monotonic() < until:
        time.sleep(0.01)
    return jobs.manager.get_job(job_id)
