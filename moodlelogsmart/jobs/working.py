"""Works on one job: a process does it, and whatever breaks becomes the end of this job alone."""

import logging
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from moodlelogsmart.jobs.child import frames_of
from moodlelogsmart.jobs.job import Job
from moodlelogsmart.jobs.manager import JobManager
from moodlelogsmart.jobs.metrics import Metrics
from moodlelogsmart.jobs.names import read_names
from moodlelogsmart.jobs.summaries import write_summary
from moodlelogsmart.jobs.supervisor import Crashed, process
from moodlelogsmart.messages import BesideError, LogError, MachineError, Message
from moodlelogsmart.reading.model import Unclear
from moodlelogsmart.report.summary import Summary, unread
from moodlelogsmart.workspace import Limits, Stop, blame

logger = logging.getLogger(__name__)

BROKEN = Message(
    "Something went wrong on our side, and the log could not be processed. Please try again; "
    "if it happens twice, tell the administrator the number of this analysis."
)
CRASHED = Message(
    "This log broke the program that reads it, twice; nothing else was touched. Please tell the administrator of the "
    "server the number of this analysis."
)
TOO_LARGE = Message(
    "This log is too large for the memory of this server; choose a shorter time in Moodle and export again."
)

TRIES = 2  # of a job of which the process broke

# Where the logs of a job lie below its input folder, beside the rules and the roster of its owner.
LOGS = "logs"


class Working:
    """How jobs are worked on here: each within `limits`, its log kept where its owner and `keep_input` want it."""

    def __init__(self, manager: JobManager, limits: Limits, keep_input: bool, metrics: Metrics) -> None:
        self.manager = manager
        self.limits = limits
        self.metrics = metrics
        self._keep_input = keep_input

    def work(self, job_id: str, stop: Stop, run: str = "") -> bool:
        """Work on a job until it ends, or `stop` is requested; whether a person is to be asked instead.

        `run`: what works on it, where several may.
        """
        clock = threading.Timer(self.limits.seconds, stop.request, [self._too_long()])
        clock.daemon = True
        clock.start()
        asks = False
        try:
            asks = self._try(job_id, stop, run)
        except (MachineError, BesideError) as error:
            if stop.requested and not stop.reason:
                self.manager.give_back(job_id, run)
            else:
                self.manager.mark_failed(job_id, error.message, keep_input=True, run=run)
        except LogError as error:
            self.manager.mark_failed(job_id, error.message, run=run)
        except Exception as error:  # noqa: BLE001 - whatever broke, the job must end and its owner be told
            if not stop.requested:
                self._broke(job_id, error, run)
            elif stop.reason:
                self.manager.mark_failed(job_id, stop.reason, keep_input=True, run=run)
            else:
                # By the end of the server; where by its owner, the job is finished or gone, and this does nothing.
                self.manager.give_back(job_id, run)
        finally:
            clock.cancel()
        self.manager.delete_leftovers(job_id, run)
        return asks

    def _try(self, job_id: str, stop: Stop, run: str) -> bool:
        """Work on a job, once more where its process broke; whether it asks a person. Raises as `_attempt` does."""
        for left in reversed(range(TRIES)):
            try:
                return self._attempt(job_id, stop, run)
            except Crashed as crash:
                self.metrics.crashes.labels(crash.cause).inc()
                if crash.cause not in ("signal", "killed") or not left:
                    raise
                logger.error("tried again", extra={"job": job_id, "cause": crash.cause, "error": crash.error})
        return False

    def _broke(self, job_id: str, error: Exception, run: str) -> None:
        cause = blame(error)
        crash = error if isinstance(error, Crashed) else Crashed("error", type(error).__name__, frames_of(error))
        known = {"error": BROKEN, "program": BROKEN, "memory": TOO_LARGE, "processor": self._too_long()}
        sentence = cause.message if isinstance(cause, MachineError) else known.get(crash.cause, CRASHED)
        if self.manager.mark_failed(job_id, sentence, keep_input=True, run=run):
            logger.error(
                "broke", extra={"job": job_id, "cause": crash.cause, "error": crash.error, "frames": crash.frames}
            )

    def _attempt(self, job_id: str, stop: Stop, run: str) -> bool:
        """One attempt; whether a person is to be asked.

        Raises LogError, Stopped, JournalError, and whatever else breaks.
        """
        begun = self.manager.begin(job_id, run)
        job = self.manager.get_job(job_id)
        if not begun or job is None or job.input_file is None:
            return False
        archive, summary = self._process(job, job.input_file, stop)
        self.manager.describe(
            job_id,
            run,
            course=summary.course,
            first_day=summary.first_time[:10],
            last_day=summary.last_time[:10],
            learners=summary.learners,
        )
        if archive and self.manager.mark_completed(job_id, archive, self._keep_input and job.keep_input, run):
            self.metrics.events.inc(summary.rows_read)
        return archive is None

    def _too_long(self) -> Message:
        return Message(
            "This log took longer than the server gives one analysis (%(limit)d s). Choose a shorter time in "
            "Moodle and export again, or ask its administrator for more.",
            limit=round(self.limits.seconds),
        )

    def _process(self, job: Job, uploads: Path, stop: Stop) -> tuple[Path | None, Summary]:
        """Write the ZIP of the results into the folder of the job, where it appears whole or not at all.

        There is none where a person is to be asked first.
        """
        begun: dict[str, float] = {}

        def progress(percent: int, stage: str) -> None:
            stop.check()
            begun.setdefault(stage, time.monotonic())
            self.manager.set_stage(job.job_id, stage, job.run)
            self.manager.update_progress(job.job_id, percent, job.run)

        self.manager.delete_leftovers(job.job_id, job.run)
        uploads, folder = self.manager.files.fetch(uploads), self.manager.results_folder(job)
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / "results.zip.part"
        summary = self._read_or_ask(job, uploads, part, stop, progress)
        write_summary(folder, summary)
        stop.check()
        archive = part.rename(folder / "results.zip") if part.exists() else None
        self.manager.files.keep(*[path for path in folder.iterdir() if path.is_file()])
        if archive:
            for (stage, start), (_, end) in pairwise([*begun.items(), ("", time.monotonic())]):
                self.metrics.stage_seconds.labels(stage).observe(end - start)
        return archive, summary

    def _read_or_ask(
        self, job: Job, uploads: Path, part: Path, stop: Stop, progress: Callable[[int, str], None]
    ) -> Summary:
        """The summary of the results, which are then in `part`; without these what a person is asked. Raises as
        `supervisor.process` does."""
        inputs, called = sorted((uploads / LOGS).iterdir()), read_names(uploads)
        names = [called.get(path.name, "") for path in inputs]
        try:
            return process(
                inputs, job.options, part, progress, self.limits, stop, names=names, check=job.check, lists=called
            )
        except BesideError as error:
            error.name(called.get(error.option, ""))
            raise
        except Unclear as error:
            if not (job.check or job.asks):
                raise
            return unread(error, job.options.timezone or job.options.assumed_timezone)
