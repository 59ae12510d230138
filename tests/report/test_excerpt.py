"""What may be published of a log: every kind of event, and nothing of anybody, whoever made the log."""

import csv
import io
import re

import pytest
from conftest import event, graded, log_text, viewed
from dumps import saved, table
from hypothesis import given
from hypothesis import strategies as st

from moodlelogsmart.pipeline import excerpt
from moodlelogsmart.report import excerpt as module
from moodlelogsmart.report.excerpt import HEADER, _split, _unquoted

ANA, BO = {"name": "Ana Souza-Wagner"}, {"name": "Bo Lindqvist"}


def sketch(user, says="redrew the sketch 'My cat' with id '{0}7' in", **cells):
    says = f"The user with id '{user}' {says.format(user)} the sketchpad with course module id '62'."
    return event(says, **{"component": "Sketchpad", "event_name": "Sketch drawn"} | cells)


@pytest.fixture
def excerpted(tmp_path):
    def run(log, unknown=False):
        path = tmp_path / "log.csv"
        path.write_text(log if isinstance(log, str) else log_text(log))
        return list(csv.DictReader(io.StringIO(excerpt(path, unknown))))

    return run


def test_each_kind_of_event_stands_once_with_its_rows(excerpted):
    rows = [
        viewed(4),
        viewed(5, cm=63),
        viewed(5),
        graded(9, 4),
        sketch(4),
        sketch(5),
        event("", event_name="Page viewed"),
    ]
    found = excerpted(rows)
    assert list(found[0]) == HEADER
    assert list(found[0].values()) == [
        "System", "Something", "The user with id '' viewed the '' activity with course module id ''.",
        "page", "course_module_viewed", "viewed", "Study_P", "material-viewed", "3",
    ]  # fmt: skip
    assert list(found[1].values()) == [
        "Sketchpad", "Sketch drawn",
        "The user with id '' redrew the sketch '' with id '' in the sketchpad with course module id ''.",
        "sketchpad", "sketch_drawn", "drawn", "Others", "", "2",
    ]  # fmt: skip
    assert sum(int(row["rows"]) for row in found) == len(rows)
    assert len({tuple(row.values()) for row in found}) == len(found) == 4


def test_the_unknown_are_what_the_report_calls_others(excerpted, enrich):
    rows = [viewed(4), sketch(4), sketch(5), sketch(5), sketch(9, event_name="Sketch marked"), graded(9, 4)]
    (one,) = excerpted(rows, unknown=True)
    assert (one["component"], one["event_name"], one["activity_type"], one["rows"]) == (
        "Sketchpad", "Sketch drawn", "Others", "3"
    )  # fmt: skip
    summary = enrich(rows).summary
    assert summary.activity_types["Others"] == 3
    assert [{name: str(value) for name, value in row.items()} for row in summary.excerpt] == [one]
    assert "excerpt" not in summary.facts("en")


def test_without_unknown_events_there_is_the_header(excerpted, tmp_path):
    assert excerpted([viewed(4)], unknown=True) == []
    assert excerpt(tmp_path / "log.csv", unknown=True) == ",".join(HEADER) + "\n"


def test_a_table_of_the_database_has_an_excerpt_too(excerpted):
    found = {row["event_name"]: row for row in excerpted(saved(table()))}
    assert found[r"\mod_quiz\event\attempt_started"]["rows"] == "1"
    # Of one person alone; nobody else has shown that it is Moodle's.
    assert r"\mod_…\event\…_updated" in found


SECRETS = ["Souza", "Wagner", "Lindqvist", "asouza", "bolind", "example", "Garcia", "grandmother", "leukaemia", "Zürich",
           "4711", "8:15", "17/10", "10.0.0.1", "Invented", "s123"]  # fmt: skip

