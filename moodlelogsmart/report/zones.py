"""Time zones as people choose and read them: by region and city, with how far they are from UTC."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from unicodedata import normalize
from zoneinfo import ZoneInfo, available_timezones

from moodlelogsmart.messages import Message, city

REGIONS = {
    "Africa": Message("Africa"),
    "America": Message("America"),
    "Antarctica": Message("Antarctica"),
    "Arctic": Message("Arctic"),
    "Asia": Message("Asia"),
    "Atlantic": Message("Atlantic Ocean"),
    "Australia": Message("Australia"),
    "Europe": Message("Europe"),
    "Indian": Message("Indian Ocean"),
    "Pacific": Message("Pacific Ocean"),
}
STEP = timedelta(days=30)  # no zone has its summer time for less


@lru_cache(10)
def by_region(language: str, on: date) -> Mapping[str, list[tuple[str, str]]]:
    """Every zone that a Moodle profile offers, but UTC, with its words of that day, by region and city."""
    regions: dict[str, list[tuple[str, str]]] = {region: [] for region in REGIONS}
    for zone in _zones():
        regions[zone.partition("/")[0]].append((zone, in_words(zone, language, on)))
    for zones in regions.values():
        zones.sort(key=lambda one: normalize("NFKD", one[1].casefold()))
    return regions


def choices(language: str, on: date, chosen: str = "") -> dict[str, list[tuple[str, str]]]:
    """What a form offers, by what a region is called: `by_region`, and before it UTC and a zone by an old name."""
    regions: dict[str, list[tuple[str, str]]] = {REGIONS[one]: zones for one, zones in by_region(language, on).items()}
    old = {chosen} & available_timezones() - {"UTC", *_zones()}
    return {"": [(zone, in_words(zone, language, on)) for zone in ("UTC", *old)], **regions}


def in_words(zone: str, language: str, on: date) -> str:
    """A zone by its city and its distance from UTC on a day: São Paulo (UTC−3)."""
    distance = _from_utc(zone, on)
    name = city(zone, language)
    return name if name == distance else f"{name} ({distance})"


def distances(zone: str, first: str, last: str) -> str:
    """How far the clocks of a zone were from UTC between two days (ISO 8601): UTC−3, or UTC+1/UTC+2."""
    day, end = date.fromisoformat(first[:10]), date.fromisoformat(last[:10])
    found = {_from_utc(zone, day): None, _from_utc(zone, end): None}
    while day < end:
        found[_from_utc(zone, day)] = None
        day += STEP
    return "/".join(found)


@cache
def _zones() -> tuple[str, ...]:
    """The zones of today, at least one for each country, as PHP and so Moodle lists them."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    return tuple(line.split("\t")[2] for line in table.splitlines() if not line.startswith("#"))


def _from_utc(zone: str, on: date) -> str:
    offset = datetime.combine(on, time(12), UTC).astimezone(ZoneInfo(zone)).utcoffset() or timedelta(0)
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    sign = "−" if offset < timedelta(0) else "+"
    told = f"{sign}{hours}" + (f":{minutes:02d}" if minutes else "")
    return f"UTC{told}" if offset else "UTC"
