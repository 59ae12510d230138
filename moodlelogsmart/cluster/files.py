"""The files of jobs where several machines have them: kept in a store, and on a machine as long as it needs them."""

import os
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from moodlelogsmart.cluster.store import Store
from moodlelogsmart.jobs.files import Files

UNUSED = 600.0  # seconds after which a copy of what is in the store goes
NEW = 60.0  # seconds within which files here may be of a form that is just being read
STRANGE = 3600.0  # seconds that a file may be in the store before its job is known


class StoredFiles(Files):
    """Has files in the store once they are kept; below `root` are those of this machine, copies that may go."""

    def __init__(self, root: Path, store: Store) -> None:
        super().__init__(root)
        self._here = root
        self.store = store

    def keep(self, path: Path) -> None:
        """As Files."""
        for file in [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file()):
            self.store.put(file, self.key(file))

    def fetch(self, path: Path) -> Path:
        """As Files; where it is not in the store either, it is not there."""
        if not path.exists():
            self._fetch(path)
        own = self._here / path.relative_to(self._here).parts[0]
        if own.exists():
            os.utime(own)
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

    def leave_unused(self, is_wanted: Callable[[str], bool]) -> None:
        """Delete what nobody here has looked at for a while, and at once what was deleted elsewhere: of jobs that by
        their id nobody wants. What has only just come may be of no job yet."""
        for folder in self._here.iterdir():
            with suppress(FileNotFoundError):
                age = time.time() - folder.stat().st_mtime
                if age > UNUSED or (age > NEW and not is_wanted(folder.name)):
                    super().delete(folder)

    def free(self) -> int:
        """As Files: here or in the store, where there is less; a bucket has room."""
        return min(super().free(), self.store.free() or sys.maxsize)

    def unknown(self, known: Collection[str]) -> Iterator[str]:
        """As Files, in the store; those that may only just have come are not meant."""
        found = {key.partition("/")[0] for key, age in self.store.found() if age > STRANGE and "/" in key}
        yield from sorted(found - set(known))

    def key(self, path: Path) -> str:
        """By which a file of this machine is in the store."""
        return str(path.relative_to(self._here))

    def _fetch(self, path: Path) -> None:
        key, aside = self.key(path), self._here / f".{uuid4().hex}"
        keys = [found for found, _age in self.store.found(key)]
        try:
            for found in keys or [key]:
                target = aside / Path(found).relative_to(key)
                target.parent.mkdir(parents=True, exist_ok=True)
                self.store.get(found, target)
            path.parent.mkdir(parents=True, exist_ok=True)
            aside.rename(path)
        except OSError:
            # Another thread may have been faster; and what is in neither place is told by whoever opens it.
            if keys and not path.exists():
                raise
        finally:
            super().delete(aside)

    def _delete_keys(self, below: str, kept: Collection[Path]) -> None:
        for key in [*[key for key, _age in self.store.found(below)], below]:
            if not _is_kept(self._here / key, kept):
                self.store.delete(key)


def _is_kept(path: Path, kept: Collection[Path]) -> bool:
    return any(path == one or one in path.parents for one in kept)
