"""What is installed is what was meant: every package pinned, every file known by its checksum."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def pins(text):
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)", text.lower().replace("_", "-"), re.MULTILINE))


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_what_is_asked_for_is_what_is_pinned(name):
    asked = pins((ROOT / f"{name}.in").read_text())
    assert asked
    assert asked.items() <= pins((ROOT / f"{name}.txt").read_text()).items()


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_every_package_is_known_by_its_checksum(name):
    packages = re.split(r"\n(?=\S)", (ROOT / f"{name}.txt").read_text().strip())
    packages = [package for package in packages if not package.startswith("#")]
    assert packages
    assert not [package.splitlines()[0] for package in packages if "--hash=sha256:" not in package]


def test_both_files_agree():
    run, develop = (pins((ROOT / name).read_text()) for name in ("requirements.txt", "requirements-dev.txt"))
    assert not {name: (run[name], develop[name]) for name in run.keys() & develop.keys() if run[name] != develop[name]}
