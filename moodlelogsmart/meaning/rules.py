"""The rule set: what it says, read and checked from YAML."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec
import yaml

from moodlelogsmart.meaning.plain_yaml import NotPlain, parse
from moodlelogsmart.messages import LogError, Message

DEFAULT_FILE = Path(__file__).with_name("bloom.yaml")
SIZE_LIMIT = 64_000  # bytes; the default rules have a fifth of that, and parsing is slow
WORD_LIMIT, STAR_LIMIT = 100, 3  # characters of a word, and asterisks in it, so that no pattern takes for ever

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

# How the file is called where nobody knows that: by itself, and behind “of”.
_CALLED, _OF = Message("The rules file"), Message("the rules file")

# What a rule says where it leaves it out: the Bloom level of an activity type, and whether it is doing or looking.
USUAL: dict[str, tuple[BloomLevel, bool]] = {
    "Study_P": ("Remember", False),
    "Study_A": ("Understand", True),
    "Exercise_P": ("Apply", False),
    "Exercise_A": ("Apply", True),
    "Assess_P": ("Evaluate", False),
    "Assess_A": ("Evaluate", True),
    "Synthesize": ("Create", True),
    "View": ("", False),
    "Interact": ("", True),
    "Feedback": ("", False),
    "Others": ("", False),
}


class Exactly(str):
    """A word in which an asterisk is one."""


class When(msgspec.Struct, forbid_unknown_fields=True):
    """What an event must be for a rule to fit; a word may hold `*` for any text."""

    module: Words = "*"
    action: Words = "*"
    component: Words = "*"
    event: Words = "*"


class After(msgspec.Struct, forbid_unknown_fields=True):
    """What must have happened before to the same learner with the same activity: `event`, and no `until` since."""

    event: Words
    until: Words = []


class Rule(msgspec.Struct, forbid_unknown_fields=True):
    """One rule: `when` it fits, what must have come before it, and what it then says of the event."""

    id: str
    name: str
    when: When
    activity_type: ActivityType
    rationale: str
    source: str
    after: After | None = None
    bloom_level: BloomLevel | None = None
    is_active: bool | None = None

    def __post_init__(self) -> None:
        level, active = USUAL[self.activity_type]
        # What is no learning in Bloom's sense has no level, whatever the file says.
        self.bloom_level = (self.bloom_level or level) if level else ""
        self.is_active = active if self.is_active is None else self.is_active


class _File(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    rules: list[Rule]
    version: str = ""


@dataclass(frozen=True)
class RuleSet:
    """The rules in the order in which they are tried, the set's name, the sha256 of its file and, where that has one,
    its version."""

    name: str
    rules: list[Rule]
    sha256: str
    version: str = ""

    def after(self, first: list[Rule]) -> "RuleSet":
        """The set with others that are tried first."""
        return replace(self, rules=[*first, *self.rules]) if first else self


def load_rules(path: Path = DEFAULT_FILE) -> RuleSet:
    """Read a rule set. Raises LogError naming the line, the rule and the field where it is wrong."""
    content = path.read_bytes()
    if len(content) > SIZE_LIMIT:
        raise LogError("%(file)s is larger than %(limit)d kB; shorten it.", file=_CALLED, limit=SIZE_LIMIT // 1000)
    return _read(content)


@lru_cache(maxsize=1)
def _read(content: bytes) -> RuleSet:
    """The rule set in a file; most jobs have that of the job before."""
    tree, data = _parse(content)
    try:
        file = msgspec.convert(data, _File)
    except msgspec.ValidationError as error:
        raise _explain(str(error), tree, data) from error
    _check_words(file, tree)
    return RuleSet(file.name, file.rules, hashlib.sha256(content).hexdigest(), file.version)


def listed(words: Words) -> list[str]:
    """One word or several as a list."""
    return [words] if isinstance(words, str) else words


def rule_stub(module: str, event: str, name: str) -> str:
    """A rule for one kind of event to copy into a rules file and fill in: what it means nobody has said yet."""
    rule = {
        "id": re.sub(r"[^a-z0-9]+", "-", f"{module}-{event}".lower()).strip("-") or "my-rule",
        "name": name or event,
        "when": {"module": module, "event": event},
        "activity_type": "?",
        "rationale": "Why it means that.",
        "source": "own",
    }
    return yaml.safe_dump([rule], sort_keys=False, allow_unicode=True, default_flow_style=False, width=1000)


def _parse(content: bytes) -> tuple[yaml.Node | None, Any]:
    try:
        return parse(content)
    except NotPlain as error:
        if error.is_alias:
            sentence = LogError(
                "%(file)s holds an alias (*name), which is not allowed; write the words out.", file=_CALLED
            )
        elif error.line is None:
            sentence = LogError("%(file)s cannot be read; write it as YAML in UTF-8.", file=_CALLED)
        else:
            sentence = LogError(
                "Line %(line)d of %(file)s cannot be read as YAML; look for a missing quote, colon or space.",
                file=_OF,
                line=error.line,
            )
        raise sentence from error


def _explain(problem: str, tree: yaml.Node | None, data: Any) -> LogError:
    """The library's finding as a sentence with line, rule and field."""
    # Behind it stands nothing that a person wrote; before it there may be the name of a field.
    _before, _at, path = problem.rpartition(" - at `$")
    steps: list[str | int] = [
        int(index) if index else name for name, index in re.findall(r"\.(\w+)|\[(\d{1,9})\]", path)
    ]
    told = re.search(rf"field `(\w{{1,{WORD_LIMIT}}})", problem)
    place: dict[str, Any] = {"file": _OF, "line": _line(tree, steps)}
    if len(steps) < 2:
        return _explain_top(problem, told[1] if told else "", tree, place)
    place["rule"] = _rule_id(data, steps)
    if "missing required field" in problem and told:
        return LogError(
            "Line %(line)d of %(file)s (rule “%(rule)s”): the field “%(field)s” is missing.",
            field=told[1],
            **place,
        )
    if "unknown field" in problem and told:
        return _unknown_field(told[1], _known_fields(steps), _line(tree, [*steps, told[1]]))
    field = next((step for step in reversed(steps) if isinstance(step, str)), "rules")
    values = {"activity_type": ActivityType, "bloom_level": BloomLevel}.get(field)
    if values:
        return LogError(
            "Line %(line)d of %(file)s (rule “%(rule)s”): “%(field)s” must be one of %(values)s.",
            field=field,
            values=", ".join(filter(None, get_args(values))),
            **place,
        )
    return LogError(
        "Line %(line)d of %(file)s (rule “%(rule)s”): “%(field)s” has a value of the wrong kind.",
        field=field,
        **place,
    )


