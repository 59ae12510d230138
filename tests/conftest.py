"""What the tests share: an app with an instance folder of its own, a browser that speaks to it, a log put through."""

import csv
import io
import re
import time
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import astuple, dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import hypothesis
import pytest
from click.testing import CliRunner

from app import create_app
from facts.acts import REPORT as HEADER
from moodlelogsmart.commands import main
from moodlelogsmart.config import Settings
from moodlelogsmart.export import csv as csv_files
from moodlelogsmart.export.results import more_columns
from moodlelogsmart.jobs import JobManager, supervisor
from moodlelogsmart.jobs.journal import Journal
from moodlelogsmart.jobs.runner import JobRunner
from moodlelogsmart.messages import LogError
from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import STAGES, opened, process
from moodlelogsmart.reading.clock import read_times
from moodlelogsmart.reading.model import Reading
from moodlelogsmart.reading.odd_times import with_odd_times
from moodlelogsmart.reading.raw import load_logs
from moodlelogsmart.report.people import PEOPLE_FILE
from moodlelogsmart.web.access import runner as job_runner
from moodlelogsmart.workspace import Limits, Stop, open_workspace

pytest_plugins = ["browsing"]

SHARED_LOGS = Path(__file__).parents[2] / "shared" / "logs"

# Tests run on loaded machines, where a moment may be long.
hypothesis.settings.register_profile("loaded", deadline=None)
hypothesis.settings.load_profile("loaded")

# One thing as if it were several, in English, Portuguese or Spanish: “1 learners”, “of 1 learners”, “1 of 1 are”.
SEVERAL = re.compile(r"(?<![\w.,:–-])1 (?:[a-z]+ )?(?!was\b|has\b)(?:[a-zà-ú]{3,}s|are|were|have|people)\b")

OPEN = 4  # logs that a test can look into at a time
LONG = 120  # seconds that only a broken program takes, on however loaded a machine


# The tables for analysis, each a file of the results.
TABLES = ("learners", "activities", "weeks", "sessions", "transitions", "sequences", "submissions", "attempts", "forum")

# The files that take the longest, begun first, so that no process is left with one of them at the end.
LONG_FILES = [
    "test_browser.py", "test_server.py", "test_soak.py", "test_pages.py", "test_broken_machines.py", "test_contributing.py",
    "test_pseudonyms.py", "test_screens.py", "test_check.py", "test_process.py", "test_comparison.py", "test_bad_input.py",
    "test_worker.py", "test_parts.py", "test_figures.py",
]  # fmt: skip


def pytest_collection_modifyitems(items):
    order = {name: place for place, name in enumerate(LONG_FILES)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))


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


class Result:
    """What came out of the pipeline, read back by the standard library."""

    def __init__(self, summary, folder):
        self.summary, self.folder = summary, folder

    def content(self, name):
        return (self.folder / name).read_bytes().decode()

    def rows(self, name):
        return list(csv.DictReader(io.StringIO(self.content(name), newline="")))

    @property
    def events(self):
        return self.rows("enriched_log.csv")

    @property
    def dropped(self):
        return self.rows("dropped_events.csv")

    @property
    def warned(self):
        """The sentences of the warnings by code, in their order."""
        return {warning.code: warning.text for warning in self.summary.warnings}


class Open(Result):
    """What came of a log that stays open, counted and written when it is asked for: most tests look at events alone."""

    def __init__(self, read, folder):
        self._read, self._folder, self._open = read, folder, ExitStack()
        self._run = self._open.enter_context(read())

    def close(self):
        self._open.close()
        self._run = None

    def _of(self, ask):
        if self._run:
            return ask(self._run)
        with self._read() as run:
            return ask(run)

    @cached_property
    def summary(self):
        return self._of(lambda run: run.summary)

    @cached_property
    def folder(self):
        return self._written("files")

    @cached_property
    def _tables(self):
        return self._written("tables", "csv")

    def _written(self, name, *formats):
        self._of(lambda run: run.write(self._folder / name, formats=formats))
        return self._folder / name

    @cached_property
    def _events(self):
        return self._of(lambda run: _text(csv_files.content(run.work, more=more_columns(run.options))))

    @cached_property
    def _dropped(self):
        return self._of(lambda run: _text(csv_files.dropped(run.work)))

    def content(self, name):
        if "folder" not in vars(self) and name == "enriched_log.csv":
            return self._events
        if "folder" not in vars(self) and name == "dropped_events.csv":
            return self._dropped
        folder = self.folder if "folder" in vars(self) or not name.endswith(".csv") else self._tables
        path = folder / name
        return (path if path.exists() else self.folder / name).read_bytes().decode()


