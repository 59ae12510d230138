"""The language of the pages, and sentences of the pipeline in it."""

from datetime import timedelta
from urllib.parse import urlencode

from babel.dates import format_timedelta
from babel.numbers import format_decimal
from flask import Flask, g, request, session
from flask_babel import Babel, get_locale, gettext

from moodlelogsmart.jobs.job import now
from moodlelogsmart.messages import city, day, said
from moodlelogsmart.report.labels import language_name, time_in_words, time_of_day
from moodlelogsmart.report.words import event_in_words
from moodlelogsmart.report.zones import choices, distances

LANGUAGES = {
    "en": "English",
    "pt_BR": "Português",
}
# Where most who read a language live; English is read everywhere.
ZONES = {"pt_BR": "America/Sao_Paulo", "es": "Europe/Madrid"}


def chosen_language() -> str:
    """What the person chose by the link at the foot of the page, else what the browser asks for."""
    if session.get("language") in LANGUAGES:
        return str(session["language"])
    # Once for each request: a browser may send a list that takes a while to read.
    if "language" not in g:
        g.language = _asked_for()
    return str(g.language)


def _asked_for() -> str:
    tags = {name.replace("_", "-"): name for name in LANGUAGES} | {name.partition("_")[0]: name for name in LANGUAGES}
    return tags[request.accept_languages.best_match(tags) or "en"]


def translate(text: str) -> str:
    """The text in the language of the page; a Message is translated by its template, any other text stays."""
    return str(said(text, gettext, str(get_locale())))


def file_size(size: int) -> str:
    """A number of bytes as a person reads it, such as 1.2 MB."""
    units = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("B", 1.0))
    unit, factor = next((one for one in units if size >= one[1]), units[-1])
    return f"{format_decimal(size / factor, '#,##0.#', get_locale())} {unit}"


def duration(seconds: float) -> str:
    """A time to wait for as a person says it, such as 40 seconds; never less than one."""
    return str(
        format_timedelta(timedelta(seconds=max(1.0, seconds)), granularity="second", threshold=1.5, locale=get_locale())
    )


def init_language(app: Flask) -> None:
    """Set up translation; `?lang=pt_BR` on any page chooses the language from then on."""
    Babel(app, locale_selector=chosen_language, default_translation_directories=str(app.root_path) + "/translations")
    app.jinja_env.filters["language_name"] = lambda code: language_name(code, str(get_locale()))
    app.jinja_env.filters["day"] = lambda told, form="medium": day(told, str(get_locale()), form)
    app.jinja_env.filters["moment"] = lambda time: time_of_day(time, str(get_locale()))
    app.jinja_env.filters["city"] = lambda zone: city(zone, str(get_locale()))
    app.jinja_env.filters["event_in_words"] = lambda event: event_in_words(event, str(get_locale()))
    app.jinja_env.globals["time_in_words"] = lambda layout: time_in_words(layout, translate)
    app.jinja_env.globals["distances"] = distances
    app.jinja_env.globals["zone_choices"] = lambda chosen: choices(str(get_locale()), now().date(), chosen)
    app.jinja_env.filters.update(translate=translate, file_size=file_size, duration=duration)

    @app.before_request
    def remember_choice() -> None:
        if request.args.get("lang") in LANGUAGES:
            session["language"] = request.args["lang"]

    @app.context_processor
    def offer_languages() -> dict[str, object]:
        return {"languages": LANGUAGES, "language": chosen_language(), "language_link": _link}


def _link(code: str) -> str:
    """The address of this page in another language, with what else is asked for there."""
    asked = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return "?" + urlencode([*asked, ("lang", code)])
