"""Deletes what is due: results and failed jobs after their time."""

import logging
import threading
from datetime import datetime, timedelta

from moodlelogsmart.jobs.job import COMPLETED, now
from moodlelogsmart.jobs.manager import JobManager
from moodlelogsmart.messages import LogError

logger = logging.getLogger(__name__)

INTERVAL = 60.0  # seconds between two looks
REMEMBERED = timedelta(days=7)  # so long an expired job still says "expired" instead of "unknown"


def sweep(manager: JobManager, keep_completed: timedelta, keep_failed: timedelta, at: datetime) -> None:
    """Delete the files of completed jobs older than `keep_completed`, and failed jobs older than `keep_failed`."""
    for job in manager.list_jobs():
        if job.completed_at is None:
            continue
        age = at - job.completed_at
        if job.status != COMPLETED:
            if age > keep_failed:
                manager.forget(job.job_id)
        elif age > keep_completed + REMEMBERED:
            manager.forget(job.job_id)
        elif age > keep_completed and job.output_file is not None:
            manager.cleanup_job(job.job_id)


class Sweeper(threading.Thread):
    """Sweeps every INTERVAL seconds until the process ends."""

    def __init__(self, manager: JobManager, keep_completed: timedelta, keep_failed: timedelta) -> None:
        super().__init__(name="retention", daemon=True)
        self._arguments = (manager, keep_completed, keep_failed)
        self._ended = threading.Event()

    def run(self) -> None:
        """Sweep until `end()`; an unreadable folder or journal must not end the sweeping of the others."""
        while not self._ended.wait(INTERVAL):
            try:
                sweep(*self._arguments, now())
            except (OSError, LogError) as error:
                logger.error("sweeping failed", extra={"error": type(error).__name__})

    def end(self) -> None:
        """Let the thread end."""
        self._ended.set()
