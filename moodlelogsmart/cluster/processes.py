"""The processes of an installation, web servers and workers: each says twice a second that it is there."""

import logging
import threading
from collections.abc import Callable
from typing import Any

import msgspec

from moodlelogsmart.cluster.connection import Connection, Unreachable
from moodlelogsmart.cluster.keeper import SPACE
from moodlelogsmart.config import PREFIX, SettingError
from moodlelogsmart.jobs.runner import Member

logger = logging.getLogger(__name__)

BEAT = 0.5  # seconds
# Who has not been heard of for so long is gone: so long the jobs of a machine that broke wait at most before another
# takes them, and so long a busy machine may be silent.
SILENCE = 2.0
_NAMES, _LEADER = SPACE + "processes", SPACE + "leader"


class Signed(Member, frozen=True):
    """A process with the digests of the settings that must be the same for all of its kind."""

    settings: dict[str, str]


def members(connection: Connection) -> list[Signed]:
    """The processes that are there, those that began first before others. Raises Unreachable."""

    def read(redis: Any) -> list[str | None]:
        names = sorted(redis.smembers(_NAMES))
        return redis.mget([_key(name) for name in names]) if names else []

    found = [msgspec.json.decode(row, type=Signed) for row in connection.ask(read) if row]
    return sorted(found, key=lambda member: (member.since, member.name))


def process_of(run: str) -> str:
    """The name of the process that a run is of."""
    return run.partition(".")[0]


class Pulse(threading.Thread):
    """Says that a process is there, and has it do with each beat what is to be done; one of all leads."""

    def __init__(
        self, connection: Connection, member: Signed, beat: Callable[[bool], None], tidy: Callable[[bool], None]
    ) -> None:
        """Both are called with whether this process leads, and has for so long that every other one can be known:
        `beat` with each beat, `tidy` beside it, as soon as it is done with the one before."""
        super().__init__(name="pulse", daemon=True)
        self._connection = connection
        self._member = member
        self._beat = beat
        self._ended = threading.Event()
        self._heard = 0  # beats in a row with which Redis could be reached
        self._leads = False
        self._tidying = threading.Thread(target=self._repeat, args=[lambda: tidy(self._leads)], daemon=True)

    def join_others(self) -> None:
        """Say that it is there, before the first beat. Raises SettingError where it is set up otherwise than those
        that were there before it, Unreachable."""
        self._say()
        for other in members(self._connection):
            if other.name == self._member.name:
                return
            wrong = [
                name for name, digest in self._member.settings.items() if other.settings.get(name, digest) != digest
            ]
            if wrong:
                self._leave()
                told = ", ".join(PREFIX + name.upper() for name in wrong)
                raise SettingError(f"Every machine must have the same {told}; the others have another than this one.")

    def run(self) -> None:
        """Beat until `end()`; while Redis cannot be reached nobody is taken for gone."""
        self._tidying.start()
        self._repeat(self._beat_once)

    def _beat_once(self) -> None:
        try:
            self._say()
            self._heard += 1
            # Who has only just come, or come back with Redis, has not heard those yet that come back as well.
            self._leads = self._lead() and self._heard * BEAT > SILENCE + BEAT
            self._beat(self._leads)
        except Unreachable:
            self._heard, self._leads = 0, False

    def _repeat(self, act: Callable[[], None]) -> None:
        while not self._ended.wait(BEAT):
            try:
                act()
            except Unreachable:
                pass  # it is told where it is noticed
            except Exception as error:  # noqa: BLE001 - whatever breaks, this process is there still
                logger.error("a beat failed", extra={"error": type(error).__name__})

    def end(self) -> None:
        """Stop, and have everybody know that this process is gone."""
        self._ended.set()
        if self.is_alive():
            self.join()
        self._leave()

    def _say(self) -> None:
        row = msgspec.json.encode(self._member)

        def say(redis: Any) -> None:
            pipe = redis.pipeline()
            pipe.set(_key(self._member.name), row, px=round(SILENCE * 1000))
            pipe.sadd(_NAMES, self._member.name)
            pipe.execute()

        self._connection.ask(say)

    def _lead(self) -> bool:
        def lead(redis: Any) -> bool:
            name, silence = self._member.name, round(SILENCE * 1000)
            if redis.set(_LEADER, name, nx=True, px=silence):
                return True
            if redis.get(_LEADER) != name:
                return False
            redis.pexpire(_LEADER, silence)
            return True

        return self._connection.ask(lead)

    def _leave(self) -> None:
        def leave(redis: Any) -> None:
            redis.delete(_key(self._member.name))
            redis.srem(_NAMES, self._member.name)
            if redis.get(_LEADER) == self._member.name:
                redis.delete(_LEADER)

        try:
            self._connection.ask(leave)
        except Unreachable:
            logger.error("left without a word")


def _key(name: str) -> str:
    return f"{SPACE}process:{name}"


def forget_gone(connection: Connection) -> None:
    """Have those no more in the list that are gone. Raises Unreachable."""

    def forget(redis: Any) -> None:
        names = redis.smembers(_NAMES)
        gone = [name for name in names if not redis.exists(_key(name))]
        if gone:
            redis.srem(_NAMES, *gone)

    connection.ask(forget)
