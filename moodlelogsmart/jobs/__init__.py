"""Jobs: what they are, who keeps them, who runs them. Nothing here knows HTTP."""

import threading

from moodlelogsmart.jobs.job import Job
from moodlelogsmart.jobs.manager import JobManager

__all__ = ["Job", "JobManager", "get_job_manager", "install_job_manager"]

_lock = threading.Lock()
_manager: JobManager | None = None


def get_job_manager() -> JobManager:
    """The one manager of this process: the app's, or before there is an app one without a folder."""
    global _manager
    with _lock:
        if _manager is None:
            _manager = JobManager()
        return _manager


def install_job_manager(manager: JobManager) -> None:
    """Make `manager` the one that `get_job_manager()` returns."""
    global _manager
    with _lock:
        _manager = manager
