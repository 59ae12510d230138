"""The start page: hand in a log, and find one's jobs again."""

import io
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, cast
from zoneinfo import available_timezones

from flask import Blueprint, Request, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import ClientDisconnected, HTTPException, RequestEntityTooLarge

from moodlelogsmart.jobs.instance import kept_key
from moodlelogsmart.jobs.job import PROCESSING, UPLOADING
from moodlelogsmart.jobs.runner import LOGS, QueueFull
from moodlelogsmart.meaning.clean import ROLES
from moodlelogsmart.meaning.log import CASE_NOTIONS
from moodlelogsmart.meaning.pseudonyms import new_key, read_key
from moodlelogsmart.meaning.rules import load_rules
from moodlelogsmart.meaning.sessions import LONGEST_GAP, SESSION_GAP
from moodlelogsmart.messages import LogError, MachineError
from moodlelogsmart.pipeline import Options
from moodlelogsmart.reading.clock import FIRST_YEAR, LAST_YEAR
from moodlelogsmart.reading.roster import check_roster
from moodlelogsmart.reading.sources import check_start
from moodlelogsmart.reading.unpack import WrongKind
from moodlelogsmart.report import labels
from moodlelogsmart.web.access import admission, my_jobs, owner, runner, settings, wants_json
from moodlelogsmart.web.admission import Refused, queue_full, stop_reading, time_limit
from moodlelogsmart.web.errors import RETRY_AFTER
from moodlelogsmart.web.language import chosen_language, translate
from moodlelogsmart.workspace import blame

logger = logging.getLogger(__name__)
blueprint = Blueprint("upload", __name__)

DRAINING = 10  # seconds that are spent on it at most
DRAINED = 64 << 20  # bytes of a refused upload that are still taken, so that the browser gets to read the answer
STEP = 8 << 20  # bytes of an upload after which the disk begins with them
TITLE_LIMIT = 120  # characters of a file name that are kept to call the job by
OWN = "own"  # the choice of pseudonyms with a key that is made for the job


# The files beside the logs, each an option of the same name, and what looks at it before the job is queued.
CHECKS: dict[str, Callable[[Path], object]] = {"rules": load_rules, "roster": check_roster, "key": read_key}


class _Upload(io.BufferedRandom):
    """A file that goes to the disk while it is received, so that at its end there is little left to wait for."""

    _written = _begun = 0

    def write(self, data: Any) -> int:
        """Write, and have the disk begin with what has come since the last time it did."""
        size = super().write(data)
        self._written += size
        if self._written - self._begun >= STEP:
            # Not only the advice that it is: Linux begins to write the pages out, and does not wait for it.
            os.posix_fadvise(self.fileno(), self._begun, self._written - self._begun, os.POSIX_FADV_DONTNEED)
            self._begun = self._written
        return size


class UploadRequest(Request):
    """Writes the files of a form straight to `upload_folder`, under names of our own."""

    upload_folder: Path | None = None

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        if self.upload_folder is None:
            return super()._get_file_stream(total_content_length, content_type, filename, content_length)
        self.upload_folder.mkdir(parents=True, exist_ok=True)
        place = sum(1 for _ in self.upload_folder.iterdir())
        return _Upload(io.FileIO(str(self.upload_folder / f"{place:03d}"), "w+"))


@blueprint.get("/")
def start() -> ResponseReturnValue:
    """The form and this browser's jobs."""
    return _form()


@blueprint.post("/upload")
def upload() -> ResponseReturnValue:
    """Take the files, check that they can be a log, and queue the job."""
    try:
        with admission().admit(owner(), request.remote_addr or "", request.content_length or 0):
            job_id = _take()
    except Refused as refused:
        return _refused(refused)
    status_url = url_for("status.show", job_id=job_id)
    if wants_json():
        return jsonify(job_id=job_id, status=PROCESSING, status_url=status_url), 202
    return redirect(status_url, 303)


def _take() -> str:
    """Receive the upload and queue it; the id of its job. Raises Refused."""
    manager = runner().manager
    job_id = manager.create_job(owner=owner(), stage=UPLOADING, size=request.content_length or 0)
    try:
        folder = manager.folder(job_id) / "input"
        title, options = _receive(folder)
        made_key = options.pseudonym_key if request.form.get("pseudonyms") == OWN else ""
        size = sum(path.stat().st_size for path in (folder / LOGS).iterdir())
        manager.describe(job_id, title=title, size=size, options=options, new_key=made_key)
        manager.set_input_file(job_id, folder)
        runner().submit(job_id)
    except BaseException as error:
        # Also where the connection broke off or the disk is full: nothing of a half upload stays.
        manager.forget(job_id, whatever_the_journal_says=True)
        if isinstance(error, QueueFull):
            raise queue_full() from None
        cause = blame(error) if isinstance(error, Exception) else error
        if isinstance(cause, MachineError):
            raise Refused(503, "machine", translate(cause.message)) from error
        raise
    runner().metrics.upload_bytes.inc(size)
    return job_id


