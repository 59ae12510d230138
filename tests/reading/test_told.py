"""What the importer found out and guessed about a log, as the results and the page tell it."""

import json
from datetime import date

import pytest
from conftest import finish, log_text, viewed
from formats import as_json, as_xlsx, course


def manifest(result):
    return json.loads((result.folder / "manifest.json").read_text())


def test_the_manifest_tells_how_the_log_was_read(enrich):
    log = log_text([viewed(4, time="17/10/21, 12:39"), viewed(5, time="18/10/21, 12:39")], delimiter=";")
    told = manifest(enrich(log.encode("utf-16")))["detected"]
    assert told == {
        "kind": ["text"],
        "sheet": [],
        "encoding": ["utf-16-le"],
        "letters_lost": 0,
        "delimiter": [";"],
        "language": "en",
        "columns": [
            {
                "time": "Time",
                "user_full_name": "User full name",
                "affected_user": "Affected user",
                "event_context": "Event context",
                "component": "Component",
                "event_name": "Event name",
                "description": "Description",
                "origin": "Origin",
                "ip_address": "IP address",
            }
        ],
        "columns_guessed": [],
        "context_unknown": False,
        "time_format": ["%d/%m/%y %H:%M"],
        "day_or_month_first": False,
        "timezone": "UTC",
        "year_guessed": None,
        "newest_first": False,
        "actors_from_description": 1.0,
    }


def test_the_share_of_actors_from_the_description(enrich):
    rows = [viewed(4, name="Ana"), viewed(4, name="Ana") | {"Description": "User added submission 'x'"}]
    assert manifest(enrich(rows))["detected"]["actors_from_description"] == 0.5


@pytest.mark.parametrize(("pack", "kind"), [(as_xlsx, "sheet"), (as_json, "json")])
def test_the_kind_of_the_file(enrich, pack, kind):
    assert enrich(pack(course())).summary.detected["kind"] == [kind]


YEARLESS = [viewed(4, time=time) for time in ("3 Mar, 10:00", "11 May, 09:44", "24 Dec, 08:00", "2 Feb, 07:00")]


def test_a_guessed_year_is_told(enrich):
    result = enrich(YEARLESS)
    summary = result.summary
    year = date.today().year - (date.today() < date(date.today().year, 5, 11))
    assert summary.last_time.startswith(f"{year}-05-11")
    assert summary.first_time.startswith(f"{year - 1}-12-24")
    assert f"We took {year - 1} to {year}. Is that right?" in result.warned["year_guessed"]


def test_a_given_year_is_no_guess(enrich):
    result = enrich(YEARLESS, year=2013)
    summary = result.summary
    assert (summary.first_time[:10], summary.last_time[:10]) == ("2012-12-24", "2013-05-11")
    assert "year_guessed" not in result.warned


def test_dates_that_could_be_either_are_told(enrich):
    result = enrich([viewed(4, time="05/06/21, 10:00"), viewed(4, time="05/06/21, 11:00")])
    assert result.summary.first_time.startswith("2021-06-05")
    assert result.warned["date_order_guessed"].startswith(
        "05/06/21 can be 5 June 2021 or 6 May 2021. We took 5 June 2021. Is that right?"
    )


@pytest.mark.parametrize("times", [("13/06/21, 10:00",), ("05/05/21, 10:00",), ("30/05/21, 10:00", "02/06/21, 10:00")])
def test_dates_that_can_be_but_one_are_not(enrich, times):
    assert "date_order_guessed" not in enrich([viewed(4, time=time) for time in times]).warned


def test_the_page_shows_it(client, upload):
    answer = upload(log_text(YEARLESS), json=True, year="2013")
    facts = finish(client, answer.get_json()["job_id"])
    assert facts["summary"]["first_time"].startswith("2012-12-24")
    page = client.get(f"/status/{facts['job_id']}").get_data(as_text=True)
    for text in (
        "How the log was read",
        "text with separators (CSV)",
        "day month hour:minute",
        "100%",
        "Event context",
    ):
        assert text in page
    page = client.get(f"/status/{facts['job_id']}?lang=pt_BR").get_data(as_text=True)
    for text in ("dia mês hora:minuto", "inglês", "vírgula", "quem agiu"):
        assert text in page


@pytest.mark.parametrize("year", ["1989", "2100", "13", "x", "9" * 5000])
def test_a_year_that_cannot_be_is_refused(upload, year):
    answer = upload(year=year)
    assert answer.status_code == 400
    assert "from 1990 to 2099" in answer.get_data(as_text=True)
    assert 'name="year"' in answer.get_data(as_text=True)
