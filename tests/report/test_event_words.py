"""What is said in words, where there is no page."""

import pytest

from moodlelogsmart.report.words import act_in_words, event_in_words


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
