"""Who keeps the jobs: in the memory of this server, with a journal for its next start."""

import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import Protocol

from moodlelogsmart.jobs.estimate import LAST
from moodlelogsmart.jobs.job import COMPLETED, Job
from moodlelogsmart.jobs.journal import Journal, JournalError

Change = Callable[[Job], Job | None]


class Keeper(Protocol):
    """Keeps jobs. What a caller gets is a copy of that moment, and each change is made at once or not at all.

    All methods raise JournalError where they can neither read nor write.
    """

    def add(self, job: Job) -> None:
        """Keep a new job."""

    def get(self, job_id: str) -> Job | None:
        """A job as it is seen, or None."""

    def latest(self, job_id: str) -> Job | None:
        """A job, or None; one whose end is being written down as it will be seen then."""

    def listed(self, owner: str | None = None) -> list[Job]:
        """All jobs, or one owner's, newest first."""

    def unfinished(self) -> list[Job]:
        """The jobs that wait or run, newest first."""

    def count_finished(self) -> dict[str, int]:
        """How many jobs have ended and are still remembered, by status."""

    def last_completed(self) -> list[Job]:
        """The last jobs that were completed, newest first, without what their owners said."""

    def change(self, job_id: str, change: Change) -> tuple[Job, Job] | None:
        """Have what `change` makes of a job in its place: the job before and after; None where there is no such job, it
        is ending, or `change` gives None."""

    def write(self, job_id: str, compact: bool = False) -> None:
        """Have a job survive a restart as it is by now; `compact` where an earlier version must not stay."""

    def put_back(self, job: Job) -> None:
        """Undo a change that could not be written."""

    def end(self, job_id: str, change: Change, whatever_the_journal_says: bool = False) -> Job | None:
        """Write down what a job will be once its files are gone, as `change` gives it; nobody sees it
        before `ended`."""

    def ended(self, job_id: str) -> bool:
        """Have the end of a job seen; whether it is still there."""

    def drop(self, job_id: str, whatever_the_journal_says: bool = False) -> Job | None:
        """Forget a job: what it was. Where that cannot be written it stays, unless told to go on."""

    def load(self, known: Callable[[Job], Job]) -> list[Job]:
        """Take the jobs of an earlier server, as `known` has them, oldest first."""

    def close(self) -> None:
        """Let go of what is open."""


