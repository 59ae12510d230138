"""What was understood of a log: to be corrected where it is seen, and run again without a new upload."""

from collections.abc import Collection
from contextlib import AbstractContextManager
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from moodlelogsmart.jobs.drafts import Draft
from moodlelogsmart.jobs.job import COMPLETED, Job
from moodlelogsmart.meaning.corrections import LAYOUT
from moodlelogsmart.meaning.filters import NAMED
from moodlelogsmart.messages import Message
from moodlelogsmart.options import DELIMITERS, OF_LOG, entries
from moodlelogsmart.reading.model import TEXTS, FileReading
from moodlelogsmart.report import labels
from moodlelogsmart.report.doubts import MOST, NO_LOG, doubts, without_seen
from moodlelogsmart.report.people import People, open_people
from moodlelogsmart.report.summary import Summary
from moodlelogsmart.report.understood import understood
from moodlelogsmart.web.access import drafts, known_owner, my_job, runner, settings, wants_json
from moodlelogsmart.web.admission import Refused
from moodlelogsmart.web.drafting import Form
from moodlelogsmart.web.errors import refusal
from moodlelogsmart.web.intake import Fields, plain, take
from moodlelogsmart.web.language import chosen_language, log_languages, translate
from moodlelogsmart.web.layouts import (
    ALONE,
    LAYOUTS,
    alone,
    dated,
    first,
    layouts,
    meanings,
    sheets_of,
    told_alone,
    told_columns,
)
from moodlelogsmart.web.others import BEFORE, LOG, NONE, USES, asking, called
from moodlelogsmart.web.upload import begun, note_refusal

blueprint = Blueprint("check", __name__)

FOUND = 50  # people whom a search shows
PARTS = 10_000  # fields of the form: of each column, person and kind of event that it shows
# That are offered; whatever else was found stands beside them.
ENCODINGS = (
    "utf-8",
    "cp1252",
    "iso8859-1",
    "iso8859-15",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1256",
    "gb18030",
    "shift_jis",
    "euc_kr",
    "utf-16",
)
CHANGED = 1000  # people whom a form changed and who stay on the page; nobody ticks more by hand
NO_LEARNERS = ("staff", "guest", "logged_in_as")  # the roles of Summary.everybody that are none
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
    request.max_form_parts = PARTS
    job = my_job(str(job_id))
    if not job.is_finished and not job.is_asking:
        abort(409)
    summary = _summary_of(job)
    # A form with files is not read before there is room for them.
    if summary and request.mimetype == "application/x-www-form-urlencoded" and "find" in request.form:
        return _page(job, summary, Draft(job.job_id, request.form.to_dict(flat=False)))
    try:
        again = take(job, partial(_meant, job), partial(_seen, job))
    except Refused as refused:
        note_refusal(refused)
        if wants_json() or summary is None:
            return refusal(refused.status, refused.message)
        return _page(job, summary, _draft_of(job)), refused.status
    return begun(again)


def _page(job: Job, summary: Summary, draft: Draft | None) -> str:
    """The page, with what was typed into it where it is shown again, and on top of the people those who are found; of a
    file that is no log, unless a person says that it is one, what it is to be used for instead."""
    if summary.unclear_kind and NO_LOG not in job.seen:
        return _use_page(job, summary, draft)
    file, of_dates, columns, logs = first(summary), dated(summary), layouts(summary), alone(summary)
    form = Form(draft, _fields(job, summary))
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
        layouts=columns[:LAYOUTS],
        layouts_left_out=len(columns[LAYOUTS:]),
        alone=logs[:ALONE],
        alone_left_out=len(logs[ALONE:]),
        meanings=meanings,
        sheets_of=sheets_of,
        laid_out=_laid_out(file),
        texts=TEXTS,
        dates=of_dates,
        delimiters={word: labels.DELIMITERS[letter] for word, letter in DELIMITERS.items()},
        known=_known(job, summary),
        is_one_log=_is_one_log(job, summary),
        log_languages=log_languages(),
        encodings={one: one for one in ENCODINGS},
        acts=acts,
        everybody=shown,
        who=who,
        hits=hits,
        found=len(found),
        doubts=_doubtful(summary),
        labels=labels,
        filters=[entry for entry in entries() if entry.name in labels.FILTERS],
        keep_failed=settings().keep_failed,
    )


def _use_page(job: Job, summary: Summary, draft: Draft | None) -> str:
    told = asking(summary.unclear_kind, summary.unclear or "")
    name = told.parameters.get("file") if isinstance(told, Message) else None
    by_itself = {BEFORE: [USES.get(summary.unclear_kind, NONE)]}
    return render_template(
        "use.html",
        job=job,
        told=told,
        form=Form(draft or Draft(job.job_id, by_itself), [LOG, BEFORE]),
        own={BEFORE: translate(called(name or job.title, summary.unclear_kind))},
        keep_failed=settings().keep_failed,
    )


def _draft_of(job: Job) -> Draft | None:
    """The form about this job that was refused."""
    return drafts().of(known_owner(), job.job_id)


def _people_of(job: Job, summary: Summary) -> AbstractContextManager[People]:
    """Everybody in the logs of a job."""
    return open_people(runner().manager.people(job), summary.everybody)


def _shown(people: People, found: list[dict[str, Any]], summary: Summary, form: Form) -> list[dict[str, Any]]:
    """Whom the page shows: those who are found, those whom the form that was sent changes, and those of the summary;
    each with whether the box is ticked."""
    ticked, sent = set(form.listed("learners")), set(form.listed("shown"))
    changed = [one for one in people.named(sent) if (one["person"] in ticked) == (one["role"] in NO_LEARNERS)]
    shown = {one["person"]: one for one in (*found, *changed[:CHANGED], *summary.everybody)}
    return [
        one | {"ticked": person in ticked if person in sent else one["role"] not in NO_LEARNERS}
        for person, one in shown.items()
    ]


