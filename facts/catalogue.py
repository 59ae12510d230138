"""The command of `make catalogue`: make the package's tables of Moodle's events from the facts and decisions here.

events.csv: each event class with its identity and what it tells of its doer; sentences.csv: how its description reads;
names.csv: what the log report calls it, in each language. Nothing is edited in them.
"""

import csv
import re
import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from facts.events import FOLDER, read_table
from moodlelogsmart.meaning.catalogue import MOODLE, PARTS

Row = dict[str, str]
EVENT_COLUMNS = ["class", "module", "event", "marks", "side_effect", "named", "own", "within", "beside"]

# Work that only learners hand in, by which a person with a single act of staff is still known as a learner.
OWN_WORK = re.compile(r"(attempt|submission|assessable|answer|response|statement|lesson|sco)(_\w+)?|question_answered")


def read(name: str) -> list[Row]:
    """The rows of a table in this folder."""
    return read_table(FOLDER / name)


def write(path: Path, columns: list[str], rows: Iterable[Iterable[str]]) -> None:
    """Write a table of the package."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(columns)
        table.writerows(rows)


def decided(event_class: str, part: str) -> str:
    """What the first of the decisions that fits the class and says anything of the part says; '' where none does."""
    fitting = (row for row in read("decisions.csv") if row[part] and fnmatchcase(event_class, row["class"]))
    row = next(fitting, None)
    if row is None:
        return ""
    # A star stands for what the star of the class stands for.
    return row[part].replace("*", event_class[len(row["class"].partition("*")[0]) :])


def identity(event_class: str) -> tuple[str, str]:
    """Module and event of a class: as decided, else the plugin without its type, and the class's own name."""
    plugin, event = event_class.removeprefix("\\").split("\\event\\")
    own = plugin.partition("_")[2] or plugin
    module = next((part for kind, part in PARTS.items() if re.match(f"{kind}_", plugin)), own)
    return decided(event_class, "module") or module, decided(event_class, "event") or event


def marks(fact: Row) -> str:
    """What an act tells of its doer: staff, admin (of the whole site), staff_if_other (where done to another) or ''."""
    found = decided(fact["class"], "marks") or fact["marks"]
    return "admin" if found == "staff" and fact["who"] == "admin" else found


def side_effect(fact: Row) -> str:
    """Whether it is nobody's decision: yes, self (where nobody else is affected) or ''."""
    return decided(fact["class"], "side_effect") or ("yes" if fact["side_effect"] == "yes" else "")


def named(fact: Row) -> str:
    """Whose id the sentence names first: the actor's; the affected person's, then the actor's; or nobody's ('none')."""
    told = decided(fact["class"], "named")
    if told:
        return told
    is_own = not fact["marks"] and not side_effect(fact)
    if fact["actor"] == "relateduserid":
        # Whose attempt or message it is acts as well, where the sentence names nobody else.
        return "affected" if "{userid}" in fact["descriptions"] or not is_own else "actor"
    if fact["actor"] == "none":
        return "actor" if is_own and re.search(r"user with id '?\{", fact["descriptions"], re.I) else "none"
    return "actor"


def event_rows(facts: list[Row], older: list[Row]) -> Iterator[list[str]]:
    """The rows of events.csv."""
    for fact in facts:
        module, event = identity(fact["class"])
        is_own = fact["who"] == "learner" and fact["edulevel"] == "participating" and fact["crud"] != "r"
        own = "yes" if is_own and module != "forum" and OWN_WORK.fullmatch(event) else ""
        places = [decided(fact["class"], part) for part in ("within", "beside")]
        yield [fact["class"], module, event, marks(fact), side_effect(fact), named(fact), own, *places]
    known = {fact["class"] for fact in facts}
    for row in older:
        if row["class"] not in known:
            known.add(row["class"])
            yield [row["class"], *identity(row["class"]), row["marks"], row["side_effect"], "actor", "", "", ""]


def sentence_rows(facts: list[Row], older: list[Row]) -> Iterator[list[str]]:
    """The rows of sentences.csv: whole sentences, then phrases of older versions; lower case, `*` for any text."""
    written = set()
    for fact in facts:
        for sentence in filter(None, fact["descriptions"].split(" | ")):
            words = re.sub(r"\s+", " ", re.sub(r"\{[^}]*\}", "*", sentence.lower())).strip(" .")
            # Text between quotes may be the user's own, and hold quotes itself.
            words = re.sub(r"\*+", "*", re.sub(r"'[^']*'", "'*'", words))
            if (fact["class"], words) not in written:
                written.add((fact["class"], words))
                yield [fact["class"], "sentence", words]
    for row in older:
        if row["phrase"] and (row["class"], row["phrase"]) not in written:
            written.add((row["class"], row["phrase"]))
            yield [row["class"], "phrase", row["phrase"].lower()]


def name_rows(facts: list[Row], older: list[Row]) -> Iterator[list[str]]:
    """The rows of names.csv: component and name as the report has them; of logs before Moodle 2.7 the action alone."""
    components: dict[tuple[str, str], list[str]] = {}
    for row in read("component-names.csv"):
        components.setdefault((row["lang"], row["component"]), []).append(row["name"])

    def of_component(language: str, component: str) -> list[str]:
        # Moodle calls all of its core by one name, and a plugin without a name as its folder.
        part = "core" if component.startswith("core_") else component
        english = components.get(("en", part), [])
        return [*english, component] if language == "en" else components.get((language, part)) or english or [component]

    told = [("en", row["component"], row["class"], row["name"]) for row in facts]
    told += [(row["lang"], row["component"], row["class"], row["name"]) for row in read("event-names.csv")]
    written = set()
    for language, component, event_class, name in told:
        for part in of_component(language, component):
            if (language, part, name, event_class) not in written:
                written.add((language, part, name, event_class))
                yield [language, part, name, event_class]
    for row in older:
        language = "en" if row["component"] else ""
        if row["name"] and (language, row["component"], row["name"], row["class"]) not in written:
            written.add((language, row["component"], row["name"], row["class"]))
            yield [language, row["component"], row["name"], row["class"]]


def main(folder: Path) -> None:
    """Write the three tables into a folder."""
    facts, older = read("events.csv"), read("older.csv")
    write(folder / "events.csv", EVENT_COLUMNS, event_rows(facts, older))
    write(folder / "sentences.csv", ["class", "kind", "words"], sentence_rows(facts, older))
    write(folder / "names.csv", ["language", "component", "name", "class"], name_rows(facts, older))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else MOODLE)
