"""Of several logs that are handed in together one can be corrected alone: the order of its dates, its year, its letters."""

import csv
import io
import json

import pytest
import yaml
from conftest import finish, log_text, until, viewed
from lxml import html
from test_layouts import JSON, ZONE, files, results, send
from test_parts import files_of

from moodlelogsmart.messages import LogError
from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process

EITHER = [log_text([viewed(user, time=f"0{n}/05/21, 09:00") for n in (3, 4)]) for user in (5, 6)]
YEARLESS = [log_text([viewed(user, time=f"{n} {month}, 09:00") for n in (3, 4)]) for user, month in ((5, "May"), (6, "October"))]  # fmt: skip
LETTERS = [log_text([viewed(user, name=f"Zoë Ångström {user}")]) for user in (5, 6)]


@pytest.fixture
def run(client):
    """A completed job of several logs: its id."""

    def post(*logs):
        job_id = client.post("/upload", data={"file": [*logs], "timezone": ZONE}, headers=JSON).get_json()["job_id"]
        assert finish(client, job_id)["status"] == "completed"
        return job_id

    return post


@pytest.fixture
def command(tmp_path):
    """The files that the pipeline makes of the logs with options."""

    def make(logs, **options):
        paths = [tmp_path / f"log{place}.csv" for place in range(1, len(logs) + 1)]
        for path, log in zip(paths, logs, strict=True):
            path.write_bytes(log if isinstance(log, bytes) else log.encode())
        process(paths, Options(timezone=ZONE, **options), tmp_path / "out.zip")
        return files_of(tmp_path / "out.zip")

    return make


def days(files):
    rows = csv.DictReader(io.StringIO(files["enriched_log.csv"].decode()))
    return {row["user_id"]: row["time"][:10] for row in rows}


CASES = {
    "date_order": (EITHER, "2:date_order=mdy", {"5": "2021-05-04", "6": "2021-04-05"}),
    "year": (YEARLESS, "1:year=2019", {"5": "2019-05-04"}),
}


@pytest.mark.parametrize("part", CASES)
def test_one_log_is_corrected_by_page_command_and_file_alike_and_the_other_stays(client, run, command, tmp_path, part):
    logs, said, expected = CASES[part]
    guessed = days(command(logs))
    job_id = run(*files(*logs))
    form = html.fromstring(client.get(f"/check/{job_id}").text).forms[0]
    place, value = said[0], said.partition("=")[2]
    form.fields[f"{part}-{place}"] = value
    again = finish(client, send(client, form).get_json()["job_id"])
    by_page = results(client, again["job_id"])
    by_command = command(logs, of_log=(said,))
    assert by_page == by_command
    assert days(by_page) == guessed | expected
    told = yaml.safe_load(by_page["corrections.yaml"])
    assert told["of_log"] == {f"{place}:{part}": int(value) if part == "year" else value}
    (tmp_path / "c.yaml").write_bytes(by_command["corrections.yaml"])
    assert command(logs, corrections=tmp_path / "c.yaml") == by_command


def test_the_letters_of_one_log_are_put_right_alone(client, run):
    logs = [LETTERS[0].encode("utf-8"), LETTERS[1].encode("cp1252")]
    job_id = run(*((io.BytesIO(log), f"log{place}.csv") for place, log in enumerate(logs, start=1)))
    form = html.fromstring(client.get(f"/check/{job_id}").text).forms[0]
    assert (form.fields["encoding-1"], form.fields["encoding-2"]) == ("utf-8", "cp1252")
    form.fields["encoding-2"] = "cp1251"
    again = finish(client, send(client, form).get_json()["job_id"])
    names = {row["user_full_name"] for row in csv.DictReader(io.StringIO(results(client, again["job_id"])["enriched_log.csv"].decode()))}  # fmt: skip
    assert names == {"Zoë Ångström 5", "Zoл Еngstrцm 6"}


def test_what_is_said_of_one_log_counts_before_what_is_said_of_all_and_later_words_before_both(client, run):
    job_id = run(*files(*EITHER))
    first = client.post(f"/jobs/{job_id}/rerun", data={"date_order": "mdy", "of_log": "2:date_order=dmy"}, headers=JSON)
    first = finish(client, first.get_json()["job_id"])["job_id"]
    assert days(results(client, first)) == {"5": "2021-04-05", "6": "2021-05-04"}
    last = client.post(f"/jobs/{first}/rerun", data={"date_order": "mdy"}, headers=JSON).get_json()["job_id"]
    finish(client, last)
    assert days(results(client, last)) == {"5": "2021-04-05", "6": "2021-04-05"}


def test_the_year_that_is_asked_of_one_log_is_not_that_of_the_other(client):
    from test_asking import YEARS

    data = {"file": files(YEARLESS[0], YEARS), "timezone": ZONE, "check": "1"}
    job_id = client.post("/upload", data=data, headers=JSON).get_json()["job_id"]
    until(lambda: client.get(f"/status/{job_id}", headers=JSON).get_json()["stage"] == "check")
    form = html.fromstring(client.get(f"/check/{job_id}").text).forms[0]
    form.fields["year"] = "2020"
    assert send(client, form).status_code == 202
    summary = finish(client, job_id)["summary"]
    assert summary["corrections"]["of_log"] == {"2:year": 2020}
    told = json.loads(results(client, job_id)["manifest.json"])
    assert summary["last_time"][:4] != "2020"
    assert told["corrections"]["of_log"] == {"2:year": 2020}


@pytest.mark.parametrize("said", ["2:foo=1", "date_order=mdy", "0:year=2020", "2:year=1066", "2:date_order=x"])
def test_what_cannot_be_said_of_one_log_is_refused_with_a_sentence(enrich, said):
    with pytest.raises(LogError, match=r"told as in 2:date_order|year of the newest event|date_order of a log"):
        enrich(EITHER[0], EITHER[1], of_log=(said,))


def test_nothing_can_be_said_of_a_log_that_is_not_there(enrich):
    with pytest.raises(LogError, match="Something is told of log number 3, and the last one is number 2"):
        enrich(*EITHER, of_log=("3:date_order=mdy",))
