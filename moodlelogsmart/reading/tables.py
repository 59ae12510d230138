"""Other tables that Moodle lets people download, and that get into the place of a log: grades, quiz results, lists; and
the words of their labels."""

import csv
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from pathlib import Path

from moodlelogsmart.messages import Message
from moodlelogsmart.reading.content import Rows, looks_like_time
from moodlelogsmart.reading.model import EXPORT, Unclear

# The labels of such tables, * for any text, as Moodle's language packs have them (grades, assign, quiz, completion,
# feedback, attendance; Moodle 2 to 5) and downloaded files show them. Kind `person` is what stands in several of them,
# `state` what stands in the cells of a report of completion, which has no labels of its own. Kinds that are no tables
# say what a column is in which people, grades or groups are looked for, `no_group` what stands in a cell of groups.
TABLES_FILE = Path(__file__).parents[1] / "moodle" / "tables.csv"
LONGEST = 200  # characters of a cell that are compared
COLUMNS, ROWS = 200, 50  # that are looked at; a list of a course has some ten columns, and two for each activity
LABELS, LABEL = 10, 40  # labels that an error shows, and characters of each
_TYPED = 0.9  # of the filled cells of a column that are numbers, so that the column is one of numbers
_VALUE = re.compile(r"[\d\s.,:/%+-]+|\S+@\S+")

# What each is called.
_SENTENCES = {
    "grades": Message(
        "%(file)s is a grades file, not a log. To use it, choose it as that among the options, beside the log. %(how)s"
    ),
    "participants": Message(
        "%(file)s is a list of participants, not a log. To use it, choose it as that among the options, beside the "
        "log. %(how)s"
    ),
    "quiz": Message("%(file)s holds the results of a quiz, not a log. %(how)s"),
    "completion": Message("%(file)s holds the results of activity completion, not a log. %(how)s"),
    "answers": Message("%(file)s holds the answers to a questionnaire, not a log. %(how)s"),
    "attendance": Message("%(file)s holds the attendance of a course, not a log. %(how)s"),
}
_OF_TABLES = {"person", *_SENTENCES}  # the kinds of labels by which a table is told


def find_kind(header: Sequence[str], rows: Rows) -> str:
    """What table it is if no log: one of _SENTENCES, '' where nothing tells.

    Moodle gives these tables no name; each is told by labels that only it has, beside those of people.
    """
    labels = [_plain(label) for label in header[:COLUMNS] if label.strip()]
    marks = Counter(kind for label in labels for kind in _kinds(label))
    people, lists = marks["person"], marks["participants"]
    if marks["grades"] and (people or marks["grades"] > 1):
        return "grades"
    if marks["quiz"] > 1:
        return "quiz"
    if (marks["completion"] and people) or _has_states(rows):
        return "completion"
    if marks["attendance"] or marks["answers"]:
        return "attendance" if marks["attendance"] else "answers"
    is_list = len(labels) > 1 and all(_kinds(label) & {"person", "participants"} for label in labels)
    return "participants" if is_list or (people > 1 and lists) else ""


def known_labels(row: Sequence[str]) -> int:
    """How many cells are labels of such a table."""
    return sum(bool(kinds_of(cell) & _OF_TABLES) for cell in row[:COLUMNS] if cell.strip())


def kinds_of(label: str) -> frozenset[str]:
    """Of which kinds of TABLES_FILE a label, or a cell, is."""
    return _kinds(_plain(label))


def no_log(kind: str) -> Unclear:
    """The error for a table of that kind."""
    return Unclear(_SENTENCES[kind].template, kind=kind, how=EXPORT)


def shown_labels(header: Sequence[str], rows: Rows, known: int) -> list[str]:
    """The labels of a header, to be shown to a person; none where it may be a row of somebody's data.

    known: how many of them are of a log. Else what stands below tells: times or numbers, and no label again.
    """
    labels = [label.strip() for label in header[:COLUMNS] if label.strip()]
    if len(labels) < 2 or len(set(labels)) < len(labels) or not all(map(_is_word, labels)):
        return []
    columns = _columns(rows, len(header))
    if any(label.strip() and label.strip() in cells for label, cells in zip(header, columns, strict=False)):
        return []
    times = any(_look_so(cells, looks_like_time) for cells in columns)
    numbers = sum(_look_so(cells, _VALUE.fullmatch) for cells in columns)
    is_header = times or numbers > 1 or known + known_labels(labels) > 1
    return [label[:LABEL] for label in labels[:LABELS]] if is_header else []


def _is_word(label: str) -> bool:
    return any(letter.isalpha() for letter in label) and not _VALUE.fullmatch(label) and not looks_like_time(label)


def _look_so(cells: Sequence[str], look: Callable[[str], object]) -> bool:
    filled = [cell for cell in cells if cell]
    return bool(filled) and sum(bool(look(cell)) for cell in filled) >= _TYPED * len(filled)


def _columns(rows: Rows, width: int) -> list[list[str]]:
    """The first cells of each of the first columns, as many as a header has."""
    return [[row[place].strip() for row in rows[:ROWS] if place < len(row)] for place in range(min(width, COLUMNS))]


def _has_states(rows: Rows) -> bool:
    """Whether columns hold nothing but how far somebody has come with an activity, in two ways at least."""
    columns = [{_plain(cell) for cell in cells if cell} for cells in _columns(rows, max(map(len, rows), default=0))]
    states = [cells for cells in columns if cells and all("state" in _kinds(cell) for cell in cells)]
    return len(set().union(*states)) > 1


def _plain(label: str) -> str:
    """A label without case, accents and what stands around it, with single spaces."""
    return _plained(label[:LONGEST])


@lru_cache(10_000)
def _plained(label: str) -> str:
    letters = unicodedata.normalize("NFKD", label.casefold().replace("’", "'"))
    text = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(text.split()).rstrip(".")


@lru_cache(10_000)
def _kinds(label: str) -> frozenset[str]:
    """Of which kinds of tables a plain label is."""
    return frozenset(kind for kind, pattern in _patterns().items() if pattern.fullmatch(label))


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    labels = defaultdict(set)
    with TABLES_FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            labels[row["kind"]].add(".+".join(map(re.escape, _plain(row["label"]).split("*"))))
    return {kind: re.compile("|".join(sorted(of_kind))) for kind, of_kind in labels.items()}
