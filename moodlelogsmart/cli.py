"""`flask --app app process`: the same pipeline without a server."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import available_timezones

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from moodlelogsmart.config import Settings
from moodlelogsmart.export.manifest import find_changes
from moodlelogsmart.jobs.instance import kept_key
from moodlelogsmart.machine import memory_of_a_job
from moodlelogsmart.meaning.clean import ROLES
from moodlelogsmart.meaning.log import CASE_NOTIONS
from moodlelogsmart.meaning.pseudonyms import new_key, read_key
from moodlelogsmart.meaning.sessions import LONGEST_GAP, SESSION_GAP
from moodlelogsmart.pipeline import STAGES, Limits, LogError, Options, Progress, Summary, process
from moodlelogsmart.reading.clock import FIRST_YEAR, LAST_YEAR
from moodlelogsmart.report.labels import REASONS
from moodlelogsmart.web.language import LANGUAGES, translate


def _known_zone(context: click.Context, parameter: click.Parameter, value: str) -> str:
    if value not in available_timezones():
        raise click.BadParameter(f"{value} is not a time zone such as America/Sao_Paulo.")
    return value


@click.command("process")
@click.argument("logs", nargs=-1, required=True, metavar="LOG...", type=click.Path(path_type=Path))
@click.option(
    "--out", required=True, metavar="DIR", type=click.Path(path_type=Path), help="The folder for the results."
)
@click.option(
    "--case", type=click.Choice(CASE_NOTIONS), default=CASE_NOTIONS[0], show_default=True, help="What one trace is."
)
@click.option(
    "--timezone",
    metavar="Area/City",
    default="UTC",
    show_default=True,
    callback=_known_zone,
    help="The time zone of the times in the log.",
)
@click.option(
    "--year",
    type=click.IntRange(FIRST_YEAR, LAST_YEAR),
    help="The year of the newest event, if the times in the log tell none.",
)
@click.option(
    "--session-gap",
    type=click.IntRange(1, LONGEST_GAP),
    default=SESSION_GAP,
    show_default=True,
    metavar="MINUTES",
    help="The pause after which a session has ended.",
)
@click.option("--keep", type=click.Choice(ROLES), multiple=True, help="Keep these as well, told apart in column role.")
@click.option(
    "--pseudonymise", is_flag=True, help="Pseudonyms for names, user ids and IP addresses, by this installation's key."
)
@click.option(
    "--key", type=click.Path(path_type=Path), metavar="FILE", help="Pseudonyms by the key in FILE, made if missing."
)
@click.option("--rules", type=click.Path(path_type=Path), metavar="FILE", help="Rules of your own (YAML).")
@click.option("--roster", type=click.Path(path_type=Path), metavar="FILE", help="Moodle's list of participants (CSV).")
@with_appcontext
def process_command(logs: tuple[Path, ...], out: Path, pseudonymise: bool, key: Path | None, **options: Any) -> None:
    """Turn one Moodle log, or several files of one, into an enriched event log in DIR."""
    settings: Settings = current_app.extensions["moodlelogsmart.settings"]
    limits = Limits(memory_of_a_job(settings.memory_limit, 1), settings.job_threads)
    with force_locale(_terminal_language()):
        try:
            out.mkdir(parents=True, exist_ok=True)
            options["pseudonym_key"] = _key(key) if pseudonymise or key else ""
            with _progress_bar() as progress:
                summary = process(logs, Options(**options, language=_terminal_language()), out, progress, limits)
        except LogError as error:
            _give_up(translate(error.message))
        except OSError as error:
            _give_up(_("%(path)s cannot be used: %(reason)s.", path=error.filename, reason=error.strerror))
        _print_summary(summary, out)


def _key(path: Path | None) -> str:
    """The key in a file, which is made if it is missing; without one that of this installation."""
    if path is None:
        settings: Settings = current_app.extensions["moodlelogsmart.settings"]
        return kept_key(settings.instance_folder, "pseudonym_key")
    if not path.exists():
        path.touch(0o600)
        path.write_text(new_key() + "\n")
    return read_key(path)


@click.command("verify")
@click.argument("results", metavar="RESULTS.ZIP", type=click.Path(path_type=Path))
@with_appcontext
def verify_command(results: Path) -> None:
    """Check that the results in a ZIP are those that were written, by the checksums of its manifest."""
    with force_locale(_terminal_language()):
        try:
            changes = find_changes(results)
        except LogError as error:
            _give_up(translate(error.message))
        except OSError as error:
            _give_up(_("%(path)s cannot be used: %(reason)s.", path=error.filename, reason=error.strerror))
        if changes:
            _give_up(" ".join(translate(change) for change in changes))
        click.echo(_("The results are as they were written."))


def _give_up(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(2)


@contextmanager
def _progress_bar() -> Iterator[Progress]:
    """A bar on standard error where that is a terminal; else nothing."""
    bar = click.progressbar(
        length=100, file=sys.stderr, item_show_func=lambda stage: stage or "", hidden=not sys.stderr.isatty()
    )
    with bar:

        def show(percent: int, stage: str) -> None:
            bar.update(percent - bar.pos, translate(STAGES[stage][1]))

        yield show
        bar.update(100 - bar.pos, "")


def _terminal_language() -> str:
    spoken = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "pt_BR" if spoken.startswith("pt") else next(iter(LANGUAGES))


def _print_summary(summary: Summary, out: Path) -> None:
    click.echo(
        _(
            "%(kept)d of %(rows)d events kept, of %(learners)d learners.",
            kept=summary.events_kept,
            rows=summary.rows_read,
            learners=summary.learners,
        )
    )
    for reason, number in summary.dropped.items():
        click.echo(
            ngettext(
                "%(num)d row left out: %(reason)s",
                "%(num)d rows left out: %(reason)s",
                number,
                reason=translate(REASONS[reason]),
            )
        )
    for warning in summary.warnings:
        click.echo(translate(warning))
    click.echo(_("The results are in %(folder)s.", folder=out))
