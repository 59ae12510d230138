"""Every setting of an installation: name, default, unit, meaning.

Each is read from `MOODLELOGSMART_<NAME>`, else from the TOML file that `MOODLELOGSMART_CONFIG` names, else it is the
default.
"""

import logging
import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from moodlelogsmart.assets import is_checkout
from moodlelogsmart.machine import LEAST

logger = logging.getLogger(__name__)

PREFIX = "MOODLELOGSMART_"
CONFIG = PREFIX + "CONFIG"  # names the file of settings
# The addresses to which more than a form may be sent, by POST.
UPLOADS = re.compile(r"/upload|/jobs/[0-9a-f-]{36}/rerun")
FORM_LIMIT = 64_000  # bytes of every other form
LEAST_TOKEN = 16  # characters; a shorter one could be guessed


class SettingError(ValueError):
    """A setting has a value that it cannot have; the text names the variable and what it takes."""


def _setting(default: Any, unit: str, meaning: str, least: int | None = None, secret: bool = False) -> Any:
    return field(default=default, metadata={"unit": unit, "meaning": meaning, "least": least, "secret": secret})


def _own_folder() -> str:
    """Where the instance folder is by itself: in a checkout there, else where the system keeps a user's data."""
    if is_checkout():
        return "instance"
    from platformdirs import user_data_dir

    return user_data_dir("moodlelogsmart", appauthor=False)


@dataclass(frozen=True)
class Settings:
    """The settings of one installation, checked."""

    host: str = _setting("127.0.0.1", "address", "The address the server listens on.")
    port: int = _setting(8000, "port", "The port the server listens on.", least=1)
    threads: int = _setting(
        64, "threads", "Threads that answer browsers; uploads hold one each, and no more than seven of eight.", least=2
    )
    instance: str = _setting(
        _own_folder(),
        "folder",
        "Where this installation keeps its key, the uploaded logs and the results; where the package is installed, a "
        "folder of the user.",
    )
    secret_key: str = _setting(
        "",
        "text",
        "Signs the browser's cookie; left empty, a key is made and kept in the instance folder.",
        secret=True,
    )
    pseudonym_key: str = _setting(
        "",
        "text",
        "Makes the codes of pseudonyms, where people do not bring a key; left empty, one is made and kept in the "
        "instance folder.",
        secret=True,
    )
    queue: str = _setting(
        "",
        "address",
        "The Redis of an installation of several machines (redis://, rediss:// or unix://); left empty, this server "
        "works by itself.",
        secret=True,
    )
    store: str = _setting(
        "",
        "folder",
        "Where several machines have the files of jobs: a folder that all see, or s3://bucket/prefix; left empty, a "
        "folder of the instance.",
    )
    proxies: int = _setting(
        0, "proxies", "Reverse proxies in front of the server whose X-Forwarded headers are believed.", least=0
    )
    access_tokens: str = _setting(
        "", "texts", "Tokens, separated by spaces; where set, only who has one may enter.", secret=True
    )
    user_header: str = _setting(
        "", "header", "The header in which the proxy tells who is signed in; where set, nobody else may enter."
    )
    admin_token: str = _setting(
        "", "text", "Opens the operator's page at /admin; where empty, there is none.", secret=True
    )
    workers: int = _setting(2, "jobs", "Logs that are processed at the same time.", least=1)
    worker_port: int = _setting(
        0, "port", "The port at which a worker of several machines answers /metrics; 0: at none.", least=0
    )
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
    """Read the settings from `environment`, and from the file that it names for those that it has not.

    Raises SettingError for a value that does not fit and for a file that cannot be read; a `MOODLELOGSMART_` name that
    is no setting is only warned of.
    """
    return Settings(**{**_from_file(environment), **_from_variables(environment)})


@dataclass(frozen=True)
class Told:
    """A setting as its operator may see it: the value, of a secret only whether it is set, and where it is from."""

    name: str
    value: str | int
    origin: str


def settings_told(environment: Mapping[str, str] = os.environ) -> list[Told]:
    """Every setting of these `environment` and file, for people. Raises as `from_environment` does."""
    in_file, named = _from_file(environment), _from_variables(environment)
    settings = Settings(**{**in_file, **named})
    told = []
    for setting in fields(Settings):
        value = getattr(settings, setting.name)
        if setting.metadata["secret"]:
            value = "set" if value else "not set"
        origin = (
            "environment" if setting.name in named else environment[CONFIG] if setting.name in in_file else "default"
        )
        told.append(Told(setting.name, value, origin))
    return told


def _from_variables(environment: Mapping[str, str]) -> dict[str, Any]:
    known = {PREFIX + setting.name.upper(): setting for setting in fields(Settings)}
    values: dict[str, Any] = {}
    for name, text in environment.items():
        if not name.startswith(PREFIX) or name == CONFIG:
            continue
        if name not in known:
            logger.warning("%s is not a setting and changes nothing; the settings are %s", name, ", ".join(known))
            continue
        values[known[name].name] = _parsed(name, text, known[name].type)
    return values


def _parsed(name: str, text: str, kind: Any) -> Any:
    if kind is not int:
        return text
    try:
        return int(text)
    except ValueError:
        raise SettingError(f"{name} must be a whole number, not {text!r}.") from None


def _from_file(environment: Mapping[str, str]) -> dict[str, Any]:
    """What stands in the file that is named. Raises SettingError."""
    path = environment.get(CONFIG)
    if not path:
        return {}
    try:
        with Path(path).open("rb") as file:
            values = tomllib.load(file)
    except OSError as error:
        raise SettingError(f"{CONFIG} names {path}, which cannot be read: {error.strerror}.") from None
    except ValueError as error:  # what is no TOML, or no UTF-8
        raise SettingError(f"{path} is no TOML: {error}.") from None
    known = {setting.name: setting for setting in fields(Settings)}
    for name, value in values.items():
        if name not in known:
            raise SettingError(f"{path}: {name} is not a setting; the settings are {', '.join(known)}.")
        _check_type(path, known[name], value)
    return values


def _check_type(path: str, setting: Field[Any], value: Any) -> None:
    """Raises SettingError for a value of another type, without the value, which may be a secret."""
    if type(value) is not setting.type:
        kind = "a whole number" if setting.type is int else "a text in quotes"
        raise SettingError(f"{path}: {setting.name} must be {kind}.")


def kept_key(instance: Path, name: str) -> str:
    """A random key of this installation: made when first asked for, kept in its folder for its owner's eyes only."""
    path = instance / name
    if not path.exists():
        instance.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Written aside and linked: two processes that start at once must agree on one key.
        aside = instance / f"{name}.{secrets.token_hex(4)}"
        aside.touch(0o600, exist_ok=False)
        aside.write_text(secrets.token_hex(32))
        with suppress(FileExistsError):
            os.link(aside, path)
        aside.unlink()
    return path.read_text()
