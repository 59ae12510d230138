"""Who may upload now, and what the others are told."""

import io
import logging
import shutil
from collections import namedtuple

import pytest

from app import create_app
from moodlelogsmart.config import Settings
from moodlelogsmart.jobs.job import CHECK
from moodlelogsmart.web.admission import DISK_FOR_BYTE, KEPT_FREE, network

Usage = namedtuple("Usage", "total used free")
JSON = {"Accept": "application/json"}


@pytest.fixture
def hold(monkeypatch):
    """Jobs that are accepted and never begun."""
    monkeypatch.setattr("moodlelogsmart.jobs.runner.JobRunner._enqueue", lambda runner, job_id: None)


def test_one_person_has_so_many_jobs_under_way_and_no_more(app, client, upload, hold):
    app.extensions["moodlelogsmart.settings"].__dict__["jobs_per_browser"] = 2
    assert [upload().status_code for _ in range(2)] == [303, 303]
    answer = upload()
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    page = answer.get_data(as_text=True)
    assert "You have 2 logs under way" in page
    assert 'type="file"' in page  # the form again
    assert upload(json=True).get_json()["error"].startswith("You have 2 logs")
    assert upload(browser=app.test_client()).status_code == 303
    job = client.get("/").get_data(as_text=True).partition("/status/")[2][:36]
    client.post(f"/jobs/{job}/delete")
    assert upload().status_code == 303


def test_one_address_sends_so_many_a_minute_and_no_more(settings, upload):
    app = create_app(Settings(**settings | {"upload_rate": 3}))
    answers = [upload(b"no log", browser=app.test_client()).status_code for _ in range(4)]
    assert answers == [400, 400, 400, 429]
    refused = upload(browser=app.test_client())
    assert "Many logs came from your network" in refused.get_data(as_text=True)
    assert int(refused.headers["Retry-After"]) > 0


def test_one_network_has_half_of_the_queue_and_others_the_rest(settings, upload, hold):
    app = create_app(Settings(**settings | {"workers": 1, "queue_limit": 29}))

    def come(address):
        browser = app.test_client()
        browser.environ_base["REMOTE_ADDR"] = address
        return upload(browser=browser)

    home = [come(f"2001:db8:0:1::{number}") for number in range(16)]
    assert [answer.status_code for answer in home] == [303] * 15 + [429]
    assert "Many logs from your network are waiting" in home[-1].get_data(as_text=True)
    assert int(home[-1].headers["Retry-After"]) > 0
    assert [come("2001:db8:0:2::1").status_code, come("192.0.2.7").status_code] == [303, 303]
    manager = app.extensions["moodlelogsmart.runner"].manager
    manager.mark_failed(manager.list_jobs()[-1].job_id, "it ended")
    assert come("2001:db8:0:1::9").status_code == 303
    # What waits for a person keeps nobody waiting.
    assert come("2001:db8:0:1::9").status_code == 429
    manager.set_stage(manager.list_jobs()[0].job_id, CHECK)
    assert come("2001:db8:0:1::9").status_code == 303


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.7", "192.0.2.8", False),
        ("192.0.2.7", "::ffff:192.0.2.7", True),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("unix:", "", False),
    ],
)
def test_an_address_stands_for_its_network(one, other, same):
    assert (network(one) == network(other)) == same


@pytest.mark.parametrize(("free", "status"), [(1 << 40, 303), (150 << 20, 503)])
def test_where_the_disk_has_no_room_nothing_is_taken(upload, instance_files, monkeypatch, free, status):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(1 << 41, 0, free))
    answer = upload()
    assert answer.status_code == status
    if status == 503:
        assert "has no room for this log" in answer.get_data(as_text=True)
        assert int(answer.headers["Retry-After"]) > 0
        assert instance_files() == []


def test_the_room_that_others_will_need_is_not_given_away(upload, hold, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(1 << 41, 0, KEPT_FREE + DISK_FOR_BYTE * 2000))
    assert upload(b"Time,Description\n" + b"x,y\n" * 300).status_code == 303
    assert upload(b"Time,Description\n" + b"x,y\n" * 300).status_code == 503


@pytest.fixture
def instance_files(settings, app):
    def files():
        from pathlib import Path

        return list((Path(settings["instance"]) / "jobs").iterdir())

    return files


def test_more_files_than_a_form_can_hold_are_told_as_such(client):
    files = [(io.BytesIO(b"Time,Description\n"), f"{number}.csv") for number in range(1001)]
    answer = client.post("/upload", data={"file": files}, headers=JSON)
    assert answer.status_code == 413
    assert answer.get_json()["error"] == "These are more than 1,000 files at once; pack them into a ZIP."


def test_refusals_are_counted_and_logged_by_their_reason(client, upload, caplog):
    caplog.set_level(logging.INFO)
    upload(b"no log", name="Maria Silva.csv")
    (record,) = [record for record in caplog.records if record.message == "upload refused"]
    assert (record.why, record.status) == ("content", 400)
    assert "Maria" not in str(vars(record)) and "127.0.0.1" not in str(vars(record))
    upload(timezone="Mars")
    metrics = client.get("/metrics").get_data(as_text=True)
    assert 'moodlelogsmart_refusals_total{why="content"} 1.0' in metrics
    assert 'moodlelogsmart_refusals_total{why="options"} 1.0' in metrics
