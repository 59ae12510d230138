"""Judge what the product makes of Moodle's events by the facts beside this file alone: make truth.

    python -m facts.truth [--list] [--languages [CODE ...]] [--check] [--json FILE] [--facts FOLDER]

Each sentence of each event class is done once, by a person of its own, and put through the front door: as the report of
a course and as Moodle's database table; and once more without descriptions, by the names that each language has. How
often what comes out is not as the facts say is a figure. No catalogue, decision or rule of the package is looked at.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from facts.acts import make_acts
from facts.answers import ask
from facts.events import FOLDER, read_events
from facts.figures import judge_acts, report_of, table_of
from facts.lines import Failure, Line
from facts.names import header_of, judge_names, known_answers, languages, pairs_of


def judge(folder: Path = FOLDER, spoken: Sequence[str] | None = None) -> list[Line]:
    """All figures of the facts in a folder: those of acts by group, those of names by language, all or the `spoken`."""
    acts = make_acts(read_events(folder))
    if not acts:
        raise FileNotFoundError(f"There is no table of events in {folder}.")
    report = ask(*report_of(acts, folder))
    lines = judge_acts(acts, report, ask(*table_of(acts)))
    known = known_answers(acts, report)
    for language in languages(folder) if spoken is None else spoken:
        if pairs := pairs_of(language, acts, folder):
            answers = ask(header_of(language, folder), [pair.row for pair in pairs])
            lines += judge_names(pairs, answers, known)
    order = list(dict.fromkeys(line.figure for line in lines))
    return sorted(lines, key=lambda line: order.index(line.figure))


def told(lines: list[Line], listed: bool) -> Iterator[str]:
    """The figures as a table for people; `listed`: each with the acts that failed."""
    for figure, some in groupby(lines, key=lambda line: line.figure):
        yield f"\n{figure}"
        for line in some:
            wrong = ", ".join(f"{form} {number}" for form, number in line.wrong.items()) or "0"
            verdict = "pass" if line.reached else "FAIL"
            yield f"  {line.group:12} {line.share:6.1f} %  goal {line.goal:g} %  {verdict}  {wrong} of {line.of}"
            if listed:
                yield from _listed(line)


def _listed(line: Line) -> Iterator[str]:
    """Each act once: its class, whom it concerns, its sentence, and what came out in each form of log."""

    def act(failure: Failure) -> tuple[str, str, str]:
        return failure.event, failure.sentence, failure.whom

    for (event, sentence, whom), failures in groupby(sorted(line.failures, key=act), key=act):
        yield f"      {event}" + (f"  [{whom}]" if whom else "")
        yield f"          {sentence or '(no sentence)'}"
        for failure in failures:
            yield f"          {failure.form}: {failure.came}"


def main(arguments: list[str]) -> int:
    """Print the figures; 1 where a goal is missed and that was to be checked, else 0."""
    parser = argparse.ArgumentParser(prog="truth", description="Judge by the facts about Moodle's events.")
    parser.add_argument("--list", action="store_true", help="tell each act that failed, and what came out")
    parser.add_argument(
        "--languages", nargs="*", metavar="CODE", help="rows without Description only in these; none: leave them out"
    )
    parser.add_argument("--check", action="store_true", help="end with 1 where a goal is missed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures and failures there as well")
    parser.add_argument("--facts", type=Path, default=FOLDER, metavar="FOLDER", help="other facts of the same shape")
    chosen = parser.parse_args(arguments)
    lines = judge(chosen.facts, chosen.languages)
    print("\n".join(told(lines, chosen.list)))
    missed = [line for line in lines if not line.reached]
    print(f"\n{len(lines) - len(missed)} of {len(lines)} goals are reached.")
    if chosen.json:
        figures = [asdict(line) | {"wrong": line.wrong, "share": line.share, "reached": line.reached} for line in lines]
        chosen.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return 1 if missed and chosen.check else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
