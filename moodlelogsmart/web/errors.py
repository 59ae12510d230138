"""What a person sees when something is refused: a page with one sentence, or JSON with the same."""

import logging
import traceback

from flask import Flask, Response, jsonify, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import HTTPException, InternalServerError

from moodlelogsmart.messages import MachineError
from moodlelogsmart.web.access import wants_json
from moodlelogsmart.web.language import translate

logger = logging.getLogger(__name__)

RETRY_AFTER = 60  # seconds

SENTENCES = {
    403: _("This form came from another site, so nothing was done. Please use the form on our page."),
    404: _("There is nothing here. The address may be mistyped, or the job was deleted or belongs to another browser."),
    405: _("This address does not take that kind of request."),
    409: _("The results are not ready yet. Please wait until the job is completed."),
    410: _("These results have expired and were deleted. Please upload the log again."),
    411: _("This upload does not tell how large it is, so it cannot be taken. Please use the form on our page."),
    413: _("This is more than this form takes. Please go back and send less."),
    429: _("Too many tries. Please wait a minute."),
    500: _("Something went wrong on our side. Please try again in a moment."),
}


def refusal(status: int, sentence: str) -> Response:
    """The answer to a request that is refused: a page, or JSON where the client wants it."""
    page = jsonify(error=sentence) if wants_json() else render_template("error.html", sentence=sentence)
    answer = make_response(page, status)
    if status in (429, 503):
        answer.headers["Retry-After"] = str(RETRY_AFTER)
    return answer


def init_errors(app: Flask) -> None:
    """Answer every HTTP error with a sentence, and log an unexpected one without its text, which may hold data."""

    @app.errorhandler(Exception)
    def show_unexpected(error: Exception) -> ResponseReturnValue:
        frames = "".join(traceback.format_tb(error.__traceback__))
        logger.error("a page broke", extra={"error": type(error).__name__, "frames": frames})
        return show(InternalServerError())

    @app.errorhandler(MachineError)
    def show_machine(error: MachineError) -> ResponseReturnValue:
        return refusal(503, translate(error.message))

    @app.errorhandler(HTTPException)
    def show(error: HTTPException) -> ResponseReturnValue:
        if error.response is not None:
            return error.response
        status = error.code or 500
        answer = refusal(status, str(SENTENCES.get(status) or _("This request cannot be answered.")))
        for name, value in error.get_headers():
            if name not in ("Content-Type", "Content-Length"):
                answer.headers[name] = value
        return answer
