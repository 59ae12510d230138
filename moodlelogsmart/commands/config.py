"""`config`: every setting, its value and where that comes from."""

import json

import click

from moodlelogsmart.commands.terminal import told_in_a_sentence
from moodlelogsmart.config import settings_told


@click.command("config")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(as_json: bool) -> None:
    """Show every setting, its value and where that comes from; of a secret only whether it is set."""
    with told_in_a_sentence():
        told = settings_told()
    if as_json:
        click.echo(json.dumps([one.__dict__ for one in told], indent=2, ensure_ascii=False))
        return
    width = max(len(one.name) for one in told)
    for one in told:
        click.echo(f"{one.name:<{width}}  {one.value!s:<24}  {one.origin}")
