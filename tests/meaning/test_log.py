"""What events have in common is kept once where it fits into memory, else not: the same bytes."""

from dataclasses import replace

import pytest
from conftest import event, graded, viewed

from moodlelogsmart import workspace
from moodlelogsmart.export.results import RESULT_FILES
from moodlelogsmart.meaning import log as meaning

ODD = ["plain", " a space first", "<b>&\"'", "tab\there", "x" * 20_000, "", "ação 🎓", "=1+1"]
ROWS = [
    *[viewed(user, cm=cm, time=f"1{cm}/10/21, 12:3{user}") for user in (4, 5, 6) for cm in range(1, 9)],
    *[event("Something happened", event_name=text, component=text, name="Ana", **{"Event context": text}) for text in ODD],
    *[event("Said by somebody", name=text, **{"Event context": "y" * 20_000}) for text in ODD],
    graded(9, 4),
]  # fmt: skip


@pytest.mark.parametrize(
    ("part", "limit", "case", "keep"),
    [
        (meaning, "MANY", "student", ("staff", "system", "guest", "logged_in_as")),
        (meaning, "MANY", "session", ()),
        (workspace, "FEW", "student_course", ("staff", "system", "guest", "logged_in_as")),
        (workspace, "FEW", "student", ()),
    ],
)
def test_few_and_many_give_the_same_bytes(enrich, monkeypatch, case, keep, part, limit):
    few = enrich(ROWS, case=case, keep=keep)
    monkeypatch.setattr(part, limit, 0)
    many = enrich(ROWS, case=case, keep=keep)
    assert nameless(few.summary) == nameless(many.summary)
    for name in RESULT_FILES:
        assert (few.folder / name).read_bytes() == (many.folder / name).read_bytes(), name


def nameless(summary):
    """The summary without what the log is called."""
    files = tuple(replace(file, name="") for file in summary.reading.files)
    return replace(summary, reading=replace(summary.reading, files=files))


def test_a_trace_opens_where_its_first_event_with_a_level_is(enrich):
    """The first event of the learner has no level, so that the two logs open their traces at different events."""
    rows = [
        event(
            "The user with id '4' viewed the course with id '2'.", event_name="Course viewed", time="10/10/21, 12:00"
        ),
        viewed(4, time="11/10/21, 12:00"),
        viewed(5, time="10/10/21, 12:00"),
    ]
    folder = enrich(rows).folder
    for name, events in (("enriched_log.xes", 3), ("enriched_log_bloom_only.xes", 2)):
        text = (folder / name).read_text()
        assert (text.count("<trace>"), text.count("</trace>"), text.count("<event>")) == (2, 2, events)
        assert text.index("<trace>") < text.index("<event>")
