"""The real server, started as the README says."""

import re
import signal
import socket
import subprocess
import time
from pathlib import Path

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
        if server.process.poll() is None:
            server.process.kill()
            server.process.communicate()


@pytest.fixture(scope="module")
def big_log(tmp_path_factory):
    path = tmp_path_factory.mktemp("logs") / "big.csv"
    subprocess.run([*GENERATE, "150000", path], check=True)
    return path


def send(session, server, log):
    with log.open("rb") as file:
        answer = session.post(
            server.url + "/upload", files={"file": file}, headers={"Accept": "application/json"}, timeout=60
        )
    return answer.json()["job_id"]


def facts(session, server, job_id):
    return session.get(f"{server.url}/status/{job_id}", headers={"Accept": "application/json"}, timeout=10).json()


def test_it_says_where_it_is(serve):
    server = serve().ready()
    server.end()
    assert f"MoodleLogSmart is ready at {server.url}/" in "".join(server.lines)


def test_two_jobs_at_once_both_finish_while_the_status_page_answers(serve, big_log):
    server = serve().ready()
    ana, bo = requests.Session(), requests.Session()
    jobs = {ana: send(ana, server, big_log), bo: send(bo, server, big_log)}
    running, answers = 0, []
    until = time.monotonic() + 120
    while time.monotonic() < until:
        seen = [facts(session, server, job_id) for session, job_id in jobs.items()]
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
    head = (
        b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n"
        b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nTime,Description\n'
    )
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(head + b"x" * 70_000)
        time.sleep(0.3)
    until = time.monotonic() + 10
    while list((tmp_path / "instance" / "jobs").iterdir()) and time.monotonic() < until:
        time.sleep(0.05)
    assert list((tmp_path / "instance" / "jobs").iterdir()) == []
    assert requests.get(server.url + "/healthz", timeout=5).json()["running"] == 0


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


def test_it_refuses_a_setting_that_does_not_fit_in_one_sentence(serve):
    server = serve(MOODLELOGSMART_WORKERS="many")
    output = server.process.communicate(timeout=30)[0]
    assert "MOODLELOGSMART_WORKERS must be a whole number" in output
    assert "Traceback" not in output


def test_it_ends_within_seconds_though_a_job_runs(serve, big_log):
    server = serve().ready()
    session = requests.Session()
    job_id = send(session, server, big_log)
    while facts(session, server, job_id)["progress"] < 10:
        time.sleep(0.02)
    started = time.monotonic()
    server.end()
    assert time.monotonic() - started < 5
    assert f"job {job_id} failed" in "".join(server.lines)


def test_a_new_start_leaves_no_files_of_the_old_one(serve, big_log, tmp_path):
    server = serve().ready()
    job_id = send(requests.Session(), server, big_log)
    assert (tmp_path / "instance" / "jobs" / job_id).exists()
    server.end(signal.SIGKILL)
    subprocess.run(["pkill", "-KILL", "-P", str(server.process.pid)], check=False)
    until = time.monotonic() + 10
    while time.monotonic() < until:
        again = serve()
        try:
            again.ready()
            break
        except AssertionError:  # the orphan of the killed server still holds the folder
            time.sleep(0.5)
    assert list((tmp_path / "instance" / "jobs").iterdir()) == []


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
