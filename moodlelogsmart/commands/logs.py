"""What the commands on logs share: their options, which stand in the table of options, limits and key."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from moodlelogsmart.commands.terminal import language, translated
from moodlelogsmart.config import Settings, kept_key
from moodlelogsmart.machine import memory_of_a_job
from moodlelogsmart.meaning.pseudonyms import new_key, read_key
from moodlelogsmart.messages import named
from moodlelogsmart.options import COMMAND, Entry, Options, entries, parse
from moodlelogsmart.report.summary import Summary
from moodlelogsmart.workspace import Limits


def on_logs(name: str, run: Callable[..., None], told: str, *own: click.Option) -> click.Command:
    """A command on logs, with options of its own and those that the table has."""
    logs = click.Argument(["logs"], nargs=-1, required=True, metavar="LOG...", type=click.Path(path_type=Path))
    parameters = [_parameter(entry) for entry in entries() if COMMAND in entry.doors]
    return click.Command(name, params=[logs, *own, *parameters], callback=run, help=told)


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


def limits(settings: Settings) -> Limits:
    """What one job may take that has the machine for itself."""
    return Limits(memory_of_a_job(settings.memory_limit, 1), settings.job_threads)


def options_of(given: dict[str, Any]) -> Options:
    """The options of a command. Raises LogError."""
    given["language"] = given["language"] or language()
    told = {name: value if isinstance(value, tuple) else (value,) for name, value in given.items()}
    return parse(told, COMMAND)


def with_key(options: Options, settings: Settings) -> Options:
    """The options with the key of the pseudonyms. Raises LogError, OSError."""
    key = _key(options.key, settings) if options.pseudonyms or options.key else ""
    return replace(options, pseudonym_key=key, key=None)


def _key(path: Path | None, settings: Settings) -> str:
    """The key in a file, which is made if it is missing; without one that of this installation."""
    if path is None:
        return settings.pseudonym_key or kept_key(settings.instance_folder, "pseudonym_key")
    if not path.exists():
        path.touch(0o600)
        path.write_text(new_key() + "\n", encoding="utf-8")
    with named(path.name):
        return read_key(path)


def tell_warnings(summary: Summary) -> None:
    """The warnings by their codes, on standard error."""
    for warning in summary.warnings:
        click.echo(f"{warning.code}: {translated(warning.text)}", err=True)
