"""Every text a person reads is in the catalogue, and every one of the catalogue is translated."""

import io
import re
import subprocess
import sys
from itertools import pairwise
from urllib.parse import urljoin

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from conftest import finish, log_text, until, viewed
from flask import render_template_string
from lxml import html
from serving import ROOT

from app import create_app
from moodlelogsmart.config import Settings
from moodlelogsmart.report.words import LANGUAGES
from moodlelogsmart.web.access import runner

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


@pytest.mark.parametrize(
    ("spoken", "code", "words"),
    [
        ("pt-BR,pt;q=0.9,en;q=0.5", "pt-BR", "Veja o que seus estudantes fizeram no Moodle"),
        ("pt-PT,en;q=0.5", "pt-BR", "Gerar o relatório"),
        ("es,en;q=0.5", "es", "Qué hicieron sus estudiantes en Moodle"),
        ("es-MX,es;q=0.9,en;q=0.5", "es", "Generar el informe"),
        ("es-419,en;q=0.5", "es", "Zona horaria de su perfil en Moodle"),
        ("ca,es;q=0.8,en;q=0.5", "es", "Registro del curso"),
    ],
)
def test_it_speaks_the_language_of_the_browser(client, spoken, code, words):
    page = client.get("/", headers={"Accept-Language": spoken}).get_data(as_text=True)
    assert f'<html lang="{code}">' in page
    assert words in page


@pytest.mark.parametrize("spoken", ["ja", "", "xx-nonsense"])
def test_it_speaks_english_to_everybody_else(client, spoken):
    page = client.get("/", headers={"Accept-Language": spoken}).get_data(as_text=True)
    assert '<html lang="en">' in page


def test_the_link_at_the_head_changes_the_language_for_good(client):
    assert '<a href="?lang=pt_BR"' in client.get("/").get_data(as_text=True)
    client.get("/?lang=pt_BR")
    assert "Veja o que seus" in client.get("/").get_data(as_text=True)
    client.get("/?lang=en")
    client.get("/?lang=tlh")
    assert "See what your learners did" in client.get("/").get_data(as_text=True)


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
    assert "<h1>Results – o que os estudantes fizeram</h1>" in page


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


# A job is called analysis, and a log as Moodle calls it; nobody is spoken to as a friend in Spanish.
NEVER = {"pt_BR": r"tarefas?|registros?", "es": r"tareas?|logs?|trabajos?|bitácoras?|tú|tus?|vosotros|vuestr[oa]s?"}


def test_a_job_is_no_assignment_and_a_log_is_called_as_in_moodle(catalogue, translated):
    never = NEVER[catalogue.parent.name]
    told = [
        text
        for english, other in translated.items()
        if not re.search("assignment|hand(ed|ing)? in", str(english), re.IGNORECASE)
        for text in ([other] if isinstance(other, str) else other)
    ]
    assert not [text for text in told if re.search(rf"\b({never})\b", re.sub(r"%\(\w+\)", "", text), re.IGNORECASE)]


@pytest.mark.parametrize(
    ("language", "day", "size"),
    [
        ("en", "6 Sep 2022, 05:07", "1.5 MB"),
        ("pt_BR", "6 de set. de 2022, 05:07", "1,5 MB"),
        ("es", "6 sept 2022, 05:07", "1,5 MB"),
    ],
)
def test_days_times_and_sizes_are_written_as_the_language_does(app, language, day, size):
    with app.test_request_context(headers={"Accept-Language": language.replace("_", "-")}):
        assert render_template_string("{{ '2022-09-06T05:07:09-03:00'|moment }}") == day
        assert render_template_string("{{ 1_500_000|file_size }}") == size


# ---- On every page, also one that answers a form, the link leads to the same words in the other language.

LOG = log_text([viewed(4, name="Bo Silva")])
ABSENT = "00000000-0000-4000-8000-000000000000"
JSON = {"Accept": "application/json"}


def ended(client, log=LOG, **fields):
    """A job that has ended: its id."""
    data = {"file": (io.BytesIO(log.encode()), "log.csv"), **fields}
    return finish(client, client.post("/upload", data=data, headers=JSON).get_json()["job_id"])["job_id"]


def refused(client, content=b"\x89PNG\r\n\x1a\n", **fields):
    return client.post("/upload", data={"file": (io.BytesIO(content), "log.csv"), **fields})


def jobs_of(client):
    return client.application.extensions["moodlelogsmart.runner"]


def expired(client):
    job_id = ended(client)
    jobs_of(client).manager.cleanup_job(job_id)
    return job_id


def asking(client):
    job_id = refused(client, LOG.encode(), check="1").location.rpartition("/")[2]
    until(lambda: jobs_of(client).manager.get_job(job_id).is_asking)
    return job_id


def too_many(client):
    client.application.extensions["moodlelogsmart.settings"].__dict__["jobs_per_browser"] = 1
    asking(client)
    return refused(client, LOG.encode())


def full(client):
    jobs_of(client).queue_limit = -9
    return refused(client, LOG.encode())


