"""How gunicorn serves the app: its settings, which it reads by `-c python:moodlelogsmart.server`.

One worker process, because the jobs live in its memory: a second one would not know the jobs of the first, and a page
would find its job only now and then. Threads answer the browsers; a pool inside the worker processes the logs.
"""

import logging
import resource
import signal
import sys
import threading
from typing import Any

from moodlelogsmart.config import SettingError, from_environment
from moodlelogsmart.logs import as_json

try:
    settings = from_environment()
except SettingError as error:
    sys.exit(str(error))

FILES = 300  # that the server may have open beside its connections: of its threads, jobs and journal
MOST_CONNECTIONS = 2000


def _connections() -> int:
    """How many connections there may be, with as many open files as the system lets us have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + FILES
    most = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return max(settings.threads + 2, max(soft, most) - FILES)


bind = f"{settings.host}:{settings.port}"
workers = 1
worker_class = "moodlelogsmart.worker.Worker"
threads = settings.threads
worker_connections = _connections()
max_requests = 0
# Of several machines nothing is stopped here, and uploads have the time of a slow line.
graceful_timeout = 30 if settings.queue else 4
timeout = 60
control_socket_disable = True
# What a proxy says is believed by MOODLELOGSMART_PROXIES alone.
secure_scheme_headers: dict[str, str] = {}
forwarded_allow_ips = ""
forwarder_headers = ""

logconfig_dict = as_json("gunicorn.error")

# Seconds to wait for the instance folder: after a kill of the master its worker lives on for about a second, and for as
# long as it takes to stop its jobs.
PATIENCE = graceful_timeout + 4


def on_starting(server: Any) -> None:
    """Refuse a second worker, however it was asked for, and a folder that cannot be written."""
    try:
        settings.instance_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (settings.instance_folder / "server.lock").open("a").close()
    except OSError as error:
        sys.exit(
            f"The instance folder {settings.instance_folder} cannot be written ({error.strerror}); give it to the user "
            "of the server, or set MOODLELOGSMART_INSTANCE."
        )
    if server.cfg.workers != 1 or server.cfg.max_requests:
        sys.exit(
            "MoodleLogSmart runs in one worker process that is never replaced, because its jobs live in that process's "
            "memory: leave out --workers, WEB_CONCURRENCY and --max-requests, and set MOODLELOGSMART_THREADS instead."
        )


def post_worker_init(worker: Any) -> None:
    """Take the instance folder and what an earlier server left undone, and begin to delete what is due."""
    # Not above: DuckDB has threads of its own, and in a process that was forked with it loaded they are not there.
    from moodlelogsmart.jobs.instance import InstanceTaken
    from moodlelogsmart.jobs.supervisor import FORKSERVER, Crashed
    from moodlelogsmart.messages import LogError
    from moodlelogsmart.web import warm_up

    installation = worker.wsgi.extensions["moodlelogsmart.installation"]
    try:
        # The one beside the other, for each takes a second.
        pages = threading.Thread(target=warm_up, args=[worker.wsgi])
        pages.start()
        FORKSERVER.warm_up()
        pages.join()
        installation.start(PATIENCE)
    except (InstanceTaken, LogError, SettingError) as error:
        print(error, file=sys.stderr, flush=True)
        sys.exit(4)  # gunicorn's own code for "the app cannot be loaded": it does not try again
    except Crashed:
        print(
            "The program that processes logs cannot be started; the lines above say why. Install what is in "
            "requirements.txt again.",
            file=sys.stderr,
            flush=True,
        )
        sys.exit(4)
    _stop_jobs_at(signal.SIGTERM, installation)
    if installation.given < settings.memory_limit:
        logging.getLogger("moodlelogsmart").warning(
            "the machine has less memory than its jobs may use",
            extra={"memory_limit": settings.memory_limit, "given": installation.given, "workers": settings.workers},
        )
    print(f"MoodleLogSmart is ready at http://{settings.host}:{settings.port}/  (Ctrl+C ends it)", flush=True)


def _stop_jobs_at(number: signal.Signals, installation: Any) -> None:
    """Stop the jobs as soon as the signal comes: an upload under way may take all the time there is to end."""
    then: Any = signal.getsignal(number)

    def stop(*arguments: Any) -> None:
        threading.Thread(target=installation.stop, name="close").start()
        then(*arguments)

    signal.signal(number, stop)


def worker_exit(server: Any, worker: Any) -> None:
    """Stop the jobs; a thread of the pool would hold up the end of the process."""
    if getattr(worker, "wsgi", None):
        worker.wsgi.extensions["moodlelogsmart.installation"].close()
