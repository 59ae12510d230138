"""A real Redis in a process of its own, for the tests of several machines."""

import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import redis
from conftest import LONG, until

SAFE = ("--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction")


class RedisServer:
    """redis-server behind a socket in a folder of its own, whose data outlives it."""

    def __init__(self, *arguments):
        """`arguments`: its settings, by default such that no job is lost."""
        # Not below pytest's folder: the path of a socket may have some hundred characters.
        self.folder = tempfile.TemporaryDirectory(prefix="redis")
        socket = Path(self.folder.name) / "s"
        self.url = f"unix://{socket}"
        self.client = redis.Redis.from_url(self.url)
        self._command = [
            "redis-server", "--port", "0", "--unixsocket", socket, "--dir", self.folder.name, "--save", "",
            *(arguments or SAFE),
        ]  # fmt: skip
        self.start()

    def start(self):
        """Have it answer."""
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)

        def answers():
            with suppress(redis.ConnectionError):
                return self.client.ping()

        until(answers)

    def end(self, how=signal.SIGKILL):
        """Have it be gone, by default as when it breaks."""
        self.process.send_signal(how)
        self.process.wait(timeout=LONG)

    def close(self):
        self.end()
        self.folder.cleanup()
