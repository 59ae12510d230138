"""Kinds of files that are made to hurt, with the guards against them taken away: the wall alone holds."""

import gzip
import re
import struct
import time

import pytest
from conftest import event, log_text, viewed
from working import altered, job_processes, submit, wait

from moodlelogsmart.jobs import JobManager, supervisor
from moodlelogsmart.jobs.runner import JobRunner
from moodlelogsmart.options import Options
from moodlelogsmart.workspace import Limits

SECONDS = 1  # of a job, and of a look
MOMENT = 60  # seconds within which that has an effect, on however busy a machine
# Every bound that is a number, in each module that has it.
WITHOUT = """
import sys
import moodlelogsmart.pipeline, moodlelogsmart.jobs.child
BOUNDS = {"LONGEST", "_LONGEST", "_LONGEST_NAME", "CELL", "PEOPLE", "SIZE_LIMIT", "MOST", "_MOST", "_MOST_PAIRS", "MOST_COLUMNS",
    "WORD_LIMIT", "STAR_LIMIT", "ENTRIES", "DIRECTORY", "MEMBERS", "SILENT", "RATIO", "LARGEST", "LONGEST_LINE", "_REPEATED", "_SPARE"}
for name, module in list(sys.modules.items()):
    if name.startswith("moodlelogsmart."):
        for bound in BOUNDS & vars(module).keys():
            if isinstance(vars(module)[bound], int):
                setattr(module, bound, 1 << 30)
        for kind in vars(module).values():
            if type(kind).__name__ == "Kind":
                object.__setattr__(kind, "columns", 1 << 30)
"""


@pytest.fixture(scope="module", autouse=True)
def unguarded(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        altered(patch, tmp_path_factory.mktemp("unguarded"), WITHOUT)
        patch.setattr(supervisor, "LOOK_SECONDS", SECONDS)
        supervisor.FORKSERVER.warm_up()
        yield


@pytest.fixture
def jobs(tmp_path):
    runner = JobRunner(JobManager(tmp_path / "jobs"), 1, 9, Limits(), time_limit=SECONDS)
    yield runner
    runner.close()


ACCENTS = "\u0300\u0316"  # two that stand in the wrong order
ROWS = [viewed(4), viewed(5)]
JOBS = {
    "accents in a time": [viewed(4, time="17/10/21" + "a" + ACCENTS * 900_000)],
    "accents in a name": [viewed(4, name="a" + ACCENTS * 900_000)],
    "accents in a context": [viewed(4) | {"Event context": "a" + ACCENTS * 900_000}],
    "nearly a sentence": [event("The user with id '4' " + "viewed the question " * 50_000)],
    "names of a megabyte": [viewed(user, name=f"{user} " + "a b" * 300_000) for user in range(4, 44)],
}


@pytest.mark.parametrize("rows", JOBS.values(), ids=JOBS)
def test_a_job_that_no_guard_keeps_from_its_work_for_ever_ends_within_its_time(jobs, rows):
    job = wait(jobs, submit(jobs, log_text([*ROWS, *rows])))
    assert re.search("took longer|needs more memory", job.error)  # whichever wall it comes to first
    assert job_processes() == []
    assert (job.completed_at - job.created_at).total_seconds() < SECONDS + MOMENT


def zip_of(count):
    """A directory of so many files, of which the number at its end tells one."""
    local = struct.pack("<4sHHHHHLLLHH", b"PK\3\4", 20, 0, 0, 0, 33, 0, 0, 0, 5, 0) + b"a.csv"
    entry = struct.pack("<4sHHHHHHLLLHHHHHLL", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0) + b"a.csv"
    end = struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, 1, 1, len(entry) * count, len(local), 0)
    return local + entry * count + end


LOG = log_text(ROWS).encode()
LOOKS = {
    "a label of accents": (b"Time,x" + (ACCENTS * 400_000).encode() + b"\n", ""),
    "a directory without end": (zip_of(2_000_000), ""),
    "members without end": (gzip.compress(b"", mtime=0) * 2_000_000, ""),
    "rules without end": (b"name: x\nrules:\n" + b"- {id: a}\n" * 3_000_000, "rules"),
    "corrections without end": (b"staff:\n" + b"- a\n" * 6_000_000, "corrections"),
}


@pytest.mark.parametrize(("content", "option"), LOOKS.values(), ids=LOOKS)
def test_a_look_that_no_guard_ends_is_ended(tmp_path, content, option):
    (tmp_path / "log").write_bytes(LOG if option else content)
    (tmp_path / "beside").write_bytes(content)
    begun = time.monotonic()
    with pytest.raises(supervisor.Crashed) as crash:
        supervisor.look([tmp_path / "log"], Options(**({option: tmp_path / "beside"} if option else {})))
    assert crash.value.cause in ("time", "memory")
    assert time.monotonic() - begun < SECONDS + MOMENT
    assert job_processes() == []
