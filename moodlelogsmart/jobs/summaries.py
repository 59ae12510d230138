"""What the pages of a finished job show, in files beside its results: read when it is asked for, held by nobody."""

from pathlib import Path

import msgspec

from moodlelogsmart.export.results import TEMPLATE
from moodlelogsmart.jobs.child import decoded, encoded
from moodlelogsmart.report.people import PEOPLE_FILE
from moodlelogsmart.report.summary import Summary


def summary_file(folder: Path) -> Path:
    """Where in the folder of a job its summary lies."""
    return folder / "summary.json"


def people_file(folder: Path) -> Path:
    """Where everybody in its logs is listed, which is written with the results."""
    return folder / PEOPLE_FILE


def template_file(folder: Path) -> Path:
    """Where the template of labels lies of a job that waits for a person; else it is among the results."""
    return folder / TEMPLATE


def write_summary(folder: Path, summary: Summary) -> Path:
    """Write it into the folder of a job: where it lies."""
    file = summary_file(folder)
    file.write_bytes(encoded(summary))
    return file


def read_summary(folder: Path) -> Summary | None:
    """It; None where the results are gone, and where it is of a version that we cannot read."""
    try:
        summary: Summary = decoded(summary_file(folder).read_bytes(), Summary)
    except (OSError, msgspec.MsgspecError):
        return None
    return summary
