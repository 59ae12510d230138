"""Deletes what is due: logs, results, failed jobs and refused forms after their time."""

import logging
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from moodlelogsmart.config import Settings
from moodlelogsmart.jobs.drafts import Drafts
from moodlelogsmart.jobs.job import COMPLETED, now
from moodlelogsmart.jobs.manager import JobManager
from moodlelogsmart.messages import LogError, Message

logger = logging.getLogger(__name__)

INTERVAL = 60.0  # seconds between two looks
UNANSWERED = Message("Nobody said whether this log was understood, so it was deleted. Upload it again when you want.")
REMEMBERED = timedelta(days=7)  # so long an expired job still says "expired" instead of "unknown"


@dataclass(frozen=True)
class Kept:
    """How long after the end of a job its results stay, it itself where it failed, and its log."""

    completed: timedelta
    failed: timedelta
    input: timedelta = timedelta(0)


def kept(settings: Settings) -> Kept:
    """How long things are kept by the settings of an installation."""
    return Kept(
        timedelta(hours=settings.keep_completed),
        timedelta(hours=settings.keep_failed),
        timedelta(minutes=settings.keep_input),
    )


def sweep(
    manager: JobManager, completed: timedelta, failed: timedelta, at: datetime, log: timedelta = timedelta(0)
) -> None:
    """Delete what is older than it is kept: results, failed jobs, and the logs of completed ones; as in Kept."""
    for job in manager.list_jobs():
        if job.asked_at and job.is_asking and at - job.asked_at > failed:
            manager.mark_failed(job.job_id, UNANSWERED)
        if job.completed_at is None:
            continue
        age = at - job.completed_at
        if job.status != COMPLETED:
            if age > failed:
                manager.forget(job.job_id)
        elif age > completed + REMEMBERED:
            manager.forget(job.job_id)
        elif age > completed and job.output_file is not None:
            manager.cleanup_job(job.job_id)
        elif age > log and job.input_file is not None:
            manager.drop_input(job.job_id)


class Sweeper(threading.Thread):
    """Sweeps every INTERVAL seconds until the process ends."""

    def __init__(self, manager: JobManager, kept: Kept, drafts: Drafts) -> None:
        super().__init__(name="retention", daemon=True)
        self._manager = manager
        self._kept = kept
        self._drafts = drafts
        self._ended = threading.Event()

    def run(self) -> None:
        """Sweep until `end()`; an unreadable folder or journal must not end the sweeping of the others."""
        while not self._ended.wait(INTERVAL):
            try:
                self._drafts.sweep(now())
                sweep(self._manager, self._kept.completed, self._kept.failed, now(), self._kept.input)
            except (OSError, LogError) as error:
                logger.error("sweeping failed", extra={"error": type(error).__name__})

    def end(self) -> None:
        """Let the thread end."""
        self._ended.set()
