"""Jobs that wait for workers anywhere, as a web server sees them."""

import pytest

from moodlelogsmart.cluster.machine import set_up
from moodlelogsmart.cluster.runner import QueueRunner
from moodlelogsmart.config import Settings


@pytest.fixture
def runner(redis_server, tmp_path):
    machine = set_up(Settings(instance=str(tmp_path), queue=redis_server.url), patience=1)
    yield QueueRunner(machine.manager, 10, machine.connection, machine.tickets)
    machine.leave()


def come(runner, owner):
    """The id of a job that has just come."""
    job_id = runner.manager.create_job(owner=owner)
    runner.submit(job_id)
    return job_id


def test_everybody_has_a_place_from_the_first_moment_and_all_jobs_are_not_read_for_each(runner, monkeypatch):
    ids = [come(runner, owner) for owner in "abc"]
    assert [runner.outlook(job_id)[0] for job_id in ids] == [0, 1, 2]
    with monkeypatch.context() as patch:
        patch.setattr(runner.manager, "unfinished", lambda: pytest.fail("read again"))
        assert [runner.outlook(job_id)[0] for job_id in ids] == [0, 1, 2]
    assert runner.outlook(come(runner, "d"))[0] == 3


def test_a_job_that_goes_on_after_an_answer_has_no_later_turn_by_itself(runner):
    job_id = come(runner, "a")
    runner.manager.ask(job_id)
    runner._place(job_id)
    assert runner.manager.get_job(job_id).turn == 1
