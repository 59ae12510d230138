"""“Real Person as Student” is staff that looks with a student's eyes, unless a person says that somebody is called so."""

import pytest
import yaml
from conftest import event, viewed

KEY = "ab" * 32
NAME = "Khalid as Sabah"
NAMELESS = {"component": "Quiz", "event_name": "Quiz attempt started"}


def log(ids):
    """Khalid as Sabah beside one who is called Sabah, for which he is taken for somebody who looks as that one."""
    people = {71: NAME, 72: "Sabah", 73: "Ana Lima"}
    return [
        viewed(user, name=name) if ids else event("", name=name, **NAMELESS)
        for user, name in people.items()
        for _ in "ab"
    ]


def names(result):
    return {row["user_full_name"] for row in result.events}


def everybody(result, role):
    return [one["person"] for one in result.summary.everybody if one["role"] == role]


@pytest.mark.parametrize("ids", [True, False], ids=["with ids", "without ids"])
def test_a_name_like_that_of_two_is_shown_and_can_be_told_to_be_a_learners_own(enrich, ids):
    guessed = enrich(log(ids))
    assert (guessed.summary.dropped, names(guessed)) == ({"logged_in_as": 2}, {"Sabah", "Ana Lima"})
    assert (everybody(guessed, "logged_in_as"), guessed.summary.people) == ([NAME], 2)
    told = enrich(log(ids), learners=(NAME,))
    assert (told.summary.dropped, names(told)) == ({}, {NAME, "Sabah", "Ana Lima"})
    assert (everybody(told, "logged_in_as"), told.summary.learners) == ([], 3)
    assert told.summary.corrections == {"learners": [NAME]}
    assert "roster_unmatched" not in told.warned


def test_with_pseudonyms_its_code_says_the_same(enrich, tmp_path):
    rows = [*log(True), viewed(71, name="K. Sabah")]
    (code,) = everybody(enrich(rows, pseudonym_key=KEY), "logged_in_as")
    told = enrich(rows, pseudonym_key=KEY, learners=(code,))
    assert told.summary.dropped == {}
    said = yaml.safe_load((told.folder / "corrections.yaml").read_text())
    assert said == {"learners": [code]}
    again = enrich(rows, pseudonym_key=KEY, corrections=told.folder / "corrections.yaml")
    files = [{path.name: path.read_bytes() for path in one.folder.iterdir()} for one in (told, again)]
    assert files[0] == files[1]
    assert not any(NAME.encode() in content for content in files[0].values())


def test_a_name_that_a_page_cut_is_understood(enrich):
    name = "Khalid " + "a" * 250 + " as Sabah"
    rows = [viewed(71, name=name), viewed(72, name="Sabah")]
    (shown,) = everybody(enrich(rows), "logged_in_as")
    assert (len(shown), enrich(rows, learners=(shown,)).summary.dropped) == (201, {})


def test_told_to_be_staffs_it_stays_that_and_the_student_a_learner(enrich):
    rows = [viewed(6, name="Tea Cher as Rui Prado"), viewed(6, name="Rui Prado")]
    result = enrich(rows, staff=("Tea Cher as Rui Prado",))
    assert (result.summary.dropped, names(result)) == ({"logged_in_as": 1}, {"Rui Prado"})
    assert "roster_unmatched" not in result.warned


def test_the_student_is_called_by_the_own_name(enrich):
    rows = [viewed(6, name="Ana Cher as Rui Prado"), viewed(6, name="Rui Prado")]
    (one,) = [one for one in enrich(rows).summary.everybody if one["role"] == "learner"]
    assert (one["name"], one["rows"]) == ("Rui Prado", 1)


def test_who_was_only_looked_for_by_staff_never_came(enrich, tmp_path):
    roster = tmp_path / "people.csv"
    roster.write_text("ID,First name,Last name,Roles\n6,Rui,Prado,Student\n7,Bo,Silva,Student\n")
    rows = [viewed(6, name="Tea Cher as Rui Prado"), viewed(7, name="Bo Silva"), viewed(9, name="Tea Cher")]
    result = enrich(rows, roster=roster)
    assert (result.summary.roster.found, result.summary.roster.missing_names) == (1, ["Rui Prado"])
