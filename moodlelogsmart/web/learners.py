"""The learners of a finished job: their table on the status page, who is absent, and one learner's page."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moodlelogsmart.jobs.job import COMPLETED, FAILED, Job
from moodlelogsmart.jobs.summaries import people_file, read_summary
from moodlelogsmart.report import labels
from moodlelogsmart.report.learners import SORTED, Learners, open_learners
from moodlelogsmart.report.summary import Summary
from moodlelogsmart.web.access import runner, seen_job, wants_json
from moodlelogsmart.web.errors import deleted, refusal

blueprint = Blueprint("learners", __name__)

ROWS = 50  # of the table of learners, on one page
VISITS = 100  # sessions on one page of a learner


@dataclass(frozen=True)
class Listing:
    """A page of the table of learners: the rows, of how many, the place of the first (from 1), what is looked for, by
    what and in which order it is sorted, and the pages."""

    rows: list[dict[str, Any]]
    all: int
    first: int
    who: str
    sort: str
    order: str
    page: int
    pages: int

    def asked(self, **changes: Any) -> dict[str, Any]:
        """What the address of another page of the table asks for; with a search or another order from the first on."""
        told = {
            "who": self.who or None,
            "sort": self.sort,
            "order": self.order,
            "day": request.args.get("day"),
            **changes,
        }
        return {**told, "_anchor": "learners"}

    def turned(self, sort: str) -> str:
        """The order that a link to sort by a column asks for: the other one where it is sorted by that."""
        if sort == self.sort:
            return "desc" if self.order == "asc" else "asc"
        return usual_order(sort)


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


def usual_order(sort: str) -> str:
    """The order of a column where nobody asks for one."""
    return "desc" if SORTED[sort][1] else "asc"


@contextmanager
def learners_of(job: Job) -> Iterator[Learners | None]:
    """The learners of a finished job; None for one of an earlier version."""
    with open_learners(people_file(runner().manager.folder(job.job_id))) as learners:
        yield learners


def listing(learners: Learners) -> Listing:
    """The page of the table that the address asks for; what cannot be is as if it were not there."""
    who = request.args.get("who", "").strip()[:200]
    sort = request.args.get("sort", "events")
    sort = sort if sort in SORTED else "events"
    order = request.args.get("order", "")
    order = order if order in ("asc", "desc") else usual_order(sort)
    people = learners.count(who)
    page, pages = _page(people, ROWS)
    first = (page - 1) * ROWS
    rows = learners.find(who, sort, order == "desc", first, ROWS)
    return Listing(rows, people, first + 1, who, sort, order, page, pages)


def _page(number: int, most: int) -> tuple[int, int]:
    """The page that the address asks for, and how many there are of `most` each."""
    pages = max(1, -(-number // most))
    return min(max(1, request.args.get("page", 1, int)), pages), pages


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
    summary = read_summary(job.output_file.parent)
    with learners_of(job) as learners:
        one = learners.one(n) if learners and summary and n < 1 << 31 else None
    if one is None or summary is None:
        return abort(404)
    if wants_json():
        return jsonify(_told(one))
    page, pages = _page(len(one["visits"]), VISITS)
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
