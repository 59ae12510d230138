"""Stage columns: which cell of a row holds what, by the header's labels."""

import csv
import re
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path

from rapidfuzz import fuzz, process

from moodlelogsmart.messages import LogError
from moodlelogsmart.reading.content import Rows, find_by_content

LIKENESS = 85  # per cent of two labels that are alike when they differ by a letter or a short word
MOST = 200  # columns whose labels are compared with the known ones; a log has ten
LABELS_SHOWN = 200  # characters of a header that an error shows

# The text columns of a log, by the names they have in the results.
COLUMNS = [
    "time",
    "user_full_name",
    "affected_user",
    "course",
    "event_context",
    "component",
    "event_name",
    "description",
    "origin",
    "ip_address",
]

# Moodle's labels by language (language packs of report_log), and how a name reads of who is logged in as another.
LABELS_FILE = Path(__file__).parents[1] / "moodle" / "labels.csv"


@cache
def read_labels() -> list[dict[str, str]]:
    """The rows of LABELS_FILE: language, column (one of COLUMNS, or logged_in_as) and label."""
    with LABELS_FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _columns_by_label() -> dict[str, str]:
    return {folded(row["label"]): row["column"] for row in read_labels() if row["column"] in COLUMNS}


def folded(label: str) -> str:
    """The letters and digits of a label without case or accents, so that small differences do not matter."""
    plain = unicodedata.normalize("NFKD", label.casefold())
    return re.sub(r"[\W_]+", "", "".join(c for c in plain if not unicodedata.combining(c)))


def known_labels(header: list[str]) -> int:
    """How many cells of a header are labels of a Moodle log."""
    return sum(folded(label) in _columns_by_label() for label in header)


def find_language(header: list[str]) -> str:
    """The language whose labels the header holds most of, by Moodle's name for it; of several the first in the file."""
    cells = {folded(label) for label in header}
    counts = Counter(row["language"] for row in read_labels() if folded(row["label"]) in cells)
    return max(counts, key=lambda language: counts[language], default="")


def find_columns(header: list[str], rows: Rows) -> tuple[dict[str, int], list[str]]:
    """Map names of COLUMNS to the place of their cell, counted from 0, and name those found by what is in `rows`.

    A date in a column of its own, beside the time, is `date`.
    A label counts where it is known, then where it is nearly one that is missing; of two equal ones the first. Raises
    LogError where the time is missing, or everything that tells events apart.
    """
    positions: dict[str, int] = {}
    for place, label in enumerate(header):
        name = _columns_by_label().get(folded(label))
        if name:
            positions.setdefault(name, place)
    for place, name in _nearly(header, positions).items():
        positions.setdefault(name, place)
    found = find_by_content(rows, positions)
    _check_columns(found, header)
    return found, [name for name in found if name not in positions]


def _nearly(header: list[str], positions: dict[str, int]) -> dict[int, str]:
    """The columns whose labels are nearly ones that are not found yet, the likest first, by their places."""
    missing = {label: name for label, name in _columns_by_label().items() if name not in positions and len(label) > 3}
    like: list[tuple[float, int, str]] = []
    for place, label in enumerate(header[:MOST]):
        if place not in positions.values() and len(folded(label)) > 3 and missing:
            match = process.extractOne(folded(label), missing.keys(), scorer=fuzz.ratio, score_cutoff=LIKENESS)
            if match:
                like.append((match[1], place, missing[match[0]]))
    return {place: name for _score, place, name in sorted(like, key=lambda one: (-one[0], one[1]))}


def _check_columns(found: dict[str, int], header: list[str]) -> None:
    told = "description" in found or "event_name" in found
    # Without known labels the first row may be somebody's data, which no error shows.
    known = known_labels(header) > 1
    labels = ", ".join(label for label in header[:20] if label.strip())
    if not found or (not known and "time" not in found):
        raise LogError(
            "This does not look like a Moodle log: there is no column with times and none that says what happened. "
            "Export the log from Moodle: Reports, Logs, Download."
        )
    if "time" not in found:
        raise LogError(
            "The log has no column “Time”, only: %(labels)s. Export it again from Moodle with all its columns.",
            labels=labels[:LABELS_SHOWN],
        )
    if not told and not known:
        raise LogError(
            "The names of this log's columns are not known, and none of them holds Moodle's descriptions, by which its "
            "events could be told apart. Export it again from Moodle with all its columns."
        )
    if not told:
        raise LogError(
            "The log has neither a column “Description” nor “Event name”, so its events cannot be told apart, only: "
            "%(labels)s. Export it again from Moodle with all its columns.",
            labels=labels[:LABELS_SHOWN],
        )
