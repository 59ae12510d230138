"""What the product answers: a log of acts put through its front door, and each act found again in the results."""

import csv
import json
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moodlelogsmart import Options, process
from moodlelogsmart.options import entries

KEPT, MEANING = ("module", "action"), ("module", "action", "activity_type", "bloom_level")


@dataclass(frozen=True)
class Answer:
    """What came out of one row: its `role`, or why it was dropped (`reason`), and what else the files tell of it."""

    role: str
    reason: str
    cells: dict[str, str] = field(hash=False)

    @property
    def meaning(self) -> tuple[str, ...]:
        """Identity and meaning, or the reason with as much identity as the file of dropped rows tells."""
        if self.reason:
            return (self.reason, *(self.cells[name] for name in KEPT if name in self.cells))
        return tuple(self.cells[name] for name in MEANING)

    @property
    def activity(self) -> tuple[str, ...]:
        """The same without the Bloom level, which follows from the activity type."""
        return self.meaning if self.reason else self.meaning[:3]

    def __str__(self) -> str:
        if self.reason:
            return " ".join(["dropped:", *self.meaning])
        return f"{self.role}: {'/'.join(cell or '-' for cell in self.meaning)}"


@dataclass(frozen=True)
class Answers:
    """The answers by IP address, and the ids and names of who was taken for staff."""

    rows: dict[str, Answer]
    staff: set[str]


def ask(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Answers:
    """Put one log through the product; nobody whom an option can keep is left out."""
    keep: Any = next(entry.choices for entry in entries() if entry.name == "keep")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / "log.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        (folder / "out").mkdir()
        process(folder / "log.csv", Options(keep=keep), folder / "out")
        return _read(folder / "out")


def _read(folder: Path) -> Answers:
    kept = {row["ip_address"]: Answer(row["role"], "", row) for row in _rows(folder / "enriched_log.csv")}
    dropped = {row["ip_address"]: Answer("", row["reason"], row) for row in _rows(folder / "dropped_events.csv")}
    staff = json.loads((folder / "manifest.json").read_text("utf-8"))["staff"]
    return Answers(dropped | kept, {entry[key] for entry in staff for key in ("person", "name") if entry[key]})


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
