"""A server and a real browser, for the tests of what a person meets."""

from contextlib import contextmanager, suppress

import pytest
from conftest import LONG, until
from playwright.sync_api import Error, expect, sync_playwright
from serving import Server

expect.set_options(timeout=LONG * 1000)

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"]  # fmt: skip


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One for all, for a browser knows its own jobs alone."""
    server = Server(tmp_path_factory.mktemp("browser") / "instance").ready()
    yield server
    server.end()


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET, timeout=LONG * 1000)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, server):
    """Open a browser of its own on this server: an empty page of it."""
    contexts = []

    def start(**look):
        contexts.append(chromium.new_context(base_url=server.url, **look))
        contexts[-1].set_default_timeout(LONG * 1000)
        return contexts[-1].new_page()

    yield start
    for context in contexts:
        context.close()


def hand_in(page, log):
    """Open the start page and hand in a log there."""
    page.goto("/")
    hand_in_here(page, log)


def hand_in_here(page, log):
    """Hand in a log on the start page."""
    page.get_by_label("Log of your course").set_input_files(log)
    page.get_by_role("button", name="Make the report").click()


@contextmanager
def sending(page):
    """Within it a form is sent; behind it the page shows what came of its job, some seconds before it looks itself."""

    with page.expect_navigation():
        yield
    look_again(page)


def look_again(page):
    """See what came of the job of a page as soon as it has ended."""

    def is_under_way():
        return 'http-equiv="refresh"' in page.context.request.get(page.url).text()

    if is_under_way():
        until(lambda: page.wait_for_timeout(200) or not is_under_way())
        with suppress(Error):  # where the page looked itself just then
            page.reload()


def have_read(page, log):
    """Hand in a log on the start page, and see what came of it."""
    page.goto("/")
    with sending(page):
        hand_in_here(page, log)
