"""An installation of several machines: a real Redis, and web servers and workers in processes and folders of their own."""

import requests
from conftest import until
from redises import RedisServer
from serving import Server
from working import HURT

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

    def start_web(self, **settings):
        """A further web server, which may not be ready yet."""
        self.webs.append(Server(self._instance(), **self._settings | settings))
        return self.webs[-1]

    def start_worker(self, **settings):
        """A further worker, which may not be ready yet."""
        self.workers.append(Server(self._instance(), command=WORKER, **self._settings | self._altered | settings))
        return self.workers[-1]

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

    def go(self):
        """Let the jobs that pause go on."""
        (self.folder / "go").touch()

    def worker_of(self, job_id):
        """The worker that has a job, once one has."""
        run = until(lambda: self.jobs.get_job(job_id).run)
        return next(one for one in self.workers if f"-{one.process.pid}-" in run)

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