def _text(chunks):
    return b"".join(chunks).decode()


@contextmanager
def enriching(folder):
    """What puts logs (text, bytes or lists of rows) through the pipeline, with all its files in the folder."""
    results = []

    def run(*logs, reading=None, **options):
        out = folder / f"out{len(list(folder.iterdir()))}"
        out.mkdir()
        # Of the same name each time, for the report tells it.
        came = folder / f"{out.name}-in"
        came.mkdir()
        paths = []
        for number, log in enumerate(logs):
            path = came / f"log-{number}.csv"
            text = log_text(log) if isinstance(log, list) else log
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            paths.append(path)
        chosen = Options(**options)
        if reading:
            return Result(process(paths, chosen, out, reading=reading), out)
        results.append(Open(lambda: opened(paths, chosen), out))
        if len(results) > OPEN:
            results[-OPEN - 1].close()
        return results[-1]

    yield run
    for result in results:
        result.close()


@pytest.fixture(scope="module")
def enriched(tmp_path_factory):
    """What puts a log through for a whole module, and what came of those that were."""
    with enriching(tmp_path_factory.mktemp("enriched")) as run:
        yield run, {}


@pytest.fixture
def enrich(tmp_path, request, enriched):
    """Put logs (text, bytes or lists of rows) through the pipeline; in a module only once where nothing but the log and
    its options tells what comes out, which a test must leave as it is."""
    once, results = enriched

    def known(*logs, **options):
        told = repr((logs, sorted(options.items())))
        if "monkeypatch" in request.fixturenames or "reading" in options or "Path(" in told:
            return run(*logs, **options)
        if told not in results:
            results[told] = once(*logs, **options)
        return results[told]

    with enriching(tmp_path) as run:
        yield known


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


def rows_of(folder, log, name="log.csv", reading=None, **told):
    """What is read of a log (text, bytes or rows), its rows by column with their `moment`, `None` where it cannot be
    read, and the reading; without the rest of the pipeline, which takes most of the time. What is `told` of the log, or
    a whole `reading`, is not guessed."""
    path = folder / name
    text = log_text(log) if isinstance(log, list) else log
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with open_workspace(folder, Limits(), Stop()) as work:
        logs, found = load_logs(work, [path], reading or Reading.given(**{"timezone": "UTC", **told}))
        found = with_odd_times(work, read_times(work, found), [log.path for log in logs])
        names = [*(name for (name,) in work.run("select column_name from (describe raw)")), "moment"]
        rows = work.run(f"select {', '.join(names)} from timed order by row")
    return [dict(zip(names, row, strict=True)) for row in rows], found


@pytest.fixture
def read(tmp_path):
    """`rows_of` in a folder of the test's own."""
    return partial(rows_of, tmp_path)


@pytest.fixture
def clock_of(read):
    """What the clock of each row of a log shows, and the reading, as of `rows_of`."""

    def run(log, name="log.csv", year=None, **told):
        rows, found = read(log, name, year=year, **told)
        return [row["moment"] and row["moment"].isoformat() for row in rows], found

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


KNOWN = {}  # what came of a job, by all that it was made of


def known_process(inputs, options, out, progress, limits, stop, names=None, check=False, lists=None):
    """As supervisor.process, and like a job of before what is made of the same, for most tests of pages are about other
    things than how it is made."""
    paths = [*inputs, *options.files.values()]
    plain = astuple(replace(options, **dict.fromkeys(options.files)))  # a key is in no repr
    told = (*(path.read_bytes() for path in paths), repr((sorted(options.files), plain, limits, names, check, lists)))
    beside = out.with_name(PEOPLE_FILE)
    if told not in KNOWN:
        summary = supervisor.process(inputs, options, out, progress, limits, stop, names, check, lists)
        KNOWN[told] = summary, {path.name: path.read_bytes() for path in (out, beside) if path.exists()}
        return deepcopy(summary)
    for stage, (percent, _) in STAGES.items():
        if not (check and stage in ("export", "save")):
            progress(percent, stage)
    summary, files = KNOWN[told]
    for name, content in files.items():
        out.with_name(name).write_bytes(content)
    return deepcopy(summary)


@pytest.fixture
def app(settings, monkeypatch, request):
    if "within" not in request.fixturenames:
        monkeypatch.setattr("moodlelogsmart.jobs.working.process", known_process)
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
