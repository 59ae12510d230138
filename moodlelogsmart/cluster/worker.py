"""A worker: takes jobs from the queue, on whatever machine, and has each done by a process of its own."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any
from uuid import uuid4

from prometheus_client import start_http_server
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer
from rq.worker import WorkerStatus

from moodlelogsmart.cluster.lead import leading
from moodlelogsmart.cluster.machine import WORKER, Machine, digests, set_up
from moodlelogsmart.cluster.queue import TAKE
from moodlelogsmart.cluster.turns import in_turn
from moodlelogsmart.config import Settings
from moodlelogsmart.jobs.journal import JournalError
from moodlelogsmart.jobs.metrics import Metrics
from moodlelogsmart.jobs.supervisor import FORKSERVER
from moodlelogsmart.jobs.working import Working
from moodlelogsmart.machine import memory_of_a_job
from moodlelogsmart.workspace import Limits, Stop

logger = logging.getLogger(__name__)

# Seconds for which a worker waits for Redis to come back before it lets its jobs go; they are begun anew then.
PATIENCE = 60.0
# Seconds that jobs have to end by themselves where the worker is asked to; those that do not go on elsewhere.
GRACE = 20.0
WAKE = 0.2  # seconds between two looks whether there is a slot for a job
# RQ takes a worker for gone after this many seconds without a word; it waits for a ticket for 15 less.
TTL = 20


class Workplace:
    """Works on as many jobs at a time as there are slots, each in a thread that supervises the process of the job."""

    def __init__(self, machine: Machine, working: Working, slots: int) -> None:
        self._machine = machine
        self._working = working
        self._pool = ThreadPoolExecutor(slots, thread_name_prefix="job")
        self._slots = threading.Semaphore(slots)
        self._lock = threading.Lock()
        self._runs: dict[str, tuple[str, Stop]] = {}
        self._lost: set[str] = set()
        self._hurry = threading.Event()
        self.ends = False  # whether somebody wants the worker to end

    def wait_for_slot(self, seconds: float) -> bool:
        """Hold a slot, if there is one within so many seconds."""
        return self._slots.acquire(timeout=seconds)

    def free_slot(self) -> None:
        """Let go of a slot that is held."""
        self._slots.release()

    def take(self) -> None:
        """Begin with the job whose turn it is, in the slot that is held."""
        self._pool.submit(self._work).add_done_callback(lambda _done: self.free_slot())

    def beat(self) -> None:
        """Stop what is not ours any more: cancelled, deleted, or gone to another; and let go of what we hold and do not
        work on, which Redis did not hear when we let it go."""
        with self._lock:
            runs = dict(self._runs)
        for run, (job_id, stop) in runs.items():
            job = self._machine.at_once.get_job(job_id)
            if job is None or job.is_finished or job.run not in ("", run):
                stop.request()
        for job_id, run in self._machine.held():
            if run in runs:
                continue
            if run in self._lost and self._machine.at_once.take_back(job_id, run):
                self._machine.tickets.issue()
            self._lost ^= {run}

    def hurry(self) -> None:
        """Have `close` wait no longer."""
        self._hurry.set()

    def close(self, seconds: float) -> None:
        """Have what runs end within so many seconds; the rest goes back into the queue."""
        until = time.monotonic() + seconds
        while self._runs and time.monotonic() < until and not self._hurry.wait(WAKE):
            pass
        with self._lock:
            stops = [stop for _job_id, stop in self._runs.values()]
        for stop in stops:
            stop.request()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _work(self) -> None:
        try:
            for job_id in in_turn(self._machine.manager.unfinished()):
                if self._run(job_id):
                    return
        except JournalError:
            pass  # as long as Redis is away there is nothing to do; whoever leads issues the ticket anew
        except Exception as error:  # noqa: BLE001 - a thread of the pool has nobody else to tell
            logger.error("a run broke", extra={"error": type(error).__name__})

    def _run(self, job_id: str) -> bool:
        """Work on a job, unless another has it; whether it did."""
        run, stop = f"{self._machine.name}.{uuid4().hex[:12]}", Stop()
        with self._lock:
            if any(job_id == other for other, _stop in self._runs.values()):
                return False  # the one before has not let go of it yet
            self._runs[run] = job_id, stop
        manager = self._machine.manager
        try:
            if not manager.claim(job_id, run):
                return False
            if self._working.work(job_id, stop, run):
                manager.ask(job_id, run)
            elif stop.requested:
                self._machine.tickets.issue()
            self._count(job_id)
        finally:
            self._machine.files.leave(job_id)
            with self._lock:
                del self._runs[run]
        return True

    def _count(self, job_id: str) -> None:
        job = self._machine.manager.get_job(job_id)
        if job is None or job.is_finished:
            self._working.metrics.ended.labels(job.status if job else "deleted").inc()


_workplace: Workplace | None = None


def take() -> None:
    """What a ticket calls in the worker that has it."""
    if _workplace is None:
        raise RuntimeError("tickets are for `moodlelogsmart worker`")
    _workplace.take()


class TicketWorker(SimpleWorker):
    """RQ's worker, which waits for a ticket only while there is a slot for a job; nothing is forked in it."""

    max_connection_wait_time = 2.0  # seconds between two tries to reach Redis
    workplace: Workplace

    def dequeue_job_and_maintain_ttl(self, timeout: int | None, max_idle_time: int | None = None) -> Any:
        """The next ticket."""
        while not self.workplace.wait_for_slot(WAKE):
            pass
        found = None
        try:
            found = super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)
        finally:
            if found is None:
                self.workplace.free_slot()
        return found

    def execute_job(self, job: Any, queue: Any) -> None:
        """Do what the ticket says; nothing else that somebody put into the queue is called."""
        if job.func_name != TAKE:
            logger.error("no ticket of ours")
            job.delete()
            self.workplace.free_slot()
            return
        super().execute_job(job, queue)

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Take no more tickets; at a second signal the jobs have no more time to end either."""
        self.workplace.ends = True
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.workplace.hurry())
        self._stop_requested = True
        # What is raised within a ticket RQ takes for a failure of the ticket, and goes on.
        if self.get_state() != WorkerStatus.BUSY:
            raise StopRequested


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Work until the process is asked to end. Raises SettingError, Crashed where no process can be started."""
    global _workplace
    machine = set_up(settings, PATIENCE)
    limits = Limits(memory_of_a_job(settings.memory_limit, settings.workers), settings.job_threads, settings.time_limit)
    FORKSERVER.warm_up()
    metrics = Metrics()
    if settings.worker_port:
        start_http_server(settings.worker_port, settings.host, metrics.registry)
    working = Working(machine.manager, limits, settings.keep_input > 0, metrics)
    _workplace = TicketWorker.workplace = Workplace(machine, working, settings.workers)
    pulse = leading(machine, settings, "worker", settings.workers, digests(settings, WORKER, {}), _workplace.beat)
    pulse.join_others()
    pulse.start()
    say(f"A worker for {settings.workers} jobs at a time is ready  (Ctrl+C ends it)")
    try:
        _take_tickets(machine)
    except StopRequested:
        pass  # between two tries
    finally:
        _workplace.close(GRACE)
        pulse.end()
        machine.leave()


def _take_tickets(machine: Machine) -> None:
    while True:
        worker = TicketWorker(
            [machine.tickets.queue],
            name=f"{machine.name}.{uuid4().hex[:6]}",
            connection=machine.tickets.client,
            serializer=JSONSerializer,
            worker_ttl=TTL,
        )
        worker.log_job_description = False
        worker.work(logging_level="WARNING")
        if TicketWorker.workplace.ends:
            return
        time.sleep(WAKE)  # Redis was away in a moment in which RQ does not expect it
