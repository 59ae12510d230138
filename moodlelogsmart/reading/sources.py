"""The logs in the files of a job as text in UTF-8, whatever they were exported as."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

from moodlelogsmart.messages import LogError, Message, NoLog, file_name, named
from moodlelogsmart.reading import convert, sqldump
from moodlelogsmart.reading.encoding import CHUNK, as_utf8, decode_as, decode_end, decode_start
from moodlelogsmart.reading.layout import PHP, Layout, familiar, find_layout
from moodlelogsmart.reading.lists import Kind, is_list
from moodlelogsmart.reading.model import (
    EXPORT,
    INCOMPLETE,
    NOTHING_TOLD,
    TEXTS,
    UNKNOWN,
    FileReading,
    Part,
    Reading,
    Unclear,
)
from moodlelogsmart.reading.sheets import find_sheet, longest, read_heads
from moodlelogsmart.reading.unpack import LARGEST, START, Found, Other, check_file, unpack
from moodlelogsmart.workspace import Workspace

# Bytes of a line. DuckDB deals a file out to its threads by 8,000,000 bytes, and of a longer line that lies across two
# such pieces it says nothing: with 9 to 16 MB one was lost at some places of a file.
LONGEST_LINE = 8_000_000
END = 1 << 14  # bytes at the end of a file in which a header is looked for
_NONE = Part("", True, Message("the kind of the file"))  # encoding and delimiter, of what has none
_NO_SHEET = Part(0, True, _NONE.by)
_NO_OTHER_KIND = Message("the names of its columns; it begins like a file of another kind")
_SURPLUS = 1000  # delimiters in a piece of a file beyond those of its rows, as in texts
_NEEDED = (
    "PATH",
    "PYTHONPATH",
    "LD_LIBRARY_PATH",
    "LANG",
    "TMPDIR",
    "TEMP",
    "TMP",
    "SYSTEMROOT",
)  # the last three on Windows
SWELLING = 20  # times its size that a dump may become, unpacked and as a table
CONVERSION = 3  # times the memory of a job that reading a spreadsheet may take; one of Excel's largest took 1 GB


@dataclass(frozen=True)
class Source:
    """A log as text in UTF-8: where it lies, its layout, what was understood of it until its rows are read, and of a
    dump the tables of names and of lists (sqldump.NAMES, sqldump.LISTS).
    """

    path: Path
    layout: Layout
    reading: FileReading
    names: Path | None = None
    lists: Path | None = None


def check_start(path: Path, told: FileReading = NOTHING_TOLD) -> None:
    """Look at the beginning of a file, at once, before it is queued.

    Raises WrongKind for what can hold no log, LogError for what is empty or locked, or cannot be read as it is `told`
    to be, Unclear for text that is no log by its columns, and by what is told of them.
    """
    start = check_file(path)
    if start is None:
        return
    if told.kind.value == "json":
        raise _refusal(convert.BROKEN, "json")  # what begins as JSON is found to be that
    if told.kind.value == "html" and b"<table" not in start.replace(b"\0", b"").lower():
        raise _no_table()
    if told.kind.value in ("", "text"):
        end = decode_end(_end(path), start, familiar)
        text = decode_as(start, told.encoding.value) if told.encoding.value else decode_start(start, familiar)
        find_layout(text, len(start) >= START, told, end)


def open_sources(
    paths: Iterable[Path], work: Workspace, told: Reading, names: Iterable[str] = ()
) -> tuple[list[Source], list[Other]]:
    """The logs in the files of a job, as UTF-8 text, and the files that are none, beside them or in archives.

    `names` are what the files are called, as far as that is known. Nothing is guessed of what is `told`. Raises
    LogError, and WrongKind for what can hold no log, with the name of the file; of several that are none the foremost.
    """
    sources, others = list[Source](), list[Other]()
    paths = list(paths)
    for path, name in zip_longest(paths, names, fillvalue=""):
        with named(name):
            for found in _found_in(Path(path), name, work):
                if isinstance(found, Other):
                    others.append(found)
                    continue
                called = file_name(found.member or name)
                try:
                    with named(called):
                        for log, tables in _logs(found, work):
                            source = _open(log, tables, work, told.file(len(sources)))
                            sources.append(replace(source, reading=replace(source.reading, name=called)))
                except NoLog as error:
                    if isinstance(error, Unclear):
                        error.seen = replace(error.seen, name=called)
                        error.place = len(sources) + 1 if len(paths) > 1 or found.member else 0
                    if not found.member and not is_other(error):
                        raise
                    others.append(Other(called, error))
    if not sources:
        raise foremost([other.error for other in others])
    return sources, others


def is_other(error: NoLog) -> bool:
    """Whether a file that was chosen by hand beside logs can be left out for this, since it seems to be no log."""
    return error.kind != INCOMPLETE


def foremost(errors: Sequence[NoLog]) -> NoLog:
    """What to say of several files that are all no logs: of one that may be a log in the end, else of the first."""
    return next((one for one in errors if isinstance(one, Unclear) and not one.is_told), errors[0])


def _found_in(path: Path, name: str, work: Workspace) -> Iterator[Found | Other]:
    """The log files that are in a file, and what else is; if that is all that there is, the file itself."""
    try:
        for found in unpack(path, work):
            if isinstance(found, Other):
                called = file_name(found.name)
                found.error.name(called)
                found = Other(called, found.error)
            yield found
    except NoLog as error:
        error.name(name)
        yield Other(file_name(name), error)


def _logs(found: Found, work: Workspace) -> Iterator[tuple[Found, dict[str, Path]]]:
    """The file itself, or the logs of a dump as CSV: Moodle's table and that of before 2.7; with what is beside, by its
    table."""
    if found.kind not in convert.TABLES:
        yield found, {}
        return
    most = max(LARGEST, found.path.stat().st_size * SWELLING)
    target = _convert(work, found.kind, found.path, str(most), found.member)
    beside = {table: target.with_name(f"{target.name}-{table}") for table in (sqldump.NAMES, sqldump.LISTS)}
    tables = {table: as_utf8(path, work, familiar)[0] for table, path in beside.items() if path.exists()}
    for table in (sqldump.LOG, sqldump.OLD_LOG):
        log = target.with_name(f"{target.name}-{table}")
        if log.exists():
            yield Found(log, found.kind), tables


def _open(found: Found, tables: dict[str, Path], work: Workspace, told: FileReading) -> Source:
    kind = _kind_of(found, told)
    try:
        return _open_as(kind, found, tables, work, told)
    except LogError:
        if kind.value not in TEXTS or kind.value == "text" or told.kind.is_known:
            raise
        # A text may begin like JSON or a web page; one whose columns are those of a log is that.
        if source := _opened_as_text(found, tables, work, told):
            return source
        raise


def _opened_as_text(found: Found, tables: dict[str, Path], work: Workspace, told: FileReading) -> Source | None:
    try:
        source = _open_as(Part("text", False, _NO_OTHER_KIND), found, tables, work, told)
    except LogError:
        return None
    return source if source.reading.delimiter.sure else None


def _open_as(kind: Part[str], found: Found, tables: dict[str, Path], work: Workspace, told: FileReading) -> Source:
    text, encoding, lost = found.path, _NONE, 0
    sheet, sheets = _NO_SHEET, dict[int, str]()
    if kind.value != "sheet":
        text, encoding, lost = as_utf8(found.path, work, familiar, told.encoding)
    if kind.value != "text":
        told = replace(told, delimiter=UNKNOWN)
        if kind.value == "sheet":
            text, sheet, sheets = _sheet_of(text, work, told.sheet)
        elif kind.value not in convert.TABLES:
            text = _convert_table(work, kind.value, text)
    try:
        layout = _layout_of(text, told)
    except Unclear as error:
        delimiter = error.seen.delimiter if kind.value == "text" else _NONE
        error.seen = replace(
            error.seen,
            kind=kind,
            encoding=encoding,
            delimiter=delimiter,
            letters_lost=lost,
            sheet=sheet,
            sheets=sheets,
        )
        raise
    delimiter, rewritten = layout.delimiter if kind.value == "text" else _NONE, False
    if kind.value == "text" and (layout.wrapped or layout.escape == PHP or _has_odd_rows(text, layout, work)):
        text = _convert_table(work, kind.value, text, layout.delimiter.value, layout.escape, layout.wrapped)
        layout, rewritten = _layout_of(text, replace(told, delimiter=UNKNOWN)), True
    reading = replace(
        told,
        kind=kind,
        form=layout.form,
        encoding=encoding,
        delimiter=delimiter,
        columns=layout.columns,
        letters_lost=lost,
        rewritten=rewritten,
        samples=layout.samples,
        sheet=sheet,
        sheets=sheets,
    )
    return Source(text, layout, reading, tables.get(sqldump.NAMES), tables.get(sqldump.LISTS))


def _kind_of(found: Found, told: FileReading) -> Part[str]:
    """What a person says of a text is nothing of a spreadsheet or a dump beside it."""
    if told.kind.is_known and ((found.kind in TEXTS) >= (told.kind.value in TEXTS)):
        return told.kind
    return Part(found.kind, True, Message("its first bytes"))


def as_text(path: Path, work: Workspace, kind: Kind) -> Path:
    """A list of a kind as text: itself, or what was in the spreadsheet, JSON or HTML."""
    with is_list(kind):
        return _as_text(path, work)


def _as_text(path: Path, work: Workspace) -> Path:
    found = next(unpack(path, work))
    if isinstance(found, Other):
        raise found.error
    if found.kind == "text":
        return found.path
    if found.kind in convert.TABLES:
        raise LogError(
            "%(file)s is a dump or a backup of Moodle, not a list; export the list as “Comma separated values (.csv)”."
        )
    return _convert_table(
        work, found.kind, found.path if found.kind == "sheet" else as_utf8(found.path, work, familiar)[0]
    )


def _layout_of(text: Path, told: FileReading) -> Layout:
    with text.open("rb") as file:
        start = file.read(START)
    end = decode_end(_end(text), b"", familiar)
    return find_layout(start.decode("utf-8", errors="replace"), len(start) == START, told, end)


def _end(path: Path) -> bytes:
    """How a file ends, from an even place on, since letters may have two bytes."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - END, 0) // 2 * 2)
        return file.read()


