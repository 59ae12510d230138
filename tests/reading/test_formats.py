"""The same events come out, whatever the file, its text, its language and its times were written in."""

from itertools import product

import pytest
from conftest import Result
from formats import CONTAINERS, DELIMITERS, ENCODINGS, ENDS, LANGUAGES, TIMES, as_csv, course
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process

TEXTS = ("course", "event_context", "component", "event_name")


def told(result, seconds=True):
    """What came out but for the texts; without seconds and zone of the times where these were not written."""
    return [
        {name: text for name, text in row.items() if name not in TEXTS}
        | ({} if seconds else {"time": row["time"][:16]})
        for row in result.events
    ], [(row["reason"], row["description"]) for row in result.dropped]


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


@pytest.mark.parametrize(
    ("container", "language"),
    # Where neither labels nor quotes tell, nothing does.
    [pair for pair in product(CONTAINERS, LANGUAGES) if pair != ("nothing in quotes", "unknown")],
)
def test_every_container_in_every_language(enrich, expected, container, language):
    result = enrich(CONTAINERS[container](course(language)))
    assert told(result) == told(expected)
    if "objects" in container or container == "csv":
        assert {row["event_context"] for row in result.events} == {row[3] for row in course(language)[1:-2]}


@pytest.mark.parametrize("layout", TIMES)
@pytest.mark.parametrize("language", ["pt_br", "unknown"])
def test_every_time_format(enrich, expected, layout, language):
    result = enrich(as_csv(course(language, TIMES[layout])), year=2021)
    assert told(result, seconds=False) == told(expected, seconds=False)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_every_encoding_line_end_and_delimiter(enrich, expected, encoding, end, delimiter):
    result = enrich(as_csv(course("pt_br"), encoding, end, delimiter))
    assert told(result) == told(expected)
    assert {row["event_context"] for row in result.events} == {row[3] for row in course("pt_br")[1:-2]}


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
def test_containers_languages_and_times_together(enrich, expected, container, language, layout):
    result = enrich(CONTAINERS[container](course(language, TIMES[layout])), year=2021)
    assert told(result, seconds=False) == told(expected, seconds=False)
