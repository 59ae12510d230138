"""Who has no name in the log is called as a list beside it does, by user number."""

import re

import pytest
from conftest import graded, viewed

KEY = "ab" * 32
ROWS = [viewed(4), viewed(4, cm=63), viewed(5), viewed(6, name="Rui Prado"), graded(9, 4)]
PEOPLE = [
    ("4", "Ana", "Souza", "A"),
    ("5", "Beto", "Reis", "B"),
    ("6", "Another", "Name", "B"),
    ("9", "Teodora", "", ""),
]


@pytest.fixture
def listed(tmp_path):
    """A list of participants with numbers and names."""
    path = tmp_path / "participants.csv"
    rows = [
        f"{number},{first},{last},{'Teacher' if number == '9' else 'Student'},{group}"
        for number, first, last, group in PEOPLE
    ]
    path.write_text("\n".join(["ID,First name,Last name,Roles,Groups", *rows]) + "\n")
    return path


def written(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_tables_and_report_call_them_so_and_the_log_stays_as_it_was(enrich, listed):
    result = enrich(ROWS, roster=listed)
    for name in ("learners.csv", "sessions.csv"):
        told = {row["person"]: row["user_full_name"] for row in result.rows(name)}
        assert told == {"4": "Ana Souza", "5": "Beto Reis", "6": "Rui Prado"}
    assert [row["user_full_name"] for row in result.rows("staff.csv")] == ["Teodora"]
    page = (result.folder / "report.html").read_text()
    assert all(name in page for name in ("Ana Souza", "Beto Reis", "Rui Prado", "Teodora"))
    assert {row["user_full_name"] for row in result.events} == {"-", "Rui Prado"}


def test_nobody_is_told_to_export_names_that_a_list_has(enrich, listed):
    rows = [viewed(4), viewed(5), viewed(5)]
    assert "names_missing" in enrich(rows).warned
    assert "names_missing" not in enrich(rows, roster=listed).warned


def test_grades_and_groups_by_name_are_found_through_the_list(enrich, listed, tmp_path):
    grades = written(tmp_path, "grades.csv", "Full name,Course total (Real)\nAna Souza,8.5\nREIS Beto,7\n")
    groups = written(tmp_path, "groups.csv", "Full name,Groups\nAna Souza,Blue\nBeto Reis,Red\n")
    result = enrich(ROWS, roster=listed, grades=grades, groups=groups)
    assert (result.summary.grades.found, result.summary.groups.found) == (2, 2)
    assert "roster_unmatched" not in result.warned
    assert {row["person"]: row["group"] for row in result.rows("learners.csv")} == {"4": "Blue", "5": "Red", "6": ""}


def test_they_can_be_corrected_by_that_name(enrich, listed):
    result = enrich(ROWS, roster=listed, staff=("Ana Souza",))
    assert {row["person"] for row in result.rows("learners.csv")} == {"5", "6"}


def test_a_number_with_two_names_on_the_list_gives_none(enrich, tmp_path):
    path = written(
        tmp_path,
        "people.csv",
        "ID,First name,Last name,Roles\n4,Ana,Souza,Student\n4,Bia,Lima,Student\n5,Beto,Reis,Student\n",
    )
    told = {row["person"]: row["user_full_name"] for row in enrich(ROWS, roster=path).rows("learners.csv")}
    assert (told["4"], told["5"]) == ("", "Beto Reis")


def test_an_address_is_no_name(enrich, tmp_path):
    path = written(tmp_path, "people.csv", "ID,Email address,Roles\n4,ana@example.org,Student\n")
    assert {row["user_full_name"] for row in enrich(ROWS, roster=path).rows("learners.csv")} == {"", "Rui Prado"}


def test_with_pseudonyms_nothing_of_these_names_is_left(enrich, listed, tmp_path):
    grades = written(tmp_path, "grades.csv", "Full name,Course total (Real)\nAna Souza,8.5\nBeto Reis,7\n")
    rows = [*ROWS, viewed(5, **{"Event context": "Page: Work of Ana Souza"})]
    result = enrich(rows, roster=listed, grades=grades, pseudonym_key=KEY)
    texts = {path.name: path.read_bytes().decode(errors="replace") for path in result.folder.iterdir()}
    names = ("Ana Souza", "Souza", "Beto", "Teodora", "Rui Prado", "Another")
    assert [(file, name) for file, text in texts.items() for name in names if name in text] == []
    for name in ("learners.csv", "staff.csv"):
        for row in result.rows(name):
            assert re.fullmatch("u[0-9a-f]{12}", row["person"])
            assert row["user_full_name"] in (row["person"], "")
    assert result.summary.grades.found == 2
