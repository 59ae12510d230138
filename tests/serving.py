"""The real server in a process of its own, for the tests that need one."""

import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from conftest import LONG, until

ROOT = Path(__file__).parents[1]
GENERATE = [sys.executable, ROOT / "bench" / "generate.py"]

GUNICORN = ["-m", "gunicorn", "app:create_app()"]

UPLOAD_HEAD = (
    b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n"
    b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nTime,Description\n'
)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """gunicorn with an instance folder and a port of its own."""

    def __init__(self, instance, *arguments, folder=ROOT, door=None, files=0, command=GUNICORN, **environment):
        """`command`: what Python runs; `door` is a listening socket that outlives it, as systemd hands one over; `files`: how many it may have open."""
        self.port = door.getsockname()[1] if door else free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        variables = os.environ | {
            "MOODLELOGSMART_INSTANCE": str(instance),
            "MOODLELOGSMART_PORT": str(self.port),
            **environment,
        }
        command = [sys.executable, *command, *arguments]
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
            preexec_fn=(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))) if files else None,
            pass_fds=[door.fileno()] if door else [],
        )
        self.lines = []

    def ready(self):
        """Wait until it says that it is; afterwards its lines are read by a thread, so that it never waits for us."""
        for line in self.process.stdout:
            self.lines.append(line)
            if "is ready" in line:
                self._reader = threading.Thread(target=lambda: self.lines.extend(self.process.stdout), daemon=True)
                self._reader.start()
                return self
        raise AssertionError("".join(self.lines))

    def end(self, how=signal.SIGTERM):
        """Have it end, and read its last words; the exit code."""
        self.process.send_signal(how)
        self.process.wait(timeout=LONG)
        self._reader.join(timeout=LONG)
        assert not self._reader.is_alive()  # else a line that is looked for may only not be there yet
        return self.process.returncode

    def kill(self):
        """As when the power fails: all its processes at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=LONG)

    def last_words(self):
        """All that it writes where it ends by itself."""
        return self.process.communicate(timeout=LONG)[0]

    def begin_upload(self, more=b""):
        """Begin an upload that goes on for as long as its connection is held: the connection."""
        line = socket.create_connection(("127.0.0.1", self.port), timeout=LONG)
        line.sendall(UPLOAD_HEAD + more)
        return line

    def send(self, browser, log, **form):
        """Hand in a log as a program does; the answer."""
        with log.open("rb") as file:
            return browser.post(
                self.url + "/upload",
                files={"file": file},
                data=form,
                headers={"Accept": "application/json"},
                timeout=LONG,
            )

    def facts(self, browser, job_id):
        """What the server tells of a job."""
        return browser.get(
            f"{self.url}/status/{job_id}", headers={"Accept": "application/json"}, timeout=LONG
        ).json()  # fmt: skip

    def finished(self, browser, job_id):
        """The facts of a job once it has ended."""

        def ended():
            facts = self.facts(browser, job_id)
            return facts if facts["status"] != "processing" else None

        return until(ended)
