"""What comes with a form: files to disk, options, a look at both, and the job that begins with them."""

import io
import logging
import os
import re
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, cast

import msgspec
from flask import Request, request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from moodlelogsmart.config import kept_key
from moodlelogsmart.export.archive import read_member
from moodlelogsmart.jobs.drafts import DraftFile
from moodlelogsmart.jobs.job import UPLOADING, Job
from moodlelogsmart.jobs.manager import INPUT
from moodlelogsmart.jobs.names import read_names, write_names
from moodlelogsmart.jobs.runner import QueueFull
from moodlelogsmart.jobs.supervisor import Crashed, look
from moodlelogsmart.jobs.working import LOGS
from moodlelogsmart.meaning.corrections import by_hand, corrections_of
from moodlelogsmart.meaning.filters import NAMED
from moodlelogsmart.meaning.pseudonyms import new_key, read_key
from moodlelogsmart.messages import LogError, MachineError, Message, file_name
from moodlelogsmart.options import CHECK, FORM, Options, entries, parse
from moodlelogsmart.reading.model import EXPORT, Unclear
from moodlelogsmart.reading.unpack import WrongKind
from moodlelogsmart.report.doubts import NO_LOG
from moodlelogsmart.web.access import admission, drafts, owner, runner, settings, wants_json
from moodlelogsmart.web.admission import RATE, Refused, queue_full, time_limit
from moodlelogsmart.web.drafting import BESIDE, Came, keep_draft, take_kept
from moodlelogsmart.web.errors import SENTENCES
from moodlelogsmart.web.language import chosen_language
from moodlelogsmart.web.others import BEFORE, LOG, MOST, NONE, USES, asking, insists, said
from moodlelogsmart.web.zone import remember_zone, told_zone
from moodlelogsmart.workspace import blame

logger = logging.getLogger(__name__)

STEP = 8 << 20  # bytes of an upload after which the disk begins with them
FILTERS_LIMIT = 10_000  # bytes of the names by which a log is filtered
TITLE_LIMIT = 120  # characters of a file name that are kept to call the job by
# Of a form that is too large: bytes of its beginning in which the name of a file is looked for, and seconds.
NAME_WITHIN, NAME_SECONDS = 4096, 5
_FILE_NAME = re.compile(rb'\bfilename="([^"\r\n]+)"')
OWN = "own"  # the choice of pseudonyms with a key that is made for the job
RECEIVED = "received"  # the folder of a job in which files lie until it is known what they are
CORRECTIONS = "corrections.yaml"  # of the results
# By which a person says how a log is read: without one that fits nothing of it can be.
_READ_BY = ("kind", "form", "delimiter", "encoding")


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


def take(
    base: Job | None = None,
    fields: Callable[[MultiDict[str, str]], Fields] = plain,
    seen: Callable[[], Sequence[str]] = tuple,
) -> str:
    """Receive a form, and queue a job of its files, or of the log that the job `base` had before it: its id. Where
    `base` waits for a person, it goes on itself.

    `fields` says what the form means; what it does not say is as in `base`; `seen` what was guessed and who sends it
    has let be (see Job). Raises Refused; then what came of a form of a page is kept as a draft.
    """
    came, address, before = Came(), request.remote_addr or "", base.job_id if base else ""
    size = max(base.size if base else 0, request.content_length or 0)
    try:
        with admission().admit(owner(), address, size, before, patient=not wants_json()) as full:
            job_id = _begin(base, fields, seen, came, full)
    except Exception as error:
        refused = _refused(error)
        if refused:
            keep_draft(refused, before, came)
        if refused is None or refused is error:
            raise
        raise refused from error
    finally:
        # Also where the connection broke off or the disk is full: nothing of a half upload stays.
        if came.job_id:
            runner().manager.forget(came.job_id, whatever_the_journal_says=True)
    drafts().drop(owner())
    return job_id


def _refused(error: Exception) -> Refused | None:
    """The error as a refusal, where it is one."""
    if isinstance(error, QueueFull):
        return queue_full()
    cause = blame(error)
    if isinstance(cause, MachineError):
        return Refused(503, "machine", cause.message)
    return error if isinstance(error, Refused) else None


