"""Table `raw`: the rows of all logs of a job, whatever they were exported as, each with the same columns of text."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import duckdb

from moodlelogsmart.messages import LogError, named
from moodlelogsmart.reading import dump, headers, ragged
from moodlelogsmart.reading.columns import find_language
from moodlelogsmart.reading.inside import load_inside, make_inside
from moodlelogsmart.reading.layout import Layout
from moodlelogsmart.reading.model import COLUMNS, CONTENT, FileReading, Reading
from moodlelogsmart.reading.names import load_names
from moodlelogsmart.reading.sources import Source, open_sources
from moodlelogsmart.workspace import Workspace

_EMPTY = "''"
LINE_LIMIT = 2_000_000  # bytes of one row; Moodle's longest descriptions are a few thousand

# A number that stands alone, so that the digit in 'h5pactivity' is none. -1, -10 and -20 are Moodle's own actors.
NUMBER = r"-?\b[0-9]+\b"


def masked(text: str) -> str:
    """SQL: a sentence without its numbers, in which all events of a kind are alike."""
    return f"regexp_replace({text}, '{NUMBER}', '#', 'g')"


# SQL over the columns of `raw`: the same number for all rows of one sentence. Among 10,000 sentences two share one by a
# chance of 1 in 400,000,000,000.
SENTENCE_KEY = f"hash(component, event_name, teaching, {masked('description')})"


def load_logs(
    work: Workspace, paths: Iterable[Path], told: Reading, names: Iterable[str] = ()
) -> tuple[list[Source], Reading]:
    """Make tables `raw` and `unread` of the logs in the files of a job, `module_section` (module, section) of what
    dumps and backups tell of course modules, and those of inside.make_inside; these logs, and what was understood.

    `names` are what the files are called, as far as that is known. Nothing is guessed of what is `told`. Raises
    LogError, and WrongKind for what can hold no log.
    """
    sources, others = open_sources(paths, work, told, names)
    work.run("create table module_section (module varchar, section varchar)")
    make_inside(work)
    if len(told.files) not in (0, 1, len(sources)):
        raise LogError(
            "What was told is of another number of logs (%(told)d) than there are (%(logs)d); tell it of each of "
            "them, or of all at once.",
            told=len(told.files),
            logs=len(sources),
        )
    if (place := max(told.of_log, default=0)) > len(sources):
        raise LogError(
            "Something is told of log number %(place)d, and the last one is number %(logs)d.",
            place=place,
            logs=len(sources),
        )
    files = tuple(_load_named(work, source, place) for place, source in enumerate(sources))
    with named(sources[0].reading.name):
        work.expect(_check_rows(work))
    language = told.language.or_found(lambda: find_language(_labels(sources[0].layout)))
    return sources, replace(
        told,
        files=files,
        of_log={},
        language=language,
        files_left_out=tuple(other.name for other in others),
        kinds_left_out=tuple(other.error.kind for other in others),
    )


def _labels(layout: Layout) -> list[str]:
    """The header, but nothing of one of which most columns were told by what is in them: it is in another language."""
    by = [part.by for part in layout.columns.values() if part.value.place]
    return [] if by.count(CONTENT) * 2 > len(by) else layout.header


def _load_named(work: Workspace, source: Source, place: int) -> FileReading:
    with named(source.reading.name):
        return _load(work, source, place)


def _load(work: Workspace, source: Source, place: int) -> FileReading:
    """Add the rows to table `raw`: one text column for each of COLUMNS ('' where the log has none), those of
    dump.EXTRA, sentence_key (see SENTENCE_KEY), and `file`, the place of the log among those of the job.

    Further headers are left out. Rows that do not have the usual number of cells and cannot be understood go to table
    `unread` (line, text). Returns what was understood of the log, with its rows. Raises LogError where the file cannot
    be read as a table at all, or holds exports of different columns.
    """
    work.run(
        f"""create table if not exists raw ({", ".join(f"{name} varchar" for name in (*COLUMNS, *dump.EXTRA))},
        sentence_key ubigint, file integer)"""
    )
    work.run("create table if not exists unread (line bigint, text varchar)")
    before, layout = sum(_rows(work)), source.layout
    cells = {f"c{cell}": "varchar" for cell in range(layout.width)}
    select = partial(_select, layout, place, bool(source.names))
    if source.names:
        load_names(work, source.names)
    rows = f"""read_csv($path, columns = {cells}, auto_detect = false, header = {layout.header_first},
        skip = {layout.skip}, delim = $delimiter, quote = '"', escape = $escape, max_line_size = {LINE_LIMIT},
        store_rejects = true, rejects_limit = 0)"""
    told = {"path": str(source.path), "delimiter": layout.delimiter.value, "escape": layout.escape}
    try:
        # Strict, since else a row's surplus cells are left out without a word.
        work.run(f"insert into raw {select(rows)}", told)
        if headers.may_be_in(work, place):
            # Once more without them: to look for them in every row of every log would take as long as reading it.
            work.run("delete from reject_errors")
            work.run(f"create or replace table raw as from raw where file <> {place}")
            work.run(f"insert into raw {select(f'(from {rows} where not {headers.is_header(layout.columns)})')}", told)
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        raise LogError(
            "%(file)s cannot be read as a table; export the log again from Moodle as “Comma separated values (.csv)”."
        ) from error
    ragged.mend(work, layout, select, place)
    headers.check_others(work, place, layout.form.value == "table")
    if source.names and source.lists:
        load_inside(work, source.lists, place)
    if source.names:
        work.run("drop table known_name")
    return replace(source.reading, rows=sum(_rows(work)) - before)


def _rows(work: Workspace) -> tuple[int, int]:
    """How many rows were read until now, and how many could not be."""
    rows, unread = work.run("select (select count(*) from raw), (select count(*) from unread)")[0]
    return rows, unread


def _select(layout: Layout, place: int, named: bool, rows: str, beside: str = "") -> str:
    """SQL: the columns of table `raw` of rows that have the cells c0, c1, ..., behind what is selected `beside`.

    Where they are `named`, table `known_name` has names for the numbers in them.
    """
    if layout.form.value == "table":
        wanted, rows = dump.expressions(layout.positions, rows, named)
    else:
        wanted = _expressions(layout)
    cells = ", ".join(f"{wanted.get(name, _EMPTY)} as {name}" for name in (*COLUMNS, *dump.EXTRA))
    return f"select {beside} {cells}, {SENTENCE_KEY} as sentence_key, {place} as file from {rows}"


def _expressions(layout: Layout) -> dict[str, str]:
    """SQL of each column by name, over the cells c0, c1, ..."""
    behind = layout.positions["time"]
    places = {name: at + (layout.split_time and at > behind) for name, at in layout.positions.items()}
    cells = {name: f"coalesce(c{at}, '')" for name, at in places.items()}
    if layout.split_time:
        cells["time"] = f"c{behind} || ',' || c{behind + 1}"
    if "date" in cells:
        cells["time"] = f"{cells['date']} || ' ' || {cells['time']}"
    return cells


def _check_rows(work: Workspace) -> int:
    """How many rows were read.

    Raises LogError where the log holds no event, or more than half of it could not be read.
    """
    rows, unread = _rows(work)
    if not rows and not unread:
        raise LogError("%(file)s has no events. In Moodle choose “All participants”, “All days”, and download again.")
    if unread > rows:
        raise LogError(
            "Rows that could not be read as cells: %(unread)d of %(rows)d; export the log again from Moodle as "
            "“Comma separated values (.csv)”.",
            unread=unread,
            rows=rows + unread,
        )
    return rows
