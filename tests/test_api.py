"""docs/api.md, as it stands, against a real server."""

import json
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from conftest import LONG, log_text, viewed
from serving import Server

DOCUMENT = (Path(__file__).parents[1] / "docs" / "api.md").read_text(encoding="utf-8")


def code(language):
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL))


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path / "instance").ready()
    yield server
    server.kill()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    Path("course.csv").write_text(log_text([viewed(user, name=f"Learner {user}") for user in (4, 5)]))
    return tmp_path / "work"


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_commands_do_what_they_say(server, folder):
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", code("sh")], env=os.environ | {"SERVER": server.url},
        capture_output=True, text=True, timeout=LONG, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert json.loads(Path("status.json").read_text())["status"] == "completed"
    assert "report.html" in zipfile.ZipFile("results.zip").namelist()
    assert len(Path("learners.csv").read_text().splitlines()) == 3
    assert json.loads(Path("check.json").read_text())["reading"]["timezone"]["value"] == "America/Sao_Paulo"
    assert json.loads(Path("again.json").read_text())["status"] == "processing"


def test_the_program_does_what_it_says(server, folder, capsys):
    exec(compile(code("python"), "api.md", "exec"), {"SERVER": server.url})
    assert capsys.readouterr().out == "2 learners\n"
    assert "report.html" in zipfile.ZipFile("results.zip").namelist()
