"""`make release` in a copy of the repository, with the long checks taken out."""

import re
import shutil
import subprocess

import pytest
from serving import ROOT

from moodlelogsmart import __version__


@pytest.fixture
def copy(tmp_path):
    """A repository with what a release looks at; `run()` gives how `make release` ends."""
    (tmp_path / "moodlelogsmart").mkdir()
    shutil.copy(ROOT / "moodlelogsmart" / "__init__.py", tmp_path / "moodlelogsmart")
    text = (ROOT / "Makefile").read_text().replace("$(MAKE) check truth test dist", "@echo checked")
    (tmp_path / "Makefile").write_text(text)
    (tmp_path / "CHANGELOG.md").write_text(f"# Changes\n\n## {__version__} (2027-01-31)\n")
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    return tmp_path


def git(folder, *arguments):
    names = ["-c", "user.name=Invented", "-c", "user.email=invented@example.org"]
    done = subprocess.run(["git", *names, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.split()


def commit(folder):
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "All")


def release(folder):
    variables = {"PATH": "/usr/bin:/bin", "GIT_COMMITTER_NAME": "I", "GIT_COMMITTER_EMAIL": "i@example.org"}
    return subprocess.run(["make", "release"], cwd=folder, env=variables, capture_output=True, text=True, check=False)


def test_it_checks_and_tags_the_version(copy):
    done = release(copy)
    assert done.returncode == 0, done.stderr
    assert "checked" in done.stdout
    assert git(copy, "tag") == [f"v{__version__}"]
    again = release(copy)
    assert (again.returncode, "checked" in again.stdout) == (2, False)
    assert "is there already" in again.stdout


def test_what_is_not_committed_is_not_released(copy):
    (copy / "new.txt").write_text("")
    done = release(copy)
    assert (done.returncode, git(copy, "tag")) == (2, [])
    assert "not committed" in done.stdout


def test_a_version_of_which_the_changelog_tells_no_day_is_not_released(copy):
    changelog = copy / "CHANGELOG.md"
    changelog.write_text(re.sub(r"\(.*\)", "(not released)", changelog.read_text()))
    commit(copy)
    done = release(copy)
    assert (done.returncode, git(copy, "tag")) == (2, [])
    assert "has no heading" in done.stdout
