"""Spreadsheets, JSON, HTML, odd text, SQL dumps and backups of courses as CSV.

    python -m moodlelogsmart.reading.convert PARENT KIND SOURCE TARGET MEMORY [HOW]

A program of its own, so that a file made to hurt can only hurt this process: it has a limit of memory and time, ends at
once when its job is stopped or process PARENT has ended, and no page of the server waits for its rows. TARGET is UTF-8
with every cell in quotes. Of a dump or a backup these are several files, TARGET with the name of the table behind it,
in the encoding that it has. It ends with 0, or with BROKEN, LOCKED, TOO_LARGE, NO_LOG, NO_ROWS or NO_SHEET.
"""

import csv
import errno
import json
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from statistics import mode
from typing import IO, Any

from moodlelogsmart.machine import die_with, hold_to
from moodlelogsmart.reading.gunzip import GZIP, TooLarge, open_gzip

BROKEN, LOCKED, TOO_LARGE, NO_LOG, NO_ROWS, NO_SHEET = 3, 4, 5, 6, 7, 8
SECONDS = 600  # of processor time
CELL_LIMIT = 10_000_000  # characters
SHEETS = 50  # of a workbook, in which a log is looked for
HEAD, HEAD_CELLS, HEAD_CELL = 50, 200, 1000  # rows of a sheet by which it is judged, cells of a row, characters of one
KEYS = 16_384  # of all records of a JSON file, each of which is a column
DEPTH = 100  # of what is nested in JSON
PIECE = 1 << 20  # bytes of HTML that are parsed at a time
USUAL, WIDER = 50, 50  # rows by which it is told how many cells a row has, and how many more one may have
# Bytes that a table may have, whatever it was made of, and times the size of its file: quotes around every cell of JSON
# double it, and a spreadsheet is packed.
ANY_SIZE, SWELLING = 50_000_000, {"sheet": 50, "json": 4, "html": 2, "text": 4}

Row = Iterable[str]


@dataclass(frozen=True)
class Head:
    """A sheet of a workbook that has rows: its place from 1, what it is called, how many rows it has, and the first."""

    place: int
    name: str
    rows: int
    head: list[list[str]]


def sheet_rows(path: str, sheet: str = "0", heads: str = "") -> Iterator[Row]:
    """The rows of a sheet of a workbook (XLSX, ODS, XLS) by its place from 1, for 0 of the longest of the first SHEETS:
    dates in ISO 8601, numbers without `.0`. `heads`: a file to which the Head of each of these is written."""
    import python_calamine

    try:
        with python_calamine.load_workbook(path) as book:
            if int(sheet) > len(book.sheet_names):
                sys.exit(NO_SHEET)
            sheets = [book.get_sheet_by_name(name) for name in book.sheet_names[: max(SHEETS, int(sheet))]]
            if heads:
                found = [_head(place, one) for place, one in enumerate(sheets, start=1) if one.total_height]
                Path(heads).write_bytes(json.dumps([asdict(one) for one in found]).encode())
            taken = sheets[int(sheet) - 1] if int(sheet) else max(sheets, key=lambda one: one.total_height)
            for row in taken.iter_rows():
                yield [_cell_text(cell) for cell in row]
    except python_calamine.PasswordError:
        sys.exit(LOCKED)


def _head(place: int, sheet: Any) -> Head:
    rows = [
        [_cell_text(cell)[:HEAD_CELL] for cell in islice(row, HEAD_CELLS)] for row in islice(sheet.iter_rows(), HEAD)
    ]
    return Head(place, sheet.name, sheet.total_height, [row for row in rows if any(row)])


def _cell_text(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell) if isinstance(cell, str | float | int | date | timedelta) else ""


def json_rows(path: str) -> Iterator[Row]:
    """The records of a JSON file: Moodle's array of arrays of cells, or objects, however deep; also one a line.

    Objects become rows under their keys, which make the first row. What is nested in an object is left out.
    """
    keys: dict[str, int] = {}
    for record in _json_records(path):
        if isinstance(record, dict):
            for key in record:
                keys.setdefault(key, len(keys))
            if len(keys) > KEYS:
                raise TooLarge
    if keys:
        yield keys
    for record in _json_records(path):
        yield [record.get(key, "") for key in keys] if isinstance(record, dict) else record


def _json_records(path: str) -> Iterator[list[str] | dict[str, str]]:
    import ijson

    open_ones: list[list[str] | dict[str, str]] = []
    key = ""
    with Path(path).open("rb") as file:
        for event, value in ijson.basic_parse(file, multiple_values=True):
            if len(open_ones) > DEPTH:
                raise ValueError("nested without end")
            if event == "start_array":
                open_ones.append([])
            elif event == "start_map":
                open_ones.append({})
            elif event == "map_key":
                key = value
            elif event in ("end_array", "end_map"):
                done = open_ones.pop()
                # The value of a key is no record: {"quizid": 7} inside one, or a list of tags.
                if done and not (open_ones and isinstance(open_ones[-1], dict)):
                    yield done
            elif open_ones:
                inner = open_ones[-1]
                text = "" if value is None else str(value)
                if isinstance(inner, dict):
                    inner[key] = text
                else:
                    inner.append(text)


