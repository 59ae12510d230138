"""A job waits for a person where that was wished for, or where nothing could be run without one."""

import io
import re
import zipfile
from datetime import datetime, timedelta

import pytest
from conftest import finish, graded, log_text, until, viewed
from lxml import html

from moodlelogsmart.jobs.job import now
from moodlelogsmart.jobs.retention import UNANSWERED, sweep
from moodlelogsmart.jobs.runner import CANCELLED

LOG = log_text(
    [graded(4, 5, name="Ana Lima", time="03/04/21, 12:39"), viewed(5, name="Bo Silva", time="05/04/21, 12:39")]
)
# Of these columns nobody but a person knows what happened.
UNCLEAR = (
    "Quand,Qui,Quoi\n"
    '"03/04/21, 12:39",Ana Lima,Course module viewed\n'
    '"05/04/21, 12:39",Bo Silva,Course viewed\n'
    '"17/04/21, 12:39",Bo Silva,Course viewed\n'
)
# In their order these are of five years.
DAYS = [datetime(2016, 3, 1, 9) + timedelta(days=10 * place) for place in range(150)]
YEARS = log_text([viewed(4, name="Ana Reis", time=day.strftime("%d %B, %H:%M")) for day in DAYS])
JSON = {"Accept": "application/json"}


@pytest.fixture
def asked(client, upload, manager):
    """A job that waits for a person: its id."""

    def run(log=LOG, **fields):
        answer = upload(log, **fields)
        assert answer.status_code == 303, html.fromstring(answer.text).text_content()
        job_id = answer.location.rpartition("/")[2]
        until(lambda: manager.get_job(job_id).is_asking)
        return job_id

    return run


@pytest.fixture
def page(client):
    def get(job_id):
        answer = client.get(f"/check/{job_id}")
        assert answer.status_code == 200
        return html.fromstring(answer.text)

    return get


@pytest.fixture
def send(client):
    """Press the button of a check page: what a program is told."""

    def press(form):
        data = {}
        for name, value in form.form_values():
            data.setdefault(name, []).append(value)
        return client.post(form.action, data=data, headers=JSON)

    return press


def members(client, job_id):
    archive = zipfile.ZipFile(io.BytesIO(client.get(f"/download/{job_id}").data))
    return {name: archive.read(name) for name in archive.namelist()}


def choose(form, place, name):
    (select,) = [one for one in form.inputs if one.name == f"column-{place}"]
    select.value = name


def test_it_waits_where_a_person_wants_to_check_first_and_holds_no_place(client, asked, manager):
    job_id = asked(check="1")
    facts = client.get(f"/status/{job_id}", headers=JSON).get_json()
    assert (facts["status"], facts["stage"], facts["check_url"]) == ("processing", "check", f"/check/{job_id}")
    assert "seconds_left" not in facts or facts["seconds_left"] is None
    health = client.get("/healthz").get_json()
    assert (health["waiting"], health["running"]) == (0, 0)
    answer = client.get(f"/status/{job_id}")
    assert (answer.status_code, answer.location) == (303, f"/check/{job_id}")
    assert "waits for you" in client.get("/").text
    assert client.get(f"/download/{job_id}").status_code == 409
    assert client.get(f"/check/{job_id}", headers=JSON).get_json()["people"]


def test_what_is_sent_unchanged_is_what_runs_without_a_question(client, asked, page, send, done):
    straight = members(client, done(LOG))
    job_id = asked(check="1")
    answer = send(page(job_id).forms[0])
    assert (answer.status_code, answer.get_json()["job_id"]) == (202, job_id)
    assert finish(client, job_id)["status"] == "completed"
    assert members(client, job_id) == straight


