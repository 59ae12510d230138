import pytest

from moodlelogsmart.messages import LogError
from moodlelogsmart.reading.columns import find_columns


def places(header, rows=()):
    return {name: part.value.place - 1 for name, part in find_columns(header, rows).items() if part.value.place}


def test_it_finds_columns_by_label_in_any_order():
    assert places(["Origin", "Description", "Time"]) == {"origin": 0, "description": 1, "time": 2}


def test_it_forgives_case_spaces_and_punctuation():
    assert places([" TIME ", "IP-address", "event_name"]) == {"time": 0, "ip_address": 1, "event_name": 2}


def test_it_passes_over_nameless_and_unknown_columns():
    assert places(["", "Time", "Mood", "Description"]) == {"time": 1, "description": 3}


def test_the_first_of_two_equal_labels_counts():
    assert places(["Time", "Description", "Time"])["time"] == 0


def test_of_columns_with_nearly_known_names_the_likest_comes_first():
    found = places(["Time", "Descriptiom", "Descriptionn", "Orgin", "Event nam"])
    assert list(found) == ["time", "description", "event_name", "origin"]
    assert found["description"] == 2


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        (["a", "b"], "has none of the columns of a Moodle log"),
        (["Description", "Origin"], "no column “Time”"),
        (["Time", "Origin"], "neither a column “Description” nor “Event name”"),
    ],
)
def test_it_says_what_is_missing(header, sentence):
    with pytest.raises(LogError, match=sentence):
        find_columns(header, [])
