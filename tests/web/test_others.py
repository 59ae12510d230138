"""A file in the place of the log that is another table is used as what a person says that it is."""

import csv
import gzip
import io
from pathlib import Path

import pytest
from conftest import finish, graded, log_text, until, viewed
from lxml import html
from test_sheets import workbook

JSON = {"Accept": "application/json"}
LOG = log_text([viewed(4, name="Bo Silva"), graded(5, 4, name="Ana Souza")])
PEOPLE = (
    "First name,Last name,Email address,Roles\nAna,Souza,ana@example.org,Teacher\nBo,Silva,bo@example.org,Teacher\n"
)
GRADES = "First name,Surname,Quiz: One (Real),Course total (Real)\nAna,Souza,8.5,8.5\nBo,Silva,6,6\n"
QUIZ = "First name,Surname,State,Started on,Completed,Time taken,Grade/10.00\nBo,Silva,Finished,3 May 2021,3 May 2021,9 mins,7.00\n"


def file(text, name):
    return (io.BytesIO(text.encode() if isinstance(text, str) else text), name)


def rows_of(text):
    return [line.split(",") for line in text.splitlines()]


def sent(form, **more):
    """What a browser sends of a form in which these fields are filled."""
    data = {}
    for name, value in form.form_values():
        data.setdefault(name, []).append(value)
    return data | more


def form_of(answer):
    return html.fromstring(answer.text).forms[0]


def uses(form, name="use0"):
    """What can be said of a file, with what is said by itself."""
    boxes = form.xpath(f'.//input[@name="{name}"]')
    return [box.get("value") for box in boxes], [box.get("value") for box in boxes if box.get("checked") is not None]


def done(client, answer):
    assert answer.status_code == 303, html.fromstring(answer.text).text_content()
    return finish(client, answer.location.rpartition("/")[2])


def asked(client, answer):
    """The page of a job that waits for a person, as a form."""
    job_id = answer.location.rpartition("/")[2]
    until(lambda: client.get(f"/status/{job_id}", headers=JSON).get_json()["stage"] == "check")
    return form_of(client.get(f"/check/{job_id}"))


