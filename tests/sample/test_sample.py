"""The sample is a course as Moodle exports it, and shows in each language all that a report can show."""

import csv
import io
from collections import defaultdict
from hashlib import sha256

import pytest
from conftest import Result
from known import Known
from serving import ROOT

from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process
from moodlelogsmart.report.summary import INVENTED
from moodlelogsmart.sample.files import BEGIN, GRADES, LAYOUT, LOG, PARTICIPANTS, ZONES, sample, sample_texts
from moodlelogsmart.web.language import LANGUAGES

NINE = ["Time", "User full name", "Affected user", "Event context", "Component", "Event name", "Description", "Origin", "IP address"]  # fmt: skip


def listed(name, *columns):
    """Columns of a file, of the rows of each language."""
    found = defaultdict(set)
    for row in rows_of((ROOT / name).read_text(encoding="utf-8")):
        found[row.get("lang") or row["language"]].add(tuple(row[column] for column in columns))
    return found


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="module", params=list(LANGUAGES))
def language(request):
    return request.param


def test_its_logs_are_known_to_be_invented_by_their_checksums():
    assert {sha256(sample_texts(name)[LOG].encode()).hexdigest() for name in LANGUAGES} == INVENTED


@pytest.fixture(scope="module")
def made(language, tmp_path_factory):
    """What the product makes of the sample, as README tells to do it."""
    folder = tmp_path_factory.mktemp("sample")
    one = sample(folder, language)
    options = Options(roster=one.participants, grades=one.grades, timezone=one.timezone, language=language)
    (folder / "out").mkdir()
    return Result(process(one.log, options, folder / "out"), folder / "out")


def test_the_log_has_the_words_of_moodle_in_its_language(language):
    text, own = sample_texts(language)[LOG], language.lower()
    labels = dict(listed("facts/headers.csv", "column", "label")[own])
    assert next(csv.reader(io.StringIO(text))) == [labels.get(one, one) for one in NINE]
    names = listed("moodlelogsmart/moodle/names.csv", "component", "name")
    kinds = {one for one, _name in names[own]} | {"Course", "Curso"}
    context, component, event, says = list(rows_of(text)[0])[3:7]
    english = set()
    for row in rows_of(text):
        if (row[component], row[event]) not in names[own]:
            english.add(row[event])
        assert row[context].split(": ")[0] in kinds
        assert "user with" in row[says]
    # What Moodle has no Portuguese name for.
    assert english == ({"xAPI statement received", "Grade item updated"} if own == "pt_br" else set())


def test_who_is_in_it_is_invented_and_a_class(language):
    people = rows_of(sample_texts(language)[PARTICIPANTS])
    _first, _last, email, roles, _groups = people[0]
    kinds = [row[roles] for row in people]
    assert sorted(kinds.count(one) for one in set(kinds)) == [2, 30]
    assert all(row[email].endswith("@example.org") for row in people)
    assert len(rows_of(sample_texts(language)[GRADES])) == 30


def test_it_is_always_the_same(language, tmp_path):
    assert sample_texts.__wrapped__(language) == sample_texts(language)
    one = sample(tmp_path, language)
    for path, name in ((one.log, LOG), (one.participants, PARTICIPANTS), (one.grades, GRADES)):
        assert (path.name, path.read_bytes()) == (name, sample_texts(language)[name].encode())


def test_the_log_is_understood_without_a_doubt(made, language):
    summary = made.summary
    assert (summary.reading.language.value, summary.reading.language.sure) == (language.lower(), True)
    assert summary.others == []
    assert set(made.warned) == {"roster_unmatched"}  # that two of the list never came
    assert summary.dropped.keys() == {"staff", "system", "side_effect", "guest"}
    assert [one["source"] for one in summary.staff] == ["roster"] * 2


def test_the_figures_are_those_that_are_known_of_it(made, language):
    summary, known = made.summary, Known(place=(ZONES[language], BEGIN, LAYOUT)).known
    assert summary.learners == len(known["learners"]) == 28
    assert {"read": summary.rows_read, "kept": summary.events_kept, "dropped": summary.dropped} == known["rows"]
    assert summary.sessions == sum(known["sessions"].values())
    assert summary.activity_types == known["types"]


def test_no_part_of_the_report_is_empty(made):
    summary, told = made.summary, made.summary.answers
    assert set(summary.bloom_levels) == {"Remember", "Understand", "Apply", "Evaluate", "Create"}
    assert len(summary.activity_types) == 10  # all but Others
    assert all(told.seen[one] for one in ("7", "14", "28", "longer", "never"))
    for part in (told.elements, told.assignments, told.quizzes, told.forums, told.media, told.groups, told.sides):
        assert len(part) > 0
    assert told.elements_hardly == 2
    assert summary.grades.found == 28
    assert summary.figures.staff_events
    assert summary.figures.maps and summary.figures.element_maps and summary.figures.variants
    assert 0.02 < told.night < 0.2