def _has_odd_rows(path: Path, layout: Layout, work: Workspace) -> bool:
    """Whether lines end in several ways, or as on an old Mac, also where only those within cells differ; or whether
    somewhere there are far more delimiters than the lines should have.

    Raises LogError for a line that DuckDB may pass over without a word.
    """
    returns = pairs = lone = unended = 0
    before, is_wide, delimiter = b"", False, layout.delimiter.value.encode()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            work.check()
            last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            unended = unended + len(chunk) if last < 0 else len(chunk) - last - 1
            if unended > LONGEST_LINE:
                raise LogError(
                    "%(file)s has a line that is far longer than any row of a log; export the log again from Moodle."
                )
            most = (chunk.count(b"\n") + 1) * (layout.width + convert.WIDER) + _SURPLUS
            is_wide = is_wide or chunk.count(delimiter) > most
            # Most files hold none, and counting takes as long as reading.
            if b"\r" in chunk or before:
                here = (before + chunk).count(b"\r\n")
                returns, pairs, lone = returns + chunk.count(b"\r"), pairs + here, lone + chunk.count(b"\n") - here
                before = chunk[-1:] if chunk.endswith(b"\r") else b""
            else:
                lone += last >= 0
    return is_wide or returns > pairs or (pairs > 0 and lone > 0)


