"""How the report looks: on paper, on a phone, and whether its colours can be told from the page."""

import csv

import pytest
from acting import handed_in
from conftest import event, graded, log_text, viewed

from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process
from moodlelogsmart.report.words import LANGUAGES
from moodlelogsmart.sample.files import sample

ROWS = [
    *[viewed(user, module, cm, time=f"{day}/10/21, {hour}:{user}", **{"Event context": f"Quiz: A name of its own {cm}"})
      for user in (40, 41, 42) for day, hour in ((4, 9), (12, 23), (27, 7))
      for module, cm in (("page", 5), ("quiz", 6), ("assign", 7), ("forum", 8))],
    *[event(f"The user with id '{user}' viewed the course with id '3'.", time=f"12/10/21, 12:{user}") for user in (40, 41)],
    graded(9, 40),
    *[handed_in(user, f"{day}/10/21, 14:{user}") for user, day in ((40, 4), (41, 4), (42, 12), (43, 12), (44, 12), (45, 27), (46, 27))],
]  # fmt: skip

# The contrast (WCAG 2.2) of a colour laid with its opacity on that of the page or of a mark, of the first that fits.
CONTRAST = """([selector, property, mark]) => {
    const numbers = text => text.match(/[\\d.]+/g).map(Number)
    const light = colour => colour.slice(0, 3).map(one => one / 255)
        .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
        .reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0)
    const found = [...document.querySelectorAll(selector)].find(one => one.checkVisibility() || one.closest('defs'))
    const style = getComputedStyle(found)
    const ground = mark ? getComputedStyle(document.querySelector(mark)).fill : getComputedStyle(document.body).backgroundColor
    const page = numbers(ground)
    const under = property === 'color' ? numbers(style.backgroundColor) : page
    const opacity = Number(style[property + 'Opacity'] || 1)
    const over = numbers(style[property]).slice(0, 3).map((one, place) => one * opacity + under[place] * (1 - opacity))
    const [high, low] = [light(over), light(under)].sort((one, other) => other - one)
    return (high + 0.05) / (low + 0.05)
}"""
MARKS = [
    (".chart .Remember", "fill"), (".chart .Evaluate", "fill"), (".chart .Apply", "fill"), ("rect.none", "stroke"),
    (".hatch path", "stroke"), (".chart .bar", "fill"), (".chart [class^=hour][class$='4']", "stroke"),
    (".rows .part1", "fill"), (".rows .part2", "stroke"), (".map .arrow", "stroke"), (".map .node", "stroke"),
]  # fmt: skip


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    (folder / "log.csv").write_text(log_text(ROWS))
    process(folder / "log.csv", Options(), folder)
    return (folder / "report.html").as_uri()


@pytest.fixture
def looking(chromium, report):
    """Open the report in a browser that has this look."""
    contexts = []

    def look(**how):
        contexts.append(chromium.new_context(**how))
        page = contexts[-1].new_page()
        page.goto(report)
        return page

    yield look
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_a_picture_tells_stands_out_from_the_page(looking, scheme):
    page = looking(color_scheme=scheme)
    found = {mark: page.evaluate(CONTRAST, mark) for mark in MARKS}
    assert {mark: contrast for mark, contrast in found.items() if contrast < 3} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_numbers_in_a_bar_stand_out_from_it(looking, scheme):
    page = looking(color_scheme=scheme)
    parts = [[f".rows .in{part}", "fill", f".rows .part{part}"] for part in (1, 2, 3)]
    assert min(page.evaluate(CONTRAST, part) for part in parts) >= 4.5


