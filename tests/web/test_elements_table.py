"""The table of course elements on the page: sorted, of one kind, and a part at a time."""

import pytest
from acting import asked, handed_in, opened, tried
from conftest import log_text, viewed
from lxml import html

from moodlelogsmart.web import listing

LOG = [
    *[opened(user, "11/10/21, 10:00") for user in (4, 5, 6)],
    opened(4, "13/10/21, 10:00", "Notes", 63),
    opened(4, "14/10/21, 10:00", "Notes", 63),
    opened(4, "15/10/21, 10:00", "Notes", 63),
    opened(4, "16/10/21, 10:00", "Notes", 63),
    handed_in(5, "12/10/21, 15:00"),
    tried(4, 31, "started", "12/10/21, 10:00"),
    tried(5, 32, "started", "18/10/21, 10:00"),
    asked(6, 51, "17/10/21, 11:30"),
]


@pytest.fixture
def case(done):
    return done(log_text(LOG))


def opened_page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, address
    return html.fromstring(answer.get_data(as_text=True))


def rows_of(page):
    rows = page.xpath("//section[@aria-labelledby='elements']//table/tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in rows]


def names_of(page):
    return [row[0].split()[0] for row in rows_of(page)]


ASKED = {
    "": ["Slides", "Birds", "Notes", "Essay", "Questions"],
    "by=learners&way=asc": ["Notes", "Essay", "Questions", "Birds", "Slides"],
    "by=events": ["Notes", "Slides", "Birds", "Essay", "Questions"],
    "by=name": ["Birds", "Essay", "Notes", "Questions", "Slides"],
    "by=last": ["Birds", "Questions", "Notes", "Essay", "Slides"],
    "by=last&way=asc": ["Slides", "Essay", "Notes", "Questions", "Birds"],
    "kind=material": ["Slides", "Notes"],
    "kind=assign": ["Essay"],
    "kind=quiz&by=events": ["Birds"],
    "kind=nonsense&by=nonsense&way=nonsense&part=nonsense": ["Slides", "Birds", "Notes", "Essay", "Questions"],
}


def test_it_is_sorted_and_shows_a_kind_as_the_address_asks(client, case):
    found = {asked: names_of(opened_page(client, f"/status/{case}?{asked}")) for asked in ASKED}
    assert {asked: found[asked] == names or found[asked] for asked, names in ASKED.items()} == dict.fromkeys(
        ASKED, True
    )


def test_a_row_tells_which_share_of_the_learners_was_there_in_the_page_and_in_the_file(client, case):
    for page in (opened_page(client, f"/status/{case}"), opened_page(client, f"/download/{case}/report.html")):
        (first,) = [row for row in rows_of(page) if row[0].startswith("Birds")]
        assert first[:4] == ["Birds Quiz", "2 of 3", "67%", "2"]
        heads = page.xpath("//section[@aria-labelledby='elements']//th[@scope='col']")
        assert [head.text_content() for head in heads][:3] == ["Name", "Learners", "Share"]


def test_it_offers_the_kinds_that_there_are(client, case):
    options = opened_page(client, f"/status/{case}").xpath("//select[@name='kind']/option")
    assert {one.get("value"): one.text for one in options} == {
        "": "all", "material": "Material", "assign": "Assignment", "forum": "Forum", "quiz": "Quiz",
    }  # fmt: skip


def test_heads_sort_one_way_and_the_other_and_leave_alone_what_else_is_asked_for(client, case):
    page = opened_page(client, f"/status/{case}?by=last&kind=material&who=4&sort=name&day=2021-10-15")
    (head,) = page.xpath("//section[@aria-labelledby='elements']//th[@aria-sort]")
    assert (head.get("aria-sort"), head.text_content()) == ("descending", "Last used")
    (link,) = head.xpath("./a/@href")
    assert link.endswith("#elements")
    again = opened_page(client, link)
    assert names_of(again) == ["Slides", "Notes"]
    for form in again.xpath("//form[@class='asked']"):
        named = {one.get("name"): one.get("value") for one in form.xpath(".//*[@name]")}
        kept = {"day", "kind", "by", "way", "who", "sort", "order"} - {"order"}
        assert kept <= named.keys(), form.get("action")
    hidden = again.xpath("//form[@action='#learners']//input[@type='hidden']")
    assert {one.get("name"): one.get("value") for one in hidden} == {
        "day": "2021-10-15", "kind": "material", "by": "last", "way": "asc",
    }  # fmt: skip


def test_many_are_shown_a_page_at_a_time(client, done, monkeypatch):
    monkeypatch.setattr(listing, "ROWS", 2)
    case = done(log_text([viewed(4, cm=cm, **{"Event context": f"Page: Leaf {cm}"}) for cm in range(70, 75)]))
    page = opened_page(client, f"/status/{case}?by=name")
    seen = rows_of(page)
    while following := page.xpath("//section[@aria-labelledby='elements']//a[@rel='next']/@href"):
        page = opened_page(client, following[0])
        seen += rows_of(page)
    assert [row[0] for row in seen] == [f"Leaf {cm} Page" for cm in range(70, 75)]


def test_results_of_an_earlier_version_show_what_they_have(client, case, manager):
    (manager.folder(case) / "people.sqlite").unlink()
    page = opened_page(client, f"/status/{case}?by=last")
    assert names_of(page) == ASKED[""]
    assert page.xpath("//select[@name='kind']") == []


def test_the_sentence_about_the_absent_leads_to_the_day_from_which_they_are_counted(client, done):
    case = done(log_text([opened(4, "01/09/21, 10:00"), opened(5, "12/10/21, 10:00")]))
    page = opened_page(client, f"/status/{case}")
    (said,) = page.xpath("//ul[@class='findings']/li[contains(., 'not been seen for 28 days')]")
    assert "Counted back from the last event of the log, 12 Oct 2021." in said.text_content()
    assert said.xpath(".//a[text() = 'Count back from another day']/@href") == ["#day"]
    assert page.xpath("//input[@id='day']")
    # A file has no form.
    assert "Count back from another day" not in client.get(f"/download/{case}/report.html").text
