"""report.html: the report as a page of its own, in the language of the person who asked for it."""

from collections.abc import Iterator
from functools import cache

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from moodlelogsmart import __version__
from moodlelogsmart.assets import assets
from moodlelogsmart.report import labels
from moodlelogsmart.report.summary import Summary
from moodlelogsmart.report.templates import compiled, give_words, install_texts
from moodlelogsmart.report.words import LANGUAGES, act_in_words, translations

_PAGE = "report_file.html"


def content(summary: Summary, language: str, title: str = "") -> Iterator[bytes]:
    """The page, which needs nothing beside it: style and charts are in it, and no script. `title`: what a person calls
    the result, above it."""
    style = Markup((assets("static") / "style.css").read_text(encoding="utf-8"))  # noqa: S704 - it is our own
    page = _templates(language).get_template(_PAGE)
    told = {"s": summary, "title": title, "labels": labels, "language": language}
    yield page.render(told, style=style, version=__version__).encode()


def short(summary: Summary, language: str, title: str = "") -> str:
    """What the report says in short, as a piece of HTML for a page that is not ours, such as a notebook."""
    told = {"s": summary, "title": title, "labels": labels, "language": language}
    return _templates(language).get_template("report_short.html").render(told)


def warm_up() -> None:
    """Have loaded what the report is made of, in each language."""
    act_in_words("", "en")
    for language in LANGUAGES:
        environment = _templates(language)
        for name in environment.list_templates(["html"]):
            if name == _PAGE or name.startswith("_"):
                environment.get_template(name)


@cache
def _templates(language: str) -> Environment:
    """The templates of the pages, with the same words and filters as there, but without a server."""
    environment = Environment(
        loader=FileSystemLoader(assets("templates")), extensions=["jinja2.ext.i18n"], autoescape=True
    )
    texts = translations(language)
    install_texts(environment, texts.ugettext, texts.ungettext, lambda: language)
    compiled(environment, "report")
    give_words(environment, lambda: language)
    return environment
