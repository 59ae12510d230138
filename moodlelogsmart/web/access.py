"""Whose job it is, what the client wants to read, and where a form may come from."""

import secrets
from typing import cast

from flask import abort, current_app, request, session

from moodlelogsmart.config import Settings
from moodlelogsmart.jobs.job import Job
from moodlelogsmart.jobs.runner import JobRunner


def runner() -> JobRunner:
    """The runner of this app, with its manager."""
    return cast(JobRunner, current_app.extensions["moodlelogsmart.runner"])


def settings() -> Settings:
    """The settings of this app."""
    return cast(Settings, current_app.extensions["moodlelogsmart.settings"])


def owner() -> str:
    """The browser that asks, by a random name in its signed cookie; a new browser gets one."""
    if "owner" not in session:
        session["owner"] = secrets.token_urlsafe(24)
        session.permanent = True
    return cast(str, session["owner"])


def my_jobs() -> list[Job]:
    """This browser's jobs, newest first."""
    return runner().manager.list_jobs(session["owner"]) if "owner" in session else []


def my_job(job_id: str) -> Job:
    """A job of this browser; 404 for one that is not there, and the same for somebody else's."""
    job = runner().manager.get_job(job_id)
    if job is None or not session.get("owner") or job.owner != session["owner"]:
        abort(404)
    return job


def wants_json() -> bool:
    """Whether the client prefers JSON to a page."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def refuse_foreign_forms() -> None:
    """Refuse a form that another site's page sent in this browser's name (Fetch Metadata, else Origin)."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    foreign = site not in ("same-origin", "none") if site else origin not in (None, request.host_url.rstrip("/"))
    if foreign:
        abort(403)
