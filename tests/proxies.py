"""nginx with a file of ours, for the tests of how an installation is made."""

import re
import shlex
import shutil
import signal
import socket
import subprocess
from contextlib import suppress

import pytest
from conftest import LONG, until
from serving import free_port

needs_nginx = pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed")


def listens(port):
    with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        return True


class Nginx:
    """nginx on free ports, `plain` and `tls`, with a certificate of its own, cert.pem in the folder."""

    def __init__(self, folder, site, servers):
        """`servers`: what stands in the place of what `site` calls the servers behind it."""
        self.plain, self.tls = free_port(), free_port()
        subprocess.run(
            shlex.split("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem"),
            cwd=folder, check=True, capture_output=True,
        )  # fmt: skip
        site = re.sub(r"\n *listen \[::\].*", "", site)
        site = re.sub(r"(ssl_certificate +)\S+;", rf"\1{folder}/cert.pem;", site)
        site = re.sub(r"(ssl_certificate_key +)\S+;", rf"\1{folder}/key.pem;", site)
        ports = {
            "listen 80;": f"listen 127.0.0.1:{self.plain};",
            "listen 443 ssl;": f"listen 127.0.0.1:{self.tls} ssl;",
        }
        for old, new in {**ports, **servers}.items():
            assert old in site
            site = site.replace(old, new)
        temporary = "".join(
            f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;"
            f"events {{}} http {{ {temporary} {site} }}"
        )
        command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
        tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert "test is successful" in tested.stderr, tested.stderr
        self._process = subprocess.Popen(command)
        until(lambda: listens(self.plain))

    def close(self):
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(timeout=LONG)
