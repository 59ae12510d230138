"""Clients that are slow, silent or never done: nobody else waits for them."""

import socket
import subprocess
import time
from contextlib import ExitStack

import pytest
import requests
from conftest import LONG, until
from proxies import listens
from serving import GENERATE, Server

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"
JOB = "00000000-0000-4000-8000-000000000000"
FORM = b"Host: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """With four threads, so that a few clients could hold all of them."""
    server = Server(tmp_path_factory.mktemp("worker") / "instance", MOODLELOGSMART_THREADS="4").ready()
    yield server
    server.kill()


def connect(server):
    line = socket.create_connection(("127.0.0.1", server.port), timeout=LONG)
    line.settimeout(LONG)
    return line


def answered(line):
    """All that comes until the server closes."""
    told = b""
    while chunk := line.recv(1 << 16):
        told += chunk
    return told


def ask(server, sent):
    with connect(server) as line:
        line.sendall(sent)
        return answered(line)


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"G",
        HEAD,
        HEAD + b"X: " + b"x" * 30_000,
        b"POST /access HTTP/1.1\r\n" + FORM + b"Content-Length: 100\r\n\r\ntoken=",
        f"POST /jobs/{JOB}/cancel HTTP/1.1\r\n".encode() + FORM + b"Content-Length: 9000\r\n\r\n",
        b"GET /nothing HTTP/1.1\r\n" + FORM + b"Connection: close\r\nContent-Length: 100\r\n\r\nx",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n",
        b"POST /access HTTP/1.1\r\n" + FORM + b"Content-Length: 99999999\r\n\r\n" + b"x" * 70_000,
        b"POST /access HTTP/1.1\r\n" + FORM + b"Transfer-Encoding: chunked\r\n\r\n5\r\ntoken\r\n",
        b"POST /upload HTTP/1.1\r\n" + FORM + b"Transfer-Encoding: chunked\r\n\r\n5\r\ntoken\r\n",
        b"PUT /upload HTTP/1.1\r\n" + FORM + b"Content-Length: 99999999\r\n\r\n",
        b"\r\n\r\n",
    ],
)
def test_pages_go_on_while_clients_stay_with_half_a_request(server, begun):
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(connect(server)).sendall(begun)
        for _ in range(5):
            assert requests.get(server.url, timeout=5).ok


def test_a_form_that_comes_in_pieces_is_taken(server):
    request = b"POST /access HTTP/1.1\r\n" + FORM + b"Connection: close\r\nContent-Length: 12\r\n\r\ntoken=secret"
    with connect(server) as line:
        for byte in request:
            line.sendall(bytes([byte]))
        assert answered(line).startswith(b"HTTP/1.1 401")


def test_a_connection_takes_one_request_after_the_other_also_at_once(server):
    with requests.Session() as browser:
        assert [browser.get(server.url, timeout=LONG).status_code for _ in range(3)] == [200] * 3
        assert browser.post(server.url + "/access", data={"token": "x"}, timeout=LONG).status_code == 401
        assert browser.get(server.url, timeout=LONG).ok
    one = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    form = b"POST /access HTTP/1.1\r\n" + FORM + b"Content-Length: 7\r\n\r\ntoken=x"
    told = ask(server, one + form + one + last)
    assert [told.count(b"HTTP/1.1 200"), told.count(b"HTTP/1.1 401")] == [3, 1]


def test_who_asks_before_sending_a_form_is_told_to_go_on(server):
    with connect(server) as line:
        line.sendall(
            b"POST /access HTTP/1.1\r\n"
            + FORM
            + b"Expect: 100-continue\r\nConnection: close\r\nContent-Length: 7\r\n\r\n"
        )
        assert line.recv(100).startswith(b"HTTP/1.1 100")
        line.sendall(b"token=x")
        assert b"HTTP/1.1 401" in answered(line)


@pytest.fixture(scope="module")
def silent(server):
    """Clients that stop in a head, in a form, before the first byte, and in an upload: all at once, for a server waits
    ten seconds for each."""
    with ExitStack() as stack:
        lines = [*[stack.enter_context(connect(server)) for _ in range(3)], stack.enter_context(server.begin_upload())]
        lines[0].sendall(HEAD)
        lines[1].sendall(b"POST /access HTTP/1.1\r\n" + FORM + b"Content-Length: 100\r\n\r\ntoken=")
        lines[3].settimeout(LONG)
        yield lines


def test_who_does_not_end_a_request_is_told_so_and_let_go(silent):
    assert [answered(line)[:12] for line in silent[:3]] == [b"HTTP/1.1 408", b"HTTP/1.1 408", b""]


def test_an_upload_that_stands_still_is_broken_off_and_told_so(silent):
    told = answered(silent[3])
    assert told.startswith(b"HTTP/1.1 408")
    assert b"broken off" in told


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (HEAD + b"X: " + b"x" * 70_000 + b"\r\n\r\n", b"431"),
        (HEAD + (b"Accept-Language: " + b",".join(b"x%d" % n for n in range(1500)) + b"\r\n") * 9 + b"\r\n", b"431"),
        (b"POST /access HTTP/1.1\r\n" + FORM + b"Content-Length: 64001\r\n\r\n" + b"x" * 64_001, b"413"),
        (f"POST /jobs/{JOB}/cancel HTTP/1.1\r\n".encode() + FORM + b"Content-Length: 999999\r\n\r\n", b"413"),
        (b"GET /nothing HTTP/1.1\r\n" + FORM + b"Content-Length: 999999\r\n\r\n", b"413"),
        (b"POST /upload HTTP/1.1\r\n" + FORM + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
        (b"POST /access HTTP/1.1\r\n" + FORM + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
    ],
)
def test_what_is_too_large_or_does_not_tell_its_size_is_refused_before_it_is_read(server, sent, status):
    assert ask(server, sent)[9:12] == status


@pytest.mark.parametrize(
    "header", ["SCRIPT_NAME", "Script-Name", "PATH_INFO", "X-Forwarded-Prefix", "X-Forwarded-Host", "X-Script-Name"]
)
def test_no_header_tells_where_the_server_lies(server, header):
    told = ask(server, f"GET / HTTP/1.1\r\nHost: x\r\n{header}: /evil\r\nConnection: close\r\n\r\n".encode())
    assert b"HTTP/1.1 200" in told
    assert b"/evil" not in told


def test_pages_go_on_while_browsers_do_not_read_what_they_download(server, tmp_path):
    log = tmp_path / "log.csv"
    subprocess.run([*GENERATE, "60000", log], check=True)
    with requests.Session() as browser, ExitStack() as stack:
        job_id = server.send(browser, log).json()["job_id"]
        assert server.finished(browser, job_id)["status"] == "completed"
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        for _ in range(20):
            line = stack.enter_context(connect(server))
            line.sendall(
                f"GET /download/{job_id}/enriched_log.csv HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n".encode()
            )
        for _ in range(5):
            assert browser.get(server.url, timeout=5).ok
        refused = browser.get(f"{server.url}/download/{job_id}", headers={"Accept": "application/json"}, timeout=LONG)
        assert refused.status_code == 503
        assert "Many people are downloading" in refused.json()["error"]


def test_of_too_many_connections_the_one_that_waits_longest_goes(tmp_path):
    server = Server(tmp_path / "instance", "--worker-connections", "30", MOODLELOGSMART_THREADS="4").ready()
    with ExitStack() as stack:
        lines = [stack.enter_context(connect(server)) for _ in range(40)]
        for _ in range(5):
            assert requests.get(server.url, timeout=5).ok
        assert answered(lines[0]) == b""
    assert server.end() == 0


def test_a_server_with_few_open_files_lives_through_more_connections(tmp_path):
    server = Server(tmp_path / "instance", files=400).ready()
    with ExitStack() as stack:
        lines = [stack.enter_context(connect(server)) for _ in range(500)]
        assert requests.get(server.url, timeout=LONG).ok
        assert answered(lines[0]) == b""
    assert server.end() == 0
    assert '"ERROR"' not in "".join(server.lines)


@pytest.mark.parametrize("begun", [b"", HEAD], ids=["nothing", "half a head"])
def test_a_request_that_is_on_its_way_at_the_end_is_answered(server_of_its_own, begun):
    with connect(server_of_its_own) as line, connect(server_of_its_own) as other:
        line.sendall(begun)
        other.sendall(HEAD + b"\r\n")
        assert other.recv(1)  # so that the first line, which came before, is known to the server
        server_of_its_own.process.terminate()
        until(lambda: not listens(server_of_its_own.port))
        line.sendall((HEAD + b"\r\n").removeprefix(begun))
        assert answered(line).startswith(b"HTTP/1.1 200")
    assert server_of_its_own.end() == 0


def test_nobody_is_waited_for_at_the_end(server_of_its_own):
    with ExitStack() as stack:
        for begun in (b"", HEAD, b"POST /access HTTP/1.1\r\n" + FORM + b"Content-Length: 100\r\n\r\ntoken="):
            stack.enter_context(connect(server_of_its_own)).sendall(begun)
        begin = time.monotonic()
        assert server_of_its_own.end() == 0
        assert time.monotonic() - begin < 8  # seconds; gunicorn would kill it after the graceful timeout


@pytest.fixture
def server_of_its_own(tmp_path):
    return Server(tmp_path / "instance").ready()
