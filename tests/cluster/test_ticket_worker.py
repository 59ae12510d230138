"""A worker that waits for tickets, within this process."""

import os
import signal
import threading

import pytest

from moodlelogsmart.cluster import worker
from moodlelogsmart.cluster.machine import set_up
from moodlelogsmart.config import Settings


class Asked:
    """A place whose worker is asked to end in the moment in which it takes a ticket; how often it looked for one."""

    def __init__(self):
        self.looks, self.taken, self.ends = 0, False, False

    def wait_for_slot(self, seconds):
        self.looks += 1
        assert self.looks < 3, "it goes on"
        return True

    def free_slot(self):
        pass

    def take(self):
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(0.1)  # the signal comes before this is over
        self.taken = True


@pytest.fixture
def handlers():
    """What this process does at a signal is as before afterwards."""
    known = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in known.items():
        signal.signal(number, handler)


def test_a_worker_that_is_asked_to_end_while_it_takes_a_ticket_takes_it_and_ends(
    redis_server, tmp_path, monkeypatch, handlers
):
    machine = set_up(Settings(instance=str(tmp_path), queue=redis_server.url), patience=1)
    place = Asked()
    monkeypatch.setattr(worker, "_workplace", place)
    monkeypatch.setattr(worker.TicketWorker, "workplace", place, raising=False)
    machine.tickets.issue()
    machine.tickets.issue()
    worker._take_tickets(machine)
    assert (place.looks, place.taken, machine.tickets.count()) == (1, True, 1)
    machine.leave()
