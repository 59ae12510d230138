import subprocess
import sys

import pytest

from moodlelogsmart.jobs.instance import InstanceTaken, claim, jobs_folder

HOLD = """
import sys
from pathlib import Path
from moodlelogsmart.jobs.instance import claim
claim(Path(sys.argv[1]))
print("mine", flush=True)
sys.stdin.read()
"""


def test_one_server_at_a_time_owns_the_folder(tmp_path):
    jobs_folder(tmp_path).mkdir()
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout.readline() == "mine\n"
        with pytest.raises(InstanceTaken, match="stop it first"):
            claim(tmp_path)
    finally:
        other.kill()
        other.wait()
    claim(tmp_path)
