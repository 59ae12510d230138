"""The time zone of a log: chosen from a list, never taken in silence, and said beside every hour."""

import io
import zipfile

import pytest
from conftest import finish, log_text, viewed
from lxml import html

from app import create_app
from moodlelogsmart.config import Settings
from moodlelogsmart.web.access import runner

PT, ES, EN = ({"Accept-Language": language} for language in ("pt-BR", "es", "en"))
ZONE = "America/Sao_Paulo"
LOG = log_text([viewed(4, name="Bo Silva")])


@pytest.fixture
def serve(settings):
    apps = []

    def start(**more):
        apps.append(create_app(Settings(**settings | more)))
        return apps[-1].test_client()

    yield start
    for app in apps:
        with app.app_context():
            runner().close()


def form_of(client, headers=EN, path="/"):
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return html.fromstring(answer.text).forms[0]


def chosen(form):
    (select,) = form.xpath('.//select[@name="timezone"]')
    return select.value


@pytest.fixture
def send(client, send_to):
    """Press the button of the start page with a log: whether its zone is told to be a guess, that and the offset."""
    return lambda headers=EN, **changed: send_to(client, headers, **changed)


@pytest.fixture
def send_to():
    def press(client, headers=EN, **changed):
        answer = client.post("/upload", data=filled(client, headers) | changed, headers=headers)
        assert answer.status_code == 303, answer.text
        facts = finish(client, answer.location.rpartition("/")[2])
        return (
            "timezone_assumed" in warned(facts),
            facts["summary"]["detected"]["timezone"],
            facts["summary"]["first_time"][19:],
        )

    return press


def warned(facts):
    return [one["code"] for one in facts["summary"]["warnings"]]


def filled(client, headers):
    return dict(form_of(client, headers).form_values()) | {"file": (io.BytesIO(LOG.encode()), "log.csv")}


def test_it_is_chosen_from_a_list_by_region_and_city(client):
    form = form_of(client)
    (select,) = form.xpath('.//select[@name="timezone"]')
    assert {"Africa", "America", "Europe"} <= set(select.xpath("./optgroup/@label"))
    (option,) = select.xpath(f'./optgroup[@label="America"]/option[@value="{ZONE}"]')
    assert option.text.strip() == "São Paulo (UTC−3)"
    assert not form.xpath('.//input[@name="timezone"] | .//datalist')
    assert len(client.get("/").data) < 36_000


@pytest.mark.parametrize(("headers", "zone"), [(PT, ZONE), (ES, "Europe/Madrid"), (EN, "")])
def test_the_language_of_the_page_offers_one_and_english_none(client, headers, zone):
    form = form_of(client, headers)
    assert chosen(form) == zone
    first = form.xpath('.//select[@name="timezone"]//option')[0]
    assert (first.text == "Please choose") is (not zone)


@pytest.mark.parametrize(
    ("spoken", "zone"),
    [
        ("es-MX,es;q=0.9,en;q=0.5", "America/Mexico_City"),
        ("es-AR", "America/Argentina/Buenos_Aires"),
        ("es-CO", "America/Bogota"),
        ("es-CL", "America/Santiago"),
        ("es-PE", "America/Lima"),
        ("es-419", "Europe/Madrid"),
        ("es,es-CL;q=0.9", "America/Santiago"),
        ("pt-PT", "Europe/Lisbon"),
        ("en-GB,es-MX;q=0.1", ""),
    ],
)
def test_the_region_of_the_browser_offers_its_zone(client, spoken, zone):
    assert chosen(form_of(client, {"Accept-Language": spoken})) == zone


def test_the_region_counts_also_for_who_chose_the_language_by_its_link(client):
    spoken = {"Accept-Language": "en-GB,es-MX;q=0.1"}
    assert chosen(form_of(client, spoken, "/?lang=es")) == "America/Mexico_City"
    assert chosen(form_of(client, spoken, "/?lang=pt_BR")) == ZONE


def test_the_setting_comes_before_the_language(serve):
    client = serve(timezone="Europe/Lisbon")
    assert chosen(form_of(client, PT)) == chosen(form_of(client, EN)) == "Europe/Lisbon"
    answer = client.post("/upload", data=filled(client, EN), headers={"Accept": "application/json"})
    assert warned(finish(client, answer.get_json()["job_id"])) == []


def test_three_clicks_do_and_the_report_says_that_nobody_chose(send):
    assert send() == (True, "UTC", "+00:00")


def test_what_only_the_language_offered_is_told_each_time_and_is_no_choice(client, send):
    for _time in range(2):
        assert send(PT) == (True, ZONE, "-03:00")
    assert chosen(form_of(client, PT, "/?lang=es")) == "Europe/Madrid"
    assert chosen(form_of(client, EN, "/?lang=en")) == ""


