"""Whose job is next, where many wait: each owner in turn."""

from collections.abc import Iterable

from moodlelogsmart.jobs.job import QUEUED, Job


def turn_of(owner: str, jobs: Iterable[Job]) -> int:
    """The round in which a further job of an owner is worked on, where these are unfinished: the one that is under way,
    or the one after that of the owner's last job. So nobody's tenth log keeps another's first one waiting."""
    # Start-time fair queueing (Goyal, Vin, Cheng 1996), where each job counts the same. A job keeps its round: were it
    # counted anew each time, whoever has just had a job done would be first again.
    under_way = [job for job in jobs if job.turn and not job.is_finished and not job.is_asking]
    begun = [job.turn for job in under_way if job.started_at]
    own = [job.turn + 1 for job in under_way if job.owner == owner]
    return max([1, *own, max(begun) if begun else min((job.turn for job in under_way), default=1)])


def in_turn(jobs: Iterable[Job]) -> list[str]:
    """The ids of those of `jobs` that wait, in the order in which workers take them: by round, then as they came."""
    return [job.job_id for job in sorted(jobs, key=lambda job: (job.turn, job.created_at)) if _waits(job)]


def _waits(job: Job) -> bool:
    return job.stage == QUEUED and not job.is_finished and not job.run
