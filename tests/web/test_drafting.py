"""A form that is refused comes back as it was sent, and what was accepted of it need not be sent again."""

import io
import logging
import re
import shutil
from collections import namedtuple
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from conftest import finish, graded, log_text, viewed
from lxml import html
from serving import Server

from moodlelogsmart.application import create_app
from moodlelogsmart.config import Settings
from moodlelogsmart.jobs.job import now
from moodlelogsmart.web.admission import DISK_FOR_BYTE, KEPT_FREE, LEAST_PATIENT

JSON = {"Accept": "application/json"}
LOG = log_text([viewed(4, name="Bo Silva"), graded(5, 4, name="Ana Souza")])
PNG = b"\x89PNG\r\n\x1a\n" + bytes(300)
RULES = b"name: own\nrules:\n- {id: mine, name: Mine, when: {}, activity_type: Synthesize, rationale: r, source: s}\n"
ROSTER = b"Full name,Roles\nAna Souza,Teacher\n"


def file(content, name):
    return (io.BytesIO(content), name)


@pytest.fixture
def drafts(app):
    return app.extensions["moodlelogsmart.drafts"]


@pytest.fixture
def kept(settings):
    """The files of drafts that are on the disk."""

    def files():
        return [path for path in (Path(settings["instance"]) / "drafts").rglob("*") if path.is_file()]

    return files


def form_of(answer, number=0):
    return html.fromstring(answer.text).forms[number]


def sent(form):
    """What a browser sends of a form in which nothing more is chosen."""
    data = {}
    for name, value in form.form_values():
        data.setdefault(name, []).append(value)
    return data


def field(form, name):
    (found,) = form.xpath(f'.//*[@id="{name}"]')
    return found


def told(form, name):
    """What the page says is wrong with a field."""
    one = field(form, name)
    assert one.get("aria-invalid") == "true"
    about = one.get("aria-describedby").split()
    return " ".join(form.get_element_by_id(part).text_content() for part in about if part.endswith("problem"))


WRONG = {
    "rules": ({"rules": file(b"name: own\nrules: [{id: x}]\n", "r.yaml")}, "rules", "the field “name” is missing"),
    "roster": ({"roster": file(b"Name\nAna\n", "p.csv")}, "roster", "has no column “Roles”"),
    "grades": ({"grades": file(b"Name\nAna\n", "g.csv")}, "grades", "g.csv has no columns of grades beside names"),
    "groups": ({"groups": file(b"Name\nAna\n", "g.csv")}, "groups", "g.csv has no column “Groups” beside names"),
    "key": ({"key": file(b"no key", "k.txt")}, "key", "is not a key"),
    "corrections": ({"corrections": file(b"[", "c.yaml")}, "corrections", "c.yaml cannot be read as YAML"),
    "a number": ({"session_gap": "0"}, "session_gap", "from 1 to 1440"),
    "a zone": ({"timezone": "Mars/Olympus"}, "timezone", "time zone is not known"),
}


@pytest.mark.parametrize("case", WRONG)
def test_the_wrong_field_is_told_and_the_log_is_still_chosen(client, upload, case):
    fields, name, sentence = WRONG[case]
    fields = {key: file(value[0].getvalue(), value[1]) if isinstance(value, tuple) else value for key, value in fields.items()}  # fmt: skip
    answer = upload(LOG, name="course.csv", case="session", **fields)
    assert answer.status_code == 400
    form = form_of(answer)
    assert sentence in told(form, name)
    assert [one.get("id") for one in form.xpath(".//*[@autofocus]")] == [name]
    assert "Chosen: course.csv (" in form.text_content()
    assert field(form, "file").get("required") is None
    assert field(form, "case").value == "session"
    data = sent(form) | ({"session_gap": "20"} if name == "session_gap" else {})
    answer = client.post("/upload", data=data | ({"timezone": "UTC"} if name == "timezone" else {}))
    assert answer.status_code == 303
    assert finish(client, answer.location.rpartition("/")[2])["summary"]["events_kept"] == 1


