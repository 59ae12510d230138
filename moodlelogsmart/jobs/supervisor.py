"""Jobs, and looks at uploads, in processes of their own, as the server sees them: started, listened to, ended in time.

A log is data from strangers, and whatever it does to the program that reads it, it does to that process alone.
"""

import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from moodlelogsmart.config import PREFIX
from moodlelogsmart.jobs import child, forkserver
from moodlelogsmart.options import Options
from moodlelogsmart.reading.model import Unclear
from moodlelogsmart.report.summary import Summary
from moodlelogsmart.workspace import Limits, Stop

TICK = 0.05  # seconds between two looks at a process
PATIENCE = 0.5  # seconds that it has to end by itself
TO_BE_TOLD = 5  # seconds until it is known how a process ended that says no more, on however busy a machine
logger = logging.getLogger(__name__)

_FORK = b"fork"  # the one thing that is asked for; a message without a byte is the end
LOOK_SECONDS, LOOK_MEMORY = 5, 300  # MB; what a look at an upload may take
# Each look keeps a processor busy, so more of them at a time would only make all of them late.
_LOOKS = threading.BoundedSemaphore(os.cpu_count() or 1)
SPARE_MEMORY = 700  # MB that it may hold beside its limit; what is read and written takes up to 300


class Crashed(Exception):
    """A process ended without an answer, or with an error of ours.

    cause: 'error'; 'memory', 'processor' or 'time' where it took more than it may; 'signal'; 'killed', by whoever else
    is on the machine; or 'program', where no process could be made. error and frames: the kind of the error, and where
    it happened; of a signal its name.
    """

    def __init__(self, cause: str, error: str, frames: str = "") -> None:
        super().__init__(cause)
        self.cause, self.error, self.frames = cause, error, frames


@dataclass
class Child:
    """A process: its number, the socket to talk through, and the pipe that tells how it ended."""

    pid: int
    talk: socket.socket
    told: int

    def end(self) -> None:
        """End it with all that it started; it is gone when this returns."""
        for kind in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self.pid, kind)
            if self.has_ended(PATIENCE):
                break
        # What it started may outlive it.
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.talk.close()
        os.close(self.told)

    def has_ended(self, seconds: float = 0) -> bool:
        """Whether it has, or does within so many seconds."""
        return bool(select.select([self.told], [], [], seconds)[0])

    def exit_code(self) -> int:
        """Its exit code once it has ended, negative where a signal ended it; that of a kill where nobody knows."""
        code = os.read(self.told, 100) if self.has_ended() else b""
        return int(code or -signal.SIGKILL)

    def memory(self) -> int:
        """MB that it holds for itself alone."""
        with suppress(OSError, ValueError, StopIteration):
            lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
            return int(next(line.split()[1] for line in lines if line.startswith("RssAnon"))) >> 10
        return 0


