"""`flask --app app process`, `check`, `verify`, `excerpt`: the same pipeline without a server."""

import json
import os
import sys
from collections.abc import Callable, Iterator
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
from moodlelogsmart.meaning.corrections import as_yaml
from moodlelogsmart.meaning.pseudonyms import new_key, read_key
from moodlelogsmart.messages import LogError, named
from moodlelogsmart.options import COMMAND, DELIMITERS, Entry, Options, entries, parse
from moodlelogsmart.pipeline import STAGES, Progress, excerpt, look_through, process
from moodlelogsmart.reading.model import Part, Unclear
from moodlelogsmart.report.labels import REASONS
from moodlelogsmart.report.summary import SHOWN as STAFF_SHOWN
from moodlelogsmart.report.summary import Summary
from moodlelogsmart.report.understood import as_corrections, understood
from moodlelogsmart.web.language import LANGUAGES, translate
from moodlelogsmart.workspace import Limits


def process_command() -> click.Command:
    """The command `process`, with the options that the table has for it."""
    out = click.Option(
        ["--out"], required=True, metavar="DIR", type=click.Path(path_type=Path), help="The folder for the results."
    )
    compare = click.Option(
        ["--compare"],
        metavar="LOG",
        multiple=True,
        type=click.Path(path_type=Path),
        help="Another log, whose figures are set beside those of the first (comparison.csv); repeatable.",
    )
    return _on_logs("process", _process, _HELP, out, compare)


def _on_logs(name: str, run: Callable[..., None], told: str, *own: click.Option) -> click.Command:
    """A command on logs, with options of its own and those that the table has."""
    logs = click.Argument(["logs"], nargs=-1, required=True, metavar="LOG...", type=click.Path(path_type=Path))
    parameters = [_parameter(entry) for entry in entries() if COMMAND in entry.doors]
    return click.Command(name, params=[logs, *own, *parameters], callback=with_appcontext(run), help=told)


def _limits() -> Limits:
    """What one job may take that has the machine for itself."""
    settings: Settings = current_app.extensions["moodlelogsmart.settings"]
    return Limits(memory_of_a_job(settings.memory_limit, 1), settings.job_threads)


_HELP = "Turn one Moodle log, or several files of one, into an enriched event log in DIR."


def _parameter(entry: Entry) -> click.Option:
    """An option as click knows it; what it can be is looked at by the table, which has the sentence for a mistake."""
    if entry.flag:
        return click.Option([entry.command, entry.name], flag_value=entry.flag[1], default=None, help=entry.meaning)
    if entry.kind == "flag":
        return click.Option([entry.command, entry.name], flag_value="1", default=None, help=entry.meaning)
    bounds = f"{entry.least} to {entry.most}" if entry.kind == "number" else ""
    notes = "; ".join(filter(None, [bounds, f"default: {entry.default}" if entry.default else ""]))
    return click.Option(
        [entry.command, entry.name],
        metavar="|".join(entry.choices) or entry.unit.upper() or entry.kind.upper(),
        multiple=entry.kind in ("choices", "texts"),
        type=click.Path(path_type=Path) if entry.kind == "file" else str,
        help=entry.meaning + (f"  [{notes}]" if notes else ""),
    )


def _process(logs: tuple[Path, ...], out: Path, compare: tuple[Path, ...], **given: Any) -> None:
    with force_locale(_terminal_language()):
        with _told_in_a_sentence():
            options = _options(given)
            out.mkdir(parents=True, exist_ok=True)
            options = _with_key(options)
            with _progress_bar() as progress:
                summary = process(logs, options, out, progress, _limits(), compare=compare)
        _print_summary(summary, out)


def _options(given: dict[str, Any]) -> Options:
    """The options of a command. Raises LogError."""
    given["language"] = given["language"] or _terminal_language()
    told = {name: value if isinstance(value, tuple) else (value,) for name, value in given.items()}
    return parse(told, COMMAND)


def _with_key(options: Options) -> Options:
    """The options with the key of the pseudonyms. Raises LogError, OSError."""
    key = _key(options.key) if options.pseudonyms or options.key else ""
    return replace(options, pseudonym_key=key, key=None)


def _key(path: Path | None) -> str:
    """The key in a file, which is made if it is missing; without one that of this installation."""
    if path is None:
        settings: Settings = current_app.extensions["moodlelogsmart.settings"]
        return kept_key(settings.instance_folder, "pseudonym_key")
    if not path.exists():
        path.touch(0o600)
        path.write_text(new_key() + "\n")
    with named(path.name):
        return read_key(path)


