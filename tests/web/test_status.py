import logging
import re
import uuid
from datetime import timedelta

import pytest
from conftest import event, finish, graded, log_text, viewed
from lxml import html

from moodlelogsmart.jobs import runner, working
from moodlelogsmart.jobs.job import now
from moodlelogsmart.jobs.journal import JournalError
from moodlelogsmart.jobs.runner import CANCELLED, QueueFull

JSON = {"Accept": "application/json"}


@pytest.fixture
def processing(client, manager, upload):
    """A job of this browser that a worker is at, as the manager shows it; nobody works on it."""

    def put(progress=40, stage="identify", **fields):
        upload()
        owner = manager.list_jobs()[0].owner
        job_id = manager.create_job(owner=owner, title="course.csv", **fields)
        manager.set_stage(job_id, stage)
        manager.update_progress(job_id, progress)
        return job_id

    return put


def test_it_refreshes_and_shows_progress_while_processing(client, processing):
    page = client.get(f"/status/{processing()}").get_data(as_text=True)
    assert '<meta http-equiv="refresh" content="2">' in page
    assert '<progress max="100" value="40"' in page
    assert "Finding out who did what" in page
    assert "40% done" in page
    assert "so far" not in page
    assert 'aria-live="polite"' in page
    assert "Cancel" in page


@pytest.mark.parametrize(
    ("elapsed", "left", "pause"),
    [(0, None, 2), (3, None, 5), (60, None, 10), (0, 0.2, 2), (0, 3.1, 4), (3, 90, 10), (60, 1, 2)],
)
def test_it_looks_again_when_the_job_should_be_ready_and_ever_more_seldom(
    client, processing, monkeypatch, elapsed, left, pause
):
    monkeypatch.setattr("moodlelogsmart.jobs.runner.JobRunner.outlook", lambda *_: (None, left))
    monkeypatch.setattr("moodlelogsmart.web.status.now", lambda: now() + timedelta(seconds=elapsed))
    page = client.get(f"/status/{processing()}").get_data(as_text=True)
    assert f'<meta http-equiv="refresh" content="{pause}">' in page


def test_it_can_be_told_to_stand_still(client, processing):
    job_id = processing()
    page = html.fromstring(client.get(f"/status/{job_id}").get_data(as_text=True))
    (still,) = page.xpath("//a[text()='Stop updating this page']/@href")
    page = html.fromstring(client.get(still).get_data(as_text=True))
    assert page.xpath("//meta[@http-equiv='refresh']") == []
    assert page.xpath("//a[text()='Update now']/@href") == [still]
    assert page.xpath("//a[text()='Update by itself again']/@href") == [f"/status/{job_id}"]


def test_who_is_next_is_told_only_that_it_starts_in_a_moment(client, processing, monkeypatch):
    job_id = processing(progress=0, stage="queued")
    monkeypatch.setattr("moodlelogsmart.jobs.runner.JobRunner.outlook", lambda *_: (0, 2))
    text = html.fromstring(client.get(f"/status/{job_id}").get_data(as_text=True)).find(".//main").text_content()
    assert "Starts in a moment" in text
    assert not re.search(r"queue|done|so far|left", text)


def test_who_waits_is_told_how_many_are_before(client, processing, monkeypatch):
    job_id = processing(progress=0, stage="queued")
    monkeypatch.setattr("moodlelogsmart.jobs.runner.JobRunner.outlook", lambda *_: (2, 20))
    text = html.fromstring(client.get(f"/status/{job_id}").get_data(as_text=True)).find(".//main").text_content()
    assert "2 analyses before yours" in text
    assert "about 20 seconds left" in text
    assert "done" not in text


@pytest.mark.parametrize("what", ["delete", "cancel"])
def test_it_asks_before_anything_is_lost(client, processing, manager, what):
    job_id = processing()
    page = html.fromstring(client.get(f"/jobs/{job_id}/{what}").get_data(as_text=True))
    assert "course.csv" in page.find(".//main").text_content()
    assert page.xpath("//main//form[@method='post' and not(@action)]")
    assert page.xpath("//main//a[contains(@class, 'button')]/@href") == [f"/status/{job_id}"]
    assert not manager.get_job(job_id).is_finished


def test_it_says_what_was_deleted(client, done):
    job_id = done(log_text([viewed(4)]))
    (link,) = html.fromstring(client.get(f"/status/{job_id}").get_data(as_text=True)).xpath(
        "//a[text()='Delete the results now']/@href"
    )
    assert "Delete “log.csv”, its report and all files?" in client.get(link).get_data(as_text=True)
    page = html.fromstring(client.post(link, follow_redirects=True).get_data(as_text=True))
    (told,) = page.xpath("//p[@role='status']")
    assert told.text_content() == "“log.csv” and its results were deleted."
    assert client.get(f"/status/{job_id}").status_code == 404
    assert 'role="status"' not in client.get("/").get_data(as_text=True)


def test_nobody_else_is_asked(client, app, processing):
    job_id = processing()
    for what in ("delete", "cancel"):
        assert app.test_client().get(f"/jobs/{job_id}/{what}").status_code == 404


