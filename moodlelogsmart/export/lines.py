"""Text formats that are one line an event: written by several threads at once, in the order of the query."""

from pathlib import Path

from moodlelogsmart.workspace import Workspace, quoted


def write_lines(work: Workspace, line: str, source: str, path: Path, begin: str, end: str) -> None:
    """Write `begin`, the SQL `line` of each row of `source` (a FROM clause), and `end`, each on lines of its own."""
    # A CSV of one column without quotes: its name and its rows stand in the file as they are.
    name = begin.replace('"', '""')
    work.run(
        f"""copy (select {line} as "{name}" from {source}) to {quoted(str(path))}
        (format csv, header true, quote '', escape '')"""
    )
    with path.open("a", encoding="utf-8", newline="") as file:
        file.write(end + "\n")
