"""How long lecturers wait in the last week of a term, by the number of workers: written into docs/scale.md.

    python bench/simulate.py        some minutes; the same figures each time, for the same bench/RESULTS.md

Nothing runs here but SimPy. What a log takes is interpolated from bench/RESULTS.md, whose turn it is says the program
itself, and the rest is assumed in the constants below, which the document tells.
"""

import math
import random
import re
import statistics
import sys
from bisect import bisect
from dataclasses import dataclass, field
from pathlib import Path

import simpy

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from moodlelogsmart.cluster.turns import in_turn, turn_of  # noqa: E402
from moodlelogsmart.config import Settings  # noqa: E402
from moodlelogsmart.jobs.job import QUEUED  # noqa: E402

SEED = 2026
LECTURERS = 50_000
WORKERS = (2, 4, 8, 16, 32, 64)  # jobs at a time, on all machines together
# Each lecturer sits down once and hands in one log, and further ones some minutes apart.
MORE_LOGS, MINUTES_APART = 1.4, 2.0
# What a job takes beside the work on its log: ticket, process, files to the store and back. Measured where the log
# of 6,406 events took 2.1 s, not 0.55: 0.9 s with a folder, 1.3 s with a bucket; so this is rather too much.
BESIDE = 0.5
# Events of a log: half have fewer than the median of five published courses, and they are spread wider than those.
MEDIAN_EVENTS, SPREAD, MOST_EVENTS = 4_005, 1.5, 5_000_000
# When staff of these courses did something: their 2,703 events by hour, and by day from the first of their week on.
HOURS = (0, 0, 0, 0, 0, 0, 0, 68, 74, 198, 330, 192, 239, 235, 228, 279, 241, 132, 191, 131, 9, 49, 83, 24)
DAYS = (552, 416, 508, 588, 423, 20, 196)
# Who is refused because as many wait as may comes back after so many minutes, then after twice as many.
COMES_BACK, AT_MOST = 10.0, 240.0
MINUTE, HOUR = 60.0, 3600.0


def measured():
    """Events of a log and the seconds that it takes alone, as (events, seconds); how much longer beside another job."""
    text = (ROOT / "bench" / "RESULTS.md").read_text()
    found = re.findall(r"^## ([\d,]+) events.*?^\| the app, all files \| ([\d.]+) ", text, re.MULTILINE | re.DOTALL)
    one, both = re.search(r"one after the other, at once \| ([\d.]+) s, ([\d.]+) s", text).groups()
    return [(int(events.replace(",", "")), float(took)) for events, took in found], 2 * float(both) / float(one)


def seconds(events, points):
    """What a log of so many events takes, in a straight line between what was measured and beyond it."""
    place = min(max(1, bisect(points, (events,))), len(points) - 1)
    (few, low), (many, high) = points[place - 1 : place + 1]
    return max(points[0][1], low + (events - few) * (high - low) / (many - few))


@dataclass
class Upload:
    """What the turns look at of a job, and how long it takes, in seconds."""

    job_id: int
    owner: int
    at: float
    takes: float
    created_at: float = 0.0
    started_at: float | None = None
    turn: int = 0
    stage: str = QUEUED
    run: str = ""
    is_finished: bool = False
    is_asking: bool = False


def uploads(lecturers, days, times=1, seed=SEED):
    """What comes, in the order of its time; `days` are the weights of the days, `times` how much larger logs are."""
    chance, (points, slower) = random.Random(seed), measured()
    found = []
    for lecturer in range(lecturers):
        (day,), (hour,) = chance.choices(range(len(days)), days), chance.choices(range(24), HOURS)
        at = day * 24 * HOUR + (hour + chance.random()) * HOUR
        for _ in range(1 + _poisson(chance, MORE_LOGS)):
            events = min(MOST_EVENTS, times * MEDIAN_EVENTS * chance.lognormvariate(0, SPREAD))
            found.append(Upload(len(found), lecturer, at, BESIDE + slower * seconds(events, points)))
            at += chance.expovariate(1 / (MINUTES_APART * MINUTE))
    return sorted(found, key=lambda upload: upload.at)


def _poisson(chance, mean):
    count, until = 0, chance.expovariate(1)
    while until < mean:
        count, until = count + 1, until + chance.expovariate(1)
    return count


@dataclass
class Seen:
    """What lecturers saw: by upload the seconds until a worker began, and until there were results; how many were
    refused at least once."""

    waits: list[float] = field(default_factory=list)
    results: list[float] = field(default_factory=list)
    refused: int = 0


