"""How far a job is, what came of it, and the ways to stop and to forget it."""

import math
import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from moodlelogsmart.jobs.job import COMPLETED, PROCESSING, WAITING_STAGES, Job, now
from moodlelogsmart.jobs.retention import kept as kept_of
from moodlelogsmart.jobs.runner import QueueFull
from moodlelogsmart.meaning.corrections import Corrections
from moodlelogsmart.messages import Message
from moodlelogsmart.pipeline import STAGES
from moodlelogsmart.report import labels
from moodlelogsmart.report.doubts import without_seen
from moodlelogsmart.report.elements import kinds_of
from moodlelogsmart.report.summary import Summary
from moodlelogsmart.web.access import drafts, my_job, my_jobs, runner, seen_job, settings, wants_json
from moodlelogsmart.web.admission import queue_full
from moodlelogsmart.web.check import DOUBTS
from moodlelogsmart.web.drafting import BESIDE
from moodlelogsmart.web.errors import deleted, refusal
from moodlelogsmart.web.language import translate
from moodlelogsmart.web.learners import absent, elements_of, learners_of
from moodlelogsmart.web.listing import ELEMENTS, LEARNERS, kept, listing
from moodlelogsmart.web.upload import begun
from moodlelogsmart.web.zone import clock

blueprint = Blueprint("status", __name__)

# Seconds until the progress page looks again: the fewest, until when those are enough, and the most.
SOON, EARLY, LATER = 2, 7, 10
CORRECTED = {one.name for one in fields(Corrections)}


@blueprint.get("/status/<uuid:job_id>")
def show(job_id: UUID) -> ResponseReturnValue:
    """The progress of a job; its report once it is completed; what went wrong where it failed."""
    job = seen_job(str(job_id))
    if job.is_sample and not wants_json():
        return redirect(f"{url_for('demo.show')}?{urlencode([*request.args.items(multi=True)])}", 303)
    return tell(job)


def tell(job: Job) -> ResponseReturnValue:
    """What there is to say of a job."""
    if wants_json():
        return jsonify(_facts(job))
    if job.is_asking:
        return redirect(url_for("check.show", job_id=job.job_id), 303)
    if job.status == PROCESSING:
        before, left = runner().outlook(job.job_id)
        elapsed = int((now() - (job.started_at or job.created_at)).total_seconds())
        return render_template(
            "progress.html",
            job=job,
            stage=WAITING_STAGES[job.stage] if job.is_waiting else STAGES[job.stage][1],
            before=before,
            elapsed=elapsed,
            left=left,
            refresh=0 if "still" in request.args else _pause(elapsed, left),
        )
    if job.status != COMPLETED:
        return render_template("failed.html", job=job, before=_before(job), keep=settings().keep_failed, labels=labels)
    if job.output_file is None:
        return render_template("expired.html", job=job, sentence=deleted(job))
    summary = runner().manager.summary(job)
    if summary is None:
        return render_template("unreadable.html", job=job)
    with learners_of(job) as learners:
        counted = absent(learners, summary) if learners else None
        shown = listing(learners, LEARNERS) if learners else None
    with elements_of(job) as elements:
        used = listing(elements, ELEMENTS, kinds_of(summary.answers.kinds)) if elements else None
    return render_template(
        "report.html",
        job=job,
        before=_before(job),
        changes=_changes(job, summary),
        until=_kept_until(job),
        after=[one for one in my_jobs() if one.rerun_of == job.job_id],
        comparable=not job.is_sample and any(one.output_file and one.job_id != job.job_id for one in my_jobs()),
        checked=set() if job.is_sample else set().union(*DOUBTS.values()),
        s=without_seen(summary, job.seen),
        keep=settings().keep_completed,
        clock=clock(),
        labels=labels,
        sort=shown.sort if shown else "events",
        absent=counted,
        listing=shown,
        used=used,
        kinds=kinds_of(summary.answers.kinds),
        kept=kept,
    )


def _pause(elapsed: int, left: float | None) -> int:
    """Seconds until the next look: until the job should be ready, but now and then, for who wants to see it go on."""
    usual = SOON if elapsed < SOON else EARLY - SOON if elapsed < EARLY else LATER
    return usual if left is None else max(SOON, min(LATER, math.ceil(left)))


@blueprint.get("/jobs/<uuid:job_id>/cancel")
def ask_to_cancel(job_id: UUID) -> ResponseReturnValue:
    """Whether the job is really to be stopped; the results of one that has ended meanwhile."""
    job = my_job(str(job_id))
    if job.is_finished:
        return redirect(url_for(".show", job_id=job.job_id), 303)
    return sure(
        _("Stop this analysis?"),
        job.title,
        _("The file that you uploaded is deleted then, and no report is made."),
        (_("Stop"), _("Go on")),
        url_for(".show", job_id=job.job_id),
    )


@blueprint.post("/jobs/<uuid:job_id>/cancel")
def cancel(job_id: UUID) -> ResponseReturnValue:
    """Stop a job now; a finished one stays as it is."""
    job = my_job(str(job_id))
    runner().cancel(job.job_id)
    drafts().drop(job.owner, job.job_id)
    return jsonify(_facts(my_job(job.job_id))) if wants_json() else redirect(url_for(".show", job_id=job.job_id), 303)


