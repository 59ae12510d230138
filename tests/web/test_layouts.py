"""Several logs with different columns: each kind is shown once, and corrected apart."""

import csv
import io
import zipfile

import pytest
from conftest import finish, log_text, until, viewed
from lxml import html

from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process
from moodlelogsmart.web import layouts

JSON = {"Accept": "application/json"}
ZONE = "America/Sao_Paulo"
HEADER = [*viewed(4)]
SWAPPED = [{"User full name": "Affected user", "Affected user": "User full name"}.get(name, name) for name in HEADER]


def log(user, header=None, day=3):
    rows = list(csv.reader(io.StringIO(log_text([viewed(user, name=f"Person {user}", time=f"0{day}/04/21, 12:39")]))))
    out = io.StringIO()
    csv.writer(out).writerows([header or rows[0], *rows[1:]])
    return out.getvalue()


def files(*logs):
    return [(io.BytesIO(text.encode()), f"log{place}.csv") for place, text in enumerate(logs, start=1)]


def results(client, job_id):
    archive = zipfile.ZipFile(io.BytesIO(client.get(f"/download/{job_id}").data))
    return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def run(client):
    """A completed job of several logs: its id."""

    def post(*logs):
        data = {"file": files(*logs), "timezone": ZONE}
        answer = client.post("/upload", data=data, headers=JSON)
        job_id = answer.get_json()["job_id"]
        assert finish(client, job_id)["status"] == "completed"
        return job_id

    return post


@pytest.fixture
def page(client):
    def get(job_id):
        return html.fromstring(client.get(f"/check/{job_id}").text)

    return get


def send(client, form):
    data = {}
    for name, value in form.form_values():
        data.setdefault(name, []).append(value)
    return client.post(form.action, data=data, headers=JSON)


def people(files):
    return {row["user_full_name"] for row in csv.DictReader(io.StringIO(files["enriched_log.csv"].decode()))}


def test_the_columns_of_one_log_are_corrected_and_those_of_the_others_stay(client, run, page, tmp_path):
    logs = log(5), log(6, SWAPPED), log(7), log(8, SWAPPED)
    job_id = run(*logs)
    shown = page(job_id)
    assert [one.text_content() for one in shown.xpath('//*[@id="part-columns"]//h2')] == [
        "log1.csv, log3.csv",
        "log2.csv, log4.csv",
    ]
    form = shown.forms[0]
    form.fields["column-2-2"], form.fields["column-2-3"] = "user_full_name", "affected_user"
    again = finish(client, send(client, form).get_json()["job_id"])
    by_page = results(client, again["job_id"])
    assert people(by_page) == {"Person 5", "Person 6", "Person 7", "Person 8"}
    said = ["2:user_full_name=2", "2:affected_user=3", "4:user_full_name=2", "4:affected_user=3"]
    paths = [tmp_path / f"log{place}.csv" for place in range(1, 5)]
    for path, text in zip(paths, logs, strict=True):
        path.write_text(text)
    process(paths, Options(timezone=ZONE, columns=said), tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        by_command = {name: archive.read(name) for name in archive.namelist()}
    assert by_page == by_command
    (tmp_path / "c.yaml").write_bytes(by_command["corrections.yaml"])
    process(paths, Options(timezone=ZONE, corrections=tmp_path / "c.yaml"), tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == by_command


def test_what_is_said_of_one_log_counts_before_what_is_said_of_all(enrich):
    said = {"columns": ["user_full_name=2,affected_user=3", "2:user_full_name=3", "2:affected_user=2"]}
    assert {row["user_full_name"] for row in enrich(log(5), log(6), **said).events} == {"Person 5", "-"}


def test_logs_of_the_same_columns_are_shown_once_and_corrected_together(client, run, page):
    form = page(run(log(5, SWAPPED), log(6, SWAPPED))).forms[0]
    form.fields["column-2"], form.fields["column-3"] = "user_full_name", "affected_user"
    again = finish(client, send(client, form).get_json()["job_id"])
    assert people(results(client, again["job_id"])) == {"Person 5", "Person 6"}


def test_a_log_that_is_not_there_cannot_be_told_of(enrich):
    with pytest.raises(Exception, match="Something is told of log number 3, and the last one is number 2"):
        enrich(log(5), log(6), columns=["3:time=1"])


def test_of_many_kinds_of_columns_the_first_are_shown(client, run, page, monkeypatch):
    monkeypatch.setattr("moodlelogsmart.web.check.LAYOUTS", 2)
    monkeypatch.setattr(layouts, "LAYOUTS", 2)
    shown = page(run(log(5), log(6, SWAPPED), log(7, HEADER[:-1])))
    assert len(shown.xpath('//*[@id="part-columns"]//table')) == 2
    assert "The columns of 1 more log are other ones" in shown.text_content()


def test_the_log_that_is_not_clear_is_corrected_and_not_the_one_before_it(client, page):
    moved = [name for name in HEADER if name != "Time"]
    rows = log_text([viewed(6) | {"Wann": "at noon"}], [*moved, "Wann"])
    data = {"file": files(log(5), rows), "timezone": ZONE, "check": "1"}
    job_id = client.post("/upload", data=data, headers=JSON).get_json()["job_id"]
    until(lambda: client.get(f"/status/{job_id}", headers=JSON).get_json()["stage"] == "check")
    shown = page(job_id)
    assert "log2.csv has no column “Time”" in shown.get_element_by_id("unclear").text_content()
    form = shown.forms[0]
    form.fields["column-9"] = "time"
    assert send(client, form).status_code == 202
    summary = finish(client, job_id)["summary"]
    assert (summary["events_kept"], summary["dropped"]) == (1, {"no_time": 1})
    assert summary["corrections"]["columns"] == {"2:time": 9}
