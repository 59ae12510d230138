"""The start page: hand in a log, and find one's jobs again."""

import logging
from zoneinfo import ZoneInfo

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moodlelogsmart.jobs.job import PROCESSING
from moodlelogsmart.jobs.manager import KEPT_BYTES, KEPT_JOBS
from moodlelogsmart.messages import Message
from moodlelogsmart.options import FORM, Entry, entries
from moodlelogsmart.report import labels
from moodlelogsmart.web.access import admission, known_owner, my_jobs, owner, runner, settings, wants_json
from moodlelogsmart.web.admission import Refused
from moodlelogsmart.web.errors import RETRY_AFTER
from moodlelogsmart.web.intake import take
from moodlelogsmart.web.language import translate

logger = logging.getLogger(__name__)
blueprint = Blueprint("upload", __name__)

_NO_COOKIE = Message(
    "Your browser does not keep our cookie, so nobody could find the report again; nothing was uploaded. Allow cookies "
    "for this site and choose the file once more. It is the only cookie, and holds no name."
)


@blueprint.get("/")
def start() -> ResponseReturnValue:
    """The form and this browser's jobs."""
    owner()  # so that a form without a cookie is one of a browser that keeps none
    return _form()


@blueprint.get("/upload")
def again() -> ResponseReturnValue:
    """Where the links of a refused form lead, such as that of another language."""
    return redirect(url_for(".start"), 303)


@blueprint.post("/upload")
def upload() -> ResponseReturnValue:
    """Take the files, check that they can be a log, and queue the job."""
    try:
        if not known_owner() and request.headers.get("Sec-Fetch-Mode") == "navigate":
            raise Refused(400, "cookie", translate(_NO_COOKIE))
        with admission().admit(owner(), request.remote_addr or "", request.content_length or 0):
            job_id = take()
            admission().note(request.remote_addr or "", job_id)
    except Refused as refused:
        return _refused(refused)
    return begun(job_id)


def begun(job_id: str) -> ResponseReturnValue:
    """The answer to who began a job: where it can be seen."""
    status_url = url_for("status.show", job_id=job_id)
    if wants_json():
        return jsonify(job_id=job_id, status=PROCESSING, status_url=status_url), 202
    return redirect(status_url, 303)


def note_refusal(refused: Refused) -> None:
    """Count and log that an upload was not taken."""
    runner().metrics.refusals.labels(refused.why).inc()
    logger.info("upload refused", extra={"why": refused.why, "status": refused.status})


def _refused(refused: Refused) -> ResponseReturnValue:
    note_refusal(refused)
    headers = {"Retry-After": str(RETRY_AFTER)} if refused.status in (429, 503) else {}
    if wants_json():
        return jsonify(error=refused.sentence), refused.status, headers
    return _form(refused.sentence), refused.status, headers


def _filled_in(field: str) -> list[str]:
    """What the person wrote into a field of a form that is shown again; nothing where the form was not read."""
    # To read it now would be to wait for what was refused.
    return [value for value in request.form.getlist(field) if value] if "form" in vars(request) else []


def _form(refusal: str = "") -> str:
    jobs = my_jobs()
    return render_template(
        "start.html",
        refusal=refusal,
        jobs=jobs,
        zone=ZoneInfo(
            next((job.options.timezone for job in jobs if job.options.timezone), settings().timezone or "UTC")
        ),
        kept_jobs=KEPT_JOBS,
        kept_bytes=KEPT_BYTES,
        limit=settings().upload_limit,
        keep=settings().keep_completed,
        keep_input=settings().keep_input,
        options=[(entry, _filled_in(entry.name) or _by_default(entry)) for entry in entries() if FORM in entry.doors],
        checks=_filled_in("check"),
        labels=labels,
    )


def _by_default(entry: Entry) -> list[str]:
    """What the form shows of an option before anybody has written anything."""
    if entry.name == "timezone":
        return [settings().timezone]
    return [] if entry.kind == "choices" or entry.default is None else [str(entry.default)]
