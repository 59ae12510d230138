"""A bucket that speaks as S3 does, in this process, for the tests of what lies in one; moto stands in for Amazon."""

import threading

import requests
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

NAME = "logs"


class Quiet(WSGIRequestHandler):
    """Says nothing of what it answers."""

    def log(self, *_said):
        pass


class Bucket:
    """It answers on a port of this machine, and breaks where it is told to."""

    def __init__(self):
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=Quiet)
        self.url = f"http://127.0.0.1:{self._server.port}"
        self.variables = {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "invented",
            "AWS_SECRET_ACCESS_KEY": "invented",
            "AWS_REGION": "us-east-1",
        }
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.empty()

    def empty(self):
        """Have nothing in it, and nothing be wrong with it."""
        self.asked = []  # of each request its method and what is asked for
        self.refuses = lambda asked: None  # the status with which a request is refused
        self.cuts = lambda asked: False  # whether its answer is broken off half way
        requests.post(f"{self.url}/moto-api/reset")
        requests.put(f"{self.url}/{NAME}")

    def half_put(self):
        """Whether parts of files lie there that nobody sees."""
        return "<Upload>" in requests.get(f"{self.url}/{NAME}?uploads").text

    def close(self):
        self._server.shutdown()

    def _answer(self, environ, start_response):
        asked = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ['QUERY_STRING']}"
        self.asked.append(asked)
        if status := self.refuses(asked):
            start_response(status, [("Content-Length", "0")])
            return []
        answer = self._moto(environ, start_response)
        if not self.cuts(asked):
            return answer
        whole = b"".join(answer)
        return [whole[: len(whole) // 2]]
