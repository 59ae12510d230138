"""The sample: its report without an upload, and its files to download, each in the language of the page."""

from typing import cast

from flask import Blueprint, Response, current_app
from flask.typing import ResponseReturnValue

from moodlelogsmart.jobs.demo import Demo
from moodlelogsmart.jobs.job import FAILED
from moodlelogsmart.jobs.runner import QueueFull
from moodlelogsmart.messages import Message
from moodlelogsmart.sample.files import GRADES, LOG, PARTICIPANTS, sample_texts
from moodlelogsmart.web.admission import queue_full
from moodlelogsmart.web.errors import refusal
from moodlelogsmart.web.language import chosen_language
from moodlelogsmart.web.status import tell
from moodlelogsmart.workspace import blame

blueprint = Blueprint("demo", __name__)


@blueprint.get("/demo")
def show() -> ResponseReturnValue:
    """The report of the sample; how far it is while it is made."""
    try:
        job = cast(Demo, current_app.extensions["moodlelogsmart.demo"]).job(chosen_language())
    except QueueFull:
        full = queue_full()
        return refusal(full.status, full.message)
    except OSError as error:
        raise blame(error) from error
    if job.status == FAILED:
        return refusal(503, Message("The report of the sample could not be made. Please try again in a minute."))
    return tell(job)


@blueprint.get(f"/{LOG}")
def log() -> Response:
    """Its log."""
    return _file(LOG)


@blueprint.get(f"/{PARTICIPANTS}")
def participants() -> Response:
    """Its list of participants."""
    return _file(PARTICIPANTS)


@blueprint.get(f"/{GRADES}")
def grades() -> Response:
    """Its grades."""
    return _file(GRADES)


def _file(name: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename={name}"}
    return Response(sample_texts(chosen_language())[name], headers=headers, content_type="text/csv; charset=utf-8")
