"""Stage read, the layout of a text: separators, header and columns, by its beginning."""

import csv
import io
import re
from dataclasses import dataclass, replace
from itertools import islice

from moodlelogsmart.messages import Message, NoLog
from moodlelogsmart.reading import dump, headers, tables
from moodlelogsmart.reading.columns import find_columns, has_actions, known_labels
from moodlelogsmart.reading.content import looks_like_time
from moodlelogsmart.reading.model import DELIMITERS, NOTHING_TOLD, Column, FileReading, Part, Sample, Unclear

LABELS, CELLS = Message("the names of the columns"), Message("what is in the rows")
ROWS = 500  # rows by whose look the columns are found
TITLES = 10  # lines above the header in which it is looked for: a title, or Excel's "sep=;"
MOST_COLUMNS = 16_384  # of Excel; it leaves empty ones behind
LOOKED_AT = 10_000  # characters of a cell by which its column is told; Moodle's longest descriptions have half of that
SAMPLED, SAMPLES, SAMPLE = 200, 5, 80  # columns of which values are shown, how many, and characters of each
PHP = '\\"'  # as escape: PHP's own writer of CSV doubles quotes, but not behind a backslash
_DOUBLED = re.compile(rf'[^{DELIMITERS}\s\\"]""[^{DELIMITERS}\s"]')  # within a cell, for there are empty ones as well


@dataclass(frozen=True)
class Layout:
    """How a text is laid out as a table, and what its columns are.

    delimiter, columns and form: as in FileReading; escape: a backslash, a quote where quotes are doubled, or PHP; skip:
    lines above header and rows; header: its labels, none where the log has no header; header_first: whether it stands
    above all rows; width: cells of a row; samples: as in FileReading; split_time: the comma in an unquoted time made
    two cells of it; wrapped: where each row stands in quotes as the only filled cell of a row, the delimiter of those,
    else ''.
    """

    delimiter: Part[str]
    escape: str
    skip: int
    header: list[str]
    width: int
    columns: dict[str, Part[Column]]
    split_time: bool
    form: Part[str]
    header_first: bool
    samples: tuple[Sample, ...]
    wrapped: str = ""

    @property
    def positions(self) -> dict[str, int]:
        """The places of the columns that there are, from 0, by name."""
        return {name: part.value.place - 1 for name, part in self.columns.items() if part.value.place}


def familiar(text: str) -> int:
    """How many labels of a Moodle log its first lines hold."""
    return max((known_labels(row) for d in DELIMITERS for _, row in _rows(text[:5000], d, '"', TITLES)), default=0)


def find_layout(text: str, cut: bool = False, told: FileReading = NOTHING_TOLD, end: str = "") -> Layout:
    """The layout of a table by its beginning, and by what is `told`; `cut` where the beginning may end within a row.

    `end` is how the text ends, where a header may stand as well.
    Raises LogError where it is no log of Moodle, or lacks what a log needs.
    """
    text = text.removeprefix("\ufeff")
    outer = _wrapping(text)
    if outer:
        inner = "\n".join(row[0] for _, row in _rows(text, outer, '"', ROWS))
        last = "\n".join(row[0] for _, row in _rows(end, outer, '"', ROWS))
        return replace(find_layout(inner, cut, told, last), wrapped=outer)
    escapes = ['"', "\\"] if '\\"' in text else ['"']
    delimiters = told.delimiter.value or DELIMITERS
    readings = [(delimiter, escape) for escape in escapes for delimiter in delimiters]
    delimiter, escape = max(readings, key=lambda reading: _clarity(text, *reading))
    labels = _clarity(text, delimiter, escape)[0]
    escape = PHP if _is_by_php(text, delimiter, cut) else escape
    part = told.delimiter.or_found(lambda: Part(delimiter, labels > 0, LABELS if labels else CELLS))
    return _layout(text, replace(part, value=delimiter), escape, cut, told, end)


def _wrapping(text: str) -> str:
    """The delimiter behind rows that each stand in quotes as one cell, as Excel saves a log it took for one column."""
    lines = [line for line in text[:20_000].splitlines()[:TITLES] if line]

    def wrapped(line: str, delimiter: str) -> bool:
        rows = _rows(line, delimiter, '"', 1) if line.startswith('"') else []
        alone = [cell for _, (cell, *rest) in rows if not any(rest)]
        cells = [cell for cell in alone if line.startswith('"' + cell.replace('"', '""') + '"')]
        return any(_width_within(cell) > 3 for cell in cells)

    return next((d for d in DELIMITERS if sum(wrapped(line, d) for line in lines) * 2 > len(lines)), "")


def _width_within(cell: str) -> int:
    return max((len(row) for delimiter in DELIMITERS for _, row in _rows(cell, delimiter, '"', 1)), default=0)


def _clarity(text: str, delimiter: str, escape: str) -> tuple[int, float, int]:
    """How much a reading of the text looks like a table: known labels, how many rows have the same width, and that."""
    rows = [row for _, row in _rows(text, delimiter, escape, 50)]
    width = _usual_width(rows)
    same = sum(len(row) == width for row in rows) / max(len(rows), 1) if width > 1 else 0
    return max((known_labels(row) + dump.known_labels(row) for row in rows[:TITLES]), default=0), round(same, 1), width


def _is_by_php(text: str, delimiter: str, cut: bool) -> bool:
    """Whether quotes are doubled, and more whole rows are well-formed if those behind a backslash need not be."""
    if PHP not in text or not _DOUBLED.search(text):
        return False
    plain, by_php = (len(_rows(text, delimiter, escape, len(text), strict=True)) for escape in ('"', PHP))
    return by_php > plain + cut


