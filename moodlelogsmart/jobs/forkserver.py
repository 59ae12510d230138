"""Makes processes for tasks: a program that has everything loaded, and forks at each message from the server.

    python -m moodlelogsmart.jobs.forkserver SOCKET

A fork takes some milliseconds where a new interpreter takes a second. It has one thread and no database open when it
forks, holds nothing of the server's but this socket, and ends when that is closed, however the server ended; what it
forked ends with it. Each message brings two descriptors: the socket by which the new process and the server talk, and
a pipe on which the server is told the number of the process and later how it ended.
"""

import gc
import importlib
import os
import select
import signal
import socket
import sys
from contextlib import suppress

from moodlelogsmart.machine import die_with

# What a job imports when it comes to it.
_LOADED = (
    "babel.dates", "babel.numbers", "duckdb", "isal.igzip", "moodlelogsmart.pipeline", "pyarrow", "pytz", "zoneinfo",
)  # fmt: skip
# What DuckDB loads where somebody has it installed, though no job needs it: 30 MB, and longer than a small job.
_NOT_LOADED = "pandas"
# Libraries that else begin threads when they are loaded.
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}


def main(descriptor: int) -> None:
    """Serve until the server closes its end."""
    _load()
    requests = socket.socket(fileno=descriptor)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    running: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([requests.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 1000)
            _tell_ended(running)
        if requests.fileno() in ready:
            message, descriptors, _, _ = socket.recv_fds(requests, 100, 2)
            if not message:
                return
            talk, told = descriptors
            pid = os.fork()
            if not pid:
                signal.set_wakeup_fd(-1)
                _become_child(talk)
            # Here as well, so that it has a group of its own by the time the server knows it.
            with suppress(OSError):
                os.setpgid(pid, pid)
            os.close(talk)
            running[pid] = told
            _tell(told, pid)


def _load() -> None:
    sys.modules[_NOT_LOADED] = None  # type: ignore[assignment]
    for name in _LOADED:
        importlib.import_module(name)
    import duckdb

    from moodlelogsmart.meaning.rules import load_rules
    from moodlelogsmart.report import page

    page.warm_up()
    # Most jobs have these rules, and to parse them takes as long as all else before the first row.
    load_rules()
    # The one that importing it opens has threads, which would not be there after a fork.
    duckdb.default_connection().close()
    gc.collect()
    gc.freeze()


def _become_child(talk: int) -> None:
    """Be the new process, which never returns."""
    from moodlelogsmart.jobs import child

    code = 1
    try:
        os.setpgid(0, 0)
        # What libraries write when they break may quote a row of the log.
        os.dup2(1, 2)
        os.dup2(talk, 3)
        os.closerange(4, os.sysconf("SC_OPEN_MAX"))
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        die_with(os.getppid())
        code = child.main(3)
    finally:
        # Nothing of what was loaded before the fork is to be ended here.
        os._exit(code)


def _tell_ended(running: dict[int, int]) -> None:
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        told = running.pop(pid)
        _tell(told, os.waitstatus_to_exitcode(status))
        os.close(told)


def _tell(told: int, number: int) -> None:
    with suppress(BrokenPipeError):
        os.write(told, b"%d\n" % number)


if __name__ == "__main__":
    main(int(sys.argv[1]))