def test_it_goes_on_with_what_was_corrected(client, asked, page, send):
    job_id = asked(check="1")
    form = page(job_id).forms[0]
    (box,) = form.xpath('.//input[@name="learners" and @value="4"]')
    box.checked = True
    assert send(form).get_json()["job_id"] == job_id
    assert finish(client, job_id)["summary"]["learners"] == 2
    assert b"learners" in members(client, job_id)["corrections.yaml"]


def test_sentences_of_moodle_in_columns_that_nobody_knows_are_asked_about(client, asked, page, send):
    says = "The user with id '{}' viewed the 'page' activity with course module id '62'."
    rows = [f"T{n}#x,Ana Lima,{says.format(4 + n % 2)}" for n in range(12)]
    job_id = asked("\n".join(["Zeitfeld,Wer,Satz", *rows]))
    shown = page(job_id)
    assert "has none of the columns of a Moodle log" in shown.get_element_by_id("unclear").text_content()
    assert says.format(4) in shown.text_content()


def test_what_was_answered_can_be_corrected_again_and_again(client, asked, page, send):
    job_id = asked(check="1")
    for gap in ("20", "10", "5"):
        form = page(job_id).forms[0]
        form.fields["session_gap"] = gap
        job_id = send(form).get_json()["job_id"]
        facts = finish(client, job_id)
        assert facts["status"] == "completed", facts["error"]


def test_a_log_whose_columns_nobody_knows_is_asked_about(client, asked, page, send):
    job_id = asked(UNCLEAR)
    shown = page(job_id)
    assert (
        "log.csv has none of the columns of a Moodle log. Its columns are: Quand, Qui, Quoi."
        in shown.get_element_by_id("unclear").text_content()
    )
    assert "Course module viewed" in shown.text_content()
    form = shown.forms[0]
    for place, name in enumerate(("time", "user_full_name", "event_name"), start=1):
        choose(form, place, name)
    assert send(form).get_json()["job_id"] == job_id
    facts = finish(client, job_id)
    assert facts["status"] == "completed", facts
    assert facts["summary"]["events_kept"] == 3


def test_it_asks_again_where_the_answer_is_none(client, asked, page, send, manager):
    job_id = asked(UNCLEAR)
    form = page(job_id).forms[0]
    choose(form, 1, "time")
    assert client.post(form.action, data=dict(form.form_values())).status_code == 303
    until(lambda: manager.get_job(job_id).is_asking)
    assert page(job_id).get_element_by_id("unclear") is not None


def test_it_asks_where_a_correction_makes_the_times_unreadable(client, done, page, manager):
    job_id = done(LOG)
    answer = client.post(f"/jobs/{job_id}/rerun", data={"columns": "time=2,user_full_name=0"})
    again = answer.location.rpartition("/")[2]
    until(lambda: manager.get_job(again).is_asking)
    assert "The times of this log cannot be read" in page(again).get_element_by_id("unclear").text_content()


def field(form, name):
    (found,) = [one for one in form.inputs if one.name == name]
    return found


def test_more_than_three_years_of_dates_without_a_year_are_asked_about(client, asked, page, send):
    job_id = asked(YEARS)
    shown = page(job_id)
    assert "which is more than three years" in shown.get_element_by_id("unclear").text_content()
    assert "Say which year it is" in shown.text_content()
    opened = [part.findtext("summary").strip() for part in shown.iter("details") if "open" in part.attrib]
    assert opened == ["Dates and times"]
    # What the form offers is an answer, too.
    assert send(shown.forms[0]).get_json()["job_id"] == job_id
    facts = finish(client, job_id)
    assert facts["status"] == "completed", facts
    assert "times_improbable" in [one["code"] for one in facts["summary"]["warnings"]]


def test_the_year_that_is_answered_is_that_of_the_newest_event(client, asked, page, send):
    job_id = asked(YEARS)
    form = page(job_id).forms[0]
    field(form, "year").value = "2020"
    send(form)
    summary = finish(client, job_id)["summary"]
    assert (summary["first_time"][:10], summary["last_time"][:10]) == ("2016-03-01", "2020-03-30")
    assert "year_guessed" not in [one["code"] for one in summary["warnings"]]


