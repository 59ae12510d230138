"""What the promises are worth: kills, crowds, ends, failures and bad input, on real servers of this machine.

    make soak          writes docs/reliability.md; takes some two hours, of which test_soak.py has a short form

Each measure returns its figures; what must hold is asserted where it is found.
"""

import html
import io
import os
import platform
import re
import select
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent / "reading"))

import requests
import soak_machines
import test_bad_input
import test_unpack
from conftest import log_text, until, viewed
from serving import GENERATE, ROOT, Server
from working import command, processes

from moodlelogsmart.export.manifest import find_changes
from moodlelogsmart.pipeline import STAGES

BY_HAND = "## What hurts a server, by kind"  # the first heading of docs/reliability.md that is not written here
TIMES = 20  # in each stage that a part of an installation of several machines is killed
# The moments at which the server is killed or a job cancelled.
MOMENTS = ["queued", *STAGES]


def generate(folder, events):
    """A log of so many events."""
    path = folder / f"{events}.csv"
    if not path.exists():
        subprocess.run([*GENERATE, str(events), path], check=True)
    return path


def reach(server, browser, job_id, moment):
    """Wait until a job is at a stage, or past it; the stage it was seen in."""
    order = {stage: place for place, stage in enumerate(MOMENTS)}
    while True:
        facts = server.facts(browser, job_id)
        if facts["status"] != "processing":
            return facts["status"]
        if order[facts["stage"]] >= order[moment]:
            return facts["stage"]
        time.sleep(0.002)


@dataclass
class Kills:
    """What became of the jobs of servers that were killed."""

    by_stage: Counter = field(default_factory=Counter)
    accepted: int = 0
    completed: int = 0
    told: int = 0  # failed with a sentence that says why
    lost: list = field(default_factory=list)
    torn: list = field(default_factory=list)


# Whose process is killed: the server's with all its threads, that which makes the processes of jobs, or a job's.
VICTIMS = ["server", "forkserver", "job"]


def kill(folder, events, times, victim="server"):
    """Kill one of VICTIMS `times` times over the stages, each time with jobs under way; start the server again."""
    instance, log, small = folder / "instance", generate(folder, events), folder / "small.csv"
    small.write_text(log_text([viewed(user) for user in range(50)]))
    kills, browser, accepted = Kills(), requests.Session(), {}
    server = Server(instance, MOODLELOGSMART_WORKERS="1").ready()
    for moment in islice(cycle(MOMENTS), times):
        job_id = server.send(browser, log).json()["job_id"]
        accepted[job_id] = events
        if moment == "queued":
            job_id = server.send(browser, small).json()["job_id"]
            accepted[job_id] = 50
        kills.by_stage[reach(server, browser, job_id, moment)] += 1
        _strike(server, victim)
        if victim == "server":
            server = Server(instance, MOODLELOGSMART_WORKERS="1").ready()
        _account(server, browser, accepted, kills, folder)
        for job_id in accepted:
            browser.post(f"{server.url}/jobs/{job_id}/delete", timeout=30)
        accepted.clear()
    left = list((instance / "jobs").iterdir())
    assert left == [], left
    server.end()
    return kills


def _strike(server, victim):
    """Kill it, and see that whatever worked for it ends as well."""
    (worker,) = processes(server.process.pid)
    forkservers = processes(worker)
    struck = {
        "server": [worker],
        "forkserver": forkservers,
        "job": [job for one in forkservers for job in processes(one)],
    }
    gone = [struck[victim]]
    while gone[-1]:
        gone.append([child for one in gone[-1] for child in processes(one)])
    if victim == "server":
        server.kill()
    for one in struck[victim]:
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
    until(lambda: not any(command(one) for some in gone for one in some))


