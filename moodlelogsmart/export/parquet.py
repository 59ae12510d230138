"""Parquet: the enriched log with types, for Python, R and databases."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from moodlelogsmart.export.archive import chunks
from moodlelogsmart.export.csv import header
from moodlelogsmart.export.manifest import Chunk
from moodlelogsmart.workspace import Workspace, quoted


def content(work: Workspace, more: Sequence[str] = ()) -> Iterator[Chunk]:
    """The events as `written` has them."""
    path = written(work, more)
    yield from chunks(path)
    path.unlink()


def written(work: Workspace, more: Sequence[str] = ()) -> Path:
    """A scratch file with the events of `log` in its order: `time` as a point in time, `is_active` as a truth value,
    others as text.

    What is empty in the CSV is NULL.
    """
    typed = {name: f"nullif({name}, '')" for name in header(more)}
    typed |= {"time": "timezone('UTC', moment)", "is_active": "is_active"}
    columns = ", ".join(f"{value} as {name}" for name, value in typed.items())
    path = work.scratch()
    work.run(f"copy (select {columns} from log) to {quoted(str(path))} (format parquet, compression zstd)")
    return path


def table(work: Workspace, name: str) -> Path:
    """A scratch file with one of analysis.TABLES, all its columns, with their types."""
    path = work.scratch()
    work.run(f"copy {name} to {quoted(str(path))} (format parquet)")
    return path
