"""What comes with a form: files to disk, options, a look at both, and the job that begins with them."""

import io
import logging
import os
import re
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, cast

from flask import Request, request
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from moodlelogsmart.export.archive import read_member
from moodlelogsmart.jobs.instance import kept_key
from moodlelogsmart.jobs.job import UPLOADING, Job
from moodlelogsmart.jobs.names import read_names, write_names
from moodlelogsmart.jobs.runner import LOGS, QueueFull
from moodlelogsmart.jobs.supervisor import Crashed, look
from moodlelogsmart.meaning.corrections import by_hand
from moodlelogsmart.meaning.pseudonyms import new_key, read_key
from moodlelogsmart.messages import LogError, MachineError, file_name
from moodlelogsmart.options import CHECK, FORM, OptionError, Options, entries, parse
from moodlelogsmart.reading.model import Unclear
from moodlelogsmart.reading.unpack import WrongKind
from moodlelogsmart.web.access import owner, runner, settings, wants_json
from moodlelogsmart.web.admission import Refused, queue_full, time_limit
from moodlelogsmart.web.language import chosen_language, translate
from moodlelogsmart.workspace import blame

logger = logging.getLogger(__name__)

STEP = 8 << 20  # bytes of an upload after which the disk begins with them
TITLE_LIMIT = 120  # characters of a file name that are kept to call the job by
# Of a form that is too large: bytes of its beginning in which the name of a file is looked for, and seconds.
NAME_WITHIN, NAME_SECONDS = 4096, 5
_FILE_NAME = re.compile(rb'\bfilename="([^"\r\n]+)"')
OWN = "own"  # the choice of pseudonyms with a key that is made for the job
RECEIVED = "received"  # the folder of a job in which files lie until it is known what they are
CORRECTIONS = "corrections.yaml"  # of the results
# What a form may bring beside a log, each an option of the same name.
_BESIDE = {entry.name for entry in entries() if entry.kind == "file" and FORM in entry.doors}


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

    @property
    def is_of_many_files(self) -> bool:
        """Whether most of the parts that a form may have were files."""
        return self._files * 2 > (self.max_form_parts or 0)

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


Fields = Mapping[str, list[str]]


def plain(form: MultiDict[str, str]) -> Fields:
    """What a form says of each option."""
    return {entry.name: form.getlist(entry.name) for entry in entries()}


def take(base: Job | None = None, fields: Callable[[MultiDict[str, str]], Fields] = plain) -> str:
    """Receive a form, and queue a job of its files, or of the log that the job `base` had before it: its id. Where
    `base` waits for a person, it goes on itself.

    `fields` says what the form means; what it does not say is as in `base`. Raises Refused.
    """
    manager = runner().manager
    size = request.content_length or 0
    before = base.job_id if base else ""
    job_id = manager.create_job(owner=owner(), stage=UPLOADING, size=size, rerun_of=before)
    try:
        shared = manager.share_input(before, job_id) if base else False
        folder = manager.folder(job_id) / "input"
        facts = _receive(folder, manager.get_job(job_id) if shared else base, shared, fields)
        size = sum(path.stat().st_size for path in (folder / LOGS).iterdir())
        wants_check = base is None and request.form.get("check") == "1"
        manager.describe(job_id, size=size, keep_input=_keeps(base), check=wants_check, asks=not wants_json(), **facts)
        manager.set_input_file(job_id, folder)
        if base and base.is_asking:
            _go_on(base.job_id, job_id)
        else:
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
    return base.job_id if base and base.is_asking else job_id


def _go_on(job_id: str, by: str) -> None:
    """Raises Refused, QueueFull, JournalError."""
    if not runner().go_on(job_id, by):
        raise Refused(409, "answered", _("This job goes on already, or was stopped."))


def _receive(
    folder: Path, base: Job | None, shared: bool, fields: Callable[[MultiDict[str, str]], Fields]
) -> dict[str, Any]:
    """Write the files of the form into `folder`; of the job its title, options, and new_key, if one was made for it.

    `shared`: the log of `base` lies there already, and stays where the form brings none. Raises Refused.
    """
    received = folder.with_name(RECEIVED)
    cast(UploadRequest, request).upload_folder = received
    try:
        uploads = _uploads(settings().upload_time_limit)
        options = _options(base, fields)
    except RequestEntityTooLarge:
        raise _too_large() from None
    files = [(field, file.filename, _settle(file)) for field, file in uploads]
    chosen = [(field, name, path) for field, name, path in files if name and path]
    logs = [(name, path) for field, name, path in chosen if field not in _BESIDE]
    if not logs and base and not shared:
        raise Refused(
            410, "gone", _("This log is not kept any more. Choose the file again; your corrections are kept.")
        )
    if not logs and not base:
        raise Refused(400, "content", _("No file was chosen. Please choose the log that you downloaded from Moodle."))
    beside = {field: path for field, _name, path in chosen if field in _BESIDE}
    if logs or beside:
        names = {path: name for _field, name, path in chosen}
        _look([path for _name, path in logs], options.with_files(beside), names)
    if logs:
        shutil.rmtree(folder / LOGS, ignore_errors=True)
    (folder / LOGS).mkdir(parents=True, exist_ok=True)
    for _name, path in logs:
        path.rename(folder / LOGS / path.name)
    if chosen:
        called = {field if field in _BESIDE else path.name: name for field, name, path in chosen}
        write_names(folder, read_names(folder) | called)
    own = {field: path.replace(folder / field) for field, path in beside.items()}
    shutil.rmtree(received, ignore_errors=True)
    options = _with_corrections(options.with_files(own), base, folder, shared)
    title = ", ".join(name for name, _path in logs)[:TITLE_LIMIT] if logs or not base else base.title
    return {"title": title, **_with_key(options, base)}


