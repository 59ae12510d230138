"""Whose job is next, where many wait: each owner in turn."""

from collections import Counter
from collections.abc import Sequence

from moodlelogsmart.jobs.job import QUEUED, Job


def in_turn(jobs: Sequence[Job]) -> list[str]:
    """The ids of those of `jobs` that wait, in the order in which workers take them: who has fewer jobs before this one
    comes first, and of these who came first. So nobody's tenth log keeps another's first one waiting."""
    before = Counter(job.owner for job in jobs if job.started_at and not job.is_finished)
    order = []
    free = [job for job in jobs if job.stage == QUEUED and not job.is_finished and not job.run]
    for job in sorted(free, key=lambda job: job.created_at):
        order.append((before[job.owner], job.created_at, job.job_id))
        before[job.owner] += 1
    return [job_id for _before, _created, job_id in sorted(order)]