def _account(server, browser, accepted, kills, folder):
    """Count what became of the jobs, and look into their results."""
    kills.accepted += len(accepted)
    for job_id, rows in accepted.items():
        answer = browser.get(f"{server.url}/status/{job_id}", timeout=30)
        if answer.status_code != 200:
            kills.lost.append(job_id)
            continue
        facts = server.finished(browser, job_id)
        if facts["status"] == "failed":
            kills.told += bool(facts["error"])
            continue
        kills.completed += 1
        archive = folder / "results.zip"
        archive.write_bytes(browser.get(f"{server.url}/download/{job_id}", timeout=60).content)
        if find_changes(archive) or facts["summary"]["rows_read"] != rows:
            kills.torn.append(job_id)


def crowd(folder, browsers, **environment):
    """So many browsers upload in the same moment; how they were answered, and that each sees its own job only."""
    log = folder / "crowd.csv"
    log.write_text(log_text([viewed(user) for user in range(200)]))
    server = Server(folder / "crowd", **environment).ready()
    together = threading.Barrier(browsers)

    def come(_):
        browser = requests.Session()
        together.wait()
        answer = server.send(browser, log)
        if answer.status_code in (429, 503):
            assert int(answer.headers["Retry-After"]) > 0
            assert answer.json()["error"]
            return browser, answer.status_code, None
        return browser, answer.status_code, answer.json()["job_id"]

    started = time.monotonic()
    with ThreadPoolExecutor(browsers) as pool:
        visits = list(pool.map(come, range(browsers)))
    accepted = [(browser, job_id) for browser, _, job_id in visits if job_id]
    ends = Counter(server.finished(browser, job_id)["status"] for browser, job_id in accepted)
    seconds = time.monotonic() - started
    for (browser, _), (_, other) in zip(accepted, accepted[1:] + accepted[:1], strict=True):
        if len(accepted) > 1:
            assert browser.get(f"{server.url}/status/{other}", timeout=30).status_code == 404
    server.end()
    return {"answers": Counter(status for _, status, _ in visits), "ends": ends, "seconds": seconds}


def look(folder, events, jobs=2):
    """The times in which the status page answers while so many jobs of so many events run and uploads that are made to
    hurt are looked at, one after the other, in milliseconds."""
    log, browser, times = generate(folder, events), requests.Session(), []
    server = Server(folder / "look", MOODLELOGSMART_UPLOAD_RATE="100000").ready()
    ids = [server.send(browser, log).json()["job_id"] for _ in range(jobs)]
    with _looked_at(server, folder):
        while any(server.facts(browser, job_id)["status"] == "processing" for job_id in ids):
            for job_id in ids:
                started = time.perf_counter()
                page = browser.get(f"{server.url}/status/{job_id}", timeout=30)
                times.append((time.perf_counter() - started) * 1000)
                assert page.status_code == 200
            time.sleep(0.04)
    assert {server.facts(browser, job_id)["status"] for job_id in ids} == {"completed"}
    server.end()
    return sorted(times)


@contextmanager
def _looked_at(server, folder):
    """Hand in what is made to hurt the one who looks at it, again and again; each is refused."""
    hurts, told, done = folder / "hurts.csv", [], threading.Event()
    hurts.write_bytes(b"a" * 250_000 + "\u0300\u0316".encode() * 200_000 + b" \xe9t\xe9 \xe9\n" + b",;\t|" * 60_000)

    def hand_in():
        while not done.is_set():
            told.append(server.send(requests.Session(), hurts).status_code)

    sender = threading.Thread(target=hand_in)
    sender.start()
    try:
        yield
    finally:
        done.set()
        sender.join()
    assert set(told) == {400}, Counter(told)


def terminate(folder, events, moments):
    """Seconds in which a server ends by SIGTERM with two jobs under way, by the stage of one of them."""
    log, browser, seconds = generate(folder, events), requests.Session(), {}
    for moment in moments:
        server = Server(folder / "term").ready()
        ids = [server.send(browser, log).json()["job_id"] for _ in range(2)]
        reach(server, browser, ids[0], moment)
        started = time.monotonic()
        server.end()
        seconds[moment] = time.monotonic() - started
        assert server.process.returncode == 0
        again = Server(folder / "term").ready()
        assert all(again.facts(browser, job_id)["status"] == "processing" for job_id in ids)
        for job_id in ids:
            browser.post(f"{again.url}/jobs/{job_id}/delete", timeout=30)
        again.end()
    return seconds


