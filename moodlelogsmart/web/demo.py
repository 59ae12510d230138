"""The sample: its report without an upload, a copy of it to correct, and its files to download, each in the language of
the page."""

from typing import cast

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from moodlelogsmart.jobs.demo import Demo
from moodlelogsmart.jobs.job import FAILED
from moodlelogsmart.jobs.runner import QueueFull
from moodlelogsmart.messages import Message
from moodlelogsmart.sample.files import GRADES, LOG, PARTICIPANTS, sample_texts
from moodlelogsmart.web.access import admission, owner
from moodlelogsmart.web.admission import Refused, queue_full
from moodlelogsmart.web.errors import refusal
from moodlelogsmart.web.language import chosen_language
from moodlelogsmart.web.status import tell
from moodlelogsmart.web.upload import begun, expect_cookie, note_refusal
from moodlelogsmart.workspace import blame

blueprint = Blueprint("demo", __name__)


@blueprint.get("/demo")
def show() -> ResponseReturnValue:
    """The report of the sample; how far it is while it is made."""
    owner()  # so that a form without a cookie is one of a browser that keeps none
    try:
        job = _demo().job(chosen_language())
    except QueueFull:
        return _refused(queue_full())
    except OSError as error:
        raise blame(error) from error
    if job.status == FAILED:
        return refusal(503, Message("The report of the sample could not be made. Please try again in a minute."))
    return tell(job)


@blueprint.post("/demo")
def correct() -> ResponseReturnValue:
    """A copy of the sample for who asks, as if they had handed it in to be checked before it runs."""
    size = sum(len(text.encode()) for text in sample_texts(chosen_language()).values())
    try:
        expect_cookie()
        with admission().admit(owner(), request.remote_addr or "", size):
            job = _demo().copy(owner(), chosen_language(), admission().mark(request.remote_addr or ""))
    except QueueFull:
        return _refused(queue_full())
    except Refused as refused:
        return _refused(refused)
    except OSError as error:
        raise blame(error) from error
    return begun(job.job_id)


def _demo() -> Demo:
    return cast(Demo, current_app.extensions["moodlelogsmart.demo"])


def _refused(refused: Refused) -> ResponseReturnValue:
    note_refusal(refused)
    return refusal(refused.status, refused.message)


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
