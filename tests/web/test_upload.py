"""The start page and what happens to what is handed in."""

import io
import re
from pathlib import Path

import pytest
from conftest import event, finish, log_text, viewed
from lxml import html
from working import altered, job_processes

from moodlelogsmart.jobs import supervisor
from moodlelogsmart.jobs.runner import QueueFull
from moodlelogsmart.meaning.rules import DEFAULT_FILE
from moodlelogsmart.web.access import runner
from moodlelogsmart.web.errors import SENTENCES


@pytest.fixture
def instance(settings):
    return Path(settings["instance"])


def nothing_left(instance, manager):
    return list((instance / "jobs").iterdir()) == [] and manager.list_jobs() == []


def test_it_shows_a_form_with_labels_and_its_limit(client):
    page = client.get("/").get_data(as_text=True)
    assert '<form action="/upload" method="post" enctype="multipart/form-data"' in page
    assert '<label for="file">' in page
    assert "up to 2 MB" in page
    assert "http-equiv" not in page


def test_a_browser_is_sent_to_the_status_page(upload):
    answer = upload()
    assert answer.status_code == 303
    assert re.fullmatch(r"/status/[0-9a-f-]{36}", answer.location)


def test_a_program_gets_the_job_as_json(upload):
    answer = upload(json=True)
    job_id = answer.get_json()["job_id"]
    assert answer.status_code == 202
    assert answer.get_json() == {"job_id": job_id, "status": "processing", "status_url": f"/status/{job_id}"}


def test_it_keeps_what_the_person_chose(client, upload):
    job_id = upload(json=True, case="session", timezone="America/Sao_Paulo").get_json()["job_id"]
    finish(client, job_id)
    rows = client.get(f"/download/{job_id}/enriched_log.csv").get_data(as_text=True).splitlines()
    assert rows[1].startswith("4-1,2021-10-17T12:39:00-03:00,4,")


def test_several_files_are_one_job(client):
    files = [(io.BytesIO(log_text([viewed(user)]).encode()), f"{user}.csv") for user in (4, 5)]
    answer = client.post("/upload", data={"file": files}, headers={"Accept": "application/json"})
    facts = finish(client, answer.get_json()["job_id"])
    assert facts["summary"]["rows_read"] == 2
    assert "4.csv, 5.csv" in client.get("/").get_data(as_text=True)


def test_the_same_file_twice_counts_once(client):
    log = log_text([viewed(4), viewed(4), viewed(5)]).encode()
    files = [(io.BytesIO(log), "a.csv"), (io.BytesIO(log), "b.csv")]
    answer = client.post("/upload", data={"file": files}, headers={"Accept": "application/json"})
    summary = finish(client, answer.get_json()["job_id"])["summary"]
    assert (summary["events_kept"], summary["dropped"]) == (3, {"repeated": 3})


def test_it_lists_this_browsers_jobs_and_nobody_elses(app, client, upload):
    upload(name="mine.csv")
    assert "mine.csv" in client.get("/").get_data(as_text=True)
    assert "mine.csv" not in app.test_client().get("/").get_data(as_text=True)


def test_the_upload_lies_in_the_jobs_folder_while_it_is_needed_and_is_then_gone(client, upload, instance, manager):
    job_id = upload(json=True, keep_input="0").get_json()["job_id"]
    finish(client, job_id)
    assert {path.name for path in (instance / "jobs" / job_id).iterdir()} == {
        "results.zip",
        "summary.json",
        "people.sqlite",
    }


BAD = {
    "an empty file": (b"", 400, "log.csv is empty. In Moodle: your course →"),
    "blank lines": (b"\n\n  \n", 400, "log.csv is empty. In Moodle: your course →"),
    "another table": (b"a,b\n1,2\n", 400, "log.csv has none of the columns of a Moodle log"),
    "a PNG": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), 415, "is a picture and cannot be read as a table"),
    "a PDF": (b"%PDF-1.7\n", 415, "log.csv is a PDF and cannot be read as a table. In Moodle: your course →"),
    "half a ZIP": (b"PK\x03\x04" + bytes(100), 400, "log.csv is a damaged ZIP file"),
    "NUL bytes": (b"Time,Description\n\0\0\0", 415, "log.csv is not a text file"),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("json", [False, True])
def test_it_refuses(case, json, upload, instance, manager):
    content, status, sentence = BAD[case]
    answer = upload(content, json=json)
    assert answer.status_code == status
    assert sentence in (answer.get_json()["error"] if json else answer.get_data(as_text=True))
    assert json or '<input type="file"' in answer.get_data(as_text=True)
    assert nothing_left(instance, manager)


