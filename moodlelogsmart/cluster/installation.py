"""A web server of an installation of several machines: jobs are worked on by workers, here nothing but looks is."""

from limits.strategies import RateLimiter

from moodlelogsmart.cluster.drafts import SharedDrafts
from moodlelogsmart.cluster.lead import leading
from moodlelogsmart.cluster.limits import SharedLimiter
from moodlelogsmart.cluster.machine import WEB, digests, set_up
from moodlelogsmart.cluster.runner import QueueRunner
from moodlelogsmart.config import Settings, kept_key
from moodlelogsmart.jobs.drafts import Drafts
from moodlelogsmart.jobs.runner import Runner

PATIENCE = 2.0  # seconds that a page waits for Redis to come back


class ManyMachines:
    """What the pages need of an installation of which this is one server."""

    def __init__(self, settings: Settings) -> None:
        """Raises SettingError where Redis or the store is not as it must be."""
        instance = settings.instance_folder
        machine = self._machine = set_up(settings, PATIENCE)
        self.runner: Runner = QueueRunner(machine.manager, settings.queue_limit, machine.connection, machine.tickets)
        self.given = settings.memory_limit
        self.drafts: Drafts = SharedDrafts(machine.connection, machine.files)
        self.limiter: RateLimiter = SharedLimiter(machine.connection)
        keys = {name: getattr(settings, name) or kept_key(instance, name) for name in ("secret_key", "pseudonym_key")}
        self.secret_key = keys["secret_key"]
        self._pulse = leading(machine, settings, "web", 0, digests(settings, WEB, keys), lambda: None)

    def start(self, patience: float) -> None:
        """Join the others. Raises SettingError where they are set up otherwise, Unreachable."""
        self._pulse.join_others()
        self._pulse.start()

    def stop(self) -> None:
        """Nothing runs here that would have to be stopped."""

    def close(self) -> None:
        """Leave the others; uploads that are not queued by then are gone."""
        self._pulse.end()
        self._machine.leave()
