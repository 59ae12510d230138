"""The instance folder: one server at a time owns it, and starts with no files of earlier ones."""

import fcntl
import logging
import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

logger = logging.getLogger(__name__)


class InstanceTaken(Exception):
    """Another server works in this instance folder."""


def jobs_folder(instance: Path) -> Path:
    """Where the jobs of an installation keep their files."""
    return instance / "jobs"


def claim(instance: Path) -> None:
    """Take the instance folder for this process until it ends, and delete what an earlier server left there.

    Raises InstanceTaken. The jobs of an earlier server are known to nobody any more, so their files must not stay.
    """
    lock = os.open(instance / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise InstanceTaken(
            f"Another MoodleLogSmart server works in {instance}; stop it first, or set MOODLELOGSMART_INSTANCE."
        ) from None
    for leftover in jobs_folder(instance).iterdir():
        shutil.rmtree(leftover, ignore_errors=True)
        logger.info("deleted what an earlier server left: job %s", leftover.name)


def kept_key(instance: Path, name: str) -> str:
    """A random key of this installation: made when first asked for, kept in its folder for its owner's eyes only."""
    path = instance / name
    if not path.exists():
        # Written aside and linked: two processes that start at once must agree on one key.
        aside = instance / f"{name}.{secrets.token_hex(4)}"
        aside.touch(0o600, exist_ok=False)
        aside.write_text(secrets.token_hex(32))
        with suppress(FileExistsError):
            os.link(aside, path)
        aside.unlink()
    return path.read_text()
