"""Text formats that are one line an event."""

from collections.abc import Iterator

from moodlelogsmart.export.manifest import Chunk
from moodlelogsmart.workspace import Workspace


def lines(work: Workspace, line: str, source: str, begin: str, end: str = "") -> Iterator[Chunk]:
    """`begin`, the SQL text `line` of each row of `source` (a FROM clause), and `end`, each on lines of its own."""
    yield f"{begin}\n".encode()
    yield from work.texts(f"select concat({line}, chr(10)) from {source}")
    if end:
        yield f"{end}\n".encode()
