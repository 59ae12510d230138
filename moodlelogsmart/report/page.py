"""report.html: the report as a page of its own, in the language of the person who asked for it."""

from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from moodlelogsmart import __version__
from moodlelogsmart.report import labels
from moodlelogsmart.report.summary import Summary
from moodlelogsmart.report.words import event_in_words, say, translations

_ROOT = Path(__file__).parents[2]


def content(summary: Summary, language: str) -> Iterator[bytes]:
    """The page, which needs nothing beside it: style and charts are in it, and no script."""
    style = Markup((_ROOT / "static" / "style.css").read_text(encoding="utf-8"))  # noqa: S704 - it is our own
    page = _templates(language).get_template("report_file.html")
    yield page.render(s=summary, labels=labels, language=language, style=style, version=__version__).encode()


@cache
def _templates(language: str) -> Environment:
    """The templates of the pages, with the same words and filters as there, but without a server."""
    translate = partial(say, language=language)
    environment = Environment(
        loader=FileSystemLoader(_ROOT / "templates"), extensions=["jinja2.ext.i18n"], autoescape=True
    )
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    locale: dict[str, Any] = {"locale": language}
    environment.filters.update(
        translate=translate,
        numberformat=lambda number: format_decimal(number, **locale),
        percentformat=lambda number, form=None: format_percent(number, form, **locale),
        dateformat=lambda day, form: format_date(day, form, **locale),
        day=lambda day: labels.day_in_words(day, language),
        event_in_words=lambda event: event_in_words(event, language),
        language_name=lambda code: labels.language_name(code, language),
    )
    environment.globals["time_in_words"] = lambda layout: labels.time_in_words(layout, translate)
    return environment
