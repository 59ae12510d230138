"""The language of the pages, and sentences of the pipeline in it."""

from datetime import timedelta
from functools import cache
from unicodedata import normalize
from urllib.parse import urlencode

from babel.dates import format_timedelta
from flask import Flask, g, request, session
from flask_babel import Babel, get_locale, get_translations, gettext

from moodlelogsmart.assets import assets
from moodlelogsmart.jobs.job import now
from moodlelogsmart.messages import said
from moodlelogsmart.reading.words import known_languages
from moodlelogsmart.report.labels import language_name
from moodlelogsmart.report.templates import compiled, give_words, install_texts
from moodlelogsmart.report.words import LANGUAGES, say
from moodlelogsmart.report.zones import choices


def chosen_language() -> str:
    """What the person chose by the link at the head of the page, else what the browser asks for."""
    if session.get("language") in LANGUAGES:
        return str(session["language"])
    # Once for each request: a browser may send a list that takes a while to read.
    if "language" not in g:
        g.language = _asked_for()
    return str(g.language)


def _asked_for() -> str:
    # Whatever the region: who reads the Spanish of Mexico, or of Latin America (es-419), reads ours.
    known = {name.partition("_")[0]: name for name in LANGUAGES}
    asked = (known.get(primary(tag)) for tag, quality in request.accept_languages if quality > 0)
    return next(filter(None, asked), "en")


def primary(tag: str) -> str:
    """The language of a tag without its region: es for es-MX."""
    return tag.replace("_", "-").partition("-")[0].lower()


def translate(text: str) -> str:
    """The text in the language of the page; a Message is translated by its template, any other text stays."""
    return str(said(text, gettext, str(get_locale())))


def log_languages() -> list[tuple[str, str]]:
    """The languages that a log can have, each with what it is called, in the order of that."""
    return _log_languages(str(get_locale()))


@cache
def _log_languages(language: str) -> list[tuple[str, str]]:
    named = [(code, language_name(code, language)) for code in known_languages()]
    return sorted([one for one in named if one[1] != "None"], key=lambda one: normalize("NFKD", one[1].casefold()))


def duration(seconds: float) -> str:
    """A time to wait for as a person says it, such as 40 seconds; never less than one."""
    return str(
        format_timedelta(timedelta(seconds=max(1.0, seconds)), granularity="second", threshold=1.5, locale=get_locale())
    )


def init_language(app: Flask) -> None:
    """Set up translation; `?lang=pt_BR` on any page chooses the language from then on."""
    Babel(app, locale_selector=chosen_language, default_translation_directories=str(assets("translations")))
    compiled(app.jinja_env, "page")
    install_texts(app.jinja_env, gettext, _plural, lambda: str(get_locale()))
    give_words(app.jinja_env, lambda: str(get_locale()))
    app.jinja_env.globals["zone_choices"] = lambda chosen: choices(str(get_locale()), now().date(), chosen)
    app.jinja_env.filters["said_in"] = say
    app.jinja_env.filters["duration"] = duration

    @app.before_request
    def remember_choice() -> None:
        if request.args.get("lang") in LANGUAGES:
            session["language"] = request.args["lang"]

    @app.context_processor
    def offer_languages() -> dict[str, object]:
        return {"languages": LANGUAGES, "language": chosen_language(), "language_link": _link}


def _plural(singular: str, plural: str, number: int) -> str:
    return str(get_translations().ungettext(singular, plural, number))


def _link(code: str) -> str:
    """The address of this page in another language, with what else is asked for there."""
    asked = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return "?" + urlencode([*asked, ("lang", code)])
