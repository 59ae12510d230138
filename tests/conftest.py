"""What the tests share: an app with an instance folder of its own, a browser that speaks to it, a log put through."""

import csv
import inspect
import io
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import hypothesis
import pytest
from click.testing import CliRunner

from app import create_app
from facts.acts import REPORT as HEADER
from moodlelogsmart.commands import main
from moodlelogsmart.config import Settings
from moodlelogsmart.jobs import JobManager
from moodlelogsmart.jobs.journal import Journal
from moodlelogsmart.jobs.runner import JobRunner
from moodlelogsmart.messages import LogError
from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import opened, process
from moodlelogsmart.reading.clock import read_times
from moodlelogsmart.reading.model import Reading
from moodlelogsmart.reading.odd_times import with_odd_times
from moodlelogsmart.reading.raw import load_logs
from moodlelogsmart.report.summary import Summary
from moodlelogsmart.web.access import runner as job_runner
from moodlelogsmart.workspace import Limits, Stop, open_workspace

pytest_plugins = ["browsing"]

SHARED_LOGS = Path(__file__).parents[2] / "shared" / "logs"

# Tests run on loaded machines, where a moment may be long.
hypothesis.settings.register_profile("loaded", deadline=None)
hypothesis.settings.load_profile("loaded")

# One thing as if it were several, in English, Portuguese or Spanish: “1 learners”, “of 1 learners”, “1 of 1 are”.
SEVERAL = re.compile(r"(?<![\w.,:–-])1 (?:[a-z]+ )?(?!was\b|has\b)(?:[a-zà-ú]{3,}s|are|were|have|people)\b")

LONG = 120  # seconds that only a broken program takes, on however loaded a machine


def until(condition, seconds=LONG):
    """Wait for the thing itself; what `condition()` then says."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"it did not come to pass within {seconds} seconds"
        time.sleep(0.01)
    return found


@pytest.fixture(scope="session")
def running_redis():
    """A Redis for all tests of this process."""
    from redises import RedisServer

    server = RedisServer()
    yield server
    server.close()


@pytest.fixture
def redis_server(running_redis):
    """That Redis, empty."""
    running_redis.client.flushall()
    return running_redis


def event(says, time="17/10/21, 12:39", name="-", component="System", event_name="Something", **cells):
    """One row of a log, by column label; `says` is the Description."""
    row = {
        "Time": time,
        "User full name": name,
        "Affected user": "-",
        "Event context": "Course: Invented Studies",
        "Component": component,
        "Event name": event_name,
        "Description": says,
        "Origin": "web",
        "IP address": "10.0.0.1",
    }
    return row | cells


def viewed(user, module="page", cm=62, **cells):
    """A learner opens an activity."""
    return event(f"The user with id '{user}' viewed the '{module}' activity with course module id '{cm}'.", **cells)


def graded(user, student, **cells):
    """What only staff can do."""
    says = f"The user with id '{user}' has graded the submission '7' for the user with id '{student}' "
    return event(says + "for the assignment with course module id '62'.", **cells)


def log_text(rows, header=None, delimiter=",", end="\n"):
    """A log as CSV text."""
    out = io.StringIO()
    header = header or HEADER
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
    writer.writerow(header)
    writer.writerows([row[label] for label in header] for row in rows)
    return out.getvalue()


@dataclass
class Result:
    """What came out of the pipeline, read back by the standard library.

    Most tests look at tables alone: these are in `tables`, and all files are made when `folder` is asked for.
    """

    summary: Summary
    tables: Path
    make: Callable[[], Path] | None = None

    @cached_property
    def folder(self) -> Path:
        return self.make() if self.make else self.tables

    def rows(self, name):
        path = self.tables / name
        with (path if path.exists() else self.folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    @property
    def events(self):
        return self.rows("enriched_log.csv")

    @property
    def warned(self):
        """The sentences of the warnings by code, in their order."""
        return {warning.code: warning.text for warning in self.summary.warnings}

    @property
    def dropped(self):
        return self.rows("dropped_events.csv")


@pytest.fixture
def enrich(tmp_path, request):
    """Put logs (text, bytes or lists of rows) through the pipeline."""

    def run(*logs, reading=None, **options):
        folder = tmp_path / f"out{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        # Of the same name each time, for the report tells it.
        came = tmp_path / f"{folder.name}-in"
        came.mkdir()
        paths = []
        for number, log in enumerate(logs):
            path = came / f"log-{number}.csv"
            text = log_text(log) if isinstance(log, list) else log
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            paths.append(path)
        chosen = Options(**options)

        def make():
            process(paths, chosen, folder, reading=reading)
            return folder

        if reading or ".folder" in inspect.getsource(request.function):
            return Result(process(paths, chosen, folder, reading=reading), folder)
        tables = came / "tables"
        with opened(paths, chosen) as log:
            log.write(tables, formats=["csv"])
        return Result(log.summary, tables, make)

    return run


@dataclass
class Said:
    """How a command ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def command(tmp_path):
    """Run a verb of the command `moodlelogsmart`, on a terminal that speaks English unless it is told otherwise."""

    def run(*arguments, verb="process", **environment):
        no_language = dict.fromkeys(("LC_ALL", "LC_MESSAGES", "LANG"))
        variables = {**no_language, "MOODLELOGSMART_INSTANCE": str(tmp_path / "instance"), **environment}
        done = CliRunner(env=variables).invoke(main, [verb, *map(str, arguments)], prog_name="moodlelogsmart")
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Said(done.exit_code, done.stdout, done.stderr)

    return run


