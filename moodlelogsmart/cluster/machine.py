"""This machine's part of an installation of several: its name, its folder, and what it keeps jobs with."""

import fcntl
import os
import shutil
import socket
from contextlib import suppress
from dataclasses import dataclass
from hashlib import scrypt
from pathlib import Path
from tempfile import NamedTemporaryFile
from uuid import uuid4

from moodlelogsmart import __version__
from moodlelogsmart.cluster.connection import Connection, check_server
from moodlelogsmart.cluster.files import UNKNOWN, UNUSED, StoredFiles
from moodlelogsmart.cluster.keeper import HELD, SPACE, RedisKeeper
from moodlelogsmart.cluster.processes import Signed, process_of
from moodlelogsmart.cluster.queue import Tickets
from moodlelogsmart.cluster.store import Store, open_store
from moodlelogsmart.config import PREFIX, SettingError, Settings
from moodlelogsmart.jobs.job import now
from moodlelogsmart.jobs.manager import JobManager

_INSTALLATION = SPACE + "installation"
_MARK = "installation"  # the file by which a store is known
# Settings that must be the same for all: else what one machine promises another does not keep.
WEB = (
    "secret_key", "pseudonym_key", "upload_limit", "upload_rate", "jobs_per_browser", "queue_limit", "keep_completed",
    "keep_failed", "keep_input", "user_header",
)  # fmt: skip
WORKER = ("time_limit", "memory_limit", "keep_input")


@dataclass
class Machine:
    """What a process of an installation has: the queue, the manager of jobs that keeps them in Redis and their files in
    the store; and for its pulse, which must know at once that Redis is away, both as they wait for nothing."""

    name: str
    folder: Path
    tickets: Tickets
    files: StoredFiles
    connection: Connection
    manager: JobManager
    pulse: Connection
    at_once: JobManager

    def held(self) -> list[tuple[str, str]]:
        """The jobs that this process has by what everybody knows, each with what works on it. Raises Unreachable."""
        held = self.pulse.ask(lambda redis: redis.hgetall(HELD))
        return [(job_id, run) for job_id, run in held.items() if process_of(run) == self.name]

    def leave_unused(self) -> None:
        """Delete the files here of jobs that are deleted, or at which nobody here has looked for a while; not of those
        that are received or worked on here. Raises Unreachable."""
        here = self.files.here()  # first: who makes a folder holds its job before that
        for job_id in set(here) - {job_id for job_id, _run in self.held()}:
            job = self.at_once.get_job(job_id)
            is_empty = job is not None and job.is_finished and not job.input_file and not job.output_file
            self.files.leave_unused(job_id, 0 if is_empty else UNUSED if job else UNKNOWN)

    def leave(self) -> None:
        """Delete the files of this process, and let go of Redis."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for manager in (self.manager, self.at_once):
            manager.close()

    def member(self, kind: str, slots: int, settings: dict[str, str]) -> Signed:
        """How others see it."""
        return Signed(self.name, kind, slots, __version__, now(), settings)


def set_up(settings: Settings, patience: float) -> Machine:
    """Make it. `patience`: seconds for which a call waits for Redis or the store to come back. Raises SettingError."""
    # No dot: what works on a job is called by this, a dot and a number.
    name = f"{socket.gethostname().partition('.')[0]}-{os.getpid()}-{uuid4().hex[:6]}"
    connection, pulse = Connection(settings.queue, patience), Connection(settings.queue, patience=0)
    check_server(connection)
    store = open_store(settings.store or str(settings.instance_folder / "store"), patience)
    _check_store(connection, store)
    folder = _own_folder(settings.instance_folder, name)
    root = folder / "jobs"
    root.mkdir(mode=0o700)
    files = StoredFiles(root, store)
    manager, at_once = (JobManager(keeper=RedisKeeper(one, root, name), files=files) for one in (connection, pulse))
    return Machine(name, folder, Tickets(settings.queue), files, connection, manager, pulse, at_once)


def digests(settings: Settings, names: tuple[str, ...], keys: dict[str, str]) -> dict[str, str]:
    """What tells whether two machines have the same settings, and not what they are; `keys` are those that a machine
    may have made itself."""
    values = {name: str(keys.get(name) or getattr(settings, name)) for name in names}
    return {
        name: scrypt(value.encode(), salt=name.encode(), n=1 << 12, r=8, p=1, dklen=16).hex()
        for name, value in values.items()
    }


def _own_folder(instance: Path, name: str) -> Path:
    """A folder for the files of this process while it lives; those of processes that are gone are deleted."""
    processes = instance / "processes"
    processes.mkdir(parents=True, exist_ok=True, mode=0o700)
    # One at a time: a folder that another has just made is not held yet.
    with (instance / "processes.lock").open("a") as one:
        fcntl.flock(one, fcntl.LOCK_EX)
        for folder in processes.iterdir():
            if _claim(folder):
                shutil.rmtree(folder, ignore_errors=True)
        own = processes / name
        own.mkdir(mode=0o700)
        _claim(own)
    return own


def _claim(folder: Path) -> bool:
    """Hold a folder until this process ends; False where another does."""
    with suppress(OSError):
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            os.close(lock)
    return False


def _check_store(connection: Connection, store: Store) -> None:
    """Raise SettingError where the store is not that of the machines that have the same queue."""
    known = connection.ask(
        lambda redis: (redis.set(_INSTALLATION, uuid4().hex, nx=True) and None) or redis.get(_INSTALLATION)
    )
    try:
        marked = _mark(store, known)
    except FileNotFoundError as error:
        raise SettingError(f"{PREFIX}STORE names a bucket that is not there: make it, or correct the name.") from error
    except OSError as error:
        raise SettingError(
            f"{PREFIX}STORE cannot be used, {error.strerror}: see to its address and, of a bucket, to "
            "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT_URL."
        ) from error
    if marked != known:
        raise SettingError(
            f"{PREFIX}STORE is the store of another installation than {PREFIX}QUEUE: give every machine the same two."
        )


def _mark(store: Store, known: str) -> str:
    """What the store is known by, from now on as `known` if it is new. Raises OSError."""
    with suppress(FileNotFoundError):
        _size, content = store.read(_MARK)
        return b"".join(content).decode()
    with NamedTemporaryFile("w") as file:
        file.write(known)
        file.flush()
        store.put(Path(file.name), _MARK)
    return known
