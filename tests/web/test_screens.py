"""What a person sees: each language whole, on each page, and what fits a screen and a finger."""

import re

import pytest
from babel.messages.pofile import read_po
from browsing import sending
from conftest import event, graded, log_text, viewed
from playwright.sync_api import expect
from serving import ROOT, Server

from moodlelogsmart.report.words import LANGUAGES

TRANSLATED = [code for code in LANGUAGES if code != "en"]
PHONE, SCREEN = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
ADMIN = "a" * 32

# Nothing in this log is English for who reads it, and it makes every part of the report.
ODD = event("", name="Ana Souza", component="Dados", event_name="Dados jogados")
ROWS = [
    *[viewed(user, module, time=f"{day}/10/21, 12:{user}") for user in (40, 41, 42) for module in ("page", "quiz") for day in (17, 26)],
    *[graded(9, 40), ODD, ODD],
    event("User viewed their submission inbox at course: 148"),
]  # fmt: skip
LOG = log_text([row | {"Event context": "Curso: Álgebra", "Event name": row["Event name"].replace("Something", "Algo")} for row in ROWS])  # fmt: skip

# Words that make a sentence English, none of them a word of the other languages.
ENGLISH = re.compile(
    r"\b(the|of|with|and|which|this|your|you|is|are|was|were|not|from|by|to|for|it|what|who)\b", re.IGNORECASE
)
# What is on a page in its own language: not what is marked as another's, nor codes, nor what stood in the log.
SEEN = """() => {
    document.querySelectorAll('details').forEach(one => { one.open = true })
    const own = document.documentElement.lang
    const counts = one => one.closest('[lang]').lang === own && !one.closest('code, pre, style, .values')
    const told = [document.title]
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walk.nextNode()) if (counts(walk.currentNode.parentElement)) told.push(walk.currentNode.data)
    document.querySelectorAll('[aria-label], [title], [alt]').forEach(one => {
        if (counts(one)) told.push(one.ariaLabel || '', one.title || '', one.alt || '')
    })
    return told.map(one => one.replace(/\\s+/g, ' ').trim()).filter(Boolean)
}"""


def pieces(texts):
    """The parts of English texts of three words or more, as they stand between what is filled in."""
    parts = [part.strip(" .:;,“”()") for text in texts for part in re.split(r"%\(\w+\)[ds]|%%", text)]
    return [part for part in parts if len(part.split()) >= 3]


@pytest.fixture(scope="module", params=TRANSLATED)
def code(request):
    return request.param


