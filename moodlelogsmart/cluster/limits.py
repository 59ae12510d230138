"""What comes in a minute, counted for all machines together."""

from functools import partial

from limits import RateLimitItem
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter

from moodlelogsmart.cluster.connection import Connection
from moodlelogsmart.cluster.keeper import SPACE


class SharedLimiter(MovingWindowRateLimiter):
    """Counts in Redis."""

    def __init__(self, connection: Connection) -> None:
        # It calls a socket by another name than Redis' own client does.
        address = connection.url.replace("unix://", "redis+unix://")
        super().__init__(RedisStorage(address, connection.client.connection_pool, key_prefix=f"{SPACE}limit"))
        self._connection = connection

    def hit(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        """Count; whether there are not too many. Raises Unreachable."""
        count = partial(super().hit, item, *identifiers, cost=cost)
        return self._connection.ask(lambda _redis: count())

    def test(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        """Whether there are not too many yet. Raises Unreachable."""
        look = partial(super().test, item, *identifiers, cost=cost)
        return self._connection.ask(lambda _redis: look())
