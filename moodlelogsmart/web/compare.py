"""The same figures of several finished jobs of one's own, side by side."""

from dataclasses import replace
from uuid import UUID

from flask import Blueprint, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from moodlelogsmart.jobs.job import Job
from moodlelogsmart.report import comparison, labels
from moodlelogsmart.web.access import my_job, my_jobs, runner, wants_json

blueprint = Blueprint("compare", __name__)

MOST = 5  # results side by side, which a screen holds


@blueprint.get("/compare")
def show() -> ResponseReturnValue:
    """The figures of the jobs that are named as `job`, the first MOST of them; 404 for one that is not there, and for
    one without results. With fewer than two the page says what to do, and offers the others."""
    compared = [my_job(_job_id(text)) for text in dict.fromkeys(request.args.getlist("job"))][:MOST]
    summaries = [runner().manager.summary(job) if job.output_file else None for job in compared]
    read = [one for one in summaries if one is not None]
    if len(read) < len(compared):
        abort(404)
    called = [job.options.title or one.course or job.title for job, one in zip(compared, read, strict=True)]
    titles = comparison.distinct(called, [job.title for job in compared])
    sides = [replace(one.own_side, name=title) for one, title in zip(read, titles, strict=True)]
    rows = comparison.compare(sides) if len(read) > 1 else []
    if wants_json():
        told = [{"job_id": job.job_id, "title": title} for job, title in zip(compared, titles, strict=True)]
        return jsonify(jobs=told, figures=comparison.as_data(rows))
    others = _others(compared) if len(compared) < MOST else []
    compared_jobs = list(zip(compared, read, strict=True))
    return render_template("compare.html", compared=compared_jobs, sides=sides, rows=rows, others=others, labels=labels)


def _others(compared: list[Job]) -> list[Job]:
    """The finished jobs of who asks that can be compared as well."""
    ids = {job.job_id for job in compared}
    return [job for job in my_jobs() if job.output_file and job.job_id not in ids]


def _job_id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        abort(404)
