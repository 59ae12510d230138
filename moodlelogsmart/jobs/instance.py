"""The instance folder: all that an installation owns, and one server at a time owns it."""

import fcntl
import os
import time
from pathlib import Path


class InstanceTaken(Exception):
    """Another server works in this instance folder."""


def jobs_folder(instance: Path) -> Path:
    """Where the jobs of an installation keep their files."""
    return instance / "jobs"


def drafts_folder(instance: Path) -> Path:
    """Where the files of refused forms are kept."""
    return instance / "drafts"


def journal_file(instance: Path) -> Path:
    """Where the jobs of an installation are written down."""
    return instance / "journal.sqlite3"


def claim(instance: Path, patience: float = 0) -> None:
    """Take the instance folder for this process until it ends, waiting up to `patience` seconds for an earlier one.

    Raises InstanceTaken.
    """
    lock = os.open(instance / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < until:
                time.sleep(0.1)
                continue
            os.close(lock)
            raise InstanceTaken(
                f"Another MoodleLogSmart server works in {instance}; stop it first, or set MOODLELOGSMART_INSTANCE."
            ) from None
        return
