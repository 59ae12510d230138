"""The start page: hand in a log, and find one's jobs again."""

import logging

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moodlelogsmart.assets import assets
from moodlelogsmart.jobs.drafts import Draft
from moodlelogsmart.jobs.job import PROCESSING
from moodlelogsmart.jobs.manager import KEPT_BYTES, KEPT_JOBS
from moodlelogsmart.messages import Message
from moodlelogsmart.options import FORM, entries
from moodlelogsmart.report import labels
from moodlelogsmart.web.access import drafts, known_owner, my_jobs, owner, runner, settings, wants_json
from moodlelogsmart.web.admission import Refused
from moodlelogsmart.web.drafting import Form
from moodlelogsmart.web.errors import RETRY_AFTER, problem
from moodlelogsmart.web.intake import take
from moodlelogsmart.web.language import chosen_language, translate
from moodlelogsmart.web.others import LOG
from moodlelogsmart.web.zone import clock, offered_zone

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
    # Of a page that must not be stored some browsers do not keep what is typed into it either, for who comes back.
    return _form(), {"Cache-Control": "private, no-cache"}


@blueprint.get("/upload")
def again() -> ResponseReturnValue:
    """Where the links of a refused form lead, such as that of another language."""
    return redirect(url_for(".start"), 303)


@blueprint.post("/upload")
def upload() -> ResponseReturnValue:
    """Take the files, check that they can be a log, and queue the job."""
    try:
        expect_cookie()
        job_id = take()
    except Refused as refused:
        return _refused(refused)
    return begun(job_id)


def expect_cookie() -> None:
    """Raise Refused where a browser keeps no cookie, since nobody could find a job of it again."""
    if not known_owner() and request.headers.get("Sec-Fetch-Mode") == "navigate":
        raise Refused(400, "cookie", _NO_COOKIE)


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
        fields = {field: translate(told) for field, told in refused.problems.items() if field}
        return problem(refused.status, refused.sentence, **({"fields": fields} if fields else {})), headers
    return _form(refused), refused.status, headers


@blueprint.post("/draft/delete")
def delete_draft() -> ResponseReturnValue:
    """Delete what is kept of a refused form now."""
    draft = drafts().drop(known_owner())
    if draft and draft.about:
        return redirect(url_for("check.show", job_id=draft.about), 303)
    return redirect(url_for(".start"), 303)


def _pictured() -> str:
    """The language of the picture of a report: that of the page, where there is one in it."""
    language = chosen_language()
    return language if (assets("static") / f"report-{language}-light.png").is_file() else "en"


def _form(refused: Refused | None = None) -> str:
    options = {entry.name: entry for entry in entries() if FORM in entry.doors}
    draft = drafts().of(known_owner(), "") or Draft(problems=refused.problems if refused else {})
    zone, offered = offered_zone()
    lists = [one for name in labels.LISTS for one in (name, *labels.OF_LISTS.get(name, ()))]
    return render_template(
        "start.html",
        form=Form(draft, [LOG, "timezone", *options]),
        jobs=my_jobs(),
        clock=clock(),
        kept_jobs=KEPT_JOBS,
        kept_bytes=KEPT_BYTES,
        limit=settings().upload_limit,
        keep_input=settings().keep_input,
        lists=[options[name] for name in lists],
        options=[entry for entry in options.values() if entry.name not in ("timezone", *lists, *labels.FILTERS)],
        filters=[entry for entry in options.values() if entry.name in labels.FILTERS],
        zone=zone,
        offered=offered,
        labels=labels,
        pictured=_pictured(),
    )