UNCLEAR = {
    "no time column": (b"Description,Event name\nx,y\n", "no column \u201cTime\u201d"),
    "nothing that tells events apart": (b"Time,Origin\n1,web\n", "cannot be told apart"),
}


@pytest.mark.parametrize("case", UNCLEAR)
def test_it_refuses_a_program_where_it_would_ask_a_person(case, upload, instance, manager):
    content, sentence = UNCLEAR[case]
    answer = upload(content, json=True)
    assert (answer.status_code, sentence in answer.get_json()["error"]) == (400, True)
    assert nothing_left(instance, manager)
    assert upload(content).status_code == 303


@pytest.mark.parametrize("field", ["file", "rules", "roster"])
@pytest.mark.parametrize("json", [False, True])
def test_it_refuses_what_hurts_the_program_that_looks_at_it(
    upload, instance, manager, monkeypatch, tmp_path, field, json
):
    monkeypatch.setattr(supervisor, "LOOK_SECONDS", 1)
    altered(
        monkeypatch,
        tmp_path,
        """
import re
import moodlelogsmart.meaning.rules as rules, moodlelogsmart.reading.roster as roster
import moodlelogsmart.reading.sources as sources
def hold(path=None, told=None):
    if path and b"hurt" in path.read_bytes():
        re.match("(a+)+$", "a" * 99 + "b")
sources.check_start = rules.load_rules = roster.check_roster = hold""",
    )
    fields = {} if field == "file" else {field: (io.BytesIO(b"hurt"), "x")}
    answer = upload(b"hurt" if field == "file" else b"fine", json=json, **fields)
    assert answer.status_code == 400
    sentence = "This could not be understood in time."
    assert sentence in (answer.get_json()["error"] if json else answer.get_data(as_text=True))
    assert nothing_left(instance, manager)
    assert job_processes() == []
    assert upload(b"fine").status_code == 303


def test_a_program_that_does_not_run_is_not_the_fault_of_the_log(upload, instance, manager, monkeypatch):
    monkeypatch.setattr(supervisor, "FORKSERVER", supervisor.Forkserver())
    monkeypatch.setattr(supervisor.sys, "executable", "/nothing")
    answer = upload(b"fine", json=True)
    assert (answer.status_code, answer.get_json()["error"]) == (503, SENTENCES[500])
    assert nothing_left(instance, manager)


def test_of_many_files_those_that_are_not_looked_at_at_once_are_refused_in_the_job(client, monkeypatch, tmp_path):
    altered(monkeypatch, tmp_path, "import moodlelogsmart.jobs.child as child; child.LOOK_FOR = 0")
    pdf = (io.BytesIO(b"%PDF-1.7\n"), "programme.pdf")
    png = (io.BytesIO(b"\x89PNG\r\n\x1a\n" + bytes(range(256))), "picture.csv")
    answer = client.post("/upload", data={"file": [pdf, png]}, headers={"Accept": "application/json"})
    assert answer.status_code == 202
    assert "programme.pdf is a PDF and cannot be read" in finish(client, answer.get_json()["job_id"])["error"]


@pytest.mark.parametrize("data", [{}, {"case": "student"}, {"file": (io.BytesIO(b""), "")}, {"file": "text"}])
def test_it_asks_for_a_file_where_none_was_chosen(client, instance, manager, data):
    answer = client.post("/upload", data=data)
    assert answer.status_code == 400
    assert "No file was chosen" in answer.get_data(as_text=True)
    assert nothing_left(instance, manager)


def test_a_refusal_keeps_what_was_filled_in(upload):
    page = upload(b"", case="session", timezone="Asia/Tokyo", session_gap="7", keep=["guest"]).get_data(as_text=True)
    assert '<option value="session" selected>' in page
    assert 'value="Asia/Tokyo" selected' in page
    assert 'value="7" inputmode' in page
    assert page.count(" checked") == 1
    assert 'value="guest" checked' in page
    assert 'role="alert"' in page


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [("case", "person", "A case can be one of these"), ("timezone", "Mars/Olympus", "time zone is not known")],
)
def test_it_refuses_an_option_that_does_not_exist(upload, instance, manager, field, value, sentence):
    answer = upload(**{field: value})
    assert answer.status_code == 400
    assert sentence in answer.get_data(as_text=True)
    assert nothing_left(instance, manager)


