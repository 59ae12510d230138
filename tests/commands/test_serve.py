"""`moodlelogsmart serve`."""

import importlib.util
import subprocess
import sys

import pytest
import requests
from conftest import until
from serving import free_port

from moodlelogsmart.commands import serve


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_it_says_that_it_runs_on_linux_alone(command, monkeypatch, system):
    monkeypatch.setattr(serve.sys, "platform", system)
    said = command(verb="serve")
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith("The server runs on Linux alone")


def test_it_says_what_to_install_where_the_packages_of_the_server_are_missing(command, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    said = command(verb="serve")
    assert (said.returncode, said.stderr) == (2, "The server needs more packages: install moodlelogsmart[server].\n")


def test_it_serves_the_pages_and_opens_a_browser_once_they_are_there(tmp_path):
    opened, port = tmp_path / "opened", free_port()
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.part\nmv {opened}.part {opened}\n')
    browser.chmod(0o755)
    variables = {
        "PATH": "/usr/bin:/bin",
        "BROWSER": str(browser),
        "MOODLELOGSMART_INSTANCE": str(tmp_path / "instance"),
        "MOODLELOGSMART_PORT": str(port),
    }
    server = subprocess.Popen([sys.executable, "-m", "moodlelogsmart", "serve", "--open"], env=variables)
    try:
        until(opened.exists)
        assert opened.read_text() == f"http://127.0.0.1:{port}/\n"
        assert "MoodleLogSmart" in requests.get(f"http://127.0.0.1:{port}/", timeout=60).text
    finally:
        server.terminate()
        assert server.wait(60) == 0
