import subprocess
import sys

import pytest

from moodlelogsmart.jobs.instance import InstanceTaken, claim, jobs_folder, kept_key

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


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    key = kept_key(tmp_path, "secret_key")
    assert len(key) == 64
    assert kept_key(tmp_path, "secret_key") == key
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
