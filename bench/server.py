"""Time what people wait for at the server: its start, an upload, two jobs at once, pages meanwhile, a cancel."""

import http.client
import json
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

import requests

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from serving import Server

# As many uploads as a measure needs, of any size.
_FREE = {"MOODLELOGSMART_UPLOAD_RATE": "1000", "MOODLELOGSMART_UPLOAD_LIMIT": "8000"}
TOOK_LONGEST = 2  # runs of the measures that take minutes


def start(folder: Path, runs: int) -> list[float]:
    """Seconds from the command to the first page."""
    seconds = []
    for _ in range(runs):
        begin = time.perf_counter()
        server = Server(folder / "start").ready()
        assert requests.get(server.url, timeout=30).ok
        seconds.append(time.perf_counter() - begin)
        server.end()
    return seconds


def first_progress(folder: Path, log: Path, runs: int) -> list[float]:
    """Seconds from the last byte of an upload to the answer that a worker is at it."""
    server = Server(folder / "first", **_FREE).ready()
    seconds = []
    for _ in range(runs):
        browser = http.client.HTTPConnection("127.0.0.1", server.port)
        sent, job, cookie = _upload(browser, log)
        while _told(browser, "GET", f"/status/{job}", cookie)["progress"] < 10:
            time.sleep(0.001)
        seconds.append(time.perf_counter() - sent)
        _told(browser, "POST", f"/jobs/{job}/cancel", cookie)
    server.end()
    return seconds


def _upload(browser: http.client.HTTPConnection, log: Path) -> tuple[float, str, str]:
    """Send a log; when its last byte was sent, the id of the job, and the cookie of its owner."""
    mark = uuid.uuid4().hex
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{log.name}"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    ).encode()
    foot = f"\r\n--{mark}--\r\n".encode()
    browser.putrequest("POST", "/upload")
    browser.putheader("Accept", "application/json")
    browser.putheader("Content-Type", f"multipart/form-data; boundary={mark}")
    browser.putheader("Content-Length", str(len(head) + log.stat().st_size + len(foot)))
    browser.endheaders(head)
    with log.open("rb") as file:
        while chunk := file.read(1 << 20):
            browser.send(chunk)
    browser.send(foot)
    sent = time.perf_counter()
    answer = browser.getresponse()
    return sent, json.load(answer)["job_id"], answer.headers["Set-Cookie"].split(";")[0]


def _told(browser: http.client.HTTPConnection, method: str, path: str, cookie: str) -> dict:
    browser.request(method, path, headers={"Accept": "application/json", "Cookie": cookie})
    return json.load(browser.getresponse())


def together(folder: Path, log: Path, workers: int) -> tuple[float, list[float]]:
    """Seconds that two jobs take with so many workers, and the milliseconds of the status pages meanwhile."""
    server = Server(folder / "together", MOODLELOGSMART_WORKERS=str(workers), **_FREE).ready()
    browser, pages = requests.Session(), []
    ids = [server.send(browser, log).json()["job_id"] for _ in range(2)]
    while any(server.facts(browser, job_id)["status"] == "processing" for job_id in ids):
        for job_id in ids:
            begin = time.perf_counter()
            assert browser.get(f"{server.url}/status/{job_id}", timeout=30).ok
            pages.append((time.perf_counter() - begin) * 1000)
        time.sleep(0.04)
    ended = [server.facts(browser, job_id) for job_id in ids]
    assert {facts["status"] for facts in ended} == {"completed"}
    server.end()
    moments = [time.mktime(time.strptime(one[key][:19], "%Y-%m-%dT%H:%M:%S")) + float(one[key][19:26])
               for key in ("started_at", "completed_at") for one in ended]  # fmt: skip
    return max(moments) - min(moments), pages


def cancelled(folder: Path, log: Path, stages: list[str]) -> dict[str, float]:
    """Seconds from a cancel to the last file gone, by the stage in which it comes."""
    server, browser = Server(folder / "cancel", MOODLELOGSMART_TIME_LIMIT="3600", **_FREE).ready(), requests.Session()
    seconds = {}
    for stage in stages:
        job = server.send(browser, log).json()["job_id"]
        while server.facts(browser, job)["stage"] != stage:
            time.sleep(0.005)
        time.sleep(1)
        begin = time.perf_counter()
        browser.post(f"{server.url}/jobs/{job}/cancel", timeout=30)
        while (folder / "cancel" / "jobs" / job).exists():
            time.sleep(0.002)
        seconds[stage] = time.perf_counter() - begin
    server.end()
    return seconds


def measure(small: Path, large: Path, huge: Path | None, runs: int) -> list[str]:
    """All measures as Markdown; `huge` may be left out, for it takes minutes."""
    with tempfile.TemporaryDirectory(dir=small.parent) as name:
        folder = Path(name)
        starts = start(folder, runs)
        firsts = {log: first_progress(folder, log, runs) for log in (small, large)}
        turns = [(together(folder, large, 1), together(folder, large, 2)) for _ in range(TOOK_LONGEST)]
        apart, at_once = (statistics.median(turn[way][0] for turn in turns) for way in (0, 1))
        pages = sorted(page for turn in turns for page in turn[1][1])
        cancels = cancelled(folder, huge, ["read", "export"]) if huge else {}
    lines = [
        "## At the server",
        "",
        "| | |",
        "| --- | --- |",
        f"| Start: from the command to the first page | {_seconds(starts)} |",
        *(
            f"| First progress: from the last byte of {log.stem} events to a worker at it | {_seconds(times)} |"
            for log, times in firsts.items()
        ),
        f"| Two jobs of {large.stem} events, all files: one after the other, at once | {apart:.1f} s, {at_once:.1f} s: "
        f"{at_once / apart:.2f} times |",
        f"| Status page while they run at once | median {statistics.median(pages):.1f} ms, "
        f"p99 {pages[int(len(pages) * 0.99)]:.1f} ms, of {len(pages)} |",
    ]
    if huge:
        told = ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in cancels.items())
        lines.append(f"| Cancel with {huge.stem} events: to the last file gone | {told} |")
    return [*lines, ""]


def _seconds(times: list[float]) -> str:
    return f"{statistics.median(times):.2f} s (of {len(times)}, {min(times):.2f} to {max(times):.2f})"
