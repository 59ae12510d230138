"""Labels of one's own: a table that says which element of the course belongs to which category."""

import re
from pathlib import Path

from moodlelogsmart.messages import LogError, Message
from moodlelogsmart.reading.columns import folded
from moodlelogsmart.reading.lists import Kind, check_list, header_at, list_rows

LONGEST = 200  # letters of a label
STAR_LIMIT, PATTERNS = 3, 1000  # asterisks of a pattern, beyond which they are letters; and patterns of a file
_NEEDED = ("element", "label")


def read_categories(path: Path) -> list[tuple[str, str]]:
    """The elements, or patterns of them with `*` for any text, and the label of each, in the order of the file; of rows
    without a label there is none. Raises LogError where the file has no such columns."""
    rows = list(list_rows(path, LABELS))
    start, (element, label) = _columns(rows)
    told = [
        (_bare(row[element]), _bare(row[label])[:LONGEST])
        for row in rows[start + 1 :]
        if len(row) > max(element, label) and row[element].strip() and row[label].strip()
    ]
    if sum(is_pattern(one) for one, _label in told) > PATTERNS:
        raise LogError(
            "%(file)s has more than %(most)s rows with an asterisk; write the elements out.",
            file=LABELS.called,
            most=PATTERNS,
        )
    return told


def check_categories(path: Path) -> None:
    """Look whether a file can tell labels, as `lists.check_list` does. Raises LogError as `read_categories` does."""
    check_list(path, LABELS, _columns)


def is_pattern(element: str) -> bool:
    """Whether an asterisk in it stands for any text."""
    return 0 < element.count("*") <= STAR_LIMIT


def _columns(rows: list[list[str]]) -> tuple[int, list[int]]:
    """The place of the row of labels, and those of the columns that are needed."""
    start = header_at(rows, lambda label: folded(label) in _NEEDED)
    header = [folded(label) for label in rows[start]] if rows else []
    if not all(name in header for name in _NEEDED):
        raise LogError("%(file)s has no columns “element” and “label”. %(how)s", file=LABELS.called, how=LABELS.how)
    return start, [header.index(name) for name in _NEEDED]


def _bare(cell: str) -> str:
    """The cell without the apostrophe that keeps a spreadsheet from running it."""
    text = cell.strip()
    return text[1:] if re.match("'[=+@-]", text) else text


def _words_in(text: str) -> int:
    return sum(folded(cell) in _NEEDED for cell in re.split(r"[,;\t\r\n]", text))


LABELS = Kind(
    Message("The file of labels"),
    Message(
        "Take labels_template.csv of an earlier result, write a label beside each element, and save it as CSV or as a "
        "workbook."
    ),
    100,
    _words_in,
)
