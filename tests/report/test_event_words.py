"""What is said in words, where there is no page."""

import pytest
from conftest import viewed
from lxml import html

from moodlelogsmart.report.words import act_in_words, event_in_words, kind_in_words


@pytest.mark.parametrize(
    ("event", "language", "words"),
    [
        (r"\core\event\course_section_updated", "en", "Course section updated"),
        (r"\core\event\course_section_updated", "pt_BR", "Tópico de curso atualizado"),
        (r"core\event\course_section_updated", "xx", "Course section updated"),
        (r"\mod_sketch\event\sketch_drawn", "pt_BR", "Sketch drawn"),
        ("course report log (https://moodle.example.org/report?id=3)", "en", "course report log"),
        ("Seção do curso atualizada", "en", "Seção do curso atualizada"),
        ("Quiz (new)", "en", "Quiz (new)"),
        ("", "en", ""),
    ],
)
def test_an_event_is_called_as_moodle_calls_it(event, language, words):
    assert event_in_words(event, language) == words


@pytest.mark.parametrize(
    ("kind", "language", "words"),
    [
        ("quiz", "es", "Cuestionario"),
        ("hvp", "en", "H5P"),
        ("hvp", "es", "Contenido interactivo"),
        ("hvp", "pt_BR", "Conteúdo Interativo H5P"),
        ("turnitintooltwo", "es", "Turnitin Assignment 2"),
        ("bigbluebuttonbn", "pt_BR", "BigBlueButtonBN"),
        ("sketchpad", "es", "sketchpad"),
    ],
)
def test_a_module_is_called_as_moodle_calls_it(kind, language, words):
    assert kind_in_words(kind, language) == words


def test_a_module_that_moodle_does_not_know_is_called_as_the_log_calls_it(enrich):
    place = {"Event context": "Kaltura Video Resource: One", "Component": "Kaltura Video Resource"}
    result = enrich([viewed(4, "kalvidres", 72, **place)], language="es")
    page = html.fromstring((result.folder / "report.html").read_text(encoding="utf-8"))
    for name in ("elements", "media"):
        told = page.xpath(f"//div[@aria-labelledby='{name}']//tbody/tr/th/span")
        assert [one.text.strip() for one in told] == ["Kaltura Video Resource"]


@pytest.mark.parametrize(("language", "quiz"), [("en", "Quiz"), ("es", "Cuestionario"), ("pt_BR", "Questionário")])
def test_the_report_tells_kinds_and_filters_in_words(enrich, language, quiz):
    place = {"Event context": "Interactive Content: One", "Component": "Interactive Content"}
    rows = [viewed(4, "quiz", 71), viewed(4, "hvp", 72, **place)]
    result = enrich(rows, module=["quiz", "hvp"], language=language)
    page = html.fromstring((result.folder / "report.html").read_text(encoding="utf-8"))
    hvp = kind_in_words("hvp", language)
    assert f": {hvp}, {quiz}." in " ".join(page.xpath("string(//p[@id='filters'])").split())
    for name in ("elements", "media"):
        rows = page.xpath(f"//div[@aria-labelledby='{name}']//tbody/tr[contains(., 'One')]")
        assert [one.xpath("normalize-space(./th/span)") for one in rows] == [hvp]


@pytest.mark.parametrize(
    ("event", "language", "words"),
    [
        (r"\core\event\course_section_updated", "en", "changed a section of the course"),
        ("Course updated", "pt_BR", "alterou o curso"),
        ("Curso actualizado", "es", "modificó el curso"),
        ("All the submissions are being downloaded.", "en", "downloaded all submissions"),
        ("Question created", "en", ""),  # a questionnaire has one as well
        ("Robot seen", "en", ""),
    ],
)
def test_what_staff_did_is_said_as_people_say_it(event, language, words):
    assert act_in_words(event, language) == words
