"""An installation of one server: its jobs in memory and journal, its files on its disk, its workers in its threads."""

from typing import Protocol

from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter, RateLimiter

from moodlelogsmart.config import Settings, kept_key
from moodlelogsmart.jobs.drafts import Drafts
from moodlelogsmart.jobs.instance import claim, drafts_folder, jobs_folder, journal_file
from moodlelogsmart.jobs.journal import Journal
from moodlelogsmart.jobs.manager import JobManager
from moodlelogsmart.jobs.retention import Sweeper, kept
from moodlelogsmart.jobs.runner import JobRunner, Runner
from moodlelogsmart.machine import memory_of_a_job
from moodlelogsmart.workspace import Limits


class Installation(Protocol):
    """What the pages need: who has jobs worked on, refused forms, what counts by the minute, the key of the cookie, and
    the memory of a job (MB)."""

    runner: Runner
    drafts: Drafts
    limiter: RateLimiter
    secret_key: str
    given: int

    def start(self, patience: float) -> None:
        """Begin, waiting up to so many seconds for who was there before."""

    def stop(self) -> None:
        """Stop the jobs that run here, as soon as the server is to end."""

    def close(self) -> None:
        """Let go of everything, at the end of the server."""


class OneServer:
    """What the pages need of an installation that works by itself."""

    def __init__(self, settings: Settings) -> None:
        instance = self._instance = settings.instance_folder
        jobs_folder(instance).mkdir(parents=True, exist_ok=True, mode=0o700)
        manager = JobManager(jobs_folder(instance), Journal(journal_file(instance), jobs_folder(instance)))
        limits = Limits(memory_of_a_job(settings.memory_limit, settings.workers), settings.job_threads)
        self.given = limits.memory
        self.runner: Runner = JobRunner(
            manager, settings.workers, settings.queue_limit, limits, settings.time_limit, settings.keep_input > 0
        )
        self.drafts = Drafts(drafts_folder(instance))
        self.limiter: RateLimiter = MovingWindowRateLimiter(MemoryStorage())
        self.secret_key = settings.secret_key or kept_key(instance, "secret_key")
        self._sweeper = Sweeper(manager, kept(settings), self.drafts)

    def start(self, patience: float) -> None:
        """Take the instance folder, waiting up to so many seconds for an earlier server, and what that left undone, and
        begin to delete what is due. Raises InstanceTaken, JournalError."""
        claim(self._instance, patience)
        self.runner.resume()
        self.drafts.clear()
        self._sweeper.start()

    def stop(self) -> None:
        """Stop the jobs, as soon as the server is to end."""
        self.runner.close()

    def close(self) -> None:
        """Stop what still runs; a thread of the pool would hold up the end of the process."""
        self._sweeper.end()
        self.runner.close()
