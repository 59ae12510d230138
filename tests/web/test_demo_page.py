"""The sample on the pages: what it will be like, without a log of one's own."""

import io

import pytest
from conftest import finish, until
from lxml import html

from app import create_app
from moodlelogsmart.config import Settings
from moodlelogsmart.sample.files import sample_texts
from moodlelogsmart.web.access import runner
from moodlelogsmart.web.language import LANGUAGES

JSON = {"Accept": "application/json"}
FILES = ["sample.csv", "sample-participants.csv", "sample-grades.csv"]


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """An app whose sample has been asked for, and is there."""
    app = create_app(Settings(instance=str(tmp_path_factory.mktemp("demo") / "instance"), jobs_per_browser=1))
    app.testing = True
    client = app.test_client()
    first = client.get("/demo").get_data(as_text=True)
    job_id = client.get("/demo", headers=JSON).get_json()["job_id"]
    assert finish(client, job_id)["error"] is None
    yield app, job_id, first
    with app.app_context():
        runner().close()


@pytest.fixture
def app(shown):
    return shown[0]


@pytest.fixture
def job_id(shown):
    return shown[1]


@pytest.fixture
def page(client):
    return html.fromstring(client.get("/demo").get_data(as_text=True))


def test_the_start_page_leads_there(client):
    start = html.fromstring(client.get("/").get_data(as_text=True))
    assert start.xpath("//a[@href='/demo']/text()") == ["Try it with a sample log"]


def test_while_it_is_made_its_page_looks_again_by_itself_and_nobody_can_stop_it(shown):
    page = html.fromstring(shown[2])
    assert page.xpath("//meta[@http-equiv='refresh']")
    assert not page.xpath("//a[contains(@href, 'cancel')]")


def test_it_says_that_it_is_a_sample_and_leads_to_a_log_of_ones_own(page):
    told = page.get_element_by_id("sample")
    assert "30 learners and 2 teachers are invented" in told.text_content()
    assert told.xpath(".//a/@href") == ["/", *(f"/{name}" for name in FILES)]
    assert "(sample course)" in page.findtext(".//h1")
    assert "invented names" in page.find_class("made")[0].text_content()


def test_its_report_as_a_file_says_so_too(client, job_id):
    with client.get(f"/download/{job_id}/report.html") as answer:
        report = html.fromstring(answer.get_data(as_text=True))
    told = report.text_content()
    assert told.count("This is a sample. The course, its 30 learners and 2 teachers are invented.") == 1
    assert "invented names" in report.find_class("made")[0].text_content()
    assert "real names" not in told
    assert "Share it only with" not in told


def test_every_question_of_a_report_is_answered(page):
    told = page.get_element_by_id("content").text_content()
    assert "This log has no" not in told
    assert "to see this" not in told
    headings = {one.get("id") for one in page.iter("h2")}
    assert {"absent", "active", "hours", "elements", "assignments", "quizzes", "forums", "teachers", "spent", "activities",
        "time", "map", "variants", "grades", "groups", "learners", "made", "staff", "rules", "dropped", "read", "files"} <= headings  # fmt: skip
    assert not {"others", "after", "key"} & headings


def test_everything_that_it_links_is_there_for_everybody(app, page):
    links = {link for link in page.xpath("//main//a/@href") if link.startswith("/")}
    assert any("/learners/" in link for link in links)
    for link in sorted(links):
        answer = app.test_client().get(link)
        answer.close()  # else it holds its place among the downloads
        assert (link, answer.status_code) in {(link, 200), (link, 303)}
        if answer.status_code == 303:
            assert answer.location.startswith("/demo")


def test_nobody_can_correct_or_delete_it(client, job_id):
    client.get("/")
    for act in ("cancel", "delete", "retry", "rerun", "key"):
        assert client.post(f"/jobs/{job_id}/{act}").status_code == 404
    for address in (f"/check/{job_id}", f"/jobs/{job_id}/delete", f"/jobs/{job_id}/cancel", f"/compare?job={job_id}"):
        assert client.get(address).status_code == 404
    facts = client.get("/demo", headers=JSON).get_json()
    assert (facts["job_id"], facts["status"]) == (job_id, "completed")
    assert not facts.keys() & {"rerun_url", "retry_url"}


def test_who_presses_check_and_correct_gets_a_copy_of_their_own(client, page, job_id):
    (form,) = page.xpath("//form[.//button[text()='Check and correct']]")
    own = client.post(form.get("action")).location.rpartition("/")[2]
    check = html.fromstring(until(lambda: client.get(f"/check/{own}") if asks(client, own) else None).text)
    learner = check.xpath("//input[@name='learners'][@checked]/@value")[0]
    refused = client.post("/demo")
    assert (refused.status_code, "A log of yours is under way" in refused.text) == (429, True)
    assert client.post(f"/jobs/{own}/rerun", data={"staff": learner}).status_code == 303
    assert finish(client, own)["error"] is None
    for address, learners in ((f"/status/{own}", 27), ("/demo", 28)):
        made = html.fromstring(client.get(address).text).find_class("made")[0].text_content()
        assert made.startswith(f"{learners} learners")
    assert client.post(f"/jobs/{own}/delete").status_code == 303


