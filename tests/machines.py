"""An installation of several machines: a real Redis, and web servers and workers in processes and folders of their own."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import requests
from conftest import LONG, until
from redises import RedisServer
from serving import Server
from working import HURT, command, hurting_log, processes

from moodlelogsmart.cluster.connection import Connection
from moodlelogsmart.cluster.keeper import RedisKeeper
from moodlelogsmart.jobs.manager import JobManager

WORKER = ["-m", "moodlelogsmart", "worker"]
KEYS = {"MOODLELOGSMART_SECRET_KEY": "s" * 32, "MOODLELOGSMART_PSEUDONYM_KEY": "ab" * 32}


class Installation:
    """Machines that share a Redis and a store. Its jobs do what their log says (see HURT); those that pause go on at
    `go()`."""

    def __init__(self, folder, webs=1, workers=1, **settings):
        self.folder = folder
        self.redis = RedisServer()
        self.store = folder / "store"
        altered = folder / "altered"
        altered.mkdir()
        (altered / "sitecustomize.py").write_text(HURT)
        self._settings = {
            "MOODLELOGSMART_QUEUE": self.redis.url,
            "MOODLELOGSMART_STORE": str(self.store),
            **KEYS,
            **settings,
        }
        self._altered = {"PYTHONPATH": str(altered), "GO": str(folder / "go"), "MOODLELOGSMART_WORKERS": "1"}
        self._begun = 0
        self.webs, self.workers = [], []
        for _ in range(webs):
            self.start_web()
        for _ in range(workers):
            self.start_worker()
        for one in [*self.webs, *self.workers]:
            one.ready()
        self.jobs = JobManager(keeper=RedisKeeper(Connection(self.redis.url, 60), folder, "test"))

    def start_web(self, door=None, **settings):
        """A further web server, which may not be ready yet; `door` as of Server."""
        self.webs.append(Server(self._instance(), door=door, **self._settings | settings))
        return self.webs[-1]

    def start_worker(self, **settings):
        """A further worker, which may not be ready yet."""
        worker = Server(self._instance(), command=WORKER, **self._settings | self._altered | settings)
        self.workers.append(worker)
        return worker

    def _instance(self):
        self._begun += 1
        return self.folder / f"machine{self._begun}"

    def hand_in(self, text, browser=None, web=0, **form):
        """Hand in a log: the id of its job."""
        log = self.folder / "log.csv"
        log.write_text(text)
        answer = self.webs[web].send(browser or requests.Session(), log, timezone="UTC", **form)
        assert answer.status_code == 202, answer.text
        return answer.json()["job_id"]

    def replace(self, one, **how):
        """End a server or worker as an update does, and have another in its place."""
        of, start = (self.webs, self.start_web) if one in self.webs else (self.workers, self.start_worker)
        of.remove(one)
        assert one.end() == 0, one.lines
        return start(**how).ready()

    def go(self):
        """Let the jobs that pause go on."""
        (self.folder / "go").touch()

    def worker_of(self, job_id):
        """The worker that has a job, once one has."""
        run = until(lambda: self.jobs.get_job(job_id).run)
        return next(one for one in self.workers if f"-{one.process.pid}-" in run)

    def at_work(self, worker):
        """The processes of a worker's jobs."""
        servers = [one for one in processes(worker.process.pid) if "forkserver" in command(one)]
        return [one for server in servers for one in processes(server)]

    def comes_to(self, job_id, stage):
        """Wait until a job is in a stage: the job."""

        def there():
            job = self.jobs.get_job(job_id)
            return job if job.stage == stage else None

        return until(there)

    def finished(self, job_id):
        """The job once it has ended."""

        def ended():
            job = self.jobs.get_job(job_id)
            return job if job.is_finished else None

        return until(ended)

    def stored(self, job_id):
        """What the store has of a job, by name."""
        return sorted(str(path.relative_to(self.store)) for path in (self.store / job_id).rglob("*") if path.is_file())

    def close(self):
        self.go()
        for one in [*self.webs, *self.workers]:
            one.kill()
        self.redis.close()


@dataclass
class Rolled:
    """What people saw while all machines were replaced: errors, how many logs were taken, and completed."""

    errors: list[str] = field(default_factory=list)
    taken: int = 0
    completed: int = 0


def roll(folder, uploads, webs=2, workers=2):
    """Replace every web server and worker, one after the other, while people upload; each web server keeps its door,
    as it does with systemd's sockets."""
    doors = [socket.create_server(("127.0.0.1", 0), backlog=1000) for _ in range(webs)]
    urls = [f"http://127.0.0.1:{door.getsockname()[1]}" for door in doors]
    machines, seen = Installation(folder, webs=0, workers=workers, MOODLELOGSMART_UPLOAD_RATE="10000"), Rolled()
    try:
        for door in doors:
            machines.start_web(door=door).ready()
        with ThreadPoolExecutor(uploads) as people:
            waiting = [people.submit(_upload, urls[number % webs], seen) for number in range(uploads)]
            for door in doors:
                machines.replace(machines.webs[0], door=door)
                for _ in range(workers // webs):
                    machines.replace(machines.workers[0])
            for one in waiting:
                one.result()
    finally:
        machines.close()
        for door in doors:
            door.close()
    return seen


def _upload(url, seen):
    """As a person does: hand in a log, and look at its page until it shows results."""
    browser, log = requests.Session(), hurting_log("none", "at_all")
    # A browser sends again by itself what it sent over a connection that its server has just ended; requests does not.
    browser.headers["Connection"] = "close"
    page = browser.post(f"{url}/upload", files={"file": ("log.csv", log)}, data={"timezone": "UTC"}, timeout=LONG)
    seen.taken += page.ok
    while page.ok and "http-equiv" in page.text:
        time.sleep(0.5)
        page = browser.get(page.url, timeout=LONG)
    if page.ok:
        seen.completed += "/download/" in page.text
    else:
        seen.errors.append(f"{page.status_code} {page.url}")
