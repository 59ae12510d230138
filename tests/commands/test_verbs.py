"""The command `moodlelogsmart` around its verbs."""

import json
import subprocess
import sys

import pytest

from moodlelogsmart import __version__
from moodlelogsmart.commands import VERBS, verb
from moodlelogsmart.config import Settings


def test_it_lists_its_verbs(command):
    said = command(verb="--help")
    assert said.returncode == 0
    told = [line.split()[0] for line in said.stdout.partition("Commands:")[2].splitlines() if line[:3].strip()]
    assert told == list(VERBS)


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_has_its_own_help(command, name):
    said = command("--help", verb=name)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith(f"Usage: moodlelogsmart {name}")
    assert verb(name).name == name


def test_it_tells_its_version(command):
    assert command(verb="--version").stdout == f"moodlelogsmart, version {__version__}\n"


def test_a_verb_that_there_is_not_is_told(command):
    said = command(verb="proces")
    assert said.returncode == 2
    assert "No such command 'proces'" in said.stderr


def test_who_asks_for_help_waits_for_no_database_engine():
    program = "import sys\nsys.argv[1:] = ['--help']\nfrom moodlelogsmart.commands import main\n"
    program += "try:\n    main()\nfinally:\n    print([name for name in ('duckdb', 'pyarrow', 'flask', 'babel') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_no_verb_but_that_of_the_server_needs_flask(tmp_path):
    log = tmp_path / "log.csv"
    log.write_text(
        "Time,User full name,Event name,Description\n\"17/10/21, 12:39\",Ana Invented,Course viewed,The user with id '4' viewed the course with id '7'.\n"
    )
    program = (
        "import sys\nfor name in ('flask', 'flask_babel', 'werkzeug', 'gunicorn', 'limits'):\n    sys.modules[name] = None\n"
        f"sys.argv[1:] = ['process', {str(log)!r}, '--out', {str(tmp_path / 'out')!r}]\n"
        "from moodlelogsmart.commands import main, verb, VERBS\n[verb(name) for name in VERBS]\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "report.html").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_it_writes_what_makes_a_shell_complete(command, shell):
    said = command(shell, verb="completion")
    assert said.returncode == 0
    assert "_MOODLELOGSMART_COMPLETE" in said.stdout


def test_it_shows_every_setting_and_no_secret(command):
    said = command(verb="config", MOODLELOGSMART_ADMIN_TOKEN="0123456789abcdef", MOODLELOGSMART_PORT="8123")
    assert said.returncode == 0
    lines = {line.split()[0]: line.split()[1:] for line in said.stdout.splitlines()}
    assert list(lines) == list(Settings.__dataclass_fields__)
    assert lines["port"] == ["8123", "environment"]
    assert lines["admin_token"] == ["set", "environment"]
    assert "0123456789abcdef" not in said.stdout
    told = json.loads(command("--json", verb="config").stdout)
    assert {"name": "threads", "value": 64, "origin": "default"} in told


def test_a_setting_that_cannot_be_is_one_sentence(command):
    said = command(verb="config", MOODLELOGSMART_PORT="eighty")
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr == "MOODLELOGSMART_PORT must be a whole number, not 'eighty'.\n"