OTHERS = {
    "grades": (GRADES, "is a grades file, not a log. Say what it is to be used for", "grades"),
    "participants": (PEOPLE, "is a list of participants, not a log. Say what it is to be used for", "roster"),
    "quiz": (QUIZ, "holds the results of a quiz, not a log.", "none"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_the_form_asks_what_another_table_is_to_be_used_for(upload, kind):
    text, sentence, by_itself = OTHERS[kind]
    answer = upload(text, name="notas.csv")
    assert answer.status_code == 400
    form = form_of(answer)
    assert f"notas.csv {sentence}" in form.text_content()
    assert uses(form) == (["grades", "roster", "file", "none"], [by_itself])
    assert form.get_element_by_id("file").get("required") is None
    legends = {"grades": "a grades file", "participants": "a list of participants", "quiz": "quiz results"}
    assert form.get_element_by_id("use0").find("legend").text == f"notas.csv: {legends[kind]}"


def test_grades_in_the_place_of_the_log_are_used_as_grades(client, upload):
    form = form_of(upload(GRADES, name="notas.csv"))
    result = done(client, client.post("/upload", data=sent(form, file=file(LOG, "log.csv"))))
    assert result["summary"]["grades"]["people"] == 2


def test_a_table_is_used_as_what_a_person_says_and_not_as_what_it_seemed(client, upload):
    form = form_of(upload(PEOPLE, name="people.csv"))
    result = done(client, client.post("/upload", data=sent(form, use0="none", file=file(LOG, "log.csv"))))
    assert [one["source"] for one in result["summary"]["staff"]] == ["log"]
    form = form_of(upload(PEOPLE, name="people.csv"))
    result = done(client, client.post("/upload", data=sent(form, use0="roster", file=file(LOG, "log.csv"))))
    assert {one["source"] for one in result["summary"]["staff"]} == {"roster"}


def test_it_is_kept_where_no_log_is_chosen_again(client, upload):
    form = form_of(upload(GRADES, name="notas.csv"))
    again = client.post("/upload", data=sent(form))
    assert again.status_code == 400
    form = form_of(again)
    assert "Chosen: notas.csv (" in form.text_content()
    assert form.xpath(".//input[@name='kept']/@value") == ["grades"]
    result = done(client, client.post("/upload", data=sent(form, file=file(LOG, "log.csv"))))
    assert result["summary"]["grades"]["people"] == 2


def test_each_of_several_other_tables_is_asked_of(client, upload):
    answer = client.post("/upload", data={"file": [file(GRADES, "notas.csv"), file(PEOPLE, "people.csv")]})
    form = form_of(answer)
    assert [uses(form, name)[1] for name in ("use0", "use1")] == [["grades"], ["roster"]]
    result = done(client, client.post("/upload", data=sent(form, file=file(LOG, "log.csv"))))
    assert result["summary"]["grades"]["people"] == 2
    assert {one["source"] for one in result["summary"]["staff"]} == {"roster"}


def test_a_table_for_which_another_file_is_chosen_is_left_out_by_itself(client, upload):
    form = form_of(upload(GRADES, name="notas.csv", grades=file(GRADES + "Cleo,Lima,1,1\n", "own.csv")))
    assert uses(form)[1] == ["none"]
    result = done(client, client.post("/upload", data=sent(form, file=file(LOG, "log.csv"))))
    assert result["summary"]["grades"]["people"] == 3


def test_what_a_person_says_is_a_log_is_asked_of_its_columns(client, upload):
    form = form_of(upload(GRADES, name="notas.csv"))
    page = asked(client, client.post("/upload", data=sent(form, use0="file")))
    assert page.xpath('.//select[@name="column-1"]')
    assert "notas.csv is a grades file, not a log." in page.getroottree().getroot().text_content()


def test_a_program_is_told_and_asked_nothing(client, upload):
    answer = upload(GRADES, name="notas.csv", json=True)
    assert answer.status_code == 400
    assert "is a grades file, not a log. To use it, choose it as that" in answer.get_json()["fields"]["file"]


def test_a_workbook_that_is_no_log_is_asked_of_once_it_is_opened(client, upload):
    book = workbook(Notas=rows_of(GRADES))
    page = asked(client, upload(book, name="notas.xlsx"))
    told = page.getroottree().getroot().text_content()
    assert "notas.xlsx is a grades file, not a log. Say what it is to be used for" in told
    assert uses(page, "use_log") == (["grades", "roster", "file", "none"], ["grades"])
    assert not page.xpath(".//select")
    missing = client.post(page.action, data=sent(page))
    assert missing.status_code == 400
    form = form_of(missing)
    assert "Choose the log of your course as well." in form.text_content()
    assert uses(form, "use_log")[1] == ["grades"]
    result = done(client, client.post(form.action, data=sent(form, file=file(LOG, "log.csv"))))
    assert result["status"] == "completed"
    assert result["summary"]["grades"]["people"] == 2
    assert result["job_id"] in page.action


def test_a_workbook_that_a_person_says_is_a_log_is_asked_of_its_columns(client, upload):
    page = asked(client, upload(workbook(Notas=rows_of(GRADES)), name="notas.xlsx"))
    answer = client.post(page.action, data=sent(page, use_log="file"))
    job_id = answer.location.rpartition("/")[2]
    until(lambda: b'name="column-1"' in client.get(f"/check/{job_id}").data)


def test_of_several_workbooks_that_are_no_logs_one_after_the_other_is_asked_of(client):
    books = [
        file(workbook(Notas=rows_of(text)), name) for text, name in ((GRADES, "notas.xlsx"), (PEOPLE, "gente.xlsx"))
    ]
    page = asked(client, client.post("/upload", data={"file": books}))
    assert page.find(".//legend").text == "notas.xlsx: a grades file"
    answer = client.post(page.action, data=sent(page))
    job_id = answer.location.rpartition("/")[2]
    until(lambda: b"gente.xlsx is a list of participants" in client.get(f"/check/{job_id}").data)
    page = form_of(client.get(f"/check/{job_id}"))
    result = done(client, client.post(page.action, data=sent(page, file=file(LOG, "log.csv"))))
    assert result["summary"]["grades"]["people"] == 2
    assert {one["source"] for one in result["summary"]["staff"]} == {"roster"}


def test_a_log_that_was_run_can_be_something_else(client, upload):
    odd = "Zeit,Wer,Was\n" + "".join(f"{n:02}/04/21 12:39,Ana Souza,Teacher\n" for n in range(1, 9))
    page = asked(client, upload(odd, name="odd.csv"))
    answer = client.post(page.action, data=sent(page, use_log="roster", file=file(LOG, "log.csv")))
    result = done(client, answer)
    assert [one["source"] for one in result["summary"]["staff"]] == ["roster"]


def test_where_the_log_is_to_be_something_else_and_none_is_chosen_it_stays(client, upload):
    job_id = finish(client, upload(LOG, name="log.csv").location.rpartition("/")[2])["job_id"]
    form = form_of(client.get(f"/check/{job_id}"))
    answer = client.post(form.action, data=sent(form, use_log="grades"))
    assert answer.status_code == 400
    again = form_of(answer)
    assert again.get_element_by_id("use_log").value == "grades"
    assert again.get_element_by_id("file").get("aria-invalid") == "true"
    assert finish(client, client.post(again.action, data=sent(again, use_log="")).location.rpartition("/")[2])["summary"]["events_kept"] == 1  # fmt: skip


def test_a_log_that_can_be_nothing_else_is_refused_as_that(client, upload):
    job_id = finish(client, upload(LOG, name="log.csv").location.rpartition("/")[2])["job_id"]
    form = form_of(client.get(f"/check/{job_id}"))
    answer = client.post(form.action, data=sent(form, use_log="grades", file=file(LOG, "other.csv")))
    assert answer.status_code == 400
    assert "log.csv has no columns of grades" in answer.text


def test_a_wrong_file_for_the_log_is_asked_of_beside_the_one_before(client, upload):
    page = asked(client, upload(workbook(Notas=rows_of(GRADES)), name="notas.xlsx"))
    answer = client.post(page.action, data=sent(page, file=file(QUIZ, "quiz.csv")))
    form = form_of(answer)
    assert (answer.status_code, uses(form, "use_log")[1], uses(form)[1]) == (400, ["grades"], ["none"])
    result = done(client, client.post(form.action, data=sent(form, file=file(LOG, "log.csv"))))
    assert result["summary"]["grades"]["people"] == 2


def test_a_wrong_file_on_the_check_page_says_nothing_of_the_log_that_is_there(client, upload):
    job_id = finish(client, upload(LOG, name="log.csv").location.rpartition("/")[2])["job_id"]
    form = form_of(client.get(f"/check/{job_id}"))
    form = form_of(client.post(form.action, data=sent(form, file=file(GRADES, "notas.csv"))))
    assert (form.get_element_by_id("use_log").value, uses(form)[1]) == ("", ["grades"])
    result = done(client, client.post(form.action, data=sent(form)))
    assert (result["summary"]["grades"]["people"], result["summary"]["events_kept"]) == (2, 1)


def test_where_there_are_other_files_the_log_cannot_be_something_else(client):
    files = [file(workbook(Notas=rows_of(GRADES)), "notas.xlsx"), file(LOG, "log.csv")]
    job_id = done(client, client.post("/upload", data={"file": files}))["job_id"]
    assert 'name="use_log"' not in client.get(f"/check/{job_id}").text


def test_of_two_files_of_one_kind_the_second_is_left_out_by_itself_and_both_are_refused(client):
    files = [file(GRADES, "a.csv"), file(GRADES + "Cleo,Lima,1,1\n", "b.csv")]
    form = form_of(client.post("/upload", data={"file": files}))
    assert [uses(form, name)[1] for name in ("use0", "use1")] == [["grades"], ["none"]]
    answer = client.post("/upload", data=sent(form, use1="grades", file=file(LOG, "log.csv")))
    form = form_of(answer)
    assert answer.status_code == 400
    assert "Another file is chosen as that already" in form.get_element_by_id("use0-problem").text
    assert uses(form)[1] == ["grades"]
    assert "a.csv (" in form.text_content()
    result = done(client, client.post("/upload", data=sent(form, use0="none")))
    assert result["summary"]["grades"]["people"] == 2


def test_what_is_taken_back_counts_no_more(client, upload):
    job_id = done(client, upload(workbook(Log=rows_of_log()), name="log.xlsx"))["job_id"]
    form = form_of(client.get(f"/check/{job_id}"))
    form = form_of(client.post(form.action, data=sent(form, use_log="grades")))
    assert form.xpath('.//input[@name="kept"]') == []
    assert done(client, client.post(form.action, data=sent(form, use_log="")))["status"] == "completed"


def rows_of_log():
    return list(csv.reader(io.StringIO(LOG)))


@pytest.mark.parametrize(("name", "content", "use", "why"), [
    ("notas.csv", GRADES, "roster", "has no column “Roles”"),
    ("gente.csv", PEOPLE.replace("Roles", "Rollen").replace("Teacher", "x"), "grades", "has no columns of grades"),
])  # fmt: skip
def test_a_wrong_use_is_asked_again_with_what_is_wrong(client, upload, name, content, use, why):
    form = form_of(upload(content, name=name))
    answer = client.post("/upload", data=sent(form, use0=use, file=file(LOG, "log.csv")))
    form = form_of(answer)
    assert (answer.status_code, uses(form)[1]) == (400, [use])
    assert why in form.get_element_by_id("use0-problem").text
    assert [one.get("name") for one in form.xpath(".//*[@autofocus]")] == ["use0"]
    assert "log.csv (" in form.text_content()
    assert done(client, client.post("/upload", data=sent(form, use0="none")))["status"] == "completed"


def test_a_wrong_use_of_a_workbook_leaves_the_job_waiting(client, upload, manager):
    page = asked(client, upload(workbook(Notas=rows_of(GRADES)), name="notas.xlsx"))
    answer = client.post(page.action, data=sent(page, use_log="roster", file=file(LOG, "log.csv")))
    form = form_of(answer)
    assert (answer.status_code, uses(form, "use_log")[1]) == (400, ["roster"])
    assert "has no column “Roles”" in form.get_element_by_id("use_log-problem").text
    assert manager.get_job(page.action.split("/")[2]).is_asking
    result = done(client, client.post(form.action, data=sent(form, use_log="grades")))
    assert result["summary"]["grades"]["people"] == 2


@pytest.mark.parametrize(("text", "option"), [(GRADES, "grades"), (PEOPLE, "roster")])
def test_a_packed_table_is_used_as_well(client, upload, text, option):
    form = form_of(upload(gzip.compress(text.encode()), name="table.csv.gz"))
    assert uses(form)[1] == [option]
    result = done(client, client.post("/upload", data=sent(form, file=file(LOG, "log.csv"))))
    assert result["summary"][option]["people"] == 2


def test_who_wants_to_check_does_so_once_there_is_a_log(client, upload, manager):
    page = asked(client, upload(workbook(Notas=rows_of(GRADES)), name="notas.xlsx", check="1"))
    answer = client.post(page.action, data=sent(page, file=file(LOG, "log.csv")))
    form = asked(client, answer)
    assert form.xpath('.//select[@name="column-1"]')
    assert done(client, client.post(form.action, data=sent(form)))["summary"]["grades"]["people"] == 2


def test_a_program_that_answers_is_asked_nothing_more(client, upload):
    page = asked(client, upload(workbook(Notas=rows_of(GRADES)), name="notas.xlsx"))
    book = file(workbook(Notas=rows_of(PEOPLE)), "gente.xlsx")
    answer = client.post(page.action, data={"use_log": "none", "file": book}, headers=JSON)
    result = finish(client, answer.get_json()["job_id"])
    assert result["status"] == "failed"
    assert "gente.xlsx is a list of participants, not a log." in result["error"]


def test_who_cancels_leaves_nothing_behind(client, upload, settings):
    page = asked(client, upload(workbook(Notas=rows_of(GRADES)), name="notas.xlsx"))
    form = form_of(client.post(page.action, data=sent(page, file=file(QUIZ, "quiz.csv"))))
    client.post(f"/jobs/{form.action.split('/')[2]}/cancel")
    folder = Path(settings["instance"])
    until(lambda: not [path for name in ("drafts", "jobs") for path in (folder / name).rglob("*.*") if path.is_file()])
    assert [path for path in (folder / "drafts").rglob("*") if path.is_file()] == []


def test_of_a_table_of_which_nothing_is_known_there_is_no_template(client, upload):
    page = asked(client, upload(workbook(Notas=rows_of(GRADES)), name="notas.xlsx"))
    assert client.get(f"/download/{page.action.split('/')[2]}/labels_template.csv").status_code == 404
