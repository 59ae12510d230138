"""`completion`: what makes a shell complete the verbs and options."""

import click
from click.shell_completion import get_completion_class

from moodlelogsmart.commands import main


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Write what makes a shell complete verbs and options; for bash: `moodlelogsmart completion bash >> ~/.bashrc`."""
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click has all that can be chosen
    click.echo(kind(main, {}, "moodlelogsmart", "_MOODLELOGSMART_COMPLETE").source())
