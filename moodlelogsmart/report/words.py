"""Sentences in a language, where there is no page and no server: in the report, the manifest, the facts of a job."""

from functools import cache
from pathlib import Path

from babel.support import NullTranslations, Translations

from moodlelogsmart.messages import said

_FOLDER = Path(__file__).parents[2] / "translations"


@cache
def translations(language: str) -> NullTranslations:
    """The texts in a language, by their English ones."""
    return Translations.load(_FOLDER, [language])


def say(text: str, language: str) -> str:
    """The text in the language; a Message is translated by its template, any other text stays."""
    return str(said(text, translations(language).ugettext, language))
