"""Files that are made to take long: each is answered, or refused with a sentence, within a limit that only work beyond
all measure reaches."""

import gzip
import json
import os
import resource
import signal
import struct
import zipfile

import pytest
from conftest import log_text, viewed

from facts.acts import REPORT as HEADER
from moodlelogsmart.messages import LogError
from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process
from moodlelogsmart.reading import convert, gunzip, sources, unpack
from moodlelogsmart.reading.roster import check_roster
from moodlelogsmart.reading.sources import check_start

SECONDS = 20  # of processor time; what goes with the square takes minutes
ACCENTS = "\u0300\u0316"  # two that stand in the wrong order
ROWS = [viewed(n % 4 + 10, name=f"Learner {n % 4}") for n in range(40)]


@pytest.fixture
def bounded():
    """An end to what takes for ever, in C as well."""

    def run(work):
        child = os.fork()
        if not child:
            resource.setrlimit(resource.RLIMIT_CPU, (used() + SECONDS, used() + SECONDS + 1))
            try:
                work()
                os._exit(0)
            except LogError:
                os._exit(3)
            except BaseException:  # noqa: BLE001 - told by the exit code
                os._exit(1)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert ended not in (-signal.SIGXCPU, -signal.SIGKILL), "it takes for ever"
        assert ended in (0, 3), "it breaks"
        return "refused" if ended else "taken"

    return run


def used():
    return int(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]))


STARTS = {
    "a word of plain letters and a line in cp1252": b"Time,Description\n" + b"a" * 250_000 + b" \xe9t\xe9 \xe9\n",
    "a column called by accents alone": (",".join(HEADER) + ",x" + ACCENTS * 60_000 + "\n").encode(),
    "a table by every delimiter": b"Time,Description\n17/10/21,User with id 4\n" + b",;\t|" * 60_000 + b"\n",
    "a header of columns alone": b"Time,Description" + b"," * 250_000,
    "columns of one letter": b"Time,Description," + b"a," * 120_000,
    "quotes": b"Time,Description\n" + b'"' * 250_000,
    "backslashes": b"Time,Description\n" + b'\\"' * 120_000,
    "a cell of digits and colons": b"Time,Description\n" + b"1:1" * 80_000 + b"\n",
    "users without end": b"Time,Description\n17/10/21 12:00," + b"User with " * 25_000 + b"\n",
    "times of many headers": (",".join(HEADER) + "\n").encode() * 2_000,
    "bytes of no encoding, late": b"Time,Description\n" + b"a b" * 80_000 + b"\x81\x8d\x8f\n",
    "colons": b"Time,Description\n" + b"::" * 120_000 + b"\n",
    "nothing but separators": b",\n" * 120_000,
}


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_the_first_look_at_a_file_has_an_end(tmp_path, bounded, start):
    path = tmp_path / "log.csv"
    path.write_bytes(start)
    assert bounded(lambda: check_start(path)) in ("taken", "refused")


ROSTERS = {
    "rows and columns": "Name,Surname\n" + "," * 3_000_000 + "\n" + "a\n" * 3_000_000,
    "one cell": "Name,Role\n" + "a" * 9_000_000,
    "accents": "Name,Role\n" + ACCENTS * 1_000_000,
    "columns": "Name,Role\n" + "a," * 4_000_000,
}


@pytest.mark.parametrize("text", ROSTERS.values(), ids=ROSTERS)
def test_a_roster_that_is_no_list_of_people_is_refused(tmp_path, bounded, text):
    path = tmp_path / "roster.csv"
    path.write_text(text)
    assert bounded(lambda: check_roster(path)) == "refused"


def test_a_roster_of_a_large_university_is_taken_and_empty_columns_beside_it(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("Name,Role\n" + "".join(f"Person {n},Student{',' * 300}\n" for n in range(20_000)))
    check_roster(path)


def directory_of(count, told):
    """A ZIP of so many files, of which the number at its end tells another one."""
    local = struct.pack("<4sHHHHHLLLHH", b"PK\3\4", 20, 0, 0, 0, 33, 0, 0, 0, 5, 0) + b"a.csv"
    entry = struct.pack("<4sHHHHHHLLLHHHHHLL", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0) + b"a.csv"
    entries = entry * count
    end = struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, told, told, len(entries), len(local), 0)
    return local + entries + end


@pytest.mark.parametrize(("count", "told"), [(20_000, 20_000), (20_000, 1), (300_000, 1)])
def test_a_directory_of_a_zip_is_not_read_where_it_has_too_many_entries(tmp_path, monkeypatch, count, told):
    path = tmp_path / "many.zip"
    path.write_bytes(directory_of(count, told))
    monkeypatch.setattr(unpack.zipfile, "ZipFile", lambda *_: pytest.fail("it is read"))
    with pytest.raises(LogError, match="too large once it is opened"):
        check_start(path)


def packed(flag=0, extra=b""):
    plain = gzip.compress(log_text(ROWS).encode(), mtime=0)
    return plain[:3] + bytes([flag]) + plain[4:10] + extra + plain[10:]


GZIPS = {
    "members without content": gzip.compress(b"", mtime=0) * 100_000 + packed(),
    "members of a letter": gzip.compress(b"a", mtime=0) * 100_000,
    "a long name": packed(8, b"n" * 5_000_000 + b"\0"),
    "a long comment": packed(16, b"n" * 5_000_000 + b"\0"),
    "cut off": packed()[:-9],
    "another byte": packed()[:-20] + b"xx" + packed()[-18:],
}


