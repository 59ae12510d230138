"""The result of the sample, for everybody to look at: one job for each language, made when somebody first asks for it.

Nobody owns it: it counts for no one's limits, and is neither corrected nor deleted but by time and the operator. Who
wants to correct it gets a copy.
"""

import threading
from typing import Any

from moodlelogsmart.jobs.job import FAILED, SAMPLE, Job
from moodlelogsmart.jobs.manager import INPUT
from moodlelogsmart.jobs.names import write_names
from moodlelogsmart.jobs.runner import Runner
from moodlelogsmart.jobs.working import LOGS
from moodlelogsmart.options import Options
from moodlelogsmart.sample.files import sample


class Demo:
    """Finds the job of the sample in a language, and begins one where there is none."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._lock = threading.Lock()

    def job(self, language: str) -> Job:
        """The job, under way or completed; another where its results are gone, as they are after their time.

        One that failed is told once, and whoever asks next begins another. Raises QueueFull, JournalError, OSError.
        """
        found = self._found(language)
        if found is None:
            # Of those who ask at once one begins it.
            with self._lock:
                found = self._found(language) or self._begin(language, SAMPLE + language, keep_input=False)
        return found

    def copy(self, owner: str, language: str, network: str) -> Job:
        """A job of somebody's own with the same files, which waits for them to check it. Raises as `job` does."""
        return self._begin(language, owner, check=True, asks=True, network=network)

    def _found(self, language: str) -> Job | None:
        """The job to look at; what it is no longer is forgotten."""
        manager = self._runner.manager
        for job in manager.list_jobs(SAMPLE + language):
            if not job.is_finished or (job.output_file and manager.summary(job)):
                return job
            manager.forget(job.job_id)
            if job.status == FAILED:
                return job
        return None

    def _begin(self, language: str, owner: str, **facts: Any) -> Job:
        self._runner.check_room()
        manager = self._runner.manager
        job_id = manager.create_job(owner=owner, **facts)
        try:
            folder = manager.folder(job_id) / INPUT
            (folder / LOGS).mkdir(parents=True)
            made = sample(folder, language)
            log = made.log.rename(folder / LOGS / made.log.name)
            write_names(folder, {path.name: path.name for path in (log, made.participants, made.grades)})
            options = Options(roster=made.participants, grades=made.grades, timezone=made.timezone, language=language)
            manager.describe(job_id, title=log.name, size=log.stat().st_size, options=options, input_file=folder)
            self._runner.submit(job_id)
        except BaseException:
            manager.forget(job_id, whatever_the_journal_says=True)
            raise
        return manager.get_job(job_id) or Job(job_id, owner=owner)
