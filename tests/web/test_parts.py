"""Each part of what was understood, shown by `GET /check/JOB`, has a wrong guess that is corrected, and the result
changes by it: by the page, by the command's options and by a file of corrections alike, byte for byte.

| part of the page, or of `reading` | corrected by | where a guess of it is wrong | test |
| --- | --- | --- | --- |
| kind (text, JSON, page) | `kind` | a log whose first label looks like JSON or a web page | here: kind |
| kind (spreadsheet, dump, backup) | - | shown only once its bytes were read as that, which nothing else can be | - |
| form (report, table, before 2.7) | `form` | a report by hand with two columns of the database | here: form |
| delimiter | `delimiter` | rows without a header whose texts are full of commas | here: delimiter |
| language | `log_language` | “Questionário” is a quiz in Brazil and a questionnaire in Portugal; “listopad” is October in Croatian and November in Polish | here: language of names, of months |
| encoding, letters_lost | `encoding` | | test_check: zone, encoding and year |
| columns | `columns` | two labels that were swapped | test_check: columns are chosen; test_layouts for several logs |
| date_order, time_format | `date_order` | day or month first; two digits of a year first, also beside a word | test_check: the dates; here: date_order |
| dates_turned, dates_stored, orders | `date_order` | dates of a workbook, or saved by one as text | test_check: dates that a spreadsheet turned or not; here: date_order of; tests/reading/test_orders.py |
| year, first_year | `year` | | test_check: zone, encoding and year |
| timezone, first and last event | `timezone` | | test_check: zone, encoding and year |
| newest_first | `row_order` | all rows of one minute | here: row_order |
| learners, staff, doubtful people | `learners`, `staff`, a list | | test_check: who is ticked, a kind of act |
| unknown events | `meanings` | | test_check: a kind of event gets a meaning |
| files_left_out, kinds_left_out | sent alone, with `columns` | | tests/web/test_asking.py |
| rows, samples, name, rewritten | - | what was counted and copied, and no guess | - |
"""

import io
import json
import zipfile

import pytest
import yaml
from conftest import event as logged
from conftest import finish, log_text, until, viewed
from lxml import html
from test_layouts import send

from moodlelogsmart.messages import LogError
from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process

ZONE = "America/Sao_Paulo"
SAYS = "The user with id '{}' viewed the course with id '2'."


def headerless():
    """Rows with semicolons between their cells, and more commas within them."""
    names = "Course: " + ", ".join("ABCDEFGHIJ")
    rows = [f"0{n}/11/19 21:40;Lima, Ana;{names};System;Course viewed;{SAYS.format(n)}" for n in range(1, 9)]
    return "\n".join(rows)


def in_portuguese():
    return log_text([logged("-", name="Bo Silva", component="Questionário", event_name="Tentativa enviada", time=f"0{day}/04/21, 09:00") for day in (1, 2)])  # fmt: skip


def by_hand():
    header = ["eventname", "userid", "timecreated", "Description"]
    return "\n".join([",".join(header), *(f"Course viewed,{n},0{n}/11/19 21:40,{SAYS.format(n + 40)}" for n in range(1, 9))])  # fmt: skip


def of_one_minute():
    return log_text([viewed(5, module) for module in ("quiz", "page")])


def days_or_years():
    return log_text([viewed(5, time=f"10/11/12, 09:0{n}") for n in range(3)])


LOGS = {
    "delimiter": (headerless(), {"delimiter": "semicolon"}),
    "language of names": (in_portuguese(), {"log_language": "pt"}),
    "language of a whole name": (
        log_text(
            [logged("-", component="Estatísticas", event_name="Relatório de estatísticas visualizado", name="Bo Silva")]
        ),
        {"log_language": "pt"},
    ),
    "language of months": (log_text([viewed(5, time="12 listopad 2021, 09:00")]), {"log_language": "hr"}),
    "form": (by_hand(), {"form": "report"}),
    "row_order": (of_one_minute(), {"row_order": "newest_first"}),
    "date_order": (days_or_years(), {"date_order": "ymd"}),
    "date_order beside a month in words": (
        log_text([viewed(5, time=f"10 Nov 12, 09:0{n}") for n in range(3)]),
        {"date_order": "ymd"},
    ),
    "date_order of dates that a spreadsheet saved as text": (
        log_text([viewed(5, time=f"2021-0{n}-10 09:00") for n in (3, 7, 9)]),
        {"date_order": "dmy"},
    ),
}


