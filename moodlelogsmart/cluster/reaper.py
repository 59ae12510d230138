"""What the process that leads does for all: jobs of processes that are gone go on elsewhere, and what is due goes."""

import logging
import time
from collections.abc import Callable

from redis.exceptions import RedisError

from moodlelogsmart.cluster.keeper import ENDING, HELD
from moodlelogsmart.cluster.machine import Machine
from moodlelogsmart.cluster.processes import forget_gone, members, process_of
from moodlelogsmart.jobs.job import UPLOADING, Job
from moodlelogsmart.jobs.runner import ATTEMPTS, GIVEN_UP

logger = logging.getLogger(__name__)

# Seconds between two looks whether there are tickets for all that wait, whether something is due, and whether there are
# files of nobody and rows that Redis may forget.
COUNTED, SWEPT, SEARCHED = 2.0, 60.0, 3600.0
# Seconds that a web server may be silent before its uploads are forgotten, and that a process may take to delete what
# goes with the end of a job, before another does.
RETURNS, ENDS = 10.0, 30.0


class Reaper:
    """Looks after the jobs of all machines, with `sweep` for what is due by time."""

    def __init__(self, machine: Machine, sweep: Callable[[], None]) -> None:
        self._machine = machine
        self._sweep = sweep
        self._left_since: dict[str, float] = {}
        self._ending: dict[str, float] = {}
        self._counted = 0.0
        self._due = {self._sweep: time.monotonic() + SWEPT, self._search: time.monotonic() + SWEPT}

    def beat(self) -> None:
        """Have jobs go on elsewhere that a process had that is gone. Raises Unreachable."""
        for job in self._left():
            if not _is_over(job) and self._machine.at_once.take_back(job.job_id, job.run):
                logger.warning("its process is gone", extra={"job": job.job_id, "attempts": job.attempts})
                self._machine.tickets.issue()
        if time.monotonic() - self._counted > COUNTED:
            self._counted = time.monotonic()
            self._count()

    def tidy(self) -> None:
        """Do what deletes files, which takes as long as the store takes. Raises Unreachable, OSError."""
        self._end_left()
        self._end_uploads()
        for act, pause in ((self._sweep, SWEPT), (self._search, SEARCHED)):
            if time.monotonic() >= self._due[act]:
                self._due[act] = time.monotonic() + pause
                act()

    def _there(self) -> set[str]:
        """The processes that are there: this one is, however busy it was to say so."""
        return {self._machine.name, *(member.name for member in members(self._machine.pulse))}

    def _left(self) -> list[Job]:
        """The jobs that a process holds that is gone, and whose end is not written down."""
        held, ending = self._machine.pulse.ask(lambda redis: (redis.hgetall(HELD), redis.hkeys(ENDING)))
        there = self._there() if held else set()
        left = {job_id: run for job_id, run in held.items() if process_of(run) not in there and job_id not in ending}
        jobs = [self._machine.at_once.get_job(job_id) for job_id in left]
        return [job for job in jobs if job and job.run == left[job.job_id]]

    def _end_uploads(self) -> None:
        """Forget the uploads of processes that are gone for sure, for nobody else goes on with them, and give up what
        was tried too often."""
        left = [job for job in self._left() if _is_over(job)]
        self._left_since = {job.job_id: self._left_since.get(job.job_id, time.monotonic()) for job in left}
        for job in left:
            if job.stage != UPLOADING:
                self._machine.at_once.mark_failed(job.job_id, GIVEN_UP, keep_input=True, run=job.run)
            elif time.monotonic() - self._left_since[job.job_id] > RETURNS:
                logger.warning("its upload ended without a word", extra={"job": job.job_id})
                self._machine.at_once.forget(job.job_id)

    def _end_left(self) -> None:
        """Delete what goes with the end of a job that a process has written down that is gone, or takes too long."""
        ending = self._machine.pulse.ask(lambda redis: redis.hgetall(ENDING))
        there = self._there() if ending else set()
        self._ending = {job_id: self._ending.get(job_id, time.monotonic()) for job_id in ending}
        for job_id, process in ending.items():
            is_late = time.monotonic() - self._ending[job_id] > ENDS
            if (process not in there or is_late) and (ended := self._machine.at_once.latest(job_id)):
                logger.warning("ended for a process that is gone", extra={"job": job_id})
                self._machine.at_once.finish(ended)

    def _count(self) -> None:
        """See to it that there is a ticket for every job that waits, and that nobody is listed who is gone."""
        waiting = sum(job.is_waiting and job.stage != UPLOADING for job in self._machine.at_once.unfinished())
        for _missing in range(waiting - self._machine.tickets.count()):
            self._machine.tickets.issue()
        forget_gone(self._machine.pulse)

    def _search(self) -> None:
        """Delete files of which nobody knows, and have Redis forget rows that were deleted, which may name people."""
        for job_id in self._machine.files.unknown({job.job_id for job in self._machine.at_once.list_jobs()}):
            self._machine.files.delete_job(job_id)
            logger.warning("files of nobody were deleted", extra={"job": job_id})
        try:
            self._machine.pulse.client.bgrewriteaof()
        except RedisError as error:
            logger.warning("the file of Redis was not rewritten", extra={"error": type(error).__name__})


def _is_over(job: Job) -> bool:
    """Whether nobody else goes on with it: an upload, and a job that was tried too often."""
    return job.stage == UPLOADING or job.attempts >= ATTEMPTS
