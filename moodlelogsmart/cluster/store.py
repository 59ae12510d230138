"""Where the files of jobs lie so that every machine can have them: a folder that all see, or an S3 bucket."""

import errno
import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar
from uuid import uuid4

from moodlelogsmart.config import PREFIX, SettingError
from moodlelogsmart.jobs.files import sync

logger = logging.getLogger(__name__)

T = TypeVar("T")

S3 = "s3://"
CHUNK = 1 << 20  # bytes of a file that are read at a time
ASIDE = "."  # before the name of a file of a folder that is being written


class Store(Protocol):
    """Files by their key, a path with slashes. What was put is there for all once `put` returns, whole or not at all.

    Raises OSError where it cannot be reached.
    """

    def put(self, path: Path, key: str) -> None:
        """Have a copy of a file."""

    def get(self, key: str, path: Path) -> None:
        """Write a file to `path`. Raises FileNotFoundError."""

    def read(self, key: str) -> tuple[int, Iterator[bytes]]:
        """The size of a file, and its bytes. Raises FileNotFoundError."""

    def found(self, below: str = "") -> Iterator[tuple[str, float]]:
        """Every key below one, with the seconds since it was put."""

    def delete(self, key: str) -> None:
        """Delete a file; one that is not there is deleted."""

    def tidy(self, age: float) -> None:
        """Delete what a `put` that broke off more than so many seconds ago has left."""

    def free(self) -> int | None:
        """Bytes for which there is room; None where nobody knows."""


def open_store(address: str, patience: float) -> Store:
    """The store at an address: a folder, or s3://bucket/prefix, which is asked again for so many seconds where it does
    not answer. Raises SettingError."""
    if address.startswith(S3):
        return S3Store(address, patience)
    folder = Path(address).resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = folder / f"{ASIDE}{uuid4().hex}"
        probe.touch(0o600)
        probe.unlink()
    except OSError as error:
        raise SettingError(
            f"{PREFIX}STORE names the folder {folder}, which cannot be written ({error.strerror})."
        ) from None
    return FolderStore(folder)


class FolderStore:
    """A folder that every machine sees, such as one of NFS.

    NFS shows what was written once its file is closed, and a rename at once or after it was looked for in vain; so a
    file is written aside, brought to the disk and renamed, nothing is ever written twice under one key, and who looks
    for a file lists its folder first, which asks the server anew.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, path: Path, key: str) -> None:
        """As Store."""
        with self._aside(key) as aside:
            shutil.copyfile(path, aside)

    def get(self, key: str, path: Path) -> None:
        """As Store."""
        shutil.copyfile(self._seen(key), path)

    def read(self, key: str) -> tuple[int, Iterator[bytes]]:
        """As Store."""
        file = self._seen(key).open("rb")

        def content() -> Iterator[bytes]:
            with file:
                while chunk := file.read(CHUNK):
                    yield chunk

        return os.fstat(file.fileno()).st_size, content()

    def found(self, below: str = "") -> Iterator[tuple[str, float]]:
        """As Store."""
        for folder, _folders, files in os.walk(self._folder / below, onerror=_raise_if_there):
            for path in [Path(folder) / name for name in files]:
                with suppress(FileNotFoundError):
                    if not self._is_aside(path):
                        yield str(path.relative_to(self._folder)), time.time() - path.stat().st_mtime

    def delete(self, key: str) -> None:
        """As Store; folders that are then empty go with it."""
        path = self._folder / key
        with suppress(IsADirectoryError):
            path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == self._folder:
                break
            try:
                folder.rmdir()
            except FileNotFoundError:
                continue
            except OSError:
                break  # there is more in it

    def tidy(self, age: float) -> None:
        """As Store."""
        for path in self._folder.iterdir():
            with suppress(FileNotFoundError):
                if self._is_aside(path) and time.time() - path.stat().st_mtime > age:
                    path.unlink()

    def free(self) -> int | None:
        """As Store."""
        return shutil.disk_usage(self._folder).free

    def _seen(self, key: str) -> Path:
        path = self._folder / key
        with suppress(FileNotFoundError):
            list(path.parent.iterdir())
        if path.is_dir():
            raise FileNotFoundError(errno.ENOENT, "it is no file", str(path))
        return path

    def _is_aside(self, path: Path) -> bool:
        return path.parent == self._folder and path.name.startswith(ASIDE)

    @contextmanager
    def _aside(self, key: str) -> Iterator[Path]:
        """A file to be written, which is then the one of the key: before it lies beside all jobs, as no key does."""
        target, aside = self._folder / key, self._folder / f"{ASIDE}{uuid4().hex}"
        aside.touch(0o600)
        try:
            yield aside
            sync(aside)
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            aside.rename(target)
        finally:
            aside.unlink(missing_ok=True)
        sync(*[folder for folder in target.parents if folder.is_relative_to(self._folder)])


def _raise_if_there(error: OSError) -> None:
    """A folder that is not there has no files; of one that cannot be read nobody knows."""
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error


class S3Store:
    """A bucket of S3, or of what speaks as it does; keys of access, region and endpoint come from AWS' own variables
    (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL) or the role of the machine."""

    def __init__(self, address: str, patience: float) -> None:
        try:
            import obstore
            from obstore.store import S3Store as Bucket
        except ImportError:
            raise SettingError(f"{PREFIX}STORE names a bucket: install moodlelogsmart[s3].") from None
        bucket, _slash, prefix = address.removeprefix(S3).partition("/")
        plain = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")
        self._api: Any = obstore
        self._bucket = Bucket(
            bucket,
            prefix=prefix or None,
            client_options={"allow_http": plain, "timeout": "15 minutes", "read_timeout": "30 seconds"},
            retry_config={"retry_timeout": timedelta(seconds=patience)},
        )

    def put(self, path: Path, key: str) -> None:
        """As Store; a large file goes in parts."""
        with _reached():
            self._api.put(self._bucket, key, path)

    def get(self, key: str, path: Path) -> None:
        """As Store."""
        _size, content = self.read(key)
        with path.open("wb") as file:
            file.writelines(content)

    def read(self, key: str) -> tuple[int, Iterator[bytes]]:
        """As Store."""
        with _reached():
            answer = self._api.get(self._bucket, key)
        return answer.meta["size"], _reaching(bytes(chunk) for chunk in answer.stream(min_chunk_size=CHUNK))

    def found(self, below: str = "") -> Iterator[tuple[str, float]]:
        """As Store."""
        pages = self._api.list(self._bucket, prefix=below or None)
        for found in _reaching(found for page in pages for found in page):
            yield found["path"], time.time() - found["last_modified"].timestamp()

    def delete(self, key: str) -> None:
        """As Store."""
        with suppress(FileNotFoundError), _reached():
            self._api.delete(self._bucket, key)

    def tidy(self, age: float) -> None:
        """As Store; a bucket does it by a rule of its own, for which docs/scale.md asks."""

    def free(self) -> int | None:
        """As Store."""
        return None


def _reaching(items: Iterator[T]) -> Iterator[T]:
    """The same, while what breaks on the way to the bucket is an OSError."""
    with _reached():
        yield from items


@contextmanager
def _reached() -> Iterator[None]:
    """Have what breaks on the way to the bucket be an OSError."""
    from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

    try:
        yield
    except BaseError as error:
        logger.error("the store cannot be reached", extra={"error": type(error).__name__})
        if isinstance(error, PermissionDeniedError | UnauthenticatedError):
            raise PermissionError(errno.EACCES, "it does not let us in") from error
        raise OSError(errno.EIO, "it does not answer") from error
