"""The same is read, whatever the file, its text and its times were written in, and the same comes out in any language.

What comes out is made of what is read alone, so that each way of writing is held to what is read of the plain log.
"""

from functools import cache

import pytest
from conftest import Result, rows_of
from formats import CONTAINERS, DELIMITERS, ENCODINGS, ENDS, LANGUAGES, TIMES, as_csv, course
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process

TEXTS = ("course", "event_context", "component", "event_name")


def told(result):
    """What came out but for the texts."""
    return [{name: text for name, text in row.items() if name not in TEXTS} for row in result.events], [
        (row["reason"], row["description"]) for row in result.dropped
    ]


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What comes out of the course as Moodle exports it; made once for all that are held to it."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "log.csv").write_bytes(as_csv(course()))
    return Result(process(folder / "log.csv", Options(), folder), folder)


def test_the_course_is_what_it_should_be(expected):
    assert expected.summary.learners == 2
    assert expected.summary.activity_types == {"Assess_P": 8, "Assess_A": 8, "View": 8}
    assert expected.summary.dropped == {"logged_in_as": 1, "staff": 1}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language(enrich, expected, language):
    result = enrich(as_csv(course(language)))
    assert told(result) == told(expected)
    assert {row["event_context"] for row in result.events} == {row[3] for row in course(language)[1:-2]}


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "unknown"])
def test_nothing_in_quotes_in_every_language(enrich, expected, language):
    """Where neither labels nor quotes tell, nothing does."""
    assert told(enrich(CONTAINERS["nothing in quotes"](course(language)))) == told(expected)


def as_read(folder, log, seconds=True, **given):
    """The rows as they are read, but for how their times were written, and whether the newest is the first."""
    rows, reading = rows_of(folder, log, **given)
    moments = [row["moment"].replace(second=row["moment"].second * seconds) for row in rows]
    cells = [{name: cell for name, cell in row.items() if name not in ("time", "moment")} for row in rows]
    return moments, cells, reading.newest_first.value


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """What is read of the course in a language as Moodle exports it; once of each."""
    return cache(lambda language: as_read(tmp_path_factory.mktemp("plain"), as_csv(course(language))))


@pytest.mark.parametrize("container", [one for one in CONTAINERS if one != "nothing in quotes"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_container_in_every_language(tmp_path, plain, container, language):
    assert as_read(tmp_path, CONTAINERS[container](course(language))) == plain(language)


@pytest.mark.parametrize("layout", TIMES)
@pytest.mark.parametrize("language", ["pt_br", "unknown"])
def test_every_time_format(tmp_path, plain, language, layout):
    log = as_csv(course(language, TIMES[layout]))
    assert as_read(tmp_path, log, seconds=False, year=2021) == plain(language)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_every_encoding_line_end_and_delimiter(tmp_path, plain, encoding, end, delimiter):
    assert as_read(tmp_path, as_csv(course("pt_br"), encoding, end, delimiter)) == plain("pt_br")


# Those that write a time as text of its own.
PLAIN = [
    name for name in CONTAINERS if "Excel" not in name and name not in ("nothing in quotes", "date and time apart")
]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(PLAIN),
    st.sampled_from(list(LANGUAGES)),
    st.sampled_from(list(TIMES)),
)
def test_containers_languages_and_times_together(tmp_path, plain, container, language, layout):
    log = CONTAINERS[container](course(language, TIMES[layout]))
    assert as_read(tmp_path, log, seconds=False, year=2021) == plain(language)
