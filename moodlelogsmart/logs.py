"""What the server and its workers write: one line of JSON an event, for journald or a collector."""

from typing import Any


def as_json(*named: str) -> dict[str, Any]:
    """How logging is set up: each event has time, level, event, job, and what belongs to it. Of the loggers that are
    `named`, and of ours, what is worth a note, of others warnings."""
    return {
        "formatters": {
            "json": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "format": "{levelname}{message}",
                "style": "{",
                "rename_fields": {"levelname": "level", "message": "event"},
                "timestamp": "time",
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
        "root": {"level": "WARNING", "handlers": ["console"]},
        "loggers": {
            name: {"level": "INFO", "handlers": ["console"], "propagate": False} for name in (*named, "moodlelogsmart")
        },
    }
