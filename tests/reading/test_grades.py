"""Grades beside a log: every layout of the same gradebook tells the same, of the people who are in the log."""

import io
import re

import pytest
from conftest import viewed
from formats import as_csv, as_html, as_json_objects, as_ods, as_xlsx
from hypothesis import given, settings
from hypothesis import strategies as st
from listed import log_of

from moodlelogsmart.meaning.grades import load_grades
from moodlelogsmart.meaning.matching import make_lists
from moodlelogsmart.messages import BesideError, LogError
from moodlelogsmart.reading.grades import check_grades, read_grades, value_of
from moodlelogsmart.reading.inside import make_inside
from moodlelogsmart.workspace import Limits, Stop, open_workspace

PEOPLE = {"4": "Ana Maria Souza", "5": "Rui Prado", "6": "João D'Ávila"}
ROWS = [viewed(number, name=name) for number, name in PEOPLE.items()]
HEADER = ["First name", "Surname", "ID number", "Email address", "Quiz: Test 1 (Real)", "Course total (Real)",
          "Last downloaded from this course"]  # fmt: skip
BOOK = [
    HEADER,
    ["Ana Maria", "Souza", "2019001", "a@example.org", "8.50", "85.25", "1623456789"],
    ["Rui", "Prado", "2019002", "r@example.org", "-", "0.00", "1623456789"],
    ["João", "D'Ávila", "", "", "10.00", "", "1623456789"],
]
TOLD = [
    ("4", "Quiz: Test 1", 0, 8.5, None),
    ("4", "Course total", 1, 85.25, None),
    ("5", "Course total", 1, 0.0, None),
    ("6", "Quiz: Test 1", 0, 10.0, None),
]


def graded(folder, content, people=PEOPLE):
    """Table `grade` but for its texts, of a log of these people and a file of that content."""
    path = folder / "grades"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with log_of(folder, people) as work:
        load_grades(work, path)
        return work.run("select person, item, place, value, most from grade order by person, place")


def text(*lines):
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("pack", [as_csv, as_xlsx, as_ods, as_html, as_json_objects])
def test_it_is_read_in_every_format_of_moodle(tmp_path, pack):
    assert graded(tmp_path, pack(BOOK)) == TOLD


LABELS = {
    "en": HEADER[:6],
    "pt_br": ["Nome", "Sobrenome", "Número de identificação", "Endereço de email", "Quiz: Test 1 (Real)",
              "Course total (Real)"],
    "es": ["Nombre", "Apellido(s)", "Número de ID", "Dirección de correo", "Quiz: Test 1 (Real)", "Course total (Real)"],
    "de": ["Vorname", "Nachname", "ID-Nummer", "E-Mail-Adresse", "Quiz: Test 1 (Punkte)", "Course total (Punkte)"],
    "fr": ["Prénom", "Nom", "Numéro d'identification", "Adresse de courriel", "Quiz: Test 1 (Brut)",
           "Course total (Brut)"],
    "of which nobody knows a word": ["Qvoth", "Prawl", "Zylth", "Mork", "Quiz: Test 1 (Frand)", "Course total (Frand)"],
    "without forms": ["First name", "Last name", "ID number", "Email", "Quiz: Test 1", "Course total"],
}  # fmt: skip


@st.composite
def layouts(draw):
    """The same gradebook as Moodle and spreadsheets write it: languages, orders, encodings, signs and forms."""
    labels, rows = draw(st.sampled_from(list(LABELS.values()))), [list(row[:6]) for row in BOOK[1:]]
    if draw(st.booleans()):
        rows = [[*row[:4], *(cell.replace(".", ",") for cell in row[4:])] for row in rows]
    people, items = [list(cells) for cells in zip(labels[:4], *(row[:4] for row in rows), strict=True)], []
    for label, *cells in zip(labels[4:], *(row[4:] for row in rows), strict=True):
        forms = [[label, *cells]]
        if label.endswith("(Real)"):
            parts = draw(st.sets(st.sampled_from(["(Percentage)", "(Letter)", "(Feedback)"])))
            cell = {"(Percentage)": "70.00 %", "(Letter)": "C+", "(Feedback)": "See me, then\nsee it again"}
            forms += [[label.replace("(Real)", part), *[cell[part]] * len(cells)] for part in sorted(parts)]
        items += draw(st.permutations(forms))
    shown = people[:2] + draw(st.sampled_from([people[2:], people[3:], []]))
    shown = draw(st.permutations(shown)) if labels[0] in ("Vorname", "First name", "Nombre") else shown
    names = draw(st.booleans())
    if names and labels[0] == "First name":
        whole = ["Full name", *(f"{row[1]}, {row[0]}" for row in rows)]
        shown = [whole, *(column for column in shown if column[0] not in labels[:2])]
    columns = [
        *shown,
        *items,
        *draw(st.sampled_from([[], [["Last downloaded from this course", *["1623456789"] * 3]]])),
    ]
    table = [list(row) for row in zip(*columns, strict=True)]
    table = [table[0], *draw(st.permutations(table[1:]))]
    delimiter = draw(st.sampled_from([",", ";", "\t", ":"]))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    return as_csv(table, encoding, end, delimiter)


