"""Every text a person reads is in the catalogue, and every one of the catalogue is translated."""

import re
import subprocess
import sys
from itertools import pairwise

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from conftest import finish, log_text, viewed
from flask import render_template_string
from serving import ROOT

from app import create_app
from moodlelogsmart.config import Settings
from moodlelogsmart.web.access import runner
from moodlelogsmart.web.language import LANGUAGES

# English is the source itself.
TRANSLATED = [name for name in LANGUAGES if name != "en"]


def sentences(catalogue):
    """English text to translation; of a text with a plural both, as tuples."""
    return {
        tuple(message.id) if message.pluralizable else message.id: tuple(message.string)
        if message.pluralizable
        else message.string
        for message in catalogue
        if message.id
    }


@pytest.fixture(scope="module", params=TRANSLATED)
def catalogue(request):
    return ROOT / "translations" / request.param / "LC_MESSAGES"


@pytest.fixture
def messages(catalogue):
    with (catalogue / "messages.po").open("rb") as file:
        return read_po(file, locale=catalogue.parent.name)


@pytest.fixture
def translated(messages):
    return sentences(messages)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Every text of the source, as `make translations` collects them."""
    path = tmp_path_factory.mktemp("texts") / "messages.pot"
    makefile = (ROOT / "Makefile").read_text().split()
    keywords = [word for flag, word in pairwise(makefile) if flag == "-k"]
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", "babel.cfg"]
    for keyword in keywords:
        command += ["-k", keyword]
    subprocess.run([*command, "-o", path, "."], cwd=ROOT, check=True)
    with path.open("rb") as file:
        return sentences(read_po(file))


def test_every_text_of_the_source_is_translated(source, translated):
    assert len(source) > 80
    assert set(source) == set(translated)


def test_nothing_is_left_empty_or_uncertain(messages, translated):
    assert not [message.id for message in messages if message.id and message.fuzzy]
    assert not [text for text, other in translated.items() if not all([other] if isinstance(other, str) else other)]


def test_a_translation_has_the_parameters_of_its_text(messages):
    assert [error for message in messages for error in message.check()] == []


def test_the_compiled_catalogue_is_the_one_in_the_source(catalogue, translated):
    with (catalogue / "messages.mo").open("rb") as file:
        assert sentences(read_mo(file)) == translated


def test_it_speaks_the_language_of_the_browser(client):
    page = client.get("/", headers={"Accept-Language": "pt-BR,pt;q=0.9,en;q=0.5"}).get_data(as_text=True)
    assert '<html lang="pt-BR">' in page
    assert "Enviar um log do Moodle" in page


@pytest.mark.parametrize("spoken", ["ja", "", "xx-nonsense"])
def test_it_speaks_english_to_everybody_else(client, spoken):
    page = client.get("/", headers={"Accept-Language": spoken}).get_data(as_text=True)
    assert '<html lang="en">' in page


def test_the_link_at_the_foot_changes_the_language_for_good(client):
    assert '<a href="?lang=pt_BR"' in client.get("/").get_data(as_text=True)
    client.get("/?lang=pt_BR")
    assert "Enviar um log" in client.get("/").get_data(as_text=True)
    client.get("/?lang=en")
    client.get("/?lang=tlh")
    assert "Upload a Moodle log" in client.get("/").get_data(as_text=True)


def test_a_job_is_told_in_the_language_of_who_looks(client, upload):
    job_id = upload("Time,Description\n", json=True).get_json()["job_id"]
    finish(client, job_id)
    english = client.get(f"/status/{job_id}").get_data(as_text=True)
    portuguese = client.get(f"/status/{job_id}?lang=pt_BR").get_data(as_text=True)
    assert "log.csv has no events" in english
    assert "log.csv não tem eventos" in portuguese


def test_the_users_own_words_are_never_translated(client, upload):
    job_id = upload(log_text([viewed(4)]), name="Results", json=True).get_json()["job_id"]
    finish(client, job_id)
    page = client.get(f"/status/{job_id}?lang=pt_BR").get_data(as_text=True)
    assert '<p class="title">Results</p>' in page


@pytest.mark.parametrize("path", ["/upload", "/access"])
def test_the_language_can_be_chosen_on_a_refused_form(client, path):
    answer = client.get(f"{path}?lang=pt_BR")
    assert (answer.status_code, answer.location) == (303, "/")
    assert '<html lang="pt-BR">' in client.get("/").text


def test_the_language_can_be_chosen_before_a_token_is_typed(settings):
    app = create_app(Settings(**settings, access_tokens="a-token-of-some-length"))
    browser = app.test_client()
    assert browser.get("/?lang=pt_BR").status_code == 401
    assert '<html lang="pt-BR">' in browser.get("/").text
    with app.app_context():
        runner().close()


def test_in_portuguese_a_job_is_no_assignment_and_a_log_no_record(translated):
    about_assignments = {"Looking at an assignment", "Handing in work"}
    told = [
        text
        for english, other in translated.items()
        if english not in about_assignments
        for text in ([other] if isinstance(other, str) else other)
    ]
    assert not [text for text in told if re.search(r"\b(tarefas?|registros?)\b", text, re.IGNORECASE)]


@pytest.mark.parametrize(
    ("language", "day", "size"),
    [("en", "6 Sep 2022, 05:07", "1.5 MB"), ("pt_BR", "6 de set. de 2022, 05:07", "1,5 MB")],
)
def test_days_times_and_sizes_are_written_as_the_language_does(app, language, day, size):
    with app.test_request_context(headers={"Accept-Language": language.replace("_", "-")}):
        assert render_template_string("{{ '2022-09-06T05:07:09-03:00'|moment }}") == day
        assert render_template_string("{{ 1_500_000|file_size }}") == size
