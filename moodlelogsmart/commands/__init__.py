"""`moodlelogsmart process`, `check`, `serve` and so on: what can be done from a terminal; Flask needs `serve` alone."""

from importlib import import_module

import click

from moodlelogsmart import __version__

# The verbs with what each does, in the order of the help: a verb is loaded when it is called, so who asks for help
# waits for no database engine.
VERBS = {
    "process": "Turn one Moodle log, or several files of one, into an enriched event log.",
    "check": "Say what is understood of a log, and how sure that is, before anything is made of it.",
    "demo": "Make the log of an invented course, process it, and say which file to open.",
    "verify": "Check that the results in a ZIP are those that were written.",
    "excerpt": "Write what may be published of a log: each kind of event once.",
    "serve": "Serve the pages (Linux).",
    "worker": "Work on the jobs of several machines (Linux).",
    "config": "Show every setting, its value and where that comes from.",
    "completion": "Write what makes a shell complete the verbs and options.",
}
WITHOUT_A_SERVER = ("process", "check", "verify", "excerpt", "worker")  # that `flask --app app` has as well


def verb(name: str) -> click.Command:
    """The command of VERBS that is called so."""
    command: click.Command = import_module(f"{__name__}.{name}").command
    return command


class _Verbs(click.Group):
    """A group whose commands are loaded when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All of VERBS."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One of VERBS, None for any other name."""
        return verb(cmd_name) if cmd_name in VERBS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs, each with what it does."""
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.command(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="moodlelogsmart")
def main() -> None:
    """Turn Moodle activity logs into event logs that say what learners did pedagogically."""
