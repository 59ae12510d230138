"""How gunicorn serves the app: `gunicorn 'app:create_app()'` reads this by itself.

One worker process, because the jobs live in its memory: a second one would not know the jobs of the first, and a page
would find its job only now and then. Threads answer the browsers; a pool inside the worker processes the logs.
"""

import logging
import sys

from moodlelogsmart.config import SettingError, from_environment
from moodlelogsmart.jobs.instance import InstanceTaken, claim

try:
    settings = from_environment()
except SettingError as error:
    sys.exit(str(error))

bind = f"{settings.host}:{settings.port}"
workers = 1
worker_class = "gthread"
threads = settings.threads
max_requests = 0
graceful_timeout = 5
timeout = 60
control_socket_disable = True


def on_starting(server):
    """Refuse a second worker, however it was asked for."""
    if server.cfg.workers != 1 or server.cfg.max_requests:
        sys.exit(
            "MoodleLogSmart runs in one worker process that is never replaced, because its jobs live in that process's "
            "memory: leave out --workers, WEB_CONCURRENCY and --max-requests, and set MOODLELOGSMART_THREADS instead."
        )


def when_ready(server):
    """Say where it is."""
    print(f"MoodleLogSmart is ready at http://{settings.host}:{settings.port}/  (Ctrl+C ends it)", flush=True)


def post_worker_init(worker):
    """Take the instance folder, send the app's log lines to gunicorn's, and begin to delete what is due."""
    logger = logging.getLogger("moodlelogsmart")
    logger.handlers = logging.getLogger("gunicorn.error").handlers
    try:
        claim(settings.instance_folder)
    except InstanceTaken as taken:
        print(taken, file=sys.stderr, flush=True)
        sys.exit(4)  # gunicorn's own code for "the app cannot be loaded": it does not try again
    worker.wsgi.extensions["moodlelogsmart.sweeper"].start()


def worker_exit(server, worker):
    """Stop the jobs; a thread of the pool would hold up the end of the process."""
    if getattr(worker, "wsgi", None):
        worker.wsgi.extensions["moodlelogsmart.sweeper"].end()
        worker.wsgi.extensions["moodlelogsmart.runner"].close()
