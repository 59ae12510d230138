"""What was understood of a log: to be corrected where it is seen, and run again without a new upload."""

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from moodlelogsmart.jobs.drafts import Draft
from moodlelogsmart.jobs.job import COMPLETED, Job
from moodlelogsmart.jobs.summaries import people_file, read_summary
from moodlelogsmart.messages import Message
from moodlelogsmart.reading.dump import TABLE
from moodlelogsmart.reading.model import COLUMNS, FileReading
from moodlelogsmart.report import labels
from moodlelogsmart.report.people import People, open_people
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
FOUND = 50  # people whom a search shows
CHANGED = 1000  # people whom a form changed and who stay on the page; nobody ticks more by hand
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
    "columns": {"columns_guessed", "context_unknown", "names_missing", "sources_disagree"},
    "people": {
        "most_people_staff",
        "most_rows_dropped",
        "no_learners",
        "doubtful_staff",
        "roster_unmatched",
    },
    "unknown": {"many_others"},
}


@blueprint.get("/check/<uuid:job_id>")
def show(job_id: UUID) -> ResponseReturnValue:
    """What was understood of the log of a job that is completed or waits for a person, each part to be corrected.

    `?who=` finds people who are not on the page.
    """
    job = my_job(str(job_id))
    summary = _summary_of(job)
    if summary is None:
        return abort(409) if wants_json() else redirect(url_for("status.show", job_id=job.job_id), 303)
    if wants_json():
        told = understood(summary, chosen_language())
        if "who" in request.args:
            with _people_of(job, summary) as people:
                told["people"], _all = people.find(request.args["who"], FOUND)
        return jsonify(told)
    return _page(job, summary, _draft_of(job))


@blueprint.get("/jobs/<uuid:job_id>/rerun")
def back(job_id: UUID) -> ResponseReturnValue:
    """Where the links of a refused form lead, such as that of another language."""
    return redirect(url_for(".show", job_id=job_id), 303)


@blueprint.post("/jobs/<uuid:job_id>/rerun")
def rerun(job_id: UUID) -> ResponseReturnValue:
    """A new job with the log of a finished one, or a new file, and what the form corrects; 410 where no log is left. A
    job that waits for a person goes on with it itself. By the button `find` the page comes back with who was found."""
    job = my_job(str(job_id))
    if not job.is_finished and not job.is_asking:
        abort(409)
    summary = _summary_of(job)
    # A form with files is not read before there is room for them.
    if summary and request.mimetype == "application/x-www-form-urlencoded" and "find" in request.form:
        return _page(job, summary, Draft(job.job_id, request.form.to_dict(flat=False)))
    try:
        again = take(job, partial(_meant, job))
    except Refused as refused:
        note_refusal(refused)
        if wants_json() or summary is None:
            return refusal(refused.status, refused.message)
        return _page(job, summary, _draft_of(job)), refused.status
    return begun(again)


def _page(job: Job, summary: Summary, draft: Draft | None) -> str:
    """The page, with what was typed into it where it is shown again, and on top of the people those who are found."""
    file = _first(summary)
    orders = _orders(file)
    places = {part.value.place: name for name, part in file.columns.items() if part.value.place}
    form = Form(draft, _fields(job, summary, file, orders))
    who = str(form.value("who") or request.args.get("who", "")).strip()
    with _people_of(job, summary) as people:
        found, hits = people.find(who, FOUND)
        acts = people.acts()
        shown = _shown(people, found, summary, form)
    return render_template(
        "check.html",
        job=job,
        s=summary,
        file=file,
        form=form,
        places=places,
        columns=_meanings(file),
        orders=orders,
        acts=acts,
        everybody=shown,
        who=who,
        hits=hits,
        found=len(found),
        doubts={part: bool(codes & {one.code for one in summary.warnings}) for part, codes in DOUBTS.items()},
        labels=labels,
        keep_failed=settings().keep_failed,
    )


def _draft_of(job: Job) -> Draft | None:
    """The form about this job that was refused."""
    return drafts().of(known_owner(), job.job_id)


def _people_of(job: Job, summary: Summary) -> AbstractContextManager[People]:
    """Everybody in the logs of a job."""
    return open_people(people_file(runner().manager.folder(job.job_id)), summary.everybody)


