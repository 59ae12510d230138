"""Sentences in a language, where there is no page and no server: in the report, the manifest, the facts of a job."""

import csv
import re
from collections.abc import Mapping
from functools import cache

from babel.support import NullTranslations, Translations

from moodlelogsmart.assets import assets
from moodlelogsmart.meaning.catalogue import NAMES_FILE
from moodlelogsmart.messages import said
from moodlelogsmart.report.acts import ACTS
from moodlelogsmart.report.labels import ELEMENTS

_MODULE = re.compile(r"\\mod_(\w+)\\event\\")
_CLASS = re.compile(r"\\?(\w+\\event\\(\w+))")
# The languages of pages, reports and commands, each by its own name.
LANGUAGES = {
    "en": "English",
    "pt_BR": "Português",
    "es": "Español",
}


@cache
def translations(language: str) -> NullTranslations:
    """The texts in a language, by their English ones."""
    return Translations.load(assets("translations"), [language])


def say(text: str, language: str) -> str:
    """The text in the language; a Message is translated by its template, any other text stays."""
    return str(said(text, translations(language).ugettext, language))


def event_in_words(event: str, language: str) -> str:
    r"""What Moodle calls an event of which a table of its database has the class, in the language, else in English.

        event_in_words(r"\\core\\event\\course_section_updated", "pt_BR")  # Tópico de curso atualizado

    An event that Moodle does not know has the words of its class; any other text stays, but for an address behind it,
    as before Moodle 2.7.
    """
    named = _CLASS.fullmatch(event)
    if named is None:
        return re.sub(r" \(https?:.*", "", event)
    key = f"\\{named[1].lower()}"
    return _event_names(language).get(key) or _event_names("en").get(key) or named[2].replace("_", " ").capitalize()


def act_in_words(event: str, language: str) -> str:
    r"""What who did an event has done, by what a log in any language calls it, or by its class; '' for one of which
    we have no words.

        act_in_words("Curso atualizado", "en")  # changed the course
    """
    named = _CLASS.fullmatch(event)
    words = ACTS.get(f"\\{named[1].lower()}") if named else _acts().get(_bare(event))
    return say(words, language) if words else ""


def kind_in_words(kind: str, language: str, called: Mapping[str, str] | None = None) -> str:
    """What Moodle calls one of its modules in the language, else in English, as in its language packs; one that Moodle
    does not know is `called` as a log does, else it stays as it is.

        kind_in_words("hvp", "es")  # Contenido interactivo
    """
    words = ELEMENTS.get(kind) or _module_names(language).get(kind) or _module_names("en").get(kind)
    return say(words or (called or {}).get(kind) or kind, language)


@cache
def _module_names(language: str) -> dict[str, str]:
    """Moodle's names of its modules in a language, the first of several; a component that is told by its code alone has
    none."""
    told: dict[str, str] = {}
    with NAMES_FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            module = _MODULE.match(row["class"])
            if module and row["language"] == language.lower() and row["component"] != f"mod_{module[1]}":
                told.setdefault(module[1], row["component"])
    return told


@cache
def _acts() -> dict[str, str]:
    """The words of ACTS by what Moodle calls the events in all languages, but for names that others have as well."""
    classes: dict[str, set[str]] = {}
    with NAMES_FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            classes.setdefault(_bare(row["name"]), set()).add(row["class"])
    return {name: ACTS[one] for name, (one, *others) in classes.items() if not others and one in ACTS}


def _bare(name: str) -> str:
    return name.rstrip(".。")


@cache
def _event_names(language: str) -> dict[str, str]:
    """Moodle's names of its events in a language, by their classes."""
    with NAMES_FILE.open(encoding="utf-8", newline="") as file:
        return {row["class"]: _bare(row["name"]) for row in csv.DictReader(file) if row["language"] == language.lower()}
