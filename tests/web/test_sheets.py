"""The sheet of a workbook that is taken for the log is shown, and another one can be chosen."""

import io
import zipfile

import pytest
import xlsxwriter
import yaml
from conftest import HEADER, finish, until, viewed
from lxml import html
from test_layouts import JSON, ZONE, results, send

from moodlelogsmart.messages import LogError
from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process

GRADES = [["First name", "Surname", "Course total (Real)"], *(["Ana", f"Silva {n}", "7"] for n in range(9))]


def log(user, rows):
    return [HEADER, *(list(viewed(user, time=f"{n:02}/10/21, 12:39").values()) for n in range(13, 13 + rows))]


def workbook(**sheets):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
    return out.getvalue()


TWO = workbook(Notas=GRADES, Turma_A=log(5, 3), Turma_B=log(6, 2))


@pytest.fixture
def run(client):
    """A completed job of workbooks: its id."""

    def post(*books, **fields):
        files = [(io.BytesIO(book), f"book{place}.xlsx") for place, book in enumerate(books, start=1)]
        job_id = client.post("/upload", data={"file": files, "timezone": ZONE, **fields}, headers=JSON).get_json()[
            "job_id"
        ]
        assert finish(client, job_id)["status"] == "completed"
        return job_id

    return post


def users(result):
    return {row["user_id"] for row in result.events}


def test_the_longest_sheet_that_is_a_log_is_taken_and_others_are_named(enrich):
    result = enrich(TWO)
    assert (users(result), result.summary.reading.files[0].sheet.value) == ({"5"}, 2)
    told = "only the sheet “Turma_A” was used. These may be logs as well: Turma_B."
    assert told in result.warned["files_left_out"]


def test_where_one_sheet_alone_is_a_log_nothing_is_asked(enrich):
    result = enrich(workbook(Notas=GRADES, Turma_A=log(5, 3)))
    assert (users(result), result.summary.reading.files[0].sheet.sure) == ({"5"}, True)
    assert "files_left_out" not in result.warned


def test_a_workbook_without_a_log_is_refused_as_what_it_is(enrich):
    with pytest.raises(LogError, match="is a grades file, not a log"):
        enrich(workbook(Notas=GRADES, Leer=[["x"]]))


def test_another_sheet_is_chosen_on_the_check_page_as_by_command_and_file(client, run, tmp_path):
    job_id = run(TWO)
    shown = html.fromstring(client.get(f"/check/{job_id}").text)
    select = shown.get_element_by_id("sheet")
    assert [(one.get("value"), one.text) for one in select] == [("2", "Turma_A"), ("3", "Turma_B")]
    form = shown.forms[0]
    form.fields["sheet"] = "3"
    again = finish(client, send(client, form).get_json()["job_id"])
    by_page = results(client, again["job_id"])
    report = html.fromstring(by_page["report.html"])
    told = report.xpath('//section[@aria-labelledby="made"]//dt[.="Sheet of the workbook"]/following-sibling::dd[1]')
    assert [one.text_content() for one in told] == ["Turma_B"]
    (tmp_path / "book1.xlsx").write_bytes(TWO)
    (tmp_path / "c.yaml").write_bytes(by_page["corrections.yaml"])
    assert yaml.safe_load(by_page["corrections.yaml"])["sheet"] == 3
    for said in ({"sheet": 3}, {"corrections": tmp_path / "c.yaml"}):
        process(tmp_path / "book1.xlsx", Options(timezone=ZONE, **said), tmp_path / "out.zip")
        with zipfile.ZipFile(tmp_path / "out.zip") as archive:
            assert by_page == {name: archive.read(name) for name in archive.namelist()}


def test_of_several_workbooks_the_sheet_of_one_is_chosen_alone(client, run):
    other = workbook(Turma_C=log(7, 3), Turma_D=log(8, 2))
    job_id = run(TWO, other)
    form = html.fromstring(client.get(f"/check/{job_id}").text).forms[0]
    form.fields["sheet-2"] = "2"
    again = finish(client, send(client, form).get_json()["job_id"])
    assert b"The user with id '8'" in results(client, again["job_id"])["enriched_log.csv"]
    assert b"The user with id '5'" in results(client, again["job_id"])["enriched_log.csv"]


def test_where_no_sheet_is_clear_another_can_be_chosen_before_it_runs(client):
    def odd(rows, *header):
        return [header, *([f"{n:02}/04/21, 12:39", "Ana", "Course viewed"] for n in range(1, 1 + rows))]

    book = workbook(Notas=GRADES, Alt=odd(4, "Wann", "Wer", "Was"), Neuf=odd(3, "Quand", "Qui", "Quoi"))
    data = {"file": (io.BytesIO(book), "book.xlsx"), "timezone": ZONE}
    job_id = client.post("/upload", data=data).location.rpartition("/")[2]
    until(lambda: client.get(f"/status/{job_id}", headers=JSON).get_json()["stage"] == "check")
    form = html.fromstring(client.get(f"/check/{job_id}").text).forms[0]
    assert [one.text for one in form.get_element_by_id("sheet")] == ["Alt", "Neuf"]
    form.fields["sheet"] = "3"
    assert client.post(form.action, data=dict(form.form_values())).status_code == 303
    until(lambda: "Quand" in client.get(f"/check/{job_id}").text)


def test_with_pseudonyms_sheets_are_told_by_their_places(client, run):
    job_id = run(workbook(Ana_Souza=log(5, 3), Bo_Lind=log(6, 2)), pseudonyms="own")
    told = client.get(f"/check/{job_id}").text + client.get(f"/check/{job_id}", headers=JSON).text
    told += b"".join(results(client, job_id).values()).decode(errors="replace")
    assert not [name for name in ("Ana_Souza", "Bo_Lind") if name in told]
    assert [one.text for one in html.fromstring(client.get(f"/check/{job_id}").text).get_element_by_id("sheet")] == [
        "1",
        "2",
    ]


def test_a_sheet_that_is_not_there_is_refused_with_a_sentence(enrich):
    with pytest.raises(LogError, match="has no sheet of that number"):
        enrich(TWO, sheet=4)
