"""The jobs of this server: one dict, one lock. What a caller gets is a copy of that moment."""

import logging
import os
import shutil
import threading
import uuid
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from moodlelogsmart.jobs.estimate import LAST
from moodlelogsmart.jobs.job import CHECK, COMPLETED, FAILED, QUEUED, Job, now
from moodlelogsmart.jobs.journal import Journal, JournalError
from moodlelogsmart.jobs.summaries import people_file, summary_file
from moodlelogsmart.messages import Message, nameless
from moodlelogsmart.options import Options

logger = logging.getLogger(__name__)

INPUT = "input"  # the folder of a job with its log and what came beside it
# What is kept of one owner; where there is more, the oldest goes.
KEPT_JOBS = 100  # finished jobs
KEPT_BYTES = 5_000_000_000  # of results; the newest stay, whatever their size


class JobManager:
    """Keeps the jobs. Every access to `jobs` is under the lock; no file is touched while it is held.

    Calls for a job that is not there any more do nothing: its worker may still be at it when its owner deletes it.
    Jobs that were accepted are written to the journal, where there is one; an end is written there before it is seen.
    """

    def __init__(self, root: Path | None = None, journal: Journal | None = None) -> None:
        """`root` is the folder in which each job gets a folder of its own, named by its id."""
        self.jobs: dict[str, Job] = {}
        # Ids of the same jobs, so that nobody looks through those of others or through what is long finished.
        self._owned: dict[str, dict[str, None]] = {}
        self._unfinished: dict[str, None] = {}
        self._finished: Counter[str] = Counter()  # by status
        self._completed: deque[Job] = deque(maxlen=LAST)
        self._root = root
        self._journal = journal
        self._lock = threading.Lock()
        # Jobs as they will be once their end is written down and their files are gone.
        self._ending: dict[str, Job] = {}

    def create_job(self, **fields: Any) -> str:
        """Start a job, status "processing" and progress 0, and return its id, a UUID4; `fields` are fields of Job."""
        job = Job(job_id=str(uuid.uuid4()), **fields)
        with self._lock:
            self._put(job)
        _log(job.job_id, "created")
        return job.job_id

    def get_job(self, job_id: str) -> Job | None:
        """A snapshot of the job, or None."""
        with self._lock:
            job = self.jobs.get(job_id)
            return replace(job) if job else None

    def latest(self, job_id: str) -> Job | None:
        """The job, or None; one whose end is being written down as it will be seen then."""
        with self._lock:
            job = self._ending.get(job_id) or self.jobs.get(job_id)
            return replace(job) if job else None

    def list_jobs(self, owner: str | None = None) -> list[Job]:
        """Snapshots of all jobs, or of one owner's, newest first."""
        with self._lock:
            jobs = [self.jobs[job_id] for job_id in (self.jobs if owner is None else self._owned.get(owner, ()))]
        return [_copied(job) for job in _newest_first(jobs)]

    def unfinished(self, owner: str | None = None) -> list[Job]:
        """The jobs that wait or run, or those of one owner, newest first."""
        with self._lock:
            jobs = [self.jobs[job_id] for job_id in self._unfinished]
        return [_copied(job) for job in _newest_first(jobs) if owner is None or job.owner == owner]

    def count_finished(self) -> dict[str, int]:
        """How many jobs have ended and are still remembered, by status."""
        with self._lock:
            return dict(self._finished)

    def last_completed(self) -> list[Job]:
        """The last jobs that were completed, newest first, by which it is told how long others take."""
        with self._lock:
            return [_copied(job) for job in self._completed]

    def folder(self, job_id: str) -> Path:
        """The folder for the files of a job; it need not exist. Raises RuntimeError for a manager without `root`."""
        if self._root is None:
            raise RuntimeError("this manager was made without a folder for its jobs")
        return self._root / job_id

    def restore(self) -> list[Job]:
        """Take the jobs of an earlier server from the journal, and delete the files of any other.

        Returns the unfinished ones, oldest first. Raises JournalError.
        """
        written = self._journal.load() if self._journal else []
        known = [_with_files(job) for job in written]
        with self._lock:
            for job in known:
                self._put(job)
        told_less = [job for job, old in zip(known, written, strict=True) if job.status == COMPLETED and job != old]
        if self._journal and told_less:
            self._journal.rewrite(told_less)
        for folder in self._root.iterdir() if self._root else ():
            if folder.name not in self.jobs:
                _delete(folder)
                _log(folder.name, "deleted, left by an earlier server")
        return [_copied(job) for job in known if not job.is_finished]

    def close(self) -> None:
        """Let go of the journal."""
        if self._journal is not None:
            self._journal.close()

    def describe(self, job_id: str, **fields: Any) -> None:
        """Note fields of a job whose upload is complete: title, size, options, the key that was made for it."""
        self._change(job_id, "described", lambda job: replace(job, **fields))

    def accept(self, job_id: str) -> None:
        """Put a job whose input is in place into the queue; from now on it survives a restart. Raises JournalError."""
        self._change(job_id, "queued", lambda job: replace(job, stage=QUEUED))
        self._record(job_id)

    def begin(self, job_id: str) -> None:
        """Note that a worker begins with the job, in the journal too. Raises JournalError."""
        self._change(job_id, "begun", lambda job: replace(job, attempts=job.attempts + 1))
        self._record(job_id)

    def give_back(self, job_id: str) -> None:
        """Put a job that the end of the server interrupts back into the queue, as if it had never begun."""
        self._change(job_id, "given back", lambda job: replace(job, stage=QUEUED, attempts=max(0, job.attempts - 1)))
        self._record(job_id)

    def ask(self, job_id: str) -> None:
        """Have the job wait for a person, with what it understood beside its input. Raises JournalError."""
        self._change(
            job_id,
            "asks",
            lambda job: replace(job, stage=CHECK, check=False, started_at=None, attempts=0, asked_at=now()),
        )
        self._record(job_id)

    def answered(self, job_id: str, by: str) -> bool:
        """Let a job that waits for a person go on with the input and the options of another, `by`, which is forgotten;
        whether it was waiting still.
        """
        answer, asking = self.get_job(by), self.get_job(job_id)
        if answer is None or answer.input_file is None or asking is None or not asking.is_asking:
            return False
        # Beside the input before it, which is there until the journal has this one.
        folder = self.folder(job_id) / f"input-{by}"
        answer.input_file.rename(folder)
        files = {name: folder / path.name for name, path in answer.options.files.items()}
        with self._lock:
            job = self.jobs.get(job_id)
            goes_on = job is not None and job.is_asking
            if job is not None and goes_on:
                self._put(
                    replace(
                        job,
                        stage=QUEUED,
                        progress=0,
                        title=answer.title,
                        size=answer.size,
                        input_file=folder,
                        options=answer.options.with_files(files),
                        new_key=answer.new_key,
                        keep_input=answer.keep_input,
                        seen=answer.seen,
                        asked_at=None,
                    )
                )
        if not goes_on:
            _delete(folder)
        self.forget(by, whatever_the_journal_says=True)
        return goes_on

    def take_key(self, job_id: str) -> str:
        """The key of the job's pseudonyms, once; '' from then on. Raises JournalError."""
        with self._lock:
            job = self.jobs.get(job_id)
            if job is None or not job.new_key:
                return ""
            # As long as the log is there the key tells nothing beside it, and what is run again needs it.
            key = job.options.pseudonym_key if job.input_file else ""
            taken = replace(job, new_key="", key_taken_at=now(), options=replace(job.options, pseudonym_key=key))
            self._put(taken)
        try:
            self._record(job_id, compact=True)
        except JournalError:
            self._put_back(job)
            raise
        _log(job_id, "key taken")
        return job.new_key

    def set_input_file(self, job_id: str, path: Path) -> None:
        """Note where the uploaded log lies, or the folder with its files."""
        self._change(job_id, "input file set", lambda job: replace(job, input_file=path))

    def share_input(self, source: str, target: str) -> bool:
        """Give another job the input of one that can run again, with what it is called, its options and its key;
        whether there was an input.

        Both have the same files on disk: where one is deleted, the other stays.
        """
        giver = self.get_job(source)
        if giver is None or not giver.can_rerun or giver.input_file is None:
            return False
        folder = self.folder(target) / INPUT
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            _share(giver.input_file, folder)
        except (FileNotFoundError, shutil.Error):
            return False
        options = giver.options.with_files({name: folder / path.name for name, path in giver.options.files.items()})
        self.describe(
            target,
            title=giver.title,
            size=giver.size,
            input_file=folder,
            options=options,
            new_key=giver.new_key,
            seen=giver.seen,
        )
        return True

    def drop_input(self, job_id: str) -> None:
        """Delete the log of a finished job, with what came beside it and a key that was taken; its results stay."""
        with self._lock:
            job = self.jobs.get(job_id)
            if job is None or not job.is_finished or job.input_file is None:
                return
            options = job.options.with_files(dict.fromkeys(job.options.files))
            key = options.pseudonym_key if job.new_key else ""
            self._put(replace(job, input_file=None, options=replace(options, pseudonym_key=key)))
        _delete(job.input_file)
        self._record(job_id, compact=True)
        _log(job_id, "input deleted")

    def set_stage(self, job_id: str, stage: str) -> None:
        """Note what is being done with the job; the first stage that is no waiting starts its clock."""

        def change(job: Job) -> Job:
            changed = replace(job, stage=stage)
            return changed if job.started_at or changed.is_waiting else replace(changed, started_at=now())

        self._change(job_id, "stage", change, stage=stage)

    def update_progress(self, job_id: str, progress: int) -> None:
        """Set the progress, held between 0 and 100; it never goes back."""
        self._change(
            job_id,
            "progress",
            lambda job: replace(job, progress=max(job.progress, min(100, max(0, progress)))),
            progress=progress,
        )

    def mark_completed(self, job_id: str, output_file: Path, keep_input: bool = False) -> bool:
        """End the job well: progress 100, the results in `output_file`, its log deleted, unless it is kept.

        Returns whether it did; a job that was stopped before is not completed. Raises JournalError.
        """
        size = output_file.stat().st_size if output_file.exists() else 0
        return self._end(
            job_id,
            lambda job: replace(
                job,
                status=COMPLETED,
                progress=100,
                output_file=output_file,
                output_bytes=size,
                input_file=job.input_file if keep_input else None,
            ),
        )

    def mark_failed(self, job_id: str, error: str, keep_input: bool = False) -> bool:
        """End the job with a sentence for its owner; whether it did. Its files are deleted, but for a log that is kept.

        That holds even where the journal cannot be written.
        """
        sentence = error if isinstance(error, Message) else Message(error)

        def change(job: Job) -> Job:
            kept = job.input_file if keep_input else None
            return replace(job, status=FAILED, error=sentence, input_file=kept)

        return self._end(job_id, change, whatever_the_journal_says=True)

    def cleanup_job(self, job_id: str) -> None:
        """Delete the files of a job and what it is called; its state stays.

        Safe to call twice, and for a job that is not there.
        """
        with self._lock:
            job = self.jobs.get(job_id)
            if job is not None:
                self._put(_emptied(job))
        self._delete_files(job_id, job)
        if job is not None and job.is_finished:
            self._record(job_id, compact=True)
        _log(job_id, "files deleted")

    def forget(self, job_id: str, whatever_the_journal_says: bool = False) -> None:
        """Delete a job, files included. Raises JournalError, and then nothing was deleted, unless told to go on."""
        with self._lock:
            job = self._drop(job_id)
            self._ending.pop(job_id, None)
        try:
            if self._journal is not None:
                self._journal.delete(job_id)
        except JournalError:
            if not whatever_the_journal_says:
                self._put_back(job)
                raise
        self._delete_files(job_id, job)
        _log(job_id, "forgotten")

    def delete_leftovers(self, job_id: str) -> None:
        """Delete what is in the folder of a job beside its input_file, output_file and what the pages show of that."""
        if self._root is None:
            return
        job, folder = self.latest(job_id), self.folder(job_id)
        kept = [path for path in (job.input_file, job.output_file) if path] if job else []
        # Of a job that asks a person, before it is seen to.
        kept += [summary_file(folder), people_file(folder)] if job and (job.output_file or not job.is_finished) else []
        if not kept:
            _delete(folder)
        for path in folder.iterdir() if folder.exists() else ():
            if path not in kept:
                _delete(path)

    def _change(self, job_id: str, what: str, change: Callable[[Job], Job], **facts: Any) -> None:
        """Replace the job by what `change` makes of it, unless it is gone or finished."""
        with self._lock:
            job = self.jobs.get(job_id)
            ignored = job is None or job.is_finished or job_id in self._ending
            if job is not None and not ignored:
                self._put(change(job))
        _log(job_id, f"{what}, ignored" if ignored else what, **facts)

    def _end(self, job_id: str, change: Callable[[Job], Job], whatever_the_journal_says: bool = False) -> bool:
        """Finish a job once: first its end is written down, then the files that go are deleted, then it is seen."""
        with self._lock:
            job = self.jobs.get(job_id)
            if job is None or job.is_finished or job_id in self._ending:
                return False
            ended = self._ending[job_id] = replace(change(job), completed_at=now())
        try:
            self._record(job_id)
        except JournalError:
            if not whatever_the_journal_says:
                with self._lock:
                    self._ending.pop(job_id, None)
                raise
        self.delete_leftovers(job_id)
        with self._lock:
            gone = self._ending.pop(job_id, None) is None
            if not gone:
                self._put(ended)
        _log(job_id, ended.status)
        # Their files are gone then, and a restart writes the rest.
        with suppress(JournalError):
            self._make_room(ended.owner)
        return not gone

    def _make_room(self, owner: str) -> None:
        """Delete the oldest of what an owner keeps beyond KEPT_JOBS and KEPT_BYTES; the last job always stays.

        Where a job has no owner, whoever made it looks after it.
        """
        if not owner:
            return
        finished = [job for job in self.list_jobs(owner) if job.is_finished]
        for job in finished[KEPT_JOBS:]:
            self.forget(job.job_id, whatever_the_journal_says=True)
        results = [job for job in finished[:KEPT_JOBS] if job.output_file]
        for job, taken in zip(results, accumulate(job.output_bytes for job in results), strict=True):
            if taken > KEPT_BYTES and job is not results[0]:
                self.cleanup_job(job.job_id)

    def _delete_files(self, job_id: str, job: Job | None) -> None:
        """Delete the files that a job names, and its folder, where the manager has one."""
        if job is not None:
            beside = job.output_file.parent if job.output_file else None
            _delete(job.input_file, job.output_file, *([summary_file(beside), people_file(beside)] if beside else []))
        if self._root is not None:
            _delete(self.folder(job_id))

    def _put_back(self, job: Job | None) -> None:
        """Undo a change that the journal did not take."""
        with self._lock:
            if job is not None:
                self._put(job)

    def _put(self, job: Job) -> None:
        """Have the job in the lists to which it belongs; under the lock."""
        before = self.jobs.get(job.job_id)
        self.jobs[job.job_id] = job
        self._owned.setdefault(job.owner, {})[job.job_id] = None
        if not job.is_finished:
            self._unfinished[job.job_id] = None
        elif before is None or not before.is_finished:
            self._unfinished.pop(job.job_id, None)
            self._finished[job.status] += 1
            if job.status == COMPLETED:
                self._completed.appendleft(_emptied(job))

    def _drop(self, job_id: str) -> Job | None:
        """Take a job out of the lists, and return it; under the lock."""
        job = self.jobs.pop(job_id, None)
        self._unfinished.pop(job_id, None)
        if job is not None:
            if job.is_finished:
                self._finished[job.status] -= 1
            owned = self._owned[job.owner]
            owned.pop(job_id, None)
            if not owned:
                del self._owned[job.owner]
        return job

    def _record(self, job_id: str, compact: bool = False) -> None:
        """Write the job to the journal as it is by then; `compact` where an earlier version must not stay."""
        if self._journal is None:
            return
        self._journal.record(job_id, lambda: self.latest(job_id))
        if compact:
            self._journal.compact()