def test_to_stop_what_has_ended_leads_to_its_results(client, done):
    job_id = done(log_text([viewed(4)]))
    assert client.get(f"/jobs/{job_id}/cancel").location == f"/status/{job_id}"


def test_it_tells_how_long_it_still_takes(client, manager, processing, monkeypatch):
    job_id = processing(size=22_000_000)
    begun = manager.get_job(job_id).started_at
    monkeypatch.setattr("moodlelogsmart.jobs.runner.now", lambda: begun)
    page = client.get(f"/status/{job_id}").get_data(as_text=True)
    assert "about 5 seconds left" in page
    assert client.get(f"/status/{job_id}", headers=JSON).get_json()["seconds_left"] == pytest.approx(5)
    assert "cerca de 5 segundos" in client.get(f"/status/{job_id}?lang=pt_BR").get_data(as_text=True)


def test_it_says_so_when_a_restart_came_between(client, processing):
    assert "restarted" not in client.get(f"/status/{processing(attempts=1)}").get_data(as_text=True)
    assert "restarted" in client.get(f"/status/{processing(attempts=2)}").get_data(as_text=True)


def test_it_tells_json_how_far_it_is(client, processing):
    job_id = processing()
    facts = client.get(f"/status/{job_id}", headers=JSON).get_json()
    expected = {"job_id": job_id, "status": "processing", "progress": 40, "stage": "identify", "error": None}
    assert facts.items() >= expected.items()
    assert facts["created_at"].endswith("+00:00")
    assert facts["completed_at"] is None


def test_a_completed_job_shows_the_report_and_does_not_refresh(client, done):
    page = client.get(f"/status/{done(log_text([viewed(4), viewed(5), graded(9, 4)]))}").get_data(as_text=True)
    assert "http-equiv" not in page
    assert " – what the learners did</h1>" in page
    assert "Opening material" in page
    assert "done by teachers or staff" in page
    assert "enriched_log.xes" in page


def test_a_completed_job_tells_json_where_the_results_are(client, done):
    job_id = done(log_text([viewed(4)]))
    facts = client.get(f"/status/{job_id}", headers=JSON).get_json()
    assert (facts["status"], facts["progress"]) == ("completed", 100)
    assert facts["download_url"] == f"/download/{job_id}"
    assert facts["summary"]["events_kept"] == 1
    assert facts["summary"]["detected"]["columns"][0]["time"] == "Time"


def test_a_failed_job_says_what_to_do_and_shows_no_row(client, upload):
    log = log_text([event("The user with id '4' is Maria.", time="never", name="Maria Silva")])
    job_id = upload(log, json=True).get_json()["job_id"]
    facts = finish(client, job_id)
    page = client.get(f"/status/{job_id}").get_data(as_text=True)
    assert "Export the log again from Moodle" in facts["error"]
    assert "Export the log again from Moodle" in page
    assert "http-equiv" not in page
    assert "Maria" not in page + facts["error"]
    assert job_id in page


@pytest.mark.parametrize(
    ("language", "says"), [("pt-BR", "Exporte"), ("es", "el registro"), ("en", "Export the log again")]
)
def test_a_program_reads_why_a_job_failed_in_its_language(client, upload, language, says):
    log = log_text([event("The user with id '4' is here.", time="never")])
    job_id = upload(log, json=True).get_json()["job_id"]
    finish(client, job_id)
    asked = JSON | {"Accept-Language": language}
    error = client.get(f"/status/{job_id}", headers=asked).get_json()["error"]
    refused = client.get(f"/download/{job_id}", headers=asked).get_json()
    assert says in error
    assert refused["detail"] == refused["error"] == error
    # What was chosen at the head of a page counts before what the browser asks for.
    client.get("/?lang=pt_BR")
    assert "Exporte o log de novo" in client.get(f"/status/{job_id}", headers=asked).get_json()["error"]


def test_the_users_text_is_shown_as_text(client, done):
    rows = [event("", component="<script>x</script>", event_name="<b>bold</b>", name="A")]
    page = client.get(f"/status/{done(log_text(rows))}").get_data(as_text=True)
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "<script" not in page


@pytest.mark.parametrize("address", ["/status/{}", "/download/{}", "/download/{}/enriched_log.csv"])
def test_somebody_elses_job_is_as_unknown_as_none(app, upload, address):
    theirs = upload(json=True).get_json()["job_id"]
    stranger = app.test_client()
    answers = [stranger.get(address.format(job_id)) for job_id in (theirs, uuid.uuid4(), "no-uuid", "../../x")]
    stranger.get("/?lang=en")
    answers.append(stranger.get(address.format(theirs)))
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.get_data() for answer in answers}) == 1


@pytest.mark.parametrize("act", ["cancel", "delete"])
def test_nobody_else_stops_or_deletes_a_job(app, client, processing, act):
    job_id = processing()
    assert app.test_client().post(f"/jobs/{job_id}/{act}").status_code == 404
    assert client.get(f"/status/{job_id}", headers=JSON).get_json()["status"] == "processing"


