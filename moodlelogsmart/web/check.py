"""What was understood of a log: to be corrected where it is seen, and run again without a new upload."""

import csv
import io
from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from functools import partial
from uuid import UUID

from flask import Blueprint, abort, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from moodlelogsmart.export.archive import read_member
from moodlelogsmart.jobs.job import COMPLETED, Job
from moodlelogsmart.jobs.summaries import read_summary
from moodlelogsmart.messages import Message
from moodlelogsmart.reading.model import COLUMNS, FileReading
from moodlelogsmart.report import labels
from moodlelogsmart.report.summary import Summary
from moodlelogsmart.report.understood import understood
from moodlelogsmart.web.access import drafts, known_owner, my_job, runner, settings, wants_json
from moodlelogsmart.web.admission import Refused
from moodlelogsmart.web.drafting import LOG, Form
from moodlelogsmart.web.errors import refusal
from moodlelogsmart.web.intake import Fields, plain, take
from moodlelogsmart.web.language import chosen_language
from moodlelogsmart.web.upload import begun, note_refusal

blueprint = Blueprint("check", __name__)

SHOWN_DATES = 2
STAFF_FILE = "staff.csv"  # of the results
# The warnings for which a part of the page is open.
DOUBTS = {
    "file": {"letters_lost", "rows_unreadable", "files_left_out", "language_unknown"},
    "dates": {
        "date_order_guessed",
        "year_guessed",
        "timezone_assumed",
        "times_improbable",
        "times_unreadable",
        "dates_turned",
    },
    "columns": {"columns_guessed", "context_unknown", "names_missing"},
    "people": {
        "most_people_staff",
        "most_rows_dropped",
        "no_learners",
        "doubtful_staff",
        "roster_unmatched",
        "people_unknown",
    },
    "unknown": {"many_others", "sources_disagree"},
}


@blueprint.get("/check/<uuid:job_id>")
def show(job_id: UUID) -> ResponseReturnValue:
    """What was understood of the log of a job that is completed or waits for a person, each part to be corrected."""
    job = my_job(str(job_id))
    summary = _summary_of(job)
    if summary is None:
        return abort(409) if wants_json() else redirect(url_for("status.show", job_id=job.job_id), 303)
    if wants_json():
        return jsonify(understood(summary, chosen_language()))
    return _page(job, summary)


@blueprint.get("/jobs/<uuid:job_id>/rerun")
def back(job_id: UUID) -> ResponseReturnValue:
    """Where the links of a refused form lead, such as that of another language."""
    return redirect(url_for(".show", job_id=job_id), 303)


@blueprint.post("/jobs/<uuid:job_id>/rerun")
def rerun(job_id: UUID) -> ResponseReturnValue:
    """A new job with the log of a finished one, or a new file, and what the form corrects; 410 where no log is left. A
    job that waits for a person goes on with it itself."""
    job = my_job(str(job_id))
    if not job.is_finished and not job.is_asking:
        abort(409)
    try:
        again = take(job, partial(_meant, job))
    except Refused as refused:
        note_refusal(refused)
        summary = _summary_of(job)
        if wants_json() or summary is None:
            return refusal(refused.status, refused.message)
        return _page(job, summary), refused.status
    return begun(again)


def _page(job: Job, summary: Summary) -> str:
    file = _first(summary)
    orders = _orders(file)
    places = {part.value.place: name for name, part in file.columns.items() if part.value.place}
    return render_template(
        "check.html",
        job=job,
        s=summary,
        file=file,
        form=Form(drafts().of(known_owner(), job.job_id), _fields(job, summary, file, orders)),
        places=places,
        columns={name: label for name, label in labels.COLUMNS.items() if name in {*COLUMNS, "date"}},
        orders=orders,
        acts=Counter(one["act"] for one in summary.everybody if one["role"] == "staff" and one["source"] == "log"),
        doubts={part: bool(codes & {one.code for one in summary.warnings}) for part, codes in DOUBTS.items()},
        labels=labels,
        keep_failed=settings().keep_failed,
    )


def _fields(job: Job, summary: Summary, file: FileReading, orders: Collection[str]) -> list[str]:
    """The fields that the page has, in their order."""
    there = {
        LOG: not job.can_rerun,
        "encoding": bool(file.encoding.value),
        "date_order": bool(orders),
        "year": bool(file.year.value),
        "timezone": True,
        **{f"column-{place}": not file.is_table for place in range(1, len(file.samples) + 1)},
        "roster": not summary.unclear,
        "session_gap": True,
    }
    return [name for name, is_there in there.items() if is_there]


