"""What the process of a job does: hold itself to limits, work, and say how far it is and how it ended.

It talks in lines of JSON: the job comes in one, `Progress`, `Done`, `Refused` and `Broke` go out.
"""

import ctypes
import os
import resource
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from moodlelogsmart.messages import LogError, MachineError, Message, as_data, from_data
from moodlelogsmart.options import Options
from moodlelogsmart.report.summary import Summary
from moodlelogsmart.workspace import Limits, Stop, blame

SPARE_SECONDS = 60  # of processor time beyond what the clock on the wall leaves
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_FIRST_TO_GO = "1000"  # of -1000 to 1000: who goes where the machine has no memory left; man proc_pid_oom_score_adj


class Task(msgspec.Struct):
    """A job as data: the logs, what was wished for, where the ZIP of results goes, what it may take."""

    inputs: list[Path]
    options: Options
    out: Path
    limits: Limits


class Progress(msgspec.Struct, tag=True):
    """How far it is."""

    percent: int
    stage: str


class Done(msgspec.Struct, tag=True):
    """The results lie where they were wanted."""

    summary: Summary


class Refused(msgspec.Struct, tag=True):
    """A sentence for the user; `machine`: the log is not to blame."""

    sentence: Message
    machine: bool


class Broke(msgspec.Struct, tag=True):
    """An error of ours: its kind, and where it happened; its text may quote a row of the log."""

    error: str
    frames: str


Answer = Progress | Done | Refused | Broke


def main(descriptor: int) -> int:
    """Do the one task that comes through the socket; the exit code."""
    with socket.socket(fileno=descriptor) as talk, talk.makefile("rwb") as file:
        task = decoded(file.readline(), Task)

        def say(answer: Answer) -> None:
            file.write(encoded(answer) + b"\n")
            file.flush()

        say(_worked(task, say))
    return 0


def _worked(task: Task, say: Callable[[Answer], None]) -> Answer:
    from moodlelogsmart.pipeline import process

    _limit(task)
    try:
        summary = process(task.inputs, task.options, task.out, lambda *far: say(Progress(*far)), task.limits, Stop())
        return Done(summary)
    except BaseException as error:  # noqa: BLE001 - whatever broke, the server is told
        cause = blame(error) if isinstance(error, Exception) else error
        if isinstance(cause, LogError):
            return Refused(cause.message, isinstance(cause, MachineError))
        return Broke(type(error).__name__, frames_of(error))


def frames_of(error: BaseException) -> str:
    """Where an error happened, and nothing of its text, which may quote a row of the log."""
    return "".join(traceback.format_tb(error.__traceback__))


def _limit(task: Task) -> None:
    """Hold this process to what a job may take, whatever its log makes of the program."""
    if (standing := Path("/proc/self/oom_score_adj")).exists():
        standing.write_text(_FIRST_TO_GO)
    free = os.statvfs(task.out.parent)
    limits = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: free.f_bavail * free.f_frsize}
    if task.limits.seconds:
        # It counts every thread.
        limits[resource.RLIMIT_CPU] = round(task.limits.seconds * task.limits.threads) + SPARE_SECONDS
    for kind, most in limits.items():
        _soft, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))
    tempfile.tempdir = str(task.out.parent)


def die_with(parent: int) -> None:
    """Have this process killed when its parent ends, even within a call that holds the interpreter (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def encoded(value: Any) -> bytes:
    """As a line of JSON."""
    return msgspec.json.encode(value, enc_hook=_plain)


def decoded(line: bytes, kind: Any) -> Any:
    """What `encoded` made of it. Raises msgspec.MsgspecError."""
    return msgspec.json.decode(line, type=kind, dec_hook=_revive)


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return as_data(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(type(value).__name__)


def _revive(kind: type, value: Any) -> Any:
    if kind is Message:
        return from_data(value)
    return Path(value)