def test_a_guess_that_the_check_page_leaves_stays_one_and_chosen_there_again_it_is_sure(client, send):
    def again(job_id, zone):
        form = form_of(client, PT, f"/check/{job_id}")
        data = dict(form.form_values()) | {"timezone": zone}
        answer = client.post(form.action, data=data, headers=PT | {"Accept": "application/json"})
        return finish(client, answer.get_json()["job_id"])["job_id"]

    def reading(job_id):
        told = client.get(f"/check/{job_id}", headers=EN | {"Accept": "application/json"}).get_json()
        return told["reading"]["timezone"]

    send(PT)
    job_id = form_of(client, PT).getroottree().xpath('string(//a[starts-with(@href, "/status/")]/@href)')[8:]
    guess = {"value": ZONE, "sure": False, "by": "the language of the page; no log tells its zone"}
    assert reading(job_id) == guess
    job_id = again(job_id, ZONE)
    assert reading(job_id) == {"value": ZONE, "sure": True, "by": "a guess of ours, which a person has seen"}
    assert chosen(form_of(client, ES)) == "Europe/Madrid"
    job_id = again(again(job_id, "Asia/Tokyo"), ZONE)
    assert reading(job_id) == {"value": ZONE, "sure": True, "by": "the option; no log tells its zone"}
    assert chosen(form_of(client, ES)) == ZONE


def test_an_old_job_that_runs_again_is_not_the_last_choice(client, send):
    send(timezone="Asia/Tokyo")
    job_id = form_of(client).getroottree().xpath('string(//a[starts-with(@href, "/status/")]/@href)')[8:]
    send(timezone="Europe/Madrid")
    form = form_of(client, path=f"/check/{job_id}")
    assert client.post(form.action, data=dict(form.form_values()), headers=EN).status_code == 303
    assert chosen(form_of(client)) == "Europe/Madrid"


def test_what_only_the_language_offered_is_told_to_the_command_as_such(client, app, tmp_path):
    job_id = client.post("/upload", data=filled(client, PT), headers=PT | {"Accept": "application/json"}).get_json()["job_id"]  # fmt: skip
    finish(client, job_id)
    by_page = zipfile.ZipFile(io.BytesIO(client.get(f"/download/{job_id}").data))
    (tmp_path / "log.csv").write_text(LOG)
    told = ["--assumed-timezone", ZONE, "--language", "pt_BR"]
    done = app.test_cli_runner().invoke(
        args=["process", str(tmp_path / "log.csv"), "--out", str(tmp_path / "out"), *told]
    )
    assert done.exit_code == 0, done.output
    by_command = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert by_command == {name: by_page.read(name) for name in by_page.namelist()}


def test_what_only_the_region_of_the_browser_offered_is_told_as_well(send):
    assert send({"Accept-Language": "es-PE"}) == (True, "America/Lima", "-05:00")


def test_what_is_chosen_is_not_told_and_offered_the_next_time(client, send):
    assert send(timezone="Asia/Tokyo") == (False, "Asia/Tokyo", "+09:00")
    assert chosen(form_of(client, PT)) == chosen(form_of(client)) == "Asia/Tokyo"
    assert send(PT, timezone="Asia/Tokyo", timezone_offered=ZONE) == (False, "Asia/Tokyo", "+09:00")


@pytest.mark.parametrize("zone", ["Brazil/East", "UTC", "Asia/Calcutta", "Etc/GMT+3"])
def test_every_name_that_a_program_may_know_is_taken_and_then_shown(client, upload, zone):
    job_id = upload(json=True, timezone=zone).get_json()["job_id"]
    facts = finish(client, job_id)
    assert facts["summary"]["detected"]["timezone"] == zone
    assert "timezone_assumed" not in [one["code"] for one in facts["summary"]["warnings"]]
    assert chosen(form_of(client)) == chosen(form_of(client, path=f"/check/{job_id}")) == zone


def test_a_program_that_reads_another_language_has_chosen_what_it_names(client, upload):
    job_id = client.post("/upload", data=filled(client, EN) | {"timezone": ZONE}, headers=PT | {"Accept": "application/json"}).get_json()["job_id"]  # fmt: skip
    assert finish(client, job_id)["summary"]["warnings"] == []


def test_the_report_says_it_beside_the_days_and_the_hours_and_leads_to_where_it_is_changed(client, done):
    job_id = done(LOG, timezone=ZONE)
    page = html.fromstring(client.get(f"/status/{job_id}").text)
    (figures,) = page.xpath('//section[@aria-labelledby="figures"]')
    assert " ".join(figures.xpath("string(./p[1])").split()) == "17 Oct 2021, São Paulo time (UTC−3) Change"
    assert figures.xpath("./p[1]/a/@href") == [f"/check/{job_id}#timezone"]
    assert "São Paulo time (UTC−3)" in page.xpath('string(//section[@aria-labelledby="hours"])')
    file = html.fromstring(client.get(f"/download/{job_id}/report.html").text)
    assert "São Paulo time (UTC−3)" in file.xpath('string(//section[@aria-labelledby="figures"])')
    assert not file.xpath("//a[text()='Change']")


def test_on_the_check_page_it_is_changed_and_then_chosen(client, done):
    job_id = done(LOG)
    form = form_of(client, path=f"/check/{job_id}")
    (select,) = form.xpath('.//select[@name="timezone"]')
    select.value = "Europe/Madrid"
    answer = client.post(form.action, data=dict(form.form_values()), headers={"Accept": "application/json"})
    summary = finish(client, answer.get_json()["job_id"])["summary"]
    assert summary["warnings"] == []
    assert chosen(form_of(client)) == "Europe/Madrid"
