"""The queue for workers anywhere, in RQ: as many tickets as jobs wait. Whose job is next says who has a ticket."""

from contextlib import suppress

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

NAME = "moodlelogsmart"
TAKE = "moodlelogsmart.cluster.worker.take"  # what a ticket calls
_LIVE = 60  # seconds that what RQ notes of a ticket may stay


class Tickets:
    """Tickets for jobs that wait. One too many does nothing, and one that is lost is issued anew."""

    def __init__(self, url: str) -> None:
        # RQ wants bytes, and to wait for longer than an answer may take.
        self.client: Redis = Redis.from_url(url)
        self.queue = Queue(NAME, connection=self.client, serializer=JSONSerializer)

    def issue(self) -> None:
        """Have a worker come for a job; where Redis cannot be reached, whoever leads sees later that one is missing."""
        with suppress(RedisError):
            self.queue.enqueue(TAKE, result_ttl=0, failure_ttl=_LIVE, description="a job")

    def count(self) -> int:
        """How many wait for a worker."""
        return int(self.queue.count)
