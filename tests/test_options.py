"""One table of options: form, command, manifest and README read it, and a mistake has one sentence."""

import importlib
import json
from dataclasses import dataclass, fields
from typing import Annotated

import msgspec
import pytest
from conftest import finish, log_text, viewed

from app import create_app
from moodlelogsmart import options
from moodlelogsmart.commands import process
from moodlelogsmart.config import Settings
from moodlelogsmart.messages import LogError, Message
from moodlelogsmart.options import COMMAND, FORM, OptionError, Options, entries, option, parse
from moodlelogsmart.report import labels


@dataclass(frozen=True)
class More(Options):
    """The options, and one that is added."""

    depth: Annotated[int, msgspec.Meta(ge=1, le=9)] = option(
        3, "How deep it goes.", Message("The depth must be from %(least)d to %(most)d."), unit="levels"
    )


@pytest.fixture
def deeper(monkeypatch):
    """A table with one entry and one label more."""
    monkeypatch.setattr(options, "Options", More)
    monkeypatch.setitem(labels.OPTIONS, "depth", Message("How deep"))


@pytest.fixture
def rebuilt():
    """The command is made of the table when it is loaded: it is loaded anew once the table is as it was."""
    yield
    importlib.reload(process)


@pytest.fixture
def command(rebuilt, deeper, settings):
    importlib.reload(process)
    return create_app(Settings(**settings)).test_cli_runner()


def log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(log_text([viewed(4)]))
    return str(path)


def test_an_option_that_is_added_stands_on_the_form(deeper, client):
    page = client.get("/").get_data(as_text=True)
    assert '<label for="depth">How deep</label>' in page
    assert '<input type="number" id="depth" name="depth" min="1" max="9" value="3" inputmode="numeric">' in page


def test_an_option_that_is_added_is_a_flag_of_the_command(command):
    told = command.invoke(args=["process", "--help"]).output
    assert "--depth LEVELS" in told
    assert "[1 to 9; default: 3]" in " ".join(told.split())
    assert "How deep it goes." in told


def test_an_option_that_is_added_is_in_the_manifest_from_both_doors(command, client, upload, within, tmp_path):
    (tmp_path / "out").mkdir()
    done = command.invoke(args=["process", log(tmp_path), "--out", str(tmp_path / "out"), "--depth", "7"])
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["options"]["depth"] == 7
    job_id = upload(json=True, depth="5").get_json()["job_id"]
    assert finish(client, job_id)["status"] == "completed"
    assert client.get(f"/download/{job_id}/manifest.json").get_json()["options"]["depth"] == 5


def test_a_mistake_has_the_same_sentence_at_every_door(command, upload, tmp_path):
    sentence = "The depth must be from 1 to 9."
    assert sentence in upload(depth="12").get_data(as_text=True)
    assert upload(json=True, depth="x").get_json()["error"] == sentence
    done = command.invoke(args=["process", log(tmp_path), "--out", str(tmp_path / "out"), "--depth", "12"])
    assert (done.exit_code, done.output.strip()) == (2, sentence)
    with pytest.raises(LogError, match=sentence):
        More(depth=0)


def test_every_option_of_the_form_has_a_label_and_every_choice_too():
    for entry in entries():
        if FORM in entry.doors:
            assert labels.OPTIONS[entry.name]
            assert set(labels.CHOICES.get(entry.name, ())) == set(entry.choices)


def test_its_table_is_made_once():
    assert entries() is entries(Options)  # each of thousands of jobs that are read asks for it


def test_it_names_each_option_once():
    assert [entry.field for entry in entries()] == [one.name for one in fields(Options)]
    commands = [entry.command for entry in entries() if COMMAND in entry.doors]
    assert len(set(commands)) == len(commands)


WRONG = {
    "case": "person",
    "timezone": "Mars/Olympus",
    "session_gap": "0",
    "year": "1989",
    "keep": "teachers",
    "pseudonyms": "mine",
}


@pytest.mark.parametrize(("name", "value"), WRONG.items())
def test_it_refuses_what_an_option_cannot_be(upload, app, tmp_path, name, value):
    with pytest.raises(OptionError) as told:
        parse({name: [value]}, FORM)
    assert upload(json=True, **{name: value}).get_json()["error"] == told.value.message
    entry = next(entry for entry in entries() if entry.name == name)
    if not entry.flag:
        args = ["process", log(tmp_path), "--out", str(tmp_path / "out"), entry.command, value]
        assert app.test_cli_runner().invoke(args=args).output.strip() == told.value.message


@pytest.mark.parametrize("number", ["3.5", "1e2", "+30", "9" * 5000, "-5", "30 minutes"])
def test_a_whole_number_is_written_in_digits(number):
    with pytest.raises(OptionError, match="from 1 to 1440 whole minutes"):
        parse({"session_gap": [number]}, FORM)


def test_a_whole_number_may_be_in_the_digits_of_any_script():
    assert parse({"session_gap": ["٤٥"]}, FORM).session_gap == 45


def test_what_is_left_empty_has_its_default():
    assert parse({"case": [""], "session_gap": [" "], "year": [], "keep": []}, FORM) == Options()


def test_on_the_command_line_an_empty_value_is_a_mistake():
    with pytest.raises(OptionError, match="This time zone is not known"):
        parse({"timezone": [""]}, COMMAND)


def test_a_list_of_roles_counts_as_a_tuple():
    assert Options(keep=["staff", "guest"]) == Options(keep=("staff", "guest"))


@pytest.mark.parametrize("wrong", [{"language": "../../etc"}, {"case": 5}, {"keep": "staff"}])
def test_a_program_is_told_the_same_way(wrong):
    with pytest.raises(OptionError):
        Options(**wrong)


def test_spaces_around_a_value_do_not_matter():
    assert parse({"timezone": [" America/Sao_Paulo "], "session_gap": ["045"]}, FORM) == Options(
        timezone="America/Sao_Paulo", session_gap=45
    )


def test_the_order_in_which_roles_are_named_does_not_matter():
    assert parse({"keep": ["guest", "staff", "guest"]}, COMMAND).keep == ("staff", "guest")


def test_what_nobody_may_set_at_a_door_is_passed_over():
    assert parse({"pseudonym_key": ["ab" * 32], "language": ["pt_BR"]}, FORM) == Options()


def test_a_secret_is_not_shown():
    assert "ab" * 32 not in repr(Options(pseudonym_key="ab" * 32))


def test_pseudonyms_without_a_key_are_refused_and_never_left_out(enrich):
    with pytest.raises(LogError, match="There is no key for the pseudonyms"):
        enrich([viewed(4, name="Ana Souza")], pseudonyms="site")


def test_a_key_that_is_none_is_refused(enrich):
    with pytest.raises(LogError, match="is not a key"):
        enrich([viewed(4)], pseudonym_key="nope")


def test_the_key_file_alone_gives_pseudonyms(enrich, tmp_path):
    (tmp_path / "my.key").write_text("ab" * 32 + "\n")
    result = enrich([viewed(4, name="Ana Souza")], key=str(tmp_path / "my.key"))
    assert result.events[0]["user_full_name"].startswith("u")
    assert json.loads((result.folder / "manifest.json").read_text())["options"]["pseudonymised"] is True
