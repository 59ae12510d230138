"""The time zone of who asks: chosen by the person, by who set up the installation, or offered by the language."""

from zoneinfo import ZoneInfo

from flask import request, session

from moodlelogsmart.options import Options
from moodlelogsmart.reading.model import UTC
from moodlelogsmart.web.access import settings
from moodlelogsmart.web.language import chosen_language, primary

# Where most who read a language live, and where those do whose browser names a region; English is read everywhere.
ZONES = {
    "pt_BR": "America/Sao_Paulo",
    "pt_PT": "Europe/Lisbon",
    "es": "Europe/Madrid",
    "es_AR": "America/Argentina/Buenos_Aires",
    "es_CL": "America/Santiago",
    "es_CO": "America/Bogota",
    "es_MX": "America/Mexico_City",
    "es_PE": "America/Lima",
}


def offered_zone() -> tuple[str, str]:
    """The zone that a form has by itself, '' for none; and the same where neither its person has chosen it before nor
    who runs the server, but the language."""
    known = str(session.get("timezone", "")) or settings().timezone
    by_language = "" if known else _zone_by_language()
    return known or by_language, by_language


def _zone_by_language() -> str:
    language = chosen_language()
    for tag in request.accept_languages.values():
        region = tag.replace("_", "-").rpartition("-")[2].upper()
        if primary(tag) == primary(language) and (zone := ZONES.get(f"{primary(tag)}_{region}")):
            return zone
    return ZONES.get(language, "")


def told_zone(told: list[str]) -> tuple[list[str], str]:
    """What a form says of the zone: the one that was chosen, and the one that is only offered by the language.

    Who leaves the form as it is has not decided, so the report asks, each time.
    """
    zones = [zone for zone in map(str.strip, told) if zone] or [settings().timezone]
    offered = request.form.get("timezone_offered", "")
    return ([], offered) if offered in ZONES.values() and zones == [offered] else (zones, "")


def clock() -> ZoneInfo:
    """The zone in which times of the server are told on a page: that of the form, else UTC."""
    return ZoneInfo(offered_zone()[0] or UTC)


def remember_zone(options: Options, before: Options | None = None) -> None:
    """Note in the cookie the zone that a person chose for a job that was taken, for the next form: no guess, and not
    what was chosen for the job `before` it, which need not be the last choice."""
    if options.timezone and options.timezone != (before and before.timezone):
        session["timezone"] = options.timezone
