"""What the logs of a job are called is known wherever the job runs, and told to nobody but its owner."""

import io
import logging

import pytest
from conftest import finish, log_text, viewed

from moodlelogsmart.jobs import Job, JobManager
from moodlelogsmart.jobs.job import FAILED
from moodlelogsmart.jobs.names import read_names, write_names
from moodlelogsmart.messages import NAME_SHOWN, LogError, from_data, nameless

EMPTY = "Time,Description\n"
JSON = {"Accept": "application/json"}


@pytest.fixture
def rerun(client):
    def run(job_id, **fields):
        answer = client.post(f"/jobs/{job_id}/rerun", data=fields, headers=JSON)
        assert answer.status_code == 202, answer.get_json()
        return finish(client, answer.get_json()["job_id"])

    return run


def left_out(facts):
    (warning,) = [one for one in facts["summary"]["warnings"] if one["code"] == "files_left_out"]
    return warning["text"]


@pytest.fixture
def two(client):
    """A completed job of a log and a file that is none."""
    files = [(io.BytesIO(log_text([viewed(4)]).encode()), "course.csv"), (io.BytesIO(b"%PDF-1.7\n"), "programme.pdf")]
    answer = client.post("/upload", data={"file": files}, headers=JSON)
    return finish(client, answer.get_json()["job_id"])


def test_what_runs_again_knows_the_names(two, rerun):
    told = "Used: course.csv. Not used: programme.pdf (PDF)."
    assert left_out(two) == told
    again = rerun(two["job_id"])
    assert left_out(again) == told
    assert left_out(rerun(again["job_id"], session_gap="45")) == told


def test_a_new_file_has_its_own_name_and_the_job_before_keeps_its_own(two, rerun):
    assert rerun(two["job_id"], file=(io.BytesIO(EMPTY.encode()), "other.csv"))["error"].startswith(
        "other.csv has no events."
    )
    assert left_out(rerun(two["job_id"])) == "Used: course.csv. Not used: programme.pdf (PDF)."


def test_the_names_go_with_the_log(client, upload, tmp_path):
    job_id = upload(json=True, keep_input="0").get_json()["job_id"]
    finish(client, job_id)
    assert [path.name for path in (tmp_path / "instance" / "jobs").rglob("names.json")] == []


def test_a_folder_of_an_earlier_version_says_this_file(client, two, manager, rerun):
    (manager.get_job(two["job_id"]).input_file / "names.json").unlink()
    facts = rerun(two["job_id"])
    assert left_out(facts) == "Files that are no logs and were not used: 1 (PDF)."
    assert facts["error"] is None


def test_a_name_is_in_no_line_of_the_servers_log(client, upload, caplog):
    caplog.set_level(logging.DEBUG)
    upload(b"%PDF-1.7\n", name="work of Ana Souza.csv")
    finish(client, upload(EMPTY, name="work of Ana Souza.csv", json=True).get_json()["job_id"])
    assert caplog.records
    assert not [record for record in caplog.records if "Souza" in str(vars(record))]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("C:\\logs\\course.csv", "course.csv"),
        ("../../etc/passwd", "passwd"),
        ("a\x1b[31m\nb.csv", "a\ufffd[31m\ufffdb.csv"),
        ("100 %(file)s %d.csv", "100 %(file)s %d.csv"),
        ("x" * 300, "x" * (NAME_SHOWN - 1) + "…"),
    ],
)
def test_a_name_is_cut_and_made_harmless(tmp_path, name, shown):
    write_names(tmp_path, {"000": name})
    assert read_names(tmp_path) == {"000": shown}
    error = LogError("%(file)s is empty.")
    assert str(error) == "This file is empty."
    error.name(name)
    assert (error.message, str(error)) == (f"{shown} is empty.", f"{shown} is empty.")
    error.name("another.csv")
    assert error.message.parameters == {"file": shown}
    assert nameless(error.message) == "This file is empty."


def test_what_is_a_script_in_a_name_is_text_on_a_page(upload):
    page = upload(b"", name="<b>x</b>.csv").get_data(as_text=True)
    assert "<b>x" not in page
    assert "&lt;b&gt;" in page or "b&gt;.csv is empty" in page


def test_a_job_that_is_emptied_tells_no_name(tmp_path):
    manager = JobManager(tmp_path)
    error = LogError("%(file)s is empty.")
    error.name("Ana Souza.csv")
    job = Job("1", status=FAILED, error=error.message, title="Ana Souza.csv")
    manager.jobs["1"] = job
    manager.cleanup_job("1")
    assert manager.get_job("1").error == "This file is empty."


def test_a_damaged_list_of_names_is_none(tmp_path):
    (tmp_path / "names.json").write_text("[1")
    assert read_names(tmp_path) == {}


def test_sentences_within_sentences_survive_being_written_down():
    data = {"template": "%(file)s is empty.", "parameters": {"file": {"template": "This file", "parameters": {}}}}
    assert from_data(data) == "This file is empty."
