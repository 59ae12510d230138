"""The jobs of this installation: what happens to them, and what becomes of their files."""

import logging
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any

from moodlelogsmart.jobs.files import Files
from moodlelogsmart.jobs.job import CHECK, COMPLETED, FAILED, QUEUED, UPLOADING, Job, now
from moodlelogsmart.jobs.journal import Journal, JournalError
from moodlelogsmart.jobs.keeper import Keeper, MemoryKeeper
from moodlelogsmart.jobs.summaries import people_file, read_summary, summary_file, template_file
from moodlelogsmart.messages import as_message
from moodlelogsmart.report.summary import Summary

logger = logging.getLogger(__name__)

INPUT = "input"  # the folder of a job with its log and what came beside it
# What is kept of one owner; where there is more, the oldest goes.
KEPT_JOBS = 100  # finished jobs
KEPT_BYTES = 5_000_000_000  # of results; the newest stay, whatever their size


class JobManager:
    """Has jobs begin, go on and end, with their files; a keeper keeps what is known of them.

    Calls for a job that is not there any more do nothing: its worker may still be at it when its owner deletes it. Nor
    do those of a `run` that has lost its job to another: with several machines the worker that had it may only have
    been asleep.
    """

    def __init__(
        self,
        root: Path | None = None,
        journal: Journal | None = None,
        keeper: Keeper | None = None,
        files: Files | None = None,
    ) -> None:
        """`root` is the folder in which each job gets a folder of its own, named by its id; `keeper` and `files` are
        for several machines, else jobs are kept in memory and the journal, and files on the disk."""
        self.keeper: Keeper = keeper or MemoryKeeper(journal)
        self.files = files or Files(root)

    @property
    def jobs(self) -> dict[str, Job]:
        """The jobs by their ids: of one server the dict itself, else as they are by now."""
        if isinstance(self.keeper, MemoryKeeper):
            return self.keeper.jobs
        return {job.job_id: job for job in self.keeper.listed()}

    def create_job(self, **fields: Any) -> str:
        """Start a job, status "processing" and progress 0, and return its id, a UUID4; `fields` are fields of Job.

        Nobody works on it before its files are in place (`accept`).
        """
        job = Job(job_id=str(uuid.uuid4()), **{"stage": UPLOADING, **fields})
        self.keeper.add(job)
        _log(job.job_id, "created")
        return job.job_id

    def get_job(self, job_id: str) -> Job | None:
        """A snapshot of the job, or None."""
        return self.keeper.get(job_id)

    def latest(self, job_id: str) -> Job | None:
        """The job, or None; one whose end is being written down as it will be seen then."""
        return self.keeper.latest(job_id)

    def list_jobs(self, owner: str | None = None) -> list[Job]:
        """Snapshots of all jobs, or of one owner's, newest first."""
        return self.keeper.listed(owner)

    def unfinished(self, owner: str | None = None) -> list[Job]:
        """The jobs that wait or run, or those of one owner, newest first."""
        return [job for job in self.keeper.unfinished() if owner is None or job.owner == owner]

    def count_finished(self) -> dict[str, int]:
        """How many jobs have ended and are still remembered, by status."""
        return self.keeper.count_finished()

    def last_completed(self) -> list[Job]:
        """The last jobs that were completed, newest first, by which it is told how long others take."""
        return self.keeper.last_completed()

    def folder(self, job_id: str) -> Path:
        """The folder for the files of a job; it need not exist. Raises RuntimeError for a manager without `root`."""
        return self.files.folder(job_id)

    def results_folder(self, job: Job) -> Path:
        """Where its last run wrote results, and what the pages show of them; it need not be there."""
        return self.folder(job.job_id) / job.run

    def summary(self, job: Job) -> Summary | None:
        """What its last run wrote for the pages; None where that is gone."""
        return read_summary(self.files.fetch(summary_file(self._written(job))).parent)

    def people(self, job: Job) -> Path:
        """The file in which its last run wrote everybody, learners and elements."""
        return self.files.fetch(people_file(self._written(job)))

    def template(self, job: Job) -> Path:
        """The template of labels of a job that waits for a person."""
        return self.files.fetch(template_file(self._written(job)))

    def _written(self, job: Job) -> Path:
        return job.output_file.parent if job.output_file else self.results_folder(job)

    def restore(self) -> list[Job]:
        """Take the jobs of an earlier server from the journal, and delete the files of any other.

        Returns the unfinished ones, oldest first. Raises JournalError.
        """
        known = self.keeper.load(_with_files)
        for job_id in list(self.files.unknown({job.job_id for job in known})):
            self.files.delete_job(job_id)
            _log(job_id, "deleted, left by an earlier server")
        return [job for job in known if not job.is_finished]

    def close(self) -> None:
        """Let go of what is open."""
        self.keeper.close()

    def describe(self, job_id: str, run: str | None = None, **fields: Any) -> None:
        """Note fields of a job whose upload is complete: title, size, options, the key that was made for it."""
        self._change(job_id, "described", lambda job: replace(job, **fields), run)

    def accept(self, job_id: str, turn: int = 0) -> bool:
        """Put a job whose input is in place into the queue; from now on it survives a restart. Whether it is there
        still. Raises JournalError."""
        accepted = self._change(job_id, "queued", lambda job: replace(job, stage=QUEUED, run="", turn=turn))
        self.keeper.write(job_id)
        return accepted

    def claim(self, job_id: str, run: str) -> bool:
        """Have a job that waits be of a `run`, before others take it; whether it is."""
        return self._change(
            job_id,
            "claimed",
            lambda job: replace(job, run=run) if job.stage == QUEUED and job.run in ("", run) else None,
        )

    def begin(self, job_id: str, run: str = "") -> bool:
        """Note that a worker begins with a job, in the journal too; whether it is this run's. Raises JournalError."""
        begun = self._change(job_id, "begun", lambda job: replace(job, attempts=job.attempts + 1), run)
        self.keeper.write(job_id)
        return begun

    def take_back(self, job_id: str, run: str) -> bool:
        """Put a job back into the queue whose run has ended without a word; whether it was that run's."""
        return self._change(job_id, "taken back", waiting, run)

    def give_back(self, job_id: str, run: str | None = None) -> None:
        """Put a job that the end of the server interrupts back into the queue, as if it had never begun."""
        self._change(job_id, "given back", lambda job: replace(waiting(job), attempts=max(0, job.attempts - 1)), run)
        self.keeper.write(job_id)

    def ask(self, job_id: str, run: str | None = None) -> None:
        """Have the job wait for a person, with what it understood beside its input. Raises JournalError."""
        self._change(
            job_id,
            "asks",
            lambda job: replace(job, stage=CHECK, started_at=None, attempts=0, asked_at=now()),
            run,
        )
        self.keeper.write(job_id)

    def answered(self, job_id: str, by: str) -> bool:
        """Let a job that waits for a person go on with the input and the options of another, `by`, which is forgotten;
        whether it was waiting still.
        """
        answer, asking = self.get_job(by), self.get_job(job_id)
        if answer is None or answer.input_file is None or asking is None or not asking.is_asking:
            return False
        # Beside the input before it, which is there until the journal has this one.
        folder = self.folder(job_id) / f"input-{by}"
        folder.parent.mkdir(parents=True, exist_ok=True)
        answer.input_file.rename(folder)
        self.files.keep(folder)
        files = {name: folder / path.name for name, path in answer.options.files.items()}
        goes_on = self.keeper.change(
            job_id,
            lambda job: (
                replace(
                    waiting(job),
                    title=answer.title,
                    size=answer.size,
                    input_file=folder,
                    options=answer.options.with_files(files),
                    new_key=answer.new_key,
                    keep_input=answer.keep_input,
                    check=answer.check,
                    asks=answer.asks,
                    seen=answer.seen,
                    changed=answer.changed,
                    asked_at=None,
                )
                if job.is_asking
                else None
            ),
        )
        if goes_on is None:
            self.files.delete(folder)
        self.forget(by, whatever_the_journal_says=True)
        return goes_on is not None

    def take_key(self, job_id: str) -> str:
        """The key of the job's pseudonyms, once; '' from then on. Raises JournalError."""

        def without(job: Job) -> Job | None:
            # As long as the log is there the key tells nothing beside it, and what is run again needs it.
            key = job.options.pseudonym_key if job.input_file else ""
            options = replace(job.options, pseudonym_key=key)
            return replace(job, new_key="", key_taken_at=now(), options=options) if job.new_key else None

        changed = self.keeper.change(job_id, without)
        if changed is None:
            return ""
        try:
            self.keeper.write(job_id, compact=True)
        except JournalError:
            self.keeper.put_back(changed[0])
            raise
        _log(job_id, "key taken")
        return changed[0].new_key

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
        if not self.files.share(giver.input_file, folder):
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

        def without(job: Job) -> Job | None:
            options = job.options.with_files(dict.fromkeys(job.options.files))
            options = replace(options, pseudonym_key=options.pseudonym_key if job.new_key else "")
            return replace(job, input_file=None, options=options) if job.is_finished and job.input_file else None

        if changed := self.keeper.change(job_id, without):
            self.files.delete(changed[0].input_file)
            self.keeper.write(job_id, compact=True)
            _log(job_id, "input deleted")

    def set_stage(self, job_id: str, stage: str, run: str | None = None) -> None:
        """Note what is being done with the job; the first stage that is no waiting starts its clock."""

        def change(job: Job) -> Job:
            changed = replace(job, stage=stage)
            return changed if job.started_at or changed.is_waiting else replace(changed, started_at=now())

        self._change(job_id, "stage", change, run, stage=stage)

    def update_progress(self, job_id: str, progress: int, run: str | None = None) -> None:
        """Set the progress, held between 0 and 100; it never goes back."""
        self._change(
            job_id,
            "progress",
            lambda job: replace(job, progress=max(job.progress, min(100, max(0, progress)))),
            run,
            progress=progress,
        )

    def mark_completed(self, job_id: str, output_file: Path, keep_input: bool = False, run: str | None = None) -> bool:
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
            run,
        )

    def mark_failed(self, job_id: str, error: str, keep_input: bool = False, run: str | None = None) -> bool:
        """End the job with a sentence for its owner; whether it did. Its files are deleted, but for a log that is kept.

        That holds even where the journal cannot be written.
        """

        def change(job: Job) -> Job:
            kept = job.input_file if keep_input else None
            return replace(job, status=FAILED, error=as_message(error), input_file=kept)

        return self._end(job_id, change, run, whatever_the_journal_says=True)

    def cleanup_job(self, job_id: str) -> None:
        """Delete the files of a job and what it is called; its state stays.

        Safe to call twice, and for a job that is not there.
        """
        changed = self.keeper.change(job_id, Job.emptied)
        self._delete_files(job_id, changed and changed[0])
        if changed and changed[0].is_finished:
            self.keeper.write(job_id, compact=True)
        _log(job_id, "files deleted")

    def forget(self, job_id: str, whatever_the_journal_says: bool = False) -> None:
        """Delete a job, files included. Raises JournalError, and then nothing was deleted, unless told to go on."""
        job = self.keeper.drop(job_id, whatever_the_journal_says)
        self._delete_files(job_id, job)
        _log(job_id, "forgotten")

    def delete_leftovers(self, job_id: str, run: str = "") -> None:
        """Delete what is in the folder of a job beside its input_file, output_file and what the pages show of that; of
        a `run` only what that wrote, for by then the job may be another's."""
        if self.files.root is None:
            return  # nothing is ever written
        job = self.latest(job_id)
        kept = [path for path in (job.input_file, job.output_file) if path] if job else []
        # Of a job that asks a person, before it is seen to.
        if job and (job.output_file or not job.is_finished):
            kept += [summary_file(self.results_folder(job)), people_file(self.results_folder(job))]
        if job and not job.is_finished:
            kept.append(template_file(self.results_folder(job)))
        self.files.delete_others(job_id, kept, run)

    def _change(
        self, job_id: str, what: str, change: Callable[[Job], Job | None], run: str | None = None, **facts: Any
    ) -> bool:
        """Replace the job by what `change` makes of it, unless it is gone or finished, or another run's; whether it
        was."""
        changed = self.keeper.change(job_id, lambda job: change(job) if _is_open(job, run) else None)
        _log(job_id, f"{what}, ignored" if changed is None else what, **facts)
        return changed is not None

    def _end(
        self,
        job_id: str,
        change: Callable[[Job], Job],
        run: str | None = None,
        whatever_the_journal_says: bool = False,
    ) -> bool:
        """Finish a job once: first its end is written down, then the files that go are deleted, then it is seen."""
        inputs: list[Path | None] = []

        def end(job: Job) -> Job | None:
            inputs[:] = [job.input_file]
            return replace(change(job), completed_at=now(), network="") if _is_open(job, run) else None

        ended = self.keeper.end(job_id, end, whatever_the_journal_says)
        if ended is not None and ended.input_file is None and self.files.root is None:
            # It lies anywhere, and not in the folder that is tidied.
            self.files.delete(*inputs)
        return ended is not None and self.finish(ended)

    def finish(self, ended: Job) -> bool:
        """Delete the files that go with the end of a job that is written down, and have it seen; whether it is there
        still."""
        self.delete_leftovers(ended.job_id)
        there = self.keeper.ended(ended.job_id)
        _log(ended.job_id, ended.status)
        # Their files are gone then, and a restart writes the rest.
        with suppress(JournalError):
            self._make_room(ended.owner)
        return there

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
            shown = [summary_file(beside), people_file(beside)] if beside else []
            self.files.delete(job.input_file, job.output_file, *shown)
        self.files.delete_job(job_id)


def waiting(job: Job) -> Job:
    """The job as it is before anybody begins with it."""
    return replace(job, stage=QUEUED, progress=0, started_at=None, run="")


def _is_open(job: Job, run: str | None) -> bool:
    return not job.is_finished and run in (None, job.run)


def _with_files(job: Job) -> Job:
    """The job as what is left of its files allows; an unfinished one begins anew."""
    if job.status == COMPLETED and not (job.output_file and job.output_file.exists()):
        return job.emptied()
    job = replace(job, input_file=job.input_file if job.input_file and job.input_file.exists() else None)
    return job if job.is_finished or job.is_asking else waiting(job)


def _log(job_id: str, event: str, **facts: Any) -> None:
    logger.info(event, extra={"job": job_id, **facts})
