"""One job's private database: DuckDB with a folder of its own, held to a memory limit, interruptible."""

import errno
import logging
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import duckdb

from moodlelogsmart.messages import MachineError, Message

logger = logging.getLogger(__name__)

ROW_GROUP = 122_880  # rows; duckdb.org/docs/stable/guides/performance/how_to_tune_workloads
ALONE = 20_000  # rows, below which a second thread takes a quarter more of the processor and saves no time
FEW = 100_000  # texts that are held beside the tables, up to 30 MB out of the memory limit
_MAKES = {"macro": "create or replace macro {name} as {value}", "variable": "set variable {name} = {value}"}
ROWS = 20_480  # of a query that are held as text at a time, some 10 MB


class Stopped(Exception):
    """The work was stopped from outside: cancelled, out of time, or the server is going down."""


class Stop:
    """A switch that another thread turns to end a running `process()` within a moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requested = False
        self._reason: Message | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None

    @property
    def requested(self) -> bool:
        """True once `request()` was called."""
        return self._requested

    @property
    def reason(self) -> Message | None:
        """What the first `request()` gave as its reason."""
        return self._reason

    def request(self, reason: Message | None = None) -> None:
        """Stop the work: interrupts the running query and fails every later `check()`."""
        with self._lock:
            if not self._requested:
                self._requested, self._reason = True, reason
            if self._connection is not None:
                self._connection.interrupt()

    def check(self) -> None:
        """Raise Stopped if a stop was requested."""
        if self._requested:
            raise Stopped

    def bind(self, connection: duckdb.DuckDBPyConnection | None) -> None:
        """Name the connection that `request()` interrupts; None when it closes."""
        with self._lock:
            self._connection = connection


@dataclass(frozen=True)
class Limits:
    """What one job may use: `memory` in MB before it spills to disk, `threads` of the processor, `seconds` of the clock
    (0: any number)."""

    memory: int = 400
    threads: int = 2
    seconds: float = 0


class Workspace:
    """The database of one run and the folder for its scratch files."""

    def __init__(self, folder: Path, connection: duckdb.DuckDBPyConnection, stop: Stop, limits: Limits) -> None:
        self.folder = folder
        self.limits = limits
        self._scratch = count(1)
        self._defined: dict[str, str] = {}
        self._told: dict[str, Any] = {}
        self._connection = connection
        self._stop = stop

    def run(self, query: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        """Run one query and return its rows. Raises Stopped, or duckdb.Error as DuckDB does."""
        self.check()
        try:
            return self._connection.execute(query, parameters).fetchall()
        except duckdb.InterruptException:
            raise Stopped from None

    def define(self, kind: str, name: str, value: str) -> None:
        """Make a "macro" name(parameters), or a "variable" of a query, unless it is there and is just that.

        To make one takes half a millisecond and more, and each of many files wants its own.
        """
        if self._defined.get(name) != value:
            self.run(_MAKES[kind].format(name=name, value=value))
            self._defined[name] = value

    def texts(self, query: str) -> Iterator[memoryview]:
        """The one column of a query, texts without NULL, as UTF-8: those of some thousand rows at a time, in order.

        No other query may run before all of them are taken. Raises as `run` does.
        """
        self.check()
        try:
            for batch in self._connection.execute(query).to_arrow_reader(ROWS):
                self.check()
                # Arrow keeps the texts of a column one behind the other, as they stand in a file.
                yield memoryview(batch.column(0).buffers()[2])
        except duckdb.InterruptException:
            raise Stopped from None
        except OSError:
            # What Arrow makes of any error of DuckDB.
            self.check()
            raise

    def expect(self, rows: int) -> None:
        """Tell how many rows the tables will have: a query of less than a row group of DuckDB has one thread at work.

        Where that leaves threads idle, the work is dealt out in smaller pieces: "force parallelism for small tables".
        Of a few rows dealing out takes longer than the work, which is left to one thread.
        """
        if rows < ALONE:
            self.run("set threads = 1")
        elif rows < self.limits.threads * ROW_GROUP * 2:
            self.run("pragma verify_parallelism")

    def parts(self, size: int) -> int:
        """In how many parts an aggregate of about so many bytes has to be made, for one of texts cannot spill to disk.

        Each of them takes up to a quarter of the memory.
        """
        return 1 + size // (self.limits.memory << 18)

    def ranges(self, table: str, size: int, number: str = "rowid") -> list[str]:
        """SQL of ranges of `number`, "between 0 and 9": the `parts` of a table of about so many bytes a row.

        The number counts what is in the table, from 0 or 1, without leaving one out.
        """
        rows, last = self.run(f"select count(*), coalesce(max({number}), 0) from {table}")[0]
        step = 1 + last // self.parts(rows * size)
        return [f"between {first} and {first + step - 1}" for first in range(0, last + 1, step)]

    def make_by(self, table: str, ranges: Iterable[str], query: Callable[[str], str]) -> None:
        """Make a table of what a query finds of each of the `ranges`, one behind the other."""
        for place, some in enumerate(ranges):
            self.run(f"insert into {table} {query(some)}" if place else f"create table {table} as {query(some)}")

    def make_type(self, name: str, query: str) -> None:
        """Make the SQL type `name` for the texts of a query of one column, which are without NULL and at least one.

        Where they are few each is kept once, and a number of its order stands for it in the tables.
        """
        few = self.value(f"select count(*) from (select distinct * from ({query}) limit {FEW} + 1)") <= FEW
        self.run(f"create type {name} as {f'enum (from ({query}) order by 1)' if few else 'varchar'}")

    def scratch(self) -> Path:
        """A path in the folder that no other file has."""
        return self.folder / f"scratch-{next(self._scratch)}"

    def check(self) -> None:
        """Raise Stopped if a stop was requested; for loops that run no query."""
        self._stop.check()

    def value(self, query: str, parameters: Any = None) -> Any:
        """Run a query of one row and one column and return that value."""
        return self.run(query, parameters)[0][0]

    def once(self, query: str) -> Any:
        """As `value`, of what does not change any more: it is asked once."""
        if query not in self._told:
            self._told[query] = self.value(query)
        return self._told[query]


def quoted(text: str) -> str:
    """The text as an SQL string, for the places where DuckDB takes no parameter."""
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def open_workspace(parent: Path, limits: Limits, stop: Stop) -> Iterator[Workspace]:
    """A workspace in a new folder below `parent`, deleted with everything in it at the end.

    Turns what only the machine can be blamed for (disk full, not enough memory) into MachineError.
    """
    with tempfile.TemporaryDirectory(prefix="work-", dir=parent) as name:
        folder = Path(name)
        settings: dict[str, Any] = {
            "memory_limit": f"{limits.memory}MB",
            "threads": limits.threads,
            "temp_directory": str(folder / "spill"),
            # A log is data from strangers: no extension is loaded or fetched for it.
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        # In memory, and what is over the limit in the folder: tables in a file are compressed when they are made, which
        # takes longer than they live.
        with duckdb.connect(":memory:", config=settings) as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute("set enable_progress_bar = false")
            # Joins are done as they are written, each row of the left looked up in the right, the smaller one. What
            # DuckDB guesses of sizes is wrong by far after several joins.
            connection.execute("set disabled_optimizers = 'join_order, build_side_probe_side'")
            connection.execute("set asof_loop_join_threshold = 0")
            # So far ahead of who takes texts that all threads have work; more takes memory and gains nothing.
            connection.execute("set streaming_buffer_size = '4MB'")
            stop.bind(connection)
            try:
                yield Workspace(folder, connection, stop, limits)
            except (OSError, duckdb.Error) as error:
                raise blame(error) from error
            finally:
                stop.bind(None)


def blame(error: Exception) -> Exception:
    """The error as MachineError where the machine's limits are the cause; else the error itself."""
    text = str(error)
    # By its text, since within Workspace.texts() it is Arrow that raises.
    if text.startswith("Out of Memory Error"):
        if "max_temp_directory_size" in text or "disk" in text.lower():
            return _disk_full()
        return MachineError(
            "This log needs more memory than the server gives one analysis; ask its administrator to raise the limit."
        )
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return _disk_full()
    if text.startswith("IO Error") and "No space left" in text:
        return _disk_full()
    return error


def _disk_full() -> MachineError:
    return MachineError(
        "The server's disk is full; nothing was written. Please try again later or tell its administrator."
    )