def _explain_top(problem: str, field: str, tree: yaml.Node | None, place: dict[str, Any]) -> LogError:
    """What is wrong with the file outside of any rule; `field` is the one that it is about, where it is one."""
    if "missing required field" in problem and field:
        return LogError("Line %(line)d of %(file)s: the field “%(field)s” is missing.", field=field, **place)
    if "unknown field" in problem and field:
        return _unknown_field(field, _File.__struct_fields__, _line(tree, [field]))
    return LogError(
        "Line %(line)d of %(file)s: it has to be made of “name: …” and “rules:”, and below that of a list.",
        **place,
    )


def _unknown_field(field: str, known: Sequence[str], line: int) -> LogError:
    return LogError(
        "Line %(line)d of %(file)s: “%(field)s” is not known. Known are: %(known)s.",
        file=_OF,
        line=line,
        field=field,
        known=", ".join(known),
    )


def _known_fields(steps: list[str | int]) -> tuple[str, ...]:
    """What may be said at the end of the steps, within a rule."""
    return {"when": When, "after": After}.get(str(steps[-1]), Rule).__struct_fields__


def _check_words(file: _File, tree: yaml.Node | None) -> None:
    seen: set[str] = set()
    for place, rule in enumerate(file.rules):
        where: dict[str, Any] = {"file": _OF, "line": _line(tree, ["rules", place]), "rule": rule.id[:WORD_LIMIT]}
        if len(rule.id) > WORD_LIMIT:
            raise LogError(
                "Line %(line)d of %(file)s: the id of a rule may have %(size)d characters at most.",
                file=_OF,
                line=where["line"],
                size=WORD_LIMIT,
            )
        if rule.id in seen:
            raise LogError("Line %(line)d of %(file)s: another rule is called “%(rule)s” too.", **where)
        seen.add(rule.id)
        after = [rule.after.event, rule.after.until] if rule.after else []
        words = [word for part in (*msgspec.structs.astuple(rule.when), *after) for word in listed(part)]
        if any(len(word) > WORD_LIMIT or word.count("*") > STAR_LIMIT for word in words):
            raise LogError(
                "Line %(line)d of %(file)s (rule “%(rule)s”): a word may have %(size)d characters and "
                "%(stars)d asterisks at most.",
                size=WORD_LIMIT,
                stars=STAR_LIMIT,
                **where,
            )


def _line(node: yaml.Node | None, steps: list[str | int]) -> int:
    """The line, counted from 1, in which the last of the steps that is there begins: a name, or an entry of a list."""
    mark = node.start_mark if node else None
    for step in steps:
        following: tuple[yaml.Node, yaml.Node] | None = None  # where it begins, and what it holds
        if isinstance(node, yaml.MappingNode):
            following = next(((key, value) for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            following = (node.value[step], node.value[step])
        if following is None:
            break
        mark, node = following[0].start_mark, following[1]
    return mark.line + 1 if mark else 1


def _rule_id(data: Any, steps: list[str | int]) -> str:
    if len(steps) < 2 or steps[0] != "rules" or not isinstance(steps[1], int):
        return "–"
    rules = data.get("rules") if isinstance(data, dict) else None
    rule = rules[steps[1]] if isinstance(rules, list) and steps[1] < len(rules) else None
    told = rule.get("id") if isinstance(rule, dict) else None
    return told[:WORD_LIMIT] if isinstance(told, str) else str(steps[1] + 1)
