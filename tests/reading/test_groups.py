"""Groups beside a log: from a list of participants, an overview of groups, or any table of names and groups."""

import io

import pytest
from conftest import finish, log_text, viewed
from formats import as_csv, as_json, as_ods, as_xlsx
from listed import log_of

from moodlelogsmart.meaning.groups import load_groups
from moodlelogsmart.meaning.roster import load_roster

PEOPLE = {"4": "Ana Maria Souza", "5": "Rui Prado", "6": "João D'Ávila"}
ROWS = [viewed(number, name=name) for number, name in PEOPLE.items()]
TOLD = [("4", "Group A"), ("5", "Group A"), ("5", "Lab 2"), ("6", "Lab 2")]
LAYOUTS = {
    "participants": "First name,Last name,Email address,Groups\nAna Maria,Souza,a@example.org,Group A\n"
    'Rui,Prado,,"Group A, Lab 2"\nJoão,D\'Ávila,,Lab 2\nIda,Nobody,,No groups\n',
    "participants, pt_br": "Nome;Sobrenome;Papéis;Grupos\nAna Maria;Souza;Estudante;Group A\n"
    "Rui;Prado;Estudante;Group A, Lab 2\nJoão;D'Ávila;Estudante;Lab 2\nIda;Nobody;Estudante;Nenhum grupo\n",
    "participants, es": "Nombre\tApellido(s)\tGrupos\nAna Maria\tSouza\tGroup A\nRui\tPrado\tGroup A, Lab 2\n"
    "João\tD'Ávila\tLab 2\n",
    "participants, de": "Nachname,Vorname,Gruppen\nSouza,Ana Maria,Group A\nPrado,Rui,\"Group A, Lab 2\"\nD'Ávila,João,Lab 2\n",
    "participants, fr": "Nom;Prénom;Groupes\nSouza;Ana Maria;Group A\nPrado;Rui;Group A, Lab 2\nD'Ávila;João;Lab 2\n",
    "a row a member": "groupname,username,firstname,lastname\nGroup A,am,Ana Maria,Souza\nGroup A,rp,Rui,Prado\n"
    "Lab 2,rp,Rui,Prado\nLab 2,jd,João,D'Ávila\n",
    "several columns": "Full name,group1,group2\nAna Maria Souza,Group A,\nRui Prado,Group A,Lab 2\nJoão D'Ávila,Lab 2,\n",
    "an overview": "Groups (2),Group members,User count\nGroup A,\"Ana Maria Souza, Rui Prado\",2\nLab 2,\"Rui Prado, João D'Ávila\",2\n",
    "below a title": "Groups of 2021,,\n,,\nGroup,Name,x\nGroup A,Ana Maria Souza,\nGroup A,Rui Prado,\nLab 2,Rui Prado,\n"
    "Lab 2,João D'Ávila,\n",
    "by user number": "User ID,Group\n4,Group A\n5,Group A\n5,Lab 2\n6,Lab 2\n",
}  # fmt: skip


def members(folder, groups="", roster=""):
    """Table `member` of a log of these people."""
    files = {"groups": groups, "roster": roster}
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    paths = {name: folder / name if content else None for name, content in files.items()}
    with log_of(folder, PEOPLE) as work:
        load_roster(work, paths["roster"])
        load_groups(work, paths["groups"])
        return work.run('select person, "group" from member order by all')


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_tells_the_same_groups(tmp_path, layout):
    assert members(tmp_path, LAYOUTS[layout]) == TOLD


@pytest.mark.parametrize("pack", [as_xlsx, as_ods, lambda rows: as_csv(rows, "utf-16", delimiter="\t")])
def test_it_is_read_in_the_formats_of_a_spreadsheet(tmp_path, pack):
    rows = [["Full name", "Groups"], ["Ana Maria Souza", "Group A"], ["Rui Prado", "Group A, Lab 2"], ["João D'Ávila", "Lab 2"]]  # fmt: skip
    assert members(tmp_path, pack(rows)) == TOLD


ROSTER = LAYOUTS["participants, pt_br"]


def test_a_list_of_participants_tells_them_where_no_file_of_groups_does(tmp_path):
    assert members(tmp_path, roster=ROSTER) == TOLD
    other = "Name,Group\nAna Maria Souza,Other\n"
    assert members(tmp_path, groups=other, roster=ROSTER) == [("4", "Other")]
    assert members(tmp_path, groups="Name,Group\nIda Nobody,Other\n", roster=ROSTER) == TOLD
    assert members(tmp_path) == []


def test_who_is_not_in_the_log_is_told_and_nobody_is_made_of_them(enrich, tmp_path):
    (tmp_path / "groups.csv").write_text(LAYOUTS["several columns"] + "Ida Nobody,Group A,\n")
    summary = enrich(ROWS, groups=tmp_path / "groups.csv").summary
    assert (summary.groups.people, summary.groups.found, summary.groups.missing_names) == (4, 3, ["Ida Nobody"])
    (warning,) = [one for one in summary.warnings if one.code == "roster_unmatched"]
    assert str(warning.text) == "Groups (groups.csv): 3 of 4 people in the log. Not in the log: Ida Nobody."
    assert summary.staff == []


@pytest.mark.parametrize("text", ["Name,Email\nAna,a@example.org\n", "Groups\nA\n", "x", "Group,Groups\nA,B\n"])
def test_what_tells_no_groups_is_refused_at_once(upload, text):
    answer = upload(json=True, groups=(io.BytesIO(text.encode()), "own.csv"))
    assert answer.status_code == 400
    assert answer.get_json()["error"].startswith("own.csv has no column “Groups” beside names. In Moodle: Participants")


def test_what_is_opened_in_the_job_and_tells_none_fails_with_a_sentence_and_the_log_stays_for_another(client, upload):
    answer = upload(log_text(ROWS), json=True, groups=(io.BytesIO(as_json([["a"], ["b"]])), "x.json"))
    facts = finish(client, answer.get_json()["job_id"])
    assert "x.json has no column “Groups”" in facts["error"]
    page = client.get(f"/status/{facts['job_id']}").text
    assert 'name="groups"' in page
    assert 'name="roster"' not in page
    right = io.BytesIO(as_xlsx([["Full name", "Group"], ["Rui Prado", "A"]]))
    again = client.post(
        f"/jobs/{facts['job_id']}/rerun", data={"groups": (right, "y.xlsx")}, headers={"Accept": "application/json"}
    )
    facts = finish(client, again.get_json()["job_id"])
    assert facts["summary"]["groups"] | {"missing_names": [], "unclear_names": []} == {
        "people": 1, "found": 1, "missing": 0, "unclear": 0, "missing_names": [], "unclear_names": [],
    }  # fmt: skip
