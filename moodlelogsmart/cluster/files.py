"""The files of jobs where several machines have them: kept in a store, and on a machine as long as it needs them."""

import logging
import os
import sys
import threading
import time
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from moodlelogsmart.cluster.store import Store
from moodlelogsmart.jobs.files import Files
from moodlelogsmart.messages import MachineError, Message
from moodlelogsmart.workspace import blame

logger = logging.getLogger(__name__)

AWAY = Message(
    "The server cannot reach the place where its files are kept just now. Please try again in a minute; if that does "
    "not help, tell its administrator."
)
UNUSED = 600.0  # seconds after which a copy of what is in the store goes
UNKNOWN = 120.0  # and one of no job: what came with a refused form, or of a job that was deleted on another machine
STRANGE = 3600.0  # seconds that a file may be in the store before its job is known
PUT = 8  # files that go into the store at a time
ASIDE = "."  # before the name of what is on its way here


class StoredFiles(Files):
    """Has files in the store once they are kept; below `root` are those of this machine, copies that may go.

    Raises MachineError where the store cannot be reached.
    """

    def __init__(self, root: Path, store: Store) -> None:
        super().__init__(root)
        self._here = root
        self.store = store
        self._lock = threading.Lock()  # so that nobody is told that a copy is here while it goes

    def keep(self, *paths: Path) -> None:
        """As Files."""
        files = [one for path in paths for one in (path, *path.rglob("*")) if one.is_file()]
        with _reached(), ThreadPoolExecutor(PUT) as pool:
            list(pool.map(self._put, files))

    def fetch(self, path: Path) -> Path:
        """As Files; where it is not in the store either, it is not there."""
        if not self._is_here(path):
            with _reached():
                self._fetch(path)
        return path

    def share(self, source: Path, target: Path) -> bool:
        """As Files; the copy is on this machine until it is kept."""
        return super().share(self.fetch(source), target)

    def delete(self, *paths: Path | None) -> None:
        """As Files, here and in the store."""
        super().delete(*paths)
        for path in paths:
            if path is not None:
                self._delete_keys(self.key(path), ())

    def delete_others(self, job_id: str, kept: Collection[Path], run: str = "") -> None:
        """As Files, here and in the store."""
        folder = self.folder(job_id) / run
        for file in [one for one in folder.rglob("*") if one.is_file() and not _is_kept(one, kept)]:
            file.unlink(missing_ok=True)
        self._delete_keys(self.key(folder), kept)

    def leave(self, job_id: str) -> None:
        """Delete what this machine has of a job; what is in the store stays."""
        super().delete(self.folder(job_id))

    def here(self) -> list[str]:
        """The ids of the jobs of which this machine has files."""
        return [folder.name for folder in self._here.iterdir() if not folder.name.startswith(ASIDE)]

    def leave_unused(self, job_id: str, seconds: float) -> None:
        """As `leave`, if nobody here has looked at them for so long."""
        folder, aside = self.folder(job_id), self._aside()
        with self._lock, suppress(FileNotFoundError):
            if time.time() - folder.stat().st_mtime > seconds:
                folder.rename(aside)
        super().delete(aside)

    def free(self) -> int:
        """As Files: here or in the store, where there is less; a bucket has room."""
        with _reached():
            return min(super().free(), self.store.free() or sys.maxsize)

    def unknown(self, known: Collection[str]) -> Iterator[str]:
        """As Files, in the store; those that may only just have come are not meant."""
        with _reached():
            self.store.tidy(STRANGE)
            found = {key.partition("/")[0] for key, age in self.store.found() if age > STRANGE and "/" in key}
        yield from sorted(found - set(known))

    def key(self, path: Path) -> str:
        """By which a file of this machine is in the store."""
        return str(path.relative_to(self._here))

    def _put(self, file: Path) -> None:
        try:
            if self._is_here(file):
                self.store.put(file, self.key(file))
        except FileNotFoundError:
            if file.exists():  # else it goes just now, with its job
                raise

    def _aside(self) -> Path:
        return self._here / f"{ASIDE}{uuid4().hex}"

    def _is_here(self, path: Path) -> bool:
        """Whether there is a copy; it is used then."""
        with self._lock:
            with suppress(FileNotFoundError):
                os.utime(self._here / path.relative_to(self._here).parts[0])
            return path.exists()

    def _fetch(self, path: Path) -> None:
        key, aside = self.key(path), self._aside()
        try:
            for found in [key for key, _age in self.store.found(key)] or [key]:
                target = aside / Path(found).relative_to(key)
                target.parent.mkdir(parents=True, exist_ok=True)
                self.store.get(found, target)
            path.parent.mkdir(parents=True, exist_ok=True)
            aside.rename(path)
        except FileNotFoundError:
            pass  # it is in neither place, or goes just now: whoever opens it finds that it is not there
        except OSError:
            if not path.exists():  # else another thread was faster
                raise
        finally:
            super().delete(aside)

    def _delete_keys(self, below: str, kept: Collection[Path]) -> None:
        with _reached():
            for key in [*[key for key, _age in self.store.found(below)], below]:
                if not _is_kept(self._here / key, kept):
                    self.store.delete(key)


@contextmanager
def _reached() -> Iterator[None]:
    """Have people be told where the store cannot be reached."""
    try:
        yield
    except OSError as error:
        logger.error("the store cannot be used", extra={"error": type(error).__name__, "errno": error.errno})
        cause = blame(error)
        raise cause if isinstance(cause, MachineError) else MachineError(AWAY) from error


def _is_kept(path: Path, kept: Collection[Path]) -> bool:
    return any(path == one or one in path.parents for one in kept)
