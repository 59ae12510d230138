"""The tables of the facts: the event classes of Moodle, and what its parts are called in English."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Event:
    """An event class as the facts tell it; see the columns of events.csv."""

    name: str
    component: str
    versions: str
    label: str
    crud: str
    level: str
    sentences: tuple[str, ...]
    objecttable: str
    actor: str
    other_person: bool
    who: str
    marks: str
    side_effect: str
    note: str

    @property
    def within(self) -> str:
        """The activity, by its English name, in whose context it is a learner's act, whatever it tells elsewhere.

        Not so with groups that learners make for themselves: their context is the course, as of any other group.
        """
        found = re.search(r"but a learner's act within (\w+) and", self.note)
        return found[1] if found else ""

    @property
    def has_own_name(self) -> bool:
        """Whether the plugin names it; else Moodle makes a name of the class, the same in every language."""
        return self.label != f"{self.component}: {self.name.rpartition(chr(92))[2].replace('_', ' ')}"

    @property
    def group(self) -> str:
        """Where it comes from, for the figures: a plugin, Moodle 5.0, or only Moodle before it."""
        if self.versions == "plugin":
            return "plugins"
        return "Moodle 5.0" if "5.0" in self.versions.split() else "before 5.0"


@cache
def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a table of the facts, none where there is no such table; nobody may change them."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_events(folder: Path = FOLDER) -> list[Event]:
    """The event classes of events.csv in a folder of facts."""
    return [
        Event(
            row["class"], row["component"], row["versions"], row["name"], row["crud"], row["edulevel"],
            tuple(row["descriptions"].split(" | ")) if row["descriptions"] else (), row["objecttable"], row["actor"],
            row["other_person"] == "yes", row["who"], row["marks"], row["side_effect"], row["note"],
        )
        for row in read_table(folder / "events.csv")
    ]  # fmt: skip


def english_components(folder: Path = FOLDER) -> Mapping[str, str]:
    """The English names of components; Moodle's report shows the component itself where there is none."""
    rows = [row for row in read_table(folder / "component-names.csv") if row["lang"] == "en"]
    return {row["component"]: row["name"] for row in reversed(rows)}