def _summary_of(job: Job) -> Summary | None:
    if job.status != COMPLETED and not job.is_asking:
        return None
    return read_summary(runner().manager.folder(job.job_id))


def _first(summary: Summary) -> FileReading:
    """How the first log was read; of what an earlier version has read nothing is known."""
    return next(iter(summary.reading.files), FileReading())


def _orders(file: FileReading) -> dict[str, list[tuple[str, datetime | None]]]:
    """How times of a file read in each order that a date can have: as written, and when that is.

    Those that are another day in the other order stand first.
    """
    place = file.columns["time"].value.place if "time" in file.columns else 0
    written = file.samples[place - 1].values if 0 < place <= len(file.samples) else ()
    known, layout = file.date_order.value, file.time_format.value
    if known not in ("dmy", "mdy") or "%d" not in layout or "%m" not in layout:
        return {}
    turned = layout.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")
    layouts = {order: layout if order == known else turned for order in ("dmy", "mdy")}
    read = {text: {order: _read(text, one) for order, one in layouts.items()} for text in written}
    telling = sorted(read, key=lambda text: len(set(read[text].values())) == 1)[:SHOWN_DATES]
    return {order: [(text, read[text][order]) for text in telling] for order in layouts}


def _read(text: str, layout: str) -> datetime | None:
    # The clock reads commas as spaces, too.
    plain_text, plain_layout = (" ".join(one.replace(",", " ").split()) for one in (text, layout))
    with suppress(ValueError):
        return datetime.strptime(plain_text, plain_layout)
    return None


def _meant(job: Job, form: MultiDict[str, str]) -> Fields:
    """What a form of `rerun` says; of one of our page only what differs from what was understood. Raises Refused."""
    summary = _summary_of(job) if "seen" in form else None
    if summary is None:
        return plain(form)
    file = _first(summary)
    known = {
        "date_order": file.date_order.value,
        "year": str(file.year.value or ""),
        "timezone": summary.reading.timezone.value,
        "encoding": file.encoding.value,
        "session_gap": str(job.options.session_gap),
    }
    told = {name: [one for one in values if one != known.get(name)] for name, values in plain(form).items()}
    told["columns"] = _columns(file, form)
    told["learners"], told["staff"] = _people(job, summary, form)
    said = {f"{key}={meant}" for key, meant in summary.corrections.get("meanings", {}).items()}
    told["meanings"] = [one for one in told["meanings"] if one and one not in said]
    return told


def _columns(file: FileReading, form: MultiDict[str, str]) -> list[str]:
    """The columns that are another than was understood. Raises Refused where one thing is in two of them."""
    places = {place: form.get(f"column-{place}", "") for place in range(1, len(file.samples) + 1)}
    chosen = [name for name in places.values() if name]
    twice = next((name for name in chosen if chosen.count(name) > 1), "")
    if twice:
        sentence = Message("Two columns cannot both be “%(name)s”.", name=labels.COLUMNS[twice])
        raise Refused(400, "options", sentence, f"column-{max(place for place in places if places[place] == twice)}")
    known = {name: part.value.place for name, part in file.columns.items() if name in {*COLUMNS, "date"}}
    moved = [f"{name}={place}" for place, name in places.items() if name and known.get(name) != place]
    gone = [f"{name}=0" for name, place in known.items() if place and place in places and name not in chosen]
    return moved + gone


def _people(job: Job, summary: Summary, form: MultiDict[str, str]) -> tuple[list[str], list[str]]:
    """Who is a learner, and who is staff, other than was found."""
    ticked, shown = set(form.getlist("learners")), set(form.getlist("shown"))
    was_staff = {one["person"] for one in summary.everybody if one["role"] == "staff"}
    acts = set(form.getlist("acts"))
    alike = _who_did(job, acts) if acts else []
    learners = [person for person in shown & was_staff if person in ticked] + alike
    staff = [person for person in shown - was_staff if person not in ticked]
    return sorted({*learners}), sorted(staff)


def _who_did(job: Job, acts: set[str]) -> list[str]:
    """All people who were taken for staff by one of these acts."""
    if job.output_file is None:
        return []
    _size, content = read_member(job.output_file, STAFF_FILE)
    rows = csv.DictReader(io.StringIO(b"".join(content).decode(), newline=""))
    return [row["person"] for row in rows if row["act"] in acts]