def check_command() -> click.Command:
    """The command `check`, with the same options."""
    as_json = click.Option(["--json", "as_json"], is_flag=True, help="As JSON.")
    write = click.Option(
        ["--write"],
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="A file of corrections with what was understood, to be changed and given as --corrections.",
    )
    return _on_logs("check", _check, _CHECK_HELP, as_json, write)


_CHECK_HELP = "Say what is understood of a log, and how sure that is, before anything is made of it."


def _check(logs: tuple[Path, ...], as_json: bool, write: Path | None, **given: Any) -> None:
    with force_locale(_terminal_language()):
        with _told_in_a_sentence():
            options = _with_key(_options(given))
            with _columns_shown(options):
                summary = look_through(logs, options, _limits())
            if write:
                write.write_bytes(as_yaml(as_corrections(summary)))
        if as_json:
            click.echo(json.dumps(understood(summary, _terminal_language()), indent=2, ensure_ascii=False))
        else:
            _print_understood(summary)


@contextmanager
def _columns_shown(options: Options) -> Iterator[None]:
    """Of a log whose columns are not clear show them on standard error, so that a person can say which is which; not
    where it is the year that is asked for."""
    try:
        yield
    except Unclear as error:
        seen = error.seen.without_values() if options.pseudonym_key else error.seen
        log = f"{error.place}:" if error.place else ""
        for place, one in enumerate(() if seen.year.value else seen.samples, start=1):
            click.echo(f"{log}{place} {one.label}: {' | '.join(one.values)}", err=True)
        raise


_WORDS = {letter: word for word, letter in DELIMITERS.items()}


def _print_understood(summary: Summary) -> None:
    reading = summary.reading
    for place, file in enumerate(reading.files, start=1):
        parts: dict[str, Part[Any]] = {
            "kind": file.kind,
            "form": file.form,
            "encoding": file.encoding,
        }
        parts["delimiter"] = replace(file.delimiter, value=_WORDS.get(file.delimiter.value, ""))
        parts |= {"date_order": file.date_order, "time_format": file.time_format, "year": file.year}
        known: dict[str, Part[Any]] = {name: part for name, part in parts.items() if part.value}
        known |= {name: part for name, part in file.columns.items() if part.value.place}
        for name, part in known.items():
            value = f"{part.value.place} {part.value.label}" if name in file.columns else part.value
            _print_part(f"{place}: {name}", value, part)
    _print_part("timezone", reading.timezone.value, reading.timezone)
    _print_part("log_language", reading.language.value or "–", reading.language)
    order = "newest_first" if reading.newest_first.value else "oldest_first"
    _print_part("row_order", order, reading.newest_first)
    click.echo(f"{summary.first_time} – {summary.last_time}")
    for one in summary.staff[:STAFF_SHOWN]:
        click.echo(f"staff: {one['person']} {one['name'] or ''} ({one['event_name'] or one['source']})")
    for other in summary.others:
        click.echo(f"Others: {other['module']}/{other['event']} ({other['events']})")
    _print_warnings(summary)


def _print_part(name: str, value: object, part: Part[Any]) -> None:
    by = translate(part.by) if part.by else ""
    click.echo(f"{name}: {value}  ({by if part.sure else _('not sure: %(by)s', by=by)})")


@click.command("verify")
@click.argument("results", metavar="RESULTS.ZIP", type=click.Path(path_type=Path))
@with_appcontext
def verify_command(results: Path) -> None:
    """Check that the results in a ZIP are those that were written, by the checksums of its manifest."""
    with force_locale(_terminal_language()):
        with _told_in_a_sentence():
            changes = find_changes(results)
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
    with force_locale(_terminal_language()), _told_in_a_sentence():
        text = excerpt(log, unknown, _limits()).encode()
        if out:
            out.write_bytes(text)
        else:
            sys.stdout.buffer.write(text)


@contextmanager
def _told_in_a_sentence() -> Iterator[None]:
    """End with a sentence where a log or a path cannot be used."""
    try:
        yield
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
    _print_warnings(summary)
    click.echo(_("The results are in %(folder)s.", folder=out))


def _print_warnings(summary: Summary) -> None:
    for warning in summary.warnings:
        click.echo(f"{warning.code}: {translate(warning.text)}", err=True)
    for one in summary.compared:
        for warning in one.warnings:
            click.echo(f"{warning.code}: {one.side.name}: {translate(warning.text)}", err=True)
