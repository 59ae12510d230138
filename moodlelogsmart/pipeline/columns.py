"""Stage columns: which cell of a row holds what, by the header's labels."""

import csv
import re
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path

from moodlelogsmart.messages import LogError

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


def find_columns(header: list[str]) -> dict[str, int]:
    """Map names of COLUMNS to the place of their cell, counted from 0; the first of two equal labels counts.

    Raises LogError where the time is missing, or everything that tells events apart.
    """
    positions: dict[str, int] = {}
    for place, label in enumerate(header):
        name = _columns_by_label().get(folded(label))
        if name:
            positions.setdefault(name, place)
    if not positions:
        raise LogError(
            "This does not look like a Moodle log: its first line holds none of the column names Time, User full name, "
            "Event name, Description. Export the log from Moodle: Reports, Logs, Download."
        )
    if "time" not in positions:
        raise LogError("The log has no column “Time”; export it again from Moodle with all its columns.")
    if "description" not in positions and "event_name" not in positions:
        raise LogError(
            "The log has neither a column “Description” nor “Event name”, so its events cannot be told apart; "
            "export it again from Moodle with all its columns."
        )
    return positions