def test_all_that_is_wrong_is_told_at_once_and_only_what_was_accepted_is_kept(upload, kept):
    answer = upload(PNG, roster=file(ROSTER, "people.csv"), rules=file(b"no rules", "r.yaml"), session_gap="0")
    form = form_of(answer)
    assert "is a picture" in told(form, "file")
    assert all(told(form, name) for name in ("rules", "session_gap"))
    assert [one.get("id") for one in form.xpath(".//*[@autofocus]")] == ["file"]
    assert form.xpath('.//input[@name="kept"]/@value') == ["roster"]
    assert [path.read_bytes() for path in kept()] == [ROSTER]


def test_of_several_logs_only_the_wrong_one_has_to_be_chosen_again(client, upload, kept):
    broken = b"\x1f\x8b\x08\x00 no gzip at all"
    logs = [file(LOG.encode(), "first.csv"), file(broken, "broken.gz"), file(LOG.encode(), "last.csv")]
    answer = client.post("/upload", data={"file": logs})
    assert answer.status_code == 400
    form = form_of(answer)
    assert "broken.gz is a damaged gzip file" in told(form, "file")
    assert re.search(r"Chosen: first\.csv \([^)]+\), last\.csv \(", form.text_content())
    assert sorted(path.read_bytes() for path in kept()) == [LOG.encode()] * 2
    again = client.post("/upload", data=sent(form), headers=JSON)
    assert finish(client, again.get_json()["job_id"])["status"] == "completed"


def test_where_all_logs_are_wrong_none_is_kept(client, kept):
    broken = b"\x1f\x8b\x08\x00 no gzip at all"
    answer = client.post("/upload", data={"file": [file(broken, "a.gz"), file(broken, "b.gz")]})
    assert (answer.status_code, kept()) == (400, [])


def test_once_it_is_taken_nothing_of_the_draft_is_left(client, upload, kept, drafts):
    form = form_of(upload(LOG, roster=file(ROSTER, "people.csv"), rules=file(RULES, "r.yaml"), session_gap="0"))
    assert len(kept()) == 3
    answer = client.post("/upload", data=sent(form) | {"session_gap": "30"})
    job_id = answer.location.rpartition("/")[2]
    summary = finish(client, job_id)["summary"]
    assert (summary["staff"][0]["source"], list(summary["activity_types"])) == ("roster", ["Synthesize"])
    assert (kept(), drafts.size()) == ([], 0)
    assert "Chosen:" not in client.get("/").text


def test_the_files_stay_through_further_refusals_and_others_take_their_place(client, upload, kept):
    data = sent(form_of(upload(LOG, rules=file(RULES, "r.yaml"), session_gap="0")))
    data = sent(form_of(client.post("/upload", data=data)))
    assert len(kept()) == 2
    other = log_text([viewed(user, name=f"Learner {user}") for user in (7, 8, 9)])
    data = data | {"file": file(other.encode(), "other.csv"), "kept": ["file", "rules"]}
    data = sent(form_of(client.post("/upload", data=data)))
    assert sorted(path.read_bytes() for path in kept()) == sorted([other.encode(), RULES])
    answer = client.post("/upload", data=data | {"session_gap": "30", "kept": ["file"]})
    summary = finish(client, answer.location.rpartition("/")[2])["summary"]
    assert (summary["learners"], list(summary["activity_types"])) == (3, ["Study_P"])


def test_a_file_that_is_kept_no_more_is_asked_for_and_never_left_out(client, upload, drafts):
    data = sent(form_of(upload(LOG, roster=file(ROSTER, "people.csv"), session_gap="0"))) | {"session_gap": "30"}
    drafts.sweep(now() + timedelta(minutes=61))
    answer = client.post("/upload", data=data | {"file": file(LOG.encode(), "log.csv")})
    assert answer.status_code == 400
    assert told(form_of(answer), "roster") == "This file is not kept any more. Please choose it again."
    assert form_of(answer).xpath('.//input[@name="kept"]/@value') == ["file"]


