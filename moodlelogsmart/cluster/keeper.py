"""Jobs in Redis: every machine sees the same, and each change is made at once or not at all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from moodlelogsmart.cluster.connection import Connection
from moodlelogsmart.jobs.estimate import LAST
from moodlelogsmart.jobs.job import COMPLETED, UPLOADING, Job
from moodlelogsmart.jobs.keeper import Change, newest_first
from moodlelogsmart.jobs.rows import Rows

_PAGE = 500  # rows that are asked for at a time

T = TypeVar("T")

SPACE = "moodlelogsmart:"  # before every key of ours
_ALL, _UNFINISHED = SPACE + "jobs", SPACE + "unfinished"  # ids by the time of their beginning
HELD = SPACE + "held"  # by id of a job what works on it, or receives its upload
ENDING = SPACE + "ending"  # by id of a job whose end is not seen yet who ends it
_FINISHED, _COMPLETED = SPACE + "finished", SPACE + "completed"  # numbers by status; the last ones


class RedisKeeper:
    """Keeps the jobs of an installation of several machines; `process` is the name of this one.

    A job is a row by its id, and where its end is written down and not yet seen another beside it. What is looked for
    often has an index: the jobs of an owner, the unfinished ones, those that somebody holds.
    """

    def __init__(self, connection: Connection, root: Path, process: str) -> None:
        """`root`: the folder in which jobs have their files on this machine."""
        self._connection = connection
        self._rows = Rows(root)
        self._process = process

    def add(self, job: Job) -> None:
        """As Keeper; who receives an upload holds its job."""
        if job.stage == UPLOADING:
            job.run = self._process

        def attempt(pipe: Any) -> None:
            pipe.multi()
            self._put(pipe, None, job)

        self._transaction(job.job_id, attempt)

    def get(self, job_id: str) -> Job | None:
        """As Keeper."""
        return self._decoded(job_id, self._connection.ask(lambda redis: redis.get(_row(job_id))))

    def latest(self, job_id: str) -> Job | None:
        """As Keeper."""
        job, ending = self._connection.ask(lambda redis: redis.mget(_row(job_id), _ending(job_id)))
        return self._decoded(job_id, ending if job and ending else job)

    def listed(self, owner: str | None = None) -> list[Job]:
        """As Keeper."""
        return self._all(_ALL if owner is None else _owned(owner))

    def unfinished(self) -> list[Job]:
        """As Keeper."""
        return self._all(_UNFINISHED)

    def count_finished(self) -> dict[str, int]:
        """As Keeper."""
        counted = self._connection.ask(lambda redis: redis.hgetall(_FINISHED))
        return {status: int(number) for status, number in counted.items()}

    def last_completed(self) -> list[Job]:
        """As Keeper."""
        rows = self._connection.ask(lambda redis: redis.lrange(_COMPLETED, 0, LAST - 1))
        return [self._rows.decode("", row) for row in rows]

    def change(self, job_id: str, change: Change) -> tuple[Job, Job] | None:
        """As Keeper."""

        def attempt(pipe: Any) -> tuple[Job, Job] | None:
            before, is_ending = self._read(pipe, job_id)
            after = change(before) if before and not is_ending else None
            if before is None or after is None:
                return None
            pipe.multi()
            self._put(pipe, before, after)
            return before, after

        return self._transaction(job_id, attempt)

    def write(self, job_id: str, compact: bool = False) -> None:
        """Nothing to do: Redis writes down every change."""

    def put_back(self, job: Job) -> None:
        """Nothing to do: what could not be written did not change either."""

    def end(self, job_id: str, change: Change, whatever_the_journal_says: bool = False) -> Job | None:
        """As Keeper."""

        def attempt(pipe: Any) -> Job | None:
            before, is_ending = self._read(pipe, job_id)
            after = change(before) if before and not is_ending else None
            if after is not None:
                pipe.multi()
                pipe.set(_ending(job_id), self._rows.encode(after))
                pipe.hset(ENDING, job_id, self._process)
            return after

        return self._transaction(job_id, attempt)

    def ended(self, job_id: str) -> bool:
        """As Keeper."""

        def attempt(pipe: Any) -> bool:
            before, ending = pipe.mget(_row(job_id), _ending(job_id))
            known, after = self._decoded(job_id, before), self._decoded(job_id, ending)
            pipe.multi()
            if known and after:
                self._put(pipe, known, after)
            _end(pipe, job_id)
            return bool(known and after)

        return self._transaction(job_id, attempt)

    def drop(self, job_id: str, whatever_the_journal_says: bool = False) -> Job | None:
        """As Keeper."""

        def attempt(pipe: Any) -> Job | None:
            job, _is_ending = self._read(pipe, job_id)
            if job is not None:
                pipe.multi()
                _take(pipe, job)
                _end(pipe, job_id)
            return job

        return self._transaction(job_id, attempt)

    def load(self, known: Callable[[Job], Job]) -> list[Job]:
        """Nothing to take up: what is in Redis goes on whoever starts."""
        return []

    def close(self) -> None:
        """As Keeper."""
        self._connection.close()

    def _all(self, index: str) -> list[Job]:
        def read(redis: Any) -> list[tuple[str, Any]]:
            ids = redis.zrevrange(index, 0, -1)
            # Not all at once: meanwhile nobody else would be answered.
            pages = [ids[place : place + _PAGE] for place in range(0, len(ids), _PAGE)]
            rows = [row for page in pages for row in redis.mget([_row(name) for name in page])]
            return list(zip(ids, rows, strict=True))

        jobs = [self._decoded(job_id, row) for job_id, row in self._connection.ask(read)]
        return newest_first([job for job in jobs if job])

    def _read(self, pipe: Any, job_id: str) -> tuple[Job | None, bool]:
        row, ending = pipe.mget(_row(job_id), _ending(job_id))
        return self._decoded(job_id, row), bool(ending)

    def _decoded(self, job_id: str, row: Any) -> Job | None:
        return self._rows.decode(job_id, row) if row else None

    def _transaction(self, job_id: str, attempt: Callable[[Any], T]) -> T:
        """What `attempt` gives, begun anew where somebody else changes the job meanwhile."""
        keys = _row(job_id), _ending(job_id)
        given: T = self._connection.ask(lambda redis: redis.transaction(attempt, *keys, value_from_callable=True))
        return given

    def _put(self, pipe: Any, before: Job | None, after: Job) -> None:
        """Have the row and the indexes as the job is, within a transaction."""
        job_id, begun = after.job_id, {after.job_id: after.created_at.timestamp()}
        pipe.set(_row(job_id), self._rows.encode(after))
        if before is None:
            pipe.zadd(_ALL, begun)
            pipe.zadd(_owned(after.owner), begun)
        if not after.is_finished:
            pipe.zadd(_UNFINISHED, begun)
        elif before is None or not before.is_finished:
            pipe.zrem(_UNFINISHED, job_id)
            pipe.hincrby(_FINISHED, after.status, 1)
            if after.status == COMPLETED:
                pipe.lpush(_COMPLETED, self._rows.encode(after.emptied()))
                pipe.ltrim(_COMPLETED, 0, LAST - 1)
        if after.run and not after.is_finished and not after.is_asking:
            pipe.hset(HELD, job_id, after.run)
        else:
            pipe.hdel(HELD, job_id)


def _take(pipe: Any, job: Job) -> None:
    pipe.delete(_row(job.job_id))
    for index in (_ALL, _UNFINISHED, _owned(job.owner)):
        pipe.zrem(index, job.job_id)
    pipe.hdel(HELD, job.job_id)
    if job.is_finished:
        pipe.hincrby(_FINISHED, job.status, -1)


def _end(pipe: Any, job_id: str) -> None:
    pipe.delete(_ending(job_id))
    pipe.hdel(ENDING, job_id)


def _row(job_id: str) -> str:
    return f"{SPACE}job:{job_id}"


def _ending(job_id: str) -> str:
    return f"{SPACE}ending:{job_id}"


def _owned(owner: str) -> str:
    return f"{SPACE}owner:{owner}"