def _shown(people: People, found: list[dict[str, Any]], summary: Summary, form: Form) -> list[dict[str, Any]]:
    """Whom the page shows: those who are found, those whom the form that was sent changes, and those of the summary;
    each with whether the box is ticked."""
    ticked, sent = set(form.listed("learners")), set(form.listed("shown"))
    changed = [one for one in people.named(sent) if (one["person"] in ticked) == (one["role"] == "staff")]
    shown = {one["person"]: one for one in (*found, *changed[:CHANGED], *summary.everybody)}
    return [
        one | {"ticked": person in ticked if person in sent else one["role"] != "staff"}
        for person, one in shown.items()
    ]


def _fields(job: Job, summary: Summary, file: FileReading, orders: Collection[str]) -> list[str]:
    """The fields that the page has, in their order."""
    there = {
        LOG: not job.can_rerun,
        "encoding": bool(file.encoding.value),
        "date_order": bool(orders),
        "year": bool(summary.reading.years),
        "timezone": True,
        **{f"column-{place}": bool(_meanings(file)) for place in range(1, len(file.samples) + 1)},
        "roster": not summary.unclear,
        "session_gap": True,
        "pseudonyms": True,
    }
    return [name for name, is_there in there.items() if is_there]


def _summary_of(job: Job) -> Summary | None:
    if job.status != COMPLETED and not job.is_asking:
        return None
    return read_summary(runner().manager.folder(job.job_id))


def _meanings(file: FileReading) -> Mapping[str, str]:
    """What a column of the file can be, and how that is called; nothing where the file itself says what they are."""
    if file.kind.value in ("sql", "backup"):
        return {}
    if file.is_table:
        return {name: name for name in TABLE}
    return {name: label for name, label in labels.COLUMNS.items() if name in {*COLUMNS, "date"}}


def _first(summary: Summary) -> FileReading:
    """How the first log was read; of what an earlier version has read nothing is known."""
    return next(iter(summary.reading.files), FileReading())


def _orders(file: FileReading) -> dict[str, list[tuple[str, datetime | None]]]:
    """How times of a file read in each order that a date can have: as written, and when that is.

    Those that are another day in the other order stand first.
    """
    place = file.columns["time"].value.place if "time" in file.columns else 0
    written = file.samples[place - 1].values if 0 < place <= len(file.samples) else ()
    if file.dates_turned:
        # Of what a spreadsheet has stored as dates nobody sees how it was written.
        return {"dmy": [], "mdy": []}
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
        # Of what was asked nothing is known before it is answered, with what the form offers too.
        "year": str(summary.reading.years[1]) if summary.reading.years and not summary.unclear else "",
        "timezone": summary.reading.timezone.value,
        "encoding": file.encoding.value,
        "session_gap": str(job.options.session_gap),
        "pseudonyms": job.options.pseudonyms,
    }
    told = {name: [one for one in values if one != known.get(name)] for name, values in plain(form).items()}
    told["columns"] = _columns(file, form)
    told["learners"], told["staff"] = _people(job, summary, form)
    said = {f"{key}={meant}" for key, meant in summary.corrections.get("meanings", {}).items()}
    told["meanings"] = [one for one in told["meanings"] if one and one not in said]
    return told


def _columns(file: FileReading, form: MultiDict[str, str]) -> list[str]:
    """The columns that are another than was understood. Raises Refused where one thing is in two of them."""
    names = _meanings(file)
    # Of what comes from a dump or backup the page shows none.
    asked = [place for place in range(1, len(file.samples) + 1) if f"column-{place}" in form]
    places = {place: form[f"column-{place}"] for place in asked}
    chosen = [name for name in places.values() if name]
    twice = next((name for name in chosen if chosen.count(name) > 1), "")
    if twice:
        sentence = Message("Two columns cannot both be “%(name)s”.", name=names[twice])
        raise Refused(400, "options", sentence, f"column-{max(place for place in places if places[place] == twice)}")
    known = {name: part.value.place for name, part in file.columns.items() if name in names}
    moved = [f"{name}={place}" for place, name in places.items() if name and known.get(name) != place]
    gone = [f"{name}=0" for name, place in known.items() if place and place in places and name not in chosen]
    return moved + gone


def _people(job: Job, summary: Summary, form: MultiDict[str, str]) -> tuple[list[str], list[str]]:
    """Who is a learner, and who is staff, other than was found."""
    ticked = set(form.getlist("learners"))
    with _people_of(job, summary) as people:
        roles = {one["person"]: one["role"] for one in people.named(set(form.getlist("shown")))}
        alike = people.who_did(set(form.getlist("acts")))
    learners = {person for person, role in roles.items() if role == "staff" and person in ticked}
    staff = {person for person, role in roles.items() if role != "staff" and person not in ticked}
    return sorted({*learners, *alike}), sorted(staff)
