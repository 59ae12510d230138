"""The app: settings, jobs, pages and commands, wired together here and nowhere else."""

from datetime import timedelta

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from moodlelogsmart.assets import assets
from moodlelogsmart.commands import WITHOUT_A_SERVER, verb
from moodlelogsmart.config import Settings, from_environment, kept_key
from moodlelogsmart.jobs import JobManager, install_job_manager
from moodlelogsmart.jobs.demo import Demo
from moodlelogsmart.jobs.drafts import Drafts
from moodlelogsmart.jobs.instance import drafts_folder, jobs_folder, journal_file
from moodlelogsmart.jobs.journal import Journal
from moodlelogsmart.jobs.retention import Kept, Sweeper
from moodlelogsmart.jobs.runner import JobRunner
from moodlelogsmart.machine import memory_of_a_job
from moodlelogsmart.web import init_web
from moodlelogsmart.web.admission import Admission
from moodlelogsmart.workspace import Limits


def create_app(settings: Settings | None = None) -> Flask:
    """Make the app from `settings`, by default those of the environment. Raises SettingError."""
    settings = settings or from_environment()
    instance = settings.instance_folder
    jobs_folder(instance).mkdir(parents=True, exist_ok=True, mode=0o700)
    app = Flask(
        __name__,
        static_folder=assets("static"),
        static_url_path="/static",
        template_folder=assets("templates"),
        instance_path=str(instance),
    )
    app.config.update(
        SECRET_KEY=settings.secret_key or kept_key(instance, "secret_key"),
        MAX_CONTENT_LENGTH=settings.upload_limit << 20,
        SESSION_COOKIE_NAME="moodlelogsmart",
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
    )
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies
        )
    manager = JobManager(jobs_folder(instance), Journal(journal_file(instance), jobs_folder(instance)))
    install_job_manager(manager)
    limits = Limits(memory_of_a_job(settings.memory_limit, settings.workers), settings.job_threads)
    app.extensions["moodlelogsmart.settings"] = settings
    app.extensions["moodlelogsmart.runner"] = JobRunner(
        manager, settings.workers, settings.queue_limit, limits, settings.time_limit, settings.keep_input > 0
    )
    app.extensions["moodlelogsmart.demo"] = Demo(app.extensions["moodlelogsmart.runner"])
    kept = Kept(
        timedelta(hours=settings.keep_completed),
        timedelta(hours=settings.keep_failed),
        timedelta(minutes=settings.keep_input),
    )
    drafts = app.extensions["moodlelogsmart.drafts"] = Drafts(drafts_folder(instance))
    app.extensions["moodlelogsmart.sweeper"] = Sweeper(manager, kept, drafts)
    app.extensions["moodlelogsmart.admission"] = Admission(settings, app.extensions["moodlelogsmart.runner"], drafts)
    init_web(app)
    for name in WITHOUT_A_SERVER:
        app.cli.add_command(verb(name))
    return app
