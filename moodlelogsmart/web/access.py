"""Who is asking, whose job it is, what the client wants to read, and where a form may come from."""

import hashlib
import hmac
import logging
import secrets
from contextlib import suppress
from typing import cast

from flask import Flask, Request, abort, current_app, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature

from moodlelogsmart.config import FORM_LIMIT, UPLOADS, Settings
from moodlelogsmart.jobs.drafts import Drafts
from moodlelogsmart.jobs.job import Job
from moodlelogsmart.jobs.runner import Runner
from moodlelogsmart.web.admission import Admission

PROBLEM = "application/problem+json"  # RFC 9457

logger = logging.getLogger(__name__)


class CookieInterface(SecureCookieSessionInterface):
    """Marks the cookie Secure where the browser came by TLS, and leaves it unmarked where it could not come back.

    By TLS its name begins with __Host-, so that no other site below the same domain can set it.
    """

    def get_cookie_name(self, app: Flask) -> str:
        """The name for this request."""
        name = super().get_cookie_name(app)
        return f"__Host-{name}" if request.is_secure else name

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie says; one of before there was TLS is taken for as long as it lasts, and becomes a new one."""
        old = super().get_cookie_name(app)
        if request.is_secure and old in request.cookies and self.get_cookie_name(app) not in request.cookies:
            with suppress(BadSignature):
                signer = self.get_signing_serializer(app)
                age = int(app.permanent_session_lifetime.total_seconds())
                known = self.session_class(signer.loads(request.cookies[old], max_age=age) if signer else {})
                known.modified = True
                return known
        return super().open_session(app, request)

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether this request came by TLS, by the word of the proxies that are believed."""
        return request.is_secure


def runner() -> Runner:
    """The runner of this app, with its manager."""
    return cast(Runner, current_app.extensions["moodlelogsmart.runner"])


def settings() -> Settings:
    """The settings of this app."""
    return cast(Settings, current_app.extensions["moodlelogsmart.settings"])


def admission() -> Admission:
    """What lets uploads into this app."""
    return cast(Admission, current_app.extensions["moodlelogsmart.admission"])


def drafts() -> Drafts:
    """The refused forms of this app."""
    return cast(Drafts, current_app.extensions["moodlelogsmart.drafts"])


def known_owner() -> str:
    """Who asks: the user that the proxy names, the token of a program, or the browser by its cookie; '' for a new one.

    Users and tokens are told by a keyed digest, so that no job names a person.
    """
    if settings().user_header:
        user = request.headers.get(settings().user_header, "")
        return f"user:{_digest(user)}" if user else ""
    if bearer_token():
        return f"token:{_digest(bearer_token())}"
    return cast(str, session.get("owner", ""))


def owner() -> str:
    """Who asks; a new browser gets a random name in its signed cookie."""
    if not known_owner():
        session["owner"] = secrets.token_urlsafe(24)
        session.permanent = True
    return known_owner()


def my_jobs() -> list[Job]:
    """The jobs of who asks, newest first."""
    return runner().manager.list_jobs(known_owner()) if known_owner() else []


def my_job(job_id: str) -> Job:
    """A job of who asks; 404 for one that is not there, and the same for somebody else's."""
    job = runner().manager.get_job(job_id)
    if job is None or not known_owner() or job.owner != known_owner():
        abort(404)
    return job


def seen_job(job_id: str) -> Job:
    """A job at which who asks may look: one of theirs, or that of the sample. 404 for any other."""
    job = runner().manager.get_job(job_id)
    return job if job and job.is_sample else my_job(job_id)


def bearer_token() -> str:
    """The token that a program sent, where this installation has tokens."""
    sent = request.authorization
    return sent.token or "" if settings().access_tokens and sent and sent.type == "bearer" else ""


def may_enter() -> bool:
    """Whether who asks may use the app: with what the proxy or a token says, where the settings want that."""
    if settings().user_header:
        return bool(known_owner())
    if settings().access_tokens:
        return is_token(bearer_token()) or session.get("access", "") in [
            _digest(token) for token in settings().access_tokens.split()
        ]
    return True


def is_token(text: str) -> bool:
    """Whether the text is one of the access tokens."""
    return any(hmac.compare_digest(text.encode(), token.encode()) for token in settings().access_tokens.split())


def let_in(token: str) -> None:
    """Note in the cookie of a browser that it knows this token, until the token is no more one of the settings.

    It becomes somebody new: the cookie may be one that somebody else has given to this browser.
    """
    session["owner"] = secrets.token_urlsafe(24)
    session["access"] = _digest(token)
    session.permanent = True


def check_guess(token: str, right: bool) -> None:
    """Log a wrong token, without it, and abort with 429 where too many came from the same address of late."""
    if not right:
        logger.warning("wrong token")
        if not admission().may_guess(request.remote_addr or "", token):
            abort(429)


def refuse_large_forms() -> None:
    """Refuse what nobody has a use for before it is read: a form of that size, and what does not tell its size."""
    if "Transfer-Encoding" in request.headers:
        abort(411)
    is_upload = request.method == "POST" and UPLOADS.fullmatch(request.path)
    if not is_upload and (request.content_length or 0) > FORM_LIMIT:
        abort(413)


def wants_json() -> bool:
    """Whether the client prefers JSON to a page."""
    return request.accept_mimetypes.best_match(["text/html", "application/json", PROBLEM]) in (
        "application/json",
        PROBLEM,
    )


def refuse_foreign_forms() -> None:
    """Refuse a form that another site's page sent in this browser's name (Fetch Metadata, else Origin)."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    foreign = site not in ("same-origin", "none") if site else origin not in (None, request.host_url.rstrip("/"))
    if foreign:
        abort(403)


def _digest(text: str) -> str:
    key = str(current_app.secret_key).encode()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
