"""A server and a real browser, for the tests of what a person meets."""

import pytest
from conftest import LONG
from playwright.sync_api import expect, sync_playwright
from serving import Server

expect.set_options(timeout=LONG * 1000)

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"]  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory):
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
