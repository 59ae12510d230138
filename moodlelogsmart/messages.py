"""Sentences for people, which remember their English template so that the edge can translate them.

`Message("...")` and `LogError("...")` mark their first argument for extraction into the catalogue.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any

# With the day before the month, as in most countries that speak the language.
_DAYS = {"en": "en_GB"}


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


def as_data(message: Message) -> dict[str, Any]:
    """The sentence as plain data."""
    return {"template": message.template, "parameters": message.parameters}


def from_data(data: Mapping[str, Any]) -> Message:
    """What `as_data` was made of."""
    template, parameters = data["template"], data["parameters"]
    return Message(template, **parameters)


def fill(template: str, parameters: Mapping[str, Any], language: str = "en") -> str:
    """The template, whatever language it is in, with its parameters; without any it stays as it is.

    Where it says `%(name)s`, numbers and days are written as the language writes them: a whole number with its
    separators, a float, which is a share from 0 to 1, as a percentage, the ISO 8601 text of a parameter whose name ends
    in `day` as a date, and the time zone of one that is called `zone` as its city.
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
    if name.endswith("day"):
        return day(value, language, "long")
    return city(value, language) if name == "zone" else value


def day(text: str, language: str, form: str = "medium") -> str:
    """The day of an ISO 8601 text as the language writes it: 3 Oct 2019."""
    from babel.dates import format_date

    return format_date(date.fromisoformat(text[:10]), form, locale=_DAYS.get(language, language))


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


class LogError(Exception):
    """A log cannot be processed: `message` is one sentence, what happened and what to do; `option` is the one that it
    concerns, where it is one, by its name."""

    option = ""

    def __init__(self, template: str, **parameters: Any) -> None:
        self.message = Message(template, **parameters)
        super().__init__(self.message)


class NoLog(LogError):
    """A file is no log at all; among others that are it can be left out."""


class MachineError(LogError):
    """The machine is to blame, not the log: another try may succeed."""