def test_nobody_else_has_a_draft_and_two_windows_do_not_mix(app, client, upload):
    data = sent(form_of(upload(LOG, session_gap="0"))) | {"session_gap": "30"}
    other = app.test_client()
    assert "Chosen" not in other.get("/").text
    assert "not kept any more" in other.post("/upload", data=data).text
    upload(log_text([viewed(9)]), session_gap="0")
    assert "not kept any more" in client.post("/upload", data=data).text


def test_its_owner_deletes_it_and_it_goes_after_an_hour(client, upload, kept, drafts):
    answer = upload(LOG, session_gap="0")
    (forget,) = [form for form in html.fromstring(answer.text).forms if form.action == "/draft/delete"]
    answer = client.post(forget.action)
    assert (answer.status_code, answer.location, kept()) == (303, "/", [])
    upload(LOG, session_gap="0")
    drafts.sweep(now() + timedelta(minutes=59))
    assert len(kept()) == 1
    drafts.sweep(now() + timedelta(minutes=61))
    assert kept() == []


def test_a_program_is_told_and_nothing_is_kept(upload, kept):
    assert "whole minutes" in upload(LOG, json=True, session_gap="0").get_json()["error"]
    assert kept() == []


def test_no_log_line_names_a_file_of_a_draft(client, upload, caplog):
    caplog.set_level(logging.DEBUG)
    data = sent(form_of(upload(LOG, name="Maria Silva.csv", session_gap="0")))
    client.post("/upload", data=data)
    client.post("/draft/delete")
    assert "Maria" not in str([vars(record) for record in caplog.records])


@pytest.fixture
def hold(monkeypatch):
    """Jobs that are accepted and never begun."""
    monkeypatch.setattr("moodlelogsmart.jobs.runner.JobRunner._enqueue", lambda runner, job_id: None)


def test_who_has_too_many_jobs_need_not_send_the_log_again(app, client, upload, hold):
    app.extensions["moodlelogsmart.settings"].__dict__["jobs_per_browser"] = 1
    job_id = upload(LOG).location.rpartition("/")[2]
    answer = upload(LOG, name="course.csv")
    form = form_of(answer)
    assert answer.status_code == 429
    assert "A log of yours is under way" in answer.text
    assert "Chosen: course.csv" in form.text_content()
    assert form.xpath(".//button[@autofocus]/@aria-describedby") == ["refusal"]
    client.post(f"/jobs/{job_id}/delete")
    assert client.post("/upload", data=sent(form)).status_code == 303


def test_who_sends_too_many_in_a_minute_need_not_send_the_log_again(settings, upload):
    app = create_app(Settings(**settings | {"upload_rate": 1}))
    browser = app.test_client()
    browser.get("/")
    assert upload(LOG, browser=browser).status_code == 303
    answer = upload(LOG, name="course.csv", browser=browser, title="Second")
    form = form_of(answer)
    assert answer.status_code == 429
    assert "Many logs came from your network in this minute. Please try again in a minute." in answer.text
    assert ("Chosen: course.csv" in form.text_content(), form.fields["title"]) == (True, "Second")
    # Of who goes on and on nothing is read, and that is told.
    other = app.test_client()
    other.get("/")
    for _ in range(LEAST_PATIENT - 1):
        upload(LOG, browser=browser)
    answer = upload(LOG, name="third.csv", browser=other)
    assert answer.status_code == 429
    assert "Please try again in a minute. Nothing of the form was read" in answer.text
    assert "third.csv" not in answer.text


@pytest.mark.parametrize("to", ["/upload", "rerun"])
def test_where_nothing_of_a_form_is_read_that_is_told_beside_why(settings, to):
    browser = create_app(Settings(**settings | {"upload_limit": 1})).test_client()
    browser.get("/")
    if to == "rerun":
        data = {"file": (io.BytesIO(LOG.encode()), "log.csv")}
        job_id = browser.post("/upload", data=data, headers={"Accept": "application/json"}).get_json()["job_id"]
        finish(browser, job_id)
        to = f"/jobs/{job_id}/rerun"
    answer = browser.post(to, data={"seen": "1", "title": "T", "roster": (io.BytesIO(b"x" * (1 << 21)), "big.csv")})
    assert answer.status_code == 413
    told = html.fromstring(answer.text).text_content()
    assert "big.csv is larger than 1 MB" in told
    assert "Nothing of the form was read: go back one page in your browser to find it as you filled it in." in told