PAGES = {
    "the start page": lambda client: client.get("/"),
    "what was completed": lambda client: client.get(f"/status/{ended(client)}?sort=days"),
    "what is to be checked": lambda client: client.get(f"/check/{ended(client)}"),
    "a question": lambda client: client.get(f"/check/{asking(client)}"),
    "what has expired": lambda client: client.get(f"/status/{expired(client)}"),
    "what failed": lambda client: client.get(f"/status/{ended(client, log_text([]))}"),
    "an address of nothing": lambda client: client.get("/nothing"),
    "nobody's job": lambda client: client.post(f"/jobs/{ABSENT}/cancel"),
    "an address for forms": lambda client: client.get(f"/jobs/{ABSENT}/retry"),
    "what is not ready": lambda client: client.get(f"/download/{asking(client)}"),
    "what is gone": lambda client: client.post(f"/jobs/{expired(client)}/key"),
    "a form of another site": lambda client: client.post("/upload", headers={"Sec-Fetch-Site": "cross-site"}),
    "a form that is too large": lambda client: client.post("/access", data={"token": "x" * 70_000}),
    "no log": refused,
    "a wrong option": lambda client: refused(client, LOG.encode(), session_gap="0"),
    "a log that is too large": lambda client: refused(client, b"x" * (3 << 20)),
    "too many jobs": too_many,
    "a full queue": full,
    "a wrong correction": lambda client: client.post(f"/jobs/{ended(client)}/rerun", data={"session_gap": "0"}),
    "a log that is not kept": lambda client: client.post(f"/jobs/{ended(client, keep_input='0')}/rerun", data={}),
}  # fmt: skip


def follow(client, answer, code):
    """The page to which the link of a language leads."""
    (link,) = html.fromstring(answer.text).xpath(f'//header//a[@hreflang="{code}"]/@href')
    address = urljoin(answer.request.path + "?" + answer.request.query_string.decode(), link)
    return client.get(address, follow_redirects=True)


def alerts(answer):
    return [one.text_content() for one in html.fromstring(answer.text).xpath('//*[@role="alert"]')]


@pytest.mark.parametrize("code", ["pt-BR", "es"])
@pytest.mark.parametrize("case", PAGES)
def test_the_link_of_a_language_leads_to_the_same_words_in_it(client, case, code):
    client.get("/")
    before = PAGES[case](client)
    assert '<html lang="en">' in before.text
    after = follow(client, before, code)
    assert after.status_code == 200
    assert f'<html lang="{code}">' in after.text
    assert len(alerts(after)) == len(alerts(before))
    assert not set(alerts(after)) & set(alerts(before))
    again = follow(client, after, "en")
    assert alerts(again) == alerts(before)
    assert ("sort=days" in again.request.query_string.decode()) is ("sort" in before.request.query_string.decode())


def test_what_was_accepted_of_a_form_is_there_in_the_other_language(client):
    client.get("/")
    after = follow(client, refused(client, LOG.encode(), session_gap="0", case="session"), "pt-BR")
    form = html.fromstring(after.text).forms[0]
    assert "log.csv" in form.text_content()
    assert form.xpath('.//input[@name="kept"]/@value') == ["file"]
    assert form.get_element_by_id("case").value == "session"
    assert form.xpath(".//*[@autofocus]/@id") == ["session_gap"]


def test_who_is_asked_for_a_token_reads_why_in_another_language(settings):
    app = create_app(Settings(**settings, access_tokens="a-token-of-some-length"))
    browser = app.test_client()
    after = follow(browser, browser.get("/"), "pt-BR")
    assert (after.status_code, '<html lang="pt-BR">' in after.text, alerts(after)) == (401, True, [])
    wrong = browser.post("/access", data={"token": "guess"})
    after = follow(browser, wrong, "en")
    assert (after.status_code, alerts(after)[0][:27]) == (401, "This is not an access code ")
    assert alerts(follow(browser, after, "pt-BR")) == alerts(wrong)
    answers = [browser.post("/access", data={"token": f"guess {number}"}) for number in range(12)]
    assert answers[-1].status_code == 429
    assert "Too many tries" in alerts(follow(browser, answers[-1], "en"))[0]
    with app.app_context():
        runner().close()


def test_nothing_that_was_said_to_one_browser_is_said_to_another(app, client):
    client.get("/nothing")
    assert "does not exist" in client.get("/said").text
    answer = app.test_client().get("/said")
    assert (answer.status_code, answer.location) == (303, "/")


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(60, "after 60 minutes, the results after 1 hour."), (0, "once it is read, the results after 1 hour.")],
)
def test_the_foot_says_how_long_this_server_keeps_what(settings, minutes, words):
    app = create_app(Settings(**settings, keep_input=minutes, keep_completed=1))
    assert f"Your log stays on this server; it is deleted {words}" in app.test_client().get("/").text
    with app.app_context():
        runner().close()


def test_no_text_of_ours_relies_on_the_words_of_a_browsers_button(source):
    texts = [text for one in source for text in ([one] if isinstance(one, str) else one)]
    assert not [text for text in texts if re.search('[“"](Choose|Browse)|Choose Files?\\b|No file chosen|Browse', text)]
