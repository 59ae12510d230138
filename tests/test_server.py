"""The real server, started as the README says."""

import io
import json
import re
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
import requests
from serving import GENERATE, Server


@pytest.fixture
def serve(tmp_path):
    servers = []

    def start(*arguments, instance=tmp_path / "instance", **environment):
        servers.append(Server(instance, *arguments, **environment))
        return servers[-1]

    yield start
    for server in servers:
        server.kill()


@pytest.fixture(scope="module")
def big_log(tmp_path_factory):
    path = tmp_path_factory.mktemp("logs") / "big.csv"
    subprocess.run([*GENERATE, "150000", path], check=True)
    return path


def accepted(server, browser, log):
    return server.send(browser, log).json()["job_id"]


UPLOAD_HEAD = (
    b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n"
    b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nTime,Description\n'
)


def test_it_says_where_it_is(serve):
    server = serve().ready()
    server.end()
    assert f"MoodleLogSmart is ready at {server.url}/" in "".join(server.lines)


def test_two_jobs_at_once_both_finish_while_the_status_page_answers(serve, big_log):
    server = serve().ready()
    ana, bo = requests.Session(), requests.Session()
    jobs = {ana: accepted(server, ana, big_log), bo: accepted(server, bo, big_log)}
    running, answers = 0, []
    until = time.monotonic() + 120
    while time.monotonic() < until:
        seen = [server.facts(session, job_id) for session, job_id in jobs.items()]
        if all(one["status"] == "completed" for one in seen):
            break
        running += all(one["started_at"] and one["status"] == "processing" for one in seen)
        answers.append(ana.get(f"{server.url}/status/{jobs[ana]}", timeout=10).status_code)
        time.sleep(0.05)
    assert [one["status"] for one in seen] == ["completed", "completed"]
    assert running > 0  # both were at work at one time
    assert len(answers) > 5
    assert set(answers) == {200}
    assert seen[0]["summary"]["rows_read"] == 150_000
    assert bo.get(f"{server.url}/status/{jobs[ana]}", timeout=10).status_code == 404


def test_the_upload_is_not_held_in_memory(serve, big_log, tmp_path):
    server = serve().ready()
    (worker,) = subprocess.run(
        ["pgrep", "-P", str(server.process.pid)], capture_output=True, text=True, check=True
    ).stdout.split()
    heap = tmp_path / "heap.csv"
    heap.write_bytes(b"no log\n" + b"x" * (200 << 20))
    assert requests.post(
        server.url + "/upload", files={"file": heap.open("rb")}, timeout=60
    ).status_code == 400  # fmt: skip
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{worker}/status").read_text())
    assert int(peak[1]) < 150_000


def test_an_upload_that_breaks_off_leaves_nothing(serve, tmp_path):
    server = serve().ready()
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(UPLOAD_HEAD + b"x" * 70_000)
        time.sleep(0.3)
    until = time.monotonic() + 10
    while list((tmp_path / "instance" / "jobs").iterdir()) and time.monotonic() < until:
        time.sleep(0.05)
    assert list((tmp_path / "instance" / "jobs").iterdir()) == []
    assert requests.get(server.url + "/healthz", timeout=5).json()["running"] == 0


def drip(server, seconds):
    """An upload of a byte now and then; what the server answers."""
    until = time.monotonic() + seconds
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.settimeout(0.1)
        line.sendall(UPLOAD_HEAD)
        answer = b""
        while time.monotonic() < until and b"\r\n\r\n" not in answer:
            with suppress(TimeoutError):
                line.sendall(b"x")
                answer += line.recv(65536)
        with suppress(TimeoutError, ConnectionError):
            while more := line.recv(65536):
                answer += more
        return answer


def test_an_upload_that_drips_is_broken_off_and_told_why(serve, tmp_path):
    server = serve(MOODLELOGSMART_UPLOAD_TIME_LIMIT="1").ready()
    answer = drip(server, 10)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"took longer than 1 seconds" in answer
    assert list((tmp_path / "instance" / "jobs").iterdir()) == []


def test_uploads_that_drip_leave_threads_for_pages(serve):
    server = serve(MOODLELOGSMART_THREADS="8").ready()
    with ThreadPoolExecutor(12) as pool:
        drips = [pool.submit(drip, server, 4) for _ in range(12)]
        time.sleep(1.5)
        started = time.monotonic()
        assert requests.get(server.url + "/", timeout=2).status_code == 200
        assert time.monotonic() - started < 0.5
        answers = [each.result() for each in drips]
    assert sum(answer.startswith(b"HTTP/1.1 503") and b"Retry-After" in answer for answer in answers) == 5


def test_more_than_the_limit_is_told_to_the_one_who_sends_it(serve, tmp_path):
    server = serve(MOODLELOGSMART_UPLOAD_LIMIT="1").ready()
    heap = tmp_path / "heap.csv"
    heap.write_bytes(b"x" * (20 << 20))
    answer = requests.post(server.url + "/upload", files={"file": heap.open("rb")}, timeout=30)
    assert answer.status_code == 413
    assert "more than the 1 MB" in answer.text