@pytest.fixture(scope="module")
def untranslated(code):
    """What of the source must not be seen in a language."""
    with (ROOT / "translations" / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
        messages = [one for one in read_po(file) if one.id]
    texts = [one.id if isinstance(one.id, tuple) else (one.id,) for one in messages]
    return pieces(text for several in texts for text in several)


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """A server that asks for a token, and has an operator."""
    tokens = {"MOODLELOGSMART_ADMIN_TOKEN": ADMIN, "MOODLELOGSMART_ACCESS_TOKENS": "b" * 32}
    server = Server(tmp_path_factory.mktemp("closed") / "instance", **tokens).ready()
    yield server
    server.end()


@pytest.fixture
def speaking(visit, code):
    return visit(locale=code.replace("_", "-"))


def hand_in(page, path, log, rules=None, pseudonyms="", check=False):
    path.write_text(log)
    page.goto("/")
    page.locator("#file").set_input_files(path)
    page.locator("form.card details:has(#pseudonyms)").evaluate("one => { one.open = true }")
    page.locator("#pseudonyms").select_option(pseudonyms)
    if rules:
        page.locator("#rules").set_input_files(rules)
    if check:
        page.locator("[name=check]").check()
    page.locator("form.card button").click()


def english_on(page, untranslated):
    """What of a page is English: pieces of our texts, and sentences of anybody's."""
    page.wait_for_load_state()
    told = page.evaluate(SEEN)
    ours = [part for part in untranslated if any(part in one for one in told)]
    return ours + [one for one in told if len(one.split()) > 2 and len(ENGLISH.findall(one)) > 1]


def test_no_page_speaks_english_to_who_reads_another_language(speaking, untranslated, tmp_path):
    page, log = speaking, tmp_path / "curso.csv"
    seen = {}

    def look(name):
        seen[name] = english_on(page, untranslated)

    page.goto("/")
    look("start")
    rules = tmp_path / "regras.yaml"
    rules.write_text("name: x")
    hand_in(page, log, LOG, rules=rules)
    expect(page.get_by_role("alert")).to_be_visible()
    look("refused")
    hand_in(page, log, log_text(ROWS * 10000))
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.goto(page.url + "?still=1")
    look("progress")
    page.locator("#stop").click()
    look("stop?")
    page.locator("main form button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look("failed")
    with sending(page):
        hand_in(page, log, LOG, pseudonyms="own")
    expect(page.locator("#figures")).to_be_visible()
    look("report")
    report = page.url
    with page.expect_download():
        page.locator("form[action$='/key'] button").click()
    for name, address in {
        "key taken": report,
        "sorted": report + "?sort=last&day=2000-01-01",
        "learner": report + "/learners/1",
        "check": report.replace("/status/", "/check/"),
        "delete?": report.replace("/status/", "/jobs/") + "/delete",
        "start again": "/",
        "nothing": "/nothing",
    }.items():
        page.goto(address)
        look(name)
    page.goto("/demo")
    expect(page.locator("#figures")).to_be_visible()
    look("sample")
    own = page.context.request.get(report.replace("/status/", "/download/") + "/report.html").text()
    page.goto(report.replace("/status/", "/jobs/") + "/delete")
    page.locator("main form button").click()
    look("deleted")
    with sending(page):
        hand_in(page, log, LOG.replace("Time,", "Hora certa,", 1), check=True)
    expect(page.locator(".check-page")).to_be_visible()
    look("question")
    (tmp_path / "report.html").write_text(own, encoding="utf-8")
    page.goto((tmp_path / "report.html").as_uri())
    look("report.html")
    assert {name: found for name, found in seen.items() if found} == {}
    assert len(seen) == 17


def test_neither_do_the_pages_of_tokens_and_of_the_operator(chromium, closed, code, untranslated):
    page = chromium.new_context(
        base_url=closed.url,
        locale=code.replace("_", "-"),
        http_credentials={"username": "admin", "password": ADMIN},
    ).new_page()
    page.goto("/")
    expect(page.locator("#token")).to_be_visible()
    assert english_on(page, untranslated) == []
    page.goto("/admin")
    assert english_on(page, untranslated) == []


def test_a_text_that_was_left_in_english_would_be_seen(speaking):
    speaking.goto("/")
    speaking.evaluate("document.querySelector('h1').textContent = 'See what your learners did in Moodle'")
    speaking.evaluate("document.querySelector('footer').textContent = 'Nobody of us is in the list'")
    assert set(english_on(speaking, ["See what your learners did in Moodle"])) == {
        "See what your learners did in Moodle",
        "Nobody of us is in the list",
    }


@pytest.mark.parametrize("code", list(LANGUAGES))
def test_the_button_is_on_the_first_screen_of_a_phone(visit, code):
    page = visit(locale=code.replace("_", "-"), viewport=PHONE)
    page.goto("/")
    box = page.locator("form.card button").bounding_box()
    assert box["y"] + box["height"] < PHONE["height"]
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.parametrize("code", list(LANGUAGES))
def test_a_new_browser_sees_the_buttons_and_the_steps_in_moodle_at_once(visit, code):
    page = visit(viewport=SCREEN, locale=code.replace("_", "-"))
    page.goto("/")
    steps = page.locator("#how-to > div > ol > li")
    expect(steps.filter(visible=True)).to_have_count(4)
    for part in (page.locator("form.card button"), page.locator("#sample a"), steps.nth(3)):
        box = part.bounding_box()
        assert box["y"] + box["height"] < SCREEN["height"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("code", list(LANGUAGES))
def test_a_small_picture_shows_how_a_report_begins(visit, code, scheme):
    page = visit(viewport=PHONE, locale=code.replace("_", "-"), color_scheme=scheme)
    page.goto("/")
    picture = page.locator("#sample img")
    assert len(picture.get_attribute("alt")) > 40
    assert picture.get_attribute("loading") == "lazy"
    picture.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('#sample img').naturalWidth > 0")
    shown = page.context.request.get(picture.evaluate("one => one.currentSrc"))
    assert f"/report-{code}-{scheme}.png" in shown.url
    assert shown.headers["content-type"] == "image/png"
    assert len(shown.body()) < 20_000
    box = picture.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]


def test_a_new_browser_reaches_a_report_with_one_click_and_no_file(visit):
    page = visit(viewport=PHONE)
    page.goto("/")
    page.get_by_role("link", name="Try it with a sample log").click()
    expect(page.get_by_role("heading", name="Programming I (sample course)")).to_be_visible()
    assert page.url.endswith("/demo")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.parametrize("size", [SCREEN, PHONE, {"width": 700, "height": 900}], ids=["screen", "phone", "between"])
def test_the_operator_reaches_every_button(chromium, server, closed, size):
    page = chromium.new_context(base_url=closed.url, viewport=size, locale="en-GB",
        http_credentials={"username": "admin", "password": ADMIN}).new_page()  # fmt: skip
    job_id = page.context.request.post(
        "/upload",
        headers={"Authorization": f"Bearer {'b' * 32}", "Accept": "application/json"},
        multipart={"file": {"name": "log.csv", "mimeType": "text/csv", "buffer": LOG.encode()}},
    ).json()["job_id"]
    page.goto("/admin")
    number = page.get_by_role("rowheader", name=job_id[:8]).locator("code")
    assert (number.text_content(), number.get_attribute("title")) == (job_id[:8], job_id)
    buttons = page.locator("td a.button").all()
    assert buttons
    for button in buttons:
        box = button.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size["width"]
    assert not re.search(r"\d [AP]M\b", page.content())


def test_what_is_touched_is_large_enough(visit, tmp_path):
    page = visit(viewport=PHONE, locale="en-GB")
    with sending(page):
        hand_in(page, tmp_path / "log.csv", LOG)
    expect(page.locator("#figures")).to_be_visible()
    targets = page.locator("thead a, .files a, header nav a").all()
    assert len(targets) > 10
    assert min(one.bounding_box()["height"] for one in targets if one.is_visible()) >= 24


def test_the_facts_of_a_phone_are_not_cut(visit, tmp_path):
    page = visit(viewport=PHONE, locale="pt-BR")
    with sending(page):
        hand_in(page, tmp_path / "log.csv", LOG)
    expect(page.locator("#figures")).to_be_visible()
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    for name in page.locator(".facts dt").all():
        assert name.evaluate("one => one.scrollWidth <= one.clientWidth")
        assert name.bounding_box()["x"] + name.bounding_box()["width"] <= PHONE["width"]