def test_it_refuses_more_than_the_limit_and_says_it(upload, instance, manager):
    answer = upload(b"x" * (3 << 20))
    assert answer.status_code == 413
    assert "log.csv is larger than 2 MB. Zip it (logs shrink to a tenth)" in answer.get_data(as_text=True)
    assert nothing_left(instance, manager)


def test_who_asks_before_sending_too_much_is_answered_without_it(client):
    data = {"file": (io.BytesIO(b"x" * (3 << 20)), "log.csv")}
    headers = {"Accept": "application/json", "Expect": "100-continue"}
    answer = client.post("/upload", data=data, headers=headers)
    assert answer.status_code == 413
    assert answer.get_json()["error"].startswith("This upload is larger than 2 MB.")


@pytest.mark.parametrize("fields", [{"meanings": "x" * 600_000}, {"meanings": ["x"] * 1001}])
def test_fields_that_are_too_long_or_too_many_are_not_told_to_be_files(upload, instance, manager, fields):
    answer = upload(json=True, **fields)
    assert answer.status_code == 413
    assert answer.get_json()["error"] == "The form holds more text than fits; shorten what is in its fields."
    assert nothing_left(instance, manager)


def test_it_refuses_a_thousand_fields(client, instance, manager):
    files = [(io.BytesIO(b"x"), "x.csv") for _ in range(1100)]
    answer = client.post("/upload", data={"file": files})
    assert answer.status_code in (400, 413)
    assert nothing_left(instance, manager)


def test_it_asks_to_come_back_when_the_queue_is_full(app, upload, monkeypatch, instance, manager):
    def full():
        raise QueueFull

    with app.app_context():
        monkeypatch.setattr(runner(), "check_room", full)
    answer = upload()
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "try again in a minute" in answer.get_data(as_text=True)
    assert nothing_left(instance, manager)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "x" * 300 + ".csv", "ação–日本.csv", "<script>alert(1)</script>.csv"]
)
def test_a_file_name_is_only_a_name(client, upload, instance, name):
    job_id = upload(name=name, json=True).get_json()["job_id"]
    assert finish(client, job_id)["status"] == "completed"
    assert {path.name.split("-")[0] for path in instance.iterdir()} == {"jobs", "secret_key", "journal.sqlite3"}
    page = client.get(f"/status/{job_id}").get_data(as_text=True)
    assert "<script>" not in page
    assert name[:20].replace("<", "&lt;").replace(">", "&gt;") in page


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}]
)
def test_it_refuses_a_form_of_another_site(client, instance, manager, headers):
    answer = client.post("/upload", data={"file": (io.BytesIO(b"x"), "x.csv")}, headers=headers)
    assert answer.status_code == 403
    assert "another site" in answer.get_data(as_text=True)
    assert nothing_left(instance, manager)


def test_it_takes_a_form_of_its_own(client):
    data = {"file": (io.BytesIO(log_text([viewed(4)]).encode()), "x.csv")}
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}
    assert client.post("/upload", data=data, headers=headers).status_code == 303


def test_a_tampered_cookie_is_another_browser(client, upload):
    job_id = upload(json=True).get_json()["job_id"]
    client.set_cookie("moodlelogsmart", "eyJvd25lciI6ImFuYSJ9.forged.signature")
    assert client.get(f"/status/{job_id}").status_code == 404


def test_the_cookie_is_for_the_server_alone(upload):
    cookie = upload().headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


OWN_RULES = (
    "name: own\nrules:\n- {id: mine, name: Mine, when: {}, activity_type: Synthesize, rationale: r, source: s}\n"
)


def csv_of(client, answer):
    job_id = answer.get_json()["job_id"]
    assert finish(client, job_id)["status"] == "completed"
    return client.get(f"/download/{job_id}/enriched_log.csv").get_data(as_text=True)


def test_rules_of_ones_own_are_used(client, upload):
    answer = upload(json=True, rules=(io.BytesIO(OWN_RULES.encode()), "mine.yaml"))
    assert ",Synthesize,Create,true,mine,4-1" in csv_of(client, answer)


def test_the_report_shows_the_levels_of_ones_own_rules(client, upload):
    rules = OWN_RULES.replace("Synthesize,", "Study_A, bloom_level: Analyze,")
    job_id = upload(json=True, rules=(io.BytesIO(rules.encode()), "mine.yaml")).get_json()["job_id"]
    finish(client, job_id)
    page = client.get(f"/status/{job_id}").get_data(as_text=True)
    assert 'data-label="Bloom level">Analyze</td>' in page
    assert "Understand" not in page


