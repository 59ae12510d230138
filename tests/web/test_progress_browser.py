"""What somebody sees of a job that waits and runs, in a real browser without JavaScript."""

import re
import subprocess

import pytest
from browsing import hand_in
from conftest import log_text, viewed
from playwright.sync_api import expect
from serving import GENERATE, Server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One worker, so that who comes second waits."""
    folder = tmp_path_factory.mktemp("progress") / "instance"
    server = Server(folder, MOODLELOGSMART_WORKERS="1", MOODLELOGSMART_JOB_THREADS="1").ready()
    yield server
    server.end()


@pytest.fixture(scope="module")
def long_log(tmp_path_factory):
    path = tmp_path_factory.mktemp("logs") / "course.csv"
    subprocess.run([*GENERATE, "400000", path], check=True)
    return path


def seconds_shown(page):
    told = re.search(r"(\d+) seconds? so far", page.locator("main").inner_text())
    return int(told[1]) if told else None


def test_it_starts_in_a_moment_only_where_nobody_is_before_and_seconds_are_told_from_five_on(visit, long_log, tmp_path):
    first, second = visit(java_script_enabled=False, locale="en-GB"), visit(java_script_enabled=False, locale="en-GB")
    hand_in(first, long_log)
    shown = first.locator("main").inner_text()
    assert "before yours" not in shown
    assert "queue" not in shown
    short = tmp_path / "short.csv"
    short.write_text(log_text([viewed(4)]))
    hand_in(second, short)
    expect(second.locator("#stage")).to_have_text("1 analysis before yours")
    assert "Starts in a moment" not in second.locator("main").inner_text()
    assert seconds_shown(first) is None or seconds_shown(first) >= 5
    expect(first.locator("main")).to_contain_text(re.compile(r"\d+ seconds so far"))
    assert seconds_shown(first) >= 5
    for page in (first, second):
        expect(page.get_by_role("heading", level=1)).to_have_text(
            re.compile(" – (what the learners did|please check these results)$")
        )