def hold(folder):
    """Times of the start page while uploads that never end have all places they get, in ms; seconds of a stop then."""
    server, times = Server(folder / "hold", MOODLELOGSMART_THREADS="8").ready(), []
    with ExitStack() as stack:
        lines = [stack.enter_context(server.begin_upload()) for _ in range(12)]
        until(lambda: len(select.select(lines, [], [], 0)[0]) == 5)  # those that got no place
        for _ in range(200):
            started = time.perf_counter()
            assert requests.get(server.url, timeout=30).status_code == 200
            times.append((time.perf_counter() - started) * 1000)
        started = time.monotonic()
        server.end()
        return sorted(times), time.monotonic() - started


def lock(folder):
    """Seconds until an upload is told that the journal is locked; afterwards the server takes it."""
    server, browser, log = Server(folder / "lock").ready(), requests.Session(), generate(folder, 1000)
    with closing(sqlite3.connect(folder / "lock" / "journal.sqlite3", isolation_level=None)) as other:
        other.execute("begin immediate")
        started = time.monotonic()
        assert server.send(browser, log).status_code == 503
        seconds = time.monotonic() - started
    assert server.finished(browser, server.send(browser, log).json()["job_id"])["status"] == "completed"
    server.end()
    return seconds


def cancel(folder, events, moments):
    """Seconds from a cancel to the last file gone and the worker free, by the stage in which it came."""
    log, small = generate(folder, events), folder / "small.csv"
    small.write_text(log_text([viewed(4)]))
    server, browser, seconds = Server(folder / "cancel", MOODLELOGSMART_WORKERS="1").ready(), requests.Session(), {}
    for moment in moments:
        job_id = server.send(browser, log).json()["job_id"]
        seen = reach(server, browser, job_id, moment)
        started = time.monotonic()
        browser.post(f"{server.url}/jobs/{job_id}/cancel", timeout=30)
        while (folder / "cancel" / "jobs" / job_id).exists() or _running(server):
            assert time.monotonic() - started < 60, f"a job cancelled at {seen} is still there"
            time.sleep(0.002)
        seconds[seen] = time.monotonic() - started
        assert server.facts(browser, job_id)["status"] == "failed"
    server.end()
    return seconds


def _running(server):
    text = requests.get(f"{server.url}/metrics", timeout=30).text
    ended = sum(float(value) for value in re.findall(r"moodlelogsmart_jobs_ended_total\{.*\} (\S+)", text))
    jobs = sum(float(value) for value in re.findall(r"moodlelogsmart_jobs\{.*\} (\S+)", text))
    return ended < jobs


def fail(folder, events, times):
    """Memory of the server in MB before and after so many jobs that fail for taking too long."""
    log, browser = generate(folder, events), requests.Session()
    server = Server(folder / "fail", MOODLELOGSMART_TIME_LIMIT="1", MOODLELOGSMART_UPLOAD_RATE="1000").ready()

    def failed(number):
        for _ in range(number):
            job_id = server.send(browser, log).json()["job_id"]
            assert "took longer than" in server.finished(browser, job_id)["error"]

    failed(5)
    before = _memory(server)
    failed(times)
    after = _memory(server)
    server.end()
    return before, after


def _memory(server):
    time.sleep(1)
    text = requests.get(f"{server.url}/metrics", timeout=30).text
    return float(re.search(r"^process_resident_memory_bytes (\S+)", text, re.MULTILINE)[1]) / 1e6


