import csv
import io
import re
import unicodedata

import pytest
from conftest import event, finish, graded, log_text, viewed
from formats import as_csv, as_html, as_json, as_json_objects, as_ods, as_xlsx
from hypothesis import given, settings
from hypothesis import strategies as st
from listed import log_of

from moodlelogsmart.meaning.roster import load_roster
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


def test_of_a_list_without_roles_the_log_tells_who_is_staff_and_the_list_who_never_came_and_the_groups(enrich, roster):
    # As Moodle downloads it, which gives no roles.
    listed = [("Ana Maria", "Souza", "B"), ("Rui", "Prado", "A"), ("João", "D'Ávila", "A"), ("Bia", "Reis", "B")]
    header = 'First name,"Last name","Email address",Groups\n'
    path = roster(header + "".join(f"{first},{last},x@example.org,{group}\n" for first, last, group in listed))
    rows = [*ROWS, graded(6, 4, name="Rui Prado")]
    result = enrich(rows, roster=path)
    assert {row["user_id"] for row in result.events} == {"4", "5"}
    assert [one["source"] for one in result.summary.staff] == ["log"]
    learners = {row["user_full_name"]: (row["events"], row["group"]) for row in result.rows("learners.csv")}
    assert learners == {"Ana Maria Souza": ("1", "B"), "João D'Ávila": ("1", "A"), "Bia Reis": ("0", "B")}


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


def warned(summary):
    return [str(one.text) for one in summary.warnings if one.code == "roster_unmatched"]


def test_it_says_so_where_nobody_on_it_is_in_the_log_with_examples_of_both(enrich, roster):
    result = enrich(ROWS, roster=roster(PARTICIPANTS + "Ida,Nobody,i@example.org,Student,A group\n"))
    summary = result.summary
    assert summary.learners == len(result.rows("learners.csv")) == 3
    assert warned(summary) == [
        "Nobody in participants.csv was found in the log, so the list was not used. In the log, for example: Ana Maria "
        "Souza, João D'Ávila, Rui Prado. In the list: Ida Nobody."
    ]
    # It may be the list of another course: nobody on it is missing here.
    assert (summary.answers.seen["never"], summary.answers.never, summary.answers.groups) == (0, [], [])
    matched = enrich(ROWS, roster=roster(PARTICIPANTS + "Rui,Prado,r@example.org,Student,\n")).summary
    assert warned(matched) == []


def test_it_says_who_on_it_is_not_in_the_log(enrich, roster):
    absent = "".join(f"Absent {letter * 3},Person,{letter}@example.org,Student,\n" for letter in "abcdefg")
    path = roster(PARTICIPANTS + "Rui,Prado,r@example.org,Student,\n" + absent)
    summary = enrich(ROWS, roster=path).summary
    assert warned(summary) == [
        "List of participants (participants.csv): 1 of 8 people in the log. Not in the log: Absent aaa Person, Absent bbb Person, "
        "Absent ccc Person, Absent ddd Person, Absent eee Person, …."
    ]
    assert (summary.roster.people, summary.roster.found, summary.roster.missing) == (8, 1, 7)
    assert summary.roster.missing_names[-1] == "Absent ggg Person"


def test_an_event_that_names_nobody_stands_for_nobody_on_it(enrich, roster):
    people = "Rui,Prado,r@example.org,Student,A\nBia,Reis,b@example.org,Student,B\n"
    nobody = event("Something happened.", name="-", event_name="List Submissions", component="Turnitin")
    result = enrich([*ROWS, nobody], roster=roster(PARTICIPANTS + people))
    assert (result.summary.roster.found, result.summary.roster.missing_names) == (1, ["Bia Reis"])
    assert result.summary.answers.never == ["Bia Reis"]
    nameless = enrich([viewed(4), viewed(5), nobody], roster=roster(PARTICIPANTS + people))
    assert nameless.summary.roster.found == 0
    assert "roster_unmatched" in nameless.warned


def test_who_is_not_in_the_log_is_told_with_fifty_names_at_most(enrich, roster):
    absent = "".join(f"Absent{number},{'Person ' * 60},,Student,\n" for number in range(90))
    summary = enrich(ROWS, roster=roster(PARTICIPANTS + absent)).summary
    assert (summary.roster.missing, len(summary.roster.missing_names)) == (90, 50)
    assert max(map(len, summary.roster.missing_names)) == 200


