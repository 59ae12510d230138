"""What the machine has for the server, what of it is for a job, and that no process outlives the one it works for."""

import ctypes
import importlib
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

resource: Any = None  # of Unix alone, like most of what is here: elsewhere nothing is limited
with suppress(ImportError):
    resource = importlib.import_module("resource")

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUP = Path("/proc/self/cgroup")
_TO_BE_TOLD = 2  # seconds of the processor in which a process that has had its share is ended by the signal for it
_PR_SET_PDEATHSIG = 1  # linux/prctl.h

# MB that the server takes without a job, with the program that makes the processes of jobs: 190 at its start. A look at
# an upload is not counted: where no memory is left it is the first that goes.
SERVER = 250
BESIDE = 300  # MB that a job takes beside its limit, for what is read and written; measured in docs/performance.md
UNTOLD = 4000  # MB that are reckoned with where the system does not tell how many there are
LEAST = 100  # MB; with less, not even a small log can be processed


def memory() -> int:
    """MB that this process may use: what the machine has, or less where its service or container has a limit; where the
    system does not tell, UNTOLD.

    The limits are those of control groups, version 2: docs.kernel.org/admin-guide/cgroup-v2.html.
    """
    if not hasattr(os, "sysconf"):
        return UNTOLD
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    own = next((line[3:] for line in _text(_OWN_CGROUP).splitlines() if line.startswith("0::")), "/")
    group = _CGROUPS / own.lstrip("/")
    for folder in (group, *group.parents):
        if folder.is_relative_to(_CGROUPS) and (limit := _text(folder / "memory.max").strip()).isdecimal():
            limits.append(int(limit))
    return min(limits) >> 20


def memory_of_a_job(wanted: int, jobs: int) -> int:
    """MB that each of so many jobs at a time may hold before it spills: `wanted`, or less where that does not fit."""
    share = (memory() - SERVER) // jobs - BESIDE
    return max(LEAST, min(wanted, share))


def hold_to(kind: str, most: int) -> None:
    """Hold this process to a limit of `resource`, as in "RLIMIT_CPU", or to the one it has where that is less; what it
    starts, too. Nothing is held where the system knows no such limits.

    Of the processor's time the system tells the lower of the two limits by a signal of its own, and at the upper it
    kills, which looks like anybody's kill (man7.org/linux/man-pages/man2/getrlimit.2.html).
    """
    if resource is None:
        return
    limit = getattr(resource, kind)
    _soft, hard = resource.getrlimit(limit)
    last = most + _TO_BE_TOLD if kind == "RLIMIT_CPU" else most
    # macOS takes no limit of addresses.
    with suppress(*() if sys.platform == "linux" else (ValueError, OSError)):
        resource.setrlimit(
            limit, (most, last) if hard == resource.RLIM_INFINITY else (min(most, hard), min(last, hard))
        )


def die_with(parent: int) -> None:
    """Have this process killed when its parent ends, even within a call that holds the interpreter (Linux); on Windows,
    where a program of a virtual environment is started by another one, it stays."""
    if sys.platform == "win32":
        return
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