def test_a_program_is_told_that_years_are_missing_and_may_say_one(client, upload):
    facts = finish(client, upload(YEARS, json=True).get_json()["job_id"])
    assert (facts["status"], facts["error"].startswith("The dates have no year")) == ("failed", True)
    job_id = upload(YEARS, json=True, year="2020").get_json()["job_id"]
    assert finish(client, job_id)["summary"]["first_time"].startswith("2016-03-01")


def test_a_program_is_never_stopped_but_by_its_own_wish(client, upload, tmp_path):
    answer = upload(UNCLEAR, json=True)
    assert answer.status_code == 400
    assert "none of the columns" in answer.get_json()["error"]
    assert [path for path in (tmp_path / "instance" / "jobs").rglob("*") if path.is_file()] == []
    columns = "time=1,user_full_name=2,event_name=Quoi"
    job_id = upload(UNCLEAR, json=True, columns=columns).get_json()["job_id"]
    assert finish(client, job_id)["summary"]["events_kept"] == 3
    assert upload(LOG, json=True, check="1").status_code == 202


def test_of_several_files_that_are_no_logs_it_asks_about_the_one_that_may_be_one(client, manager, page):
    files = [(io.BytesIO(b"%PDF-1.7\n"), "programme.pdf"), (io.BytesIO(UNCLEAR.encode()), "export.csv")]
    answer = client.post("/upload", data={"file": files})
    assert answer.status_code == 303, answer.text
    job_id = answer.location.rpartition("/")[2]
    until(lambda: manager.get_job(job_id).is_asking)
    assert "export.csv has none of the columns" in page(job_id).get_element_by_id("unclear").text_content()


@pytest.mark.parametrize("grades", [b"Surname,Mail,Course total\nSilva,x,7\n", b"Surname,Course total\nSilva,7\n"])
def test_what_is_said_of_the_columns_of_one_file_makes_no_log_of_another(client, manager, page, send, grades):
    files = [(io.BytesIO(grades), "notas.csv"), (io.BytesIO(UNCLEAR.encode()), "export.csv")]
    job_id = client.post("/upload", data={"file": files}).location.rpartition("/")[2]
    until(lambda: manager.get_job(job_id).is_asking)
    form = page(job_id).forms[0]
    for place, name in enumerate(("time", "user_full_name", "event_name"), start=1):
        choose(form, place, name)
    assert send(form).status_code == 202
    facts = finish(client, job_id)
    assert facts["summary"]["rows_read"] == 3
    assert "Used: export.csv. Not used: notas.csv (grades)." in [one["text"] for one in facts["summary"]["warnings"]]


def test_a_person_can_say_that_what_looks_like_another_table_is_a_log(client, upload, asked, page, send):
    text = "Surname,First name,Started on,Completed\n" + '"Silva","Bo","03/04/21, 12:39","Course viewed"\n' * 3
    answer = upload(text, name="results.csv")
    assert (answer.status_code, "results.csv holds the results of a quiz, not a log." in answer.text) == (400, True)
    job_id = asked(text, check="1", use0="file")
    shown = page(job_id)
    assert "log.csv holds the results of a quiz" in shown.get_element_by_id("unclear").text_content()
    form = shown.forms[0]
    for place, name in ((1, "user_full_name"), (3, "time"), (4, "event_name")):
        choose(form, place, name)
    assert send(form).get_json()["job_id"] == job_id
    assert finish(client, job_id)["summary"]["rows_read"] == 3


def test_two_answers_to_one_question_are_one(client, asked, page, send):
    job_id = asked(check="1")
    form = page(job_id).forms[0]
    assert send(form).status_code == 202
    assert send(form).status_code in (409, 202)  # 202: it had ended by then, so this is a second run
    assert finish(client, job_id)["status"] == "completed"


