"""The app: settings, jobs, pages and commands, wired together here and nowhere else."""

from datetime import timedelta
from importlib.util import find_spec

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from moodlelogsmart.assets import assets
from moodlelogsmart.commands import WITHOUT_A_SERVER, verb
from moodlelogsmart.config import PREFIX, SettingError, Settings, from_environment
from moodlelogsmart.jobs import install_job_manager
from moodlelogsmart.jobs.demo import Demo
from moodlelogsmart.jobs.installation import Installation, OneServer
from moodlelogsmart.web import init_web
from moodlelogsmart.web.admission import Admission


def create_app(settings: Settings | None = None) -> Flask:
    """Make the app from `settings`, by default those of the environment. Raises SettingError."""
    settings = settings or from_environment()
    instance = settings.instance_folder
    installation = _installation(settings)
    app = Flask(
        __name__,
        static_folder=assets("static"),
        static_url_path="/static",
        template_folder=assets("templates"),
        instance_path=str(instance),
    )
    app.config.update(
        SECRET_KEY=installation.secret_key,
        MAX_CONTENT_LENGTH=settings.upload_limit << 20,
        SESSION_COOKIE_NAME="moodlelogsmart",
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
    )
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies
        )
    app.extensions["moodlelogsmart.settings"] = settings
    app.extensions["moodlelogsmart.installation"] = installation
    runner = app.extensions["moodlelogsmart.runner"] = installation.runner
    install_job_manager(runner.manager)
    app.extensions["moodlelogsmart.demo"] = Demo(runner)
    drafts = app.extensions["moodlelogsmart.drafts"] = installation.drafts
    app.extensions["moodlelogsmart.admission"] = Admission(
        settings, runner, drafts, installation.limiter, installation.secret_key
    )
    init_web(app)
    for name in WITHOUT_A_SERVER:
        app.cli.add_command(verb(name))
    return app


def _installation(settings: Settings) -> Installation:
    """What keeps the jobs and has them worked on: this server, or several machines where there is a queue for them."""
    if not settings.queue:
        return OneServer(settings)
    if not find_spec("rq"):
        raise SettingError(f"{PREFIX}QUEUE needs more packages: install moodlelogsmart[redis].")
    from moodlelogsmart.cluster.installation import ManyMachines

    return ManyMachines(settings)