def _receive(folder: Path) -> tuple[str, Options]:
    """Write the files of the form into `folder`; what the job is called and its options. Raises Refused."""
    cast(UploadRequest, request).upload_folder = folder / LOGS
    try:
        uploads = _uploads(settings().upload_time_limit)
        options = _options()
    except RequestEntityTooLarge:
        raise _too_large() from None
    files = [(field, file.filename, _settle(file)) for field, file in uploads]
    chosen = [(field, name, path) for field, name, path in files if name and path]
    own = {field: path.rename(folder / field) for field, _name, path in chosen if field in CHECKS}
    logs = [(name, path) for field, name, path in chosen if field not in CHECKS]
    if not logs:
        raise Refused(400, "content", _("No file was chosen. Please choose the log that you downloaded from Moodle."))
    try:
        for _name, path in logs:
            check_start(path)
        for field, path in own.items():
            CHECKS[field](path)
    except LogError as error:
        raise Refused(415 if isinstance(error, WrongKind) else 400, "content", translate(error.message)) from None
    key = read_key(own["key"]) if "key" in own else _key()
    return ", ".join(name for name, _path in logs)[:TITLE_LIMIT], replace(
        options, rules=own.get("rules"), roster=own.get("roster"), pseudonym_key=key
    )


def _uploads(limit: int) -> list[tuple[str, FileStorage]]:
    """The files of the form by its fields, received within `limit` seconds. Raises Refused, ClientDisconnected."""
    with time_limit(limit) as over:
        try:
            uploads = [(field, file) for field in request.files for file in request.files.getlist(field)]
        except ClientDisconnected:
            if not over.is_set():
                raise
    if over.is_set():
        # Of a form that was cut off there may be files that look whole.
        raise Refused(408, "slow", _("The upload took longer than %(limit)d seconds and was broken off.", limit=limit))
    return uploads


def _too_large() -> Refused:
    limit = settings().upload_limit
    sentence = _(
        "This is more than the %(limit)d MB that fit; choose a shorter time in Moodle and export again.", limit=limit
    )
    if request.content_length and request.content_length <= limit << 20:
        sentence = _("These are more than 1,000 files at once; pack them into a ZIP.")
    return Refused(413, "size", sentence)


def _key() -> str:
    """The key of the pseudonyms that the person asked for; '' for none."""
    choice = request.form.get("pseudonyms", "")
    return new_key() if choice == OWN else kept_key(settings().instance_folder, "pseudonym_key") if choice else ""


def _settle(file: FileStorage) -> Path | None:
    """Where a file of the form was written; None for a field in which nothing was chosen."""
    path = Path(cast(str, file.stream.name))
    file.stream.close()
    if file.filename:
        return path
    path.unlink()
    return None


def _options() -> Options:
    case = request.form.get("case", CASE_NOTIONS[0])
    if case not in CASE_NOTIONS:
        raise Refused(400, "options", _("Please choose one of the offered meanings of a case."))
    timezone = request.form.get("timezone", "").strip() or settings().timezone
    if timezone not in available_timezones():
        raise Refused(
            400, "options", _("This time zone is not known; write it as Area/City, for example America/Sao_Paulo.")
        )
    gap = request.form.get("session_gap", "").strip() or str(SESSION_GAP)
    if not gap.isdecimal() or len(gap) > 4 or not 1 <= int(gap) <= LONGEST_GAP:
        raise Refused(
            400,
            "options",
            _("The pause that ends a session must be from 1 to %(most)d whole minutes.", most=LONGEST_GAP),
        )
    year = request.form.get("year", "").strip()
    if year and not (year.isdecimal() and len(year) == 4 and FIRST_YEAR <= int(year) <= LAST_YEAR):
        raise Refused(
            400,
            "options",
            _("The year of the newest event must be from %(first)d to %(last)d.", first=FIRST_YEAR, last=LAST_YEAR),
        )
    keep = tuple(role for role in ROLES if role in request.form.getlist("keep"))
    return Options(
        case=case,
        timezone=timezone,
        session_gap=int(gap),
        year=int(year) if year else None,
        keep=keep,
        language=chosen_language(),
    )


def _drain() -> None:
    """Take the rest of a refused upload, within bounds: a browser that is still sending does not read the answer."""
    left = DRAINED
    with admission().slot() as free, suppress(ClientDisconnected), time_limit(DRAINING):
        while free and left > 0:
            if not (chunk := request.environ["wsgi.input"].read(min(left, 1 << 16))):
                return
            left -= len(chunk)
    # Else the server's main thread would wait for more of it.
    stop_reading(request.environ.get("gunicorn.socket"))


def _refused(refused: Refused) -> ResponseReturnValue:
    runner().metrics.refusals.labels(refused.why).inc()
    logger.info("upload refused", extra={"why": refused.why, "status": refused.status})
    if refused.status in (413, 429, 503):
        _drain()
    headers = {"Retry-After": str(RETRY_AFTER)} if refused.status in (429, 503) else {}
    if wants_json():
        return jsonify(error=refused.sentence), refused.status, headers
    return _form(refused.sentence), refused.status, headers


def _filled_in(field: str) -> list[str]:
    """What the person wrote into a field of a form that is shown again; nothing where the form could not be read."""
    with suppress(HTTPException):
        return [value for value in request.form.getlist(field) if value]
    return []


def _form(refusal: str = "") -> str:
    return render_template(
        "start.html",
        refusal=refusal,
        jobs=my_jobs(),
        limit=settings().upload_limit,
        keep=settings().keep_completed,
        case_notions=CASE_NOTIONS,
        case_labels=labels.CASES,
        chosen_cases=_filled_in("case"),
        session_gap=next(iter(_filled_in("session_gap")), SESSION_GAP),
        chosen_roles=_filled_in("keep"),
        pseudonyms=labels.PSEUDONYMS,
        chosen_pseudonyms=_filled_in("pseudonyms"),
        year=next(iter(_filled_in("year")), ""),
        first_year=FIRST_YEAR,
        last_year=LAST_YEAR,
        longest_gap=LONGEST_GAP,
        roles=labels.ROLES,
        timezone=next(iter(_filled_in("timezone")), settings().timezone),
        timezones=sorted(available_timezones()),
    )
