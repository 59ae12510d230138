"""What one process does for all, and that it is there for the others whatever the store does."""

import threading
import time
from dataclasses import replace

import pytest
from conftest import until

from moodlelogsmart.cluster import lead
from moodlelogsmart.cluster.connection import Unreachable
from moodlelogsmart.cluster.machine import set_up
from moodlelogsmart.cluster.processes import SILENCE, members
from moodlelogsmart.cluster.reaper import RETURNS, Reaper
from moodlelogsmart.cluster.runner import QueueRunner
from moodlelogsmart.config import Settings
from moodlelogsmart.jobs.job import QUEUED


@pytest.fixture
def machine(redis_server, tmp_path):
    machine = set_up(Settings(instance=str(tmp_path), queue=redis_server.url), patience=1)
    yield machine
    machine.leave()


@pytest.fixture
def pulse(machine, monkeypatch, tmp_path):
    monkeypatch.setattr(lead, "TIDIED", 0.0)
    pulse = lead.leading(machine, Settings(instance=str(tmp_path)), "worker", 1, {}, lambda: None)
    pulse.join_others()
    pulse.start()
    yield pulse
    pulse.end()


def ended_by_one_that_is_gone(machine):
    """A job whose end is written down, and whose files nobody has deleted yet."""
    job_id = machine.manager.create_job(stage="queued")
    log = machine.files.folder(job_id) / "input" / "000"
    log.parent.mkdir(parents=True)
    log.write_text("a row")
    machine.files.keep(log)
    machine.manager.keeper._process = "gone-1-2"
    machine.manager.keeper.end(job_id, lambda job: job)
    return job_id


def held_by_one_that_is_gone(machine):
    job_id = machine.manager.create_job(stage=QUEUED)
    assert machine.manager.claim(job_id, "gone-1-2.3")
    return job_id


def test_what_a_process_had_that_is_gone_is_put_back_or_away(machine, pulse):
    ended, held = ended_by_one_that_is_gone(machine), held_by_one_that_is_gone(machine)
    until(lambda: machine.manager.get_job(held).run == "")
    until(
        lambda: machine.manager.keeper._connection.ask(lambda redis: not redis.exists(f"moodlelogsmart:ending:{ended}"))
    )
    until(lambda: not list(machine.files.store.found(ended)))


def test_a_store_that_takes_its_time_makes_nobody_look_gone_nor_wait(machine, pulse, monkeypatch):
    asked, go_on, delete = threading.Event(), threading.Event(), machine.files.store.delete

    def slow(key):
        asked.set()
        go_on.wait(60)
        delete(key)

    monkeypatch.setattr(machine.files.store, "delete", slow)
    ended_by_one_that_is_gone(machine)
    assert asked.wait(60)
    held = held_by_one_that_is_gone(machine)
    until(lambda: machine.manager.get_job(held).run == "")
    end = time.monotonic() + SILENCE * 2
    while time.monotonic() < end:
        assert [member.name for member in members(machine.connection)] == [machine.name]
        time.sleep(0.05)
    go_on.set()


def test_an_upload_of_a_server_that_is_silent_for_a_moment_is_not_forgotten(machine, monkeypatch):
    own, other = (machine.manager.create_job() for _ in range(2))
    reaper, clock = Reaper(machine, lambda: None), [0.0]
    monkeypatch.setattr("moodlelogsmart.cluster.reaper.time.monotonic", lambda: clock[0])
    # Nobody says that they are there: neither this process, which is busy, nor the one of the other.
    machine.manager.keeper.change(other, lambda job: replace(job, run="gone-1-2"))
    for clock[0] in (1.0, RETURNS):
        reaper.tidy()
    assert {job.job_id for job in machine.manager.unfinished()} == {own, other}
    clock[0] = RETURNS + 2
    reaper.tidy()
    assert [job.job_id for job in machine.manager.unfinished()] == [own]


def test_an_upload_that_others_forgot_is_not_taken(machine):
    runner = QueueRunner(machine.manager, 9, machine.connection, machine.tickets)
    job_id = machine.manager.create_job()
    machine.manager.forget(job_id)
    with pytest.raises(Unreachable):
        runner.submit(job_id)
    assert machine.tickets.count() == 0
