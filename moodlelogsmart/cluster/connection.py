"""The way to Redis, and what it must be for jobs to be safe there."""

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

from redis import Redis
from redis.exceptions import AuthenticationError, ConnectionError, RedisError, ResponseError, TimeoutError

from moodlelogsmart.config import PREFIX, SettingError
from moodlelogsmart.jobs.journal import JournalError
from moodlelogsmart.messages import Message

logger = logging.getLogger(__name__)

AWAY = Message(
    "The server cannot reach the place where its analyses are kept just now. None of them is lost; please try again in "
    "a minute."
)
# Seconds that one call may take, and that one who comes back may wait until it is tried again.
ANSWER, AGAIN = 5.0, 0.2

_UNKNOWN = "unknown"

T = TypeVar("T")


class Unreachable(JournalError):
    """Redis cannot be reached just now."""


class Connection:
    """Calls to Redis, each tried again for `patience` seconds where it cannot be reached: so long it may restart."""

    def __init__(self, url: str, patience: float) -> None:
        """Raises SettingError for a `url` that is none."""
        self.url = url
        try:
            self.client: Any = Redis.from_url(
                url, socket_timeout=ANSWER, socket_connect_timeout=ANSWER, decode_responses=True
            )
        except ValueError as error:
            # Without the address itself: there may be a password in it.
            raise SettingError(f"{PREFIX}QUEUE is no address of a Redis, such as redis://host:6379/0.") from error
        self._patience = patience

    def ask(self, do: Callable[[Any], T]) -> T:
        """What `do` gives with a client; it may be called more than once. Raises Unreachable."""
        until = time.monotonic() + self._patience
        while True:
            try:
                return do(self.client)
            except (ConnectionError, TimeoutError) as error:
                if time.monotonic() > until or isinstance(error, AuthenticationError):
                    raise _unreachable(error) from error
            except RedisError as error:
                raise _unreachable(error) from error
            time.sleep(AGAIN)

    def close(self) -> None:
        """Let go of it; the next call connects again."""
        self.client.close()


def _unreachable(error: RedisError) -> Unreachable:
    logger.error("redis cannot be reached", extra={"error": type(error).__name__})
    return Unreachable(AWAY)


def check_server(connection: Connection) -> None:
    """Raise SettingError where Redis would lose jobs: when it restarts, or when its memory is full. Where it may lose
    those of the last second, as by its default when the power fails, that is logged."""
    try:
        kept, policy, synced = connection.ask(_promises)
    except Unreachable as error:
        raise SettingError(
            f"{PREFIX}QUEUE names a Redis that cannot be reached or does not let us in: start it, or correct the "
            "address."
        ) from error
    if not kept:
        raise SettingError(f"The Redis of {PREFIX}QUEUE forgets jobs when it restarts: start it with --appendonly yes.")
    if policy != "noeviction":
        raise SettingError(
            f"The Redis of {PREFIX}QUEUE drops jobs when its memory is full ({policy}): start it with "
            "--maxmemory-policy noeviction."
        )
    if synced not in ("always", _UNKNOWN):
        logger.warning("redis may lose the jobs of the last second", extra={"appendfsync": synced})


def _promises(client: Any) -> tuple[bool, str, str]:
    """Whether it writes down what it is told, what it does when its memory is full, and when that is on the disk."""
    try:
        told = {name: client.config_get(name)[name] for name in ("appendonly", "maxmemory-policy", "appendfsync")}
        return told["appendonly"] == "yes", told["maxmemory-policy"], told["appendfsync"]
    except (ResponseError, KeyError):  # a managed one often has no CONFIG
        kept = client.info("persistence").get("aof_enabled") == 1
        return kept, client.info("memory").get("maxmemory_policy", _UNKNOWN), _UNKNOWN
