"""From bytes to rows: encodings, delimiters, line ends, broken rows, and what is no log at all."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import HEADER, event, log_text, until, viewed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serving import ROOT

from moodlelogsmart.messages import LogError
from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process

TEXT = "Ação – “naïve” – Zoë"


def contexts(rows):
    return sorted(row["event_context"] for row in rows)


def three(**cells):
    return [viewed(user, **{"Event context": f"{TEXT} {user}"}, **cells) for user in (4, 5, 6)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_it_reads(read, encoding, end, delimiter):
    log = log_text(three(), delimiter=delimiter, end=end).encode(encoding)
    assert contexts(read(log)[0]) == [f"{TEXT} {user}" for user in (4, 5, 6)]


def test_one_byte_of_cp1252_deep_inside_decides_the_encoding(read):
    rows = [viewed(4, **{"Event context": "Page"}) for _ in range(30_000)]
    log = log_text([*rows, viewed(5, **{"Event context": "Page “x”"})]).encode("cp1252")
    assert len(log) > 3 << 20
    rows, reading = read(log)
    assert rows[-1]["event_context"] == "Page “x”"
    assert reading.detected["encoding"] == ["cp1252"]


def test_two_files_of_one_name_and_another_encoding_stay_two(enrich):
    result = enrich(log_text([viewed(4)]), log_text(three()).encode("cp1252"))
    assert result.summary.rows_read == 4


def test_a_delimiter_in_a_label_of_the_user_does_not_confuse_it(enrich):
    result = enrich([viewed(4, **{"Event context": 'Page; "a", b\tc'})])
    assert contexts(result.events) == ['Page; "a", b\tc']


def test_line_ends_inside_a_cell_are_the_users_own(enrich):
    assert contexts(enrich([viewed(4, **{"Event context": "one\ntwo\n\nthree"})]).events) == ["one\ntwo\n\nthree"]


@given(
    ends=st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=6, max_size=6),
    size=st.integers(min_value=1, max_value=2000),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
def test_line_ends_of_any_kind_are_read_in_pieces_of_any_size(read, ends, size):
    lines = log_text([viewed(user, **{"Event context": "one\ntwo"}) for user in range(4, 9)], end="|\n").split("|\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("moodlelogsmart.reading.sources.CHUNK", size)
        rows, _ = read("".join(line + end for line, end in zip(lines[:-1], ends, strict=True)))
    says = [f"The user with id '{user}' viewed the 'page' activity with course module id '62'." for user in "45678"]
    assert [(row["description"], row["event_context"]) for row in rows] == [(one, "one\ntwo") for one in says]


def test_a_ragged_row_is_dropped_whole_with_its_line(enrich):
    lines = log_text(three()).splitlines()
    lines.insert(2, "17/10/21 12:39,only,three")
    result = enrich("\n".join(lines))
    assert [(row["reason"], row["line"], row["text"]) for row in result.dropped] == [
        ("unreadable", "3", "17/10/21 12:39,only,three")
    ]
    assert (result.summary.rows_read, result.summary.events_kept) == (4, 3)
    assert "Rows that could not be read: 1;" in result.warned["rows_unreadable"]


def test_an_empty_line_is_no_row(enrich):
    result = enrich(log_text(three()).replace("\n", "\n\n"))
    assert result.summary.events_kept == 3


def test_a_header_alone_holds_no_events(enrich):
    with pytest.raises(LogError, match="has no events"):
        enrich(log_text([]))


def test_an_empty_file_is_told(enrich):
    with pytest.raises(LogError, match="is empty"):
        enrich(" \n")


def test_one_row_is_enough(enrich):
    assert enrich([viewed(4)]).summary.events_kept == 1


def test_mostly_broken_rows_are_refused(enrich):
    rows = "a,b\n" * 3
    with pytest.raises(LogError, match="Rows that could not be read as cells: 3 of 4;"):
        enrich(log_text([viewed(4)]) + rows)


def test_an_unclosed_quote_does_not_hang_and_loses_no_row_silently(enrich):
    lines = log_text(three()).splitlines()
    lines[2] = '"' + lines[2].replace('"', "")
    try:
        summary = enrich("\n".join(lines)).summary
    except LogError:
        return
    assert summary.rows_read == summary.events_kept + summary.events_dropped


def test_a_line_of_megabytes_is_a_sentence_not_a_crash(enrich):
    huge = viewed(4, **{"Event context": "x" * 3_000_000})
    try:
        summary = enrich([huge, *three()]).summary
    except LogError as error:
        assert "xxx" not in str(error)
    else:
        assert summary.rows_read == summary.events_kept + summary.events_dropped


def test_a_line_longer_than_the_readers_buffer_is_not_lost_without_a_word(read):
    with pytest.raises(LogError, match="far longer than any row"):
        read(log_text(three()) + "x" * 40_000_000 + "\n")


def test_a_line_across_two_pieces_of_a_file_is_not_lost_without_a_word(read):
    line = log_text([viewed(4)]).splitlines()[1] + "\n"
    huge = log_text([viewed(4, **{"Event context": "ab " * 4_000_000})]).splitlines()[1] + "\n"
    with pytest.raises(LogError, match="far longer than any row"):
        read(log_text([]) + line * (21_000_000 // len(line)) + huge + line * 50)


def test_a_long_log_with_rows_of_ascii_is_searched_for_letters_in_a_moment(read):
    # Not timed: what took quadratic time for each line would take minutes here.
    line = log_text([viewed(4, **{"Event context": "x" * 100_000})]).splitlines()[1]
    log = log_text(three()) + (line + "\n") * 20
    assert len(read(log.encode("cp1252"))[0]) == 23


def test_nothing_is_left_in_the_folder_after_a_refusal(tmp_path):
    (tmp_path / "log.csv").write_text(log_text([event("x", time="never")]))
    with pytest.raises(LogError):
        process([tmp_path / "log.csv"], Options(), tmp_path / "out")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["log.csv"]


# What a person can type into a name: anything but NUL, lone surrogates and a carriage return (which CSV readers fold).
typed = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), min_size=1, max_size=40)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(typed, min_size=1, max_size=20))
def test_the_text_that_is_read_is_the_text_that_went_in(read, texts):
    rows = [viewed(4, name=text, **{"Event context": text, "Affected user": text}) for text in texts]
    names = ("user_full_name", "event_context", "affected_user")
    assert [tuple(row[name] for name in names) for row in read(rows)[0]] == [(text, text, text) for text in texts]


def test_the_column_order_does_not_matter(read):
    assert read(log_text(three(), header=HEADER[::-1]))[0] == read(three())[0]


def test_a_conversion_ends_when_its_server_is_killed(tmp_path):
    """A fifo that is open and nobody writes to keeps the conversion waiting for ever."""
    os.mkfifo(tmp_path / "source")

    def begun():
        """It can be opened once somebody reads it."""
        with suppress(OSError):
            return os.open(tmp_path / "source", os.O_WRONLY | os.O_NONBLOCK)

    program = [sys.executable, "-m", "moodlelogsmart.reading.convert"]
    told = ["text", str(tmp_path / "source"), str(tmp_path / "target"), "2000", ",", '"', ""]
    server = f"""
import os, subprocess, time
print(subprocess.Popen([*{program!r}, str(os.getpid()), *{told!r}]).pid, flush=True)
time.sleep(6000)"""
    with subprocess.Popen([sys.executable, "-c", server], stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        conversion = int(process.stdout.readline())
        held = until(begun)
        assert lives(conversion)
        process.kill()
    until(lambda: not lives(conversion))
    os.close(held)


def lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
