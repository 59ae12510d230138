import io

import pytest
from conftest import finish, graded, log_text, viewed
from formats import as_csv, as_html, as_json, as_json_objects, as_ods, as_xlsx

from moodlelogsmart.messages import LogError
from moodlelogsmart.reading.roster import read_roster

PARTICIPANTS = 'First name,Surname,"Email address",Roles,Groups\n'


@pytest.fixture
def roster(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "participants.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


ROWS = [viewed(4, name="João D'Ávila"), viewed(5, name="Ana Maria Souza"), viewed(6, name="Rui Prado")]


def test_the_roster_makes_staff_of_who_did_nothing_that_only_staff_does(enrich, roster):
    path = roster(
        PARTICIPANTS + "João,D'Ávila,j@example.org,Non-editing teacher,\nAna Maria,Souza,a@example.org,Student,\n"
    )
    result = enrich(ROWS, roster=path)
    assert {row["user_id"] for row in result.events} == {"5", "6"}
    (one,) = result.summary.staff
    assert (one["person"], one["name"], one["source"]) == ("4", "João D'Ávila", "roster")


def test_the_roster_overrules_what_the_log_shows(enrich, roster):
    rows = [*ROWS, graded(5, 4, name="Ana Maria Souza")]
    assert {row["user_id"] for row in enrich(rows).events} == {"4", "6"}
    path = roster(PARTICIPANTS + "Ana Maria,Souza,a@example.org,Student,\n")
    assert {row["user_id"] for row in enrich(rows, roster=path).events} == {"4", "5", "6"}


def test_who_is_not_on_the_roster_is_judged_by_the_log(enrich, roster):
    path = roster(PARTICIPANTS + "Ana Maria,Souza,a@example.org,Student,\n")
    result = enrich([*ROWS, graded(6, 4, name="Rui Prado")], roster=path)
    assert {row["user_id"] for row in result.events} == {"4", "5"}


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Nome,Sobrenome,Endereço de email,Papéis\nJoão,D'Ávila,j@example.org,Professor\n", "utf-8"),
        ("Nombre;Apellido(s);Roles\nJoão;D'Ávila;Profesor sin permiso de edición, Estudiante\n", "cp1252"),
        ("Roles\tFull name\nTeacher\tjoao  d'avila\n", "utf-8-sig"),
        ("姓,名,ロール\nD'Ávila,João,教師\n", "utf-8"),
        ("Фамилия,Имя,Роли\nD'Ávila,João,Преподаватель\n", "utf-8"),
    ],
)
def test_it_reads_rosters_of_other_languages_orders_and_encodings(enrich, roster, text, encoding):
    assert {row["user_id"] for row in enrich(ROWS, roster=roster(text, encoding)).events} == {"5", "6"}


def test_it_finds_people_by_moodles_id_in_a_log_without_names(enrich, roster):
    rows = [viewed(4), viewed(5)]
    assert {row["user_id"] for row in enrich(rows, roster=roster("User ID,Role\n4,Teacher\n5,Student\n")).events} == {
        "5"
    }


def test_two_people_of_one_name_and_two_roles_are_left_to_the_log(enrich, roster):
    path = roster(
        PARTICIPANTS + "Rui,Prado,1@example.org,Teacher,\nRui,Prado,2@example.org,Student,\nAna Maria,Souza,,Student,\n"
    )
    assert {row["user_id"] for row in enrich(ROWS, roster=path).events} == {"4", "5", "6"}


@pytest.mark.parametrize(
    "text", ["", "a,b\n1,2\n", "Name,Email\nAna,a@example.org\n", "\x89PNG\r\n\x1a\n\0\0", '"unclosed,Teacher\n']
)
def test_it_refuses_what_is_no_roster(roster, text):
    with pytest.raises(LogError, match="The list of participants has no column “Roles”"):
        list(read_roster(roster(text, "latin-1")))