def _begin(
    base: Job | None,
    fields: Callable[[MultiDict[str, str]], Fields],
    seen: Callable[[], Sequence[str]],
    came: Came,
    full: Refused | None,
) -> str:
    """The job that goes on with what comes. Raises Refused, QueueFull, JournalError."""
    manager = runner().manager
    before = base.job_id if base else ""
    job_id = came.job_id = manager.create_job(
        owner=owner(), stage=UPLOADING, size=request.content_length or 0, rerun_of=before
    )
    shared = manager.share_input(before, job_id) if base else False
    folder = manager.folder(job_id) / INPUT
    facts = _receive(folder, manager.get_job(job_id) if shared else base, shared, fields, came, full)
    size = sum(path.stat().st_size for path in (folder / LOGS).iterdir())
    # Also where no log was there yet that could be shown.
    is_new = base is None or (base.is_asking and LOG in came.files)
    wants_check = is_new and (base.check if base else request.form.get("check") == "1")
    if base and base.is_asking:
        facts["changed"] = tuple(dict.fromkeys([*base.changed, *facts["changed"]]))
    facts |= {"keep_input": _keeps(base), "network": admission().mark(request.remote_addr or "")}
    facts["seen"] = (*seen(), *[NO_LOG] * insists())
    manager.describe(job_id, size=size, check=wants_check, asks=not wants_json(), **facts)
    manager.set_input_file(job_id, folder)
    if base and base.is_asking:
        _go_on(base.job_id, job_id)
    else:
        runner().submit(job_id)
    came.job_id = ""
    remember_zone(facts["options"], base.options if base else None)
    runner().metrics.upload_bytes.inc(size)
    return base.job_id if base and base.is_asking else job_id


def _go_on(job_id: str, by: str) -> None:
    """Raises Refused, QueueFull, JournalError."""
    if not runner().go_on(job_id, by):
        raise Refused(409, "answered", Message("This analysis goes on already, or was stopped."))


def _receive(
    folder: Path,
    base: Job | None,
    shared: bool,
    fields: Callable[[MultiDict[str, str]], Fields],
    came: Came,
    full: Refused | None,
) -> dict[str, Any]:
    """Write the files of the form into `folder`; of the job its title, options, and new_key, if one was made for it.

    `shared`: the log of `base` lies there already, and stays where the form brings none. Raises Refused with all that
    speaks against the form.
    """
    received = folder.with_name(RECEIVED)
    refusals = _come(received, came)
    is_there = shared
    if shared and said(BEFORE) in (*USES.values(), NONE):
        shared = False
        refusals += _use_log(folder, received, came)
    if full and full.why == RATE:
        _raise([full, *refusals])  # before anything is made of it
    options = Options()
    corrected = _corrected(base.options) if base else {}
    try:
        options = _options(base, fields)
    except Refused as refused:
        refusals.append(refused)
    if not came.files.get(LOG) and not shared and not any(one.field == LOG for one in refusals):
        refusals.append(_no_log(base, is_there))
    refusals += _look(came, options)
    if base and shared and not came.files.get(LOG) and not refusals:
        refusals += _look_again(folder, options)
    _raise([*refusals, *([full] if full else [])])
    own = _settled_in(folder, came.files)
    shutil.rmtree(received, ignore_errors=True)
    if base and not shared:
        corrected = _corrected(_with_earlier(Options(), base, folder)) | corrected
    options = _with_corrections(options.with_files(own), base, folder, shared)
    changed = _changed(base, options, corrected, own) if base else ()
    called = ", ".join(log.name for log in came.files.get(LOG, ()))[:TITLE_LIMIT] or _called(folder)
    title = options.title or called or (base.title if base else "")
    return {"title": title, "changed": changed, **_with_key(options, base)}


def _corrected(options: Options) -> dict[str, Any]:
    """What options correct, as far as the files that say it are still there."""
    with suppress(OSError, LogError):
        return corrections_of(options).told()
    return {}


def _changed(base: Job, options: Options, corrected: Mapping[str, Any], own: Collection[str]) -> tuple[str, ...]:
    """The options that differ from those of the job before, by their names, in their order; `corrected` is what that
    one corrected, `own` the files that came."""
    now = _corrected(options)
    changed = {name for name in {*now, *corrected} if now.get(name) != corrected.get(name)}
    chosen = [one for one in entries() if FORM in one.doors and one.kind != "file"]
    changed |= {one.name for one in chosen if getattr(options, one.field) != getattr(base.options, one.field)}
    changed |= {*own} - {"corrections"}
    return tuple(one.name for one in entries() if one.name in changed)


def _come(received: Path, came: Came) -> list[Refused]:
    """Note what was typed and the files that came, or were kept of the form before; what of these is there no more.

    Raises Refused.
    """
    cast(UploadRequest, request).upload_folder = received
    try:
        uploads = _uploads(settings().upload_time_limit)
        came.values = request.form.to_dict(flat=False)
    except RequestEntityTooLarge:
        raise _too_large() from None
    for name, file in uploads:
        if path := _settle(file):
            sent = DraftFile(cast(str, file.filename), path, path.stat().st_size)
            came.files.setdefault(name if name in BESIDE else LOG, []).append(sent)
    return take_kept(received, came)


