"""What is installed is what was meant: every package pinned, every file known by its checksum."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = ["requirements", "requirements-cluster", "requirements-dev"]


def pins(text):
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)", text.lower().replace("_", "-"), re.MULTILINE))


@pytest.mark.parametrize("name", FILES)
def test_what_is_asked_for_is_what_is_pinned(name):
    asked = pins((ROOT / f"{name}.in").read_text())
    assert asked
    assert asked.items() <= pins((ROOT / f"{name}.txt").read_text()).items()


@pytest.mark.parametrize("name", FILES)
def test_every_package_is_known_by_its_checksum(name):
    packages = re.split(r"\n(?=\S)", (ROOT / f"{name}.txt").read_text().strip())
    packages = [package for package in packages if not package.startswith("#")]
    assert packages
    assert not [package.splitlines()[0] for package in packages if "--hash=sha256:" not in package]


def test_the_files_agree():
    run, cluster, develop = (pins((ROOT / f"{name}.txt").read_text()) for name in FILES)
    assert run.items() <= cluster.items() <= develop.items()


PROGRAMS = ["chromium", "nginx", "openssl", "redis-server"]


@pytest.fixture
def made(tmp_path):
    """What `make programs` has apt-get do on a machine that has these programs."""

    def run(*there):
        folder = tmp_path / "bin"
        folder.mkdir()
        for name in ("id", "env", "sh"):
            (folder / name).symlink_to(shutil.which(name))
        for name in ("apt-get", "sudo", *there):
            (folder / name).write_text(
                f'#!/bin/sh\n[ "${{0##*/}}" = sudo ] && exec "$@"\necho "$RUNLEVEL $@" >> {tmp_path}/told\n'
            )
            (folder / name).chmod(0o755)
        subprocess.run([shutil.which("make"), "programs"], cwd=ROOT, env={"PATH": str(folder)}, check=True)
        return (tmp_path / "told").read_text() if (tmp_path / "told").exists() else ""

    return run


@pytest.mark.parametrize("missing", PROGRAMS)
def test_the_programs_of_the_tests_are_installed_without_their_services(made, missing):
    update, install = made(*[name for name in PROGRAMS if name != missing]).splitlines()
    assert update.split() == ["update", "-qq"]
    assert install.startswith("1 install -y ")  # a runlevel in which Debian starts no service
    assert {"chromium", "nginx-light", "openssl", "redis-server"} <= set(install.split())


def test_programs_that_are_there_are_not_installed(made):
    assert made(*PROGRAMS) == ""
