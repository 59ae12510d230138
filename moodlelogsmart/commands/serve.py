"""`serve`: the pages, by gunicorn."""

import importlib.util
import os
import subprocess
import sys

import click

from moodlelogsmart.commands.terminal import give_up, told_in_a_sentence
from moodlelogsmart.config import from_environment
from moodlelogsmart.messages import Message

_NEEDED = ("flask", "flask_babel", "gunicorn")  # of what the server needs beside the library, enough to tell


@click.command("serve")
@click.option("--open", "in_browser", is_flag=True, help="Open the start page in a browser once it is there.")
def command(in_browser: bool) -> None:
    """Serve the pages until Ctrl+C, by the settings that `config` shows (Linux)."""
    if sys.platform != "linux":
        give_up(
            Message(
                "The server runs on Linux alone; use the commands `process` and `check` here, or the container image."
            )
        )
    if not all(importlib.util.find_spec(name) for name in _NEEDED):
        give_up(Message("The server needs more packages: install moodlelogsmart[server]."))
    with told_in_a_sentence():
        settings = from_environment()
    python = sys.executable
    if in_browser:
        url = f"http://{'127.0.0.1' if settings.host in ('0.0.0.0', '::') else settings.host}:{settings.port}/"  # noqa: S104
        subprocess.Popen([python, "-m", "moodlelogsmart.commands.browser", url, str(os.getpid())])
    gunicorn = [
        python,
        "-m",
        "gunicorn",
        "-c",
        "python:moodlelogsmart.server",
        "moodlelogsmart.application:create_app()",
    ]
    os.execv(python, gunicorn)  # noqa: S606 - the server takes the place of this process, with its signals
