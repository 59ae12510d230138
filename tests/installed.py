"""Builds the package, installs it in an empty environment and sees that it works there: `make dist`.

The wheel runs in a namespace without a network and with nothing in the place of the checkout, where the system lets us
make one: what it needs must be in it.
"""

import fcntl
import io
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
LOG = "\n".join(
    [
        "Time,User full name,Affected user,Event context,Component,Event name,Description,Origin,IP address",
        *(
            f'"17/10/21, 12:{minute:02}",Ana Invented,-,Page: One,Page,Course module viewed,'
            f"The user with id '4' viewed the 'page' activity with course module id '62'.,web,10.0.0.1"
            for minute in range(10)
        ),
    ]
)
# Before the arguments: an empty folder over the checkout.
APART = 'mount -t tmpfs none "$1" && shift && exec "$@"'
UP, SET_FLAGS = 0x41, 0x8914  # IFF_UP | IFF_RUNNING, SIOCSIFFLAGS; linux/if.h, linux/sockios.h


def main() -> None:
    """Build, look into, install and use the package."""
    shutil.rmtree(DIST, ignore_errors=True)
    run(sys.executable, "-m", "hatchling", "build", "-d", str(DIST), cwd=ROOT)
    (wheel,) = DIST.glob("*.whl")
    look_into(wheel)
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder)
        run(sys.executable, "-m", "venv", "--without-pip", str(there / "venv"))
        python = there / "venv" / "bin" / "python"
        pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--disable-pip-version-check"]
        # Of all that comes with it only a part is imported here, and compiled then.
        run(*pip, "--no-compile", f"{wheel}[server]")
        for file in (wheel, Path(__file__)):
            shutil.copy(file, there)
        run(*apart(), str(python), str(there / "installed.py"), "inside", cwd=there)


def run(*command: str, cwd: Path | None = None) -> None:
    """Run a program; ends ours where it fails."""
    subprocess.run(command, cwd=cwd, check=True)


def look_into(wheel: Path) -> None:
    """See that the wheel holds what the pages need, installs no other module, and say how much is in it."""
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"moodlelogsmart"}, tops
    held = {name for name in names if not name.endswith(".py")}
    assert not [name for name in names if "__pycache__" in name]
    for folder in ("templates", "static"):
        wanted = {f"moodlelogsmart/{path.relative_to(ROOT)}" for path in (ROOT / folder).glob("*.*")}
        assert wanted <= held, wanted - held
    wanted = {f"moodlelogsmart/{path.relative_to(ROOT)}" for path in (ROOT / "translations").rglob("*.mo")}
    assert wanted <= held, wanted - held
    print(f"{wheel.name}: {wheel.stat().st_size // 1000} kB, {len(names)} files")


def apart() -> list[str]:
    """What has a program run without network and checkout; nothing where the system does not let us."""
    command = ["unshare", "--net", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user", "--user"])]
    command += ["sh", "-c", APART, "apart", str(ROOT)]
    if shutil.which("unshare") and subprocess.run([*command, "true"], capture_output=True).returncode == 0:
        return command
    print("This system makes no namespaces: the wheel is tried with the network on and the checkout in its place.")
    return []


def wake_loopback() -> None:
    """In a network of its own the machine does not reach itself before that; elsewhere it does already."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket, suppress(PermissionError):
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh14x", b"lo", UP))


def inside() -> None:
    """Use what was installed: the command, the library, the server."""
    wake_loopback()
    here, command = Path.cwd(), str(Path(sys.executable).with_name("moodlelogsmart"))
    (here / "log.csv").write_text(LOG, encoding="utf-8")
    began = time.monotonic()
    run(command, "--help")
    print(f"--help: {time.monotonic() - began:.2f} s")
    began = time.monotonic()
    run(command, "process", "log.csv", "--out", "out", "--timezone", "UTC", "--language", "pt_BR", cwd=here)
    print(f"process: {time.monotonic() - began:.1f} s")
    assert "O que os estudantes fizeram" in (here / "out" / "report.html").read_text(encoding="utf-8")
    run(command, "check", "log.csv", cwd=here)
    began = time.monotonic()
    run(command, "demo", cwd=here)
    print(f"demo: {time.monotonic() - began:.1f} s")
    import moodlelogsmart

    with moodlelogsmart.read("log.csv") as log:
        assert log.table().num_rows == 10
    serve(command, here)


def serve(command: str, here: Path) -> None:
    """Upload a log to the installed server as a program does, and check what it gives."""
    variables = os.environ | {"MOODLELOGSMART_INSTANCE": str(here / "instance"), "MOODLELOGSMART_PORT": "8765"}
    log = (here / "server.log").open("w")
    server = subprocess.Popen(
        [command, "serve"], env=variables, stdout=subprocess.PIPE, stderr=log, text=True, cwd=here
    )
    try:
        assert server.stdout is not None
        assert any("is ready at" in line for line in server.stdout), (here / "server.log").read_text()
        url = "http://127.0.0.1:8765"
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        assert b"MoodleLogSmart" in opener.open(url + "/").read()
        assert opener.open(url + "/static/style.css").read()
        answer = json.load(opener.open(uploaded(url)))
        facts = answer
        while facts.get("status", "processing") == "processing":
            time.sleep(0.1)
            asked = urllib.request.Request(f"{url}/status/{answer['job_id']}", headers={"Accept": "application/json"})
            facts = json.load(opener.open(asked))
        assert facts["status"] == "completed", facts
        results = opener.open(f"{url}/download/{answer['job_id']}").read()
        assert "report.html" in zipfile.ZipFile(io.BytesIO(results)).namelist()
        (here / "results.zip").write_bytes(results)
        run(command, "verify", "results.zip", cwd=here)
        page = opener.open(f"{url}/status/{answer['job_id']}").read().decode()
        assert re.search("What the learners did|what the learners did", page)
    finally:
        server.terminate()
        server.wait(60)
        log.close()


def uploaded(url: str) -> urllib.request.Request:
    """The form with the log in it."""
    body = f'--x\r\nContent-Disposition: form-data; name="file"; filename="log.csv"\r\n\r\n{LOG}\r\n--x--\r\n'
    head = {"Content-Type": "multipart/form-data; boundary=x", "Accept": "application/json"}
    return urllib.request.Request(url + "/upload", body.encode(), head)


if __name__ == "__main__":
    inside() if sys.argv[1:] == ["inside"] else main()
