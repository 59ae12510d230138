"""Where the files of jobs lie, and how they come and go: each job has a folder, named by its id."""

import os
import shutil
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SYNCED = 8  # files that are brought to the disk at a time


class Files:
    """The files of jobs on the disk of the one server that has them."""

    def __init__(self, root: Path | None) -> None:
        self.root = root

    def folder(self, job_id: str) -> Path:
        """The folder for the files of a job; it need not exist. Raises RuntimeError where there is no root."""
        if self.root is None:
            raise RuntimeError("this manager was made without a folder for its jobs")
        return self.root / job_id

    def keep(self, *paths: Path) -> None:
        """Have files, and folders with all that is in them, outlive this server, before anybody is told so."""
        sync(*{one for path in paths for one in (*path.rglob("*"), path, path.parent)})

    def fetch(self, path: Path) -> Path:
        """Have a kept file or folder at its place on this machine: the place."""
        return path

    def share(self, source: Path, target: Path) -> bool:
        """Have the same files in another place: where one is deleted the other stays. Whether there were any."""
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copytree(source, target, copy_function=share_file)
        except (FileNotFoundError, shutil.Error):
            return False
        return True

    def delete(self, *paths: Path | None) -> None:
        """Delete files and folders; what is not there is deleted."""
        for path in paths:
            if path is None:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def delete_job(self, job_id: str) -> None:
        """Delete all files of a job."""
        if self.root is not None:
            self.delete(self.folder(job_id))

    def delete_others(self, job_id: str, kept: Collection[Path], run: str = "") -> None:
        """Delete what is in the folder of a job beside what is `kept`; of a `run` only what that wrote."""
        if not kept and not run:
            self.delete_job(job_id)
        folder = self.folder(job_id) / run
        self.delete(*[path for path in (folder.iterdir() if folder.exists() else ()) if path not in kept])

    def leave(self, job_id: str) -> None:
        """Let go of what a machine has of a job whose files are kept elsewhere."""

    def free(self) -> int:
        """Bytes of the disk for which there is room."""
        return shutil.disk_usage(self.folder("").parent).free

    def unknown(self, known: Collection[str]) -> Iterator[str]:
        """The ids of jobs that have files and are not known."""
        for folder in self.root.iterdir() if self.root else ():
            if folder.name not in known:
                yield folder.name


def share_file(path: str, target: str) -> None:
    """The same file under another name, or a copy where the disk cannot have that. Raises FileNotFoundError."""
    try:
        os.link(path, target)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copy2(path, target)


def sync(*paths: Path) -> None:
    """Have files and folders on the disk; several at a time, for a job may have a thousand."""
    with ThreadPoolExecutor(SYNCED) as pool:
        list(pool.map(_sync_one, paths))


def _sync_one(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