@settings(max_examples=60)
@given(layouts())
def test_any_layout_of_the_same_grades_tells_the_same(tmp_path_factory, content):
    assert graded(tmp_path_factory.mktemp("grades"), content) == TOLD


def test_of_several_forms_of_an_item_the_number_counts_and_else_the_percentage(tmp_path):
    rows = [
        ["Full name", "Essay (Letter)", "Essay (Percentage)", "Quiz (Percentage)", "Quiz (Real)", "Oral (Letter)"],
        ["Rui Prado", "A-", "91.50 %", "85,00 %", "8,5", "B+"],
    ]
    assert graded(tmp_path, as_csv(rows)) == [
        ("5", "Essay", 0, 91.5, 100.0),
        ("5", "Quiz", 1, 8.5, None),
        ("5", "Oral", 2, None, None),
    ]


def test_signs_between_cells_are_told_from_those_in_the_names_of_items(tmp_path):
    text = "Full name\tQuiz: A, B, C, D, E, F (Real)\tTotal (Real)\nRui Prado\t8,50\t7,25\nAna Maria Souza\t-\t9,00\n"
    assert graded(tmp_path, text)[1:] == [
        ("5", "Quiz: A, B, C, D, E, F", 0, 8.5, None),
        ("5", "Total", 1, 7.25, None),
    ]


def test_letters_words_and_what_is_no_grade(enrich, tmp_path):
    (tmp_path / "g.csv").write_text(
        text(
            "Full name,Essay (Real),Talk (Letter),Total (Real),Note (Feedback)",
            "Rui Prado,Very good,A-,Error,8.5",
            "Ana Maria Souza,-,,9.00,",
        )
    )
    items, people = read_grades(tmp_path / "g.csv")
    assert [item.name for item in items] == ["Essay", "Talk", "Total"]
    assert [one.grades for one in people] == [["Very good", "A-", ""], ["", "", "9.00"]]


def test_items_of_one_name_are_told_apart(tmp_path):
    rows = [["Full name", "Quiz: Test (Real)", "Quiz: Test (Real)"], ["Rui Prado", "1", "2"]]
    assert graded(tmp_path, as_csv(rows)) == [("5", "Quiz: Test", 0, 1.0, None), ("5", "Quiz: Test", 1, 2.0, None)]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("8.50", 8.5), ("8,50", 8.5), ("85.00 %", 85.0), ("85,00\N{NO-BREAK SPACE}%", 85.0), ("1,234.50", 1234.5),
        ("1.234,50", 1234.5), ("-2", -2.0), ("1,2,3", None), ("A-", None), ("1e9", None), ("9" * 300, None),
        ("٨", None), ("nan", None), ("", None),
    ],
)  # fmt: skip
def test_a_number_is_read_however_it_is_written(written, value):
    assert value_of(written) == value


def test_a_gradebook_of_the_course_total_alone(tmp_path):
    rows = [["First name", "Surname", "Course total"], ["Rui", "Prado", "71"]]
    assert graded(tmp_path, as_csv(rows)) == [("5", "Course total", 0, 71.0, None)]


