"""Labels of one's own: categories of the elements of a course, as a file tells them."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from datetime import date

import pyarrow.parquet
import pytest
from conftest import event, finish, log_text, until, viewed
from formats import as_csv, as_ods, as_xlsx
from lxml import html

from moodlelogsmart.messages import BesideError, LogError

LOG = [
    viewed(4, time="17/10/21, 12:00", **{"Event context": "Page: Theory one", "Component": "Page"}),
    viewed(4, "quiz", 63, time="17/10/21, 12:05", **{"Event context": "Quiz: Practice", "Component": "Quiz"}),
    viewed(4, "forum", 64, time="17/10/21, 12:06", **{"Event context": "Forum: News", "Component": "Forum"}),
    event("The user with id '4' viewed the course with id '2'.", time="17/10/21, 12:07", event_name="Course viewed"),
]
LABELS = "element,label\nTheory*,Reading\n63,Doing\n99,Nothing\n"


@pytest.fixture
def labelled(enrich, tmp_path):
    """Put LOG through with a file of labels."""

    def run(content=LABELS, log=None, **options):
        path = tmp_path / "labels"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return enrich(LOG if log is None else log, labels=path, **options)

    return run


def labels_of(result):
    return [one["label"] for one in result.events]


def test_an_element_is_told_by_number_by_name_or_by_a_pattern(labelled):
    assert labels_of(labelled()) == ["Reading", "Doing", "", ""]
    assert labels_of(labelled("element,label\nPRACTICE,Doing\n*e*,Rest\n")) == ["Rest", "Doing", "Rest", ""]


def test_the_first_row_that_fits_counts(labelled):
    assert labels_of(labelled("element,label\n*,All\n63,Doing\n"))[:3] == ["All", "All", "All"]
    assert labels_of(labelled("element,label\n63,Doing\n*,All\n"))[:3] == ["All", "Doing", "All"]


def test_which_element_it_is_does_not_depend_on_what_is_left_out(labelled):
    """Two courses have a quiz of one name, so that its element is called by both."""
    course = {"Course": "Alpha"}, {"Course": "Beta"}
    rows = [
        {**event("seen", **{"Event context": "Quiz: Test", "Component": "Quiz", "User full name": "Ana Souza"}), **one}
        for one in course
    ]
    log = log_text(rows, [*rows[0]])
    file = "element,label\nQuiz: Test | Alpha,First\nQuiz: Test | Beta,Second\n"
    whole, part = labelled(file, log), labelled(file, log, course=["Alpha"])
    assert labels_of(whole) == ["First", "Second"]
    assert labels_of(part) == ["First"]
    assert part.events[0]["element"] == "Quiz: Test | Alpha"
    assert [one["element"] for one in part.rows("labels_template.csv")] == ["Quiz: Test | Alpha"]


def test_signs_that_mean_something_elsewhere_are_letters(labelled):
    log = [viewed(4, time="17/10/21, 12:00", **{"Event context": "Page: What? [1] (a+b)", "Component": "Page"}), LOG[1]]
    assert labels_of(labelled("element,label\nWhat? [1]*,A\nPra?tice,B\nP[r]actice*,C\n", log)) == ["A", ""]


@pytest.mark.parametrize(
    "content",
    [
        "Element;Label\r\n63;Übung\r\n".encode("utf-16"),
        "element;label\r\n63;Übung\r\n".encode("cp1252"),
        "\ufeffname\telement\tkind\tLABEL\nx\t63\tquiz\tÜbung\n".encode(),
        'My course\n\nelement,"label"\n" 63 ",Übung\n62,\n'.encode(),
    ],
)
def test_any_separator_and_encoding_of_a_spreadsheet_is_read(labelled, content):
    assert labels_of(labelled(content)) == ["", "Übung", "", ""]


def test_the_columns_stand_in_their_order_behind_the_others(labelled, enrich):
    assert list(labelled(keep=["staff"]).events[0])[-3:] == ["element", "role", "label"]
    assert list(labelled().events[0])[-2:] == ["element", "label"]
    assert "label" not in enrich(LOG).events[0]


def test_parquet_and_xes_have_it_too(labelled):
    result = labelled()
    table = pyarrow.parquet.read_table(result.folder / "enriched_log.parquet")
    assert table.column_names[-1] == "label"
    assert table.column("label").to_pylist() == ["Reading", "Doing", None, None]
    log = ElementTree.parse(result.folder / "enriched_log.xes").getroot()
    space = "{http://www.xes-standard.org/}"
    assert [one.get("keys") for one in log.iter(f"{space}classifier")][-1] == "label"
    told = [one.get("value") for one in log.iter(f"{space}string") if one.get("key") == "label"]
    assert told == ["Reading", "Doing"]


def test_ocel_tells_the_label_of_events_and_of_elements(labelled, enrich):
    log = json.loads((labelled().folder / "enriched_log.ocel.json").read_text())

    def labels(part):
        told = [{one["name"]: one["value"] for one in each["attributes"]} for each in log[part]]
        return [one.get("label") for one in told if "name" in one or part == "events"]

    assert labels("events") == ["Reading", "Doing", None, None]
    assert labels("objects") == ["Reading", "Doing", None]
    declared = {one["name"]: [each["name"] for each in one["attributes"]] for one in log["objectTypes"]}
    assert declared["quiz"][-1] == "label"
    assert log["eventTypes"][0]["attributes"][-1]["name"] == "label"
    assert '"label"' not in (enrich(LOG).folder / "enriched_log.ocel.json").read_text()


def test_without_labels_xes_is_as_it_was(enrich):
    assert "label" not in (enrich(LOG).folder / "enriched_log.xes").read_text()


def test_activities_and_steps_are_told_by_label(labelled):
    result = labelled()
    assert {one["element"]: one["label"] for one in result.rows("activities.csv")} == {
        "62": "Reading", "63": "Doing", "64": "",
    }  # fmt: skip
    steps = [one for one in result.rows("transitions.csv") if one["over"] == "label"]
    assert {(one["source"], one["target"]): one["median_seconds"] for one in steps} == {
        ("start", "Reading"): "", ("Reading", "Doing"): "300.0", ("Doing", "end"): "",
    }  # fmt: skip


def test_the_template_has_every_element_and_can_be_given_back(labelled, enrich):
    rows = enrich(LOG).rows("labels_template.csv")
    assert [tuple(row.values()) for row in rows] == [
        ("64", "News", "forum", ""), ("62", "Theory one", "page", ""), ("63", "Practice", "quiz", ""),
    ]  # fmt: skip
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows({**row, "label": row["kind"].upper()} for row in rows)
    result = labelled(out.getvalue())
    assert labels_of(result) == ["PAGE", "QUIZ", "FORUM", ""]
    assert [row["label"] for row in result.rows("labels_template.csv")] == ["FORUM", "PAGE", "QUIZ"]
    assert result.summary.labels_unused == 0


def test_what_a_spreadsheet_would_run_comes_back_as_it_was(labelled):
    log = [event("-", **{"Event context": "=1+1", "Component": "Quiz", "Event name": "Course module viewed"})]
    template = labelled("element,label\n63,x\n", log).rows("labels_template.csv")
    assert [row["element"] for row in template] == ["'=1+1"]
    assert labels_of(labelled("element,label\n'=1+1,Odd\n", log)) == ["Odd"]


def test_a_log_of_which_a_filter_leaves_nothing_has_labels_too(labelled):
    result = labelled(until=date(2020, 1, 1))
    assert result.events == []
    assert result.rows("labels_template.csv") == []


def test_labels_of_no_element_are_counted_and_are_no_warning(labelled, enrich):
    result = labelled()
    assert json.loads((result.folder / "manifest.json").read_text())["labels_unused"] == 1
    assert result.warned.keys() == enrich(LOG).warned.keys()


def test_the_name_of_a_person_in_a_label_is_a_code(labelled):
    log = [{**row, "User full name": "Ana Souza"} for row in LOG]
    result = labelled("element,label\n63,Work of Ana Souza\n", log, pseudonym_key="ab" * 32)
    assert re.fullmatch("Work of u[0-9a-f]{12}", labels_of(result)[1])
    for path in result.folder.iterdir():
        assert b"Souza" not in path.read_bytes(), path.name


@pytest.mark.parametrize("content", ["name,label\n63,x\n", "", "63,Doing\n", "element,kind\n63,quiz\n"])
def test_another_file_is_refused_with_what_to_do(labelled, content):
    with pytest.raises(BesideError, match=r"columns “element” and “label”|is empty") as told:
        labelled(content)
    assert told.value.option == "labels"


def test_more_patterns_than_anybody_writes_are_refused(labelled):
    with pytest.raises(LogError, match="more than 1,000 rows with an asterisk"):
        labelled("element,label\n" + "a*,x\n" * 1001)


def test_an_upload_tells_what_is_wrong_at_the_field_and_keeps_the_rest(upload, client):
    page = upload(log_text(LOG), labels=(io.BytesIO(b"name,kind\na,b\n"), "own.csv")).get_data(as_text=True)
    problem = html.fromstring(page).get_element_by_id("labels-problem").text_content()
    assert problem.startswith("own.csv has no columns “element” and “label”. Take labels_template.csv")


def test_the_check_page_gives_the_template_and_takes_it_back(client, done, within):
    job_id = done(log_text(LOG))
    page = html.fromstring(client.get(f"/check/{job_id}").get_data(as_text=True))
    template = client.get(page.xpath("//a[contains(@href, 'labels_template.csv')]/@href")[0]).get_data(as_text=True)
    filled = template.replace("quiz,\n", "quiz,Doing\n").encode()
    answer = client.post(
        f"/jobs/{job_id}/rerun",
        data={"labels": (io.BytesIO(filled), "labels.csv")},
        headers={"Accept": "application/json"},
    )
    again = answer.get_json()["job_id"]
    assert finish(client, again)["status"] == "completed"
    rows = client.get(f"/download/{again}/enriched_log.csv").get_data(as_text=True).splitlines()
    assert [row.rpartition(",")[2] for row in rows] == ["label", "", "Doing", "", ""]


def test_the_template_is_there_before_the_first_run(client, done, upload):
    job_id = upload(log_text(LOG), check="1").location.rpartition("/")[2]
    until(lambda: client.get(f"/status/{job_id}", headers={"Accept": "application/json"}).get_json().get("check_url"))
    page = html.fromstring(client.get(f"/check/{job_id}").get_data(as_text=True))
    address = page.xpath("//a[contains(@href, 'labels_template.csv')]/@href")[0]
    template = client.get(address)
    assert template.data == client.get(f"/download/{done(log_text(LOG))}/labels_template.csv").data
    assert template.headers["Content-Type"] == "text/csv; charset=utf-8"
    filled = template.data.replace(b"quiz,\n", b"quiz,Doing\n")
    answer = client.post(f"/jobs/{job_id}/rerun", data={"labels": (io.BytesIO(filled), "labels.csv")})
    assert answer.status_code == 303
    assert finish(client, job_id)["status"] == "completed"
    assert last_column(client.get(f"/download/{job_id}/enriched_log.csv").get_data(as_text=True)).count("Doing") == 1


def filled(template):
    """The rows of a template, each element with its kind for a label."""
    header, *rows = list(csv.reader(io.StringIO(template)))
    place, kind = header.index("label"), header.index("kind")
    return [header, *[[*row[:place], row[kind].upper(), *row[place + 1 :]] for row in rows]]


def last_column(text):
    header, *rows = csv.reader(io.StringIO(text))
    assert header[-1] == "label"
    return [row[-1] for row in rows]


@pytest.mark.parametrize("save", [as_csv, as_xlsx, as_ods])
def test_the_form_takes_the_template_of_an_earlier_result_back_as_a_spreadsheet_saves_it(client, done, upload, save):
    template = client.get(f"/download/{done(log_text(LOG))}/labels_template.csv").get_data(as_text=True)
    content = save(filled(template), **({"encoding": "utf-8-sig", "delimiter": ";"} if save is as_csv else {}))
    job_id = upload(log_text(LOG), json=True, labels=(io.BytesIO(content), "labels")).get_json()["job_id"]
    assert finish(client, job_id)["status"] == "completed"
    log = client.get(f"/download/{job_id}/enriched_log.csv").get_data(as_text=True)
    assert last_column(log) == ["PAGE", "QUIZ", "FORUM", ""]


def test_the_command_takes_the_template_of_an_earlier_result_back(app, tmp_path):
    command, log, labels = app.test_cli_runner(), tmp_path / "log.csv", tmp_path / "labels.csv"
    log.write_text(log_text(LOG))

    def processed(folder, *options):
        done = command.invoke(args=["process", str(log), "--out", str(tmp_path / folder), *options])
        assert done.exit_code == 0, done.output
        return tmp_path / folder

    template = (processed("first") / "labels_template.csv").read_text()
    labels.write_bytes(as_csv(filled(template), end="\r\n", delimiter=";"))
    again = processed("again", "--labels", str(labels))
    assert last_column((again / "enriched_log.csv").read_text()) == ["PAGE", "QUIZ", "FORUM", ""]
    assert last_column((again / "labels_template.csv").read_text()) == ["FORUM", "PAGE", "QUIZ"]
