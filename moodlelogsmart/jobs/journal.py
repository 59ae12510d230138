"""What survives a restart: each accepted job as one row of SQLite, written before anybody is told of it."""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from moodlelogsmart.jobs.job import Job
from moodlelogsmart.jobs.rows import Rows
from moodlelogsmart.messages import MachineError

logger = logging.getLogger(__name__)

BUSY = 2.0  # seconds to wait for somebody else who has the file locked, such as a backup


class JournalError(MachineError):
    """The journal cannot be written or read: locked, the disk full, not ours."""


class Journal:
    """Keeps jobs in the SQLite file `path`; files of jobs are noted relative to `root`, so that both can be moved.

    Rows that are deleted are overwritten, and leave the write-ahead log too: they may hold names of people.
    """

    def __init__(self, path: Path, root: Path) -> None:
        self._path = path
        self._rows = Rows(root)
        self._lock = threading.Lock()
        self._opened: sqlite3.Connection | None = None

    def record(self, job_id: str, snapshot: Callable[[], Job | None]) -> None:
        """Write what `snapshot()` then returns, unless it is None; on disk when this returns. Raises JournalError.

        The state is asked for when it is this call's turn, so that the last row written is never an older one.
        """
        with self._writing() as connection:
            job = snapshot()
            if job is not None:
                row = self._rows.encode(job)
                connection.execute("insert or replace into job values (?, ?)", (job_id, row))

    def rewrite(self, jobs: Iterable[Job]) -> None:
        """Write jobs that now tell less than their rows, all at once, and overwrite these. Raises JournalError."""
        rows = [(job.job_id, self._rows.encode(job)) for job in jobs]
        with self._writing() as connection:
            connection.execute("begin")
            try:
                connection.executemany("insert or replace into job values (?, ?)", rows)
            except BaseException:
                connection.execute("rollback")
                raise
            connection.execute("commit")
        self.compact()

    def delete(self, job_id: str) -> None:
        """Forget a job, and overwrite what was known of it. Raises JournalError."""
        with self._writing() as connection:
            connection.execute("delete from job where job_id = ?", (job_id,))
        self.compact()

    def compact(self) -> None:
        """Empty the write-ahead log, in which earlier versions of rows stand. Raises JournalError."""
        with self._writing() as connection:
            connection.execute("pragma wal_checkpoint(truncate)").fetchall()

    def load(self) -> list[Job]:
        """All jobs, oldest first. Raises JournalError."""
        with self._writing() as connection:
            rows = connection.execute("select job_id, job from job").fetchall()
        return sorted((self._rows.decode(*row) for row in rows), key=lambda job: job.created_at)

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one at a time."""
        with self._lock:
            try:
                yield self._connection()
            except sqlite3.Error as error:
                logger.error("journal failed", extra={"error": type(error).__name__})
                raise JournalError(
                    "The server can't write down what it does just now. Please try again in a minute; "
                    "if it stays so, tell its administrator that the journal can't be written."
                ) from error

    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            if not self._path.exists():
                self._path.touch(0o600)
            connection = sqlite3.connect(self._path, timeout=BUSY, isolation_level=None, check_same_thread=False)
            for setting in ("journal_mode = wal", "synchronous = full", "secure_delete = on"):
                connection.execute(f"pragma {setting}")
            connection.execute("create table if not exists job (job_id text primary key, job blob not null)")
            self._opened = connection
        return self._opened