def test_a_refused_answer_leaves_it_waiting(client, asked, manager):
    job_id = asked(check="1")
    answer = client.post(f"/jobs/{job_id}/rerun", data={"session_gap": "0"}, headers=JSON)
    assert answer.status_code == 400
    assert manager.get_job(job_id).is_asking
    assert client.get(f"/check/{job_id}").status_code == 200


@pytest.mark.parametrize(
    ("field_name", "value", "why"),
    [
        ("form", "table", "needs the columns eventname, timecreated, userid"),
        ("kind", "json", "is damaged or not what it seems"),
        ("kind", "html", "holds no table"),
        ("delimiter", "tab", "has none of the columns of a Moodle log"),
        ("encoding", "utf-16", "cannot be read in the encoding utf-16"),
    ],
)
@pytest.mark.parametrize("waits", [True, False])
def test_an_answer_by_which_the_log_cannot_be_read_is_refused_and_can_be_changed(client, asked, page, send, manager, waits, field_name, value, why):  # fmt: skip
    job_id = asked(check="1")
    if not waits:
        client.post(f"/jobs/{job_id}/rerun")
        finish(client, job_id)
    form = page(job_id).forms[0]
    right, field(form, "title").value = field(form, field_name).value, "Second try"
    field(form, field_name).value = value
    answer = client.post(form.action, data=dict(form.form_values()))
    assert answer.status_code == 400
    again = html.fromstring(answer.text).forms[0]
    told = again.get_element_by_id(f"{field_name}-problem").text_content()
    assert ("The log cannot be read like this, so nothing was changed" in told, why in told) == (True, True)
    assert (field(again, field_name).value, field(again, "title").value) == (value, "Second try")
    assert manager.get_job(job_id).can_rerun
    field(again, field_name).value = right
    facts = finish(client, send(again).get_json()["job_id"])
    assert (facts["status"], manager.get_job(facts["job_id"]).title) == ("completed", "Second try")


def test_who_waits_for_one_can_stop_it_or_forget_it(client, asked, manager, tmp_path):
    job_id = asked(check="1")
    client.post(f"/jobs/{job_id}/cancel")
    assert manager.get_job(job_id).error == CANCELLED
    job_id = asked(check="1")
    client.post(f"/jobs/{job_id}/delete")
    assert client.get(f"/check/{job_id}").status_code == 404
    assert [path for path in (tmp_path / "instance" / "jobs").rglob("*") if path.is_file()] == []


def test_a_question_that_nobody_answers_ends_with_a_sentence(client, asked, manager, tmp_path):
    job_id = asked(check="1")
    kept = (timedelta(hours=24), timedelta(hours=1))
    sweep(manager, *kept, now() + timedelta(minutes=59))
    assert manager.get_job(job_id).is_asking
    sweep(manager, *kept, now() + timedelta(minutes=61))
    job = manager.get_job(job_id)
    assert (job.status, job.error) == ("failed", UNANSWERED)
    assert [path for path in (tmp_path / "instance" / "jobs").rglob("*") if path.is_file()] == []


def test_with_pseudonyms_the_question_names_nobody(client, asked, page):
    for log, fields in ((UNCLEAR, {}), (LOG, {"check": "1"})):
        job_id = asked(log, pseudonyms="own", **fields)
        told = client.get(f"/check/{job_id}").text + client.get(f"/check/{job_id}", headers=JSON).text
        assert not re.search("Ana Lima|Bo Silva|10[.]0[.]0[.]1", told)


def test_a_question_counts_as_under_way_but_not_against_its_own_answer(
    client, asked, upload, settings, page, send, app
):
    with app.app_context():
        limit = settings.get("jobs_per_browser", 10)
    first = asked(check="1")
    for _ in range(limit - 1):
        asked(check="1")
    assert upload(LOG, json=True).status_code == 429
    assert send(page(first).forms[0]).status_code == 202
