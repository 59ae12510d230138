"""Has jobs worked on by workers on any machine, as the web servers see it."""

import time
from collections.abc import Sequence

from moodlelogsmart.cluster.connection import AWAY, Connection, Unreachable
from moodlelogsmart.cluster.processes import members
from moodlelogsmart.cluster.queue import Tickets
from moodlelogsmart.cluster.turns import in_turn, turn_of
from moodlelogsmart.jobs.job import UPLOADING, Job
from moodlelogsmart.jobs.manager import JobManager
from moodlelogsmart.jobs.runner import CANCELLED, Member, QueueFull, Runner

KNOWN = 1.0  # seconds that what is known of all jobs serves those who look how long theirs takes


class QueueRunner(Runner):
    """Puts jobs into the queue of all machines."""

    def __init__(self, manager: JobManager, queue_limit: int, connection: Connection, tickets: Tickets) -> None:
        super().__init__(manager, queue_limit)
        self._connection = connection
        self._tickets = tickets
        self._known: tuple[float, Sequence[Job]] = 0.0, ()

    @property
    def workers(self) -> int:
        """How many jobs are worked on at a time, by all workers that are there; one where there is none just now."""
        return max(1, sum(member.slots for member in self.members()))

    def members(self) -> Sequence[Member]:
        """As Runner."""
        return members(self._connection)

    def check_room(self) -> None:
        """As Runner."""
        taken = sum(not job.is_asking and job.stage != UPLOADING for job in self.manager.unfinished())
        if taken >= self.workers + self.queue_limit:
            raise QueueFull

    def cancel(self, job_id: str) -> None:
        """As Runner; who works on it sees within a moment that it is not its job any more."""
        self.manager.mark_failed(job_id, CANCELLED)

    def resume(self) -> None:
        """Nothing was left here: what is in the queue goes on wherever a worker is."""

    def close(self) -> None:
        """As Runner."""
        self.manager.close()

    def _place(self, job_id: str) -> None:
        job, others = self.manager.get_job(job_id), self._others(job_id)
        if job is None or not self.manager.accept(job_id, turn_of(job.owner, others)):
            # Others took this server for gone, and forgot the upload: it must come again.
            raise Unreachable(AWAY)
        self._known = 0.0, ()
        self._tickets.issue()
        self.manager.files.leave(job_id)

    def _others(self, job_id: str) -> list[Job]:
        # One that goes on with what a person answered is among them.
        return [job for job in self.manager.unfinished() if job.job_id != job_id]

    def _known_with(self, job_id: str) -> Sequence[Job]:
        """As Runner, of a moment ago: a thousand people who wait look every few seconds, each at all of theirs."""
        at, jobs = self._known
        if time.monotonic() - at > KNOWN or not any(job.job_id == job_id for job in jobs):
            jobs = super()._known_with(job_id)
            self._known = time.monotonic(), jobs
        return jobs

    def _in_order(self, jobs: Sequence[Job]) -> list[str]:
        return in_turn(jobs)
