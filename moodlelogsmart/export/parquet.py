"""Parquet: the enriched log with types, for Python, R and databases."""

from pathlib import Path

from moodlelogsmart.export.csv import header
from moodlelogsmart.workspace import Workspace, quoted


def write_log(work: Workspace, path: Path, roles: bool = False) -> None:
    """Write the events of `log` in its order: `time` as a point in time, `is_active` as a truth value, others as text.

    What is empty in the CSV is NULL.
    """
    typed = {name: f"nullif({name}, '')" for name in header(roles)}
    typed |= {"time": "timezone('UTC', moment)", "is_active": "is_active"}
    columns = ", ".join(f"{value} as {name}" for name, value in typed.items())
    work.run(f"copy (select {columns} from log) to {quoted(str(path))} (format parquet, compression zstd)")
