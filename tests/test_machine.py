import os

import pytest

from app import create_app
from moodlelogsmart import machine
from moodlelogsmart.config import Settings


@pytest.fixture
def groups(tmp_path, monkeypatch):
    """Control groups as the kernel shows them; `limit(path, text)` sets one."""
    monkeypatch.setattr(machine, "_CGROUPS", tmp_path)
    monkeypatch.setattr(machine, "_OWN_CGROUP", tmp_path / "own")
    (tmp_path / "own").write_text("0::/system.slice/moodlelogsmart.service\n")

    def limit(group, text):
        (tmp_path / group).mkdir(parents=True, exist_ok=True)
        (tmp_path / group / "memory.max").write_text(text)

    return limit


def test_without_a_limit_it_is_that_of_the_machine(groups):
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    assert machine.memory() == whole
    groups("system.slice/moodlelogsmart.service", "max\n")
    assert machine.memory() == whole


@pytest.mark.parametrize("group", ["system.slice/moodlelogsmart.service", "system.slice", "."])
def test_a_limit_of_its_service_or_of_one_around_it_counts(groups, group):
    groups("system.slice/moodlelogsmart.service", "max\n")
    groups(group, f"{1 << 30}\n")
    assert machine.memory() == 1024


def test_where_there_are_no_control_groups_it_is_that_of_the_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "_OWN_CGROUP", tmp_path / "none")
    monkeypatch.setattr(machine, "_CGROUPS", tmp_path / "none")
    assert machine.memory() > 0


@pytest.mark.parametrize(
    ("has", "jobs", "each"),
    [(8000, 2, 400), (1650, 2, 400), (1450, 2, 300), (1450, 1, 400), (4100, 8, 181), (300, 2, 100)],
)
def test_the_jobs_at_a_time_get_together_what_the_machine_has(monkeypatch, has, jobs, each):
    monkeypatch.setattr(machine, "memory", lambda: has)
    assert machine.memory_of_a_job(400, jobs) == each


def test_the_jobs_of_a_server_never_get_more_together_than_the_machine_has(tmp_path):
    app = create_app(Settings(instance=str(tmp_path), memory_limit=10_000_000, workers=3))
    each = app.extensions["moodlelogsmart.runner"].working.limits.memory
    assert 3 * (each + machine.BESIDE) + machine.SERVER <= machine.memory()
