"""A guess that somebody has seen on the check page and let be is not asked about again; and a result has a title."""

import zipfile

from conftest import finish, graded, log_text, until, viewed
from lxml import html
from test_layouts import results, send

from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process
from moodlelogsmart.report.doubts import MOST

LOG = log_text(
    [graded(4, 5, time="03/04/21, 12:39", name="Ana Lima"), viewed(5, time="05/04/21, 12:39", name="Bo Silva")]
)


def form_of(client, job_id):
    return html.fromstring(client.get(f"/check/{job_id}").text).forms[0]


def states(client, job_id):
    page = html.fromstring(client.get(f"/check/{job_id}").text)
    return {
        one.xpath("string(text())").strip(): one.xpath("string(.//span)").strip() for one in page.xpath("//summary")
    }


def test_what_was_seen_on_the_page_and_let_be_is_not_asked_again(done, client):
    job_id = done(LOG)
    assert states(client, job_id)["Dates and times"] == "please check"
    again = finish(client, send(client, form_of(client, job_id)).get_json()["job_id"])["job_id"]
    assert results(client, again) == results(client, job_id)
    assert set(states(client, again).values()) <= {"looks right", "you may leave this", ""}
    told = client.get(f"/check/{again}", headers={"Accept": "application/json"}).get_json()["reading"]
    assert told["timezone"] == {"value": "UTC", "sure": True, "by": "a guess of ours, which a person has seen"}
    assert told["files"][0]["date_order"]["sure"]
    shown = client.get(f"/status/{again}").text
    assert "You have seen this on the check page." in shown
    # Another guess is asked about, however often others were seen.
    form = form_of(client, again)
    for radio in form.xpath('.//input[@name="date_order"]'):
        radio.attrib.pop("checked", None)
        if radio.get("value") == "mdy":
            radio.set("checked", "checked")
    form.fields["timezone"] = "Asia/Tokyo"
    third = finish(client, send(client, form).get_json()["job_id"])["job_id"]
    assert states(client, third)["Dates and times"] == "looks right"


def test_of_what_was_seen_the_last_is_remembered_however_often_it_is_run_again(done, client, manager):
    job_id = done(LOG)
    with manager.keeper._lock:
        manager.jobs[job_id].seen = tuple(f"{number:016}" for number in range(MOST))
    again = finish(client, send(client, form_of(client, job_id)).get_json()["job_id"])["job_id"]
    assert len(manager.get_job(again).seen) == MOST
    assert states(client, again)["Dates and times"] != "please check"


def test_a_program_that_runs_a_job_again_has_seen_nothing(done, client):
    job_id = done(LOG)
    answer = client.post(f"/jobs/{job_id}/rerun", data={}, headers={"Accept": "application/json"})
    again = finish(client, answer.get_json()["job_id"])["job_id"]
    assert states(client, again)["Dates and times"] == "please check"


def test_what_was_seen_before_it_ran_is_not_asked_after(client, upload):
    job_id = upload(LOG, json=True, check="1").get_json()["job_id"]
    until(
        lambda: client.get(f"/status/{job_id}", headers={"Accept": "application/json"}).get_json()["stage"] == "check"
    )
    assert send(client, form_of(client, job_id)).status_code == 202
    finish(client, job_id)
    assert "please check" not in states(client, job_id).values()


def test_the_title_stands_above_the_report_and_is_that_of_the_job(done, client, tmp_path):
    job_id = done(LOG, title="Algebra <2021>", timezone="Asia/Tokyo")
    report = client.get(f"/download/{job_id}/report.html").text
    assert "<h1>Algebra &lt;2021&gt; – what the learners did</h1>" in report
    for address in ("/", f"/status/{job_id}", f"/check/{job_id}"):
        assert "Algebra &lt;2021&gt;" in client.get(address).text
    form = form_of(client, job_id)
    form.fields["title"] = "Geometry"
    again = finish(client, send(client, form).get_json()["job_id"])["job_id"]
    (tmp_path / "log.csv").write_text(LOG)
    process(tmp_path / "log.csv", Options(title="Geometry", timezone="Asia/Tokyo"), tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert results(client, again) == {name: archive.read(name) for name in archive.namelist()}
    form = form_of(client, again)
    form.fields["title"] = ""
    bare = finish(client, send(client, form).get_json()["job_id"])["job_id"]
    assert "<h1>What the learners did</h1>" in client.get(f"/download/{bare}/report.html").text
    assert "log.csv" in client.get(f"/status/{bare}").text