@pytest.mark.parametrize("known", ["Rui,Prado,,Student,\n", ""])
def test_with_pseudonyms_who_is_on_it_is_counted_and_not_named(enrich, roster, known):
    path = roster(PARTICIPANTS + known + "Ida,Nobody,i@example.org,Student,\n")
    result = enrich(ROWS, roster=path, pseudonym_key="ab" * 32)
    assert result.summary.roster.missing == 1
    assert len(warned(result.summary)) == 1
    for file in result.folder.iterdir():
        assert not re.search(b"Ida,? ?Nobody|i@example", file.read_bytes()), file.name


def test_a_name_that_several_people_of_the_log_have_is_told_and_not_guessed(enrich, roster):
    rows = [*ROWS, viewed(7, name="Rui Prado")]
    summary = enrich(rows, roster=roster(PARTICIPANTS + "Rui,Prado,,Teacher,\nAna Maria,Souza,,Student,\n")).summary
    assert (summary.staff, summary.roster.found, summary.roster.unclear) == ([], 1, 1)
    assert warned(summary) == [
        "List of participants (participants.csv): what it says of people whose name fits several was not used: Rui Prado."
    ]
    # As many of that name are on the list as in the log, and all with one role.
    both = enrich(rows, roster=roster(PARTICIPANTS + "Rui,Prado,,Teacher,\nRui,Prado,,Teacher,\n")).summary
    assert ({one["person"] for one in both.staff}, both.roster.found) == ({"6", "7"}, 2)


def test_of_two_of_one_name_on_it_and_one_in_the_log_one_is_found_and_one_is_not(enrich, roster):
    path = roster(PARTICIPANTS + "Rui,Prado,,Teacher,\nRui,Prado,,Teacher,\n")
    summary = enrich(ROWS, roster=path).summary
    assert [one["person"] for one in summary.staff] == ["6"]
    assert (summary.roster.found, summary.roster.missing, summary.roster.unclear) == (1, 1, 0)
    assert summary.roster.missing_names == ["Rui Prado"]


def test_a_person_who_is_called_as_a_role_is_one_of_the_list(enrich, roster):
    rows = [viewed(4, name="Tea Cher"), viewed(5, name="Bo Student")]
    path = roster("Full name,Roles,Groups\nTea Cher,Student,\nBo Student,Teacher,\n")
    assert [one["name"] for one in enrich(rows, roster=path).summary.staff] == ["Bo Student"]


def test_people_whose_names_were_replaced_by_numbers_are_found(enrich, roster):
    people = "".join(f"Learner,{number},l{number}@example.org,{role}\n" for number, role in ((4, "Teacher"), (5, "Student"), (6, "Student")))  # fmt: skip
    rows = [viewed(number, name=f"Learner {number}") for number in (4, 5)]
    summary = enrich(rows, roster=roster("First name,Surname,Email address,Roles\n" + people)).summary
    assert ([one["person"] for one in summary.staff], summary.roster.missing_names) == (["4"], ["Learner 6"])


def test_user_numbers_count_before_names(enrich, roster):
    rows = [*ROWS, viewed(7, name="Rui Prado")]
    path = roster("User ID,Full name,Roles\n7,Rui Prado,Teacher\n99,Ana Maria Souza,Teacher\n")
    summary = enrich(rows, roster=path).summary
    assert [one["person"] for one in summary.staff] == ["7"]
    assert summary.roster.missing_names == ["Ana Maria Souza"]


# As people, lists and keyboards write one name.
WRITTEN = ["João D'Ávila", "Ana-Maria de Souza", "Łukasz Strauß", "Ngũgĩ wa Thiong’o", "Maria João Pires"]


@st.composite
def written(draw):
    """A name, and another way to write it."""
    name = draw(st.sampled_from(WRITTEN))
    words = draw(st.permutations(re.split("[ -]", name)))
    text = draw(st.sampled_from([" ", "  ", "\N{NO-BREAK SPACE}", ", ", "-", "\N{IDEOGRAPHIC SPACE}"])).join(words)
    change = draw(
        st.sampled_from(
            [str, str.upper, str.lower, str.title, without_accents, full_width, other_apostrophe, decomposed]
        )
    )
    return name, change(text)


def without_accents(text):
    plain = "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))
    return plain.translate(str.maketrans("łŁ", "lL"))


def full_width(text):
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)


def other_apostrophe(text):
    return text.replace("'", "’")


def decomposed(text):
    return unicodedata.normalize("NFD", text)


@settings(max_examples=30)
@given(written())
def test_a_name_is_found_in_any_order_and_writing(tmp_path_factory, pair):
    name, other = pair
    folder = tmp_path_factory.mktemp("roster")
    for in_log, on_list in ((name, other), (other, name)):
        assert staff_by(folder, {"4": in_log, "5": "Somebody Else"}, [on_list]) == {"4"}


