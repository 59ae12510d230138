"""Filters on the form of the upload and on the check page, and what is told of them."""

import io
import sqlite3
from contextlib import closing
from pathlib import Path

from conftest import finish, log_text, viewed
from lxml import html

LOG = log_text([viewed(4), viewed(5, "quiz", 63, time="18/10/21, 12:00"), viewed(6, "forum", 64)])


def modules(client, job_id):
    rows = client.get(f"/download/{job_id}/enriched_log.csv").get_data(as_text=True).splitlines()
    place = rows[0].split(",").index("module")
    return {row.split(",")[place] for row in rows[1:]}


def check_page(client, job_id):
    return html.fromstring(client.get(f"/check/{job_id}").get_data(as_text=True)).forms[0]


def run_again(client, job_id, form):
    """Send the form of the check page as a browser does."""
    data = {}
    for name, value in form.form_values():
        data.setdefault(name, []).append(value)
    answer = client.post(
        f"/jobs/{job_id}/rerun", data=data, headers={"Accept": "application/json"}, content_type="multipart/form-data"
    )
    assert answer.status_code == 202, answer.get_data(as_text=True)
    again = answer.get_json()["job_id"]
    assert finish(client, again)["status"] == "completed"
    return again


def test_the_form_takes_filters_under_the_names_of_the_contract(client, upload, within, done):
    page = html.fromstring(client.get("/").get_data(as_text=True))
    names = {one.get("name") for one in page.forms[0].inputs if one.get("name")}
    assert names >= {"from", "until", "course", "group", "module", "section", "finished"}
    job_id = done(LOG, module="quiz\nforum", until="2021-10-17")
    assert modules(client, job_id) == {"forum"}
    report = client.get(f"/status/{job_id}").get_data(as_text=True)
    assert "until 17 October 2021; part of Moodle: Forum, Quiz. 2 rows are left out by that." in " ".join(
        html.fromstring(report).get_element_by_id("filters").text_content().split()
    )


def test_the_check_page_offers_what_is_in_the_log_and_takes_the_filter_back(client, done, within):
    first = done(LOG)
    form = check_page(client, first)
    assert form.xpath('.//input[@name="module"][@type="checkbox"]/@value') == ["forum", "page", "quiz"]
    form.xpath('.//input[@name="module"][@value="quiz"]')[0].checked = True
    second = run_again(client, first, form)
    assert modules(client, second) == {"quiz"}
    form = check_page(client, second)
    assert [box.checked for box in form.xpath('.//input[@name="module"][@type="checkbox"]')] == [False, False, True]
    form.xpath('.//input[@name="module"][@value="quiz"]')[0].checked = False
    assert modules(client, run_again(client, second, form)) == {"forum", "page", "quiz"}


def test_a_name_that_is_a_code_on_the_page_still_filters(client, done, within):
    log = [{**viewed(4, name="Ana Souza"), "Course": "Tutoring of Ana Souza"}, {**viewed(5, cm=63), "Course": "Other"}]
    first = done(log_text(log, [*log[0]]), course="Tutoring of Ana Souza", pseudonyms="site")
    page = client.get(f"/check/{first}").get_data(as_text=True)
    assert "Souza" not in page
    second = run_again(client, first, check_page(client, first))
    assert len(client.get(f"/download/{second}/enriched_log.csv").get_data(as_text=True).splitlines()) == 2


def test_filters_are_so_long_and_no_longer(client, upload, settings, within):
    names = {
        kind: "\n".join(f"{kind} {number} " + "x" * 40 for number in range(40))
        for kind in ("course", "group", "module")
    }
    job_id = upload(LOG, json=True, **names).get_json()["job_id"]
    finish(client, job_id)
    with closing(sqlite3.connect(Path(settings["instance"]) / "journal.sqlite3")) as journal:
        ((size,),) = journal.execute("select length(job) from job").fetchall()
    assert size < 20_000
    more = "\n".join(f"{number} " + "x" * 900 for number in range(20))
    page = html.fromstring(upload(LOG, group=more).get_data(as_text=True))
    assert page.get_element_by_id("group-problem").text_content() == "The filters hold more text than fits; name fewer."


def test_a_mistake_is_told_at_its_field(client, upload):
    page = html.fromstring(upload(LOG, **{"from": "2021-10-18", "until": "2021-10-17"}).get_data(as_text=True))
    assert page.get_element_by_id("until-problem").text_content() == "The last day is before the first."
    assert page.forms[0].fields["from"] == "2021-10-18"
    assert not page.get_element_by_id("until").xpath("ancestor::details[not(@open)]")


def test_the_command_takes_filters(app, tmp_path):
    (tmp_path / "log.csv").write_text(LOG)
    args = ["process", str(tmp_path / "log.csv"), "--out", str(tmp_path / "out"), "--from", "2021-10-18"]
    told = app.test_cli_runner().invoke(args=[*args, "--module", "quiz", "--module", "page", "--finished"])
    assert told.exit_code == 0, told.output
    assert "3 rows left out: left out by the filters that were chosen" in told.output
    assert "The filters leave no event of a learner" in told.output


def test_the_box_for_grades_stands_beside_them_and_is_taken_back(client, done, within):
    page = html.fromstring(client.get("/").get_data(as_text=True))
    assert [one.get("name") for one in page.xpath('//details[@id="lists"]//input')] == [
        "roster", "grades", "grades_in_log", "groups",
    ]  # fmt: skip
    grades = (io.BytesIO(b"ID,Full name,Course total (Real)\n4,Ana Reis,8.25\n"), "grades.csv")
    first = done(LOG, grades=grades, grades_in_log="1")
    assert 'key="grade"' in client.get(f"/download/{first}/enriched_log.xes").get_data(as_text=True)
    form = check_page(client, first)
    (box,) = form.xpath('.//input[@name="grades_in_log"][@type="checkbox"]')
    assert box.checked
    box.checked = False
    second = run_again(client, first, form)
    assert 'key="grade"' not in client.get(f"/download/{second}/enriched_log.xes").get_data(as_text=True)
    assert "Also write grades into the files for process mining: –" in " ".join(
        html.fromstring(client.get(f"/status/{second}").get_data(as_text=True)).text_content().split()
    )