HOSTILE = {
    "names outside of quotes": [
        sketch(4, "(Ana Souza-Wagner) redrew the sketch in", **ANA), sketch(5, "(Bo Lindqvist) redrew the sketch in", **BO)
    ],
    "names in small letters and without accents": [
        sketch(u, "redrew souza and lindqvist and wagner in", **who) for u, who in ((4, ANA), (5, BO))
    ],
    "names of accounts made of them": [sketch(u, "wrote to asouza bolindqvist in", **who) for u, who in ((4, ANA), (5, BO))],
    "addresses": [
        sketch(u, "wrote to asouza@example.org at https://example.org/s123?asouza www.example.org in", **who)
        for u, who in ((4, ANA), (5, BO))
    ],
    "numbers of every kind": [sketch(u, "got 4711 s123456 at 8:15 of 17/10 10.0.0.1 in", **who) for u, who in ((4, ANA), (5, BO))],
    "names of people who do nothing in the log": [
        sketch(u, "asked Garcia from Zürich in", event_name="Talk with Garcia from Zürich", **who) for u, who in ((4, ANA), (5, BO))
    ],
    "free text in the name of the event": [
        event("", component="Diary", event_name="Ana Souza-Wagner wrote of leukaemia", **ANA),
        event("", component="Diary", event_name="Bo Lindqvist wrote of grandmother", **BO),
    ],
    "free text in the description": [
        sketch(4, "wrote: leukaemia took someone in", **ANA), sketch(5, "wrote: grandmother is better in", **BO)
    ],
    "what only one has": [sketch(4, "wrote to garcia of grandmother in", **ANA), viewed(5, **BO)],
    "names in the component": [
        event("", component="Diary of Ana Souza-Wagner", event_name="Diary opened", **who) for who in (ANA, BO)
    ],
    "the affected one": [
        sketch(u, "greeted Garcia grandmother in", **who, **{"Affected user": "Garcia Grandmother"}) for u, who in ((4, ANA), (5, BO))
    ],
    "what looks like Moodle's module": [viewed(u, "souza_wagner_garcia", **who) for u, who in ((4, ANA), (5, BO))],
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("unknown", [False, True])
def test_nothing_of_anybody_is_in_it(excerpted, kind, unknown):
    extra = [{**row, "Component": "Sketchpad"} for row in HOSTILE[kind]]
    found = excerpted(HOSTILE[kind] + extra, unknown)
    text = " ".join(cell for row in found for name, cell in row.items() if name != "rows").lower()
    assert [secret for secret in SECRETS if secret.lower() in text] == []
    assert unknown or sum(int(row["rows"]) for row in found) == 2 * len(HOSTILE[kind])


def test_names_that_are_words_of_moodle_are_no_names_where_they_are_not_written_as_such(excerpted):
    will = {"name": "Will Page"}
    rows = [
        viewed(4, component="Page", event_name="Course module viewed", **will),
        sketch(4, "of Will Page viewed the page in", **will),
    ]
    page, other = sorted(excerpted(rows), key=lambda row: row["component"] != "Page")
    assert (page["component"], page["event_name"]) == ("Page", "Course module viewed")
    assert "viewed the page" in other["description"]
    assert "Will" not in other["description"]
    assert "Page" not in other["description"]


@pytest.mark.parametrize(
    "quotes", ['""', "''", "“”", "„“", "„”", "‘’", "‚‘", "«»", "»«", "‹›", "``", "`'", "「」", "『』"]
)
def test_nothing_between_quotes_is_left(quotes):
    begin, end = quotes
    for inside in ["secret", "O'Secret", "se”cret", "a «secret» b" if begin not in "«»" else "secret", ""]:
        told = _unquoted(f"It's the page {begin}{inside}{end} and the quiz {begin}secret{end} of it")
        assert "secret" not in told.lower()
    assert _unquoted(f"It's the page {begin}x{end} and the quiz {begin}y{end} of it").count("''") == 2


@pytest.mark.parametrize(
    "text",
    ["say 'he said 'secret' to secret' x", "“one “secret” secret”", "'secret", "a “secret", '"a" and "secret', "«a “secret” secret»",
     "'a' secret' secret", '"it\'s" \'secret'],
)  # fmt: skip
def test_where_quotes_do_not_fit_together_all_behind_the_first_is_gone(text):
    assert "secret" not in _unquoted(text)


@given(
    st.text(st.one_of(st.sampled_from("'\"`“”„‘’«» #ab1\n=@"), st.characters(exclude_categories=["Cs"])), max_size=60)
)
def test_any_text_becomes_words_and_plain_marks(text):
    words = _split(text)
    assert all(re.fullmatch(r"[^\W_]+", word) for word in words[1::2])
    assert all(re.fullmatch(r"[ .,:;()\[\]/\\#_?!'…-]*", marks) for marks in words[::2])


def test_a_log_of_sentences_without_end_has_an_excerpt_of_bounded_size(excerpted, monkeypatch):
    monkeypatch.setattr(module, "MOST", 10)
    monkeypatch.setattr(module.find_excerpt, "__defaults__", (False, 10))
    letters = "abcdefghij"
    rows = [sketch(4, f"wrote {a}{b}{'x' * 5000} in") for a in letters for b in letters] + [viewed(4)] * 3
    found = excerpted(rows)
    assert len(found) <= 11
    assert sum(int(row["rows"]) for row in found) == len(rows)
    assert found[-1]["description"] == "…" or found[0]["description"] == "…"