def test_it_says_so_where_nobody_on_it_is_in_the_log(enrich, roster):
    summary = enrich(ROWS, roster=roster(PARTICIPANTS + "Ida,Nobody,i@example.org,Student,\n")).summary
    assert summary.learners == 3
    (text,) = [str(one.text) for one in summary.warnings if one.code == "roster_unmatched"]
    assert text.startswith("Nobody on the list of participants was found in the log, so the list was not used.")
    matched = enrich(ROWS, roster=roster(PARTICIPANTS + "Rui,Prado,r@example.org,Student,\n")).summary
    assert "roster_unmatched" not in {one.code for one in matched.warnings}


@pytest.mark.parametrize(
    "written", ["D'ÁVILA, João", "d'avila joao", "João  Maria D'Ávila", "D'Ávila; João", "Maria D'Ávila, João"]
)
def test_names_are_compared_without_order_commas_case_and_words_that_one_leaves_out(enrich, roster, written):
    path = roster(f'Full name,Roles\n"{written}",Teacher\n')
    assert {row["user_id"] for row in enrich(ROWS, roster=path).events} == {"5", "6"}


@pytest.mark.parametrize(
    "people",
    [
        "Maria Souza,Student\nAna Souza,Teacher\n",  # is another one, who is in the log
        "Ana,Teacher\n",  # one word is no name
        "João Prado,Teacher\n",  # has words of two people
    ],
)
def test_part_of_a_name_is_nobody_where_it_may_be_another(enrich, roster, people):
    rows = [*ROWS, viewed(7, name="Ana Souza"), viewed(8, name="Lia Maria Souza"), viewed(9, name="Rita Maria Souza")]
    result = enrich(rows, roster=roster("Full name,Roles\n" + people))
    assert {row["user_id"] for row in result.events} >= {"4", "5", "6", "8", "9"}


def test_kept_roles_are_told_apart_in_a_column(enrich):
    rows = [
        viewed(4, name="Ana Souza"),
        graded(9, 4, name="Tea Cher"),
        viewed(0, name="Guest"),
        viewed(4, Origin="cli", name="Ana Souza"),
        viewed(4, name="Tea Cher as Ana Souza"),
    ]
    keep = ("staff", "system", "guest", "logged_in_as")
    result = enrich(rows, keep=keep)
    assert {(row["case_id"], row["role"]) for row in result.events} == {
        ("4", "learner"), ("9", "staff"), ("0", "guest"), ("4", "system"), ("Tea Cher as Ana Souza", "logged_in_as"),
    }  # fmt: skip
    assert result.dropped == []
    assert result.summary.rows_read == 5 == result.summary.events_kept
    assert '<string key="role" value="staff"/>' in (result.folder / "enriched_log.xes").read_text()


def test_only_what_is_asked_for_is_kept_and_without_that_there_is_no_such_column(enrich):
    rows = [viewed(4), graded(9, 4), viewed(0), viewed(4, Origin="cli")]
    result = enrich(rows, keep=("staff",))
    assert {row["role"] for row in result.events} == {"learner", "staff"}
    assert result.summary.dropped == {"guest": 1, "system": 1}
    assert "role" not in enrich(rows).events[0]


@pytest.mark.parametrize("pack", [as_csv, as_xlsx, as_ods, as_json, as_json_objects, as_html])
def test_it_comes_in_every_format_that_moodle_offers(client, upload, pack):
    people = [["First name", "Surname", "Roles"], ["João", "D'Ávila", "Teacher"], ["Ana Maria", "Souza", "Student"]]
    answer = upload(log_text(ROWS), json=True, roster=(io.BytesIO(pack(people)), "participants"))
    facts = finish(client, answer.get_json()["job_id"])
    assert [one["name"] for one in facts["summary"]["staff"]] == ["João D'Ávila"]


def test_a_spreadsheet_that_is_no_list_of_people_fails_with_a_sentence(client, upload):
    answer = upload(log_text(ROWS), json=True, roster=(io.BytesIO(as_xlsx([["a"], ["b"]])), "x.xlsx"))
    assert "The list of participants has no column “Roles”" in finish(client, answer.get_json()["job_id"])["error"]