Usage = namedtuple("Usage", "total used free")


def test_a_draft_counts_as_a_log_and_goes_first_where_the_disk_is_full(app, upload, kept, monkeypatch):
    log = b"Time,Description\n" + b"x,y\n" * 300
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(1 << 41, 0, KEPT_FREE + DISK_FOR_BYTE * 2500))
    assert upload(log, session_gap="0").status_code == 400
    # Its owner is not helped at its cost, anybody else is.
    assert upload(log).status_code == 503
    assert len(kept()) == 1
    assert upload(log, browser=app.test_client()).status_code == 303
    assert kept() == []


def test_nothing_of_a_draft_survives_the_server(tmp_path, kept):
    server, browser = Server(tmp_path / "instance").ready(), requests.Session()
    browser.get(server.url)
    answer = browser.post(server.url + "/upload", files={"file": ("log.csv", LOG)}, data={"session_gap": "0"})
    assert (answer.status_code, len(kept())) == (400, 1)
    server.kill()
    server = Server(tmp_path / "instance").ready()
    assert kept() == []
    assert "Chosen" not in browser.get(server.url).text
    server.end()


class TestCorrections:
    """The form of the check page."""

    @pytest.fixture
    def job_id(self, done):
        return done(LOG, keep_input="1")

    def refused(self, client, job_id, **changed):
        data = sent(form_of(client.get(f"/check/{job_id}")))
        return client.post(f"/jobs/{job_id}/rerun", data=data | changed)

    def test_what_was_typed_comes_back_with_what_is_wrong(self, client, job_id, kept):
        answer = self.refused(
            client, job_id, encoding="nonsense", timezone="Asia/Tokyo", learners=["5"], roster=file(ROSTER, "people.csv")
        )  # fmt: skip
        assert answer.status_code == 400
        for shown in (answer, client.get(f"/check/{job_id}")):
            form = form_of(shown)
            assert "'nonsense' is not known" in told(form, "encoding")
            assert [one.get("id") for one in form.xpath(".//*[@autofocus]")] == ["encoding"]
            assert (field(form, "encoding").value, field(form, "timezone").value) == ("nonsense", "Asia/Tokyo")
            ticked = form.xpath('.//input[@name="learners" and @checked]/@value')
            assert ticked == ["5"]
            assert "Chosen: people.csv" in form.text_content()
        answer = client.post(form.action, data=sent(form) | {"encoding": "utf-8", "learners": ["4", "5"]}, headers=JSON)
        facts = finish(client, answer.get_json()["job_id"])
        assert (facts["status"], facts["summary"]["detected"]["timezone"]) == ("completed", "Asia/Tokyo")
        assert kept() == []

    def test_one_thing_in_two_columns_is_told_at_the_second(self, client, job_id):
        form = form_of(self.refused(client, job_id, **{"column-3": "user_full_name"}))
        (select,) = form.xpath('.//select[@name="column-3"]')
        assert (select.value, select.get("aria-invalid"), select.get("autofocus") is not None) == ("user_full_name", "true", True)  # fmt: skip
        assert form.get_element_by_id(select.get("aria-describedby")).text_content() == "Two columns cannot both be “who acted”."  # fmt: skip

    def test_a_wrong_list_is_told_at_its_field(self, client, job_id):
        assert "has no column “Roles”" in told(
            form_of(self.refused(client, job_id, roster=file(b"a\n", "p.csv"))), "roster"
        )

    def test_it_goes_with_its_job_and_stands_on_no_other_page(self, client, job_id, kept):
        self.refused(client, job_id, session_gap="0", roster=file(ROSTER, "people.csv"))
        assert len(kept()) == 1
        assert "Chosen" not in client.get("/").text
        client.post(f"/jobs/{job_id}/delete")
        assert kept() == []
