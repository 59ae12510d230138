"""`excerpt`: what may be published of a log."""

import sys
from pathlib import Path

import click

from moodlelogsmart.commands.logs import limits
from moodlelogsmart.commands.terminal import told_in_a_sentence
from moodlelogsmart.config import from_environment
from moodlelogsmart.pipeline import excerpt


@click.command("excerpt")
@click.argument("log", metavar="LOG", type=click.Path(path_type=Path))
@click.option("--unknown", is_flag=True, help="Only the events of learners that no rule names (Others).")
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="A file to write it into.")
def command(log: Path, unknown: bool, out: Path | None) -> None:
    """Write what may be published of a log, as CSV: each kind of event once, without names, numbers and times."""
    with told_in_a_sentence():
        text = excerpt(log, unknown, limits(from_environment())).encode()
        if out:
            out.write_bytes(text)
        else:
            sys.stdout.buffer.write(text)
