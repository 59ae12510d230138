"""What somebody sees of a job that waits and runs, in a real browser without JavaScript."""

import re

import pytest
from browsing import hand_in, look_again
from conftest import log_text, viewed
from playwright.sync_api import expect
from serving import Server
from working import HURT, hurting_log


@pytest.fixture(scope="module")
def go(tmp_path_factory):
    """The file at which jobs that pause go on."""
    return tmp_path_factory.mktemp("go") / "go"


@pytest.fixture(scope="module")
def server(tmp_path_factory, go):
    """One worker, so that who comes second waits; a job pauses where its log says so."""
    folder = tmp_path_factory.mktemp("progress")
    (folder / "sitecustomize.py").write_text(HURT)
    server = Server(folder / "instance", MOODLELOGSMART_WORKERS="1", PYTHONPATH=str(folder), GO=str(go)).ready()
    yield server
    server.end()


def seconds_shown(page):
    told = re.search(r"(\d+) seconds? so far", page.locator("main").inner_text())
    return int(told[1]) if told else None


def test_it_starts_in_a_moment_only_where_nobody_is_before_and_seconds_are_told_from_five_on(visit, go, tmp_path):
    first, second = visit(java_script_enabled=False, locale="en-GB"), visit(java_script_enabled=False, locale="en-GB")
    long, short = tmp_path / "long.csv", tmp_path / "short.csv"
    long.write_text(hurting_log("classify", "pause"))
    short.write_text(log_text([viewed(4)]))
    hand_in(first, long)
    shown = first.locator("main").inner_text()
    assert "before yours" not in shown
    assert "queue" not in shown
    hand_in(second, short)
    expect(second.locator("#stage")).to_have_text("1 analysis before yours")
    assert "Starts in a moment" not in second.locator("main").inner_text()
    assert seconds_shown(first) is None or seconds_shown(first) >= 5
    expect(first.locator("main")).to_contain_text(re.compile(r"\d+ seconds so far"))
    assert seconds_shown(first) >= 5
    go.touch()
    look_again(first)
    look_again(second)
    for page in (first, second):
        expect(page.get_by_role("heading", level=1)).to_have_text(
            re.compile(" – (what the learners did|please check these results)$")
        )
