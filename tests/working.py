"""Jobs by a runner of the test's own, without pages."""

from conftest import log_text, until, viewed

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
