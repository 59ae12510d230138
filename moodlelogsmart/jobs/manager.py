"""The jobs of this server: one dict, one lock. What a caller gets is a copy of that moment."""

import logging
import shutil
import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from moodlelogsmart.jobs.job import COMPLETED, FAILED, Job, now
from moodlelogsmart.pipeline import Options, Summary

logger = logging.getLogger(__name__)


class JobManager:
    """Keeps the jobs. Every access to `jobs` is under the lock; no file is touched while it is held.

    Calls for a job that is not there any more do nothing: its worker may still be at it when its owner deletes it.
    """

    def __init__(self, root: Path | None = None) -> None:
        """`root` is the folder in which each job gets a folder of its own, named by its id."""
        self.jobs: dict[str, Job] = {}
        self._root = root
        self._lock = threading.Lock()

    def create_job(self, **fields: Any) -> str:
        """Start a job, status "processing" and progress 0, and return its id, a UUID4; `fields` are fields of Job."""
        job = Job(job_id=str(uuid.uuid4()), **fields)
        with self._lock:
            self.jobs[job.job_id] = job
        logger.info("job %s created", job.job_id)
        return job.job_id

    def get_job(self, job_id: str) -> Job | None:
        """A snapshot of the job, or None."""
        with self._lock:
            job = self.jobs.get(job_id)
            return replace(job) if job else None

    def list_jobs(self, owner: str | None = None) -> list[Job]:
        """Snapshots of all jobs, or of one owner's, newest first."""
        with self._lock:
            jobs = [replace(job) for job in self.jobs.values() if owner is None or job.owner == owner]
        return sorted(jobs, key=lambda job: job.created_at, reverse=True)

    def folder(self, job_id: str) -> Path:
        """The folder for the files of a job; it need not exist. Raises RuntimeError for a manager without `root`."""
        if self._root is None:
            raise RuntimeError("this manager was made without a folder for its jobs")
        return self._root / job_id

    def describe(self, job_id: str, title: str, options: Options, new_key: str = "") -> None:
        """Note what the owner calls the log and what they chose, and the key that was made for it, if one was."""
        self._change(job_id, "described", lambda job: replace(job, title=title, options=options, new_key=new_key))

    def take_key(self, job_id: str) -> str:
        """The key of the job's pseudonyms, once; '' from then on."""
        with self._lock:
            job = self.jobs.get(job_id)
            if job is None or not job.new_key:
                return ""
            self.jobs[job_id] = replace(job, new_key="", options=replace(job.options, pseudonym_key=""))
        logger.info("job %s key taken", job_id)
        return job.new_key

    def set_input_file(self, job_id: str, path: Path) -> None:
        """Note where the uploaded log lies, or the folder with its files."""
        self._change(job_id, "input file set", lambda job: replace(job, input_file=path))

    def set_stage(self, job_id: str, stage: str) -> None:
        """Note what is being done with the job; the first stage that is no waiting starts its clock."""

        def change(job: Job) -> Job:
            changed = replace(job, stage=stage)
            if job.started_at is None and not changed.is_waiting:
                changed.started_at = now()
            return changed

        self._change(job_id, f"stage {stage}", change)

    def update_progress(self, job_id: str, progress: int) -> None:
        """Set the progress, held between 0 and 100; it never goes back."""
        self._change(
            job_id,
            f"progress {progress}",
            lambda job: replace(job, progress=max(job.progress, min(100, max(0, progress)))),
        )

    def mark_completed(self, job_id: str, output_file: Path, summary: Summary | None = None) -> None:
        """End the job well: progress 100, the results in `output_file`."""
        self._change(
            job_id,
            "completed",
            lambda job: replace(
                job, status=COMPLETED, progress=100, output_file=output_file, summary=summary, completed_at=now()
            ),
        )

    def mark_failed(self, job_id: str, error: str) -> None:
        """End the job with a sentence for its owner."""
        self._change(job_id, "failed", lambda job: replace(job, status=FAILED, error=error, completed_at=now()))

    def cleanup_job(self, job_id: str) -> None:
        """Delete the files of a job; its state stays. Safe to call twice, and for a job that is not there."""
        with self._lock:
            job = self.jobs.get(job_id)
            if job is not None:
                self.jobs[job_id] = replace(job, input_file=None, output_file=None)
        if job is not None:
            _delete(job.input_file, job.output_file)
        if self._root is not None:
            _delete(self.folder(job_id))
        logger.info("job %s files deleted", job_id)

    def drop_input(self, job_id: str) -> None:
        """Delete the uploaded log, which is not needed once it is processed."""
        with self._lock:
            job = self.jobs.get(job_id)
            if job is not None:
                self.jobs[job_id] = replace(job, input_file=None)
        if job is not None:
            _delete(job.input_file)
            logger.info("job %s input deleted", job_id)

    def forget(self, job_id: str) -> None:
        """Delete a job, files included."""
        self.cleanup_job(job_id)
        with self._lock:
            self.jobs.pop(job_id, None)
        logger.info("job %s forgotten", job_id)

    def _change(self, job_id: str, what: str, change: Callable[[Job], Job]) -> None:
        """Replace the job by what `change` makes of it, unless it is gone or finished."""
        with self._lock:
            job = self.jobs.get(job_id)
            if job is None or job.is_finished:
                ignored = "gone" if job is None else job.status
            else:
                self.jobs[job_id] = change(job)
                ignored = ""
        if ignored:
            logger.info("job %s is %s, ignored: %s", job_id, ignored, what)
        else:
            logger.info("job %s %s", job_id, what)


def _delete(*paths: Path | None) -> None:
    for path in paths:
        if path is None:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