def _newest_first(jobs: list[Job]) -> list[Job]:
    return sorted(jobs, key=lambda job: job.created_at, reverse=True)


def _copied(job: Job) -> Job:
    """A copy, in a fifth of the time of `replace`: tens of thousands may be remembered."""
    copied = Job.__new__(Job)
    copied.__dict__.update(job.__dict__)
    return copied


def _with_files(job: Job) -> Job:
    """The job as what is left of its files allows; an unfinished one begins anew."""
    if job.status == COMPLETED and not (job.output_file and job.output_file.exists()):
        return _emptied(job)
    job = replace(job, input_file=job.input_file if job.input_file and job.input_file.exists() else None)
    return job if job.is_finished or job.is_asking else replace(job, stage=QUEUED, progress=0, started_at=None)


def _share(path: Path, target: Path) -> None:
    """The same files under another name, or a copy where the disk cannot have that."""
    if path.is_dir():
        shutil.copytree(path, target, copy_function=share_file)
    else:
        share_file(str(path), str(target))


def share_file(path: str, target: str) -> None:
    """The same file under another name, or a copy where the disk cannot have that. Raises FileNotFoundError."""
    try:
        os.link(path, target)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copy2(path, target)


def _emptied(job: Job) -> Job:
    """The job without its files, what its owner said and what its log told."""
    return replace(
        job,
        input_file=None,
        output_file=None,
        options=_nothing_said(job.options.language),
        new_key="",
        title="",
        course="",
        first_day="",
        last_day="",
        learners=0,
        seen=(),
        error=nameless(job.error) if job.error else None,
    )


@cache
def _nothing_said(language: str) -> Options:
    return Options(language=language)


def _delete(*paths: Path | None) -> None:
    for path in paths:
        if path is None:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _log(job_id: str, event: str, **facts: Any) -> None:
    logger.info(event, extra={"job": job_id, **facts})
