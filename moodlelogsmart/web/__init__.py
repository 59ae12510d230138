"""The pages and endpoints: a few lines a view; they know jobs, not how a log is processed."""

from flask import Flask, Response, request
from flask_babel import npgettext

from moodlelogsmart.report.words import LANGUAGES
from moodlelogsmart.web import admin, check, compare, demo, download, gate, health, learners, openapi, status, upload
from moodlelogsmart.web.access import CookieInterface, refuse_foreign_forms, refuse_large_forms, settings
from moodlelogsmart.web.delivery import init_delivery
from moodlelogsmart.web.errors import init_errors
from moodlelogsmart.web.intake import UploadRequest
from moodlelogsmart.web.language import init_language

# Pages of ours load nothing but our stylesheet, and send forms to nobody else.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def warm_up(app: Flask) -> None:
    """Have loaded what pages are made of, in each language: else the first page after a start takes a second of the
    processor, and others wait for it."""
    for name in app.jinja_env.list_templates(extensions=["html"]):
        app.jinja_env.get_template(name)
    for language in LANGUAGES:
        app.test_client().get("/", headers={"Accept-Language": language.replace("_", "-")})


def init_web(app: Flask) -> None:
    """Register the blueprints and what holds for every page."""
    app.request_class = UploadRequest
    app.session_interface = CookieInterface()
    # First of all, for who is refused is told in this language, too.
    init_language(app)
    for module in (upload, demo, check, status, learners, compare, download, health, openapi, gate, admin):
        app.register_blueprint(module.blueprint)
    app.before_request(refuse_large_forms)
    app.before_request(refuse_foreign_forms)
    init_errors(app)
    init_delivery(app)

    @app.context_processor
    def tell_how_long() -> dict[str, str]:
        minutes, hours = settings().keep_input, settings().keep_completed
        return {
            "kept_minutes": npgettext("deleted after", "%(num)d minute", "%(num)d minutes", minutes) if minutes else "",
            "kept_hours": npgettext("deleted after", "%(num)d hour", "%(num)d hours", hours),
        }

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if response.mimetype != "text/css":
            response.headers.setdefault("Cache-Control", "no-store")
        return response
