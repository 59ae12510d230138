"""What was understood of a log: to be corrected where it is seen, and run again without a new upload."""

from uuid import UUID

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from moodlelogsmart.web.access import admission, my_job, owner
from moodlelogsmart.web.admission import Refused
from moodlelogsmart.web.errors import refusal
from moodlelogsmart.web.intake import take
from moodlelogsmart.web.upload import begun, note_refusal

blueprint = Blueprint("check", __name__)


@blueprint.post("/jobs/<uuid:job_id>/rerun")
def rerun(job_id: UUID) -> ResponseReturnValue:
    """A new job with the log of a finished one, or a new file, and what the form corrects; 410 where no log is left."""
    job = my_job(str(job_id))
    if not job.is_finished:
        abort(409)
    address = request.remote_addr or ""
    try:
        with admission().admit(owner(), address, max(job.size, request.content_length or 0)):
            again = take(job)
            admission().note(address, again)
    except Refused as refused:
        note_refusal(refused)
        return refusal(refused.status, refused.sentence)
    return begun(again)
