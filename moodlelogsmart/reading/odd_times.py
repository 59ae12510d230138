"""Stage clock, times that cannot be read: how many there are of each log, and the first of them, to be shown."""

import mmap
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from moodlelogsmart.reading.layout import SAMPLE
from moodlelogsmart.reading.model import FileReading, OddTime, Reading
from moodlelogsmart.workspace import Workspace

SHOWN = 3  # times of a log
LEAST = 5  # letters of one that is looked for in its file; shorter ones stand in other columns as well
HITS = 1000  # places where a text may stand within another one
CHUNK = 1 << 20
_AROUND = b'",;\t|\r\n'  # of a cell


def with_odd_times(work: Workspace, reading: Reading, texts: Sequence[Path]) -> Reading:
    """The reading with what is known of times that could not be read; `texts`: the logs as UTF-8, in their order."""
    rows = work.run(
        f"""with odd as (
            select file, text, rows, first from clock_text c
            where not exists (from placed_wall p where p.file = c.file and p.text = c.text))
        select file, text, sum(rows) over (partition by file)::bigint from odd
        qualify row_number() over (partition by file order by first) <= {SHOWN} order by file, first"""
    )
    for table in ("clock_text", "wall", "placed_wall"):
        work.run(f"drop table {table}")
    files = list(reading.files)
    for place, text, lost in rows:
        odd = OddTime(text[:SAMPLE], _line_of(texts[place], text) if _has_lines(files[place]) else 0)
        files[place] = replace(files[place], times_unread=lost, odd_times=(*files[place].odd_times, odd))
    return replace(reading, files=tuple(files))


def _has_lines(file: FileReading) -> bool:
    """Whether the lines that we read are those that stand in the file."""
    return file.kind.value == "text" and not file.rewritten


def _line_of(path: Path, text: str) -> int:
    """The line, from 1, in which a cell holds the text first; 0 where none does, or that cannot be told."""
    cell = text.encode()
    if len(text) < LEAST:
        return 0
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        at = -1
        for _hit in range(HITS):
            at = content.find(cell, at + 1)
            if at < 0:
                return 0
            if content[max(at - 1, 0) : at] in _AROUND and content[at + len(cell) : at + len(cell) + 1] in _AROUND:
                return _lines(content, at) + 1
    return 0


def _lines(content: mmap.mmap, end: int) -> int:
    return sum(content[start : min(start + CHUNK, end)].count(b"\n") for start in range(0, end, CHUNK))
