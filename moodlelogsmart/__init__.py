"""Turn a Moodle activity log into an event log that says what learners did pedagogically.

    import moodlelogsmart as mls

    with mls.read("log.csv", timezone="America/Sao_Paulo") as log:
        log.to_pandas()                             # and .reading, .summary, .learners(), .write(...)

    from moodlelogsmart import Options, process, read_log

    print(read_log("log.csv").files[0].labels)      # what each column was taken for
    summary = process("log.csv", Options(case="session"), "results.zip")
    print(summary.learners, summary.activity_types)

`read` gives a log as an object, for notebooks and programs; `process` writes the results; `read_log` only says what is
understood of a log, as a `Reading`, which can be corrected and handed to `process`; `Options` are the choices that a
person has.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from moodlelogsmart.library import Log, read
    from moodlelogsmart.messages import LogError
    from moodlelogsmart.options import Options
    from moodlelogsmart.pipeline import process, read_log
    from moodlelogsmart.reading.model import Reading

__all__ = ["Log", "LogError", "Options", "Reading", "__version__", "process", "read", "read_log"]

__version__ = "0.1.0"

# Taken from where they live when they are first asked for: who only asks for the version, or starts the program that
# converts a spreadsheet, waits for no database engine.
_HOMES = {
    "Log": "moodlelogsmart.library",
    "LogError": "moodlelogsmart.messages",
    "Options": "moodlelogsmart.options",
    "Reading": "moodlelogsmart.reading.model",
    "process": "moodlelogsmart.pipeline",
    "read": "moodlelogsmart.library",
    "read_log": "moodlelogsmart.pipeline",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
