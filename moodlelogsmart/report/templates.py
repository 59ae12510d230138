"""What every template may say in a language, on a page as in the report that is a file, and how it is compiled."""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from importlib.util import cache_from_source
from pathlib import Path
from pickle import UnpicklingError
from tempfile import NamedTemporaryFile
from typing import Any

import jinja2
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from jinja2 import Environment
from jinja2.bccache import Bucket, BytecodeCache
from markupsafe import Markup, escape

from moodlelogsmart.messages import Message, city, day
from moodlelogsmart.report import labels
from moodlelogsmart.report.methods import methods
from moodlelogsmart.report.words import act_in_words, event_in_words, kind_in_words, say
from moodlelogsmart.report.zones import distances

_CELL = re.compile('<td(?: class="([^"]*)")?')


class Compiled(BytecodeCache):
    """Keeps compiled templates where Python keeps compiled modules, in `__pycache__` beside them: to compile those of
    the report takes longer than most logs. Where that cannot be written, each process compiles its own."""

    def __init__(self, kind: str) -> None:
        """`kind`: whose environment it is, for each compiles as it is set up."""
        self._kind = kind + "".join(filter(str.isdigit, jinja2.__version__))

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """The path of the compiled template."""
        return cache_from_source(f"{filename}.py", optimization=self._kind)

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take it from there, if it is of this source."""
        with suppress(OSError, EOFError, TypeError, ValueError, UnpicklingError), Path(bucket.key).open("rb") as file:
            bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Put it there, for all processes at once or not at all."""
        path = Path(bucket.key)
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            file = NamedTemporaryFile(dir=path.parent, delete=False)  # noqa: SIM115 - it is renamed when it is closed
            made = Path(file.name)
            try:
                with file:
                    bucket.write_bytecode(file)
                made.chmod(0o644)
                made.replace(path)
            except BaseException:
                made.unlink(missing_ok=True)
                raise


def compiled(environment: Environment, kind: str) -> None:
    """Have the templates of an environment compiled once for all processes."""
    environment.bytecode_cache = Compiled(kind)
    # What a filter makes of a text must not be in what is kept: it is of one language. What is written as it stands is
    # worked out all the same; a test sees to it that no filter of ours is asked there.
    environment.optimized = False


@lru_cache(10_000)
def _decimal(number: float, language: str) -> str:
    """As `format_decimal`, which takes longer than all else on a page of a thousand numbers."""
    return format_decimal(number, locale=language)


def labelled(rows: str, labels: Iterable[str]) -> Markup:
    """The rows of a table, each cell behind the name of its row with the words that head its column. A number has no
    class then: the page of a large course has thousands of them."""
    words = [escape(label.striptags() if isinstance(label, Markup) else label) for label in labels]
    told = []
    for row in str(rows).split("<tr>"):
        heads = iter(words)
        told.append(_CELL.sub(lambda cell, heads=heads: _cell(cell[1], next(heads, "")), row))  # type: ignore[misc]
    return Markup("<tr>".join(told))  # noqa: S704 - as it came, and the words are escaped


def _cell(kinds: str | None, label: str) -> str:
    """The beginning of a cell of these classes, with its label."""
    kept = " ".join(kind for kind in kinds.split() if kind != "number") if kinds else "words"
    return f'<td class="{kept}" data-label="{label}"' if kept else f'<td data-label="{label}"'


def install_texts(
    environment: Environment, gettext: Callable[[str], str], ngettext: Callable[..., str], language: Callable[[], str]
) -> None:
    """Have the templates say texts by these; the number of one with a plural is written as the language writes it."""

    def numbered(singular: str, plural: str, number: int) -> str:
        return ngettext(singular, plural, number).replace("%(num)d", _decimal(number, language()))

    environment.install_gettext_callables(gettext, numbered, newstyle=True)  # type: ignore[attr-defined]


def give_words(environment: Environment, language: Callable[[], str]) -> None:
    """Have the templates write numbers, days, places and texts in the language of the moment."""

    def translate(text: str) -> str:
        return say(text, language())

    def kind(module: str, called: Mapping[str, str] | None = None) -> str:
        return kind_in_words(module, language(), called)

    def filtered(filters: Mapping[str, Any], called: Mapping[str, str] | None = None) -> list[Message]:
        return labels.filters_in_words(filters, lambda module: kind(module, called))

    filters: dict[str, Callable[..., Any]] = {
        "translate": translate,
        "labelled": labelled,
        "numberformat": lambda number: _decimal(number + 0, language()),
        "percentformat": lambda share, form=None: format_percent(share, form, locale=language()),
        "dateformat": lambda date, form: format_date(date, form, locale=language()),
        "day": lambda told, form="medium": day(told, language(), form),
        "moment": lambda time: labels.time_of_day(time, language()),
        "city": lambda zone: city(zone, language()),
        "act_in_words": lambda event: act_in_words(event, language()),
        "event_in_words": lambda event: event_in_words(event, language()),
        "kind_in_words": kind,
        "language_name": lambda code: labels.language_name(code, language()),
        "file_size": lambda size: labels.file_size(size, language()),
    }
    environment.filters.update(filters)
    environment.globals["time_in_words"] = lambda layout: labels.time_in_words(layout, translate)
    environment.globals["filters_in_words"] = filtered
    environment.globals["distances"] = distances
    environment.globals["methods"] = methods
