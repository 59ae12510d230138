"""Stage clock, the orders that the dates of a log can have: some of its times in each, for a person who knows which."""

import re
from typing import NamedTuple

from moodlelogsmart.reading.model import DATE_ORDERS, Dated, FileReading
from moodlelogsmart.reading.time_format import (
    CONTRARY,
    WAY,
    date_order,
    has_year,
    reading_of,
    relatives,
    swapped,
    year_first,
)
from moodlelogsmart.reading.turned import SWAPPED
from moodlelogsmart.workspace import Workspace

SHOWN = 2  # times
AMONG = 500  # times, of which those are shown that differ from order to order
_WORDED = {"dmy": "%d %b %y", "ymd": "%y %b %d"}  # where the month is a word, but a day may be a year


def find_orders(work: Workspace, place: int, file: FileReading, odd: str = "") -> dict[str, tuple[Dated, ...]]:
    """Some times of a file as they are read in each order that a person may tell, those first that are another day in
    another order; nothing where there is but one. Some of them are in the form `odd`, '' for none."""
    known = file.date_order.value
    ways = _stored_ways(file, odd) if file.dates_stored else _written_ways(file, odd)
    if len(ways) < 2 or known not in ways:
        return {}
    orders = [order for order in DATE_ORDERS if order in ways]
    forms = [one for layout in (file.time_format.value, odd) if layout for one in (layout, *relatives(layout))]
    read = ", ".join(f"{ways[order].fit} as {order}_fit, {ways[order].meant} as {order}" for order in orders)
    telling = " or ".join(f"{order} is distinct from {known}" for order in orders)
    rows = work.run(
        f"""with tried as (from clock_text where file = {place} order by hash(text) limit {AMONG}),
            standing as (select *, {_first(forms)} as wall from tried),
            read as (select text, first, {read} from standing)
        select text, {", ".join(f"{order}, {order}_fit is not null" for order in orders)} from read
        where {known} is not null order by ({telling}) desc, first limit {SHOWN}"""
    )
    if file.dates_stored and not any(one[1] != one[3] for one in rows):
        return {}  # there is nothing to swap
    return {
        order: tuple(Dated(row[0], row[1 + 2 * at], row[2 + 2 * at]) for row in rows) for at, order in enumerate(orders)
    }


class _Way(NamedTuple):
    """SQL: what a time is in an order, and what it is then taken for where it is none."""

    fit: str
    meant: str


_Ways = dict[str, _Way]


def _stored_ways(file: FileReading, odd: str) -> _Ways:
    """As dates stand that a spreadsheet stored, and with day and month turned back to the order that they had: that of
    the texts beside them, or else as Moodle writes it."""
    told = file.date_order.value
    texts = [date_order(layout) for layout in (file.time_format.value, odd) if "%m" in layout]
    before = told if told in CONTRARY else next((one for one in texts if one in CONTRARY), "dmy")
    turned = f"if({WAY} = 'written' or day(wall) > 12, wall, {SWAPPED})"
    return {"ymd": _Way("wall", "wall"), before: _Way(turned, turned)}


def _written_ways(file: FileReading, odd: str) -> _Ways:
    """As texts are read with day, month and year in other places: with the year first only where it could be a day, and
    where that does not say that others are as a spreadsheet stored them."""
    layout = file.time_format.value
    if "%b" in layout:
        known = next((one for one in _WORDED.values() if layout.startswith(one)), "")
        return {order: _alone(layout.replace(known, one)) for order, one in _WORDED.items() if known}
    letters = {*re.findall("%[dmy]", layout)}
    if not {"%d", "%m"} <= letters:
        return {}
    told = [order for order in DATE_ORDERS if order != "ymd" or ("%y" in letters and not year_first(odd))]
    forms = {order: _in_order(layout, order) for order in told}
    turning = has_year(layout)
    return {
        order: _or_swapped(form) if turning and order in CONTRARY else _alone(form) for order, form in forms.items()
    }


def _alone(layout: str) -> _Way:
    return _Way(*[_first([layout, *relatives(layout)])] * 2)


def _or_swapped(layout: str) -> _Way:
    """What cannot be of this order is of the contrary one."""
    fit, other = (_first([form, *relatives(form)]) for form in (layout, swapped(layout)))
    return _Way(fit, f"coalesce({fit}, {other})")


def _first(layouts: list[str]) -> str:
    """SQL: the moment by the first format that fits."""
    return f"coalesce({', '.join(map(reading_of, dict.fromkeys(layouts)))})"


def _in_order(layout: str, order: str) -> str:
    wanted = iter([f"%{letter}" for letter in order if f"%{letter}" in layout])
    return re.sub("%[dmy]", lambda _found: next(wanted), layout)