def test_the_list_of_participants_is_used_and_kept_staff_is_told_apart(client, upload):
    log = log_text([viewed(4, name="Ana Souza"), viewed(5, name="Tea Cher")])
    roster = "Full name,Roles\nTea Cher,Teacher\n"
    answer = upload(log, json=True, roster=(io.BytesIO(roster.encode()), "people.csv"), keep=["staff", "guest"])
    lines = csv_of(client, answer).splitlines()
    assert [line.rpartition(",")[2] for line in lines] == ["role", "learner", "staff"]
    page = client.get(f"/status/{answer.get_json()['job_id']}").get_data(as_text=True)
    assert "1 person is not counted as a learner." in page
    assert "Tea Cher" in page
    assert "the list of participants says so" in page


def test_nothing_of_rules_and_roster_stays(client, upload, instance):
    answer = upload(
        json=True,
        keep_input="0",
        rules=(io.BytesIO(OWN_RULES.encode()), "r.yaml"),
        roster=(io.BytesIO(b"User ID,Role\n4,Student\n"), "p.csv"),
    )
    csv_of(client, answer)
    left = {path.name for path in (instance / "jobs" / answer.get_json()["job_id"]).iterdir()}
    assert left == {"results.zip", "summary.json", "people.sqlite"}


@pytest.mark.parametrize(
    ("field", "content", "sentence"),
    [
        (
            "rules",
            b"name: own\nrules: [{id: x}]\n",
            "Line 2 of own.txt (rule “x”): the field “name” is missing.",
        ),
        ("roster", b"Name\nAna\n", "own.txt has no column “Roles”. In Moodle: Participants →"),
    ],
)
def test_it_refuses_wrong_rules_and_rosters_at_once(upload, instance, manager, field, content, sentence):
    answer = upload(**{field: (io.BytesIO(content), "own.txt")})
    assert answer.status_code == 400
    assert sentence in answer.get_data(as_text=True)
    assert nothing_left(instance, manager)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "Line 5 of badrules.yaml: “foo” is not known. Known are: id, name,"),
        ("pt-BR", "Linha 5 de badrules.yaml: “foo” não é conhecido. São conhecidos: id, name,"),
        ("es", "Línea 5 de badrules.yaml: «foo» no se conoce. Se conocen: id, name,"),
    ],
)
def test_what_is_wrong_in_rules_and_corrections_is_told_with_the_name_of_their_file(client, language, told):
    def refused(**files):
        files["file"] = (io.BytesIO(log_text([viewed(4)]).encode()), "log.csv")
        headers = {"Accept": "application/json", "Accept-Language": language}
        return client.post("/upload", data=files, headers=headers).get_json()["error"]

    rules = b"name: mine\nrules:\n- id: x\n  name: y\n  foo: 1\n  activity_type: View\n"
    assert refused(rules=(io.BytesIO(rules), "badrules.yaml")).startswith(told)
    assert "badcorr.yaml" in refused(corrections=(io.BytesIO(b"bogus: 1\n"), "badcorr.yaml"))
    assert "badkey.txt" in refused(key=(io.BytesIO(b"hello"), "badkey.txt"))
    assert "badlabels.csv" in refused(labels=(io.BytesIO(b"a,b\n1,2\n"), "badlabels.csv"))


def test_a_pdf_in_the_place_of_the_list_of_participants_is_told_how_to_get_that(upload):
    answer = upload(json=True, roster=(io.BytesIO(b"%PDF-1.7\n"), "people.pdf"))
    sentence = "people.pdf is a PDF and cannot be read as a table. In Moodle: Participants → select all"
    assert (answer.status_code, answer.get_json()["error"].startswith(sentence)) == (415, True)


@pytest.mark.parametrize("field", ["rules", "roster", "key"])
def test_the_name_of_a_file_in_the_place_of_the_file_opens_nothing(client, upload, tmp_path, field):
    (tmp_path / "secret").write_text("name: secret\nrules: []\n")
    answer = upload(json=True, **{field: str(tmp_path / "secret")})
    assert finish(client, answer.get_json()["job_id"])["status"] == "completed"
    told = client.get(f"/download/{answer.get_json()['job_id']}/manifest.json").get_json()
    assert told["rules"]["name"] != "secret"
    assert (told["options"]["rules"], told["options"]["roster"]) == ("default", None)


@pytest.mark.parametrize("gap", ["0", "-5", "1441", "ten", "3.5", "9" * 5000])
def test_it_refuses_a_pause_that_is_none(upload, gap):
    answer = upload(session_gap=gap)
    assert answer.status_code == 400
    assert "from 1 to 1440 whole minutes" in answer.get_data(as_text=True)