def _usual_width(rows: list[list[str]]) -> int:
    widths = [len(row) for row in rows]
    return max(widths, key=widths.count, default=0)


def _rows(text: str, delimiter: str, escape: str, most: int, strict: bool = False) -> list[tuple[int, list[str]]]:
    """The first rows that are not empty, each with the number of lines above it; `strict`: up to what is no CSV.

    Of a row that is too wide for a log there is one cell more than a log may have.
    """
    backslash = escape == "\\"
    reader = csv.reader(
        io.StringIO(text.replace(PHP, PHP + '"') if escape == PHP else text, newline=""),
        strict=strict,
        delimiter=delimiter,
        doublequote=not backslash,
        escapechar="\\" if backslash else None,
    )
    rows, above = [], 0
    try:
        for row in islice(reader, most):
            if any(row):
                rows.append((above, row[: MOST_COLUMNS + 1]))
            above = reader.line_num
    except csv.Error:
        pass  # an endless cell, or where it is strict any other: what came before it counts
    return rows


def _layout(text: str, delimiter: Part[str], escape: str, cut: bool, told: FileReading, end: str) -> Layout:
    numbered = _rows(text, delimiter.value, escape, ROWS)
    whole = numbered[: -1 if cut and len(numbered) > 2 else None]
    rows = [[cell[:LOOKED_AT] for cell in row] for _, row in whole]
    width = _usual_width(rows)
    at, header, known = _find_header(rows, width, _last_rows(end, delimiter.value, escape))
    first = headers.rows_above(rows[:at], header, [_is_event(row) for row in rows[:at]]) if header else at
    first = 0 if first is None and at == len(rows) else first
    below = [row for row in rows[at + bool(header) if first is None else first :] if row != header]
    if max(width, len(header)) > MOST_COLUMNS:
        raise NoLog(
            "%(file)s has more than %(most)d columns, and a log of Moodle about ten; is it really a log?",
            most=MOST_COLUMNS,
        )
    by = LABELS if known else CELLS
    form = told.form.or_found(lambda: Part("table" if dump.is_dump(header, below) else "report", known, by))
    is_table = form.value == "table"
    try:
        columns = (dump.find_columns if is_table else find_columns)(header, below, told.columns)
    except Unclear as error:
        error.seen = replace(
            told, columns=error.seen.columns, delimiter=delimiter, samples=_samples(header, below, len(header) or width)
        )
        raise
    if not told.form.is_known and not is_table and has_actions(header, columns):
        form = replace(form, value="legacy")
    when = columns["time"].value.place - 1 if "time" in columns else 0
    split = bool(header) and not is_table and delimiter.value == "," and _has_split_time(below, len(header), when)
    skip = numbered[at if first is None else first][0] if numbered else 0
    width = len(header) + split if header else width
    cells = [[*row[:when], ",".join(row[when : when + 2]), *row[when + 2 :]] for row in below] if split else below
    samples = _samples(header, cells, width - split)
    return Layout(delimiter, escape, skip, header, width, columns, split, form, bool(header) and first is None, samples)


def _samples(header: list[str], rows: list[list[str]], width: int) -> tuple[Sample, ...]:
    """The first columns with their first values that differ."""
    found = []
    for place in range(min(width, SAMPLED)):
        values = dict.fromkeys(row[place][:SAMPLE] for row in rows if place < len(row) and row[place].strip())
        label = header[place][:SAMPLE] if place < len(header) else ""
        found.append(Sample(label, tuple(values)[:SAMPLES]))
    return tuple(found)


def _last_rows(end: str, delimiter: str, escape: str) -> list[list[str]]:
    """The last rows of a text, line by line, since nobody knows whether its first line is within a cell."""
    lines = end.splitlines()[-TITLES:]
    return [row for line in lines for _, row in _rows(line, delimiter, escape, 1)]


def _find_header(rows: list[list[str]], width: int, last: list[list[str]]) -> tuple[int, list[str], bool]:
    """The place of the header among the first rows, itself (none where there is none), and whether labels told it.

    It may stand below all of them, among the `last` rows.
    """
    known = [0 if _is_event(row) else headers.count_labels(row) for row in rows[:TITLES]]
    if max(known, default=0) < headers.LEAST:
        others = [*enumerate(rows), *((len(rows), row) for row in last)]
        elsewhere = next((one for one in others if headers.count_labels(one[1]) >= headers.LEAST), None)
        if elsewhere:
            return *elsewhere, True
    if max(known, default=0) == 1:
        # That may be a word of a row, such as the role “Student” in a list of participants.
        known = [0 if _is_event(row) else headers.count_labels(row) + tables.known_labels(row) for row in rows[:TITLES]]
    if any(known):
        at = known.index(max(known))
        return at, rows[at], True
    # Without a known label the header is the first row that is as wide as the others.
    at = next((at for at, row in enumerate(rows) if len(row) == width), 0)
    return at, [] if not rows or _is_event(rows[at]) else rows[at], False


def _has_split_time(rows: list[list[str]], width: int, when: int) -> bool:
    """Whether in most rows a time without quotes fell apart at its comma: 17/10/21, 12:39."""
    apart = [
        row for row in rows if len(row) > width
        and not looks_like_time(row[when]) and looks_like_time(",".join(row[when : when + 2]))
    ]  # fmt: skip
    return len(apart) * 2 > len(rows)


def _is_event(row: list[str]) -> bool:
    """Whether a row is an event already and no header, for a header holds neither a time nor a class of events."""
    return any(looks_like_time(cell) for cell in row) or dump.is_dump([], [row])
