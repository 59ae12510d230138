"""Runs jobs in a thread pool: one at a time for each worker, each stoppable, each ending as completed or failed."""

import logging
import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

from moodlelogsmart.jobs.child import frames_of
from moodlelogsmart.jobs.estimate import seconds_left
from moodlelogsmart.jobs.job import Job, now
from moodlelogsmart.jobs.journal import JournalError
from moodlelogsmart.jobs.manager import JobManager
from moodlelogsmart.jobs.metrics import Metrics
from moodlelogsmart.jobs.names import read_names
from moodlelogsmart.jobs.summaries import people_file, write_summary
from moodlelogsmart.jobs.supervisor import Crashed, process
from moodlelogsmart.messages import BesideError, LogError, MachineError, Message
from moodlelogsmart.reading.model import Unclear
from moodlelogsmart.report.summary import Summary, unread
from moodlelogsmart.workspace import Limits, Stop, blame

logger = logging.getLogger(__name__)

CANCELLED = Message("Cancelled. The file was deleted.")
BROKEN = Message(
    "Something went wrong on our side, and the log could not be processed. Please try again; "
    "if it happens twice, tell the administrator the number of this analysis."
)
GIVEN_UP = Message(
    "The server was stopped ten times while it worked on this log, so it does not try again by itself. "
    "Please tell its administrator the number of this analysis."
)
CRASHED = Message(
    "This log broke the program that reads it, twice; nothing else was touched. Please tell the administrator of the "
    "server the number of this analysis."
)
TOO_LARGE = Message(
    "This log is too large for the memory of this server; choose a shorter time in Moodle and export again."
)
LOST = Message("The server was stopped while it worked on this log, and the file is gone. Please upload it again.")


SYNCED = 8  # files that are brought to the disk at a time
ATTEMPTS = 10  # of a job with which the server was stopped, which is not the fault of its log
TRIES = 2  # of a job of which the process broke

# Where the logs of a job lie below its input folder, beside the rules and the roster of its owner.
LOGS = "logs"


class QueueFull(Exception):
    """As many jobs wait as the server takes."""