class Machines:
    """The queue and its workers."""

    def __init__(self, env, workers, queue_limit):
        self.env, self.seen = env, Seen()
        self._free, self._room = workers, workers + queue_limit
        self._jobs = {}

    def hand_in(self, upload):
        """A process of SimPy: come back until there is room, and wait for a worker."""
        pause = COMES_BACK * MINUTE
        self.seen.refused += len(self._jobs) >= self._room
        while len(self._jobs) >= self._room:
            yield self.env.timeout(pause)
            pause = min(2 * pause, AT_MOST * MINUTE)
        upload.created_at, upload.turn = self.env.now, turn_of(upload.owner, self._jobs.values())
        self._jobs[upload.job_id] = upload
        self._begin()

    def _begin(self):
        while self._free and (order := in_turn(self._jobs.values())):
            upload = self._jobs[order[0]]
            upload.started_at, upload.stage = self.env.now, "read"
            self._free -= 1
            self.env.process(self._work(upload))

    def _work(self, upload):
        self.seen.waits.append(self.env.now - upload.at)
        yield self.env.timeout(upload.takes)
        self.seen.results.append(self.env.now - upload.at)
        del self._jobs[upload.job_id]
        self._free += 1
        self._begin()


def simulate(coming, workers, queue_limit=None):
    """What is seen where `coming` comes to so many workers."""
    env = simpy.Environment()
    machines = Machines(env, workers, queue_limit or Settings().queue_limit)

    def come():
        for upload in coming:
            yield env.timeout(upload.at - env.now)
            env.process(machines.hand_in(Upload(upload.job_id, upload.owner, upload.at, upload.takes)))

    env.process(come())
    env.run()
    return machines.seen


def row(workers, coming, seen):
    """A line of the table."""
    median, p95, p99 = (_told(_share(seen.waits, share)) for share in (0.5, 0.95, 0.99))
    told = f"{seen.refused / len(coming):.1%}" if seen.refused else "–"
    return f"| {workers} | {median} | {p95} | {p99} | {_told(_share(seen.results, 0.95))} | {told} |"


def _share(found, share):
    return sorted(found)[int(len(found) * share)]


def _told(took):
    if took < 10:
        return f"{took:.1f} s"
    return f"{took:.0f} s" if took < MINUTE else f"{took / MINUTE:.0f} min" if took < HOUR else f"{took / HOUR:.1f} h"


def assumed():
    """What is assumed, as a list for the document."""
    points, slower = measured()
    takes = ", ".join(f"{took:g} s for {events:,}" for events, took in points)
    return [
        f"- {LECTURERS:,} lecturers hand in {1 + MORE_LOGS:g} logs each on average, in one sitting, "
        f"{MINUTES_APART:g} minutes apart.",
        f"- They come by hour and day as the staff of five published courses did ({sum(HOURS):,} events of theirs, "
        "their week moved to begin on Monday).",
        f"- Events of a log: log-normal around the median of these courses, {MEDIAN_EVENTS:,}, but spread wider than "
        f"these five (sigma {SPREAD:g} instead of 0.95), because there are larger courses: one log in twenty has more "
        f"than {_events(1.645):,}, one in a hundred more than {_events(2.326):,}.",
        f"- What a log takes is measured ([bench/RESULTS.md](../bench/RESULTS.md): {takes} events, all files, and in a "
        f"straight line between), times {slower:.2f}, because two jobs share two cores, and {BESIDE:g} s for queue, "
        "process and store.",
        f"- The turns of owners are the program's own. Who is refused, because {Settings().queue_limit} wait, comes "
        f"back after {COMES_BACK:g} minutes, then after twice as many; that is part of the wait.",
    ]


def _events(deviations):
    return int(round(MEDIAN_EVENTS * math.exp(SPREAD * deviations), -3))


# Name, weights of the days, and how much larger logs are.
TERMS = (
    ("In the last week of a term", DAYS, 1),
    ("All of them on one day", (1,), 1),
    ("All of them on one day, with logs ten times as large", (1,), 10),
)
HEAD = [
    "| Jobs at a time | Wait: median | 95 % within | 99 % within | Results: 95 % within | Refused at first |",
    "| ---: | ---: | ---: | ---: | ---: | ---: |",
]


def table(name, days, times, lecturers=LECTURERS, workers=WORKERS):
    """The lines of a table."""
    coming = uploads(lecturers, days, times)
    busy = [0.0] * (len(days) * 24 + 24)
    for upload in coming:
        busy[int(upload.at // HOUR)] += upload.takes / HOUR
    mean = statistics.fmean(upload.takes for upload in coming)
    told = (
        f"**{name}**: {len(coming):,} logs of {mean:.1f} s each on average; in the busiest hour there is work for "
        f"{max(busy):.1f} workers."
    )
    return [told, "", *HEAD, *(row(number, coming, simulate(coming, number)) for number in workers), ""]


BEGIN, END = "<!-- from bench/simulate.py: make simulate writes it anew -->", "<!-- until here -->"


def write(page, lines):
    """Put lines into the document."""
    before, _begin, rest = page.read_text("utf-8").partition(BEGIN)
    _old, _end, after = rest.partition(END)
    page.write_text("\n".join([before + BEGIN, "", *lines, END + after]), "utf-8")


if __name__ == "__main__":
    tables = [line for term in TERMS for line in table(*term)]
    write(ROOT / "docs" / "scale.md", [*assumed(), "", *tables])
