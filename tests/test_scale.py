"""The files with which several machines are made, and what docs/scale.md says, used as far as one machine can."""

import json
import re
import shlex
import shutil
import subprocess
from dataclasses import fields

import kubernetes_validate
import pytest
import requests
import yaml
from conftest import LONG, log_text, until, viewed
from machines import Installation
from proxies import Nginx, needs_nginx
from redises import RedisServer
from serving import ROOT, free_port

from moodlelogsmart import __version__
from moodlelogsmart.cluster.connection import Connection, check_server
from moodlelogsmart.cluster.worker import GRACE
from moodlelogsmart.config import CONFIG, PREFIX, Settings

DEPLOY = ROOT / "deploy"
PAGE = (ROOT / "docs" / "scale.md").read_text()
NGINX = (DEPLOY / "nginx.cluster.conf").read_text()
UNIT = (DEPLOY / "moodlelogsmart-worker.service").read_text()
COMPOSE = yaml.safe_load((DEPLOY / "compose.cluster.yaml").read_text())
MANIFESTS = [one for path in sorted(DEPLOY.glob("kubernetes/*.yaml")) for one in yaml.safe_load_all(path.read_text())]
UPLOADS_END = 30  # seconds that a web server gives uploads under way when it ends

pytestmark = pytest.mark.xdist_group("machines")


def manifest(kind, name):
    (found,) = [one for one in MANIFESTS if (one["kind"], one["metadata"]["name"]) == (kind, name)]
    return found


def pod(kind, name):
    return manifest(kind, name)["spec"]["template"]["spec"]


def test_they_name_only_settings_that_there_are():
    known = {PREFIX + setting.name.upper() for setting in fields(Settings)}
    text = "".join(path.read_text() for path in DEPLOY.rglob("*") if path.is_file()) + PAGE
    assert set(re.findall(rf"{PREFIX}[A-Z_]+", text)) - known <= {CONFIG}


def test_the_document_names_the_files_and_other_documents_lead_to_it():
    for path in [one for one in DEPLOY.rglob("*") if one.is_file()]:
        if "cluster" in path.name or "worker" in path.name or path.parent != DEPLOY:
            assert f"../{path.relative_to(ROOT)}" in PAGE, path
    for name in ("README.md", "docs/deploy.md", "docs/index.md"):
        assert re.search(r"\bscale\b", (ROOT / name).read_text()), name


# systemd


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_the_unit_of_a_worker_is_whole_and_well_closed(tmp_path):
    unit = tmp_path / "moodlelogsmart-worker.service"
    unit.write_text(UNIT.replace("/opt/moodlelogsmart/bin/moodlelogsmart worker", "/bin/true"))
    for command in (["verify"], ["security", "--offline=true", "--threshold=15"]):
        told = subprocess.run(["systemd-analyze", *command, unit], capture_output=True, text=True, check=False)
        assert (told.returncode, told.stderr) == (0, "")


def test_a_worker_is_as_closed_as_the_server():
    def closed(unit):
        told = unit.partition("# Student data")[2].splitlines()[1:]
        return [line for line in told if line and not line.startswith("#")]

    assert closed(UNIT) == closed((DEPLOY / "moodlelogsmart.service").read_text())


def test_systemd_gives_each_the_time_that_it_takes_to_end():
    units = {UNIT: GRACE, (DEPLOY / "moodlelogsmart.service").read_text(): UPLOADS_END}
    for unit, seconds in units.items():
        assert int(re.search(r"TimeoutStopSec=(\d+)", unit)[1]) > seconds


# Redis


def redis_of(command):
    """The settings that a command gives Redis."""
    assert command[0] == "redis-server"
    return [word for word in command[1:] if word not in ("--requirepass", "$(REDISCLI_AUTH)")]


@pytest.mark.parametrize(
    "command",
    [
        shlex.split(COMPOSE["services"]["redis"]["command"]),
        pod("StatefulSet", "redis")["containers"][0]["args"],
        ["redis-server", *shlex.split("--" + re.search(r"^    (appendonly.*?)\n\n", PAGE, re.M | re.S)[1].replace("\n    ", " --"))],
    ],
    ids=["compose", "Kubernetes", "document"],
)  # fmt: skip
def test_a_redis_that_is_set_up_so_loses_nothing(command):
    server = RedisServer(*redis_of(command))
    try:
        check_server(Connection(server.url, patience=1))
        assert server.client.config_get("appendfsync") == {"appendfsync": "always"}
        assert int(server.client.config_get("maxmemory")["maxmemory"]) == 512 << 20
    finally:
        server.close()


