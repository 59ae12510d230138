"""What a page shows never grows with the number of people or the length of names; the files have all."""

import csv
import io
import json
import zipfile

import pytest
from conftest import event, finish, graded, log_text, viewed

from moodlelogsmart.jobs.child import encoded

MANY, LONG = 200, "x" * 50_000


def teachers(number=MANY, name="Tea Cher"):
    return [graded(1000 + one, 4, name=f"{name} {one}") for one in range(number)]


def staff_of(result):
    return list(csv.DictReader(io.StringIO((result.folder / "staff.csv").read_text())))


def test_the_page_names_fifty_of_the_staff_and_the_file_has_all(client, upload):
    job_id = upload(log_text([*teachers(), viewed(4)]), json=True).get_json()["job_id"]
    facts = finish(client, job_id)
    assert (len(facts["summary"]["staff"]), facts["summary"]["staff_people"]) == (50, MANY)
    page = client.get(f"/status/{job_id}").get_data(as_text=True)
    assert "200 people are not counted as learners." in page
    assert "150 more are in staff.csv" in page
    rows = client.get(f"/download/{job_id}/staff.csv").get_data(as_text=True).splitlines()
    assert len(rows) == MANY + 1


def test_names_and_events_of_any_length_are_cut_in_pages_and_not_in_files(enrich):
    long = {"Event name": LONG, "Component": LONG, "says": "-"}
    rows = [graded(9, 4, name="T" + LONG), viewed(5, name="L" + LONG), event(**long, name=LONG + " Other")]
    result = enrich(rows)
    assert len(encoded(result.summary)) < 100_000
    assert staff_of(result)[0]["user_full_name"] == "T" + LONG
    assert "L" + LONG in {row["user_full_name"] for row in result.events}


def test_many_doubtful_people_are_counted_and_fifty_named(enrich):
    submitted = "The user with id '{}' has submitted the attempt with id '7' for the quiz with course module id '62'."
    updated = "The user with id '{}' updated the course with id '77'."
    rows = [event(says.format(user)) for user in range(100, 180) for says in (submitted, updated)]
    summary = enrich(rows).summary
    assert (len(summary.doubtful), len(summary.shown().doubtful), summary.doubtful_people) == (80, 50, 80)
    (warning,) = [one for one in summary.warnings if one.code == "doubtful_staff"]
    assert (warning.figures["people"], len(warning.figures["persons"])) == (80, 50)


def test_staff_are_told_with_their_act_how_often_and_when_first(enrich):
    acts = [graded(9, 4, time=f"17/10/21, 12:{minute}", **{"Event name": "Graded"}) for minute in (45, 40)]
    rows = [viewed(9), *acts, viewed(4)]
    (one,) = staff_of(enrich(rows))
    assert one == {
        "person": "9", "user_full_name": "", "rows": "3", "act": "Graded", "times": "2",
        "first_time": "2021-10-17T12:40:00+00:00",
    }  # fmt: skip


def test_staff_of_the_roster_are_told_as_such(enrich, tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text("User ID,Role\n9,Teacher\n")
    (one,) = staff_of(enrich([viewed(9), viewed(4)], roster=roster))
    assert (one["person"], one["act"], one["times"], one["first_time"]) == ("9", "roster", "0", "")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", '=HYPERLINK("http://evil")', "\t=1"])
def test_no_name_is_a_formula_in_the_file_for_people(enrich, name):
    (one,) = staff_of(enrich([graded(9, 4, name=name), viewed(4, name="Ana Souza")]))
    assert one["user_full_name"] == "'" + name


def test_with_pseudonyms_staff_have_codes(enrich):
    (one,) = staff_of(enrich([graded(9, 4, name="Tea Cher"), viewed(4)], pseudonym_key="ab" * 32))
    assert one["person"] == one["user_full_name"]
    assert one["person"].startswith("u")


def test_the_journal_of_a_finished_job_holds_nothing_of_its_log(client, upload, settings):
    job_id = upload(log_text([*teachers(name="Maria"), viewed(4)]), json=True).get_json()["job_id"]
    finish(client, job_id)
    from pathlib import Path

    told = b"".join(path.read_bytes() for path in Path(settings["instance"]).glob("journal*"))
    assert b"Maria" not in told
    assert json.loads(client.get("/healthz").get_data())["status"] == "ok"


def test_the_results_of_a_report_that_cannot_be_read_can_be_downloaded(client, upload, settings):
    from pathlib import Path

    job_id = upload(json=True).get_json()["job_id"]
    finish(client, job_id)
    (Path(settings["instance"]) / "jobs" / job_id / "summary.json").write_text('{"of another": "version"}')
    page = client.get(f"/status/{job_id}").get_data(as_text=True)
    assert "cannot show the report of this analysis any more" in page
    assert f'href="/download/{job_id}"' in page
    assert client.get(f"/download/{job_id}").status_code == 200


def test_a_label_of_any_length_is_cut_in_pages_and_in_the_manifest(client, upload):
    log = log_text([viewed(4)]).replace("Event context", "Event context" + "!" * len(LONG))
    job_id = upload(log, json=True).get_json()["job_id"]
    facts = finish(client, job_id)
    assert len(facts["summary"]["detected"]["columns"][0]["event_context"]) == 200
    for page in (f"/status/{job_id}", f"/check/{job_id}", f"/download/{job_id}/manifest.json"):
        assert "!" * 201 not in client.get(page).get_data(as_text=True)


def test_the_page_of_many_logs_tells_each_column_once_and_fifty_at_most(client, upload):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(60):
            log = log_text([viewed(4, time=f"17/10/21, 12:{number:02}")])
            archive.writestr(f"{number}.csv", log.replace("Event context", "Event context" + "!" * number))
    job_id = upload(packed.getvalue(), name="logs.zip", json=True).get_json()["job_id"]
    assert len(finish(client, job_id)["summary"]["detected"]["columns"]) == 60
    page = client.get(f"/status/{job_id}").get_data(as_text=True)
    assert page.count('<th scope="row">Component</th>') == 1
    assert "50 of 68. All of them: manifest.json." in page
