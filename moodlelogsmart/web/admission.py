"""Who may upload now: within the rate, the number of jobs, the room on the disk, and for as long as it may take."""

import hashlib
import hmac
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import IPv6Address, ip_address

from flask import request
from limits import RateLimitItemPerMinute
from limits.strategies import RateLimiter

from moodlelogsmart.config import Settings
from moodlelogsmart.jobs.drafts import Drafts
from moodlelogsmart.jobs.job import COMPLETED, Job
from moodlelogsmart.jobs.runner import QueueFull, Runner
from moodlelogsmart.messages import Message, as_message
from moodlelogsmart.web.language import translate

# Bytes on disk that a job has at its peak for a byte of its log, measured with 10,000,000 events: the log itself, what
# is spilled and packed (5), and the objects of OCEL (2).
DISK_FOR_BYTE = 10
GUESSES = RateLimitItemPerMinute(10)  # wrong tokens from one address
_ONCE = RateLimitItemPerMinute(1)  # how often the same one counts: an old program must not lock out its whole network
# One address holds no more than a half of the places in the queue, and of those for uploads and downloads; of so few
# that a half is less than this, all.
SHARE, LEAST_SHARE = 2, 10
RATE = "rate"  # why an upload is refused of which too many came in a minute
LEAST_PATIENT = 10  # uploads in a minute that come too fast and are received all the same, at least
KEPT_FREE = 200 << 20  # bytes of the disk that no upload may take


