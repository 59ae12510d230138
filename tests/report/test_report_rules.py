"""What holds for every part of the report: one question a section, a caption and the numbers to each picture."""

import re
from itertools import pairwise

import pytest
from conftest import log_text, viewed
from known import make_course
from lxml import html

from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process
from moodlelogsmart.report import figures

# Words that nobody says.
ODD = ["told by its content", "tell no year", "Forget this job", "To the start page", "in the middle"]
ORDER = ["figures", "absent", "active", "hours", "elements", "assignments", "quizzes", "forums", "teachers", "spent",
    "activities", "map", "variants", "grades", "groups", "learners", "made"]  # fmt: skip


def report(folder, text, **lists):
    """report.html of a log."""
    (folder / "log.csv").write_text(text)
    for name, content in lists.items():
        (folder / f"{name}.csv").write_text(content)
    process(folder / "log.csv", Options(**{name: folder / f"{name}.csv" for name in lists}), folder)
    return html.fromstring((folder / "report.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    course = make_course(1)
    lists = {"roster": course.participants(), "grades": course.gradebook()}
    return report(tmp_path_factory.mktemp("report"), course.log(), **lists)


def test_each_section_asks_one_question_by_which_it_is_called(page):
    sections = page.xpath("//section")
    assert len(sections) > 18
    for section in sections:
        assert section.xpath(".//h2/@id") == [section.get("aria-labelledby")]
        assert len(section) > 1, "there is nothing below its heading"


def test_what_is_asked_first_stands_first(page):
    assert [one for one in page.xpath("//h2/@id") if one in ORDER] == ORDER


def test_each_picture_has_a_caption_and_its_numbers_in_a_table(page):
    pictures = page.xpath("//svg[contains(@class, 'chart')][not(@aria-hidden)]")
    assert len(pictures) > 12
    for picture in pictures:
        (figure,) = picture.xpath("ancestor::figure")
        assert figure.xpath("string(figcaption)").strip()
        section = picture.xpath("ancestor::section/@aria-labelledby")[0]
        assert picture.xpath("following::table[ancestor::section[@aria-labelledby=$id]]", id=section), section


def test_the_sections_on_what_is_used_handed_in_tried_and_written_have_a_picture_each(page):
    pictures = page.xpath("//svg[contains(@class, 'chart rows')]")
    sections = [picture.xpath("string(ancestor::section/@aria-labelledby)") for picture in pictures]
    assert sections == [name for name in ("elements", "assignments", "quizzes", "forums") for _width in range(2)]
    for picture in pictures:
        *ticks, axis = picture.xpath("g[@class='axis']/text/text()")
        steps = {int(one) - int(before) for before, one in pairwise(ticks)}
        assert ticks[0] == "0"
        assert [str(step).rstrip("0") in ("1", "2", "5") for step in steps] == [True]
        assert axis.startswith("Learners (of ")
        assert picture.xpath("string(desc)").startswith(
            picture.xpath("string(g/text[@class='name'])").removesuffix("…")
        )
    assert len(page.xpath("//section[@aria-labelledby='assignments']//ul[@class='legend']/li")) == 3
    assert len(page.xpath("//section[@aria-labelledby='forums']//ul[@class='legend']/li")) == 2


def test_a_section_without_numbers_has_no_picture(tmp_path):
    page = report(tmp_path, log_text([viewed(4, "page"), viewed(5, "page")]))
    assert len(page.xpath("//section[@aria-labelledby='elements']/figure")) == 1
    assert page.xpath("//section[@aria-labelledby='assignments' or @aria-labelledby='quizzes']//figure") == []


def test_of_many_elements_those_that_most_opened_are_drawn_and_it_says_so(tmp_path):
    rows = [
        viewed(user, cm=cm, **{"Event context": f"Page: Text {cm}"}) for user in range(50) for cm in range(60 - user)
    ]
    page = report(tmp_path, log_text(rows))
    (figure,) = page.xpath("//section[@aria-labelledby='elements']/figure")
    assert figure.findtext("figcaption") == "Learners who opened an element · the 15 that most opened, of 60"
    assert len(figure.xpath("div[@class='at-screen']//text[@class='name']")) == 15


def test_levels_are_said_to_be_of_activities_and_not_of_people(page):
    (section,) = page.xpath("//section[@aria-labelledby='time']")
    line = "The level belongs to the kind of activity, not to what a learner has understood."
    (hint,) = section.xpath(f".//p[.='{line}']")
    assert hint.xpath("preceding-sibling::figure")


def steps_of(page):
    """The tables of steps, by what opens them: how many rows they have, and what is said below them."""
    boxes = page.xpath("//section[@aria-labelledby='map']/details[not(@name)][contains(summary, 'steps')]")
    return [
        (one.xpath("string(summary)").strip(), len(one.xpath(".//tbody/tr")), one.xpath("string(p)")) for one in boxes
    ]


def test_the_steps_over_elements_are_in_a_table_as_well(page):
    assert [(name, below) for name, _rows, below in steps_of(page)] == [("All steps as a table", "")] * 2


def test_where_there_are_more_steps_it_says_how_many_and_which_file_has_them(tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "STEPS", 3)
    course = make_course(1)
    kinds, elements = steps_of(report(tmp_path, course.log()))
    assert (kinds[0], kinds[1] > 3) == ("All steps as a table", True)
    assert elements[:2] == ("The steps as a table", 3)
    assert re.fullmatch(r"3 of \d\d\. All of them: transitions\.csv\.", elements[2])


def test_it_speaks_as_people_do(page):
    text = " ".join(page.text_content().split())
    assert [words for words in ODD if words.lower() in text.lower()] == []


def test_a_pause_is_told_as_what_half_were_shorter_than_and_one_of_a_second_not_at_all(tmp_path):
    rows = [
        viewed(user, module, time=f"17/10/21, 12:00:{second:02}")
        for user in (4, 5)
        for second, module in enumerate(("page", "quiz", "page", "quiz"))
    ]
    rows += [viewed(user, "forum", time="17/10/21, 12:00:29") for user in (4, 5)]
    page = report(tmp_path, log_text(rows))
    (section,) = page.xpath("//section[@aria-labelledby='map']")
    assert "the usual pause (half were shorter)" in section.text_content()
    labels = {label.text for label in section.xpath(".//svg//text[@class='label']")}
    assert [label for label in labels if "·" in label] == ["2 · 26 s"]
    assert not [label for label in labels if re.search("· (0|1) s|<1", label)]