def test_our_rules_can_be_downloaded_as_a_start(client):
    answer = client.get("/rules/bloom.yaml")
    assert answer.headers["Content-Disposition"] == "attachment; filename=bloom.yaml"
    assert answer.get_data() == DEFAULT_FILE.read_bytes()
    assert 'href="/rules/bloom.yaml"' in client.get("/").get_data(as_text=True)


def test_the_disk_begins_with_an_upload_while_it_is_received(upload, monkeypatch):
    begun = []
    monkeypatch.setattr("moodlelogsmart.web.intake.STEP", 100_000)
    monkeypatch.setattr("os.posix_fadvise", lambda file, at, size, advice: begun.append((at, size)))
    log = log_text([viewed(user) for user in range(10_000)])
    assert upload(log, json=True).status_code == 202
    assert begun[0][0] == 0
    assert [at for at, _ in begun[1:]] == [at + size for at, size in begun[:-1]]
    assert sum(size for _, size in begun) > len(log) - 300_000


def test_a_browser_that_keeps_no_cookie_is_told_so_and_nothing_is_received(app, manager):
    form = {
        "data": {"file": (io.BytesIO(log_text([viewed(4)]).encode()), "log.csv")},
        "headers": {"Sec-Fetch-Mode": "navigate"},
    }
    answer = app.test_client(use_cookies=False).post("/upload", **form)
    assert (answer.status_code, "does not keep our cookie" in answer.text) == (400, True)
    assert manager.list_jobs() == []
    browser = app.test_client()
    browser.get("/")
    form["data"]["file"] = (io.BytesIO(log_text([viewed(4)]).encode()), "log.csv")
    assert browser.post("/upload", **form).status_code == 303


def test_a_first_visit_sees_how_to_get_a_log_and_later_ones_may_unfold_it(client, upload):
    page = html.fromstring(client.get("/").text)
    (box,) = page.xpath("//details[@id='how-to']")
    assert "open" in box.attrib
    steps = [one.text_content() for one in box.xpath("./div/ol/li")]
    assert len(steps) == 4
    assert steps[0] == "Open your course. Choose Reports (perhaps under More), then Logs."
    # And what answers more, which has a place of its own in the form.
    assert box.xpath("string(./div/p)") == "Worth adding:"
    assert "Participants →" in box.xpath("string(./div/ul/li)")
    assert "Grades → Export" in box.xpath("string(./div/ul/li[2])")
    assert page.xpath("//details[@id='lists']//input[@type='file']/@name") == ["roster", "grades", "groups"]
    # The menus of a Moodle that speaks another language than the page.
    spanish, portuguese = (box.xpath(f"./details/div[@lang='{code}']/ol/li[2]")[0].text for code in ("es", "pt-BR"))
    assert "Conseguir estos registros" in spanish
    assert "Obter estes logs" in portuguese
    finish(client, upload(json=True).get_json()["job_id"])
    (box,) = html.fromstring(client.get("/").text).xpath("//details[@id='how-to']")
    assert "open" not in box.attrib


def test_the_list_tells_results_apart_by_course_period_and_learners(client, upload, manager):
    course = event("The user with id '4' viewed the course with id '3'.", "05/11/21, 12:00", event_name="Course viewed")
    rows = [course, viewed(4, time="17/10/21, 12:39"), viewed(5, time="18/10/21, 12:39")]
    job_id = upload(log_text(rows), json=True).get_json()["job_id"]
    finish(client, job_id)
    (entry,) = html.fromstring(client.get("/").get_data(as_text=True)).xpath("//ul[@class='jobs']/li")
    assert entry.xpath("a/text()") == ["Invented Studies", "Delete"]
    assert entry.xpath("a[2]/@href") == [f"/jobs/{job_id}/delete"]
    assert "17 Oct 2021 – 5 Nov 2021 · 2 learners" in " ".join(entry.text_content().split())
    client.get("/?lang=pt_BR")
    (entry,) = html.fromstring(client.get("/").get_data(as_text=True)).xpath("//ul[@class='jobs']/li")
    assert "17 de out. de 2021 – 5 de nov. de 2021 · 2 estudantes" in " ".join(entry.text_content().split())
    client.get("/?lang=es")
    (entry,) = html.fromstring(client.get("/").get_data(as_text=True)).xpath("//ul[@class='jobs']/li")
    assert "17 oct 2021 – 5 nov 2021 · 2 estudiantes" in " ".join(entry.text_content().split())
    manager.cleanup_job(job_id)
    assert "Invented Studies" not in client.get("/").get_data(as_text=True)