def staff_by(folder, people, teachers):
    """Of the people of a log, by id, those whom a list makes staff."""
    path = folder / "list.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["Full name", "Roles"], *([name, "Teacher"] for name in teachers)])
    with log_of(folder, people) as work:
        load_roster(work, path)
        return {person for (person,) in work.run("select person from on_roster where role = 'staff'")}


@pytest.mark.parametrize(
    ("in_log", "on_list", "found"),
    [
        ("王伟", "王 伟", True),
        ("伟 王", "王 伟", True),
        ("김민수", "김 민수", True),
        ("김민수", "김수민", False),  # another name with the same letters
        ("Kovács Anna", "Anna KOVÁCS", True),
        ("Ana Silva", "Ana da Silva", True),
        ("Ana da Silva", "Ana da", False),  # a particle is no second name
        ("Vincent van Gogh", "van Gogh", False),
        ("A. Silva Costa", "A. Silva", False),  # nor is an initial
        ("João Prado", "J. Prado", False),
        ("Maria de Souza", "Maria da Souza", False),
        ("ana@example.org", "ANA@example.org", True),
        ("Ana", "Ana", True),
        ("राजेश कुमार", "कुमार राजेश", True),
        ("राजेश कुमार", "रजेश कुमार", False),  # its vowels are no accents
        ("สมชาย ศิริพร", "สมชาย ศรีพร", False),
        ("محمّد علي", "علي محمد", True),
    ],
)
def test_names_with_a_doubt_are_nobody(tmp_path, in_log, on_list, found):
    assert staff_by(tmp_path, {"4": in_log, "5": "Somebody Else"}, [on_list]) == ({"4"} if found else set())


def test_the_first_name_of_somebody_on_it_is_not_that_of_another_person(tmp_path, enrich, roster):
    path = roster(PARTICIPANTS + "Madonna,Ciccone,m@example.org,Teacher,\n")
    assert enrich([viewed(4, name="Madonna"), *ROWS[1:]], roster=path).summary.staff == []


def test_somebody_looked_at_as_by_another_person_is_not_that_person(enrich, roster):
    posing = "The user with id '9' has logged in as the user with id '6'."
    rows = [*ROWS, event(posing, name="Tea Cher"), viewed(6, name="Tea Cher as Rui Prado")]
    summary = enrich(rows, roster=roster(PARTICIPANTS + "Tea,Cher,t@example.org,Teacher,\n")).summary
    assert [one["person"] for one in summary.staff] == ["9"]
    alone = enrich(rows[:3] + rows[4:], roster=roster(PARTICIPANTS + "Tea,Cher,t@example.org,Teacher,\n")).summary
    assert (alone.staff, alone.roster.missing_names) == ([], ["Tea Cher"])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "cp1251", "cp1250"])
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_it_is_read_in_the_encodings_of_a_spreadsheet(enrich, roster, encoding, delimiter):
    name, role = ("Анна Петрова", "Преподаватель") if encoding == "cp1251" else ("Łukasz Źdźbło", "Teacher")
    path = roster(f"Full name{delimiter}Roles\n{name}{delimiter}{role}\n", encoding)
    summary = enrich([*ROWS, viewed(9, name=name)], roster=path).summary
    assert [one["name"] for one in summary.staff] == [name]


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


@pytest.mark.parametrize("pack", [as_xlsx, as_ods])
def test_a_spreadsheet_that_is_no_list_of_people_is_refused_at_its_field(upload, pack):
    answer = upload(log_text(ROWS), json=True, roster=(io.BytesIO(pack([["a"], ["b"]])), "x.xlsx"))
    assert answer.status_code == 400
    assert "x.xlsx has no column “Roles”" in answer.get_json()["fields"]["roster"]


def test_what_is_opened_in_the_job_and_is_no_list_fails_with_a_sentence_and_the_log_stays_for_another_list(
    client, upload
):
    answer = upload(log_text(ROWS), json=True, roster=(io.BytesIO(as_json([["a"], ["b"]])), "x.json"))
    facts = finish(client, answer.get_json()["job_id"])
    assert "x.json has no column “Roles”" in facts["error"]
    page = client.get(f"/status/{facts['job_id']}").text
    assert 'name="roster"' in page
    right = as_xlsx([["Full name", "Roles"], ["Rui Prado", "Teacher"]])
    again = client.post(
        facts["rerun_url"], data={"roster": (io.BytesIO(right), "x.xlsx")}, headers={"Accept": "application/json"}
    )
    assert [one["name"] for one in finish(client, again.get_json()["job_id"])["summary"]["staff"]] == ["Rui Prado"]
