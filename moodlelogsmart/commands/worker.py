"""`worker`: works on the jobs of an installation of several machines."""

import importlib.util
import logging.config
import sys

import click

from moodlelogsmart.commands.terminal import give_up, told_in_a_sentence
from moodlelogsmart.config import PREFIX, from_environment
from moodlelogsmart.messages import Message


@click.command("worker")
def command() -> None:
    """Work on the jobs in the queue that MOODLELOGSMART_QUEUE names until Ctrl+C (Linux)."""
    if sys.platform != "linux":
        give_up(Message("Workers run on Linux alone; use the commands `process` and `check` here."))
    with told_in_a_sentence():
        settings = from_environment()
    if not settings.queue:
        give_up(
            Message(
                "A worker takes its jobs from Redis: set %(name)s to its address. Without it the server works by "
                "itself.",
                name=f"{PREFIX}QUEUE",
            )
        )
    if not importlib.util.find_spec("rq"):
        give_up(Message("A worker needs more packages: install moodlelogsmart[redis]."))
    from moodlelogsmart.cluster.worker import serve
    from moodlelogsmart.jobs.supervisor import Crashed
    from moodlelogsmart.logs import as_json

    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False, **as_json()})
    try:
        with told_in_a_sentence():
            serve(settings, click.echo)
    except Crashed:
        give_up(Message("The program that processes logs cannot be started; the lines above say why."))
