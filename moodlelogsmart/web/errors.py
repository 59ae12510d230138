"""What a person sees when something is refused: a page with one sentence, or JSON with the same."""

import logging
import traceback
from datetime import timedelta
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.http import HTTP_STATUS_CODES

from moodlelogsmart.jobs.job import Job, now
from moodlelogsmart.messages import MachineError, Message, as_data, from_data
from moodlelogsmart.web.access import PROBLEM, settings, wants_json
from moodlelogsmart.web.language import translate

logger = logging.getLogger(__name__)

blueprint = Blueprint("errors", __name__)

RETRY_AFTER, SOON = 60, 5  # seconds until somebody should try again, and a page that is looked at does
LONGEST_SAID = 1000  # characters; a browser keeps a cookie of some 4,000 bytes

SENTENCES = {
    403: Message("This form came from another site, so nothing was done. Please use the form on our page."),
    404: Message("This page does not exist, or the report was deleted or belongs to another browser."),
    405: Message("That page is no longer open. Go to the start page."),
    409: Message("The results are not ready yet. Please wait until the analysis is completed."),
    410: Message("These results were deleted. Upload the log again to get them back."),
    411: Message("This upload does not tell how large it is, so it cannot be taken. Please use the form on our page."),
    413: Message("This is more than this form takes. Please go back and send less."),
    429: Message("Too many tries. Please wait a minute."),
    500: Message("Something went wrong on our side. Please try again in a moment."),
}


def note_said(sentence: str) -> None:
    """Note in the cookie what was said to this browser, so that it can be said in another language: the address may
    take no other request than the one that was refused."""
    told = as_data(sentence) if isinstance(sentence, Message) else {"template": sentence, "parameters": {}}
    if len(str(told)) < LONGEST_SAID:
        session["said"] = told


def was_said() -> Message | None:
    """What was said to this browser last."""
    return from_data(session["said"]) if "said" in session else None


@blueprint.get("/said")
def said() -> ResponseReturnValue:
    """What was said last, in the language that was chosen on its page."""
    sentence = was_said()
    return refusal(200, sentence) if sentence else redirect(url_for("upload.start"), 303)


def problem(status: int, sentence: str, **more: Any) -> Response:
    """What a program gets where something is refused: problem details (RFC 9457), with the sentence as `error` too."""
    told = {"type": "about:blank", "title": HTTP_STATUS_CODES.get(status, ""), "status": status}
    answer = jsonify(**told, detail=sentence, error=sentence, **more)
    answer.status_code, answer.content_type = status, PROBLEM
    return answer


def refusal(status: int, sentence: str, back: str = "") -> Response:
    """The answer to a request that is refused: a page, or JSON where the client wants it; a Message is translated.

    `back` is the address of the results that it is about.
    """
    if wants_json():
        page: str | Response = problem(status, translate(sentence))
    else:
        note_said(sentence)
        page = render_template(
            "error.html", sentence=translate(sentence), back=back, language_page=url_for("errors.said")
        )
    answer = make_response(page, status)
    if status in (429, 503):
        answer.headers["Retry-After"] = str(RETRY_AFTER)
    return answer


def deleted(job: Job) -> Message:
    """What is said of results that are gone: also when, where it was their time."""
    hours = settings().keep_completed
    if job.completed_at is None or now() - job.completed_at < timedelta(hours=hours):
        return SENTENCES[410]
    if hours == 1:
        return Message("These results were deleted after an hour. Upload the log again to get them back.")
    return Message(
        "These results were deleted after %(hours)d hours. Upload the log again to get them back.", hours=hours
    )


def init_errors(app: Flask) -> None:
    """Answer every HTTP error with a sentence, and log an unexpected one without its text, which may hold data."""
    app.register_blueprint(blueprint)

    @app.errorhandler(Exception)
    def show_unexpected(error: Exception) -> ResponseReturnValue:
        frames = "".join(traceback.format_tb(error.__traceback__))
        logger.error("a page broke", extra={"error": type(error).__name__, "frames": frames})
        return show(InternalServerError())

    @app.errorhandler(MachineError)
    def show_machine(error: MachineError) -> ResponseReturnValue:
        answer = refusal(503, error.message)
        if request.method == "GET":
            # Who only looks need not try again.
            answer.headers["Refresh"] = str(SOON)
        return answer

    @app.errorhandler(HTTPException)
    def show(error: HTTPException) -> ResponseReturnValue:
        if error.response is not None:
            return error.response
        status = error.code or 500
        answer = refusal(status, SENTENCES.get(status) or Message("This request cannot be answered."))
        for name, value in error.get_headers():
            if name not in ("Content-Type", "Content-Length"):
                answer.headers[name] = value
        return answer
