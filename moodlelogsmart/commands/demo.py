"""`demo`: an invented course, as Moodle exports it, and what comes of it."""

from pathlib import Path

import click

from moodlelogsmart.commands.logs import limits
from moodlelogsmart.commands.process import tell_summary
from moodlelogsmart.commands.terminal import language, progress_bar, tell, told_in_a_sentence
from moodlelogsmart.config import from_environment
from moodlelogsmart.messages import Message
from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process
from moodlelogsmart.sample.files import sample


@click.command("demo")
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default="moodlelogsmart-demo",
    show_default=True,
    help="The folder for the sample and its results.",
)
def command(out: Path) -> None:
    """Make the log of an invented course (30 learners, 2 teachers, a term), process it, and say which file to open."""
    with told_in_a_sentence():
        settings = from_environment()
        results = out / "results"
        results.mkdir(parents=True, exist_ok=True)
        made = sample(out, language())
        options = Options(roster=made.participants, grades=made.grades, timezone=made.timezone, language=language())
        with progress_bar() as progress:
            summary = process(made.log, options, results, progress, limits(settings))
    tell_summary(summary)
    tell(Message("The sample is in %(folder)s.", folder=str(out)))
    tell(Message("Open %(file)s in a browser.", file=str((results / "report.html").resolve())))
