"""What a process does as long as it is there, and for all others while it leads them."""

import time
from collections.abc import Callable

from moodlelogsmart.cluster.machine import Machine
from moodlelogsmart.cluster.processes import Pulse
from moodlelogsmart.cluster.reaper import Reaper
from moodlelogsmart.config import Settings
from moodlelogsmart.jobs.job import now
from moodlelogsmart.jobs.retention import kept, sweep

TIDIED = 5.0  # seconds between two looks for files here that nobody needs any more


def leading(
    machine: Machine, settings: Settings, kind: str, slots: int, told: dict[str, str], beat: Callable[[], None]
) -> Pulse:
    """The pulse of a process, which does what a leader does while it is one, and `beat` always."""
    times = kept(settings)

    def sweep_due() -> None:
        sweep(machine.at_once, times.completed, times.failed, now(), times.input)

    reaper = Reaper(machine, sweep_due)
    tidied = [time.monotonic()]

    def beat_all(leads: bool) -> None:
        beat()
        if leads:
            reaper.beat()

    def tidy(leads: bool) -> None:
        if leads:
            reaper.tidy()
        if time.monotonic() - tidied[0] > TIDIED:
            tidied[0] = time.monotonic()
            machine.leave_unused()

    return Pulse(machine.pulse, machine.member(kind, slots, told), beat_all, tidy)
