"""One job: a log that was handed in, from upload to download."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from moodlelogsmart.messages import Message, nameless
from moodlelogsmart.options import Options

PROCESSING, COMPLETED, FAILED = "processing", "completed", "failed"

# Before and beside the stages of the pipeline.
UPLOADING, QUEUED = "uploading", "queued"
WAITING_STAGES = {UPLOADING: Message("Receiving the file"), QUEUED: Message("Waiting for its turn")}
# A person is asked whether all was understood; neither a worker nor a place in the queue is held meanwhile.
CHECK = "check"
ASKING_STAGE = {CHECK: Message("Waiting for somebody to check it")}

# The beginning of the owner of a job that is nobody's; what follows is the language of its sample.
SAMPLE = "sample:"


def now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


@dataclass
class Job:
    """One job as the pages show it.

    status is "processing", "completed" or "failed"; progress is 0 to 100; error is the sentence for the user. A
    finished job that has its input_file can be run again: keep_input, whether its owner wants that; rerun_of, the job
    with the same log before it, if there was one. Once the results have expired output_file is None again, and title,
    options and what was told of the log are empty. output_bytes is the size of output_file, size that of the upload;
    attempts counts how often a worker began. new_key is the key of its pseudonyms until its owner took it, at
    key_taken_at. check: its owner wants to see what is understood before it runs; asks: a person is there to be asked
    where nothing could be run; asked_at: since when it waits for an answer. seen: what was guessed and its owner has
    let be, as digests of report.doubts. changed: the options that its owner has put right since the job before it, or
    since it asked, by their names. course, first_day and last_day (ISO 8601) and learners: of what the results
    are, for the list. network: a digest of where it came from, until it ends. run: what works on it, or did last, and
    turn: the round of the queue in which it is worked on, from 1 on, where there are several machines; '' and 0 where
    there is one. Times are aware UTC.
    """

    job_id: str
    status: str = PROCESSING
    progress: int = 0
    error: Message | None = None
    created_at: datetime = field(default_factory=now)
    completed_at: datetime | None = None
    input_file: Path | None = None
    output_file: Path | None = None
    output_bytes: int = 0
    stage: str = QUEUED
    started_at: datetime | None = None
    owner: str = ""
    title: str = ""
    size: int = 0
    keep_input: bool = True
    rerun_of: str = ""
    attempts: int = 0
    options: Options = field(default_factory=Options)
    new_key: str = field(default="", repr=False)
    key_taken_at: datetime | None = None
    check: bool = False
    asks: bool = False
    asked_at: datetime | None = None
    seen: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    course: str = ""
    first_day: str = ""
    last_day: str = ""
    learners: int = 0
    network: str = ""
    turn: int = 0
    run: str = ""

    @property
    def is_finished(self) -> bool:
        """True once the job is completed or failed; it then never changes state again."""
        return self.status != PROCESSING

    @property
    def is_waiting(self) -> bool:
        """True while no worker has begun with it."""
        return not self.is_finished and self.stage in WAITING_STAGES

    @property
    def is_asking(self) -> bool:
        """True while it waits for a person to say whether all was understood."""
        return not self.is_finished and self.stage == CHECK

    @property
    def is_sample(self) -> bool:
        """True for the result of the sample, at which everybody may look."""
        return self.owner.startswith(SAMPLE)

    @property
    def can_rerun(self) -> bool:
        """True for a job whose log is still there, once it is finished or waits for a person."""
        return (self.is_finished or self.is_asking) and self.input_file is not None

    @property
    def can_retry(self) -> bool:
        """True for a failed job whose log is still there, because another try may well succeed."""
        return self.status == FAILED and self.input_file is not None

    def emptied(self) -> "Job":
        """It without its files, what its owner said and what its log told."""
        return replace(
            self,
            input_file=None,
            output_file=None,
            options=_nothing_said(self.options.language),
            new_key="",
            title="",
            course="",
            first_day="",
            last_day="",
            learners=0,
            seen=(),
            changed=(),
            error=nameless(self.error) if self.error else None,
        )


@cache
def _nothing_said(language: str) -> Options:
    return Options(language=language)
