"""What survives a restart: each accepted job as one row of SQLite, written before anybody is told of it."""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from moodlelogsmart.jobs.job import FAILED, PROCESSING, Job
from moodlelogsmart.jobs.summaries import summary_file
from moodlelogsmart.messages import MachineError, Message, as_data, from_data
from moodlelogsmart.options import Options

logger = logging.getLogger(__name__)

BUSY = 2.0  # seconds to wait for somebody else who has the file locked, such as a backup
OUTDATED = Message(
    "The server was updated while this analysis was in it, and can't go on with it. Please upload it again."
)


class JournalError(MachineError):
    """The journal cannot be written or read: locked, the disk full, not ours."""


class Journal:
    """Keeps jobs in the SQLite file `path`; files of jobs are noted relative to `root`, so that both can be moved.

    Rows that are deleted are overwritten, and leave the write-ahead log too: they may hold names of people.
    """

    def __init__(self, path: Path, root: Path) -> None:
        self._path = path
        self._root = root
        self._lock = threading.Lock()
        self._opened: sqlite3.Connection | None = None
        self._decoder = msgspec.json.Decoder(Job, dec_hook=self._revive)

    def record(self, job_id: str, snapshot: Callable[[], Job | None]) -> None:
        """Write what `snapshot()` then returns, unless it is None; on disk when this returns. Raises JournalError.

        The state is asked for when it is this call's turn, so that the last row written is never an older one.
        """
        with self._writing() as connection:
            job = snapshot()
            if job is not None:
                row = msgspec.json.encode(job, enc_hook=self._plain)
                connection.execute("insert or replace into job values (?, ?)", (job_id, row))

    def rewrite(self, jobs: Iterable[Job]) -> None:
        """Write jobs that now tell less than their rows, all at once, and overwrite these. Raises JournalError."""
        rows = [(job.job_id, msgspec.json.encode(job, enc_hook=self._plain)) for job in jobs]
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
        return sorted((self._read(*row) for row in rows), key=lambda job: job.created_at)

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

    def _read(self, job_id: str, row: bytes) -> Job:
        known = msgspec.json.decode(row)
        self._move_summary(known)
        try:
            return self._decoder.decode(row)
        except msgspec.MsgspecError:
            return self._read_another(job_id, known)

    def _read_another(self, job_id: str, known: dict[str, Any]) -> Job:
        """A job of another version, as far as it is understood: one with options of which one is not has failed."""
        logger.warning("journal row of another version", extra={"job": job_id})
        fields = {name: value for name, value in known.items() if self._fits(Job, name, value)}
        options = known.get("options")
        fields["options"] = {
            name: value
            for name, value in (options.items() if isinstance(options, dict) else ())
            if self._fits(Options, name, value)
        }
        lost = not {"status", "created_at"} <= fields.keys() or (
            fields["status"] == PROCESSING and fields["options"] != options
        )
        if lost:
            ended = known.get("completed_at") or known.get("created_at")
            fields |= {"status": FAILED, "error": self._plain(OUTDATED), "input_file": None, "completed_at": ended}
        return msgspec.convert({**fields, "job_id": job_id}, Job, dec_hook=self._revive, strict=False)

    def _fits(self, kind: type, name: str, value: Any) -> bool:
        """Whether this is a field of the dataclass, and the value one that it can have."""
        hints = get_type_hints(kind, include_extras=True)
        with suppress(msgspec.MsgspecError):
            if name in hints:
                msgspec.convert(value, hints[name], dec_hook=self._revive, strict=False)
                return True
        return False

    def _move_summary(self, known: dict[str, Any]) -> None:
        """Put the summary, which earlier versions kept in the journal, where it is now."""
        summary, results = known.get("summary"), known.get("output_file")
        if summary and results and (self._root / results).exists():
            file = summary_file((self._root / results).parent)
            if not file.exists():
                file.write_bytes(msgspec.json.encode(summary))

    def _plain(self, value: Any) -> Any:
        if isinstance(value, Message):
            return as_data(value)
        if isinstance(value, Path):
            return str(value.relative_to(self._root))
        raise TypeError(type(value).__name__)

    def _revive(self, kind: type, value: Any) -> Any:
        if kind is Message:
            return from_data(value)
        return self._root / value
