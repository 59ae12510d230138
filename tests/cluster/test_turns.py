"""Whose job is next: nobody waits for the tenth log of another."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moodlelogsmart.cluster.turns import in_turn, turn_of
from moodlelogsmart.jobs.job import CHECK, COMPLETED, QUEUED, UPLOADING, Job

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


class Queue:
    """Jobs as they come to so many workers; `begun` are their owners in the order in which they are begun."""

    def __init__(self, workers):
        self.jobs, self.begun, self.waited = {}, [], {}
        self._workers = workers

    def come(self, owner):
        number = len(self.waited)
        job = Job(f"{number:03}", owner=owner, created_at=NOON + timedelta(seconds=number))
        self.waited[job.job_id] = Counter()
        self.jobs[job.job_id] = replace(job, turn=turn_of(owner, self.jobs.values()))
        self._begin()
        return job.job_id

    def end(self, place):
        """Have one of those end that are worked on, if there is any."""
        running = [job.job_id for job in self.jobs.values() if job.started_at]
        if running:
            del self.jobs[running[place % len(running)]]
            self._begin()

    def _begin(self):
        while sum(job.started_at is not None for job in self.jobs.values()) < self._workers and (
            order := in_turn(self.jobs.values())
        ):
            job = self.jobs[order[0]]
            self.jobs[job.job_id] = replace(job, stage="read", started_at=NOON, run="a.1")
            self.begun.append(job.owner)
            for other in order[1:]:
                self.waited[other][job.owner] += 1


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_who_has_one_log_is_not_kept_waiting_by_who_has_ten(workers):
    queue = Queue(workers)
    for owner in ["ana"] * 10 + ["bo"] * 10 + ["cy"]:
        queue.come(owner)
    while "cy" not in queue.begun:
        queue.end(0)
    assert Counter(queue.begun)["ana"] <= workers + 1
    assert Counter(queue.begun)["bo"] <= 2


def test_owners_with_many_logs_have_their_turns_one_after_the_other():
    queue = Queue(workers=1)
    for owner in ["ana"] * 3 + ["bo"] * 3:
        queue.come(owner)
    for _ in range(6):
        queue.end(0)
    assert queue.begun == ["ana", "bo", "ana", "bo", "ana", "bo"]


def test_who_had_a_turn_has_no_other_before_those_who_came_meanwhile():
    queue = Queue(workers=1)
    for owner in ("ana", "ana", "bo"):
        queue.come(owner)
    queue.end(0)
    queue.come("cy")
    queue.come("bo")
    for _ in range(5):
        queue.end(0)
    assert queue.begun == ["ana", "bo", "cy", "ana", "bo"]


@given(st.integers(1, 4), st.lists(st.one_of(st.sampled_from("abcd"), st.integers(0, 3)), max_size=60))
def test_before_a_first_log_every_other_owner_has_one_turn_at_most(workers, happens):
    queue = Queue(workers)
    for what in happens:
        if isinstance(what, int):
            queue.end(what)
            continue
        is_first = what not in {job.owner for job in queue.jobs.values()}
        job_id = queue.come(what)
        if is_first:
            while job_id in in_turn(queue.jobs.values()):
                queue.end(0)
            assert max(queue.waited[job_id].values(), default=0) <= 1


@given(st.integers(1, 4), st.lists(st.one_of(st.sampled_from("abcd"), st.integers(0, 3)), max_size=60))
def test_every_log_has_its_turn_and_of_one_owner_who_came_first_is_first(workers, happens):
    queue, came = Queue(workers), Counter()
    for what in happens:
        if isinstance(what, int):
            queue.end(what)
        else:
            queue.come(what)
            came[what] += 1
        order = [queue.jobs[job_id] for job_id in in_turn(queue.jobs.values())]
        for owner in "abcd":
            own = [job.job_id for job in order if job.owner == owner]
            assert own == sorted(own)
    for _ in happens:
        queue.end(0)
    assert Counter(queue.begun) == came


@given(st.permutations(range(6)))
def test_those_that_wait_have_a_turn_and_no_others(order):
    waits = Job("waits", turn=2)
    others = [
        replace(waits, job_id="claimed", run="a.1"),
        replace(waits, job_id="runs", run="a.1", stage="read", started_at=NOON),
        replace(waits, job_id="comes", stage=UPLOADING, run="a"),
        replace(waits, job_id="asks", stage=CHECK),
        replace(waits, job_id="ended", stage="save", started_at=NOON, status=COMPLETED),
    ]
    jobs = [[waits, *others][place] for place in order]
    assert in_turn(jobs) == ["waits"]


def test_a_job_that_asks_or_has_ended_takes_no_turn():
    asks = Job("1", owner="ana", stage=CHECK, turn=7)
    ended = Job("2", owner="ana", status=COMPLETED, started_at=NOON, turn=9)
    assert turn_of("ana", [asks, ended]) == 1
    assert turn_of("ana", [asks, ended, Job("3", owner="ana", stage=QUEUED, turn=1)]) == 2
