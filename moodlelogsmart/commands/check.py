"""`check`: what is understood of logs, before anything is made of them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from moodlelogsmart.commands import VERBS
from moodlelogsmart.commands.logs import limits, on_logs, options_of, tell_warnings, with_key
from moodlelogsmart.commands.terminal import language, told_in_a_sentence, translated
from moodlelogsmart.config import from_environment
from moodlelogsmart.meaning.corrections import as_yaml
from moodlelogsmart.messages import Message
from moodlelogsmart.options import DELIMITERS, Options
from moodlelogsmart.pipeline import look_through
from moodlelogsmart.reading.model import Part, Unclear
from moodlelogsmart.report.summary import SHOWN as STAFF_SHOWN
from moodlelogsmart.report.summary import Summary
from moodlelogsmart.report.understood import as_corrections, understood

_WORDS = {letter: word for word, letter in DELIMITERS.items()}


def _check(logs: tuple[Path, ...], as_json: bool, write: Path | None, **given: Any) -> None:
    with told_in_a_sentence():
        settings = from_environment()
        options = with_key(options_of(given), settings)
        with _columns_shown(options):
            summary = look_through(logs, options, limits(settings))
        if write:
            write.write_bytes(as_yaml(as_corrections(summary)))
    if as_json:
        click.echo(json.dumps(understood(summary, language()), indent=2, ensure_ascii=False))
    else:
        _tell_understood(summary)


command = on_logs(
    "check",
    _check,
    VERBS["check"],
    click.Option(["--json", "as_json"], is_flag=True, help="As JSON."),
    click.Option(
        ["--write"],
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="A file of corrections with what was understood, to be changed and given as --corrections.",
    ),
)


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


def _tell_understood(summary: Summary) -> None:
    reading = summary.reading
    for place, file in enumerate(reading.files, start=1):
        parts: dict[str, Part[Any]] = {
            "kind": file.kind,
            "form": file.form,
            "encoding": file.encoding,
        }
        parts["delimiter"] = replace(file.delimiter, value=_WORDS.get(file.delimiter.value, ""))
        parts["sheet"] = Part(file.sheet_name, file.sheet.sure, file.sheet.by)
        parts |= {"date_order": file.date_order, "time_format": file.time_format, "year": file.year}
        known: dict[str, Part[Any]] = {name: part for name, part in parts.items() if part.value}
        known |= {name: part for name, part in file.columns.items() if part.value.place}
        for name, part in known.items():
            value = f"{part.value.place} {part.value.label}" if name in file.columns else part.value
            _tell_part(f"{place}: {name}", value, part)
    _tell_part("timezone", reading.timezone.value, reading.timezone)
    _tell_part("log_language", reading.language.value or "–", reading.language)
    order = "newest_first" if reading.newest_first.value else "oldest_first"
    _tell_part("row_order", order, reading.newest_first)
    click.echo(f"{summary.first_time} – {summary.last_time}")
    for one in summary.staff[:STAFF_SHOWN]:
        click.echo(f"staff: {one['person']} {one['name'] or ''} ({one['event_name'] or one['source']})")
    for other in summary.others:
        click.echo(f"Others: {other['module']}/{other['event']} ({other['events']})")
    tell_warnings(summary)


def _tell_part(name: str, value: object, part: Part[Any]) -> None:
    by = translated(part.by) if part.by else ""
    click.echo(f"{name}: {value}  ({by if part.sure else translated(Message('not sure: %(by)s', by=by))})")
