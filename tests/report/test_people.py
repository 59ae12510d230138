"""Everybody of a log is found by a few letters of the name, among however many."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from moodlelogsmart.report import people as module
from moodlelogsmart.report.people import open_people, write_people
from moodlelogsmart.workspace import Limits, Stop, open_workspace

NAMES = [
    "Zoë Ångström",
    "João D'Ávila",
    "ΟΔΥΣΣΕΥΣ Παπάς",
    "Łukasz Źdźbło",
    "김민수",
    "佐藤 がく",
    "İpek Işık",
    "-",
    None,
]


def one(person, name, **more):
    told = {"rows": 3, "last": "2021-10-17", "role": "learner", "source": "", "act": "", "times": 0, "first": ""}
    return {"person": person, "name": name, **told, **more}


@pytest.fixture
def written(tmp_path):
    """A file of these people."""

    def write(people):
        with open_workspace(tmp_path, Limits(), Stop()) as work:
            work.run("create table everybody as select unnest($1, recursive := true)", [people])
            write_people(work, tmp_path / "people.sqlite")
        return tmp_path / "people.sqlite"

    return write


def found(path, who, known=(), most=50):
    with open_people(path, known) as people:
        some, all_of_them = people.find(who, most)
        return [one["person"] for one in some], all_of_them


def test_people_are_found_by_any_words_of_name_and_number_in_their_order(written):
    path = written([one(str(number), name) for number, name in enumerate(NAMES, 4)])
    for who, whom in [
        ("zoe", ["4"]), ("ANGSTROM zo", ["4"]), ("D'Av", ["5"]), ("οδυσσευς", ["6"]), ("ΠΑΠΑΣ", ["6"]), ("민수", ["8"]),
        ("佐藤", ["9"]), ("ipek", ["10"]), ("1", ["10", "11", "12"]), ("zoe lukasz", []), ("%", []), ("", []), (" ", []),
    ]:  # fmt: skip
        assert found(path, who) == (whom, len(whom)), who
    assert found(path, "1", most=2) == (["10", "11"], 3)


def test_the_file_holds_the_first_of_very_many(written, monkeypatch):
    monkeypatch.setattr(module, "MOST", 3)
    monkeypatch.setattr(module, "_BATCH", 2)
    path = written([one(str(number), "Ana Reis") for number in range(4, 9)])
    assert found(path, "ana") == (["4", "5", "6"], 3)


def test_without_a_file_those_of_the_summary_are_found(tmp_path):
    known = [one("4", "Zoë Ångström"), one("5", None, role="staff", source="log", act="Graded")]
    assert found(tmp_path / "none", "angstrom", known) == (["4"], 1)
    with open_people(tmp_path / "none", known) as people:
        assert (people.acts(), people.who_did({"Graded"})) == ({"Graded": 1}, ["5"])
        assert people.named(["5", "77"]) == [known[1]]


@settings(max_examples=30)
@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12), min_size=1, max_size=20)
)
@example(["Σ", "ẞ", "ǰ", "ﬀ", "राजेश", "ศิริพร", "محمّد", "தமிழ்", "Ǆ", "가"])
def test_everybody_is_found_by_the_own_name(tmp_path_factory, names):
    folder = tmp_path_factory.mktemp("people")
    with open_workspace(folder, Limits(), Stop()) as work:
        everybody = [one(f"#{number}", name) for number, name in enumerate(names)]
        work.run("create table everybody as select unnest($1, recursive := true)", [everybody])
        write_people(work, folder / "people.sqlite")
    for number, name in enumerate(names):
        if name.strip():
            assert f"#{number}" in found(folder / "people.sqlite", name)[0], name