def test_cancel_leads_back_to_the_job(client, upload):
    job_id = upload(json=True).get_json()["job_id"]
    answer = client.post(f"/jobs/{job_id}/cancel")
    assert (answer.status_code, answer.location) == (303, f"/status/{job_id}")
    assert finish(client, job_id)["error"] in (CANCELLED, None)


def test_cancel_after_the_end_changes_nothing(client, done):
    job_id = done(log_text([viewed(4)]))
    assert client.post(f"/jobs/{job_id}/cancel", headers=JSON).get_json()["status"] == "completed"
    assert client.get(f"/download/{job_id}").status_code == 200


def test_delete_forgets_the_job_and_its_files(client, manager, done):
    job_id = done(log_text([viewed(4)]))
    folder = manager.folder(job_id)
    assert folder.exists()
    answer = client.post(f"/jobs/{job_id}/delete")
    assert (answer.status_code, answer.location) == (303, "/")
    assert not folder.exists()
    assert client.get(f"/status/{job_id}").status_code == 404


def test_an_unexpected_error_is_a_sentence_and_its_text_stays_out_of_the_log(app, client, monkeypatch, caplog):
    row = "Maria Silva"

    def breaks():
        raise RuntimeError(row)

    monkeypatch.setattr("moodlelogsmart.web.upload.my_jobs", breaks)
    with caplog.at_level(logging.ERROR):
        answer = client.get("/")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.get_data(as_text=True)
    (record,) = [record for record in caplog.records if record.message == "a page broke"]
    assert record.error == "RuntimeError"
    assert "Maria" not in str(vars(record)) + answer.get_data(as_text=True)


def test_every_page_forbids_scripts_and_framing(client, done):
    job_id = done(log_text([viewed(4)]))
    for address in ("/", f"/status/{job_id}", f"/download/{job_id}", "/nothing"):
        headers = client.get(address).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in headers["Cache-Control"] or "no-cache" in headers["Cache-Control"]


def test_a_failed_job_whose_log_is_there_is_tried_again_by_a_button(client, done, monkeypatch):
    real = working.process
    monkeypatch.setattr(working, "process", lambda *arguments, **named: 1 / 0)
    job_id = done()
    page = client.get(f"/status/{job_id}").get_data(as_text=True)
    assert "Try again with this file" in page
    assert "kept for 1 hour" in page
    monkeypatch.setattr(working, "process", real)
    answer = client.post(f"/jobs/{job_id}/retry")
    assert answer.status_code == 303
    assert finish(client, answer.location.rpartition("/")[2])["status"] == "completed"
    assert client.post(f"/jobs/{job_id}/retry").status_code == 410


def test_retry_tells_a_program_the_new_job(client, done, monkeypatch):
    monkeypatch.setattr(working, "process", lambda *arguments, **named: 1 / 0)
    job_id = done()
    answer = client.post(f"/jobs/{job_id}/retry", headers=JSON)
    assert answer.status_code == 202
    assert answer.get_json()["status_url"] == f"/status/{answer.get_json()['job_id']}"


def test_a_retry_that_finds_no_place_is_told_to_come_back_and_the_log_stays(client, done, monkeypatch):
    monkeypatch.setattr(working, "process", lambda *arguments, **named: 1 / 0)
    job_id = done()

    def full(*arguments):
        raise QueueFull

    monkeypatch.setattr(runner.JobRunner, "submit", full)
    answer = client.post(f"/jobs/{job_id}/retry")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "Too many logs are waiting" in answer.get_data(as_text=True)
    assert "retry_url" in client.get(f"/status/{job_id}", headers=JSON).get_json()


def test_a_job_that_failed_by_its_log_offers_no_further_try(client, done):
    job_id = done("Time,Description\n")
    page = client.get(f"/status/{job_id}").get_data(as_text=True)
    assert "Try again with this file" not in page
    assert "has been deleted" in page
    assert client.post(f"/jobs/{job_id}/retry").status_code == 410


def test_nobody_is_named_once_the_results_have_expired(client, manager, done):
    job_id = done(log_text([viewed(4, name="Ana Invented")]))
    assert "Ana Invented" in client.get(f"/status/{job_id}").get_data(as_text=True)
    manager.cleanup_job(job_id)
    answer = client.get(f"/status/{job_id}")
    assert answer.status_code == 200
    assert "were deleted" in answer.get_data(as_text=True)
    assert "Ana Invented" not in answer.get_data(as_text=True)
    assert "summary" not in client.get(f"/status/{job_id}", headers=JSON).get_json()


def test_where_the_journal_cannot_be_written_a_deletion_says_so_and_nothing_is_lost(client, manager, done, monkeypatch):
    job_id = done()

    def locked(*arguments):
        raise JournalError("The server can't write.")

    monkeypatch.setattr(manager.keeper.journal, "delete", locked)
    answer = client.post(f"/jobs/{job_id}/delete")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "can't write" in answer.get_data(as_text=True).replace("&#39;", "'")
    assert client.get(f"/download/{job_id}").status_code == 200
