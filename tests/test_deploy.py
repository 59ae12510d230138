"""The files that an installation is made with, used as far as one machine can."""

import json
import re
import shutil
import socket
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from zipfile import ZipFile

import pytest
import requests
import yaml
from conftest import LONG, log_text, viewed
from proxies import Nginx, needs_nginx
from serving import ROOT, Server

from moodlelogsmart.config import CONFIG, PREFIX, Settings

UNIT = (ROOT / "deploy" / "moodlelogsmart.service").read_text()
SOCKET = (ROOT / "deploy" / "moodlelogsmart.socket").read_text()
NGINX = (ROOT / "deploy" / "nginx.conf").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")

needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")


def test_they_name_only_settings_that_there_are():
    known = {PREFIX + setting.name.upper() for setting in fields(Settings)}
    text = UNIT + NGINX + DOCKERFILE + (ROOT / "docs" / "deploy.md").read_text()
    assert set(re.findall(rf"{PREFIX}[A-Z_]+", text)) - known == {CONFIG}


def test_the_proxy_lets_through_what_the_app_takes():
    megabytes = int(re.search(r"client_max_body_size\s+(\d+)m;", NGINX)[1])
    assert megabytes > Settings().upload_limit


@pytest.fixture
def unit(tmp_path):
    path = tmp_path / "moodlelogsmart.service"
    path.write_text(UNIT.replace("/opt/moodlelogsmart/bin/moodlelogsmart serve", "/bin/true"))
    return path


@needs_systemd
def test_systemd_has_nothing_against_the_unit(unit):
    (unit.parent / "moodlelogsmart.socket").write_text(SOCKET)
    command = ["systemd-analyze", "verify", unit, unit.parent / "moodlelogsmart.socket"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")


@needs_systemd
def test_systemd_finds_the_unit_well_closed(unit):
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=15", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout[-200:]


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(log_text([viewed(4), viewed(5)]))
    return path


@pytest.fixture
def serve(tmp_path):
    servers = []

    def start(**environment):
        servers.append(Server(tmp_path / "instance", **environment))
        return servers[-1].ready()

    yield start
    for server in servers:
        server.kill()


@pytest.fixture
def proxy(tmp_path):
    """nginx with our file, on free ports, with a certificate of its own: the ports of HTTP and HTTPS."""
    running = []

    def start(server):
        running.append(Nginx(tmp_path, NGINX, {"http://127.0.0.1:8000": server.url}))
        return running[-1].plain, running[-1].tls

    yield start
    for nginx in running:
        nginx.close()


@needs_nginx
def test_behind_nginx_a_log_goes_all_the_way(serve, proxy, log, tmp_path):
    server = serve(MOODLELOGSMART_PROXIES="1")
    plain, tls = proxy(server)
    elsewhere = requests.get(f"http://127.0.0.1:{plain}/status", allow_redirects=False, timeout=LONG)
    assert (elsewhere.status_code, elsewhere.headers["Location"][:8]) == (301, "https://")
    browser = requests.Session()
    browser.trust_env, browser.verify = False, tmp_path / "cert.pem"
    server.url = f"https://localhost:{tls}"
    answer = server.send(browser, log)
    cookie = answer.headers["Set-Cookie"]
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    assert "Strict-Transport-Security" in answer.headers
    assert server.finished(browser, answer.json()["job_id"])["status"] == "completed"
    form = {"Origin": f"https://localhost:{tls}"}
    with log.open("rb") as file:
        assert browser.post(server.url + "/upload", files={"file": file}, headers=form, timeout=LONG).status_code == 200


@needs_nginx
def test_nobody_gets_past_nginx_with_a_name_of_their_own(serve, proxy, log, tmp_path):
    server = serve(MOODLELOGSMART_PROXIES="1", MOODLELOGSMART_USER_HEADER="X-Remote-User")
    _, tls = proxy(server)
    answer = requests.get(
        f"https://localhost:{tls}/", headers={"X-Remote-User": "ana"}, verify=tmp_path / "cert.pem", timeout=LONG
    )
    assert answer.status_code == 403
    assert "Please sign in first" in answer.text


def test_behind_the_socket_of_systemd_nobody_is_turned_away_by_a_restart(tmp_path, log):
    with socket.create_server(("127.0.0.1", 0), backlog=100) as door:
        server, browser = Server(tmp_path / "instance", door=door).ready(), requests.Session()
        job_id = server.send(browser, log).json()["job_id"]
        server.end()
        # They stand at the door before anybody is there to open it.
        visits = [socket.create_connection(door.getsockname(), timeout=LONG) for _ in range(20)]
        for visit in visits:
            visit.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        again = Server(tmp_path / "instance", door=door).ready()
        for visit in visits:
            with visit, visit.makefile("rb") as answer:
                assert answer.readline() == b"HTTP/1.1 200 OK\r\n"
        assert again.finished(browser, job_id)["status"] == "completed"
        again.end()


def test_the_socket_and_the_proxy_agree():
    (address,) = re.findall(r"ListenStream=(.*)", SOCKET)
    assert set(re.findall(r"proxy_pass +http://(.*);", NGINX)) == {address}


def instructions(name):
    return re.findall(rf"^(?:[ ]+)?{name} (.*)$", DOCKERFILE, re.MULTILINE)


def copy_into(image, *sources):
    *sources, target = sources
    (image / target).mkdir(parents=True, exist_ok=True)
    for source in sources:
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, image / target, dirs_exist_ok=True)
        else:
            shutil.copy(ROOT / source, image / target)
        assert f"!{source}" in (ROOT / ".dockerignore").read_text().splitlines()


