"""The least that the job can take: read the log with DuckDB, write the bytes of the results, and pack them.

What is written is told beforehand, line by line; nothing is found out, classified or sorted.
"""

from pathlib import Path

import duckdb

from moodlelogsmart.export.archive import chunks, pack

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


def work(log: Path, database: Path, out: Path, memory: int, threads: int) -> None:
    """Read `log`, write the lines in `database` into the folder `out`, and pack them."""
    settings = {"memory_limit": f"{memory}MB", "threads": threads, "temp_directory": str(out / "spill")}
    with duckdb.connect(":memory:", config=settings) as connection:
        connection.execute(f"attach '{database}' as told (read_only)")
        connection.execute(f"create table raw as select * from read_csv('{log}', all_varchar = true, header = true)")
        for number, name in enumerate(FILES):
            connection.execute(f"copy told.lines_{number} to '{out / name}' ({_WRITE})")
    with (out / "results.zip").open("wb") as archive:
        archive.writelines(pack((name, chunks(out / name)) for name in FILES))
