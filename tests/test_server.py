"""The real server, started as the README says."""

import io
import json
import os
import re
import select
import signal
import subprocess
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
import requests
from conftest import LONG, log_text, until, viewed
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


MANY = 60_000  # events, with which a job is under way for longer than what is done to it takes


@pytest.fixture(scope="module")
def big_log(tmp_path_factory):
    path = tmp_path_factory.mktemp("logs") / "big.csv"
    subprocess.run([*GENERATE, str(MANY), path], check=True)
    return path


def accepted(server, browser, log):
    return server.send(browser, log).json()["job_id"]


def worker(server):
    """The number of its worker process."""
    found = subprocess.run(["pgrep", "-P", str(server.process.pid)], capture_output=True, text=True, check=True)
    (pid,) = found.stdout.split()
    return int(pid)


@pytest.fixture
def folders(tmp_path):
    """The folders of the jobs that the server has at the moment."""
    return lambda: list((tmp_path / "instance" / "jobs").iterdir())


def test_it_says_where_it_is(serve):
    server = serve().ready()
    server.end()
    assert f"MoodleLogSmart is ready at {server.url}/" in "".join(server.lines)


def processor_time(pid):
    """Seconds of the processor that a process has had."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def test_the_first_page_after_a_start_takes_hardly_more_than_another(serve):
    server = serve().ready()
    pid = worker(server)
    before = processor_time(pid)
    assert requests.get(server.url, headers={"Accept-Language": "pt-BR"}, timeout=LONG).status_code == 200
    assert processor_time(pid) - before < 0.2


def test_two_jobs_at_once_both_finish_while_the_status_page_answers(serve, big_log):
    server = serve().ready()
    ana, bo = requests.Session(), requests.Session()
    jobs = {ana: accepted(server, ana, big_log), bo: accepted(server, bo, big_log)}
    answers = []  # while both are at work

    def ended():
        seen = [server.facts(session, job_id) for session, job_id in jobs.items()]
        if all(one["started_at"] and one["status"] == "processing" for one in seen):
            answers.append(ana.get(f"{server.url}/status/{jobs[ana]}", timeout=LONG).status_code)
        return seen if all(one["status"] != "processing" for one in seen) else None

    seen = until(ended)
    assert [one["status"] for one in seen] == ["completed", "completed"]
    assert set(answers) == {200}
    assert seen[0]["summary"]["rows_read"] == MANY
    assert bo.get(f"{server.url}/status/{jobs[ana]}", timeout=LONG).status_code == 404


def test_the_upload_is_not_held_in_memory(serve, big_log, tmp_path):
    server = serve().ready()
    heap = tmp_path / "heap.csv"
    heap.write_bytes(b"no log\n" + b"x" * (200 << 20))
    assert requests.post(
        server.url + "/upload", files={"file": heap.open("rb")}, timeout=LONG
    ).status_code == 400  # fmt: skip
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{worker(server)}/status").read_text())
    assert int(peak[1]) < 150_000


def test_an_upload_that_breaks_off_leaves_nothing(serve, folders):
    server = serve().ready()
    with server.begin_upload(b"x" * 70_000):
        until(folders)
    until(lambda: not folders())
    until(lambda: requests.get(server.url + "/healthz", timeout=LONG).json()["running"] == 0)


def everything(line):
    """What a server sends until it closes the connection."""
    answer = b""
    with suppress(ConnectionError):
        while more := line.recv(65536):
            answer += more
    return answer


def test_an_upload_that_drips_is_broken_off_and_told_why(serve, folders):
    server = serve(MOODLELOGSMART_UPLOAD_TIME_LIMIT="1").ready()
    with server.begin_upload() as line:

        def answered():
            line.sendall(b"x")
            return select.select([line], [], [], 0.1)[0]

        until(answered)
        answer = everything(line)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"took longer than 1 s" in answer
    assert folders() == []


def test_uploads_that_never_end_leave_threads_for_pages(serve):
    server = serve(MOODLELOGSMART_THREADS="8").ready()
    with ExitStack() as stack:
        lines = [stack.enter_context(server.begin_upload()) for _ in range(12)]
        refused = until(lambda: len(found := select.select(lines, [], [], 0)[0]) >= 5 and found)
        assert requests.get(server.url + "/", timeout=LONG).status_code == 200
        assert select.select(lines, [], [], 0)[0] == refused  # the others hold their threads
        answers = [everything(line) for line in refused]
    assert len(answers) == 5
    assert all(answer.startswith(b"HTTP/1.1 503") and b"Retry-After" in answer for answer in answers)


def test_more_than_the_limit_is_told_to_the_one_who_sends_it(serve, tmp_path):
    server = serve(MOODLELOGSMART_UPLOAD_LIMIT="1").ready()
    heap = tmp_path / "heap.csv"
    heap.write_bytes(b"x" * (20 << 20))
    answer = requests.post(server.url + "/upload", files={"file": heap.open("rb")}, timeout=LONG)
    assert answer.status_code == 413
    assert "heap.csv is larger than 1 MB. Zip it" in answer.text


@pytest.mark.parametrize("arguments", [["--workers", "2"], ["--max-requests", "100"]])
def test_it_refuses_a_second_worker(serve, arguments):
    server = serve(*arguments)
    output = server.last_words()
    assert server.process.returncode != 0
    assert "runs in one worker process" in output
    assert "Traceback" not in output


def test_it_refuses_a_second_worker_from_the_environment(serve):
    server = serve(WEB_CONCURRENCY="3", GUNICORN_CMD_ARGS="--workers 3")
    assert "runs in one worker process" in server.last_words()


def test_it_refuses_an_instance_folder_that_another_server_has(serve):
    serve().ready()
    other = serve()
    output = other.last_words()
    assert other.process.returncode != 0
    assert "Another MoodleLogSmart server works in" in output


def test_it_refuses_to_start_where_it_cannot_process_logs(serve, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nif any('forkserver' in word for word in sys.orig_argv): sys.exit('a package is missing')"
    )
    server = serve(PYTHONPATH=str(tmp_path))
    told = server.last_words()
    assert "The program that processes logs cannot be started" in told
    assert "is ready at" not in told
    assert server.process.returncode == 4


def test_it_refuses_a_folder_that_it_cannot_write(serve, tmp_path):
    (tmp_path / "file").write_text("no folder")
    server = serve(instance=tmp_path / "file" / "instance")
    output = server.last_words()
    assert server.process.returncode != 0
    assert "cannot be written" in output
    assert "Traceback" not in output


def test_it_refuses_a_setting_that_does_not_fit_in_one_sentence(serve):
    server = serve(MOODLELOGSMART_WORKERS="many")
    output = server.last_words()
    assert "MOODLELOGSMART_WORKERS must be a whole number" in output
    assert "Traceback" not in output


def running(server, browser, log):
    """A job that a worker is at: its id."""
    job_id = accepted(server, browser, log)
    until(lambda: server.facts(browser, job_id)["progress"] >= 10)
    return job_id


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_it_interrupts_the_running_job_to_end_and_takes_it_up_again(serve, big_log, how):
    # Gunicorn kills a worker that is not done in time, which on a loaded machine would come before its last words.
    server, browser = serve("--graceful-timeout", str(LONG)).ready(), requests.Session()
    job_id = running(server, browser, big_log)
    server.end(how)
    assert any(f'"job": "{job_id}"' in line and "given back" in line for line in server.lines)
    facts = serve().ready().finished(browser, job_id)
    assert (facts["status"], facts["summary"]["rows_read"]) == ("completed", MANY)


def test_it_ends_though_an_upload_is_under_way_that_never_ends(serve, big_log, folders):
    server, browser = serve().ready(), requests.Session()
    running(server, browser, big_log)
    with server.begin_upload(b"x" * 70_000):
        until(lambda: len(folders()) == 2)
        server.end()


def test_after_a_kill_the_next_start_finishes_what_was_accepted(serve, big_log, tmp_path):
    server, browser = serve().ready(), requests.Session()
    first, second = running(server, browser, big_log), accepted(server, browser, big_log)
    server.kill()
    again = serve().ready()
    assert [again.finished(browser, job_id)["status"] for job_id in (first, second)] == ["completed"] * 2
    archive = browser.get(f"{again.url}/download/{first}", timeout=LONG)
    assert ZipFile(io.BytesIO(archive.content)).testzip() is None


def test_a_worker_that_dies_is_replaced_and_its_jobs_go_on(serve, big_log):
    server, browser = serve().ready(), requests.Session()
    job_id = running(server, browser, big_log)
    killed = worker(server)
    os.kill(killed, signal.SIGKILL)
    until(
        lambda: not Path(f"/proc/{killed}").exists()
    )  # with all its threads, of which one may still hold a connection
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


def test_a_full_queue_is_told_to_the_one_who_sends_a_large_file(serve, big_log, tmp_path):
    server = serve(MOODLELOGSMART_WORKERS="1", MOODLELOGSMART_QUEUE_LIMIT="1").ready()
    session = requests.Session()
    small = tmp_path / "small.csv"
    small.write_text(log_text([viewed(4)]))
    accepted(server, session, big_log)  # which a worker is at for long after the next has come
    accepted(server, session, small)
    with big_log.open("rb") as file:
        answer = session.post(server.url + "/upload", files={"file": file}, timeout=LONG, allow_redirects=False)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "Too many logs are waiting" in answer.text