def _use_log(folder: Path, received: Path, came: Came) -> list[Refused]:
    """Have the first file of the job before as what the form says of it, and the others as logs; what speaks against
    it."""
    called = read_names(folder)
    received.mkdir(parents=True, exist_ok=True)
    paths = sorted((folder / LOGS).iterdir())
    moved = [path.rename(received / f"before-{path.name}") for path in paths]
    own = [
        DraftFile(called.get(path.name, ""), there, there.stat().st_size)
        for path, there in zip(paths, moved, strict=True)
    ]
    came.fields |= {file.path: BEFORE for file in own}
    if own[1:]:
        came.files[LOG] = own[1:] + came.files.get(LOG, [])
    return came.use({BEFORE: own[0]})


def _no_log(base: Job | None, is_there: bool) -> Refused:
    """`is_there`: the job before has files, of which none is to be the log."""
    if is_there:
        none = Message("Choose the log of your course as well. %(how)s", how=EXPORT)
        return Refused(400, "content", none, LOG)
    if base:
        gone = Message("This log is not kept any more. Choose the file again; your corrections are kept.")
        return Refused(410, "gone", gone, LOG)
    none = Message("No file was chosen. Please choose the log that you downloaded from Moodle.")
    return Refused(400, "content", none, LOG)


def _raise(refusals: list[Refused]) -> None:
    """Raise the first, with the others, if there are any."""
    if refusals:
        refusals[0].others = refusals[1:]
        raise refusals[0]


def _settled_in(folder: Path, files: Mapping[str, list[DraftFile]]) -> dict[str, Path]:
    """Put the files where the job has them: those that are no logs by the option that each is."""
    logs = files.get(LOG, [])
    if logs:
        shutil.rmtree(folder / LOGS, ignore_errors=True)
    (folder / LOGS).mkdir(parents=True, exist_ok=True)
    for log in logs:
        log.path = log.path.rename(folder / LOGS / log.path.name)
    beside = {name: listed[-1] for name, listed in files.items() if name != LOG}
    for name, file in beside.items():
        file.path = file.path.replace(folder / name)
    if called := {file.path.name: file.name for file in (*logs, *beside.values())}:
        write_names(folder, read_names(folder) | called)
    return {name: file.path for name, file in beside.items()}


def _called(folder: Path) -> str:
    """What the logs of a job are called, as the job is where it has no title."""
    names = read_names(folder)
    logs = sorted(path.name for path in (folder / LOGS).iterdir())
    return ", ".join(names[name] for name in logs if name in names)[:TITLE_LIMIT]


def _keeps(base: Job | None) -> bool:
    """Whether the log may be kept once it is processed."""
    if "keep_input" in request.form:
        return request.form["keep_input"] != "0"
    return base.keep_input if base else True


def _with_corrections(options: Options, base: Job | None, folder: Path, shared: bool) -> Options:
    """The options with what is corrected in a file, that of the results of `base` where its log is gone."""
    if base and not shared and not options.corrections:
        options = _with_earlier(options, base, folder)
    try:
        return by_hand(options, folder / "corrected")
    except LogError as error:
        raise Refused(400, "options", error.message, error.option) from None


def _with_earlier(options: Options, base: Job, folder: Path) -> Options:
    """The options with what was corrected for the results of `base`, where these are there."""
    known = folder / "earlier"
    with suppress(OSError, KeyError):
        if base.output_file:
            _size, content = read_member(runner().manager.files.fetch(base.output_file), CORRECTIONS)
            known.write_bytes(b"".join(content))
            return options.with_files({"corrections": known})
    return options


def _look(came: Came, options: Options) -> list[Refused]:
    """Look at the files, each field in a process of its own, and take those out that are refused."""
    refusals, files = [], came.files
    good: dict[str, Path] = {}
    for name in [one for one in (*BESIDE, LOG) if one in files]:
        names = {file.path: file.name for file in files[name]}
        try:
            if name == LOG:
                _look_at(options.with_files(good), names, [*names])
            else:
                _look_at(Options().with_files({name: [*names][-1]}), names)
                good[name] = [*names][-1]
        except Refused as refused:
            sent = files.pop(name)
            refused.field = came.ask(sent[-1]) if name != LOG and sent[-1].path in came.fields else name
            refusals.append(refused)
            if name == LOG and (left := _without_wrong(sent, refused, options.with_files(good))):
                files[name] = left
            elif name == LOG:
                _ask_what_for(sent, refused, came)
    return refusals


def _look_again(folder: Path, options: Options) -> list[Refused]:
    """Look at the log of the job before, where the form says that it is to be read in another way."""
    said = [name for name in _READ_BY if getattr(options, name)]
    called, logs = read_names(folder), sorted((folder / LOGS).iterdir())
    try:
        if said:
            _look_at(options, {path: called.get(path.name, "") for path in logs}, logs)
    except Refused as refused:
        sentence = Message("The log cannot be read like this, so nothing was changed. %(why)s", why=refused.message)
        return [Refused(400, "options", sentence, said[0] if len(said) == 1 else "")]
    return []


