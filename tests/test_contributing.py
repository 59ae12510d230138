"""Each recipe of CONTRIBUTING.md does what it says: followed in a copy of the tree, and then looked at from outside."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests
import yaml
from conftest import HEADER, event, log_text, viewed
from serving import ROOT, Server

TEXT = (ROOT / "CONTRIBUTING.md").read_text()
SYMPTOMS = re.findall(r"^\| (.+?) \| `(\S+)` \| `(\S+)` \| `(\S+)` \|$", TEXT, re.MULTILINE)

# A step of a recipe: a line that says where, and the block of what goes there; or a block of commands.
STEP = re.compile(
    r"^(?:A new file `(?P<new>\S+)`:"
    r"|In `(?P<file>\S+)`, (?P<how>at the end|behind|before|instead of)"
    r"(?: the line that begins with (?P<quote>`+)(?P<line>.+?)(?P=quote))?:)\n\n```\w+\n(?P<block>.*?)^```$"
    r"|^```sh\n(?P<commands>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def steps(recipe):
    """The steps of the recipe of that heading, in order."""
    found = [part for part in re.split(r"^## ", TEXT, flags=re.MULTILINE) if part.startswith(f"How to add {recipe}\n")]
    assert len(found) == 1, recipe
    taken = list(STEP.finditer(found[0]))
    assert len(taken) == found[0].count("\n```\n"), "a block of this recipe is in no shape that the test knows"
    return taken


def insert(text, how, line, block):
    """The text with the block where it belongs."""
    if how == "at the end":
        return text + block
    lines = text.splitlines(keepends=True)
    (place,) = [at for at, one in enumerate(lines) if one.lstrip().startswith(line)]
    lines[place : place + 1] = {
        "behind": [lines[place], block],
        "before": [block, lines[place]],
        "instead of": [block],
    }[how]
    return "".join(lines)


class Copy:
    """A copy of the tree, as somebody has it who has cloned it and run `make check`."""

    def __init__(self, folder):
        self.folder, self.instance = folder / "copy", folder / "copy-instance"
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        for name in subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0"):
            if (ROOT / name).is_file():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, self.folder / name)
        # What is installed is ours, and counts as up to date, so that make installs nothing.
        (self.folder / ".venv").mkdir()
        for entry in Path(sys.prefix).iterdir():
            if not entry.name.endswith(".done"):
                (self.folder / ".venv" / entry.name).symlink_to(entry)
        for name in ("run.done", "dev.done"):
            (self.folder / ".venv" / name).touch()
        foreign = ("PYTEST", "COV_", "MAKE", "MFLAGS", "LC_", "LANG")
        variables = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        self.variables = variables | {"MOODLELOGSMART_INSTANCE": str(self.instance)}

    def run(self, *command):
        """What the command says, run in the copy."""
        done = subprocess.run(
            [*map(str, command)], cwd=self.folder, env=self.variables, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def follow(self, recipe):
        """Do step by step what the recipe says."""
        for step in steps(recipe):
            if step["commands"]:
                self.run("bash", "-euc", step["commands"])
                continue
            path = self.folder / (step["new"] or step["file"])
            assert path.exists() == (not step["new"]), path
            path.parent.mkdir(parents=True, exist_ok=True)
            text = step["block"] if step["new"] else insert(path.read_text(), step["how"], step["line"], step["block"])
            path.write_text(text)

    def process(self, log, *options):
        """Put a log through the command; the events and the manifest."""
        path, out = self.folder.with_name("log.csv"), self.folder.with_name("out")
        path.write_text(log)
        self.run(sys.executable, "-m", "flask", "--app", "app", "process", path, "--out", out, *options)
        events = list(csv.DictReader(io.StringIO((out / "enriched_log.csv").read_text())))
        return events, json.loads((out / "manifest.json").read_text())


@pytest.fixture
def copy(tmp_path):
    return Copy(tmp_path)


@pytest.fixture
def server(copy):
    """Start the server of the copy, once the recipe is followed."""
    servers = []

    def start():
        servers.append(Server(copy.instance, folder=copy.folder).ready())
        return servers[-1]

    yield start
    for one in servers:
        one.kill()


def upload(server, browser, log, **form):
    """Have a log processed; the address of the job below /status and /download."""
    job_id = server.send(browser, log, **form).json()["job_id"]
    assert server.finished(browser, job_id)["status"] == "completed"
    return job_id


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "course.csv"
    path.write_text(log_text([viewed(4), viewed(5)]))
    return path


def test_the_recipe_for_a_rule_gives_events_their_meaning(enrich, copy):
    rows = [event("", name="Ana Souza", component="Sketchpad", event_name="Sketch drawn")]
    (before,) = enrich(rows).events
    assert (before["rule_id"], before["activity_type"]) == ("", "Others")
    copy.follow("a rule")
    ((after,), _manifest) = copy.process(log_text(rows))
    assert [after[name] for name in ("rule_id", "activity_type", "bloom_level")] == [
        "sketch-drawn", "Synthesize", "Create"
    ]  # fmt: skip
    assert "Sketch drawn" in (copy.folder / "docs" / "classification.md").read_text()


def test_the_recipe_for_an_event_has_it_known_by_its_description(enrich, copy):
    says = "The user with id '4' set aside the attempt with id '7' for the quiz with course module id '62'."
    rows = [event(says, component="구성요소", event_name="이벤트")]
    (before,) = enrich(rows).events
    assert before["activity_type"] == "Others"
    copy.follow("an event")
    ((after,), _manifest) = copy.process(log_text(rows))
    assert [after[name] for name in ("module", "action", "activity_type", "bloom_level", "rule_id")] == [
        "quiz", "updated", "Assess_A", "Evaluate", "attempt-made"
    ]  # fmt: skip


def test_the_recipe_for_a_language_has_its_logs_read(enrich, copy, tmp_path):
    labels = {
        "Time": "Tempo", "User full name": "Plena nomo de la uzanto", "Affected user": "Koncernata uzanto",
        "Event context": "Kunteksto de la evento", "Component": "Komponanto", "Event name": "Nomo de la evento",
        "Description": "Priskribo", "Origin": "Deveno", "IP address": "IP-adreso",
    }  # fmt: skip
    said = {"component": "Kvizo", "event_name": "Provo de kvizo komencita", "time": "17 oktobro 2021, 12:39"}
    rows = [event("", name=name, **said) for name in ("Ana Souza", "Bo Lind", "Ana Souza kiel Cy Park")]
    text = log_text([{labels[name]: row[name] for name in HEADER} for row in rows], header=list(labels.values()))
    before = enrich(text)
    assert "language_unknown" in before.warned
    assert {row["activity_type"] for row in before.events} == {"Others"}
    roster = tmp_path / "roster.csv"
    roster.write_text("Plena nomo de la uzanto,Roles\nAna Souza,Lernanto\nBo Lind,Instruisto\n")
    copy.follow("a language of logs")
    ((after,), manifest) = copy.process(text, "--roster", roster)
    assert manifest["detected"]["language"] == "eo"
    assert manifest["dropped"] == {"logged_in_as": 1, "staff": 1}
    assert [after[name] for name in ("user_full_name", "time", "module", "action", "activity_type")] == [
        "Ana Souza", "2021-10-17T12:39:00+00:00", "quiz", "started", "Assess_A"
    ]  # fmt: skip


def test_the_recipe_for_a_language_of_the_pages_has_them_speak_it(copy, server, log):
    copy.follow("a language of the pages")
    running, browser = server(), requests.Session()
    for page in (
        requests.get(running.url, headers={"Accept-Language": "eo,en;q=0.5"}, timeout=10).text,
        browser.get(running.url + "/?lang=eo", timeout=10).text,
    ):
        assert '<html lang="eo">' in page
        assert "<h1>Vidu, kion viaj lernantoj faris en Moodle</h1>" in page
        assert "Make the report" in page  # not translated yet
    assert '<a href="?lang=eo" lang="eo" hreflang="eo">Esperanto</a>' in requests.get(running.url, timeout=10).text
    job_id = upload(running, browser, log)
    assert '<html lang="eo">' in browser.get(f"{running.url}/status/{job_id}", timeout=10).text
    assert '<html lang="eo">' in browser.get(f"{running.url}/download/{job_id}/report.html", timeout=10).text
    left = (copy.folder / "translations" / "eo" / "LC_MESSAGES" / "messages.po").read_text()
    assert 'msgid "Make the report"\nmsgstr ""' in left


def test_the_recipe_for_a_format_writes_tells_and_sends_it(copy, server, log):
    copy.follow("a format")
    running, browser = server(), requests.Session()
    job_id = upload(running, browser, log)
    answer = browser.get(f"{running.url}/download/{job_id}/enriched_log.jsonl", timeout=10)
    assert answer.headers["Content-Type"] == "application/jsonl"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [(line["user_id"], line["activity_type"]) for line in lines] == [("4", "Study_P"), ("5", "Study_P")]
    outputs = browser.get(f"{running.url}/download/{job_id}/manifest.json", timeout=10).json()["outputs"]
    assert ("enriched_log.jsonl", len(answer.content)) in [(file["name"], file["bytes"]) for file in outputs]
    page = browser.get(f"{running.url}/status/{job_id}", timeout=10).text
    assert f'/download/{job_id}/enriched_log.jsonl">enriched_log.jsonl</a>' in page
    assert "every event kept, as lines of JSON, for programs" in page
    assert "como linhas de JSON" in browser.get(f"{running.url}/status/{job_id}?lang=pt_BR", timeout=10).text
    assert "como líneas de JSON" in browser.get(f"{running.url}/status/{job_id}?lang=es", timeout=10).text


def test_the_recipe_for_an_option_has_it_offered_and_told(copy, server, log):
    copy.follow("an option")
    told = re.sub(r"\s+", " ", copy.run(sys.executable, "-m", "flask", "--app", "app", "process", "--help"))
    assert "--remark TEXT A remark of your own, which stands in the manifest." in told
    _events, manifest = copy.process(log.read_text(), "--remark", "spring course")
    assert manifest["options"]["remark"] == "spring course"
    running, browser = server(), requests.Session()
    form = browser.get(running.url, timeout=10).text
    assert '<label for="remark">A remark, to be kept with the results</label>' in form
    assert "Uma observação, guardada com os resultados" in browser.get(running.url + "/?lang=pt_BR", timeout=10).text
    assert (
        "Una observación, que se guarda con los resultados" in browser.get(running.url + "/?lang=es", timeout=10).text
    )
    job_id = upload(running, browser, log, remark="autumn course")
    told = browser.get(f"{running.url}/download/{job_id}/manifest.json", timeout=10).json()
    assert told["options"]["remark"] == "autumn course"


def test_every_recipe_is_followed_by_a_test():
    recipes = re.findall(r"^## How to add (.+)$", TEXT, re.MULTILINE)
    followed = set(re.findall(r'copy\.follow\("(.+)"\)', Path(__file__).read_text()))
    assert len(recipes) == 6
    assert set(recipes) == followed
    assert all(steps(recipe) for recipe in recipes)


def test_every_path_that_it_names_is_there():
    new = re.findall(r"^A new file `(\S+)`:$", TEXT, re.MULTILINE)
    prose = re.sub(r"^```.*?^```$|https?://\S+", "", TEXT, flags=re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"(?<![\w./-])[\w.-]+(?:/[\w.-]+)+/?|(?<=`)[\w.]+(?:/|\.md|\.py)(?=`)", prose))
    made = {"dist/", "site/html"}  # by make, in a checkout that may have none yet
    named = {name for name in named if not name.startswith(".venv/")} - set(new) - made
    assert len(named) > 40
    assert not [name for name in named if not (ROOT / name).exists()]
    assert not [name for name in new if (ROOT / name).exists()]


def test_every_symptom_leads_into_one_room():
    assert len(SYMPTOMS) >= 10
    assert len({symptom for symptom, *_ in SYMPTOMS}) == len(SYMPTOMS)
    for symptom, room, first, tests in SYMPTOMS:
        assert (ROOT / room).is_dir(), symptom
        assert (ROOT / first).is_file(), symptom
        assert first.startswith(room), symptom
        assert list((ROOT / tests).glob("test_*.py")), symptom
    asked = ["the day and the month are mixed up", "this event is not known", "the chart has no axis title"]
    for symptom in [*asked, "the XES lacks an attribute"]:
        assert any(one.startswith(symptom) for one, *_ in SYMPTOMS), symptom


def test_the_tests_are_foldered_as_the_rooms_are():
    rooms = {path.parent.name for path in (ROOT / "moodlelogsmart").glob("*/__init__.py")}
    assert {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")} == rooms


def dry(*command):
    """The commands that make would run."""
    return subprocess.run(
        [*command, "--dry-run", "--always-make"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout


def test_before_a_commit_runs_just_what_make_check_runs():
    hooks = [
        hook
        for repository in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
        for hook in repository["hooks"]
        if repository["repo"] == "local"  # anything else would be fetched
    ]
    assert [(hook["language"], hook["pass_filenames"], hook["always_run"]) for hook in hooks] == [
        ("system", False, True)
    ]
    told = dry(*hooks[0]["entry"].split())
    assert told == dry("make", "check")
    assert [word in told for word in ("ruff format --check", "ruff check", "mypy")] == [True] * 3


@pytest.mark.parametrize(
    "name",
    [*(f"ISSUE_TEMPLATE/{kind}.md" for kind in ("bug_report", "event", "feature_request")), "pull_request_template.md"],
)
def test_who_reports_is_asked_for_an_excerpt_without_personal_data(name):
    written = (ROOT / ".github" / name).read_text()
    if name.startswith("ISSUE"):
        assert {"name", "about", "title", "labels"} == set(yaml.safe_load(written.split("---\n")[1]))
    text = re.sub(r"\s+", " ", written.lower())
    for asked in ("version", "expect", "personal data", "whole log", "numbers"):
        assert asked in text
