"""What comes with a form: files to disk, options, a look at both, and the job that begins with them."""

import io
import logging
import os
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, cast

from flask import Request, request
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from moodlelogsmart.jobs.instance import kept_key
from moodlelogsmart.jobs.job import UPLOADING
from moodlelogsmart.jobs.runner import LOGS, QueueFull
from moodlelogsmart.jobs.supervisor import Crashed, look
from moodlelogsmart.meaning.pseudonyms import new_key, read_key
from moodlelogsmart.messages import LogError, MachineError
from moodlelogsmart.options import FORM, OptionError, Options, entries, parse
from moodlelogsmart.reading.unpack import WrongKind
from moodlelogsmart.web.access import owner, runner, settings
from moodlelogsmart.web.admission import Refused, queue_full, time_limit
from moodlelogsmart.web.language import chosen_language, translate
from moodlelogsmart.workspace import blame

logger = logging.getLogger(__name__)

STEP = 8 << 20  # bytes of an upload after which the disk begins with them
TITLE_LIMIT = 120  # characters of a file name that are kept to call the job by
OWN = "own"  # the choice of pseudonyms with a key that is made for the job


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

    def seek(self, offset: int, whence: int = 0) -> int:
        """Close it: the form's parser goes back to the beginning of a file at its end, and nobody reads it here.

        A form may have a thousand of them, which is as many as a server may have open.
        """
        self.close()
        return 0


class UploadRequest(Request):
    """Writes the files of a form straight to `upload_folder`, under names of our own."""

    upload_folder: Path | None = None
    _files = 0

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        if self.upload_folder is None:
            return super()._get_file_stream(total_content_length, content_type, filename, content_length)
        if not self._files:
            self.upload_folder.mkdir(parents=True, exist_ok=True)
        self._files += 1
        return _Upload(io.FileIO(str(self.upload_folder / f"{self._files - 1:03d}"), "w+"))


def take() -> str:
    """Receive the upload and queue it; the id of its job. Raises Refused."""
    manager = runner().manager
    job_id = manager.create_job(owner=owner(), stage=UPLOADING, size=request.content_length or 0)
    try:
        folder = manager.folder(job_id) / "input"
        title, options = _receive(folder)
        made_key = options.pseudonym_key if options.pseudonyms == OWN else ""
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
    beside = {entry.name for entry in entries() if entry.kind == "file"}
    own = {field: path.rename(folder / field) for field, _name, path in chosen if field in beside}
    logs = [(name, path) for field, name, path in chosen if field not in beside]
    if not logs:
        raise Refused(400, "content", _("No file was chosen. Please choose the log that you downloaded from Moodle."))
    try:
        look([path for _name, path in logs], own)
    except LogError as error:
        raise Refused(415 if isinstance(error, WrongKind) else 400, "content", translate(error.message)) from None
    except Crashed as crash:
        raise _not_understood(crash) from None
    key = read_key(own.pop("key")) if "key" in own else _key(options.pseudonyms)
    return ", ".join(name for name, _path in logs)[:TITLE_LIMIT], replace(options.with_files(own), pseudonym_key=key)


def _not_understood(crash: Crashed) -> Refused:
    """The answer where the process that looked at the files broke, or took more than it may."""
    runner().metrics.crashes.labels(crash.cause).inc()
    logger.error("look broke", extra={"cause": crash.cause, "error": crash.error, "frames": crash.frames})
    sentence = _("This could not be understood in time. Download the log from Moodle again, and send it alone.")
    return Refused(400, "content", sentence)


def _uploads(limit: int) -> list[tuple[str, FileStorage]]:
    """The files of the form by its fields, received within `limit` seconds. Raises Refused, ClientDisconnected."""
    with time_limit(limit) as over:
        try:
            uploads = [(field, file) for field in request.files for file in request.files.getlist(field)]
        except ClientDisconnected as error:
            # Of who sends nothing for a while the worker reads no more.
            if isinstance(error.__context__, TimeoutError):
                over.set()
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


def _key(choice: str) -> str:
    """The key of the pseudonyms that the person asked for; '' for none."""
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
    given = {entry.name: request.form.getlist(entry.name) for entry in entries()}
    zones = [zone for zone in map(str.strip, given["timezone"]) if zone] or [settings().timezone]
    # The form has UTC where nobody chose a zone, so it tells none.
    given["timezone"] = [] if zones == ["UTC"] else zones
    try:
        return replace(parse(given, FORM), language=chosen_language())
    except OptionError as error:
        raise Refused(400, "options", translate(error.message)) from None
