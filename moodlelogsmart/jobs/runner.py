"""Runs jobs in a thread pool: one at a time for each worker, each stoppable, each ending as completed or failed."""

import logging
import os
import shutil
import threading
import traceback
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from moodlelogsmart.export.archive import write_archive
from moodlelogsmart.jobs.job import QUEUED, Job
from moodlelogsmart.jobs.manager import JobManager
from moodlelogsmart.messages import LogError, Message
from moodlelogsmart.pipeline import STAGES, Limits, Stop, Stopped, Summary, process

logger = logging.getLogger(__name__)

CANCELLED = Message("You stopped this job. Nothing of it was kept; upload the file again when you want.")
INTERRUPTED = Message("The server was restarted while it worked on this log. Please upload it again.")
BROKEN = Message(
    "Something went wrong on our side, and the log could not be processed. Please try again; "
    "if it happens twice, tell the administrator the number of this job."
)


# Where the logs of a job lie below its input folder, beside the rules and the roster of its owner.
LOGS = "logs"


class QueueFull(Exception):
    """As many jobs wait as the server takes."""


class JobRunner:
    """Works through the jobs of a manager. The pool is made at the first job: one made before a fork never works."""

    def __init__(self, manager: JobManager, workers: int, queue_limit: int, limits: Limits) -> None:
        self.manager = manager
        self.workers = workers
        self.queue_limit = queue_limit
        self._limits = limits
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._futures: dict[str, Future[None]] = {}
        self._stops: dict[str, Stop] = {}
        self._closing = False

    def check_room(self) -> None:
        """Raise QueueFull where a further job would find no place."""
        with self._lock:
            self._check_room()

    def submit(self, job_id: str) -> None:
        """Put a job whose input is in place into the queue. Raises QueueFull."""
        with self._lock:
            self._check_room()
            self.manager.set_stage(job_id, QUEUED)
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self.workers, thread_name_prefix="job")
            self._stops[job_id] = Stop()
            future = self._pool.submit(self._run, job_id)
            self._futures[job_id] = future
        future.add_done_callback(lambda _: self._let_go(job_id))

    def cancel(self, job_id: str) -> None:
        """Stop a job at once, whether it waits or runs; it fails with CANCELLED. Does nothing for a finished one."""
        with self._lock:
            future, stop = self._futures.get(job_id), self._stops.get(job_id)
        if future is None or stop is None:
            return
        self.manager.mark_failed(job_id, CANCELLED)
        stop.request()
        if future.cancel():
            self.manager.cleanup_job(job_id)

    def waiting(self) -> list[str]:
        """The ids of the jobs that no worker has begun with, first come first."""
        with self._lock:
            ids = list(self._futures)
        jobs = [self.manager.get_job(job_id) for job_id in ids]
        return [job.job_id for job in jobs if job and job.is_waiting]

    def close(self) -> None:
        """Stop everything: running jobs fail as interrupted, waiting ones never start, no further one is taken."""
        with self._lock:
            self._closing = True
            pool, jobs = self._pool, dict(self._stops)
        for job_id, stop in jobs.items():
            self.manager.mark_failed(job_id, INTERRUPTED)
            stop.request()
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)

    def _check_room(self) -> None:
        if self._closing or len(self._futures) >= self.workers + self.queue_limit:
            raise QueueFull

    def _let_go(self, job_id: str) -> None:
        """A finished future would keep the whole run alive through its exception."""
        with self._lock:
            self._futures.pop(job_id, None)
            self._stops.pop(job_id, None)

    def _run(self, job_id: str) -> None:
        job = self.manager.get_job(job_id)
        with self._lock:
            stop = self._stops[job_id]
        if job is None or job.input_file is None:
            return
        try:
            archive, summary = self._process(job, job.input_file, stop)
            # First the log, so that nothing of it is there any more when its owner sees that the job is completed.
            self.manager.drop_input(job_id)
            self.manager.mark_completed(job_id, archive, summary)
            # A job that was cancelled in its last moment is not completed, and nothing of it is kept.
            stop.check()
        except LogError as error:
            self._fail(job_id, error.message)
        except Stopped:
            self._fail(job_id, CANCELLED)
        except Exception as error:  # noqa: BLE001 - whatever broke, the job must end and its owner be told
            # Only where it happened: the text of an error may quote a row of the log.
            frames = "".join(traceback.format_tb(error.__traceback__))
            logger.error("job %s broke with %s\n%s", job_id, type(error).__name__, frames)
            self._fail(job_id, BROKEN)

    def _fail(self, job_id: str, error: Message) -> None:
        self.manager.cleanup_job(job_id)
        self.manager.mark_failed(job_id, error)

    def _process(self, job: Job, uploads: Path, stop: Stop) -> tuple[Path, Summary]:
        """Write the results into the folder of the job and pack them; the archive appears whole or not at all."""

        def progress(percent: int, stage: str) -> None:
            stop.check()
            self.manager.set_stage(job.job_id, stage)
            self.manager.update_progress(job.job_id, percent)

        folder = self.manager.folder(job.job_id)
        results = folder / "results"
        results.mkdir()
        inputs = sorted((uploads / LOGS).iterdir())
        summary = process(inputs, job.options, results, progress, self._limits, stop)
        progress(STAGES["pack"][0], "pack")
        archive, part = folder / "results.zip", folder / "results.zip.part"
        write_archive({file["name"]: results / file["name"] for file in summary.files}, part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        stop.check()
        part.rename(archive)
        shutil.rmtree(results)
        return archive, summary