def _keeps(base: Job | None) -> bool:
    """Whether the log may be kept once it is processed."""
    if "keep_input" in request.form:
        return request.form["keep_input"] != "0"
    return base.keep_input if base else True


def _with_corrections(options: Options, base: Job | None, folder: Path, shared: bool) -> Options:
    """The options with what is corrected in a file, that of the results of `base` where its log is gone."""
    if base and base.output_file and not shared:
        known = folder / "corrections"
        with suppress(OSError, KeyError):
            if not options.corrections:
                _size, content = read_member(base.output_file, CORRECTIONS)
                known.write_bytes(b"".join(content))
                options = options.with_files({"corrections": known})
    try:
        return by_hand(options, folder / "corrected")
    except LogError as error:
        raise Refused(400, "options", translate(error.message)) from None


def _look(logs: list[Path], options: Options, names: Mapping[Path, str]) -> None:
    """Look at the files in a process of its own. Raises Refused."""
    try:
        look(logs, options, names)
    except LogError as error:
        wants_check = request.form.get("check") == "1"
        if isinstance(error, Unclear) and (wants_check or not (wants_json() or error.is_told)):
            return  # a person can say what it is
        raise Refused(415 if isinstance(error, WrongKind) else 400, "content", translate(error.message)) from None
    except Crashed as crash:
        raise _not_understood(crash) from None


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
    if not request.content_length or request.content_length > limit << 20:
        sentence = _(
            "%(file)s is larger than %(limit)d MB. Zip it (logs shrink to a tenth), or export a shorter time.",
            file=_first_name() or _("This upload"),
            limit=limit,
        )
    elif cast(UploadRequest, request).is_of_many_files:
        sentence = _("These are more than 1,000 files at once; pack them into a ZIP.")
    else:
        sentence = _("The form holds more text than fits; shorten what is in its fields.")
    return Refused(413, "size", sentence)


def _first_name() -> str:
    """What the first file of a form is called that is too large to be read, by its beginning; '' if that tells none."""
    start = b""
    with time_limit(NAME_SECONDS), suppress(OSError):
        start = request.environ["wsgi.input"].read(NAME_WITHIN)
    found = _FILE_NAME.search(start)
    return file_name(found[1].decode(errors="replace")) if found else ""


def _with_key(options: Options, base: Job | None) -> dict[str, Any]:
    """The options with the key of the pseudonyms: of a file, of the installation, of the job before, or a new one."""
    facts: dict[str, Any] = {}
    if options.key:
        # Whoever brings a key wants pseudonyms, also of what is run again.
        key = read_key(options.key)
        options = replace(options, pseudonyms=options.pseudonyms or "own", pseudonym_key=key, key=None)
    elif not options.pseudonyms:
        options = replace(options, pseudonym_key="")
    elif options.pseudonyms != OWN:
        options = replace(options, pseudonym_key=kept_key(settings().instance_folder, "pseudonym_key"))
    elif not (base and base.options.pseudonyms == OWN and options.pseudonym_key):
        facts["new_key"] = new_key()
        options = replace(options, pseudonym_key=facts["new_key"])
    return {"options": options, **facts}


def _settle(file: FileStorage) -> Path | None:
    """Where a file of the form was written; None for a field in which nothing was chosen."""
    path = Path(cast(str, file.stream.name))
    file.stream.close()
    if file.filename:
        return path
    path.unlink()
    return None


def _options(base: Job | None, fields: Callable[[MultiDict[str, str]], Fields]) -> Options:
    given = dict(fields(request.form))
    zones = [zone for zone in map(str.strip, given["timezone"]) if zone]
    if not base:
        zones = zones or [settings().timezone]
        # The form has UTC where nobody chose a zone, so it tells none.
        given["timezone"] = [] if zones == ["UTC"] else zones
    try:
        return replace(parse(given, FORM, CHECK, base=base.options if base else None), language=chosen_language())
    except OptionError as error:
        raise Refused(400, "options", translate(error.message)) from None
