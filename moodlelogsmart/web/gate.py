"""The gate of an installation that is not open to all: a token, typed once or sent by a program, or the proxy."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moodlelogsmart.messages import Message
from moodlelogsmart.web.access import bearer_token, check_guess, is_token, let_in, may_enter, settings, wants_json
from moodlelogsmart.web.errors import note_said, problem, refusal, was_said
from moodlelogsmart.web.language import translate

blueprint = Blueprint("gate", __name__)

# What has a gate of its own, or tells nothing of anybody.
OPEN = {
    "static",
    "errors.said",
    "openapi.show",
    "gate.enter",
    "health.healthz",
    "health.metrics",
    "admin.overview",
    "admin.cancel",
    "admin.delete",
}


@blueprint.before_app_request
def keep_out() -> ResponseReturnValue | None:
    """Ask who may not enter for the token, or send them to where they sign in."""
    if request.endpoint in OPEN or may_enter():
        return None
    if bearer_token():
        check_guess(bearer_token(), right=False)
    if settings().user_header:
        return refusal(403, Message("Please sign in first: open this page from where your institution links to it."))
    if wants_json():
        return _ask(Message("This server is not open to all."))
    return _ask(was_said() if request.endpoint == "gate.ask" else None)


@blueprint.get("/access")
def ask() -> ResponseReturnValue:
    """Where the links of a refused token lead, such as that of another language."""
    return redirect(url_for("upload.start"), 303)


@blueprint.post("/access")
def enter() -> ResponseReturnValue:
    """Let a browser in whose user knows a token."""
    token = request.form.get("token", "").strip()
    right = is_token(token)
    check_guess(token, right)
    if not right:
        return _ask(Message("This is not an access code of this server. Please ask its administrator for one."))
    let_in(token)
    return redirect(url_for("upload.start"), 303)


def _ask(said: Message | None) -> ResponseReturnValue:
    told = translate(said or "")
    if wants_json():
        answer: Response = problem(401, told)
    else:
        if said:
            note_said(said)
        answer = make_response(render_template("token.html", problem=told), 401)
    answer.headers["WWW-Authenticate"] = 'Bearer realm="MoodleLogSmart"'
    return answer
