"""The operator's page: what the server does, whose it is nobody's business. Only with the token of the settings."""

import hmac
from uuid import UUID

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from moodlelogsmart import __version__
from moodlelogsmart.jobs.job import ASKING_STAGE, WAITING_STAGES, Job, now
from moodlelogsmart.messages import Message
from moodlelogsmart.pipeline import STAGES
from moodlelogsmart.web.access import check_guess, runner, settings
from moodlelogsmart.web.errors import refusal
from moodlelogsmart.web.status import sure

SHOWN = 50  # jobs, those under way first

blueprint = Blueprint("admin", __name__, url_prefix="/admin")


@blueprint.before_request
def check_token() -> ResponseReturnValue | None:
    """Ask for the token, as a password or as a bearer; without one in the settings there is no such page."""
    token, sent = settings().admin_token, request.authorization
    if not token:
        abort(404)
    told = (sent.password or sent.token or "") if sent else ""
    right = hmac.compare_digest(told.encode(), token.encode())
    if told:
        check_guess(told, right)
    if right:
        return None
    answer = make_response(
        refusal(401, Message("This page is for the administrator: the password is the admin token."))
    )
    answer.headers["WWW-Authenticate"] = 'Basic realm="MoodleLogSmart administration", charset="UTF-8"'
    return answer


@blueprint.get("")
def overview() -> ResponseReturnValue:
    """The jobs by number, state and size, and the room that is left."""
    jobs = sorted(runner().manager.list_jobs(), key=lambda job: job.is_finished)
    return render_template(
        "admin.html",
        version=__version__,
        jobs=jobs[:SHOWN],
        left_out=max(0, len(jobs) - SHOWN),
        stages=WAITING_STAGES | ASKING_STAGE | {name: words for name, (_percent, words) in STAGES.items()},
        now=now(),
        members=[(member, _running(jobs, member.name)) for member in runner().members()],
        waiting=len(runner().waiting()),
        queue_limit=runner().queue_limit,
        workers=runner().workers,
        free=runner().manager.files.free(),
    )


def _running(jobs: list[Job], name: str) -> int:
    """How many of the jobs a process works on."""
    return sum(job.run.startswith(f"{name}.") and not job.is_finished and not job.is_asking for job in jobs)


@blueprint.get("/jobs/<uuid:job_id>/cancel")
def ask_to_cancel(job_id: UUID) -> ResponseReturnValue:
    """Whether that job is really to be stopped."""
    sentence = _("Its owner sees that it was stopped; the file is deleted.")
    return sure(_("Stop this analysis?"), str(job_id), sentence, (_("Stop"), _("Go on")), url_for(".overview"))


@blueprint.get("/jobs/<uuid:job_id>/delete")
def ask_to_delete(job_id: UUID) -> ResponseReturnValue:
    """Whether that job is really to be forgotten."""
    sentence = _("Its results and its log are deleted, and its owner sees it no more. This cannot be undone.")
    return sure(_("Delete this analysis?"), str(job_id), sentence, (_("Delete"), _("Keep")), url_for(".overview"))


@blueprint.post("/jobs/<uuid:job_id>/cancel")
def cancel(job_id: UUID) -> ResponseReturnValue:
    """Stop anybody's job."""
    runner().cancel(str(job_id))
    flash(_("Analysis %(id)s was stopped.", id=job_id))
    return redirect(url_for(".overview"), 303)


@blueprint.post("/jobs/<uuid:job_id>/delete")
def delete(job_id: UUID) -> ResponseReturnValue:
    """Forget anybody's job, files included, as its owner may ask for."""
    runner().cancel(str(job_id))
    runner().manager.forget(str(job_id))
    flash(_("Analysis %(id)s was deleted.", id=job_id))
    return redirect(url_for(".overview"), 303)