class JobRunner:
    """Works through the jobs of a manager. The pool is made at the first job: one made before a fork never works.

    A job that takes longer than `time_limit` seconds is stopped; `keep_input`: whether logs stay where their owners
    want it.
    """

    def __init__(
        self,
        manager: JobManager,
        workers: int,
        queue_limit: int,
        limits: Limits,
        time_limit: float = 600,
        keep_input: bool = False,
    ) -> None:
        self.manager = manager
        self.workers = workers
        self.queue_limit = queue_limit
        self.metrics = Metrics()
        self.limits = replace(limits, seconds=time_limit)
        self._keep_input = keep_input
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._futures: dict[str, Future[bool]] = {}
        self._stops: dict[str, Stop] = {}
        self._closing = False

    def check_room(self) -> None:
        """Raise QueueFull where a further job would find no place."""
        with self._lock:
            self._check_room()

    def submit(self, job_id: str) -> None:
        """Put a job whose input is in place into the queue; it survives a restart once this returns.

        Raises QueueFull, JournalError.
        """
        with self._lock:
            self._check_room()
            self._stops[job_id] = Stop()
        try:
            folder = self.manager.folder(job_id)
            _sync(*folder.rglob("*"), folder, folder.parent)
            self.manager.accept(job_id)
        except BaseException:
            self._let_go(job_id)
            raise
        self._enqueue(job_id)

    def go_on(self, job_id: str, by: str) -> bool:
        """Put a job that waits for a person back into the queue, with what the job `by` has, which is forgotten;
        whether it waited still.

        Raises QueueFull, JournalError; then it waits on.
        """
        self.check_room()
        if not self.manager.answered(job_id, by):
            return False
        try:
            self.submit(job_id)
        except BaseException:
            self.manager.ask(job_id)
            raise
        return True

    def resume(self) -> None:
        """Take up what an earlier server has left undone. Raises JournalError."""
        for job in self.manager.restore():
            if job.attempts >= ATTEMPTS:
                self.manager.mark_failed(job.job_id, GIVEN_UP, keep_input=True)
            elif job.input_file is None:
                self.manager.mark_failed(job.job_id, LOST)
            elif not job.is_asking:
                with self._lock:
                    self._stops[job.job_id] = Stop()
                self._enqueue(job.job_id)

    def retry(self, job_id: str) -> str | None:
        """Begin anew with the log of a failed job, as a job of its own: its id, or None where there is no log any more.

        Raises QueueFull, JournalError; then the failed job still has its log.
        """
        job = self.manager.get_job(job_id)
        if job is None or not job.can_retry:
            return None
        self.check_room()
        again = self.manager.create_job(owner=job.owner, keep_input=job.keep_input)
        try:
            if not self.manager.share_input(job_id, again):
                self.manager.forget(again)
                return None
            self.submit(again)
        except BaseException:
            self.manager.forget(again, whatever_the_journal_says=True)
            raise
        with suppress(JournalError):
            self.manager.drop_input(job_id)
        return again

    def cancel(self, job_id: str) -> None:
        """Stop a job at once, whether it waits or runs; it fails with CANCELLED. Does nothing for a finished one."""
        with self._lock:
            future, stop = self._futures.get(job_id), self._stops.get(job_id)
        if future is None or stop is None:
            job = self.manager.get_job(job_id)
            if job is not None and job.is_asking:
                self.manager.mark_failed(job_id, CANCELLED)
            return
        self.manager.mark_failed(job_id, CANCELLED)
        stop.request()
        future.cancel()

    def waiting(self) -> list[str]:
        """The ids of the jobs that no worker has begun with, first come first."""
        return self._waiting(self.manager.unfinished())

    def outlook(self, job_id: str) -> tuple[int | None, float | None]:
        """How many jobs are before one that waits, and the seconds that it still takes by these.

        Those that run are before it as long as no worker is free. None for a job that does not wait, or has ended. Both
        are of the same moment.
        """
        jobs = [*self.manager.unfinished(), *self.manager.last_completed()]
        waiting = self._waiting(jobs)
        running = sum(job.started_at is not None and not job.is_finished for job in jobs)
        before = waiting.index(job_id) + running * (running >= self.workers) if job_id in waiting else None
        return before, seconds_left(job_id, jobs, waiting, self.workers, now())

    def close(self) -> None:
        """Stop everything and take nothing more; what is not finished stays in the journal for the next start."""
        with self._lock:
            self._closing = True
            pool, stops = self._pool, list(self._stops.values())
        for stop in stops:
            stop.request()
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)
        self.manager.close()

    def _waiting(self, jobs: Sequence[Job]) -> list[str]:
        waiting = {job.job_id for job in jobs if job.is_waiting}
        with self._lock:
            return [job_id for job_id in self._futures if job_id in waiting]

    def _check_room(self) -> None:
        if self._closing or len(self._stops) >= self.workers + self.queue_limit:
            raise QueueFull

    def _enqueue(self, job_id: str) -> None:
        with self._lock:
            if self._closing:
                return
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self.workers, thread_name_prefix="job")
            future = self._pool.submit(self._run, job_id)
            self._futures[job_id] = future
        future.add_done_callback(partial(self._leave, job_id))

    def _leave(self, job_id: str, future: Future[bool]) -> None:
        """The end of a run. Not before is a person asked: from then on the job may be another worker's."""
        self._let_go(job_id)
        if not future.cancelled() and not future.exception() and future.result():
            self.manager.ask(job_id)

    def _let_go(self, job_id: str) -> None:
        """A finished future would keep the whole run alive through its exception."""
        with self._lock:
            self._futures.pop(job_id, None)
            self._stops.pop(job_id, None)
        job = self.manager.latest(job_id)
        if job is None or job.is_finished:
            self.metrics.ended.labels(job.status if job else "deleted").inc()

    def _run(self, job_id: str) -> bool:
        """Work on a job until it ends; whether a person is to be asked instead."""
        with self._lock:
            stop = self._stops[job_id]
        clock = threading.Timer(self.limits.seconds, stop.request, [self._too_long()])
        clock.daemon = True
        clock.start()
        asks = False
        try:
            asks = self._try(job_id, stop)
        except (MachineError, BesideError) as error:
            self.manager.mark_failed(job_id, error.message, keep_input=True)
        except LogError as error:
            self.manager.mark_failed(job_id, error.message)
        except Exception as error:  # noqa: BLE001 - whatever broke, the job must end and its owner be told
            if not stop.requested:
                self._broke(job_id, error)
            elif stop.reason:
                self.manager.mark_failed(job_id, stop.reason, keep_input=True)
            else:
                # By the end of the server; where by its owner, the job is finished or gone, and this does nothing.
                self.manager.give_back(job_id)
        finally:
            clock.cancel()
        self.manager.delete_leftovers(job_id)
        return asks

    def _try(self, job_id: str, stop: Stop) -> bool:
        """Work on a job, once more where its process broke; whether it asks a person. Raises as `_work` does."""
        for left in reversed(range(TRIES)):
            try:
                return self._work(job_id, stop)
            except Crashed as crash:
                self.metrics.crashes.labels(crash.cause).inc()
                if crash.cause not in ("signal", "killed") or not left:
                    raise
                logger.error("tried again", extra={"job": job_id, "cause": crash.cause, "error": crash.error})
        return False

    def _broke(self, job_id: str, error: Exception) -> None:
        cause = blame(error)
        crash = error if isinstance(error, Crashed) else Crashed("error", type(error).__name__, frames_of(error))
        known = {"error": BROKEN, "memory": TOO_LARGE, "processor": self._too_long()}
        sentence = cause.message if isinstance(cause, MachineError) else known.get(crash.cause, CRASHED)
        if self.manager.mark_failed(job_id, sentence, keep_input=True):
            logger.error(
                "broke", extra={"job": job_id, "cause": crash.cause, "error": crash.error, "frames": crash.frames}
            )

    def _work(self, job_id: str, stop: Stop) -> bool:
        """One attempt; whether a person is to be asked.

        Raises LogError, Stopped, JournalError, and whatever else breaks.
        """
        self.manager.begin(job_id)
        job = self.manager.get_job(job_id)
        if job is None or job.input_file is None:
            return False
        archive, summary = self._process(job, job.input_file, stop)
        self.manager.describe(
            job_id,
            course=summary.course,
            first_day=summary.first_time[:10],
            last_day=summary.last_time[:10],
            learners=summary.learners,
        )
        if archive and self.manager.mark_completed(job_id, archive, self._keep_input and job.keep_input):
            self.metrics.events.inc(summary.rows_read)
        return archive is None

    def _too_long(self) -> Message:
        return Message(
            "This log took longer than the server gives one analysis (%(limit)d s). Choose a shorter time in "
            "Moodle and export again, or ask its administrator for more.",
            limit=round(self.limits.seconds),
        )

    def _process(self, job: Job, uploads: Path, stop: Stop) -> tuple[Path | None, Summary]:
        """Write the ZIP of the results into the folder of the job, where it appears whole or not at all.

        There is none where a person is to be asked first.
        """

        begun: dict[str, float] = {}

        def progress(percent: int, stage: str) -> None:
            stop.check()
            begun.setdefault(stage, time.monotonic())
            self.manager.set_stage(job.job_id, stage)
            self.manager.update_progress(job.job_id, percent)

        self.manager.delete_leftovers(job.job_id)
        folder = self.manager.folder(job.job_id)
        archive, part = folder / "results.zip", folder / "results.zip.part"
        inputs, called = sorted((uploads / LOGS).iterdir()), read_names(uploads)
        names = [called.get(path.name, "") for path in inputs]
        try:
            summary = process(
                inputs, job.options, part, progress, self.limits, stop, names=names, check=job.check, lists=called
            )
        except BesideError as error:
            error.name(called.get(error.option, ""))
            raise
        except Unclear as error:
            if not job.check and (error.is_told or not job.asks):
                raise
            summary = unread(error, job.options.timezone or job.options.assumed_timezone)
        beside = [path for path in (part, people_file(folder)) if path.exists()]
        _sync(write_summary(folder, summary), *beside)
        stop.check()
        if not part.exists():
            _sync(folder)
            return None, summary
        part.rename(archive)
        _sync(folder)
        for (stage, start), (_, end) in pairwise([*begun.items(), ("", time.monotonic())]):
            self.metrics.stage_seconds.labels(stage).observe(end - start)
        return archive, summary


def _sync(*paths: Path) -> None:
    """Have files and folders on disk before anybody is told that they are safe; several at a time, for a job may have a
    thousand."""
    with ThreadPoolExecutor(SYNCED) as pool:
        list(pool.map(_sync_one, paths))


def _sync_one(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