def _without_wrong(logs: list[DraftFile], refused: Refused, options: Options) -> list[DraftFile]:
    """Those of several logs against which nothing speaks, once the wrong ones are taken out; none where most are
    wrong."""
    for _try in range(MOST):
        wrong = refused.message.parameters.get("file") if isinstance(refused.message, Message) else None
        left = [log for log in logs if file_name(log.name) != wrong]
        if not left or len(left) == len(logs):
            break
        logs = left
        try:
            _look_at(options, {log.path: log.name for log in logs}, [log.path for log in logs])
        except Refused as other:
            refused = other
        else:
            return logs
    return []


def _ask_what_for(sent: list[DraftFile], refused: Refused, came: Came) -> None:
    """Keep of files that came in the place of the log those that are other tables, to be asked what they are for."""
    taken = {*came.files}
    for file in sent[:MOST]:
        file.kind = _kind_of(file) if len(sent) > 1 else refused.kind
        if file.kind and not came.is_own(file):
            use = USES.get(file.kind, NONE)
            came.ask(file, NONE if use in taken else use)
            taken.add(use)
    refused.message = asking(refused.kind, refused.message)


def _kind_of(file: DraftFile) -> str:
    """What a file is, if it is another table than a log, of the kinds of NoLog; else ''."""
    try:
        _look_at(Options(), {file.path: file.name}, [file.path])
    except Refused as refused:
        return refused.kind
    return ""


def _look_at(options: Options, names: Mapping[Path, str], logs: Sequence[Path] = ()) -> None:
    """Raises Refused."""
    try:
        look(logs, options, names)
    except LogError as error:
        if isinstance(error, Unclear) and _can_be_said(error):
            return
        refused = Refused(415 if isinstance(error, WrongKind) else 400, "content", error.message)
        refused.kind = error.kind if isinstance(error, Unclear) and not wants_json() else ""
        raise refused from None
    except Crashed as crash:
        raise _not_understood(crash) from None


def _can_be_said(error: Unclear) -> bool:
    """Whether there is a person who says on the check page what a table holds; of another table than a log who has said
    that it is one."""
    if wants_json():
        return request.form.get("check") == "1"
    return insists() or not error.is_told


def _not_understood(crash: Crashed) -> Refused:
    """The answer where the process that looked at the files broke, or took more than it may."""
    runner().metrics.crashes.labels(crash.cause).inc()
    logger.error("look broke", extra={"cause": crash.cause, "error": crash.error, "frames": crash.frames})
    if crash.cause == "program":
        return Refused(503, "machine", SENTENCES[500])
    sentence = Message("This could not be understood in time. Download the log from Moodle again, and send it alone.")
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
        slow = Message("The upload took longer than %(limit)d s and was broken off.", limit=limit)
        raise Refused(408, "slow", slow, LOG)
    return uploads


def _too_large() -> Refused:
    limit = settings().upload_limit
    if not request.content_length or request.content_length > limit << 20:
        sentence = Message(
            "%(file)s is larger than %(limit)d MB. Zip it (logs shrink to a tenth), or export a shorter time.",
            file=_first_name() or Message("This upload"),
            limit=limit,
        )
    elif cast(UploadRequest, request).is_of_many_files:
        sentence = Message("These are more than 1,000 files at once; pack them into a ZIP.")
    else:
        sentence = Message("The form holds more text than fits; shorten what is in its fields.")
    return Refused(413, "size", sentence, LOG)


def _first_name() -> str:
    """What the first file of a form is called that is too large to be read, by its beginning; '' if that tells none."""
    if "Expect" in request.headers:
        return ""  # who asks before sending anything is answered without it
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
        options = replace(options, pseudonym_key=_own_key())
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
    """What the form says of the options. Raises Refused."""
    given = dict(fields(request.form))
    known = base.options if base else None
    if not base:
        given["timezone"], assumed = told_zone(given["timezone"])
        known = Options(assumed_timezone=assumed) if assumed else None
    try:
        options = replace(parse(given, FORM, CHECK, base=known), language=chosen_language())
        # Before anybody looks at a log with them, who would blame it.
        corrections_of(options.with_files(dict.fromkeys(options.files))).reading()
    except LogError as error:
        raise Refused(400, "options", error.message, error.option) from None
    filters = {name: names for name in NAMED if (names := getattr(options, name))}
    # They stand in the journal, which is held in memory.
    if len(msgspec.json.encode(filters)) > FILTERS_LIMIT:
        raise Refused(400, "options", Message("The filters hold more text than fits; name fewer."), next(iter(filters)))
    return options


def _own_key() -> str:
    """The key of this installation."""
    return settings().pseudonym_key or kept_key(settings().instance_folder, "pseudonym_key")
