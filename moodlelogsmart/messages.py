"""Sentences for people, which remember their English template so that the edge can translate them.

`Message("...")` and `LogError("...")` mark their first argument for extraction into the catalogue.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from typing import Any

# With the day before the month, as in most countries that speak the language.
_DAYS = {"en": "en_GB"}
_FORMS = {("en", "medium"): "d MMM yyyy", ("en", "full"): "EEEE d MMMM yyyy"}  # without “Sept” and a comma


class Message(str):
    """An English sentence that keeps its template and parameters (`%(name)s` style) for translation."""

    template: str
    parameters: dict[str, Any]

    def __new__(cls, template: str, **parameters: Any) -> "Message":
        """The sentence of `template` with its `parameters` filled in."""
        message = super().__new__(cls, fill(template, parameters))
        message.template = template
        message.parameters = parameters
        return message


def as_message(text: str) -> Message:
    """A text as a Message; one that is none has no parameters."""
    return text if isinstance(text, Message) else Message(text)


def as_data(message: Message) -> dict[str, Any]:
    """The sentence as plain data."""
    return {"template": message.template, "parameters": message.parameters}


def from_data(data: Mapping[str, Any]) -> Message:
    """What `as_data` was made of, with the sentences among its parameters."""
    template, parameters = data["template"], data["parameters"]
    return Message(template, **{name: _revived(value) for name, value in parameters.items()})


def _revived(value: Any) -> Any:
    if isinstance(value, Mapping):
        return from_data(value)
    return [_revived(one) for one in value] if isinstance(value, list) else value


def said(text: Any, look_up: Callable[[str], str], language: str) -> Any:
    """A Message in the language, by its template, and so are those among its parameters; any other text stays."""
    if isinstance(text, list):
        return [said(one, look_up, language) for one in text]
    if not isinstance(text, Message):
        return text
    parameters = {name: said(value, look_up, language) for name, value in text.parameters.items()}
    return fill(look_up(text.template), parameters, language)


def fill(template: str, parameters: Mapping[str, Any], language: str = "en") -> str:
    """The template, whatever language it is in, with its parameters; without any it stays as it is.

    Where it says `%(name)s`, numbers and days are written as the language writes them: a whole number with its
    separators, a float, which is a share from 0 to 1, as a percentage, a list as its items behind each other, the ISO
    8601 text of a parameter whose name ends in `day` as a date, and the time zone of one that is called `zone` as its
    city.
    """
    if not parameters:
        return template
    return template % {
        name: _written(name, value, language) if f"%({name})s" in template else value
        for name, value in parameters.items()
    }


def _written(name: str, value: Any, language: str) -> Any:
    # Not before there is something to write: who only imports the package need not wait for it.
    from babel.numbers import format_decimal, format_percent

    if isinstance(value, float):
        return format_percent(round(value, 3), locale=language, decimal_quantization=False)
    if isinstance(value, int):
        return format_decimal(value, locale=language)
    if isinstance(value, list):
        return ", ".join(value)
    if name.endswith("day"):
        return day(value, language, "long")
    return city(value, language) if name == "zone" else value


def day(told: date | str, language: str, form: str = "medium") -> str:
    """A day, or that of an ISO 8601 text, as the language writes it: 3 Oct 2019."""
    from babel.dates import format_date

    known = date.fromisoformat(told[:10]) if isinstance(told, str) else told
    if own := _FORMS.get((language, form)):
        return format_date(known, own, locale=language)
    return format_date(known, form, locale=_DAYS.get(language, language))


def city(zone: str, language: str) -> str:
    """A time zone by its city, as the language writes it: São Paulo for America/Sao_Paulo."""
    from babel.core import get_global
    from babel.dates import get_timezone_location

    known = get_global("zone_aliases").get(zone, zone)
    # In English CLDR leaves out the accents of Brazil, which English has.
    brazilian = language == "en" and get_global("zone_territories").get(known) == "BR"
    with suppress(LookupError):
        zone = get_timezone_location(known, locale="pt" if brazilian else language, return_city=True)
    return zone.rpartition("/")[2]


THIS_FILE = Message("This file")  # where nobody knows what it is called
NAME_SHOWN = 120  # characters of the name of a file


def file_name(path: str) -> str:
    """What a file is called, as it is shown: the last part of its path, cut, without what would move a cursor."""
    name = "".join(letter if letter.isprintable() else "\ufffd" for letter in re.split(r"[\\/]", path)[-1])
    return name if len(name) <= NAME_SHOWN else f"{name[: NAME_SHOWN - 1]}…"


class LogError(Exception):
    """A log cannot be processed: `message` is one sentence, what happened and what to do; `option` is the one that it
    concerns, where it is one, by its name.

    `%(file)s` in the sentence is the name of the file once somebody has told it (`named`).
    """

    option = ""

    def __init__(self, template: str, /, **parameters: Any) -> None:
        if "%(file)s" in template:
            parameters = {"file": THIS_FILE, **parameters}
        self.message = Message(template, **parameters)
        super().__init__(self.message)

    def name(self, file: str) -> None:
        """Say of which file it is, unless that is said already; by a Message what it is, as long as nobody knows."""
        if file and isinstance(self.message.parameters.get("file"), Message):
            self.tell(file=file if isinstance(file, Message) else file_name(file))

    def tell(self, **parameters: Any) -> None:
        """Put other parameters into the sentence, of those that it has."""
        known = {name: value for name, value in parameters.items() if name in self.message.parameters}
        self.message = Message(self.message.template, **{**self.message.parameters, **known})
        self.args = (self.message,)


@contextmanager
def named(file: str) -> Iterator[None]:
    """Have the errors within say of which file they are, '' where nobody knows its name."""
    try:
        yield
    except LogError as error:
        error.name(file)
        raise


def nameless(message: Message) -> Message:
    """The sentence without the name of the file that it is about."""
    known = {"file": THIS_FILE} if "file" in message.parameters else {}
    return Message(message.template, **{**message.parameters, **known})


class NoLog(LogError):
    """A file is no log at all; among others that are it can be left out. `kind`: what it is, one of labels.OTHERS."""

    def __init__(self, template: str, /, kind: str = "other", **parameters: Any) -> None:
        super().__init__(template, **parameters)
        self.kind = kind


class MachineError(LogError):
    """The machine is to blame, not the log: another try may succeed."""


class BesideError(LogError):
    """A file beside the log is to blame, such as a list of participants: with another one the log can be processed."""
