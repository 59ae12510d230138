"""The results: the whole ZIP, or one file of it."""

from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

from flask import Blueprint, Response, abort, request, send_file, url_for
from flask.typing import ResponseReturnValue

from moodlelogsmart.export.archive import read_gzipped, read_member
from moodlelogsmart.export.results import TEMPLATE
from moodlelogsmart.jobs.job import COMPLETED, FAILED, Job
from moodlelogsmart.meaning.rules import DEFAULT_FILE
from moodlelogsmart.messages import Message
from moodlelogsmart.report.excerpt import as_csv
from moodlelogsmart.web.access import admission, my_job, runner, seen_job
from moodlelogsmart.web.errors import deleted, refusal
from moodlelogsmart.web.zone import clock

blueprint = Blueprint("download", __name__)

TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".xes": "application/xml",
    ".gz": "application/gzip",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".yaml": "application/yaml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@blueprint.get("/download/<uuid:job_id>")
def archive(job_id: UUID) -> ResponseReturnValue:
    """The ZIP, named by the time at which the job was completed."""
    job, path = _finished(str(job_id))
    name = f"results_{job.completed_at:%Y%m%d_%H%M%S}.zip"
    with _place() as place:
        try:
            answer = send_file(path, mimetype="application/zip", as_attachment=True, download_name=name, max_age=0)
        except FileNotFoundError:
            abort(410)
        # Else nobody is told of its end.
        answer.direct_passthrough = False
        answer.call_on_close(place.pop_all().close)
    return answer


@blueprint.get("/download/<uuid:job_id>/<name>")
def member(job_id: UUID, name: str) -> ResponseReturnValue:
    """One file of the ZIP; a XES also as .xes.gz, which process-mining tools open as it is. Of a job that waits for a
    person the template of labels."""
    if name == TEMPLATE and (asking := seen_job(str(job_id))).is_asking:
        template = runner().manager.template(asking)
        if not template.exists():
            abort(404)  # of a log of which nothing is known yet
        return send_file(template, mimetype="text/csv", as_attachment=True, download_name=name, max_age=0)
    _job, path = _finished(str(job_id))
    with _place() as place:
        try:
            size, content = (
                read_gzipped(path, name.removesuffix(".gz")) if name.endswith(".xes.gz") else read_member(path, name)
            )
        except KeyError:
            abort(404)
        except FileNotFoundError:
            abort(410)
        headers = {"Content-Disposition": f"attachment; filename={name}", "Content-Length": str(size)}
        answer = Response(content, headers=headers, content_type=TYPES[Path(name).suffix])
        answer.call_on_close(place.pop_all().close)
    return answer


@blueprint.get("/download/<uuid:job_id>/excerpt.csv")
def excerpt(job_id: UUID) -> ResponseReturnValue:
    """The events without a rule, as they may be sent to others; it stands beside the ZIP."""
    job, _path = _finished(str(job_id))
    summary = runner().manager.summary(job)
    if summary is None or not summary.excerpt:
        abort(404)
    headers = {"Content-Disposition": "attachment; filename=excerpt.csv"}
    return Response(as_csv(summary.excerpt), headers=headers, content_type=TYPES[".csv"])


@blueprint.post("/jobs/<uuid:job_id>/key")
def key(job_id: UUID) -> ResponseReturnValue:
    """The key of the pseudonyms, once."""
    job = my_job(str(job_id))
    text = runner().manager.take_key(job.job_id)
    if not text and job.key_taken_at:
        return refusal(
            410,
            Message(
                "The key was downloaded at %(time)s. It is in your downloads as pseudonym_key.txt.",
                time=f"{job.key_taken_at.astimezone(clock()):%H:%M}",
            ),
            url_for("status.show", job_id=job.job_id),
        )
    if not text:
        abort(refusal(410, deleted(job)))
    headers = {"Content-Disposition": "attachment; filename=pseudonym_key.txt"}
    return Response(text + "\n", headers=headers, content_type="text/plain")


@blueprint.get("/rules/bloom.yaml")
def default_rules() -> ResponseReturnValue:
    """The rules that say what events mean, as a start for one's own."""
    return send_file(DEFAULT_FILE, mimetype="application/yaml", as_attachment=True, max_age=0)


def _place() -> ExitStack:
    """Hold one of the threads that may wait for a client. Answers 503 where none is left for it."""
    address = request.remote_addr or ""
    if not admission().hold(address):
        abort(refusal(503, Message("Many people are downloading just now. Please try again in a minute.")))
    place = ExitStack()
    place.callback(admission().let_go, address)
    return place


def _finished(job_id: str) -> tuple[Job, Path]:
    """A completed job that may be seen and its ZIP; 409 before the end and for a failed job, 410 once expired."""
    job = seen_job(job_id)
    if job.status == FAILED:
        abort(refusal(409, job.error or ""))
    if job.status != COMPLETED:
        abort(409)
    if job.output_file is None:
        abort(refusal(410, deleted(job)))
    return job, runner().manager.files.fetch(job.output_file)