def _convert_table(work: Workspace, kind: str, source: Path, *how: str) -> Path:
    """The file as CSV. Raises LogError for what cannot be read and where there is no table."""
    return _filled(_convert(work, kind, source, *how))


def _filled(table: Path) -> Path:
    if not table.stat().st_size:
        raise _no_table()
    return table


def _sheet_of(path: Path, work: Workspace, told: Part[int]) -> tuple[Path, Part[int], dict[int, str]]:
    """The sheet of a workbook that is the log, as CSV, and what find_sheet says of it."""
    heads = work.scratch()
    text = _filled(_convert(work, "sheet", path, str(told.value), str(heads)))
    sheets = read_heads(heads)
    sheet, names = find_sheet(sheets, told)
    if not told.is_known and sheet.value != longest(sheets):
        text = _convert(work, "sheet", path, str(sheet.value))
    return text, sheet, names


def _no_table() -> NoLog:
    return NoLog("%(file)s holds no table. %(how)s", how=EXPORT)


def _convert(work: Workspace, kind: str, source: Path, *how: str) -> Path:
    """Where the file was written as CSV, by a process of its own that ends with the job.

    Raises LogError for what cannot be read.
    """
    target = work.scratch()
    memory = work.limits.memory * CONVERSION
    command = [
        sys.executable,
        "-m",
        convert.__name__,
        str(os.getpid()),
        kind,
        str(source),
        str(target),
        str(memory),
        *how,
    ]
    root = Path(convert.__file__).parents[2]
    with subprocess.Popen(
        command,
        cwd=root,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            while process.poll() is None:
                work.check()
                try:
                    process.wait(0.05)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            process.kill()
    if process.returncode:
        raise _refusal(process.returncode, kind)
    return target


def _environment() -> dict[str, str]:
    """What a program needs to know of the machine, and nothing else: keys and tokens stand there as well."""
    return {name: os.environ[name] for name in _NEEDED if name in os.environ}


def _refusal(code: int, kind: str) -> LogError:
    """What is said where the conversion of a file ended with such a code."""
    if code == convert.LOCKED:
        return LogError("%(file)s is protected by a password; save it without one and try again.")
    if kind == "backup" and code in (convert.NO_LOG, convert.NO_ROWS):
        return NoLog(
            "%(file)s is a backup of a course without its logs; choose “Include course logs” when you make it, or "
            "download the log. %(how)s",
            kind="backup",
            how=EXPORT,
        )
    if code == convert.NO_LOG:
        return NoLog(
            "%(file)s is a dump of a whole database. It holds no table `mdl_logstore_standard_log`, so there is no log "
            "in it. Dump that table as well, or download the log. %(how)s",
            kind="dump",
            how=EXPORT,
        )
    if code == convert.NO_ROWS:
        return NoLog(
            "%(file)s is a dump of a whole database. Its table `mdl_logstore_standard_log` has no rows, so there is no "
            "log in it. Dump that table with its data, or download the log. %(how)s",
            kind="dump",
            how=EXPORT,
        )
    if code == convert.NO_SHEET:
        error = LogError("%(file)s has no sheet of that number.")
        error.option = "sheet"
        return error
    if code == convert.BROKEN:
        return LogError(
            "%(file)s is damaged or not what it seems; download the log again from Moodle, best as "
            "“Comma separated values (.csv)”."
        )
    return LogError(
        "%(file)s takes more memory or time to be read than the server gives one job; download the log from Moodle "
        "as “Comma separated values (.csv)”."
    )
