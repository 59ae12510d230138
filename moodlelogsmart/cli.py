"""`flask --app app process`, `verify`, `excerpt`: the same pipeline without a server."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from moodlelogsmart.config import Settings
from moodlelogsmart.export.manifest import find_changes
from moodlelogsmart.jobs.instance import kept_key
from moodlelogsmart.machine import memory_of_a_job
from moodlelogsmart.meaning.pseudonyms import new_key, read_key
from moodlelogsmart.messages import LogError
from moodlelogsmart.options import COMMAND, Entry, entries, parse
from moodlelogsmart.pipeline import STAGES, Progress, excerpt, process
from moodlelogsmart.report.labels import REASONS
from moodlelogsmart.report.summary import Summary
from moodlelogsmart.web.language import LANGUAGES, translate
from moodlelogsmart.workspace import Limits


def process_command() -> click.Command:
    """The command `process`, with the options that the table has for it."""
    parameters = [_parameter(entry) for entry in entries() if COMMAND in entry.doors]
    logs = click.Argument(["logs"], nargs=-1, required=True, metavar="LOG...", type=click.Path(path_type=Path))
    out = click.Option(
        ["--out"], required=True, metavar="DIR", type=click.Path(path_type=Path), help="The folder for the results."
    )
    return click.Command("process", params=[logs, out, *parameters], callback=with_appcontext(_process), help=_HELP)


_HELP = "Turn one Moodle log, or several files of one, into an enriched event log in DIR."


def _parameter(entry: Entry) -> click.Option:
    """An option as click knows it; what it can be is looked at by the table, which has the sentence for a mistake."""
    if entry.flag:
        return click.Option([entry.command, entry.name], flag_value=entry.flag[1], default=None, help=entry.meaning)
    bounds = f"{entry.least} to {entry.most}" if entry.kind == "number" else ""
    notes = "; ".join(filter(None, [bounds, f"default: {entry.default}" if entry.default else ""]))
    return click.Option(
        [entry.command, entry.name],
        metavar="|".join(entry.choices) or entry.unit.upper() or entry.kind.upper(),
        multiple=entry.kind in ("choices", "texts"),
        type=click.Path(path_type=Path) if entry.kind == "file" else str,
        help=entry.meaning + (f"  [{notes}]" if notes else ""),
    )


def _process(logs: tuple[Path, ...], out: Path, **given: Any) -> None:
    settings: Settings = current_app.extensions["moodlelogsmart.settings"]
    limits = Limits(memory_of_a_job(settings.memory_limit, 1), settings.job_threads)
    with force_locale(_terminal_language()):
        try:
            told = {name: value if isinstance(value, tuple) else (value,) for name, value in given.items()}
            options = parse(told, COMMAND)
            out.mkdir(parents=True, exist_ok=True)
            key = _key(options.key) if options.pseudonyms or options.key else ""
            options = replace(options, pseudonym_key=key, key=None, language=_terminal_language())
            with _progress_bar() as progress:
                summary = process(logs, options, out, progress, limits)
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


@click.command("excerpt")
@click.argument("log", metavar="LOG", type=click.Path(path_type=Path))
@click.option("--unknown", is_flag=True, help="Only the events of learners that no rule names (Others).")
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="A file to write it into.")
@with_appcontext
def excerpt_command(log: Path, unknown: bool, out: Path | None) -> None:
    """Write what may be published of a log, as CSV: each kind of event once, without names, numbers and times."""
    settings: Settings = current_app.extensions["moodlelogsmart.settings"]
    limits = Limits(memory_of_a_job(settings.memory_limit, 1), settings.job_threads)
    with force_locale(_terminal_language()):
        try:
            text = excerpt(log, unknown, limits).encode()
            if out:
                out.write_bytes(text)
            else:
                sys.stdout.buffer.write(text)
        except LogError as error:
            _give_up(translate(error.message))
        except OSError as error:
            _give_up(_("%(path)s cannot be used: %(reason)s.", path=error.filename, reason=error.strerror))


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
    return next((name for name in LANGUAGES if spoken.startswith(name.partition("_")[0])), next(iter(LANGUAGES)))


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
        click.echo(f"{warning.code}: {translate(warning.text)}", err=True)
    click.echo(_("The results are in %(folder)s.", folder=out))
