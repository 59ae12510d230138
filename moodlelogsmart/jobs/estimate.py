"""How long a job still takes, by how long those before it took."""

import heapq
from collections.abc import Sequence
from datetime import datetime

from moodlelogsmart.jobs.job import COMPLETED, Job

START = 1.0  # seconds that the smallest log takes
LAST = 20  # completed jobs that count
# Taken for known until there are jobs: 100,000 events in 22 MB, with another job beside it (make bench).
KNOWN_BYTES, KNOWN_SECONDS = 22e6, 4.0


def bytes_per_second(jobs: Sequence[Job]) -> float:
    """What a worker gets through, by the last completed of `jobs`, which come newest first."""
    read, took = KNOWN_BYTES, KNOWN_SECONDS
    for job in [job for job in jobs if job.status == COMPLETED][:LAST]:
        if job.completed_at and job.started_at:
            read += job.size
            took += max(0.0, (job.completed_at - job.started_at).total_seconds() - START)
    return read / took


def seconds_left(job_id: str, jobs: Sequence[Job], waiting: Sequence[str], workers: int, at: datetime) -> float | None:
    """The seconds until an unfinished job ends: one of `jobs`, of which `waiting` wait in that order for `workers`.

    None for a job that neither runs nor waits.
    """
    speed = bytes_per_second(jobs)
    by_id = {job.job_id: job for job in jobs}
    running = {
        job.job_id: _left(job, START + job.size / speed, at) for job in jobs if job.started_at and not job.is_finished
    }
    if job_id in running:
        return running[job_id]
    if job_id not in waiting:
        return None
    free = [*running.values(), *[0.0] * (workers - len(running))]
    heapq.heapify(free)
    for other in waiting:
        ends = heapq.heappop(free) + START + (by_id[other].size / speed if other in by_id else 0)
        if other == job_id:
            return ends
        heapq.heappush(free, ends)
    return None


def _left(job: Job, whole: float, at: datetime) -> float:
    """Of a running job: by its size, or by its progress where that was too little."""
    elapsed = (at - job.started_at).total_seconds() if job.started_at else 0.0
    if elapsed < whole:
        return whole - elapsed
    return elapsed * (100 - job.progress) / max(job.progress, 10)
