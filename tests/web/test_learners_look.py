"""The table of learners is whole on a screen and on a phone, with all that it can tell."""

import pytest
from browsing import hand_in_here, sending
from conftest import log_text, viewed
from playwright.sync_api import expect

from moodlelogsmart.report.words import LANGUAGES

pytestmark = pytest.mark.xdist_group("browser")

LEVELS = {"page": "Remember", "lesson": "Understand", "assign": "Apply", "data": "Analyze", "quiz": "Evaluate", "wiki": "Create"}  # fmt: skip
RULES = "\n".join(
    ["name: own", "rules:"]
    + [
        f"- {{id: {module}, name: {module}, when: {{module: {module}}}, activity_type: Study_A, bloom_level: {level}, rationale: r, source: s}}"
        for module, level in LEVELS.items()
    ]
)
LOG = log_text(
    viewed(user, module, name=f"Maria da Conceição de Oliveira {user}", time=f"{user}/10/21, 12:39")
    for user in range(4, 10)
    for module in LEVELS
)


@pytest.fixture
def report(visit, tmp_path):
    """The report of a log in which all six levels are."""
    page = visit(locale="en-GB", java_script_enabled=False)
    for name, text in (("log.csv", LOG), ("rules.yaml", RULES)):
        (tmp_path / name).write_text(text)
    page.goto("/")
    page.get_by_text("More options", exact=True).click()
    page.get_by_label("Your own rules").set_input_files(tmp_path / "rules.yaml")
    with sending(page):
        hand_in_here(page, tmp_path / "log.csv")
    expect(page.locator("#figures")).to_be_visible()
    return page


COLUMNS = ["Learner", "Last seen", "First seen", "Active days", "Sessions", "Time (est.)", "Events", *LEVELS.values()]
# How far the table, and what holds it, go beyond what is seen of them.
BEYOND = """() => [document.documentElement, ...document.querySelectorAll('table.learners, :has(> table.learners)')]
    .map(one => one.scrollWidth - one.clientWidth)"""


def heads(page):
    return [" ".join(text.split()) for text in page.locator(".learners thead th").all_text_contents()]


@pytest.mark.parametrize("width", [1280, 390])
def test_on_the_page_no_column_is_cut_whatever_its_language(report, width):
    report.set_viewport_size({"width": width, "height": 900})
    assert heads(report) == COLUMNS
    for code in LANGUAGES:
        report.goto(f"{report.url.partition('?')[0]}?lang={code}")
        assert len(heads(report)) == len(COLUMNS)
        assert max(report.evaluate(BEYOND)) <= 0, code


def test_in_the_file_it_has_the_same_columns_and_is_whole_on_a_screen(report, tmp_path):
    address = report.url.replace("/status/", "/download/") + "/report.html"
    (tmp_path / "report.html").write_bytes(report.request.get(address).body())
    report.goto((tmp_path / "report.html").as_uri())
    report.set_viewport_size({"width": 1280, "height": 900})
    assert heads(report) == COLUMNS
    assert max(report.evaluate(BEYOND)) <= 0