class MemoryKeeper:
    """Keeps the jobs of one server: one dict, one lock. No file is touched while the lock is held.

    Jobs that were accepted are written to the journal, where there is one; an end is written there before it is seen.
    """

    def __init__(self, journal: Journal | None = None) -> None:
        self.jobs: dict[str, Job] = {}
        # Ids of the same jobs, so that nobody looks through those of others or through what is long finished.
        self._owned: dict[str, dict[str, None]] = {}
        self._unfinished: dict[str, None] = {}
        self._finished: Counter[str] = Counter()  # by status
        self._completed: deque[Job] = deque(maxlen=LAST)
        self.journal = journal
        self._lock = threading.Lock()
        # Jobs as they will be once their end is written down and their files are gone.
        self._ending: dict[str, Job] = {}

    def add(self, job: Job) -> None:
        """As Keeper."""
        with self._lock:
            self._put(job)

    def get(self, job_id: str) -> Job | None:
        """As Keeper."""
        with self._lock:
            job = self.jobs.get(job_id)
            return _copied(job) if job else None

    def latest(self, job_id: str) -> Job | None:
        """As Keeper."""
        with self._lock:
            job = self._ending.get(job_id) or self.jobs.get(job_id)
            return _copied(job) if job else None

    def listed(self, owner: str | None = None) -> list[Job]:
        """As Keeper."""
        with self._lock:
            jobs = [self.jobs[job_id] for job_id in (self.jobs if owner is None else self._owned.get(owner, ()))]
        return [_copied(job) for job in newest_first(jobs)]

    def unfinished(self) -> list[Job]:
        """As Keeper."""
        with self._lock:
            jobs = [self.jobs[job_id] for job_id in self._unfinished]
        return [_copied(job) for job in newest_first(jobs)]

    def count_finished(self) -> dict[str, int]:
        """As Keeper."""
        with self._lock:
            return dict(self._finished)

    def last_completed(self) -> list[Job]:
        """As Keeper."""
        with self._lock:
            return [_copied(job) for job in self._completed]

    def change(self, job_id: str, change: Change) -> tuple[Job, Job] | None:
        """As Keeper."""
        with self._lock:
            job = self.jobs.get(job_id)
            changed = change(job) if job is not None and job_id not in self._ending else None
            if job is None or changed is None:
                return None
            self._put(changed)
            return job, changed

    def write(self, job_id: str, compact: bool = False) -> None:
        """As Keeper."""
        if self.journal is None:
            return
        self.journal.record(job_id, lambda: self.latest(job_id))
        if compact:
            self.journal.compact()

    def put_back(self, job: Job) -> None:
        """As Keeper."""
        with self._lock:
            self._put(job)

    def end(self, job_id: str, change: Change, whatever_the_journal_says: bool = False) -> Job | None:
        """As Keeper."""
        with self._lock:
            job = self.jobs.get(job_id)
            ended = change(job) if job is not None and job_id not in self._ending else None
            if ended is None:
                return None
            self._ending[job_id] = ended
        try:
            self.write(job_id)
        except JournalError:
            if not whatever_the_journal_says:
                with self._lock:
                    self._ending.pop(job_id, None)
                raise
        return ended

    def ended(self, job_id: str) -> bool:
        """As Keeper."""
        with self._lock:
            ended = self._ending.pop(job_id, None)
            if ended is not None:
                self._put(ended)
        return ended is not None

    def drop(self, job_id: str, whatever_the_journal_says: bool = False) -> Job | None:
        """As Keeper."""
        with self._lock:
            job = self._take(job_id)
            self._ending.pop(job_id, None)
        try:
            if self.journal is not None:
                self.journal.delete(job_id)
        except JournalError:
            if not whatever_the_journal_says:
                if job is not None:
                    self.put_back(job)
                raise
        return job

    def load(self, known: Callable[[Job], Job]) -> list[Job]:
        """As Keeper."""
        written = self.journal.load() if self.journal else []
        jobs = [known(job) for job in written]
        with self._lock:
            for job in jobs:
                self._put(job)
        told_less = [job for job, old in zip(jobs, written, strict=True) if job.status == COMPLETED and job != old]
        if self.journal and told_less:
            self.journal.rewrite(told_less)
        return jobs

    def close(self) -> None:
        """As Keeper."""
        if self.journal is not None:
            self.journal.close()

    def _put(self, job: Job) -> None:
        """Have the job in the lists to which it belongs; under the lock."""
        before = self.jobs.get(job.job_id)
        self.jobs[job.job_id] = job
        self._owned.setdefault(job.owner, {})[job.job_id] = None
        if not job.is_finished:
            self._unfinished[job.job_id] = None
        elif before is None or not before.is_finished:
            self._unfinished.pop(job.job_id, None)
            self._finished[job.status] += 1
            if job.status == COMPLETED:
                self._completed.appendleft(job.emptied())

    def _take(self, job_id: str) -> Job | None:
        """Take a job out of the lists, and return it; under the lock."""
        job = self.jobs.pop(job_id, None)
        self._unfinished.pop(job_id, None)
        if job is not None:
            if job.is_finished:
                self._finished[job.status] -= 1
            owned = self._owned[job.owner]
            owned.pop(job_id, None)
            if not owned:
                del self._owned[job.owner]
        return job


def newest_first(jobs: list[Job]) -> list[Job]:
    """By the time of their beginning."""
    return sorted(jobs, key=lambda job: job.created_at, reverse=True)


def _copied(job: Job) -> Job:
    """A copy, in a fifth of the time of `replace`: tens of thousands may be remembered."""
    copied = Job.__new__(Job)
    copied.__dict__.update(job.__dict__)
    return copied
