"""What the names alone tell: rows without Description, in each language of the facts, held against the described ones.

A row is a pair of names, of a component and of an event, as the report of a site in that language shows them. Most
pairs belong to one event class; what several share can tell only what all of these agree on.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from facts.acts import REPORT, Act
from facts.answers import Answer, Answers
from facts.events import FOLDER, english_components, read_table
from facts.lines import Failure, Line

OTHERS = "Others"
OWN_NAME, SHARED_NAME = "names of one event: not what it means", "names of several events: not what all agree on"
MARKING_NAME = "names that do not tell of staff mark somebody"

# What the described rows came out as, by event class and whom the act concerned.
Known = Mapping[tuple[str, str], set[Answer]]


@dataclass(frozen=True)
class Pair:
    """A component and an event by their names in one language; `acts`: one of each event class that they can mean."""

    language: str
    component: str
    name: str
    acts: tuple[Act, ...]
    place: int

    @property
    def act(self) -> Act:
        """The act of the row, by a person of its own."""
        first = self.acts[0]
        return Act(self.place, first.event, first.variant, first.whom)

    @property
    def row(self) -> list[str]:
        """The row of the report, without a description."""
        return self.act.report_row(self.component, self.name, described=False)


def pairs_of(language: str, acts: list[Act], folder: Path = FOLDER) -> list[Pair]:
    """The pairs of names of a language, English as well; a component with several names is tried under each."""
    # The last of an event: it concerns oneself, if it can.
    examples = {act.event.name: act for act in acts if not act.variant and not act.inside}
    shared: dict[tuple[str, str], dict[str, tuple[str, str, Act]]] = defaultdict(dict)
    components, english = defaultdict(list), english_components(folder)
    for row in read_table(folder / "component-names.csv"):
        if row["lang"] == language:
            components[row["component"]].append(row["name"])
    for event, name in _names_of(language, acts, folder):
        act = examples[event]
        part = act.event.component
        for component in components[part] or [english.get(part, part)]:
            key = component.casefold(), name.casefold().rstrip(". ")
            shared[key].setdefault(event, (component, name, act))
    pairs = []
    for place, found in enumerate(shared.values()):
        component, name, _ = next(iter(found.values()))
        pairs.append(Pair(language, component, name, tuple(act for *_, act in found.values()), place))
    return pairs


def _names_of(language: str, acts: list[Act], folder: Path) -> Iterator[tuple[str, str]]:
    """The event classes with their names; one whose name Moodle makes of the class has that in every language."""
    known = {act.event.name: act.event for act in acts}
    if language == "en":
        yield from ((event.name, event.label) for event in known.values())
    for row in read_table(folder / "event-names.csv"):
        if row["lang"] == language and (event := known.get(row["class"])):
            yield event.name, row["name"]
            if not event.has_own_name:
                yield event.name, event.label


def languages(folder: Path = FOLDER) -> list[str]:
    """The languages of the facts."""
    return ["en", *sorted({row["lang"] for row in read_table(folder / "event-names.csv")} - {"en"})]


def header_of(language: str, folder: Path = FOLDER) -> list[str]:
    """The labels of the report in a language, else in English."""
    labels = {row["column"]: row["label"] for row in read_table(folder / "headers.csv") if row["lang"] == language}
    return [labels.get(column, column) for column in REPORT]


def known_answers(acts: list[Act], described: Answers) -> Known:
    """What the described rows of each event class and kind of person concerned came out as."""
    found = defaultdict(set)
    for act in (act for act in acts if not act.inside):
        found[act.event.name, act.whom].add(described.rows[act.ip])
    return found


def judge_names(pairs: list[Pair], answers: Answers, known: Known) -> list[Line]:
    """The figures of one language, from what came out of the rows of its pairs."""
    own = [pair for pair in pairs if len(pair.acts) == 1]
    shared = [pair for pair in pairs if len(pair.acts) > 1]
    marking = [pair for pair in pairs if not any(act.must_mark for act in pair.acts)]
    figures: list[tuple[str, float, list[Pair], Callable[[Pair], str]]] = [
        (OWN_NAME, 2, own, lambda pair: _wrong_own(pair, answers, known)),
        (SHARED_NAME, 0, shared, lambda pair: _wrong_shared(pair, answers, known)),
        (MARKING_NAME, 0, marking, lambda pair: "staff" if answers.staff & pair.act.doer_known_as else ""),
    ]
    return [
        Line(title, pairs[0].language, len(some), goal, tuple(_failing(some, wrong, answers)))
        for title, goal, some, wrong in figures
        if some
    ]


def _failing(pairs: list[Pair], wrong: Callable[[Pair], str], answers: Answers) -> Iterator[Failure]:
    for pair in pairs:
        if right := wrong(pair):
            classes = " ".join(sorted(act.event.name for act in pair.acts))
            came = f"{answers.rows[pair.act.ip]} | right {right}"
            yield Failure(classes, f"{pair.component}: {pair.name}", "", "names", came)


def _wrong_own(pair: Pair, answers: Answers, known: Known) -> str:
    """What the described row tells; '' where the names tell the same."""
    right = {answer.activity for answer in known[pair.acts[0].event.name, pair.acts[0].whom]}
    return "" if answers.rows[pair.act.ip].activity in right else _listed(right)


def _wrong_shared(pair: Pair, answers: Answers, known: Known) -> str:
    """What all of the events with these names agree on, part by part; '' where that was told, and nothing else."""
    answer = answers.rows[pair.act.ip]
    right = [one for act in pair.acts for one in known[act.event.name, act.whom]]
    if answer.role == "staff" and not all(act.must_mark for act in pair.acts):
        return "nobody marked"
    if len(every := {one.activity for one in right}) == 1:
        return "" if answer.activity in every else _listed(every)
    kinds = {one.reason or one.cells["activity_type"] for one in right}
    modules = {one.cells.get("module", "") for one in right}
    kind = kinds.pop() if len(kinds) == 1 else OTHERS
    module = modules.pop() if len(modules) == 1 else ""
    fits = kind == (answer.reason or answer.cells["activity_type"]) and module in ("", answer.cells.get("module", ""))
    return "" if fits else f"{module or 'any module'}, {kind}"


def _listed(answers: set[tuple[str, ...]]) -> str:
    return " or ".join(sorted("/".join(one) for one in answers))
