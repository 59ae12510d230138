"""Write the table of rules in docs/classification.md anew from the rules: make docs."""

import re
from pathlib import Path

from moodlelogsmart.meaning.rules import DEFAULT_FILE, Rule, When, Words, listed, load_rules

PAGE = Path(__file__).with_name("classification.md")
MARK = "<!-- from bloom.yaml: make docs writes it anew -->"


def write_document() -> str:
    """The whole page as Markdown: what stands before MARK as it is, then the table and the sources from the rules."""
    rules = load_rules().rules
    table = [
        "| Rule | Fits | Activity type | Bloom level | Active | Why | Source |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    table += [_row(rule) for rule in rules]
    introduction = PAGE.read_text("utf-8").partition(MARK)[0]
    return "\n".join([introduction + MARK, *table, "", "## Sources", "", *_sources(), ""])


def _row(rule: Rule) -> str:
    name = f"{rule.name} (`{rule.id}`)"
    cells = [name, _fits(rule), rule.activity_type, rule.bloom_level or "–", "yes" if rule.is_active else "no"]
    return "| " + " | ".join([*cells, rule.rationale, rule.source]) + " |"


def _fits(rule: Rule) -> str:
    told = [
        f"{field} {_words(getattr(rule.when, field))}"
        for field in When.__struct_fields__
        if getattr(rule.when, field) != "*"
    ]
    if rule.after:
        told.append(f"after {_words(rule.after.event)}")
        if rule.after.until:
            told.append(f"until {_words(rule.after.until)}")
    return "; ".join(told)


def _words(words: Words) -> str:
    return ", ".join(f"`{word}`" for word in listed(words))


def _sources() -> list[str]:
    """The sources as the head of the rules file names them."""
    return [
        f"- **{name}**: {text}"
        for name, text in re.findall(r"^#(?: Sources:)? +(\w+) += (.+)$", DEFAULT_FILE.read_text("utf-8"), re.MULTILINE)
    ]


if __name__ == "__main__":
    PAGE.write_text(write_document(), "utf-8")
