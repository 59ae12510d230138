"""Stage read: from a file as it was exported to UTF-8 text with a known delimiter and header, then to a table."""

import codecs
import csv
from dataclasses import dataclass
from pathlib import Path

import duckdb

from moodlelogsmart.messages import LogError
from moodlelogsmart.pipeline.columns import COLUMNS, find_columns, known_labels
from moodlelogsmart.workspace import Workspace

CHUNK = 1 << 20
DELIMITERS = ",;\t|"
HEADER_LIMIT = 1 << 16  # a header longer than this is no Moodle header
LINE_LIMIT = 2_000_000  # bytes of one row; Moodle's longest descriptions are a few thousand
_BINARY = {
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"%PDF": "PDF",
    b"PK\x03\x04": "ZIP / Excel",
    b"\x1f\x8b": "gzip",
    b"\xd0\xcf\x11\xe0": "Excel 97",
}


@dataclass(frozen=True)
class Source:
    """A log file as UTF-8 text: where it lies, the encoding it came in, its delimiter and its header cells."""

    path: Path
    encoding: str
    delimiter: str
    header: list[str]


class WrongKind(LogError):
    """The file is no text at all: a picture, a spreadsheet, an archive."""


def check_start(path: Path) -> None:
    """Look at the beginning of a file, at once, before it is queued.

    Raises WrongKind for what is no text, LogError for an empty file and for text that is no Moodle log.
    """
    start = _start(path)
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        text = start.decode("cp1252", errors="replace")
    find_columns(_header(text)[1])


def open_source(path: Path, work: Workspace, place: int) -> Source:
    """Look at one log file, the one at `place` of the job; a file in cp1252 is rewritten as UTF-8 in the workspace.

    Raises LogError for an empty file, WrongKind for what is no text.
    """
    _start(path)
    encoding = "utf-8" if _is_utf8(path, work) else "cp1252"
    if encoding == "cp1252":
        path = _as_utf8(path, work, place)
    with path.open(encoding="utf-8", newline="") as file:
        delimiter, header = _header(file.read(HEADER_LIMIT))
    return Source(path, encoding, delimiter, header)


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        start = file.read(HEADER_LIMIT)
    if not start.strip():
        raise LogError("The file is empty; export the log again from Moodle: Reports, Logs, Download.")
    for magic, kind in _BINARY.items():
        if start.startswith(magic):
            raise WrongKind(
                "This is a %(kind)s file, not a log as text; in Moodle choose the download format "
                "“Comma separated values (.csv)”.",
                kind=kind,
            )
    if b"\0" in start:
        raise WrongKind(
            "This is not a text file; in Moodle choose the download format “Comma separated values (.csv)”."
        )
    return start


def _is_utf8(path: Path, work: Workspace) -> bool:
    """Whether the whole file is UTF-8: published logs hold their first other byte megabytes deep."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while chunk := file.read(CHUNK):
                work.check()
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _as_utf8(path: Path, work: Workspace, place: int) -> Path:
    """Rewrite a cp1252 file; its five undefined bytes become U+FFFD."""
    target = work.folder / f"{place}.utf8"
    with path.open("rb") as source, target.open("wb") as out:
        while chunk := source.read(CHUNK):
            work.check()
            out.write(chunk.decode("cp1252", errors="replace").encode("utf-8"))
    return target


def _header(text: str) -> tuple[str, list[str]]:
    """The delimiter and header cells: the reading that finds the most known labels."""
    text = text.removeprefix("\ufeff")
    readings = [(delimiter, _first_row(text, delimiter)) for delimiter in DELIMITERS]
    return max(readings, key=lambda reading: (known_labels(reading[1]), len(reading[1])))


def _first_row(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(text.splitlines(keepends=True), delimiter=delimiter), [])
    except csv.Error:
        return []


def load(work: Workspace, source: Source, positions: dict[str, int], place: int) -> None:
    """Add the rows to table `raw`: one text column for each of COLUMNS ('' where the log has none), and their file.

    `place` counts the files of the job from 0. Rows that do not have the header's number of cells stay in DuckDB's
    table of rejects instead.
    Raises LogError where the file cannot be read as a table at all.
    """
    cells = {f"c{cell}": "varchar" for cell in range(len(source.header))}
    wanted = ", ".join(
        f"coalesce(c{positions[name]}, '') as {name}" if name in positions else f"'' as {name}" for name in COLUMNS
    )
    query = f"""select {wanted}, {place} as file from read_csv($path, columns = {cells}, auto_detect = false,
        header = true, delim = $delimiter, quote = '"', escape = '"', strict_mode = false,
        max_line_size = {LINE_LIMIT}, store_rejects = true, rejects_limit = 0)"""
    try:
        work.run(
            f"insert into raw {query}" if place else f"create table raw as {query}",
            {"path": str(source.path), "delimiter": source.delimiter},
        )
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        raise LogError(
            "The file cannot be read as a table; export the log again from Moodle as “Comma separated values (.csv)”."
        ) from error


def check_rows(work: Workspace) -> None:
    """Make table `unread` (line, text) of the rows that could not be read as cells.

    Raises LogError where the log holds no event, or more than half of it could not be read.
    """
    work.run(
        "create table unread as select line, any_value(csv_line) as text from reject_errors group by file_id, line"
    )
    rows, unread = work.run("select (select count(*) from raw), (select count(*) from unread)")[0]
    if not rows and not unread:
        raise LogError(
            "The log holds no events, only the names of the columns; choose other filters in Moodle and export again."
        )
    if unread > rows:
        raise LogError(
            "%(unread)d of %(rows)d rows could not be read as cells; export the log again from Moodle as "
            "“Comma separated values (.csv)”.",
            unread=unread,
            rows=rows + unread,
        )