# nginx, web servers and workers


@pytest.fixture(scope="module")
def machines(tmp_path_factory):
    """Two web servers and a worker, of a user of Redis that may do no more than the document says."""
    installation = Installation(tmp_path_factory.mktemp("machines"), webs=0, workers=0)
    rights = shlex.split(re.search(r"ACL SETUSER (.*)", PAGE)[1])
    installation.redis.client.execute_command("ACL", "SETUSER", *rights)
    queue = installation.redis.url.replace("unix://", "unix://moodlelogsmart:password@")
    installation.port = free_port()
    settings = {"MOODLELOGSMART_QUEUE": queue, "MOODLELOGSMART_PROXIES": "1"}
    started = [installation.start_web(**settings) for _ in range(2)]
    started.append(installation.start_worker(MOODLELOGSMART_WORKER_PORT=str(installation.port), **settings))
    for one in started:
        one.ready()
    yield installation
    installation.close()


@pytest.fixture
def browser(machines, tmp_path):
    """A browser in front of nginx: with its address."""
    servers = {f"server web{number}:8000": f"server {web.url[7:]}" for number, web in enumerate(machines.webs, 1)}
    nginx, browser = Nginx(tmp_path, NGINX, servers), requests.Session()
    browser.trust_env, browser.verify, browser.url = False, tmp_path / "cert.pem", f"https://localhost:{nginx.tls}"
    yield browser
    nginx.close()


def completed(browser, address):
    """Whether the page of a job shows its results, which it never says with an error."""
    page = browser.get(address, timeout=LONG)
    assert page.status_code == 200
    return "/download/" in page.text


@needs_nginx
def test_behind_nginx_nobody_notices_that_a_web_server_is_gone(machines, browser):
    log = {"file": ("log.csv", log_text([viewed(4), viewed(5)]))}
    first = browser.post(f"{browser.url}/upload", files=log, data={"timezone": "UTC"}, timeout=LONG)
    assert first.status_code == 200
    until(lambda: completed(browser, first.url))
    gone = machines.webs.pop()
    gone.kill()
    for _ in range(20):
        assert completed(browser, first.url)
    second = browser.post(f"{browser.url}/upload", files=log, data={"timezone": "UTC"}, timeout=LONG)
    assert second.status_code == 200
    until(lambda: completed(browser, second.url))
    assert browser.get(f"{browser.url}/metrics", timeout=LONG).status_code == 403


def test_a_user_of_redis_with_the_rights_of_the_document_is_denied_nothing(machines):
    job_id = machines.hand_in(log_text([viewed(4)]))
    assert machines.finished(job_id).status == "completed"
    # Of these it is asked first, and does without them.
    spared = {"config|get", "bgrewriteaof"}
    assert {entry["object"] for entry in machines.redis.client.acl_log()} <= spared


def probes(kind, name):
    (container,) = pod(kind, name)["containers"]
    return {container[probe]["httpGet"]["path"] for probe in container if probe.endswith("Probe")}


def test_the_probes_are_answered(machines):
    web, (worker,) = machines.webs[0], machines.workers
    for address in [web.url + path for path in probes("Deployment", "web")]:
        assert requests.get(address, timeout=LONG).status_code == 200
    (path,) = probes("Deployment", "worker")
    told = requests.get(f"http://127.0.0.1:{machines.port}{path}", timeout=LONG)
    assert "moodlelogsmart_jobs_ended_total" in told.text
    assert worker.process.poll() is None


def test_while_redis_is_away_a_web_server_stays_ready_to_say_so(machines):
    (container,) = pod("Deployment", "web")["containers"]
    machines.redis.end()
    try:
        for probe in ("readinessProbe", "livenessProbe"):
            address = machines.webs[0].url + container[probe]["httpGet"]["path"]
            assert requests.get(address, timeout=LONG).status_code == 200
        page = requests.get(machines.webs[0].url, timeout=LONG)
        assert page.status_code in (200, 503)
        assert "Internal Server Error" not in page.text
    finally:
        machines.redis.start()  # without its user: the last test of these machines


# Docker and Kubernetes