def bad_input(folder):
    """What each bad file is answered by the server."""
    server, browser = Server(folder / "bad", MOODLELOGSMART_UPLOAD_RATE="1000").ready(), requests.Session()
    answers = {}
    cases = {case: test_bad_input.content(case) for case in test_bad_input.CASES}
    for table in (test_unpack.REFUSED, test_unpack.BROKEN):
        cases |= {case: content for case, (content, *_) in table.items()}
    cases["a workbook with entities"] = test_unpack.with_entities()
    for case, content in cases.items():
        answer = browser.post(
            server.url + "/upload",
            files={"file": ("log.csv", io.BytesIO(content))},
            headers={"Accept": "application/json"},
            timeout=60,
        )
        facts = answer.json()
        if answer.status_code == 202:
            facts = server.finished(browser, facts["job_id"])
        summary = facts.get("summary")
        understood = summary and f"understood: {summary['events_kept']} of {summary['rows_read']} rows are events"
        answers[case] = understood or facts["error"]
        assert requests.get(server.url + "/healthz", timeout=10).ok
    server.end()
    return answers


def bad_requests(folder):
    """What odd requests are answered: the status and the sentence."""
    server, browser, stranger = Server(folder / "odd").ready(), requests.Session(), requests.Session()
    log = generate(folder, 60_000)
    done = server.send(browser, log).json()["job_id"]
    early = browser.get(f"{server.url}/download/{done}", timeout=30)
    server.finished(browser, done)
    cancelled = browser.post(f"{server.url}/jobs/{done}/cancel", timeout=30, headers={"Accept": "application/json"})
    browser.get(server.url, timeout=30)
    forged = requests.Session()
    forged.cookies.set("moodlelogsmart", browser.cookies["moodlelogsmart"][:-3] + "xyz")
    small = log_text([viewed(4)]).encode()
    site = {"Sec-Fetch-Site": "cross-site"}

    def hand_in(session=browser, headers=None, data=None, name="log.csv"):
        return session.post(
            server.url + "/upload", files={"file": (name, small)}, data=data, headers=headers, timeout=30
        )  # fmt: skip

    def get(address, session=browser):
        return session.get(server.url + address, timeout=30)

    answers = {
        "no file chosen": browser.post(server.url + "/upload", files={"file": ("", b"")}, timeout=30),
        "a form of another site": hand_in(headers=site),
        "a form field a thousand times": hand_in(data=[("keep", "staff")] * 1000),
        "a file called ../../etc/passwd": hand_in(name="../../etc/passwd"),
        "a file name of 300 characters": hand_in(name="x" * 300 + ".csv"),
        "a time zone that does not exist": hand_in(data={"timezone": "Mars/Olympus"}),
        "a wrong method": get(f"/jobs/{done}/retry"),
        "somebody else's job": get(f"/status/{done}", stranger),
        "a cookie that was changed": get(f"/status/{done}", forged),
        "a job id that is none": get("/status/nothing"),
        "the download before the end": early,
        "a cancel after the end": cancelled,
        "the download": get(f"/download/{done}"),
    }
    browser.post(f"{server.url}/jobs/{done}/delete", timeout=30)
    answers["the download after a delete"] = get(f"/download/{done}")
    assert requests.get(server.url + "/healthz", timeout=10).ok
    server.end()
    return {case: f"{answer.status_code}{_sentence(answer)}" for case, answer in answers.items()}


def _sentence(answer):
    """The sentence of a refusal, or what the page is about."""
    if "text/html" not in answer.headers["Content-Type"]:
        return ""
    found = re.search(r'role="alert"[^>]*>(.*?)<', answer.text) or re.search("<h1>(.*?)<", answer.text)
    return f": {html.unescape(found[1])}"


