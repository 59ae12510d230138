"""The least that the job can take: read the log with DuckDB, and pack the bytes of the results.

What is written is told beforehand, line by line; nothing is found out, classified or sorted.
"""

from pathlib import Path

import duckdb

from moodlelogsmart.export.archive import chunks, pack
from moodlelogsmart.workspace import Limits, Stop, Workspace, open_workspace

FILES = [
    "enriched_log.csv",
    "enriched_log_bloom_only.csv",
    "enriched_log.xes",
    "enriched_log_bloom_only.xes",
    "dropped_events.csv",
    "manifest.json",
]
# A line is one cell: with a delimiter that no log holds, and without quotes.
_READ = "auto_detect = false, header = false, quote = '', escape = '', delim = '\x1f'"
_WRITE = "format csv, header false, quote '', escape '', delimiter '\x1f'"


def prepare(results: Path, database: Path) -> None:
    """Put the lines of the results into a database."""
    with duckdb.connect(database) as connection:
        for number, name in enumerate(FILES):
            connection.execute(
                f"""create table lines_{number} as select line from read_csv('{results / name}',
                columns = {{'line': 'varchar'}}, {_READ})"""
            )


def _read(space: Workspace, log: Path, database: Path) -> None:
    space.run(f"attach '{database}' as told (read_only)")
    space.run(f"create table raw as select * from read_csv('{log}', all_varchar = true, header = true)")
    space.run("drop table raw")


def write(log: Path, database: Path, out: Path, limits: Limits) -> None:
    """Read `log`, have DuckDB write the lines in `database` into files in the folder `out`, and pack these."""
    with open_workspace(out, limits, Stop()) as space, (out / "results.zip").open("wb") as archive:
        _read(space, log, database)
        for number, name in enumerate(FILES):
            space.run(f"copy told.lines_{number} to '{out / name}' ({_WRITE})")
        archive.writelines(pack((name, chunks(out / name)) for name in FILES))


def work(log: Path, database: Path, out: Path, limits: Limits) -> None:
    """Read `log`, and pack the lines in `database` into a ZIP in the folder `out`, at once, as the app does."""
    with open_workspace(out, limits, Stop()) as space, (out / "results.zip").open("wb") as archive:
        _read(space, log, database)
        lines = (space.texts(f"select concat(line, chr(10)) from told.lines_{number}") for number in range(len(FILES)))
        archive.writelines(pack(zip(FILES, lines, strict=True)))
