"""Whose job is next: nobody waits for the tenth log of another."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from moodlelogsmart.cluster.turns import in_turn
from moodlelogsmart.jobs.job import CHECK, COMPLETED, QUEUED, UPLOADING, Job

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def job(number, owner, stage=QUEUED, run="", started=False, **fields):
    created = NOON + timedelta(seconds=number)
    return Job(
        f"{number:03}", owner=owner, stage=stage, run=run, created_at=created, started_at=created if started else None,
        **fields,
    )  # fmt: skip


def kinds(number, owner):
    """A job in each state that there is."""
    return [
        job(number, owner),
        job(number, owner, run="a.1"),
        job(number, owner, stage="read", run="a.1", started=True),
        job(number, owner, stage=UPLOADING, run="a"),
        job(number, owner, stage=CHECK),
        job(number, owner, stage="save", run="a.1", started=True, status=COMPLETED),
    ]


@st.composite
def queues(draw):
    owners = draw(st.lists(st.sampled_from("abcd"), max_size=25))
    jobs = [draw(st.sampled_from(kinds(number, owner))) for number, owner in enumerate(owners)]
    return draw(st.permutations(jobs))


def free(jobs):
    return {job.job_id: job for job in jobs if job.stage == QUEUED and not job.run}


def running(jobs):
    return Counter(job.owner for job in jobs if job.started_at and not job.is_finished)


def test_who_has_one_log_is_not_kept_waiting_by_who_has_ten():
    jobs = [*(job(number, "ana") for number in range(10)), job(10, "bo"), job(11, "cy"), job(12, "bo")]
    assert in_turn(jobs)[:5] == ["000", "010", "011", "001", "012"]


def test_what_already_runs_is_an_owners_turn():
    jobs = [job(0, "ana", stage="read", started=True), job(1, "ana"), job(2, "bo")]
    assert in_turn(jobs) == ["002", "001"]


@given(queues())
def test_those_that_wait_have_a_turn_each_and_no_others(jobs):
    order = in_turn(jobs)
    assert sorted(order) == sorted(free(jobs))


@given(queues())
def test_of_one_owner_who_came_first_is_first(jobs):
    order, waiting = in_turn(jobs), free(jobs)
    for owner in "abcd":
        own = [job_id for job_id in order if waiting[job_id].owner == owner]
        assert own == sorted(own)


@given(queues())
def test_nobody_is_taken_before_another_who_has_fewer(jobs):
    order, waiting, taken = in_turn(jobs), free(jobs), running(jobs)
    for place, job_id in enumerate(order):
        others = {waiting[later].owner for later in order[place:]}
        assert taken[waiting[job_id].owner] == min(taken[owner] for owner in others)
        taken[waiting[job_id].owner] += 1


@given(queues())
def test_a_job_that_comes_later_puts_back_none_but_later_turns(jobs):
    order = in_turn(jobs)
    after = in_turn([*jobs, job(900, "new")])
    assert [job_id for job_id in after if job_id != "900"] == order
    # A newcomer's first job comes before the second of anybody.
    second = [job_id for job_id in order if job_id not in _firsts(order, jobs)]
    assert all(after.index("900") < after.index(job_id) for job_id in second)


def _firsts(order, jobs):
    waiting, seen, firsts = free(jobs), running(jobs), []
    for job_id in order:
        if not seen[waiting[job_id].owner]:
            firsts.append(job_id)
        seen[waiting[job_id].owner] += 1
    return firsts


@given(queues())
def test_the_turns_are_the_same_in_whatever_order_the_jobs_are_told(jobs):
    assert in_turn(jobs) == in_turn(sorted(jobs, key=lambda job: job.job_id))
