"""How a command speaks: in the language of the terminal, in a sentence where something cannot be done, with a bar."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click

from moodlelogsmart.config import SettingError
from moodlelogsmart.messages import LogError, Message
from moodlelogsmart.pipeline import STAGES, Progress
from moodlelogsmart.report.words import LANGUAGES, say


def language() -> str:
    """That of the terminal where there are texts in it, else English."""
    spoken = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return next((name for name in LANGUAGES if spoken.startswith(name.partition("_")[0])), next(iter(LANGUAGES)))


def translated(text: str) -> str:
    """A Message in the language of the terminal; any other text stays."""
    return say(text, language())


def tell(text: str, err: bool = False) -> None:
    """Write a line, on standard error if `err`."""
    click.echo(translated(text), err=err)


def give_up(sentence: str) -> NoReturn:
    """End with a sentence and the code 2."""
    tell(sentence, err=True)
    sys.exit(2)


@contextmanager
def told_in_a_sentence() -> Iterator[None]:
    """End with a sentence where a log or a path cannot be used, or a setting has a value that it cannot have."""
    try:
        yield
    except LogError as error:
        give_up(error.message)
    except SettingError as error:
        give_up(str(error))
    except OSError as error:
        give_up(Message("%(path)s cannot be used: %(reason)s.", path=error.filename, reason=error.strerror))


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar on standard error where that is a terminal; else nothing."""

    def called(stage: Any) -> str:
        return translated(STAGES[stage][1]) if stage else ""

    with click.progressbar(length=100, file=sys.stderr, item_show_func=called, hidden=not sys.stderr.isatty()) as bar:

        def show(percent: int, stage: str) -> None:
            bar.update(percent - bar.pos, stage)

        yield show
        bar.update(100 - bar.pos, "")
