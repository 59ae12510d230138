"""A finished job runs again with corrections, without a new upload; and its log goes when it is due."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from conftest import finish, graded, log_text, until, viewed
from lxml import html

from moodlelogsmart.jobs.job import now
from moodlelogsmart.jobs.retention import sweep
from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process
from moodlelogsmart.report.labels import time_of_day

LOG = log_text(
    [graded(4, 5, name="Ana Lima", time="03/04/21, 12:39"), viewed(5, name="Bo Silva", time="05/04/21, 12:39")]
)


@pytest.fixture
def rerun(client):
    def post(job_id, browser=client, **fields):
        return browser.post(f"/jobs/{job_id}/rerun", data=fields, headers={"Accept": "application/json"})

    return post


@pytest.fixture
def again(client, rerun):
    """The files of a job that ran again."""

    def run(job_id, **fields):
        answer = rerun(job_id, **fields)
        assert answer.status_code == 202, answer.get_json()
        facts = finish(client, answer.get_json()["job_id"])
        assert facts["status"] == "completed", facts
        return facts, files_of(client, facts["job_id"])

    return run


def files_of(client, job_id):
    archive = zipfile.ZipFile(io.BytesIO(client.get(f"/download/{job_id}").data))
    return {name: archive.read(name) for name in archive.namelist()}


def manifest_of(files):
    return json.loads(files["manifest.json"])


def test_a_rerun_gives_what_the_command_gives_with_the_same_corrections(client, done, again, tmp_path):
    job_id = done(LOG, timezone="America/Sao_Paulo")
    said = {"date_order": "mdy", "learners": ["4"], "meanings": ["page/course_module_viewed=View"]}
    facts, files = again(job_id, **said)
    assert facts["rerun_of"] == job_id
    (tmp_path / "log.csv").write_text(LOG)
    options = Options(timezone="America/Sao_Paulo", date_order="mdy", learners=("4",), meanings=tuple(said["meanings"]))
    process(tmp_path / "log.csv", options, tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert files == {name: archive.read(name) for name in archive.namelist()}


def test_without_a_correction_it_gives_the_same_bytes(done, client, again):
    job_id = done(LOG, session_gap="45", keep="staff")
    assert again(job_id)[1] == files_of(client, job_id)


def test_corrections_add_up_and_the_last_word_counts(done, again):
    first, _files = again(done(LOG), learners=["Ana Lima"], date_order="mdy")
    _facts, files = again(first["job_id"], staff=["Ana Lima", "5"], year="2021")
    assert yaml.safe_load(files["corrections.yaml"]) == {
        "date_order": "mdy",
        "year": 2021,
        "staff": ["5", "Ana Lima"],
    }


def test_an_option_that_is_sent_empty_has_its_default_again(done, again):
    job_id = done(LOG, timezone="America/Sao_Paulo", session_gap="45")
    options = manifest_of(again(job_id, session_gap="")[1])["options"]
    assert (options["session_gap"], options["timezone"]) == (30, "America/Sao_Paulo")


def test_of_two_jobs_with_one_log_each_keeps_it_when_the_other_is_deleted(done, client, rerun, again):
    first = done(LOG)
    second = again(first)[0]["job_id"]
    client.post(f"/jobs/{first}/delete")
    assert manifest_of(again(second)[1])["events_kept"] == 1
    assert rerun(first).status_code == 404


def test_the_log_goes_when_it_is_due_and_then_the_file_is_asked_for_and_corrections_stay(done, client, manager, rerun, again):  # fmt: skip
    job_id = again(done(LOG), learners=["Ana Lima"])[0]["job_id"]
    kept = (timedelta(days=1), timedelta(hours=1))
    sweep(manager, *kept, now() + timedelta(minutes=59), timedelta(minutes=60))
    assert manager.get_job(job_id).can_rerun
    sweep(manager, *kept, now() + timedelta(minutes=61), timedelta(minutes=60))
    assert {path.name for path in manager.folder(job_id).iterdir()} == {"results.zip", "summary.json", "people.sqlite"}
    gone = rerun(job_id)
    assert (gone.status_code, "Choose the file again" in gone.get_json()["error"]) == (410, True)
    facts, files = again(job_id, file=(io.BytesIO(LOG.encode()), "log.csv"), date_order="mdy")
    assert yaml.safe_load(files["corrections.yaml"]) == {"date_order": "mdy", "learners": ["Ana Lima"]}
    assert facts["status"] == "completed"


def test_it_is_not_kept_where_its_owner_or_the_installation_does_not_want_it(done, client, manager, rerun, app):
    job_id = done(LOG, keep_input="0")
    assert rerun(job_id).status_code == 410
    assert [path.name for path in manager.folder(job_id).rglob("*") if path.name == "logs"] == []
    assert "rerun_url" not in client.get(f"/status/{job_id}", headers={"Accept": "application/json"}).get_json()


def test_delete_now_deletes_the_log_too(done, client, manager):
    job_id = done(LOG)
    assert manager.get_job(job_id).input_file.exists()
    client.post(f"/jobs/{job_id}/delete")
    assert not manager.folder(job_id).exists()


def test_what_is_corrected_names_nobody_in_the_journal(done, again, settings):
    again(done(LOG), staff=["Bo Silva"], learners=["Ana Lima"])
    journal = list(Path(settings["instance"]).glob("*sqlite3*"))
    assert journal
    assert not [path for path in journal if b"Bo Silva" in path.read_bytes()]


@pytest.mark.parametrize("choice", ["site", "own", "key"])
def test_pseudonyms_stay_pseudonyms(done, client, again, choice):
    chosen = {"key": (io.BytesIO(b"ab" * 32), "my.key")} if choice == "key" else {"pseudonyms": choice}
    job_id = done(LOG, **chosen)
    if choice == "own":
        assert client.post(f"/jobs/{job_id}/key").status_code == 200
    _facts, files = again(job_id, learners=["Ana Lima"])
    codes = manifest_of(files)["corrections"]["learners"]
    # The codes are those of the job before, and are understood.
    _facts, same = again(job_id, learners=codes)
    assert manifest_of(same)["corrections"]["learners"] == codes
    assert manifest_of(same)["learners"] == 2
    for name, content in {**files, **same}.items():
        assert b"Ana Lima" not in content, name


def test_a_rerun_writes_a_slim_xes_where_a_program_asks_for_it(done, again):
    _facts, files = again(done(LOG), xes="slim")
    assert manifest_of(files)["options"]["xes"] == "slim"
    assert b"concept:name" in files["enriched_log.xes"]
    assert b"event_context" not in files["enriched_log.xes"]


def test_somebody_elses_job_and_one_under_way_are_not_run_again(done, app, rerun, manager, client):
    assert rerun(done(LOG), browser=app.test_client()).status_code == 404
    owner = manager.get_job(done(LOG)).owner
    under_way = manager.create_job(owner=owner)
    assert rerun(under_way).status_code == 409


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"date_order": "x"}, "The order of a date"),
        ({"meanings": ["a/b=Nothing"]}, "An activity type is one of"),
        ({"columns": ["foo=1"]}, "There is no column"),
        ({"staff": ["4"], "learners": ["4"]}, "both learn and teach"),
    ],
)
def test_a_correction_that_cannot_be_is_refused_and_nothing_is_left(done, rerun, manager, fields, sentence):
    job_id = done(LOG)
    answer = rerun(job_id, **fields)
    assert (answer.status_code, sentence in answer.get_json()["error"]) == (400, True)
    assert [path.name for path in manager.folder(job_id).parent.iterdir()] == [job_id]
    assert len(manager.list_jobs()) == 1


def test_the_pages_of_both_lead_to_one_another(done, client, again):
    first = done(LOG)
    second = again(first, learners=["4"])[0]["job_id"]
    assert f"/status/{second}" in client.get(f"/status/{first}").text
    assert f"/status/{first}" in client.get(f"/status/{second}").text


def head(client, job_id, headers=None):
    """The notes above a report, as text, with the addresses that they lead to."""
    page = html.fromstring(client.get(f"/status/{job_id}", headers=headers or {"Accept-Language": "en"}).text)
    notes = page.xpath('//p[@class="note"]')
    return " ".join(" ".join(one.text_content().split()) for one in notes), [
        link for one in notes for link in one.xpath("./a/@href")
    ]


def sent(client, job_id, **changed):
    """The job of the form of the check page, as it stands but for what is changed."""
    form = html.fromstring(client.get(f"/check/{job_id}").text).forms[0]
    data = {}
    for name, value in form.form_values():
        data.setdefault(name, []).append(value)
    answer = client.post(form.action, data=data | changed, headers={"Accept": "application/json"})
    return finish(client, answer.get_json()["job_id"])["job_id"]


def test_what_is_run_again_unchanged_says_just_that(client, done):
    first = done(LOG, date_order="mdy", timezone="America/Sao_Paulo", title="Mine", **{"from": "2021-01-01"})
    second = sent(client, sent(client, first, learners=["4", "5"]))
    assert head(client, second)[0] == "Run again. The result before"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"title": "Of mine"}, "Title of the report: Of mine."),
        ({"session_gap": "45"}, "A new session starts after a pause of … minutes: 45."),
        ({"from": "2021-04-01"}, "Only from this day on: 2021-04-01."),
        ({"finished": "1"}, "Only people who handed in or tried the last exercise."),
        ({"grades_in_log": "1"}, "Also write grades into the files for process mining."),
        ({"pseudonyms": "site"}, "Names in the results: codes"),
        ({"date_order": "mdy", "title": "x"}, "Order of the date: mdy. Title of the report: x."),
    ],
)
def test_it_says_by_the_labels_of_the_form_what_differs(client, done, changed, says):
    first = done(LOG)
    text, links = head(client, sent(client, first, **changed))
    assert text.startswith(f"Run again with corrections. {says}")
    assert text.endswith("The result before")
    assert links == [f"/status/{first}"]


def test_it_names_lists_that_came_and_only_what_is_new(client, done):
    first = sent(client, done(LOG), date_order="mdy")
    groups = (io.BytesIO(b"Name,Groups\nBo Silva,A\n"), "g.csv")
    assert (
        head(client, sent(client, first, groups=groups))[0] == "Run again with corrections. Groups. The result before"
    )


def test_once_the_job_before_is_deleted_it_says_what_was_corrected_alone(client, done):
    first = done(LOG)
    second, third = sent(client, first, date_order="mdy"), sent(client, first)
    client.post(f"/jobs/{first}/delete")
    client.get("/")  # which says that it was deleted
    assert head(client, second) == ("Corrected by hand. Order of the date: mdy.", [])
    assert head(client, third) == ("", [])


def test_what_was_corrected_before_the_first_run_is_said_as_well(client, upload):
    job_id = upload(LOG, json=True, check="1").get_json()["job_id"]
    until(
        lambda: client.get(f"/status/{job_id}", headers={"Accept": "application/json"}).get_json()["stage"] == "check"
    )
    assert sent(client, job_id, date_order="mdy") == job_id
    assert head(client, job_id) == ("Corrected by hand. Order of the date: mdy.", [])


def test_what_is_corrected_once_the_log_is_gone_is_told_from_what_was(client, done, manager):
    first = sent(client, done(LOG), learners=["5", "4"])
    sweep(manager, timedelta(days=1), timedelta(hours=1), now() + timedelta(minutes=61), timedelta(minutes=60))
    second = sent(client, first, date_order="mdy", file=(io.BytesIO(LOG.encode()), "log.csv"))
    assert head(client, second)[0] == "Run again with corrections. Order of the date: mdy. The result before"


@pytest.mark.parametrize(
    ("language", "until_then", "gone"),
    [
        ("en", "It can be corrected until {}; after that the file will be asked", "The log is not kept any more"),
        ("pt_BR", "Pode ser corrigido até {}; depois disso", "O log não está mais guardado"),
        ("es", "Se puede corregir hasta {}; después", "El registro ya no se conserva"),
    ],
)
def test_the_result_says_until_when_it_can_be_corrected(client, done, manager, language, until_then, gone):
    def said():
        page = html.fromstring(client.get(f"/status/{job_id}?lang={language}").text)
        return page.get_element_by_id("until").text

    job_id = done(LOG, timezone="America/Sao_Paulo")
    # An hour after it was made, by the clock that was chosen last.
    ends = (manager.get_job(job_id).completed_at + timedelta(hours=1)).astimezone(ZoneInfo("America/Sao_Paulo"))
    assert said().startswith(until_then.format(time_of_day(ends, language)))
    manager.drop_input(job_id)
    assert said().startswith(gone)
