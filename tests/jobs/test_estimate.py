from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moodlelogsmart.jobs.estimate import bytes_per_second, seconds_left
from moodlelogsmart.jobs.job import Job

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def done(size, seconds):
    return Job("done", status="completed", size=size, started_at=NOW - timedelta(seconds=seconds), completed_at=NOW)


def running(name, size, seconds=0.0, progress=10):
    return Job(name, size=size, stage="read", progress=progress, started_at=NOW - timedelta(seconds=seconds))


def waiting(name, size):
    return Job(name, size=size, stage="queued")


def test_it_knows_a_speed_before_any_job():
    assert bytes_per_second([]) == pytest.approx(5.5e6)


def test_what_the_jobs_took_outweighs_it():
    assert bytes_per_second([done(200_000_000, 101)] * 5) == pytest.approx(2e6, rel=0.1)


def test_many_small_logs_do_not_make_a_large_one_look_endless():
    assert bytes_per_second([done(5_000, 1.2)] * 20) > 2e6


def test_a_running_job_takes_what_is_left_of_its_size():
    assert seconds_left("a", [running("a", 55_000_000, 4)], [], 1, NOW) == pytest.approx(7)


def test_a_job_that_is_late_is_told_by_its_progress():
    assert seconds_left("a", [running("a", 100, 30, progress=60)], [], 1, NOW) == pytest.approx(20)


def test_a_waiting_job_waits_for_those_before_it():
    jobs = [running("a", 55_000_000, 4), waiting("b", 11_000_000), waiting("c", 0)]
    assert seconds_left("b", jobs, ["b", "c"], 1, NOW) == pytest.approx(7 + 3)
    assert seconds_left("c", jobs, ["b", "c"], 1, NOW) == pytest.approx(7 + 3 + 1)
    assert seconds_left("c", jobs, ["b", "c"], 2, NOW) == pytest.approx(3 + 1)


def test_nothing_is_told_of_a_job_that_ended():
    assert seconds_left("done", [done(1, 1)], [], 1, NOW) is None


sizes = st.integers(0, 1 << 31)


@given(st.lists(sizes, max_size=6), st.lists(sizes, min_size=1, max_size=6), st.integers(1, 4))
def test_who_comes_later_never_ends_much_earlier_than_who_is_as_large(at_work, sizes, workers):
    jobs = [running(f"r{number}", size) for number, size in enumerate(at_work[:workers])]
    queue = [f"w{number}" for number in range(len(sizes))]
    jobs += [waiting(name, max(sizes)) for name in queue]
    left = [seconds_left(name, jobs, queue, workers, NOW) for name in queue]
    assert left == sorted(left)
    assert all(seconds > 0 for seconds in left)