class Forkserver:
    """The program that makes the processes; started when the first is wanted, and again when it is gone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: socket.socket | None = None
        self._program: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def warm_up(self) -> None:
        """Have it loaded, so that the first job or look waits for nothing. Raises Crashed where it cannot be."""
        self.fork().end()

    def fork(self) -> Child:
        """A new process for a task. Raises Crashed where the program does not run."""
        # It may have ended long ago, or only since the message was sent; a third one that ends at once never runs.
        for _attempt in range(3):
            ours, theirs = socket.socketpair()
            told, tell = os.pipe()
            try:
                sent = self._send([theirs.fileno(), tell])
            finally:
                theirs.close()
                os.close(tell)
            # It may still be loading.
            if sent and (pid := os.read(told, 100)):
                return Child(int(pid.split()[0]), ours, told)
            ours.close()
            os.close(told)
        raise Crashed("program", "forkserver")

    def _send(self, descriptors: list[int]) -> bool:
        with self._lock:
            try:
                socket.send_fds(self._connected(), [_FORK], descriptors)
            except OSError as error:
                logger.error("no process can be asked for", extra={"error": type(error).__name__, "errno": error.errno})
                self._requests = None
                return False
            return True

    def _connected(self) -> socket.socket:
        # Of a server that was forked with it the socket is its parent's.
        if self._requests is None or self._owner != os.getpid():
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                root = str(Path(forkserver.__file__).parents[2])
                path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
                # Neither keys nor tokens.
                known = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
                self._program = subprocess.Popen(
                    [sys.executable, "-m", forkserver.__name__, str(theirs.fileno())],
                    env={**known, **forkserver.ENVIRONMENT, "PYTHONPATH": path},
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    start_new_session=True,
                )
            self._requests, self._owner = ours, os.getpid()
        return self._requests


FORKSERVER = Forkserver()


def process(
    inputs: Sequence[Path],
    options: Options,
    out: Path,
    progress: Callable[[int, str], None],
    limits: Limits,
    stop: Stop,
    names: Sequence[str] | None = None,
    check: bool = False,
    lists: dict[str, str] | None = None,
) -> Summary:
    """As `pipeline.process`, in a process of its own, which is gone when this returns; where a person wants to `check`
    first as `pipeline.look_through`, and nothing is left at `out`.

    Raises LogError and Stopped as these do, and Crashed.
    """
    with _child(child.Work(list(inputs), names, options, out, limits, check, lists)) as made:
        for answer in _answers(made, limits.memory + SPARE_MEMORY, stop.check):
            match answer:
                case child.Progress(percent, stage):
                    progress(percent, stage)
                case child.Done(summary):
                    return summary
        raise _crash(made)


def look(logs: Sequence[Path], options: Options, names: Mapping[Path, str] = MappingProxyType({})) -> None:
    """Look at uploaded files before they are queued, in a process of its own: the logs, and the files of the options.

    `names` are what they are called. Logs that are none are refused where there are no others. How long others take
    that are looked at before does not count. Raises WrongKind and LogError with a sentence for the user, and Crashed.
    """
    called = {str(path): name for path, name in names.items()}
    with _LOOKS, _child(child.Look(list(logs), options, called, LOOK_SECONDS)) as made:
        until = time.monotonic() + LOOK_SECONDS

        def check() -> None:
            if time.monotonic() > until:
                raise Crashed("time", "look")

        if child.Seen() not in _answers(made, LOOK_MEMORY, check):
            raise _crash(made)


@contextmanager
def _child(task: child.Task) -> Iterator[Child]:
    """A process that does the task; it is gone afterwards."""
    made = FORKSERVER.fork()
    try:
        with suppress(OSError):  # where it has ended already, there is no answer
            made.talk.sendall(child.encoded(task) + b"\n")
        yield made
    finally:
        made.end()


def _answers(made: Child, memory: int, check: Callable[[], None]) -> Iterator[child.Answer]:
    """What it says, until it says no more. Raises what `check` does, Crashed where it holds more than `memory` MB or
    has broken, and the LogError by which it refuses."""
    rest = b""
    while True:
        check()
        if made.memory() > memory:
            raise Crashed("memory", "RssAnon")
        if not select.select([made.talk], [], [], TICK)[0]:
            continue
        chunk = b""
        with suppress(ConnectionResetError):
            chunk = made.talk.recv(1 << 16)
        if not chunk:
            return
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            match answer := child.decoded(line, child.Answer):
                case child.Refused(sentence, kind, option):
                    refusal = child.REFUSALS[kind](sentence.template, **sentence.parameters)
                    refusal.option = option
                    raise refusal
                case child.Asked(sentence, seen, place, kind):
                    unclear = Unclear(sentence.template, kind=kind, **sentence.parameters)
                    unclear.seen, unclear.place = seen, place
                    raise unclear
                case child.Broke(error, frames):
                    raise Crashed("error", error, frames)
            yield answer


def _crash(made: Child) -> Crashed:
    made.has_ended(TO_BE_TOLD)
    code = made.exit_code()
    if code >= 0:
        return Crashed("error", f"exit {code}")
    causes = {signal.SIGXCPU: "processor", signal.SIGKILL: "killed"}
    return Crashed(causes.get(signal.Signals(-code), "signal"), signal.Signals(-code).name)
