"""The language of the pages, and sentences of the pipeline in it."""

from babel.units import format_unit
from flask import Flask, request, session
from flask_babel import Babel, get_locale, gettext

from moodlelogsmart.labels import language_name, time_in_words
from moodlelogsmart.messages import Message

LANGUAGES = {"en": "English", "pt_BR": "Português"}


def chosen_language() -> str:
    """What the person chose by the link at the foot of the page, else what the browser asks for."""
    if session.get("language") in LANGUAGES:
        return str(session["language"])
    tags = {name.replace("_", "-"): name for name in LANGUAGES} | {"pt": "pt_BR"}
    return tags[request.accept_languages.best_match(tags) or "en"]


def translate(text: str) -> str:
    """The text in the language of the page; a Message is translated by its template, any other text stays."""
    if not isinstance(text, Message):
        return text
    translated: str = gettext(text.template)
    return translated % text.parameters if text.parameters else translated


def file_size(size: int) -> str:
    """A number of bytes as a person reads it, such as 1.2 MB."""
    unit, factor = ("megabyte", 1e6) if size >= 1e6 else ("kilobyte", 1e3) if size >= 1e3 else ("byte", 1)
    return str(format_unit(size / factor, f"digital-{unit}", "short", "#,##0.#", get_locale()))


def init_language(app: Flask) -> None:
    """Set up translation; `?lang=pt_BR` on any page chooses the language from then on."""
    Babel(app, locale_selector=chosen_language, default_translation_directories=str(app.root_path) + "/translations")
    app.jinja_env.filters["language_name"] = lambda code: language_name(code, str(get_locale()))
    app.jinja_env.globals["time_in_words"] = lambda layout: time_in_words(layout, translate)
    app.jinja_env.filters.update(translate=translate, file_size=file_size)

    @app.before_request
    def remember_choice() -> None:
        if request.args.get("lang") in LANGUAGES:
            session["language"] = request.args["lang"]

    @app.context_processor
    def offer_languages() -> dict[str, object]:
        return {"languages": LANGUAGES, "language": chosen_language()}