class Refused(Exception):
    """A form is not taken: the HTTP status, why in a word for the operator, the sentence for the person, and the field
    that it concerns, '' for none; `others` is what else speaks against it, `kind` what the file is, if it is no log."""

    def __init__(self, status: int, why: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.why = why
        self.message = message
        self.field = field
        self.others: list[Refused] = []
        self.kind = ""

    @property
    def sentence(self) -> str:
        """The sentence in the language of the page."""
        return translate(self.message)

    @property
    def problems(self) -> dict[str, Message]:
        """Every sentence by its field, to be translated."""
        return {one.field: as_message(one.message) for one in reversed([self, *self.others])}


def queue_full() -> Refused:
    """The answer where no further job has a place in the queue."""
    return Refused(503, "queue", Message("Too many logs are waiting just now. Please try again in a minute."))


def network(address: str) -> str:
    """Whom an address stands for: itself, or of IPv6 the /64, of which a home has every address."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return address
    return str(known.ipv4_mapped or IPv6Address(int(known) >> 64 << 64))


class Admission:
    """Lets uploads of one server in, or says why not.

    Some threads are left for pages: uploads and downloads hold no more than seven of eight.
    """

    def __init__(self, settings: Settings, runner: Runner, drafts: Drafts, limiter: RateLimiter, key: str) -> None:
        """`limiter` counts what comes in a minute; `key` keeps networks secret from who reads the journal."""
        self._settings = settings
        self._runner = runner
        self._drafts = drafts
        self._lock = threading.Lock()
        self._places = settings.threads - max(1, settings.threads // 8)
        self._held = Counter[str]()  # places by network
        self._key = key.encode()
        self._rate = RateLimitItemPerMinute(settings.upload_rate)
        self._patient_rate = RateLimitItemPerMinute(max(settings.upload_rate, LEAST_PATIENT))
        self._limiter = limiter

    def may_guess(self, address: str, token: str) -> bool:
        """Count a wrong token; whether not too many came from there of late."""
        at = self.mark(address)
        if not self._limiter.test(GUESSES, "guess", at):
            return False
        known = hashlib.sha256(token.encode()).hexdigest()
        return not self._limiter.hit(_ONCE, "guess", at, known) or self._limiter.hit(GUESSES, "guess", at)

    @contextmanager
    def admit(
        self, owner: str, address: str, size: int, goes_on: str = "", patient: bool = False
    ) -> Iterator[Refused | None]:
        """Hold a place for an upload of `size` bytes while it is received; `goes_on` is the job that it is for, if
        there is one already. Raises Refused.

        For who is patient what comes is received although no job can begin with it now, so that it need not be sent
        again; why is what this gives. Of uploads that are too many for a minute these are once more as many, or
        LEAST_PATIENT.
        """
        full = self._full(owner, self.mark(address), goes_on)
        if full and not patient:
            raise full
        if fast := self._too_fast(self.mark(address), patient):
            full = fast
        self._check_disk(owner, size)
        if not self.hold(address):
            raise Refused(503, "uploads", Message("Many people are uploading just now. Please try again in a minute."))
        try:
            yield full
        finally:
            self.let_go(address)

    def mark(self, address: str) -> str:
        """By which the jobs of a network are known as one another's, and it is not."""
        return hmac.new(self._key, network(address).encode(), hashlib.sha256).hexdigest()[:16]

    def hold(self, address: str) -> bool:
        """Hold one of the threads that may wait for a client, until `let_go`; False where none is left for it."""
        at = network(address)
        with self._lock:
            if self._held.total() >= self._places or self._held[at] >= max(LEAST_SHARE, self._places // SHARE):
                return False
            self._held[at] += 1
        return True

    def let_go(self, address: str) -> None:
        """The end of `hold`."""
        at = network(address)
        with self._lock:
            self._held[at] -= 1
            if not self._held[at]:
                del self._held[at]

    def _full(self, owner: str, mark: str, goes_on: str) -> Refused | None:
        """Why no further job can begin now: too many are under way of this owner, or came from there, or wait."""
        under_way = [job for job in self._runner.manager.unfinished(owner) if job.job_id != goes_on]
        if len(under_way) >= self._settings.jobs_per_browser:
            sentence = Message("A log of yours is under way. Please wait until it is done, or stop it.")
            if len(under_way) > 1:
                sentence = Message(
                    "You have %(number)d logs under way. Please wait until one of them is done, or stop one.",
                    number=len(under_way),
                )
            return Refused(429, "jobs", sentence)
        if self._share(mark) >= max(LEAST_SHARE, (self._runner.workers + self._runner.queue_limit) // SHARE):
            sentence = Message("Many logs from your network are waiting. Please try again when some of them are done.")
            return Refused(429, "share", sentence)
        try:
            self._runner.check_room()
        except QueueFull:
            return queue_full()
        return None

    def _share(self, mark: str) -> int:
        """How many of the jobs under way came from there; those that wait for a person keep nobody waiting."""
        return sum(job.network == mark and not job.is_asking for job in self._runner.manager.unfinished())

    def _check_disk(self, owner: str, size: int) -> None:
        """Raise Refused where the disk would be full, with what the drafts will need when they are sent again."""
        taken = sum(job.size for job in self._runner.manager.unfinished() if not job.is_asking)
        # What is kept for convenience alone goes first: drafts, then logs for a second run, the oldest before others.
        kept = self._kept()
        while self._runner.manager.files.free() < (taken + size + self._drafts.size()) * DISK_FOR_BYTE + KEPT_FREE:
            if self._drafts.drop_oldest(but=owner):
                continue
            oldest = next(kept, None)
            if oldest is None:
                full = Message(
                    "The server has no room for this log just now. Please try again later or tell its administrator."
                )
                raise Refused(503, "disk", full)
            self._runner.manager.drop_input(oldest.job_id)

    def _kept(self) -> Iterator[Job]:
        """The completed jobs whose logs are kept, the oldest first; looked for when the first is wanted."""
        for job in reversed(self._runner.manager.list_jobs()):
            if job.status == COMPLETED and job.input_file:
                yield job

    def _too_fast(self, at: str, patient: bool) -> Refused | None:
        """Why an upload is not taken of which too many came. Raises it where nothing of it is to be read either."""
        if self._limiter.hit(self._rate, "upload", at):
            return None
        sentence = Message("Many logs came from your network in this minute. Please try again in a minute.")
        refused = Refused(429, RATE, sentence)
        if not patient or not self._limiter.hit(self._patient_rate, "patient", at):
            raise refused
        return refused


def stop_reading(connection: socket.socket | None) -> None:
    """Read no more from a client, whatever it still sends; it can still read what it is answered."""
    if connection is not None:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RD)


@contextmanager
def time_limit(seconds: float) -> Iterator[threading.Event]:
    """Read no more from the client after `seconds`; what then yields is set, and an answer can still be sent.

    A thread of the server waits for the next byte as long as it takes, so the socket itself is cut.
    """
    over = threading.Event()
    connection = request.environ.get("gunicorn.socket")

    def cut() -> None:
        over.set()
        stop_reading(connection)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield over
    finally:
        timer.cancel()
