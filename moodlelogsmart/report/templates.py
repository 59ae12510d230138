"""What every template may say in a language, on a page as in the report that is a file."""

from collections.abc import Callable
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from jinja2 import Environment

from moodlelogsmart.messages import city, day
from moodlelogsmart.report import labels
from moodlelogsmart.report.methods import methods
from moodlelogsmart.report.words import act_in_words, event_in_words, say
from moodlelogsmart.report.zones import distances


def give_words(environment: Environment, language: Callable[[], str]) -> None:
    """Have the templates write numbers, days, places and texts in the language of the moment."""

    def translate(text: str) -> str:
        return say(text, language())

    filters: dict[str, Callable[..., Any]] = {
        "translate": translate,
        "numberformat": lambda number: format_decimal(number, locale=language()),
        "percentformat": lambda share, form=None: format_percent(share, form, locale=language()),
        "dateformat": lambda date, form: format_date(date, form, locale=language()),
        "day": lambda told, form="medium": day(told, language(), form),
        "moment": lambda time: labels.time_of_day(time, language()),
        "city": lambda zone: city(zone, language()),
        "act_in_words": lambda event: act_in_words(event, language()),
        "event_in_words": lambda event: event_in_words(event, language()),
        "language_name": lambda code: labels.language_name(code, language()),
        "file_size": lambda size: labels.file_size(size, language()),
    }
    environment.filters.update(filters)
    environment.globals["time_in_words"] = lambda layout: labels.time_in_words(layout, translate)
    environment.globals["distances"] = distances
    environment.globals["methods"] = methods
