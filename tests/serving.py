"""The real server in a process of its own, for the tests that need one."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests

ROOT = Path(__file__).parents[1]
GENERATE = [sys.executable, ROOT / "bench" / "generate.py"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """gunicorn with an instance folder and a port of its own."""

    def __init__(self, instance, *arguments, **environment):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        variables = os.environ | {
            "MOODLELOGSMART_INSTANCE": str(instance),
            "MOODLELOGSMART_PORT": str(self.port),
            **environment,
        }
        command = [sys.executable, "-m", "gunicorn", "app:create_app()", *arguments]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.lines = []

    def ready(self):
        for line in self.process.stdout:
            self.lines.append(line)
            if "Booting worker" in line:
                break
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                return requests.get(self.url + "/healthz", timeout=5).ok and self
            except requests.ConnectionError:
                time.sleep(0.05)
        raise AssertionError("".join(self.lines))

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.lines.extend(self.process.communicate(timeout=30)[0].splitlines(keepends=True))
        return self.process.returncode
