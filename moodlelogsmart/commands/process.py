"""`process`: logs into results."""

from pathlib import Path
from typing import Any

import click

from moodlelogsmart.commands.logs import limits, on_logs, options_of, tell_warnings, with_key
from moodlelogsmart.commands.terminal import language, progress_bar, tell, told_in_a_sentence, translated
from moodlelogsmart.config import from_environment
from moodlelogsmart.messages import Message
from moodlelogsmart.pipeline import process
from moodlelogsmart.report.labels import REASONS
from moodlelogsmart.report.summary import Summary
from moodlelogsmart.report.words import translations

_HELP = "Turn one Moodle log, or several files of one, into an enriched event log in DIR."


def _process(logs: tuple[Path, ...], out: Path, compare: tuple[Path, ...], **given: Any) -> None:
    with told_in_a_sentence():
        settings, options = from_environment(), options_of(given)
        out.mkdir(parents=True, exist_ok=True)
        options = with_key(options, settings)
        with progress_bar() as progress:
            summary = process(logs, options, out, progress, limits(settings), compare=compare)
    tell_summary(summary)
    tell(Message("The results are in %(folder)s.", folder=str(out)))


command = on_logs(
    "process",
    _process,
    _HELP,
    click.Option(
        ["--out"], required=True, metavar="DIR", type=click.Path(path_type=Path), help="The folder for the results."
    ),
    click.Option(
        ["--compare"],
        metavar="LOG",
        multiple=True,
        type=click.Path(path_type=Path),
        help="Another log, whose figures are set beside those of the first (comparison.csv); repeatable.",
    ),
)


def tell_summary(summary: Summary) -> None:
    """What came of the rows, and what to look at."""
    kept = Message(
        "Events kept: %(kept)d of %(rows)d; learners: %(learners)d.",
        kept=summary.events_kept,
        rows=summary.rows_read,
        learners=summary.learners,
    )
    tell(kept)
    ngettext = translations(language()).ungettext
    for reason, number in summary.dropped.items():
        sentence = ngettext("%(num)d row left out: %(reason)s", "%(num)d rows left out: %(reason)s", number)
        click.echo(sentence % {"num": number, "reason": translated(REASONS[reason])})
    tell_warnings(summary)
    for one in summary.compared:
        for warning in one.warnings:
            click.echo(f"{warning.code}: {one.side.name}: {translated(warning.text)}", err=True)