@pytest.fixture
def clock_of(tmp_path):
    """What the clock of each row of a log (text, bytes or rows) shows, `None` where it cannot be read, and the reading;
    without the rest of the pipeline, which takes most of the time."""

    def run(log, name="log.csv", year=None, **told):
        path = tmp_path / name
        text = log_text(log) if isinstance(log, list) else log
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        reading = Reading.given(timezone="UTC", year=year, **told)
        with open_workspace(tmp_path, Limits(), Stop()) as work:
            logs, found = load_logs(work, [path], reading)
            found = with_odd_times(work, read_times(work, found), [log.path for log in logs])
            rows = work.run("select moment from timed order by row")
        return [moment and moment.isoformat() for (moment,) in rows], found

    return run


@pytest.fixture
def within(monkeypatch):
    """Jobs run within this process, in which a test can change what they do."""
    monkeypatch.setattr("moodlelogsmart.jobs.working.process", lambda *given, check, **named: process(*given, **named))


@pytest.fixture(scope="module")
def hurt(tmp_path_factory):
    """Jobs do to their process what the name of their log says."""
    from working import HURT, altered

    with pytest.MonkeyPatch.context() as patch:
        altered(patch, tmp_path_factory.mktemp("hurt"), HURT)
        yield


@pytest.fixture
def jobs(tmp_path):
    jobs = JobRunner(JobManager(tmp_path / "jobs"), workers=1, queue_limit=9, limits=Limits())
    yield jobs
    jobs.close()


@pytest.fixture
def start(tmp_path):
    """Servers one after the other on one folder; one that is not closed died without a word."""
    runners = []

    def start(workers=1, queue_limit=10):
        root = tmp_path / "jobs"
        root.mkdir(exist_ok=True)
        manager = JobManager(root, Journal(tmp_path / "journal.sqlite3", root))
        runners.append(JobRunner(manager, workers, queue_limit, Limits()))
        runners[-1].resume()
        return runners[-1]

    yield start
    for each in runners:
        each.close()


@pytest.fixture
def settings(tmp_path):
    return {"instance": str(tmp_path / "instance"), "upload_limit": 2, "workers": 2}


@pytest.fixture
def app(settings):
    app = create_app(Settings(**settings))
    app.testing = True
    yield app
    with app.app_context():
        job_runner().close()


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def manager(app):
    with app.app_context():
        return job_runner().manager


@pytest.fixture
def upload(client):
    """Hand in a log as a browser does, or as a program with `json=True`; what the server answers."""

    def post(log=None, name="log.csv", json=False, browser=client, **fields):
        log = log_text([viewed(4)]) if log is None else log
        content = log if isinstance(log, bytes) else log.encode()
        headers = {"Accept": "application/json" if json else "text/html"}
        data = {"file": (io.BytesIO(content), name), **fields}
        return browser.post("/upload", data=data, headers=headers)

    return post


def finish(client, job_id):
    """Wait for a job to end; its facts."""

    def ended():
        facts = client.get(f"/status/{job_id}", headers={"Accept": "application/json"}).get_json()
        return facts if facts["status"] != "processing" else None

    return until(ended)


@pytest.fixture
def refuses(enrich, upload, client, tmp_path):
    """See that a file is refused with a sentence by the pipeline and by the server, which keeps nothing of it."""

    def run(content, name, sentence):
        with pytest.raises(LogError, match=sentence):
            enrich(content)
        answer = upload(content, name=name, json=True).get_json()
        assert sentence in (answer["error"] if "error" in answer else finish(client, answer["job_id"])["error"])
        assert [path for path in (tmp_path / "instance" / "jobs").rglob("*") if path.is_file()] == []

    return run


@pytest.fixture
def done(client, upload):
    """A completed job: its id."""

    def run(*args, **fields):
        job_id = upload(*args, json=True, **fields).get_json()["job_id"]
        finish(client, job_id)
        return job_id

    return run