@pytest.mark.parametrize("content", GZIPS.values(), ids=GZIPS)
def test_a_gzip_that_is_mostly_heads_is_damaged(tmp_path, content):
    path = tmp_path / "log.csv.gz"
    path.write_bytes(content)
    with pytest.raises(LogError, match="is a damaged gzip file"):
        check_start(path)


@pytest.mark.parametrize(
    "content",
    [packed(), packed(8, b"log.csv\0"), packed(4 | 8 | 16, b"\2\0xxlog.csv\0said\0"), packed() + bytes(512)],
    ids=["plain", "name", "extra", "zeros behind it"],
)
def test_a_gzip_is_read_whatever_stands_in_its_head(tmp_path, content):
    path = tmp_path / "log.csv.gz"
    path.write_bytes(content * 3)
    with gunzip.open_gzip(path, 1 << 20) as file:
        assert file.read() == log_text(ROWS).encode() * 3
    check_start(path)


LOGS = {
    "a time of accents": [viewed(4, time="17 o" + ACCENTS * 300_000 + " 2021, 12:39")],
    "a time of commas": [viewed(4, time="," * 500_000 + "x")],
    "nearly a sentence": [{**viewed(4), "Description": "The user with id '4' " + "viewed the question " * 19_500}],
    "a name of accents": [viewed(4, name="A" + ACCENTS * 300_000)],
    "a component of accents": [viewed(4, Component="A" + ACCENTS * 300_000)],
    "a context of accents": [{**viewed(4), "Event context": "A" + ACCENTS * 300_000 + ": x"}],
    "a long name": [viewed(n, name=f"Learner {n} " + "long " * 180_000) for n in range(4)],
    "a description of numbers": [{**viewed(4), "Description": "The user with id '4' viewed " + "1 " * 200_000}],
    "an address of letters": [viewed(4, **{"IP address": "a" * 1_000_000})],
    "many names of one person": [viewed(4, name=f"Name {n} of x") for n in range(20_000)],
}


@pytest.mark.parametrize("rows", LOGS.values(), ids=LOGS)
def test_a_row_that_is_made_to_take_long_ends_with_the_job(tmp_path, bounded, rows):
    path = tmp_path / "log.csv"
    path.write_text(log_text([*ROWS, *rows]), encoding="utf-8")
    assert bounded(lambda: process(path, Options(), tmp_path / "out.zip")) == "taken"


def test_a_row_of_a_hundred_thousand_cells_is_told_and_the_others_are_read(enrich):
    result = enrich(log_text(ROWS) + "x," * 100_000 + "y\n")
    assert (result.summary.rows_read, result.summary.events_kept) == (41, 40)
    assert result.dropped[0]["reason"] == "unreadable"


def test_a_time_of_more_than_a_hundred_characters_is_none(enrich):
    result = enrich([*ROWS, viewed(4, time="17/10/21, 12:39" + " " * 100)])
    assert result.summary.dropped == {"no_time": 1}


@pytest.mark.parametrize(
    "content",
    [
        json.dumps([{f"{place:x}": 1} for place in range(36_000)]),
        json.dumps([{f"{place:x}": 1} for place in range(16_000)] * 20),
        "[" * 1_000_000,
    ],
    ids=["a key of its own", "as many keys as may be", "nested"],
)
def test_json_is_not_multiplied_on_the_disk(tmp_path, content):
    path = tmp_path / "log.json"
    path.write_text(content)
    with pytest.raises(LogError):
        process(path, Options(), tmp_path / "out.zip")


def test_a_zip_of_many_logs_opens_its_directory_once(tmp_path, monkeypatch):
    path = tmp_path / "logs.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for place in range(30):
            archive.writestr(f"{place}.csv", log_text([viewed(place + 10)]))
    opened, plain = [], zipfile.ZipFile
    monkeypatch.setattr(unpack.zipfile, "ZipFile", lambda *told: opened.append(told) or plain(*told))
    process(path, Options(), tmp_path / "out.zip")
    assert len(opened) < 5


def test_the_program_that_reads_spreadsheets_has_neither_key_nor_tokens(tmp_path, monkeypatch):
    monkeypatch.setenv("MOODLELOGSMART_SECRET_KEY", "a key")
    path, seen, plain = tmp_path / "log.json", [], sources.subprocess.Popen
    path.write_text(json.dumps([HEADER, *[[row[label] for label in HEADER] for row in ROWS]]))

    def start(command, *told, **more):
        seen.append(more.get("env", {**os.environ}) if convert.__name__ in command else {})
        return plain(command, *told, **more)

    monkeypatch.setattr(sources.subprocess, "Popen", start)
    process(path, Options(), tmp_path / "out.zip")
    assert any(seen) and not any("MOODLELOGSMART_SECRET_KEY" in env for env in seen)


@pytest.mark.parametrize("opened", ["<!a ", "<!--", "<a "])
def test_html_that_opens_and_never_closes_ends(tmp_path, bounded, opened):
    page = tmp_path / "page.html"
    page.write_text("<html><table><tr><td>1</td></tr>" + opened * 3_000_000)
    assert bounded(lambda: list(convert.html_rows(str(page)))) == "taken"
