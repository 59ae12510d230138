"""The real server in a process of its own, for the tests that need one."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]
GENERATE = [sys.executable, ROOT / "bench" / "generate.py"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """gunicorn with an instance folder and a port of its own."""

    def __init__(self, instance, *arguments, folder=ROOT, door=None, **environment):
        """`door` is a listening socket that outlives it, as systemd hands one over."""
        self.port = door.getsockname()[1] if door else free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        variables = os.environ | {
            "MOODLELOGSMART_INSTANCE": str(instance),
            "MOODLELOGSMART_PORT": str(self.port),
            **environment,
        }
        command = [sys.executable, "-m", "gunicorn", "app:create_app()", *arguments]
        if door:
            hand_over = (
                f"import os, sys; os.dup2({door.fileno()}, 3)\n"
                "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1'); os.execv(sys.argv[1], sys.argv[1:])"
            )
            command = [sys.executable, "-c", hand_over, *command]
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            pass_fds=[door.fileno()] if door else [],
        )
        self.lines = []

    def ready(self):
        """Wait until it says that it is; afterwards its lines are read by a thread, so that it never waits for us."""
        for line in self.process.stdout:
            self.lines.append(line)
            if "is ready at" in line:
                self._reader = threading.Thread(target=lambda: self.lines.extend(self.process.stdout), daemon=True)
                self._reader.start()
                return self
        raise AssertionError("".join(self.lines))

    def end(self, how=signal.SIGTERM):
        """Have it end, and read its last words; the exit code."""
        self.process.send_signal(how)
        self.process.wait(timeout=30)
        self._reader.join(timeout=30)
        return self.process.returncode

    def kill(self):
        """As when the power fails: all its processes at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=30)

    def send(self, browser, log, **form):
        """Hand in a log as a program does; the answer."""
        with log.open("rb") as file:
            return browser.post(
                self.url + "/upload",
                files={"file": file},
                data=form,
                headers={"Accept": "application/json"},
                timeout=120,
            )

    def facts(self, browser, job_id):
        """What the server tells of a job."""
        return browser.get(
            f"{self.url}/status/{job_id}", headers={"Accept": "application/json"}, timeout=30
        ).json()  # fmt: skip

    def finished(self, browser, job_id, seconds=120):
        """The facts of a job once it has ended."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if (facts := self.facts(browser, job_id))["status"] != "processing":
                return facts
            time.sleep(0.05)
        raise AssertionError("the job did not end")