def _doubtful(summary: Summary) -> dict[str, bool]:
    """Which parts of the page somebody has to look at."""
    codes = {one.code for one in summary.warnings if not one.is_seen}
    return {part: bool(those & codes) for part, those in DOUBTS.items()}


def _fields(job: Job, summary: Summary) -> list[str]:
    """The fields that the page has, in their order."""
    file = first(summary)
    there = {
        BEFORE: _is_one_log(job, summary),
        LOG: not job.can_rerun or _is_one_log(job, summary),
        **{name: name in _laid_out(file) for name in LAYOUT},
        "log_language": not file.is_table,
        "encoding": bool(file.encoding.value),
        "date_order": bool(dated(summary).orders),
        "year": bool(summary.reading.years),
        "timezone": True,
        "row_order": True,
        **{one.field(part): True for one in alone(summary)[:ALONE] for part in one.known},
        **{field: True for layout in layouts(summary)[:LAYOUTS] for field in layout.fields.values()},
        **dict.fromkeys(labels.LISTS, not summary.unclear),
        **dict.fromkeys((name for names in labels.OF_LISTS.values() for name in names), not summary.unclear),
        "title": True,
        "session_gap": True,
        "pseudonyms": True,
        "labels": not summary.unclear,
        **dict.fromkeys(labels.FILTERS, True),
    }
    return [name for name, is_there in there.items() if is_there]


def _is_one_log(job: Job, summary: Summary) -> bool:
    """Whether the job has its log still, and no other file, so that it can be used as something else."""
    reading = summary.reading
    return job.can_rerun and len(reading.files) == 1 and not reading.files_left_out and not summary.unclear_place


def _summary_of(job: Job) -> Summary | None:
    """As its owner sees it, of a job that has one."""
    if job.status != COMPLETED and not job.is_asking:
        return None
    summary = runner().manager.summary(job)
    return without_seen(summary, job.seen) if summary else None


def _seen(job: Job) -> list[str]:
    """What was guessed and who sends the form has let be: now, where it is one of our page, or before; the last MOST,
    however often a log is run again."""
    summary = runner().manager.summary(job) if "seen" in request.form else None
    return list(dict.fromkeys([*job.seen, *(doubts(summary) if summary else ())]))[-MOST:]


def _meant(job: Job, form: MultiDict[str, str]) -> Fields:
    """What a form of `rerun` says; of one of our page only what differs from what was understood. Raises Refused."""
    summary = _summary_of(job) if "seen" in form else None
    if summary is None:
        return plain(form)
    known = _known(job, summary)
    # Of what was asked nothing is known before it is answered, with what the form offers too.
    known["year"] = "" if summary.unclear else known["year"]
    told = {name: [one for one in values if one != known.get(name)] for name, values in plain(form).items()}
    for name in NAMED:
        # They may be codes here, which no log holds.
        if {one for one in told[name] if one} == set(summary.filters.get(name, ())):
            told[name] = []
    # Where the columns are other ones, nothing is said of them yet.
    told["columns"] = [] if any(told[name] for name in LAYOUT) else told_columns(summary, form)
    told["of_log"] = told_alone(summary, form)
    if summary.unclear_place:
        # The page shows that log alone.
        told |= {"of_log": [f"{summary.unclear_place}:{name}={one}" for name in OF_LOG for one in told[name] if one]}
        told |= {name: [] for name in OF_LOG}
    told["learners"], told["staff"] = _people(job, summary, form)
    said = {f"{key}={meant}" for key, meant in summary.corrections.get("meanings", {}).items()}
    told["meanings"] = [one for one in told["meanings"] if one and one not in said]
    return told


def _known(job: Job, summary: Summary) -> dict[str, str]:
    """What the page shows as understood in fields of one value each."""
    reading, file = summary.reading, first(summary)
    words = {letter: word for word, letter in DELIMITERS.items()}
    return {
        "kind": file.kind.value,
        "form": file.form.value,
        "delimiter": words.get(file.delimiter.value, ""),
        "sheet": str(file.sheet.value),
        "log_language": reading.language.value,
        "row_order": "newest_first" if reading.newest_first.value else "oldest_first",
        "date_order": dated(summary).date_order.value,
        "year": str(reading.years[1]) if reading.years else "",
        "timezone": reading.timezone.value,
        "encoding": file.encoding.value,
        "title": job.options.title,
        "session_gap": str(job.options.session_gap),
        "pseudonyms": job.options.pseudonyms,
    }


def _laid_out(file: FileReading) -> Collection[str]:
    """Which of LAYOUT a person can say of the file."""
    kind = file.kind.value
    there = {"kind": kind in TEXTS, "form": kind not in ("sql", "backup"), "delimiter": kind == "text"}
    there["sheet"] = len(file.sheets) > 1
    return [name for name in LAYOUT if there[name]]


def _people(job: Job, summary: Summary, form: MultiDict[str, str]) -> tuple[list[str], list[str]]:
    """Who is a learner, and who is staff, other than was found."""
    ticked = set(form.getlist("learners"))
    with _people_of(job, summary) as people:
        roles = {one["person"]: one["role"] for one in people.named(set(form.getlist("shown")))}
        alike = people.who_did(set(form.getlist("acts")))
    learners = {person for person, role in roles.items() if role in NO_LEARNERS and person in ticked}
    staff = {person for person, role in roles.items() if role not in NO_LEARNERS and person not in ticked}
    return sorted({*learners, *alike}), sorted(staff)