def test_on_paper_all_is_light_open_and_whole_whatever_the_screen(looking):
    page = looking(color_scheme="dark", viewport={"width": 794, "height": 1123})
    page.emulate_media(media="print")
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('afterbegin', '<p class=\"warning\">Look at this.</p>')"
    )
    assert page.evaluate(CONTRAST, [".warning", "color"]) >= 7
    assert {mark: page.evaluate(CONTRAST, mark) for mark in MARKS if page.evaluate(CONTRAST, mark) < 3} == {}
    closed = "[...document.querySelectorAll('details:not([open]) > :not(summary)')]"
    assert page.evaluate(f"{closed}.length") > 3
    assert page.evaluate(f"{closed}.filter(one => !one.checkVisibility({{contentVisibilityAuto: true}}) || !one.offsetHeight && !one.getBoundingClientRect().height).length") == 0  # fmt: skip
    # Nothing is cut by the edge of the paper.
    wide = "[...document.querySelectorAll('svg.chart, table')].filter(one => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1).length"
    assert page.evaluate(wide) == 0
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_on_a_phone_the_pictures_are_as_wide_as_the_page_and_the_first_screen_tells_what_was_found(looking):
    page = looking(viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    for section in ("time", "hours"):
        wide = f"[...document.querySelectorAll('section[aria-labelledby={section}] svg.chart')].filter(one => one.getBoundingClientRect().right > 390).length"
        assert page.evaluate(wide) == 0
    for seen in ("h1", "#period", ".made", ".findings li:nth-child(2)"):
        box = page.locator(seen).first.bounding_box()
        assert box["y"] + box["height"] <= 844, seen


@pytest.mark.parametrize("width", [390, 1280])
def test_the_words_of_a_map_can_be_read_and_lie_in_it_side_by_side(looking, width):
    page = looking(viewport={"width": width, "height": 900})
    page.evaluate(
        "document.querySelectorAll('details').forEach(one => { one.removeAttribute('name'); one.open = true })"
    )
    found = page.evaluate("""() => [...document.querySelectorAll('svg.map')].flatMap(map => {
        const frame = map.getBoundingClientRect()
        const texts = [...map.querySelectorAll('text')].map(one => ({box: one.getBoundingClientRect(), says: one.textContent}))
        const names = texts.filter(one => one.box.height < 11 || one.box.left < frame.left || one.box.right > frame.right
            || one.box.top < frame.top || one.box.bottom > frame.bottom)
        const over = [...map.querySelectorAll('text.name')].filter(one => {
            const boxes = [...map.querySelectorAll('rect.node')].map(node => node.getBoundingClientRect())
            const box = one.getBoundingClientRect()
            return !boxes.some(node => node.left <= box.left && box.right <= node.right)
        })
        return [...names.map(one => one.says), ...over.map(one => one.textContent)]
    })""")
    assert found == []


LONG_NAMES = ["W" * 80, "illicit fill " * 12, "Ünïcödé " * 15, "授業の資料と練習問題" * 9, "mmmm" * 30, "Fim"]
# What is written outside of a picture of rows, or of names into its bars or those of another row.
ASTRAY = """() => [...document.querySelectorAll('svg.rows')].filter(one => one.checkVisibility()).flatMap(rows => {
    const frame = rows.getBoundingClientRect()
    const bars = [...rows.querySelectorAll('[class^=part]')].map(one => one.getBoundingClientRect())
    const over = box => bars.some(bar => box.left < bar.right && bar.left < box.right && box.top + 3 < bar.bottom && bar.top < box.bottom - 3)
    return [...rows.querySelectorAll('text')].filter(one => {
        const box = one.getBoundingClientRect()
        const is_out = box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1
        return is_out || one.matches('.name') && over(box)
    }).map(one => one.textContent)
})"""


@pytest.mark.parametrize("width", [320, 390, 700, 1280])
def test_names_of_any_length_stand_beside_their_bars_and_in_the_picture(chromium, tmp_path, width):
    kinds = {"page": "Page", "quiz": "Quiz", "forum": "Forum"}
    rows = [viewed(user, module, 10 * place + number, time=f"4/10/21, 9:{user}", **{"Event context": f"{kind}: {name}"})
            for user in (40, 41, 42) for place, (module, kind) in enumerate(kinds.items()) for number, name in enumerate(LONG_NAMES)]  # fmt: skip
    (tmp_path / "log.csv").write_text(log_text(rows), encoding="utf-8")
    process(tmp_path / "log.csv", Options(), tmp_path)
    page = chromium.new_page(viewport={"width": width, "height": 844})
    page.goto((tmp_path / "report.html").as_uri())
    found = page.evaluate(ASTRAY), page.evaluate(SMALL)
    names = page.evaluate("[...document.querySelectorAll('svg.rows .name')].map(one => one.textContent)")
    page.close()
    assert found == ([], [])
    assert {name[-1] for name in names} == {"…", "m"}


@pytest.fixture(scope="module", params=LANGUAGES)
def all_of_it(request, tmp_path_factory):
    """A report that has each section, with as many groups as it compares."""
    folder = tmp_path_factory.mktemp("sample")
    made = sample(folder, request.param)
    rows = list(csv.reader(made.participants.read_text(encoding="utf-8-sig").splitlines()))
    place = next(place for place, cell in enumerate(rows[1]) if cell.startswith(("Group", "Grup")))
    for number, row in enumerate(rows[1:]):
        row[place] = ", ".join(f"A group of a name {n}" for n in range(number % 2, 12, 2))
    with made.participants.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    options = Options(roster=made.participants, grades=made.grades, timezone=made.timezone, language=request.param)
    process(made.log, options, folder)
    return (folder / "report.html").as_uri()


OPEN = "document.querySelectorAll('details').forEach(one => { one.removeAttribute('name'); one.open = true })"
# Where each table, each box that scrolls and each picture is that goes beyond the page or what holds it, but for the
# maps, of which the words keep their size: these scroll, and a shadow at the edge says so.
WIDE = """() => [...document.querySelectorAll('html, table, .scroll, svg.chart:not(.map)')]
    .filter(one => one.checkVisibility() && !one.querySelector('.map') || one.matches('html'))
    .filter(one => one.scrollWidth > one.clientWidth || one.getBoundingClientRect().right > innerWidth + 0.5)
    .map(one => one.tagName + ' of ' + one.closest('section')?.getAttribute('aria-labelledby'))"""
CELLS = """() => [...document.querySelectorAll('td, th')].filter(one => one.checkVisibility()).map(one => [one, one.getBoundingClientRect()])
    .filter(([one, box]) => box.left >= 0 && (box.right > innerWidth + 0.5 || one.scrollWidth > one.clientWidth + 1))
    .map(([one]) => one.textContent)"""
SMALL = """() => [...document.querySelectorAll('svg text')].filter(one => one.checkVisibility())
    .map(one => [one.getBoundingClientRect().height, one.textContent]).filter(([height]) => height < 11)"""
HEADED = """() => [...document.querySelectorAll('.cards.told')].map(table => {
    const said = [...table.querySelectorAll('tbody tr')].map(row => [...row.cells].slice(1).map(one => one.dataset.label))
    return [table.closest('section').getAttribute('aria-labelledby'), said.flat().filter(one => !one).length]
})"""


@pytest.mark.parametrize("width", [320, 390, 700])
def test_on_a_phone_each_table_is_whole_and_each_word_of_a_picture_can_be_read(chromium, all_of_it, width):
    page = chromium.new_page(viewport={"width": width, "height": 844})
    page.goto(all_of_it)
    page.evaluate(OPEN)
    found = {"wide": page.evaluate(WIDE), "cells": page.evaluate(CELLS), "small": page.evaluate(SMALL)}
    found["astray"] = page.evaluate(ASTRAY)
    tables = page.evaluate(HEADED)
    shown = page.evaluate("getComputedStyle(document.querySelector('#elements ~ .scroll td'), '::before').content")
    page.close()
    assert found == {"wide": [], "cells": [], "small": [], "astray": []}
    sections = {"active", "hours", "elements", "assignments", "quizzes", "forums", "activities", "comparison", "learners", "time"}  # fmt: skip
    assert sections <= {section for section, _unnamed in tables}
    assert [section for section, unnamed in tables if unnamed] == []
    assert len(shown) > len('"": "')


def test_on_paper_each_table_is_as_wide_as_the_page_and_no_cell_is_cut(chromium, all_of_it):
    page = chromium.new_page(viewport={"width": 718, "height": 1000})
    page.goto(all_of_it)
    page.emulate_media(media="print")
    found = {"wide": page.evaluate(WIDE), "cells": page.evaluate(CELLS)}
    sizes = page.evaluate(
        "[...new Set([...document.querySelectorAll('th, td')].map(one => getComputedStyle(one).fontSize))]"
    )
    page.close()
    assert len(sizes) == 2, "the words of a table are as large as its numbers"
    assert found == {"wide": [], "cells": []}