def write_document(kills, crowds, times, held, locked, terms, cancels, memory, answers, odd, machines, large):
    """The measures as docs/reliability.md."""
    p99 = times[int(len(times) * 0.99)]
    limited, whole = crowds
    document = ROOT / "docs" / "reliability.md"
    lines = [
        "# Reliability, as measured",
        "",
        "Written by `make soak` on "
        + f"{time.strftime('%Y-%m-%d')}: {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}.",
        "Each line is asserted as well; a short form of it is in `make test`.",
        "",
        "| Promise | Measured |",
        "| --- | --- |",
        *(_kills(victim, of_victim) for victim, of_victim in kills.items()),
        f"| A crowd: 100 browsers upload in the same moment | default limits: {_counts(limited['answers'])} (429 is the limit "
        f"of 60 a minute from one address); without that limit: {_counts(whole['answers'])}, all completed in "
        f"{whole['seconds']:.0f} s; nobody saw another's job |",
        f"| Pages answer while two jobs of {large:,} events run, and uploads made to hurt are looked at | status page: "
        f"median {statistics.median(times):.1f} ms, **p99 {p99:.1f} ms**, worst {times[-1]:.0f} ms, of {len(times)} |",
        f"| A graceful stop: SIGTERM with two jobs of {large:,} events under way | {_seconds(terms)}; the jobs go on at the "
        "next start |",
        f"| Uploads that never end have all places they get, 7 of 8 threads | start page: median "
        f"{statistics.median(held[0]):.1f} ms, worst {held[0][-1]:.0f} ms, of {len(held[0])}; "
        f"SIGTERM meanwhile: **{held[1]:.2f} s** |",
        f"| The journal is locked by somebody else | an upload is told so in **{locked:.2f} s** |",
        f"| Cancel: no file left and the worker free, {large:,} events | {_seconds(cancels)} |",
        f"| Failed jobs hold no memory | {memory[0]:.0f} MB before, {memory[1]:.0f} MB after 20 jobs that took too long |",
        "",
        "## Several machines",
        "",
        "| What happens | Measured |",
        "| --- | --- |",
        *machines,
        "",
        "## Bad input",
        "",
        "| File | Answer |",
        "| --- | --- |",
        *(f"| {case} | {' '.join(str(answer).split())} |" for case, answer in answers.items()),
        "",
        "## Odd requests",
        "",
        "| Request | Answer |",
        "| --- | --- |",
        *(f"| {case} | {answer} |" for case, answer in odd.items()),
        "",
    ]
    # What is written by hand stands behind the measures.
    by_hand = document.read_text().partition(BY_HAND)[1:]
    document.write_text("\n".join([*lines, "".join(by_hand)]))


def _kills(victim, kills):
    whose = {
        "server": "the server is",
        "forkserver": "what makes the processes of jobs is",
        "job": "the process of a job is",
    }
    stages = ", ".join(f"{stage} {number}" for stage, number in kills.by_stage.items())
    return (
        f"| No job is lost and no process left: {whose[victim]} killed with jobs under way | "
        f"{sum(kills.by_stage.values())} kills ({stages}): {kills.accepted} jobs accepted, {kills.completed} completed, "
        f"{kills.told} failed with a sentence, **{len(kills.lost)} lost, {len(kills.torn)} torn** |"
    )


def _counts(answers):
    return ", ".join(f"{number} x {status}" for status, number in sorted(answers.items()))


def _seconds(by_stage):
    return (
        f"at most **{max(by_stage.values()):.2f} s** (" + ", ".join(f"{k} {v:.2f}" for k, v in by_stage.items()) + ")"
    )


def main(large=1_000_000):
    """Run everything and write the document."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measures = {
            "kills": lambda: {victim: kill(folder / victim, 150_000, 30, victim) for victim in VICTIMS},
            "crowds": lambda: (
                crowd(folder / "a", 100),
                crowd(folder / "b", 100, MOODLELOGSMART_UPLOAD_RATE="1000"),
            ),
            "times": lambda: look(folder, large),
            "held": lambda: hold(folder),
            "locked": lambda: lock(folder),
            "terms": lambda: terminate(folder, large, ["read", "clean", "classify", "export", "save"]),
            "cancels": lambda: cancel(folder, large, MOMENTS[1:]),
            "memory": lambda: fail(folder, large, 20),
            "answers": lambda: bad_input(folder),
            "odd": lambda: bad_requests(folder),
            "machines": lambda: [
                *soak_machines.measure(folder / "machines", TIMES),
                soak_machines.throughput(folder / "machines"),
            ],
        }
        for part in ("a", "b", "machines", *VICTIMS):
            (folder / part).mkdir()
        found = {}
        for measure, run in measures.items():
            started = time.monotonic()
            found[measure] = run()
            print(f"{measure}: {time.monotonic() - started:.0f} s", flush=True)
        write_document(**found, large=large)


if __name__ == "__main__":
    main()
