"""What the pages of a finished job show, in one file beside its results: read when it is asked for, held by nobody."""

from pathlib import Path

import msgspec

from moodlelogsmart.jobs.child import decoded, encoded
from moodlelogsmart.report.summary import Summary


def summary_file(results: Path) -> Path:
    """Where the summary of these results lies."""
    return results.with_name("summary.json")


def write_summary(results: Path, summary: Summary) -> Path:
    """Write it beside the results, whether they are there already or not: where it lies."""
    file = summary_file(results)
    file.write_bytes(encoded(summary))
    return file


def read_summary(results: Path | None) -> Summary | None:
    """It; None where the results are gone, and where it is of a version that we cannot read."""
    if results is None:
        return None
    try:
        summary: Summary = decoded(summary_file(results).read_bytes(), Summary)
    except (OSError, msgspec.MsgspecError):
        return None
    return summary
