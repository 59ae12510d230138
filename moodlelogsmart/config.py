"""Every setting of an installation: name, default, unit, meaning. Each is read from `MOODLELOGSMART_<NAME>`."""

import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from moodlelogsmart.machine import LEAST

logger = logging.getLogger(__name__)

PREFIX = "MOODLELOGSMART_"
# The addresses to which more than a form may be sent, by POST.
UPLOADS = re.compile(r"/upload|/jobs/[0-9a-f-]{36}/rerun")
FORM_LIMIT = 64_000  # bytes of every other form
LEAST_TOKEN = 16  # characters; a shorter one could be guessed


class SettingError(ValueError):
    """A setting has a value that it cannot have; the text names the variable and what it takes."""


def _setting(default: Any, unit: str, meaning: str, least: int | None = None) -> Any:
    return field(default=default, metadata={"unit": unit, "meaning": meaning, "least": least})


@dataclass(frozen=True)
class Settings:
    """The settings of one installation, checked."""

    host: str = _setting("127.0.0.1", "address", "The address the server listens on.")
    port: int = _setting(8000, "port", "The port the server listens on.", least=1)
    threads: int = _setting(
        64, "threads", "Threads that answer browsers; uploads hold one each, and no more than seven of eight.", least=2
    )
    instance: str = _setting(
        "instance", "folder", "Where this installation keeps its key, the uploaded logs and the results."
    )
    secret_key: str = _setting(
        "", "text", "Signs the browser's cookie; left empty, a key is made and kept in the instance folder."
    )
    proxies: int = _setting(
        0, "proxies", "Reverse proxies in front of the server whose X-Forwarded headers are believed.", least=0
    )
    access_tokens: str = _setting("", "texts", "Tokens, separated by spaces; where set, only who has one may enter.")
    user_header: str = _setting(
        "", "header", "The header in which the proxy tells who is signed in; where set, nobody else may enter."
    )
    admin_token: str = _setting("", "text", "Opens the operator's page at /admin; where empty, there is none.")
    workers: int = _setting(2, "jobs", "Logs that are processed at the same time.", least=1)
    queue_limit: int = _setting(
        100, "jobs", "Jobs that may wait for a worker; further uploads are asked to come back.", least=1
    )
    upload_limit: int = _setting(1024, "MB", "The largest upload, all files of one job together.", least=1)
    upload_time_limit: int = _setting(900, "seconds", "How long an upload may take before it is broken off.", least=1)
    upload_rate: int = _setting(60, "uploads", "Uploads that are taken in a minute from one address.", least=1)
    jobs_per_browser: int = _setting(10, "jobs", "Jobs that one person may have under way at a time.", least=1)
    memory_limit: int = _setting(
        400,
        "MB",
        "Memory that a job may hold before it spills; less where the machine has not enough for all.",
        least=LEAST,
    )
    job_threads: int = _setting(2, "threads", "Processor threads that one job may use.", least=1)
    time_limit: int = _setting(
        600, "seconds", "How long a job may take before it is stopped; its log is kept for another try.", least=1
    )
    keep_completed: int = _setting(24, "hours", "How long results stay for download.", least=1)
    keep_failed: int = _setting(
        1, "hours", "How long a failed job is shown, and how long one waits for its owner to check it.", least=1
    )
    keep_input: int = _setting(
        60,
        "minutes",
        "How long the log of a finished job is kept, so that it can be corrected and run again; 0: deleted at once.",
        least=0,
    )
    timezone: str = _setting(
        "",
        "Area/City",
        "The time zone of the people here, offered first, and taken where a program names none; left empty, that of "
        "the page's language is offered.",
    )

    def __post_init__(self) -> None:
        for setting in fields(self):
            least, value = setting.metadata["least"], getattr(self, setting.name)
            if least is not None and value < least:
                raise SettingError(f"{PREFIX}{setting.name.upper()} must be {least} or more, not {value}.")
        if self.user_header and not self.proxies:
            raise SettingError(f"{PREFIX}USER_HEADER needs {PREFIX}PROXIES: without a proxy anybody could send it.")
        for name in ("access_tokens", "admin_token"):
            if any(len(token) < LEAST_TOKEN for token in getattr(self, name).split()):
                raise SettingError(f"{PREFIX}{name.upper()} must have {LEAST_TOKEN} characters or more each.")
        if self.timezone and self.timezone not in available_timezones():
            raise SettingError(f"{PREFIX}TIMEZONE must be a time zone such as America/Sao_Paulo, not {self.timezone}.")

    @property
    def instance_folder(self) -> Path:
        """The instance folder as an absolute path."""
        return Path(self.instance).resolve()


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from `environment`.

    Raises SettingError for a value that does not fit; a `MOODLELOGSMART_` name that is no setting is only warned of.
    """
    known = {PREFIX + setting.name.upper(): setting for setting in fields(Settings)}
    values: dict[str, Any] = {}
    for name, text in environment.items():
        if not name.startswith(PREFIX):
            continue
        if name not in known:
            logger.warning("%s is not a setting and changes nothing; the settings are %s", name, ", ".join(known))
            continue
        values[known[name].name] = _parsed(name, text, known[name].type)
    return Settings(**values)


def _parsed(name: str, text: str, kind: Any) -> Any:
    if kind is not int:
        return text
    try:
        return int(text)
    except ValueError:
        raise SettingError(f"{name} must be a whole number, not {text!r}.") from None
