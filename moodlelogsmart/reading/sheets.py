"""Which sheet of a workbook is the log: their beginnings tell, or a person does."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import msgspec

from moodlelogsmart.messages import LogError, Message
from moodlelogsmart.reading.convert import Head
from moodlelogsmart.reading.layout import find_layout
from moodlelogsmart.reading.model import Part, Unclear

LOG, MAYBE, OTHER = range(3)  # what a sheet looks like
_ONLY = Message("it is the only sheet with rows")
_COLUMNS = Message("the names of its columns; no other sheet is a log")
_LONGEST = Message("its length; other sheets look like logs as well")
_NONE = Message("its length; no sheet looks like a log")


def read_heads(path: Path) -> list[Head]:
    """The beginnings of the sheets, as convert.sheet_rows wrote them."""
    return msgspec.json.decode(path.read_bytes(), type=list[Head])


def longest(sheets: Sequence[Head]) -> int:
    """The place of the longest of them, 0 where there is none."""
    return max(sheets, key=lambda one: one.rows).place if sheets else 0


def find_sheet(sheets: Sequence[Head], told: Part[int]) -> tuple[Part[int], dict[int, str]]:
    """The sheet that is the log, by its place from 1, and what those are called, by their places, that can be it."""
    looks = {one.place: OTHER if len(sheets) == 1 else _look(one) for one in sheets}
    best = min(looks.values(), default=OTHER)
    likely = [one for one in sheets if looks[one.place] == best]
    by = _NONE if best else _COLUMNS if len(likely) == 1 else _LONGEST
    by = _ONLY if len(sheets) == 1 else by
    names = {one.place: one.name for one in sheets if one in likely or one.place == told.value}
    return told.or_found(lambda: Part(longest(likely), by in (_ONLY, _COLUMNS), by)), names


def _look(sheet: Head) -> int:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(sheet.head)
    try:
        find_layout(text.getvalue())
    except LogError as error:
        return MAYBE if isinstance(error, Unclear) and not error.is_told else OTHER
    return LOG