def test_what_the_container_copies_is_enough_to_run(tmp_path, log):
    """Docker itself is not at hand here: the same files in a folder, the same command, the same check of health."""
    image = tmp_path / "app"
    for line in DOCKERFILE.partition("RUN pip wheel")[0].splitlines():
        if line.startswith("COPY "):
            copy_into(image, *line.split()[1:])
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "wheel"]
    subprocess.run(build, cwd=image, check=True, capture_output=True)
    (wheel,) = (tmp_path / "wheel").iterdir()
    ZipFile(wheel).extractall(tmp_path / "installed")
    serve = ["-m", *json.loads(instructions("CMD")[-1])]
    server = Server(
        tmp_path / "instance", command=serve, folder=tmp_path, PYTHONPATH=str(tmp_path / "installed")
    ).ready()
    try:
        browser = requests.Session()
        assert server.finished(browser, server.send(browser, log).json()["job_id"])["status"] == "completed"
        assert "Envie" in browser.get(server.url + "/?lang=pt_BR", timeout=LONG).text
        (health,) = instructions("HEALTHCHECK .*?CMD")
        command = [part.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}") for part in json.loads(health)]
        assert subprocess.run([sys.executable, *command[1:]], check=False).returncode == 0
    finally:
        server.end()
    assert subprocess.run([sys.executable, *command[1:]], check=False, capture_output=True).returncode != 0


def test_the_container_does_not_run_as_root():
    assert int(instructions("USER")[-1]) > 0
    assert DOCKERFILE.index("USER") > DOCKERFILE.rindex("RUN pip install")
    assert json.loads(instructions("CMD")[-1]) == ["moodlelogsmart", "serve"]


def test_compose_and_the_command_of_the_document_hold_the_container_to_the_same():
    web = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"]["web"]
    command = (ROOT / "docs" / "deploy.md").read_text().partition("docker run ")[2].partition("\n\n")[0]
    assert (web["read_only"], web["cap_drop"], web["security_opt"]) == (True, ["ALL"], ["no-new-privileges"])
    for part in ("--read-only", "--cap-drop ALL", "--security-opt no-new-privileges", f"--pids-limit {web['pids_limit']}",
                 f"-p {web['ports'][0]}", f"--tmpfs {web['tmpfs'][0]}", f"--ulimit core={web['ulimits']['core']}"):  # fmt: skip
        assert part in command


def test_a_copy_of_the_instance_folder_is_a_backup(serve, log, tmp_path):
    server, browser = serve(), requests.Session()
    job_id = server.send(browser, log).json()["job_id"]
    assert server.finished(browser, job_id)["status"] == "completed"
    before = browser.get(f"{server.url}/download/{job_id}", timeout=LONG).content
    shutil.copytree(tmp_path / "instance", tmp_path / "backup")
    server.kill()
    shutil.rmtree(tmp_path / "instance")
    restored = Server(tmp_path / "backup").ready()
    try:
        assert browser.get(f"{restored.url}/download/{job_id}", timeout=LONG).content == before
        assert " – what the learners did</h1>" in browser.get(f"{restored.url}/status/{job_id}", timeout=LONG).text
    finally:
        restored.kill()


def test_the_documents_name_the_files():
    deploy = Path(ROOT / "docs" / "deploy.md").read_text()
    assert all(
        name in deploy
        for name in ("deploy/moodlelogsmart.service", "deploy/moodlelogsmart.socket", "deploy/nginx.conf", "Dockerfile")
    )