def asks(client, job_id):
    return client.get(f"/status/{job_id}", headers=JSON).get_json()["stage"] == "check"


def test_a_browser_that_keeps_no_cookie_gets_no_copy(app):
    answer = app.test_client().post("/demo", headers={"Sec-Fetch-Mode": "navigate"})
    assert (answer.status_code, "does not keep our cookie" in answer.text) == (400, True)


def test_its_address_as_a_job_leads_to_the_demo_with_what_is_asked_for(client, job_id):
    answer = client.get(f"/status/{job_id}?sort=name&order=asc&lang=es")
    assert (answer.status_code, answer.location) == (303, "/demo?sort=name&order=asc&lang=es")


def test_its_table_can_be_searched_and_sorted(client):
    page = html.fromstring(client.get("/demo?sort=name&order=asc&day=2024-04-20").get_data(as_text=True))
    names = page.xpath("//table[contains(@class, 'learners')]/tbody/tr/th/a/text()")
    assert len(names) == 30
    assert names == sorted(names)
    assert page.xpath("//input[@id='day']/@value") == ["2024-04-20"]


def test_it_is_in_nobodys_list_and_counts_for_nobodys_limits(client, upload):
    client.get("/demo?lang=es")  # which is under way, or was made before
    client.get("/?lang=en")
    job_id = upload(json=True).get_json()["job_id"]
    assert finish(client, job_id)["status"] == "completed"
    assert len(html.fromstring(client.get("/").get_data(as_text=True)).find_class("jobs")[0].findall("li")) == 1


@pytest.mark.parametrize("language", list(LANGUAGES))
@pytest.mark.parametrize("name", FILES)
def test_its_files_are_to_download_in_the_language_of_the_page(client, language, name):
    answer = client.get(f"/{name}", headers={"Accept-Language": language.replace("_", "-")})
    assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.get_data(as_text=True) == sample_texts(language)[name]


def test_who_uploads_its_files_gets_the_same_report(client, upload, job_id):
    files = {name: client.get(f"/{name}").get_data() for name in FILES}
    lists = {"roster": (io.BytesIO(files[FILES[1]]), FILES[1]), "grades": (io.BytesIO(files[FILES[2]]), FILES[2])}
    own = upload(files[FILES[0]], name=FILES[0], json=True, timezone="Europe/London", **lists).get_json()["job_id"]
    assert finish(client, own)["status"] == "completed"
    for name in ("enriched_log.csv", "learners.csv", "activities.csv", "corrections.yaml"):
        assert client.get(f"/download/{own}/{name}").get_data() == client.get(f"/download/{job_id}/{name}").get_data()


def test_another_language_has_a_course_of_that_language(client):
    def report():
        page = html.fromstring(client.get("/demo?lang=pt_BR").get_data(as_text=True))
        return [] if page.xpath("//progress") else [page]

    (page,) = until(report)
    assert "Programação I (curso de exemplo)" in page.findtext(".//h1")
    assert "Este é um exemplo." in page.get_element_by_id("sample").text_content()


@pytest.fixture
def idle(app, monkeypatch):
    """The app begins with no job, and has none of the sample in Spanish."""
    manager = app.extensions["moodlelogsmart.runner"].manager
    monkeypatch.setattr("moodlelogsmart.jobs.runner.JobRunner._enqueue", lambda self, job_id: None)

    def forget():
        for job in manager.list_jobs("sample:es"):
            manager.forget(job.job_id)

    forget()
    yield manager
    forget()


def test_where_it_could_not_be_made_a_sentence_says_so_and_the_next_try_is_another(client, idle):
    idle.mark_failed(client.get("/demo?lang=es", headers=JSON).get_json()["job_id"], "It broke.")
    answer = client.get("/demo")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "No se pudo generar el informe del ejemplo." in answer.get_data(as_text=True)
    assert html.fromstring(client.get("/demo").get_data(as_text=True)).xpath("//progress")


def test_where_too_many_wait_a_sentence_says_so(client, app, idle, monkeypatch):
    monkeypatch.setattr(app.extensions["moodlelogsmart.runner"], "queue_limit", -9)
    answer = client.get("/demo?lang=es", headers=JSON)
    assert answer.status_code == 503
    assert "demasiados registros en espera" in answer.get_json()["error"]
