"""Every page: valid HTML, and nothing in it that keeps a person out (WCAG 2.2, A and AA)."""

from pathlib import Path

import axe_playwright_python
import html5lib
import pytest
from browsing import sending
from conftest import event, graded, log_text, viewed
from playwright.sync_api import expect
from serving import Server
from test_sheets import workbook

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOOKS = [{}, {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}, "locale": "pt-BR"}]

ODD = event("", name="Ana Souza", component="Dice", event_name="Dice thrown")
ROWS = [
    *[viewed(user, module, time=f"{day}/10/21, 12:{user}") for user in (40, 41, 42) for module in ("page", "quiz") for day in (17, 26)],
    *[graded(9, 40), ODD, ODD],
    event("User viewed their submission inbox at course: 148"),
]  # fmt: skip


@pytest.fixture(params=LOOKS, ids=["light", "dark-phone-portuguese"])
def page(visit, request):
    return visit(**request.param)


def have_read(page, tmp_path, text, **more):
    """Hand in a log, and see what came of it."""
    with sending(page):
        hand_in(page, tmp_path, text, **more)


def hand_in(page, tmp_path, text, **more):
    log = tmp_path / "course.csv"
    log.write_text(text)
    page.goto("/")
    page.locator("#file").set_input_files(log)
    for name, value in more.items():
        if name == "check":
            page.locator("[name=check]").check()
        else:
            page.locator("summary").first.click()
            page.locator(f"#{name}").set_input_files(value)
    page.locator("form.card button").click()


def assert_sound(page):
    """Nothing is wrong with the page that is open: neither its source nor what a person gets of it."""
    source = page.context.request.get(page.url).text() if page.locator("#refusal").count() == 0 else page.content()
    assert faults_of(source) == []
    assert barriers_of(page) == []


def barriers_of(page):
    """What keeps a person out of the page that is open, with all that can be unfolded: rules of axe, and where."""
    page.wait_for_load_state()
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    page.evaluate(AXE)
    found = page.evaluate("levels => axe.run({runOnly: levels})", LEVELS)
    return [(one["id"], node["html"]) for one in found["violations"] for node in one["nodes"]]


def faults_of(source):
    """What a strict parser says against a page, and the ids that are not the only ones."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("lxml"))
    tree = parser.parse(source)
    ids = tree.xpath("//@id")
    return [name for _place, name, _facts in parser.errors] + sorted({one for one in ids if ids.count(one) > 1})


def test_the_start_page_is_sound(page):
    page.goto("/")
    assert_sound(page)


def test_a_refused_form_is_sound(page, tmp_path):
    rules = tmp_path / "rules.yaml"
    rules.write_text("name: x")
    hand_in(page, tmp_path, log_text(ROWS), rules=rules)
    expect(page.get_by_role("alert")).to_be_visible()
    assert_sound(page)


def test_the_page_of_a_log_under_way_is_sound(page, tmp_path):
    hand_in(page, tmp_path, log_text(ROWS * 10000))
    page.goto(page.url + "?still=1")
    expect(page.get_by_role("progressbar")).to_be_visible()
    assert_sound(page)
    page.locator("#stop").click()
    assert_sound(page)
    page.locator("main form button").click()


def test_a_report_and_what_leads_on_from_it_are_sound(page, tmp_path):
    have_read(page, tmp_path, log_text(ROWS))
    expect(page.locator("#figures")).to_be_visible()
    report = page.url
    assert_sound(page)
    start = report.partition("/status/")[0]
    for address in (
        report + "/learners/1",
        report.replace("/status/", "/check/"),
        report.replace("/status/", "/jobs/") + "/delete",
        start,
    ):
        page.goto(address)
        assert_sound(page)
    own = page.context.request.get(report.replace("/status/", "/download/") + "/report.html").text()
    assert faults_of(own) == []
    (tmp_path / "report.html").write_text(own, encoding="utf-8")
    page.goto((tmp_path / "report.html").as_uri())
    assert barriers_of(page) == []


def test_the_report_of_the_sample_is_sound(page):
    page.goto("/demo")
    expect(page.locator("#figures")).to_be_visible()
    assert_sound(page)


def test_two_results_side_by_side_are_sound(page, tmp_path):
    for _each in range(2):
        have_read(page, tmp_path, log_text([viewed(user) for user in range(4, 12)]))
        expect(page.locator("#figures")).to_be_visible()
    page.goto("/")
    for box in page.locator("input[name=job]").all():
        box.check()
    page.locator("form[action='/compare'] button").click()
    expect(page.locator("main table").first).to_be_visible()
    assert_sound(page)


def test_a_log_that_waits_for_a_person_is_sound(page, tmp_path):
    have_read(page, tmp_path, log_text(ROWS).replace("Time,", "Hora certa,", 1), check=True)
    expect(page.locator(".check-page")).to_be_visible()
    assert_sound(page)


@pytest.mark.parametrize("name", ["notas.csv", "notas.xlsx"])
def test_where_it_is_asked_what_another_table_is_for_is_sound(page, name):
    rows = [["First name", "Surname", "Course total (Real)"], ["Ana", "Souza", "7"]]
    content = workbook(Notas=rows) if name.endswith("x") else "\n".join(map(",".join, rows)).encode()
    page.goto("/")
    page.locator("#file").set_input_files({"name": name, "mimeType": "", "buffer": content})
    page.locator("form.card button").click()
    expect(page.get_by_role("radio")).to_have_count(4)
    assert_sound(page)


def test_a_log_that_could_not_be_processed_is_sound(page, tmp_path):
    have_read(page, tmp_path, log_text([]))
    expect(page.get_by_role("alert")).to_be_visible()
    assert_sound(page)


def test_a_form_that_keeps_what_was_sent_is_sound(page, tmp_path):
    rules = tmp_path / "rules.yaml"
    rules.write_text("name: x")
    hand_in(page, tmp_path, log_text(ROWS), rules=rules)
    page.goto("/")
    expect(page.locator("[name=kept]")).to_have_count(1)
    assert_sound(page)


def test_the_pages_of_the_operator_and_of_tokens_are_sound(chromium, tmp_path, request):
    tokens = {"MOODLELOGSMART_ADMIN_TOKEN": "a" * 32, "MOODLELOGSMART_ACCESS_TOKENS": "b" * 32}
    server = Server(tmp_path / "instance", **tokens).ready()
    request.addfinalizer(server.end)
    for look in LOOKS:
        page = chromium.new_context(base_url=server.url, **look).new_page()
        page.goto("/")
        expect(page.locator("#token")).to_be_visible()
        assert_sound(page)
        page.locator("#token").fill("b" * 32)
        page.locator("main form button").click()
        have_read(page, tmp_path, log_text(ROWS))
        expect(page.locator("#figures")).to_be_visible()
        operator = chromium.new_context(
            base_url=server.url, http_credentials={"username": "admin", "password": "a" * 32}, **look
        ).new_page()
        operator.goto("/admin")
        assert_sound(operator)
        operator.locator("td a.button").first.click()
        assert_sound(operator)


def test_what_is_not_there_is_told_on_a_sound_page(page):
    page.goto("/status/3b1a3a52-0d5c-4c84-9c64-0d6a4d0a8a01")
    assert_sound(page)


def test_a_strict_parser_and_ids_that_are_twice_are_seen():
    assert faults_of("<!doctype html><title>x</title><p id=a>1 <1 min<p id=a>") == ["expected-tag-name", "a"]