REFUSED = {
    "turned": "Item,Ana Souza,Rui Prado\nQuiz: One (Real),1,2\nCourse total (Real),1,2\n",
    "turned, below the label of a name": "First name,Ana,Rui\nQuiz: One (Real),1,2\nCourse total (Real),1,2\n",
    "turned, with the labels of people": "First name,Ana,Rui\nSurname,Souza,Prado\nQuiz: One,1,2\n",
    "no grades": "First name,Surname\nAna,Souza\n",
    "numbers of people alone": "First name,Surname,Number\nAna,Souza,20190001\nRui,Prado,20190002\n",
    "no people": "Quiz: One (Real),Course total (Real)\n1,2\n",
    "no header": "8.5,9.0\n1,2\n",
    "one cell": "x",
    "Moodle's XML": '<?xml version="1.0"?>\n<results batch="1"><result><student>1</student></result></results>\n',
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_holds_no_grades_is_refused_with_a_sentence_of_its_name(client, upload, case):
    answer = upload(json=True, grades=(io.BytesIO(REFUSED[case].encode()), "book.csv"))
    told = answer.get_json()
    assert (answer.status_code, told.get("error", "").startswith("book.csv ")) == (400, True) or case == "Moodle's XML"


HOSTILE = {
    "wide": "Full name," + "a (Real)," * 2000 + "\n",
    "a cell without end": "Full name,One (Real)\n" + '"' + "a" * 5_000_000,
    "brackets": "Full name," + "(" * 300_000 + " (Real)\nRui Prado,1\n",
    "rows of commas": "Full name,One (Real)\n" + ",\n" * 99_000,
    "delimiters": "Full name,One (Real)\n" + ";\t|:," * 300_000,
    "accents": "Full name," + "\u0300\u0316" * 60_000 + " (Real)\nRui Prado,1\n",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_file_made_to_hurt_is_read_in_a_moment_or_refused(tmp_path, case):
    path = tmp_path / "grades.csv"
    path.write_text(HOSTILE[case])
    try:
        check_grades(path)
        items, people = read_grades(path)
        assert len(items) <= 1000
        assert sum(1 for _one in people) <= 100_000
    except LogError as error:
        assert re.match("The grades file (has|cannot|is)", str(error.message))


def test_a_file_of_more_grades_than_a_job_can_hold_is_refused_in_the_job(enrich, tmp_path):
    header = "Full name," + ",".join(f"q{place} (Real)" for place in range(999))
    rows = "".join(f"Person N{number},{','.join('1' * 999)}\n" for number in range(2100))
    (tmp_path / "g.csv").write_text(f"{header}\n{rows}")
    with pytest.raises(BesideError, match="g\\.csv holds more than 2,000,000 grades"):
        enrich(ROWS, grades=tmp_path / "g.csv")


def test_people_who_cannot_be_told_apart_have_no_grades_and_are_told(enrich, tmp_path):
    (tmp_path / "g.csv").write_text(
        text("Full name,Essay (Real)", "Rui Prado,1", "Rui Prado,2", "Ana Maria Souza,3", "Ida Nobody,4")
    )
    summary = enrich(ROWS, grades=tmp_path / "g.csv").summary
    assert (summary.grades.people, summary.grades.found, summary.grades.missing, summary.grades.unclear) == (4, 1, 1, 2)
    assert (summary.grades.missing_names, summary.grades.unclear_names) == (["Ida Nobody"], ["Rui Prado", "Rui Prado"])
    assert [str(one.text) for one in summary.warnings if one.code == "roster_unmatched"] == [
        "Grades (g.csv): 1 of 4 people in the log. Not in the log: Ida Nobody.",
        "Grades (g.csv): what it says of people whose name fits several was not used: Rui Prado, Rui Prado.",
    ]
    assert {one.figures["kind"] for one in summary.warnings if one.code == "roster_unmatched"} == {"grades"}


def test_grades_of_nobody_in_the_log_are_not_used_and_the_job_completes(enrich, tmp_path):
    (tmp_path / "g.csv").write_text(text("Full name,Essay (Real)", "Ida Nobody,4"))
    summary = enrich(ROWS, grades=tmp_path / "g.csv").summary
    assert [str(one.text) for one in summary.warnings if one.code == "roster_unmatched"] == [
        "Nobody in g.csv was found in the log, so the list was not used. In the log, for example: Ana Maria Souza, João "
        "D'Ávila, Rui Prado. In the list: Ida Nobody."
    ]
    assert summary.learners == 3


def test_a_spreadsheet_without_grades_is_to_blame_and_not_the_log(enrich, tmp_path):
    (tmp_path / "g.xlsx").write_bytes(as_xlsx([["a"], ["b"]]))
    with pytest.raises(BesideError, match="has no columns of grades") as caught:
        enrich(ROWS, grades=tmp_path / "g.xlsx")
    assert caught.value.option == "grades"


def test_without_a_file_the_table_is_there_and_empty(tmp_path):
    with open_workspace(tmp_path, Limits(), Stop()) as work:
        make_lists(work)
        make_inside(work)
        load_grades(work, None)
        assert work.run("select person, item, place, value, text, most from grade") == []