@pytest.mark.parametrize("arguments", [["--workers", "2"], ["--max-requests", "100"]])
def test_it_refuses_a_second_worker(serve, arguments):
    server = serve(*arguments)
    output = server.process.communicate(timeout=30)[0]
    assert server.process.returncode != 0
    assert "runs in one worker process" in output
    assert "Traceback" not in output


def test_it_refuses_a_second_worker_from_the_environment(serve):
    server = serve(WEB_CONCURRENCY="3", GUNICORN_CMD_ARGS="--workers 3")
    assert "runs in one worker process" in server.process.communicate(timeout=30)[0]


def test_it_refuses_an_instance_folder_that_another_server_has(serve):
    serve().ready()
    other = serve()
    output = other.process.communicate(timeout=30)[0]
    assert other.process.returncode != 0
    assert "Another MoodleLogSmart server works in" in output


def test_it_refuses_a_folder_that_it_cannot_write(serve, tmp_path):
    (tmp_path / "file").write_text("no folder")
    server = serve(instance=tmp_path / "file" / "instance")
    output = server.process.communicate(timeout=30)[0]
    assert server.process.returncode != 0
    assert "cannot be written" in output
    assert "Traceback" not in output


def test_it_refuses_a_setting_that_does_not_fit_in_one_sentence(serve):
    server = serve(MOODLELOGSMART_WORKERS="many")
    output = server.process.communicate(timeout=30)[0]
    assert "MOODLELOGSMART_WORKERS must be a whole number" in output
    assert "Traceback" not in output


def running(server, browser, log):
    """A job that a worker is at: its id."""
    job_id = accepted(server, browser, log)
    while server.facts(browser, job_id)["progress"] < 10:
        time.sleep(0.02)
    return job_id


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_it_ends_within_seconds_and_takes_the_running_job_up_again(serve, big_log, how):
    server, browser = serve().ready(), requests.Session()
    job_id = running(server, browser, big_log)
    started = time.monotonic()
    server.end(how)
    assert time.monotonic() - started < 5
    assert any(f'"job": "{job_id}"' in line and "given back" in line for line in server.lines)
    facts = serve().ready().finished(browser, job_id)
    assert (facts["status"], facts["summary"]["rows_read"]) == ("completed", 150_000)


def test_it_ends_within_seconds_though_an_upload_is_under_way(serve, big_log):
    server, browser = serve().ready(), requests.Session()
    running(server, browser, big_log)
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(UPLOAD_HEAD + b"x" * 70_000)
        time.sleep(0.3)
        started = time.monotonic()
        server.end()
        assert time.monotonic() - started < 5


def test_after_a_kill_the_next_start_finishes_what_was_accepted(serve, big_log, tmp_path):
    server, browser = serve().ready(), requests.Session()
    first, second = running(server, browser, big_log), accepted(server, browser, big_log)
    server.kill()
    again = serve().ready()
    assert [again.finished(browser, job_id)["status"] for job_id in (first, second)] == ["completed"] * 2
    archive = browser.get(f"{again.url}/download/{first}", timeout=30)
    assert ZipFile(io.BytesIO(archive.content)).testzip() is None


def test_a_worker_that_dies_is_replaced_and_its_jobs_go_on(serve, big_log):
    server, browser = serve().ready(), requests.Session()
    job_id = running(server, browser, big_log)
    subprocess.run(["pkill", "-KILL", "-P", str(server.process.pid)], check=True)
    time.sleep(1)
    assert server.finished(browser, job_id)["status"] == "completed"


def test_a_start_waits_for_the_worker_that_a_killed_master_left(serve, big_log):
    server, browser = serve().ready(), requests.Session()
    job_id = running(server, browser, big_log)
    server.process.kill()
    assert serve().ready().finished(browser, job_id)["status"] == "completed"


def test_its_log_is_one_line_of_json_an_event(serve, big_log):
    server, browser = serve().ready(), requests.Session()
    job_id = accepted(server, browser, big_log)
    server.finished(browser, job_id)
    server.end()
    lines = [json.loads(line) for line in server.lines if "is ready at" not in line]
    mine = [line for line in lines if line.get("job") == job_id]
    assert {line["event"] for line in mine} >= {"created", "queued", "stage", "completed"}
    assert all(datetime.fromisoformat(line["time"]).tzinfo and line["level"] for line in lines)


def test_a_full_queue_is_told_to_the_one_who_sends_a_large_file(serve, big_log):
    server = serve(MOODLELOGSMART_WORKERS="1", MOODLELOGSMART_QUEUE_LIMIT="1").ready()
    session = requests.Session()
    answers = []
    for _ in range(5):
        with big_log.open("rb") as file:
            answers.append(
                session.post(server.url + "/upload", files={"file": file}, timeout=60, allow_redirects=False)
            )
    full = [answer for answer in answers if answer.status_code == 503]
    assert {answer.status_code for answer in answers} == {303, 503}
    assert all(int(answer.headers["Retry-After"]) > 0 and "Too many logs are waiting" in answer.text for answer in full)
