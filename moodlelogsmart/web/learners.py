"""The learners of a finished job: who is absent, and one learner's page."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moodlelogsmart.jobs.job import COMPLETED, FAILED, Job
from moodlelogsmart.report import labels
from moodlelogsmart.report.elements import Elements, open_elements
from moodlelogsmart.report.learners import Learners, open_learners
from moodlelogsmart.report.summary import Summary
from moodlelogsmart.web.access import runner, seen_job, wants_json
from moodlelogsmart.web.errors import deleted, refusal
from moodlelogsmart.web.listing import page_of

blueprint = Blueprint("learners", __name__)

VISITS = 100  # sessions on one page of a learner


@dataclass(frozen=True)
class Absent:
    """Who was last seen when, counted back from a day between the first and the last of the log; `is_wrong` where
    another was asked for, `is_chosen` where this one was."""

    day: date
    first: date
    last: date
    seen: dict[str, int]
    gone: list[dict[str, Any]]
    never: list[dict[str, Any]]
    is_chosen: bool
    is_wrong: bool


@contextmanager
def elements_of(job: Job) -> Iterator[Elements | None]:
    """The course elements of a finished job; None for one of an earlier version."""
    with open_elements(runner().manager.people(job)) as elements:
        yield elements


@contextmanager
def learners_of(job: Job) -> Iterator[Learners | None]:
    """The learners of a finished job; None for one of an earlier version."""
    with open_learners(runner().manager.people(job)) as learners:
        yield learners


def absent(learners: Learners, summary: Summary) -> Absent | None:
    """Who is missing, counted back from `?day=`, else from the last day; None where no learner did anything."""
    if not summary.answers.is_any:
        return None
    first, last = (datetime.fromisoformat(time).date() for time in (summary.first_time, summary.last_time))
    asked = request.args.get("day", "").strip()
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        day = date.min
    is_chosen = first <= day <= last
    counted = day if is_chosen else last
    # With pseudonyms nobody who never came has a row, and they are counted all the same.
    seen = learners.seen(counted) | {"never": summary.answers.seen["never"]}
    is_wrong = bool(asked) and not is_chosen
    return Absent(counted, first, last, seen, learners.gone(counted), learners.never(), is_chosen, is_wrong)


@blueprint.get("/status/<uuid:job_id>/learners/<int:n>")
def show(job_id: UUID, n: int) -> ResponseReturnValue:
    """What one learner did, by the row of learners.csv; 404 where there is none, 410 once the results are deleted."""
    job = seen_job(str(job_id))
    if job.status != COMPLETED:
        if job.status == FAILED and wants_json():
            return refusal(409, job.error or "")
        return abort(409) if wants_json() else redirect(url_for("status.show", job_id=job.job_id), 303)
    if job.output_file is None:
        return refusal(410, deleted(job))
    summary = runner().manager.summary(job)
    with learners_of(job) as learners:
        one = learners.one(n) if learners and summary and n < 1 << 31 else None
    if one is None or summary is None:
        return abort(404)
    if wants_json():
        return jsonify(_told(one))
    page, pages = page_of("page", len(one["visits"]), VISITS)
    visits = one["visits"][(page - 1) * VISITS : page * VISITS]
    return render_template(
        "learner.html",
        job=job,
        s=summary,
        one=one,
        counts=[one["periods"].get(period.start.isoformat(), 0) for period in summary.figures.core],
        visits=visits,
        page=page,
        pages=pages,
        labels=labels,
        later=_later,
    )


def _told(one: Mapping[str, Any]) -> dict[str, Any]:
    """A learner as plain data, by the names of the columns of the files."""
    names = {"name": "user_full_name", "groups": "group", "first": "first_time", "last": "last_time"}
    left_out = {"levels", "visits", "handed", "tries", "grades", "sessions", "submissions", "attempts"}
    told = {names.get(name, name): value for name, value in one.items() if name not in left_out}
    grades = [{"item": grade["item"], "grade": grade["text"]} for grade in one["grades"]]
    counts = {name: one[name] for name in ("sessions", "submissions", "attempts")}
    return told | {
        **counts,
        "timeline": one["visits"],
        "submitted": one["handed"],
        "attempted": one["tries"],
        "grades": grades,
    }


def _later(time: str, seconds: int) -> str:
    """The hour and minute so many seconds after a time, by the same clock."""
    return f"{datetime.fromisoformat(time) + timedelta(seconds=seconds):%H:%M}"
