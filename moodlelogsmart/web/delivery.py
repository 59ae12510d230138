"""How answers reach a browser: packed where that gives nothing away, and kept by it where they never change."""

import gzip
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, request, url_for

_LEAST = 1000  # bytes from which packing is worth it
_TEXTS = {"text/html", "text/css", "image/svg+xml", "application/json"}
_YEAR = 365 * 24 * 60 * 60


def init_delivery(app: Flask) -> None:
    """Give the files of `static/` addresses that tell their content, which browsers keep for a year; pack texts."""
    folder = Path(str(app.static_folder))

    @app.context_processor
    def name_static() -> dict[str, object]:
        return {"static_url": lambda name: url_for("static", filename=name, v=_digest(folder / name))}

    @app.after_request
    def deliver(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code == 200 and "v" in request.args:
            # Whatever the number in the address: another content has another address.
            response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
        return _packed(response) if _may_be_packed(response) else response


@cache
def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()[:12]


def _may_be_packed(response: Response) -> bool:
    """Whether an answer is a text whose packed length tells nobody what is in it.

    Who watches a connection and can put words of their own into a page that holds what they are after would learn it
    from the length (BREACH, 2013). So only what is asked for by its path alone is packed: no form's answer, nor
    anything with a query, which the links of a page repeat. Files of `static/` hold nothing of anybody.
    """
    own = request.endpoint == "static"
    return (
        (own or (request.method in ("GET", "HEAD") and not request.query_string and not response.is_streamed))
        and response.status_code == 200
        and response.mimetype in _TEXTS
        and request.accept_encodings["gzip"] > 0
        and (response.content_length or _LEAST) >= _LEAST
        and "Content-Encoding" not in response.headers
    )


def _packed(response: Response) -> Response:
    response.direct_passthrough = False
    response.set_data(gzip.compress(response.get_data(), mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    if tag := response.get_etag()[0]:
        response.set_etag(tag, weak=True)  # of the same content, but not of the same bytes
    return response
