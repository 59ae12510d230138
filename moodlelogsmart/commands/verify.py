"""`verify`: whether results are as they were written."""

from pathlib import Path

import click

from moodlelogsmart.commands.terminal import give_up, tell, told_in_a_sentence, translated
from moodlelogsmart.export.manifest import find_changes
from moodlelogsmart.messages import Message


@click.command("verify")
@click.argument("results", metavar="RESULTS.ZIP", type=click.Path(path_type=Path))
def command(results: Path) -> None:
    """Check that the results in a ZIP are those that were written, by the checksums of its manifest."""
    with told_in_a_sentence():
        changes = find_changes(results)
    if changes:
        give_up(" ".join(translated(change) for change in changes))
    tell(Message("The results are as they were written."))
