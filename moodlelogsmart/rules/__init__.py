"""The rule set: what it says, read and checked from YAML."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from moodlelogsmart.messages import LogError

DEFAULT_FILE = Path(__file__).with_name("bloom.yaml")

ActivityType = Literal[
    "Study_P",
    "Study_A",
    "Exercise_P",
    "Exercise_A",
    "Assess_P",
    "Assess_A",
    "Synthesize",
    "View",
    "Interact",
    "Feedback",
    "Others",
]
BloomLevel = Literal["", "Remember", "Understand", "Apply", "Analyze", "Evaluate", "Create"]
Words = str | list[str]


class When(msgspec.Struct, forbid_unknown_fields=True):
    """What an event must be for a rule to fit; a word may hold `*` for any text."""

    module: Words = "*"
    event: Words = "*"
    action: Words = "*"


class Rule(msgspec.Struct, forbid_unknown_fields=True):
    """One rule: `when` it fits and what it then says of the event."""

    id: str
    when: When
    activity_type: ActivityType
    why: str
    source: str
    bloom_level: BloomLevel = ""
    is_active: bool = False


class _File(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    rules: list[Rule]


@dataclass(frozen=True)
class RuleSet:
    """The rules in the order in which they are tried, the set's name and the sha256 of its file."""

    name: str
    rules: list[Rule]
    sha256: str


def load_rules(path: Path = DEFAULT_FILE) -> RuleSet:
    """Read a rule set. Raises LogError naming what is wrong and where."""
    content = path.read_bytes()
    try:
        file = msgspec.yaml.decode(content, type=_File)
    except msgspec.DecodeError as error:
        raise LogError("The rules cannot be read: %(problem)s.", problem=str(error)) from error
    return RuleSet(file.name, file.rules, hashlib.sha256(content).hexdigest())
