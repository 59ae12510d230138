"""Time zones as people choose and read them."""

from datetime import date
from zoneinfo import available_timezones

import pytest

from moodlelogsmart.messages import Message, city, fill
from moodlelogsmart.report.zones import by_region, distances, in_words

WINTER, SUMMER = date(2026, 1, 15), date(2026, 7, 15)


@pytest.mark.parametrize(
    ("zone", "language", "words"),
    [
        ("America/Sao_Paulo", "en", "São Paulo (UTC−3)"),
        ("America/Argentina/Buenos_Aires", "es", "Buenos Aires (UTC−3)"),
        ("Europe/Madrid", "pt_BR", "Madri (UTC+1)"),
        ("Asia/Kolkata", "en", "Kolkata (UTC+5:30)"),
        ("Brazil/East", "en", "São Paulo (UTC−3)"),
        ("UTC", "pt_BR", "UTC"),
        ("Factory", "en", "Factory (UTC)"),
    ],
)
def test_a_zone_is_called_by_its_city_and_its_distance(zone, language, words):
    assert in_words(zone, language, WINTER) == words


def test_the_distance_is_that_of_the_day():
    assert in_words("Europe/Berlin", "en", SUMMER) == "Berlin (UTC+2)"
    assert distances("Europe/Berlin", "2026-01-15T10:00:00+01:00", "2026-12-15") == "UTC+1/UTC+2"
    assert distances("America/Sao_Paulo", "2019-10-03", "2020-08-19") == "UTC−3"
    assert distances("UTC", "2019-10-03", "2019-10-03") == "UTC"


@pytest.mark.parametrize("language", ["en", "pt_BR", "es"])
def test_every_country_has_its_zones_by_region_and_none_is_an_old_name(language):
    regions = by_region(language, WINTER)
    zones = [zone for region in regions.values() for zone, _words in region]
    assert all(zone.startswith(f"{region}/") for region, listed in regions.items() for zone, _words in listed)
    assert {"America/Sao_Paulo", "Europe/Stockholm", "Asia/Kolkata"} <= set(zones) <= available_timezones()
    assert not {"Brazil/East", "Asia/Calcutta", "US/Eastern"} & set(zones)
    assert len(zones) == len(set(zones)) < 450


def test_every_zone_that_a_program_may_name_has_words():
    assert all(in_words(zone, "pt_BR", WINTER) for zone in available_timezones())


def test_a_sentence_names_a_zone_as_the_language_does():
    assert Message("It is %(zone)s time.", zone="Europe/Lisbon") == "It is Lisbon time."
    assert fill("Em %(zone)s.", {"zone": "Europe/Lisbon"}, "pt_BR") == "Em Lisboa."
    assert city("UTC", "en") == "UTC"