def files_of(archive):
    with zipfile.ZipFile(archive) as results:
        return {name: results.read(name) for name in results.namelist()}


@pytest.fixture
def command(tmp_path):
    """The files that the pipeline makes with options; nothing where it refuses the log."""

    def run(log, **options):
        (tmp_path / "log.csv").write_text(log)
        try:
            process(tmp_path / "log.csv", Options(timezone=ZONE, **options), tmp_path / "out.zip")
        except LogError:
            return {}
        return files_of(tmp_path / "out.zip")

    return run


@pytest.mark.parametrize("part", LOGS)
def test_a_wrong_guess_is_corrected_by_page_command_and_file_alike(client, upload, command, tmp_path, part):
    log, said = LOGS[part]
    job_id = upload(log, json=True, timezone=ZONE, check="1").get_json()["job_id"]
    until_asked(client, job_id)
    form = html.fromstring(client.get(f"/check/{job_id}").text).forms[0]
    ((name, value),) = said.items()
    form.fields[name] = value
    answer = send(client, form)
    assert answer.status_code == 202, answer.get_json()
    facts = finish(client, job_id)
    assert facts["status"] == "completed", facts
    by_page = files_of(io.BytesIO(client.get(f"/download/{job_id}").data))
    by_command = command(log, **said)
    assert by_page == by_command
    file = tmp_path / "corrections.yaml"
    file.write_bytes(by_command["corrections.yaml"])
    assert yaml.safe_load(file.read_text()) == {**said, "timezone": ZONE}
    assert command(log, corrections=file) == by_command
    guessed = command(log)
    assert guessed.get("enriched_log.csv") != by_command["enriched_log.csv"]


def until_asked(client, job_id):
    def over():
        facts = client.get(f"/status/{job_id}", headers={"Accept": "application/json"}).get_json()
        return facts if facts["status"] != "processing" or facts["stage"] == "check" else None

    assert until(over)["stage"] == "check"


@pytest.mark.parametrize("label", ["[]", "<id>", "{}"])
def test_a_text_that_begins_like_another_kind_is_read_and_its_kind_can_be_said(client, upload, command, label):
    log = log_text([viewed(5) | {label: "-"}], [label, *viewed(5)])
    guessed = finish(client, upload(log, json=True, timezone=ZONE).get_json()["job_id"])
    assert guessed["status"] == "completed", guessed
    told = client.get(f"/check/{guessed['job_id']}", headers={"Accept": "application/json"}).get_json()
    kind = told["reading"]["files"][0]["kind"]
    assert (kind["value"], kind["sure"]) == ("text", False)
    form = html.fromstring(client.get(f"/check/{guessed['job_id']}").text).forms[0]
    assert form.fields["kind"] == "text"
    facts = finish(client, upload(log, json=True, timezone=ZONE, kind="text").get_json()["job_id"])
    assert facts["status"] == "completed", facts
    by_page = files_of(io.BytesIO(client.get(facts["download_url"]).data))
    assert by_page == command(log, kind="text")
    assert json.loads(by_page["manifest.json"])["corrections"] == {"kind": "text", "timezone": ZONE}


def test_the_letter_itself_says_what_stands_between_columns(command):
    by_word = command(headerless(), delimiter="semicolon")
    assert command(headerless(), delimiter=";") == by_word
    tabs = headerless().replace(";", "\t")
    assert command(tabs, delimiter="\t") == command(tabs, delimiter="tab") != {}


def test_what_was_said_of_columns_goes_with_the_delimiter_that_made_them(client, upload, command):
    job_id = upload(headerless(), json=True, timezone=ZONE, check="1", columns="user_full_name=2").get_json()["job_id"]
    until_asked(client, job_id)
    client.post(f"/jobs/{job_id}/rerun", data={"delimiter": "semicolon"})
    assert finish(client, job_id)["status"] == "completed"
    by_page = files_of(io.BytesIO(client.get(f"/download/{job_id}").data))
    assert by_page == command(headerless(), delimiter="semicolon")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"delimiter": "x"}, "Between columns there can be one of these"),
        ({"log_language": "klingon"}, "is not known; write it by Moodle's code"),
        ({"form": "x"}, "The form of a log"),
        ({"kind": "sheet"}, "The kind of a file"),
        ({"row_order": "x"}, "The order of the rows"),
        ({"columns": "2:foo=1"}, "There is no column “foo”"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(upload, fields, sentence):
    answer = upload(json=True, **fields)
    assert (answer.status_code, sentence in answer.get_json()["error"]) == (400, True)