@blueprint.post("/jobs/<uuid:job_id>/retry")
def retry(job_id: UUID) -> ResponseReturnValue:
    """Begin anew with the log of a failed job, as another job; 410 where the log is gone."""
    try:
        again = runner().retry(my_job(str(job_id)).job_id)
    except QueueFull:
        full = queue_full()
        return refusal(full.status, full.message)
    if again is None:
        return refusal(410, Message("This log is not kept any more. Upload it again."))
    return begun(again)


@blueprint.get("/jobs/<uuid:job_id>/delete")
def ask_to_delete(job_id: UUID) -> ResponseReturnValue:
    """Whether the job is really to be forgotten."""
    job = my_job(str(job_id))
    answers, back = (_("Delete"), _("Keep")), url_for(".show", job_id=job.job_id)
    if job.output_file:
        question = _("Delete “%(file)s”, its report and all files?", file=job.title)
        return sure(question, "", _("This cannot be undone."), answers, back)
    sentence = _("It leaves the list of your analyses.")
    if job.input_file:
        sentence = _("It leaves the list of your analyses, and the file that you uploaded is deleted.")
    return sure(_("Delete this entry?"), job.title, f"{sentence} {_('This cannot be undone.')}", answers, back)


@blueprint.post("/jobs/<uuid:job_id>/delete")
def delete(job_id: UUID) -> ResponseReturnValue:
    """Forget a job now, files included."""
    job = my_job(str(job_id))
    runner().cancel(job.job_id)
    runner().manager.forget(job.job_id)
    drafts().drop(job.owner, job.job_id)
    if wants_json():
        return "", 204
    if not job.title:
        flash(_("The entry was deleted."))
    elif job.output_file:
        flash(_("“%(file)s” and its results were deleted.", file=job.title))
    else:
        flash(_("“%(file)s” was deleted.", file=job.title))
    return redirect(url_for("upload.start"), 303)


def sure(question: str, title: str, sentence: str, answers: tuple[str, str], back: str) -> str:
    """A page that asks before something is lost, of what is called `title` where the question does not say it:
    `answers` are the words of doing it, by POST, and of going `back`."""
    yes, no = answers
    return render_template("sure.html", question=question, title=title, sentence=sentence, yes=yes, no=no, back=back)


def _before(job: Job) -> Job | None:
    """The job that was run again as this one, if it is remembered."""
    before = runner().manager.get_job(job.rerun_of)
    return before if before and before.owner == job.owner else None


def _changes(job: Job, summary: Summary) -> list[tuple[str, str]]:
    """What its owner corrected of a job, by the labels of the form, each with its value, '' where that says nothing."""
    return [
        (re.sub(r" \([^()]*\)$", "", translate(labels.OPTIONS[name])), value)
        for name in job.changed
        if name in labels.OPTIONS and (value := _changed_to(name, job, summary)) is not None
    ]


def _changed_to(name: str, job: Job, summary: Summary) -> str | None:
    """What an option of `changed` is now; None of a correction that was taken back, which the others tell."""
    if name in CORRECTED:
        value = summary.corrections.get(name)
        return _written(value) if value else None
    if name in (*job.options.files, *BESIDE) or getattr(job.options, name, None) is True:
        return ""
    if name in labels.FILTERS:
        value = summary.filters.get(name)
    elif name == "pseudonyms":
        return translate(labels.PSEUDONYMS[job.options.pseudonyms])
    else:
        value = getattr(job.options, name)
    return _written(value) if value else "–"


def _written(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{one} = {what}" for one, what in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _kept_until(job: Job) -> datetime | None:
    """Until when a completed job can be corrected without its log being handed in again; None where that is gone."""
    if not job.can_rerun or job.completed_at is None:
        return None
    kept_for = kept_of(settings())
    return job.completed_at + min(kept_for.input, kept_for.completed)


def _facts(job: Job) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "job_id": job.job_id,
        "status": job.status,
        "progress": job.progress,
        "stage": job.stage,
        "error": translate(job.error) if job.error else None,
        "created_at": job.created_at.isoformat(),
        "started_at": job.started_at.isoformat() if job.started_at else None,
        "completed_at": job.completed_at.isoformat() if job.completed_at else None,
    }
    if job.status == PROCESSING:
        facts["seconds_left"] = runner().outlook(job.job_id)[1]
    if job.can_retry:
        facts["retry_url"] = url_for(".retry", job_id=job.job_id)
    if job.can_rerun:
        facts["rerun_url"] = url_for("check.rerun", job_id=job.job_id)
    if job.rerun_of:
        facts["rerun_of"] = job.rerun_of
    if job.output_file:
        facts["download_url"] = url_for("download.archive", job_id=job.job_id)
    if job.is_asking:
        facts["check_url"] = url_for("check.show", job_id=job.job_id)
    if job.output_file and (summary := runner().manager.summary(job)):
        facts["summary"] = summary.facts(job.options.language)
    return facts
