"""What the process of a task does: hold itself to limits, work, and say how far it is and how it ended.

It talks in lines of JSON: the task comes in one, `Work` or `Look`; `Progress`, `Done`, `Seen`, `Refused` and `Broke` go
out.
"""

import os
import socket
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from moodlelogsmart.machine import hold_to
from moodlelogsmart.meaning.corrections import corrections_of, read_corrections
from moodlelogsmart.meaning.pseudonyms import read_key
from moodlelogsmart.meaning.rules import load_rules
from moodlelogsmart.messages import BesideError, LogError, MachineError, Message, NoLog, as_data, from_data, named
from moodlelogsmart.options import Options
from moodlelogsmart.reading.categories import check_categories
from moodlelogsmart.reading.grades import check_grades
from moodlelogsmart.reading.groups import check_groups
from moodlelogsmart.reading.model import FileReading, Unclear
from moodlelogsmart.reading.roster import check_roster
from moodlelogsmart.reading.sources import check_start, foremost, is_other
from moodlelogsmart.reading.unpack import WrongKind
from moodlelogsmart.report.people import PEOPLE_FILE
from moodlelogsmart.report.summary import Summary
from moodlelogsmart.workspace import Limits, Stop, blame

SPARE_SECONDS = 60  # of processor time beyond what the clock on the wall leaves
_FIRST_TO_GO = "1000"  # of -1000 to 1000: who goes where the machine has no memory left; man proc_pid_oom_score_adj


# What looks at the files beside the logs, each an option of the same name.
_CHECKS: dict[str, Callable[[Path], object]] = {
    "rules": load_rules,
    "roster": check_roster,
    "grades": check_grades,
    "groups": check_groups,
    "labels": check_categories,
    "key": read_key,
    "corrections": read_corrections,
}
LOOK_FOR = 0.1  # seconds, enough for some forty logs; the rest are looked at in the job


class Work(msgspec.Struct, tag=True):
    """A job: the logs and what they are called, what was wished for, where the ZIP of results goes, what it may take,
    what the lists beside the logs are called.

    `check`: nothing is written, since a person wants to see what is understood before.
    """

    inputs: list[Path]
    names: Sequence[str] | None
    options: Options
    out: Path
    limits: Limits
    check: bool = False
    lists: dict[str, str] | None = None


class Look(msgspec.Struct, tag=True):
    """A look at what was uploaded, before it is queued: the logs, the options with what came beside, what each of
    these files is called by its path, and the seconds that it may take."""

    logs: list[Path]
    options: Options
    names: dict[str, str]
    seconds: int


Task = Work | Look


class Progress(msgspec.Struct, tag=True):
    """How far it is."""

    percent: int
    stage: str


class Done(msgspec.Struct, tag=True):
    """The results lie where they were wanted."""

    summary: Summary


class Seen(msgspec.Struct, tag=True):
    """Nothing speaks against the files."""


class Refused(msgspec.Struct, tag=True):
    """A sentence for the user, which of REFUSALS it was, and the option that it concerns, if any."""

    sentence: Message
    kind: str
    option: str = ""


# The errors that a task may end with, the first that fits.
REFUSALS = {kind.__name__: kind for kind in (WrongKind, MachineError, BesideError, LogError)}


class Asked(msgspec.Struct, tag=True):
    """The log is not clear; the sentence, what was seen of the file, its place (see Unclear), and the kind of the
    error."""

    sentence: Message
    seen: FileReading
    place: int
    kind: str


class Broke(msgspec.Struct, tag=True):
    """An error of ours: its kind, and where it happened; its text may quote a row of the log."""

    error: str
    frames: str


Answer = Progress | Done | Seen | Refused | Asked | Broke


def main(descriptor: int) -> int:
    """Do the one task that comes through the socket; the exit code."""
    with socket.socket(fileno=descriptor) as talk, talk.makefile("rwb") as file:
        task = decoded(file.readline(), Task)

        def say(answer: Answer) -> None:
            file.write(encoded(answer) + b"\n")
            file.flush()

        say(_answer(task, say))
    return 0


def _answer(task: Task, say: Callable[[Answer], None]) -> Answer:
    try:
        return _work(task, say) if isinstance(task, Work) else _look(task)
    except BaseException as error:  # noqa: BLE001 - whatever broke, the server is told
        cause = blame(error) if isinstance(error, Exception) else error
        if isinstance(cause, Unclear):
            seen = cause.seen.without_values() if task.options.pseudonyms else cause.seen
            return Asked(cause.message, seen, cause.place, cause.kind)
        for name, kind in REFUSALS.items():
            if isinstance(cause, kind):
                return Refused(cause.message, name, getattr(cause, "option", ""))
        return Broke(type(error).__name__, frames_of(error))


def _work(task: Work, say: Callable[[Answer], None]) -> Answer:
    from moodlelogsmart.pipeline import look_through, process

    folder = task.out.parent
    free = os.statvfs(folder)
    # The processor's time is that of every thread.
    seconds = round(task.limits.seconds * task.limits.threads) + SPARE_SECONDS if task.limits.seconds else 0
    _limit(seconds, free.f_bavail * free.f_frsize)
    tempfile.tempdir = str(folder)

    def progress(percent: int, stage: str) -> None:
        say(Progress(percent, stage))

    told: dict[str, Any] = {"names": task.names, "people": folder / PEOPLE_FILE, "lists": task.lists}
    if task.check:
        return Done(look_through(task.inputs, task.options, task.limits, progress, **told).shown())
    done = process(task.inputs, task.options, task.out, progress, task.limits, Stop(), **told)
    return Done(done.shown())


def _look(task: Look) -> Answer:
    # The supervisor counts the seconds; this is for when it gets no turn.
    _limit(2 * task.seconds, 0)
    until = time.monotonic() + LOOK_FOR
    files = task.options.files
    for name in _CHECKS.keys() & files:
        with named(task.names.get(str(files[name]), "")):
            _CHECKS[name](files[name])
    told = corrections_of(task.options).reading()
    refused: list[NoLog] = []
    for place, path in enumerate(task.logs):
        if place and time.monotonic() > until:
            break
        try:
            with named(task.names.get(str(path), "")):
                check_start(path, told.file(place))
        except NoLog as error:
            if not is_other(error):
                raise
            refused.append(error)
    # Beside logs they are left out.
    if task.logs and len(refused) == len(task.logs):
        raise foremost(refused)
    return Seen()


def frames_of(error: BaseException) -> str:
    """Where an error happened, and nothing of its text, which may quote a row of the log."""
    return "".join(traceback.format_tb(error.__traceback__))


def _limit(seconds: int, size: int) -> None:
    """Hold this process to so many seconds of the processor (0: any number) and bytes of a file, and to no core."""
    if (standing := Path("/proc/self/oom_score_adj")).exists():
        standing.write_text(_FIRST_TO_GO)
    hold_to("RLIMIT_CORE", 0)
    hold_to("RLIMIT_FSIZE", size)
    if seconds:
        hold_to("RLIMIT_CPU", seconds)


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
