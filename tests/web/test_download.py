import csv
import gzip
import io
import re
import zipfile
from datetime import timedelta

import pytest
from conftest import event, finish, log_text

from moodlelogsmart.export.results import RESULT_FILES
from moodlelogsmart.jobs.job import now
from moodlelogsmart.jobs.retention import sweep


def test_it_sends_the_archive_under_the_time_of_completion(client, done):
    answer = client.get(f"/download/{done()}")
    assert answer.status_code == 200
    assert answer.mimetype == "application/zip"
    assert re.fullmatch(r"attachment; filename=results_\d{8}_\d{6}\.zip", answer.headers["Content-Disposition"])
    archive = zipfile.ZipFile(io.BytesIO(answer.get_data()))
    assert archive.namelist() == RESULT_FILES
    assert archive.testzip() is None


@pytest.mark.parametrize("name", RESULT_FILES)
def test_it_sends_one_file_as_it_is_in_the_archive(client, done, name):
    job_id = done()
    archive = zipfile.ZipFile(io.BytesIO(client.get(f"/download/{job_id}").get_data()))
    answer = client.get(f"/download/{job_id}/{name}")
    assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert answer.get_data() == archive.read(name)
    assert int(answer.headers["Content-Length"]) == len(answer.get_data())


def sketched(user, **cells):
    says = f"The user with id '{user}' redrew the sketch 'x' in the sketchpad with course module id '62'."
    return event(says, component="Sketchpad", event_name="Sketch drawn", **cells)


@pytest.mark.parametrize("options", [{}, {"pseudonyms": "site"}])
def test_it_offers_an_excerpt_of_the_events_without_a_rule_to_their_owner(app, client, done, options):
    people = [(4, "Ana Souza"), (5, "Bo Lind")]
    job_id = done(log_text([sketched(user, name=name) for user, name in people]), **options)
    address = f"/download/{job_id}/excerpt.csv"
    assert f'href="{address}"' in client.get(f"/status/{job_id}").text
    answer = client.get(address)
    assert (answer.status_code, answer.content_type) == (200, "text/csv; charset=utf-8")
    assert answer.headers["Content-Disposition"] == "attachment; filename=excerpt.csv"
    assert answer.text.splitlines()[1:] == [
        "Sketchpad,Sketch drawn,The user with id '' redrew the sketch '' in the sketchpad with course module id ''.,"
        "sketchpad,sketch_drawn,drawn,Others,,2"
    ]
    assert app.test_client().get(address).status_code == 404
    assert "excerpt.csv" not in client.get(f"/download/{job_id}/report.html").text


def test_where_every_event_has_a_rule_there_is_no_excerpt(client, done):
    job_id = done()
    assert client.get(f"/download/{job_id}/excerpt.csv").status_code == 404
    assert "excerpt.csv" not in client.get(f"/status/{job_id}").text


@pytest.mark.parametrize("name", ["enriched_log.xes", "enriched_log_bloom_only.xes"])
def test_it_sends_a_xes_gzipped_as_well(client, done, name):
    job_id = done()
    answer = client.get(f"/download/{job_id}/{name}.gz")
    assert (answer.status_code, answer.mimetype) == (200, "application/gzip")
    assert "Content-Encoding" not in answer.headers
    assert gzip.decompress(answer.get_data()) == client.get(f"/download/{job_id}/{name}").get_data()
    assert f"{job_id}/{name}.gz" in client.get(f"/status/{job_id}").get_data(as_text=True)


def test_the_csv_can_be_read(client, done):
    text = client.get(f"/download/{done()}/enriched_log.csv").get_data(as_text=True)
    assert next(csv.DictReader(io.StringIO(text)))["activity_type"] == "Study_P"


@pytest.mark.parametrize(
    "name", ["nothing.csv", "nothing.xes.gz", "manifest.json.gz", "..%2Fsecret_key", "results.zip", "secret_key"]
)
def test_it_knows_no_other_file(client, done, name):
    assert client.get(f"/download/{done()}/{name}").status_code == 404


def test_it_answers_409_before_the_end(client, manager, upload):
    upload()
    job_id = manager.create_job(owner=manager.list_jobs()[0].owner)
    answer = client.get(f"/download/{job_id}")
    assert answer.status_code == 409
    assert "not ready yet" in answer.get_data(as_text=True)


def test_it_answers_409_with_the_reason_for_a_job_that_failed(client, upload):
    job_id = upload("Time,Description\n", json=True).get_json()["job_id"]
    finish(client, job_id)
    answer = client.get(f"/download/{job_id}", headers={"Accept": "application/json"})
    assert answer.status_code == 409
    assert "has no events" in answer.get_json()["error"]


@pytest.mark.parametrize("name", ["", "/enriched_log.csv"])
def test_it_answers_410_once_expired(client, manager, done, name):
    job_id = done()
    sweep(manager, timedelta(hours=24), timedelta(hours=1), now() + timedelta(hours=25))
    assert client.get(f"/download/{job_id}{name}").status_code == 410
    assert "expired" in client.get("/").get_data(as_text=True)
    assert "were deleted" in client.get(f"/status/{job_id}").get_data(as_text=True)


def test_it_answers_404_after_delete(client, done):
    job_id = done()
    client.post(f"/jobs/{job_id}/delete")
    assert client.get(f"/download/{job_id}").status_code == 404
