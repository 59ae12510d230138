"""Has jobs worked on: by a thread pool of this server, one at a time for each worker, each stoppable."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial

import msgspec

from moodlelogsmart.jobs.estimate import seconds_left
from moodlelogsmart.jobs.job import Job, now
from moodlelogsmart.jobs.journal import JournalError
from moodlelogsmart.jobs.manager import JobManager
from moodlelogsmart.jobs.metrics import Metrics
from moodlelogsmart.jobs.working import Working
from moodlelogsmart.messages import Message
from moodlelogsmart.workspace import Limits, Stop

CANCELLED = Message("Cancelled. The file was deleted.")
GIVEN_UP = Message(
    "The server was stopped ten times while it worked on this log, so it does not try again by itself. "
    "Please tell its administrator the number of this analysis."
)
LOST = Message("The server was stopped while it worked on this log, and the file is gone. Please upload it again.")

ATTEMPTS = 10  # of a job with which the server was stopped, which is not the fault of its log


class QueueFull(Exception):
    """As many jobs wait as the server takes."""


class Member(msgspec.Struct, frozen=True):
    """A process of an installation of several machines: its name, "web" or "worker", how many jobs it works on at a
    time, its version, and when it began (UTC)."""

    name: str
    kind: str
    slots: int
    version: str
    since: datetime


class Runner(ABC):
    """Has the jobs of a manager worked on: what is the same wherever that is."""

    def __init__(self, manager: JobManager, queue_limit: int) -> None:
        self.manager = manager
        self.queue_limit = queue_limit
        self.metrics = Metrics()

    @property
    @abstractmethod
    def workers(self) -> int:
        """How many jobs are worked on at a time."""

    def members(self) -> Sequence[Member]:
        """The processes that are there, where there are several machines."""
        return ()

    @abstractmethod
    def check_room(self) -> None:
        """Raise QueueFull where a further job would find no place."""

    @abstractmethod
    def resume(self) -> None:
        """Begin, with what an earlier server has left undone. Raises JournalError."""

    @abstractmethod
    def cancel(self, job_id: str) -> None:
        """Stop a job at once, whether it waits or runs; it fails with CANCELLED. Does nothing for a finished one."""

    @abstractmethod
    def close(self) -> None:
        """Take nothing more, and let go; what is not finished goes on elsewhere, or at the next start."""

    @abstractmethod
    def _place(self, job_id: str) -> None:
        """Have a job of which the files are kept wait for a worker. Raises QueueFull, JournalError."""

    @abstractmethod
    def _in_order(self, jobs: Sequence[Job]) -> list[str]:
        """The ids of those of `jobs` that wait, first come first."""

    def submit(self, job_id: str) -> None:
        """Put a job whose input is in place into the queue; it survives a restart once this returns.

        Raises QueueFull, JournalError.
        """
        self.check_room()
        self.manager.files.keep(self.manager.folder(job_id))
        self._place(job_id)

    def go_on(self, job_id: str, by: str) -> bool:
        """Put a job that waits for a person back into the queue, with what the job `by` has, which is forgotten;
        whether it waited still.

        Raises QueueFull, JournalError; then it waits on.
        """
        self.check_room()
        if not self.manager.answered(job_id, by):
            return False
        try:
            self._place(job_id)
        except BaseException:
            self.manager.ask(job_id)
            raise
        return True

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

    def waiting(self) -> list[str]:
        """The ids of the jobs that no worker has begun with, in the order in which they will be."""
        return self._in_order(self.manager.unfinished())

    def outlook(self, job_id: str) -> tuple[int | None, float | None]:
        """How many jobs are before one that waits, and the seconds that it still takes by these.

        Those that run are before it as long as no worker is free. None for a job that does not wait, or has ended. Both
        are of the same moment.
        """
        jobs, workers = self._known_with(job_id), self.workers
        waiting = self._in_order(jobs)
        running = sum(job.started_at is not None and not job.is_finished for job in jobs)
        before = waiting.index(job_id) + running * (running >= workers) if job_id in waiting else None
        return before, seconds_left(job_id, jobs, waiting, workers, now())

    def _known_with(self, job_id: str) -> Sequence[Job]:
        """The jobs by which the time of one is told: it and the others that are unfinished, and the last completed."""
        return [*self.manager.unfinished(), *self.manager.last_completed()]


class JobRunner(Runner):
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
        super().__init__(manager, queue_limit)
        self._workers = workers
        self.working = Working(manager, replace(limits, seconds=time_limit), keep_input, self.metrics)
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._futures: dict[str, Future[bool]] = {}
        self._stops: dict[str, Stop] = {}
        self._closing = False

    @property
    def workers(self) -> int:
        """How many jobs are worked on at a time."""
        return self._workers

    def check_room(self) -> None:
        """Raise QueueFull where a further job would find no place."""
        with self._lock:
            self._check_room()

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

    def _place(self, job_id: str) -> None:
        with self._lock:
            self._check_room()
            self._stops[job_id] = Stop()
        try:
            self.manager.accept(job_id)
        except BaseException:
            self._let_go(job_id)
            raise
        self._enqueue(job_id)

    def _in_order(self, jobs: Sequence[Job]) -> list[str]:
        waiting = {job.job_id for job in jobs if job.is_waiting}
        with self._lock:
            return [job_id for job_id in self._futures if job_id in waiting]

    def _check_room(self) -> None:
        if self._closing or len(self._stops) >= self._workers + self.queue_limit:
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
        return self.working.work(job_id, stop)