def test_compose_has_what_the_document_says():
    services = COMPOSE["services"]
    assert set(services) == {"redis", "web1", "web2", "worker", "proxy"}
    assert services["worker"]["deploy"]["replicas"] == 3
    assert shlex.split(services["worker"]["command"]) == ["moodlelogsmart", "worker"]
    for name in ("web1", "web2", "worker"):
        one = services[name]
        assert (one["read_only"], one["cap_drop"], one["security_opt"]) == (True, ["ALL"], ["no-new-privileges"])
        assert int(one["stop_grace_period"].rstrip("s")) > max(UPLOADS_END, GRACE)
        assert "ports" not in one
        assert (ROOT / one["build"]["args"]["REQUIREMENTS"]).exists()
    assert re.findall(r"server (\w+):8000 ", NGINX) == ["web1", "web2"]
    assert "ports" not in services["redis"]
    assert COMPOSE["networks"]["inside"]["internal"]


def test_the_image_may_have_what_several_machines_need():
    told = (ROOT / "Dockerfile").read_text()
    assert "ARG REQUIREMENTS=requirements.txt" in told
    assert "COPY ${REQUIREMENTS} /requirements.txt" in told
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {"!requirements.txt", "!requirements-cluster.txt"} <= set(ignored)
    (folder,) = {volume.partition(":")[2] for volume in COMPOSE["services"]["worker"]["volumes"]}
    assert re.search(rf"install -d -o moodlelogsmart .* {folder}\b", told)  # else it would be root's


@pytest.mark.parametrize("one", MANIFESTS, ids=lambda one: f"{one['kind']} {one['metadata']['name']}")
@pytest.mark.parametrize("version", ["1.30", kubernetes_validate.latest_version()])
def test_kubernetes_knows_every_field(one, version):
    kubernetes_validate.validate(one, version, strict=True)


def test_what_a_manifest_names_is_there():
    for kind, name in (("StatefulSet", "redis"), ("Deployment", "web"), ("Deployment", "worker")):
        spec = manifest(kind, name)["spec"]
        labels = spec["template"]["metadata"]["labels"]
        assert spec["selector"]["matchLabels"].items() <= labels.items()
        for volume in spec["template"]["spec"].get("volumes", []):
            if "persistentVolumeClaim" in volume:
                assert manifest("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"])
        for container in spec["template"]["spec"]["containers"]:
            for source in container.get("envFrom", []):
                ((of, told),) = source.items()
                assert manifest({"configMapRef": "ConfigMap", "secretRef": "Secret"}[of], told["name"])
    for service, kind in (("redis", "StatefulSet"), ("web", "Deployment")):
        (port,) = manifest("Service", service)["spec"]["ports"]
        (container,) = pod(kind, service)["containers"]
        assert container["ports"] == [{"containerPort": port.get("targetPort", port["port"])}]
    (rule,) = manifest("Ingress", "web")["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    assert path["backend"]["service"] == {"name": "web", "port": {"number": 80}}
    secret = manifest("Secret", "moodlelogsmart")["stringData"]
    assert secret["MOODLELOGSMART_QUEUE"] == f"redis://:{secret['REDISCLI_AUTH']}@redis:6379/0"


def test_a_pod_has_time_to_end_and_no_more_rights_than_it_needs():
    web, worker = pod("Deployment", "web"), pod("Deployment", "worker")
    pause = float(web["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][1])
    assert web["terminationGracePeriodSeconds"] > pause + UPLOADS_END
    assert worker["terminationGracePeriodSeconds"] > GRACE
    for one in (web, worker, pod("StatefulSet", "redis")):
        assert one["securityContext"]["runAsNonRoot"]
        assert not one["automountServiceAccountToken"]
        (container,) = one["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
        }  # fmt: skip
    for one in (web, worker):
        assert not one["enableServiceLinks"]
        assert one["containers"][0]["image"].endswith(f":{__version__}")


def test_a_worker_has_the_memory_that_its_jobs_need():
    settings = manifest("ConfigMap", "moodlelogsmart")["data"]
    resources = pod("Deployment", "worker")["containers"][0]["resources"]
    jobs = int(settings["MOODLELOGSMART_WORKERS"])
    needed = jobs * (Settings().memory_limit + 300) + 250
    assert int(resources["requests"]["memory"].removesuffix("Mi")) >= needed
    assert int(resources["limits"]["memory"].removesuffix("Gi")) * 1024 >= needed
    assert int(resources["requests"]["cpu"]) == jobs


def test_the_rules_of_the_bucket_are_json_and_keep_what_is_needed():
    (block,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    parts, forgotten = json.loads(block)["Rules"]
    assert parts["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] >= 1
    assert forgotten["Expiration"]["Days"] * 24 > Settings().keep_completed