def html_rows(path: str) -> Iterator[Row]:
    """The rows of the tables of an HTML page in UTF-8, each cell as the text in it."""
    from lxml import etree

    parser = etree.HTMLPullParser(events=("end",), tag="tr", encoding="utf-8", huge_tree=True)
    with Path(path).open("rb") as file:
        # What has no end is looked through anew with each piece, so there are few of them.
        while piece := file.read(PIECE):
            parser.feed(piece)
            yield from _parsed_rows(parser)
    parser.close()
    yield from _parsed_rows(parser)


def _parsed_rows(parser: Any) -> Iterator[Row]:
    """The rows that a parser of HTML has come to the end of since the last time, which it then forgets."""
    for _event, row in parser.read_events():
        yield [_html_text("".join(cell.itertext())) for cell in row if cell.tag in ("td", "th")]
        row.clear()
        # Rows that were read stay linked to their table until they are taken out.
        while row.getprevious() is not None:
            del row.getparent()[0]


def _html_text(text: str) -> str:
    """Line ends around the text are the layout of a page that a browser saved; Moodle writes none."""
    return text.strip() if text[:1] in ("\n", "\r") or text[-1:] in ("\n", "\r") else text


def text_rows(path: str, delimiter: str, escape: str, wrapped: str) -> Iterator[Row]:
    """The rows of a text in UTF-8 whatever its line ends; `escape`: as in Layout.

    `wrapped` is the delimiter of the rows in which they are the first cells, if they are.
    """
    backslash = escape == "\\"
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        lines: Iterable[str] = (row[0] for row in csv.reader(file, delimiter=wrapped) if row) if wrapped else file
        if len(escape) > 1:
            # PHP did not double the quotes behind backslashes.
            lines = (line.replace(escape, escape + '"') for line in lines)
        yield from csv.reader(
            lines, delimiter=delimiter, doublequote=not backslash, escapechar="\\" if backslash else None
        )


def narrowed(rows: Iterator[Row]) -> Iterator[list[str]]:
    """The rows, of those that are far wider than most the first cells, and the last one that is filled.

    Nobody understands them, and what cannot be read of a row is kept once for each cell too many.
    """
    first = [list(row) for row in islice(rows, USUAL)]
    most = mode(map(len, first)) + WIDER if first else 0
    for row in chain(first, map(list, rows)):
        if len(row) > most:
            filled = [cell for cell in row[most:] if cell]
            row = [*row[:most], *filled[-1:]]
        yield row


READERS: dict[str, Callable[..., Iterator[Row]]] = {
    "sheet": sheet_rows,
    "json": json_rows,
    "html": html_rows,
    "text": text_rows,
}
TABLES = ("sql", "backup")  # kinds that hold tables, the log among others


def _opened(path: Path, most: int) -> IO[bytes]:
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
    return open_gzip(path, most) if packed else path.open("rb")


def write_tables(kind: str, source: str, target: str, most: str, member: str) -> int:
    """Write the tables of a dump or a backup, as sqldump and backup have them, those with rows; the exit code.

    `most`: bytes that a gzip may become, and each table; `member`: of a ZIP the file that is read, else ''.
    """
    from moodlelogsmart.reading import backup, sqldump

    hold_to("RLIMIT_FSIZE", int(most))
    there, written = set(), dict[str, IO[str]]()
    with ExitStack() as stack:
        if kind == "backup":
            tables = backup.backup_tables(Path(source), lambda path: _opened(path, int(most)))
        elif member:
            tables = sqldump.sql_tables(stack.enter_context(zipfile.ZipFile(source)).open(member))
        else:
            tables = sqldump.sql_tables(stack.enter_context(_opened(Path(source), int(most))))
        for table, rows in tables:
            there.add(table)
            if rows and table not in written:
                file = Path(f"{target}-{table}").open("w", encoding="latin-1", newline="")  # noqa: SIM115 - of the stack
                written[table] = stack.enter_context(file)
                written[table].write(_line(sqldump.HEADERS[table]))
            if rows:
                written[table].write("".join(map(_line, rows)))
    logs = {sqldump.LOG, sqldump.OLD_LOG}
    return 0 if logs & written.keys() else NO_ROWS if logs & there else NO_LOG


def _line(cells: list[str]) -> str:
    """A row as CSV; no cell of a dump holds a zero byte. In half the time of csv, of which a log has much."""
    return '"' + "\0".join(cells).replace('"', '""').replace("\0", '","') + '"\n'


def main(parent: str, kind: str, source: str, target: str, memory: str, *how: str) -> int:
    """Convert within `memory` MB; the exit code."""
    hold_to("RLIMIT_AS", int(memory) << 20)
    hold_to("RLIMIT_CPU", SECONDS)
    csv.field_size_limit(CELL_LIMIT)
    die_with(int(parent))
    try:
        if kind in TABLES:
            return write_tables(kind, source, target, *how)
        most = max(ANY_SIZE, Path(source).stat().st_size * SWELLING[kind])
        hold_to("RLIMIT_FSIZE", most)
        with Path(target).open("w", encoding="utf-8", errors="replace", newline="") as file:
            writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
            writer.writerows(row for row in narrowed(READERS[kind](source, *how)) if any(row))
    except (MemoryError, TooLarge):
        return TOO_LARGE
    except OSError as error:
        return TOO_LARGE if error.errno == errno.EFBIG else BROKEN
    except Exception:  # noqa: BLE001 - whatever a broken file does to its reader, it is broken
        return BROKEN
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
