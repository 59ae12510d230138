"""Headers that are not in the first line: rows above one are rows, and a header is never an event."""

import csv
import io

import pytest
from conftest import HEADER, log_text, viewed
from dumps import saved, table
from formats import as_ods, as_xlsx

from moodlelogsmart.messages import LogError
from moodlelogsmart.reading.dump import TABLE
from moodlelogsmart.reading.sources import END, check_start
from moodlelogsmart.reading.unpack import START

ES = ["Hora", "Nombre completo del usuario", "Usuario afectado", "Contexto del evento", "Componente", "Nombre evento",
      "Descripción", "Origen", "Dirección IP"]  # fmt: skip
ROWS = [viewed(4 + n % 3, time=f"{n // 60 + 13}/10/21, 12:{n % 60:02}") for n in range(30)]
LINES = log_text(ROWS).splitlines(keepends=True)
TOP, BODY = LINES[0], LINES[1:]
QUOTED = ",".join(f'"{label}"' for label in HEADER) + "\n"
PLAIN = [row | {"Description": "", "Time": row["Time"].replace(",", "")} for row in ROWS]  # nothing tells columns apart


def cells(lines):
    return list(csv.reader(io.StringIO("".join(lines))))


FILES = {
    "last": [*BODY, TOP],
    "last, behind blank lines": [*BODY, "\n", "\n", TOP],
    "third": [*BODY[:2], TOP, *BODY[2:]],
    "in the middle": [*BODY[:20], TOP, *BODY[20:]],
    "in the middle, without one above": [*BODY[:15], TOP, *BODY[15:], TOP],
    "twice": [*LINES[:11], TOP, *BODY[10:]],
    "on each page": [line for at, line in enumerate(BODY) for line in ([TOP, line] if at % 5 == 0 else [line])],
    "quoted differently": [*LINES[:11], QUOTED, *BODY[10:]],
    "behind a mark of another file": ["\ufeff", *LINES[:11], "\ufeff" + TOP, *BODY[10:]],
    "behind such a mark, in quotes": ["\ufeff", QUOTED, *BODY[:10], "\ufeff" + QUOTED, *BODY[10:]],
    "behind a blank line": [*LINES[:11], "\n", TOP, *BODY[10:]],
    "with cells too many": [*LINES[:11], TOP.rstrip() + ",,\n", *BODY[10:]],
    "in another language": [*LINES[:11], ",".join(ES) + "\n", *BODY[10:]],
    "right behind itself": [TOP, TOP, *BODY],
}


@pytest.fixture(scope="module")
def descriptions():
    return sorted(row["Description"] for row in ROWS)


def read_whole(read, log):
    """The rows of a log of which every line is read."""
    rows, reading = read(log)
    assert reading.rows == len(rows)
    return rows


def described(rows):
    return sorted(row["description"] for row in rows)


@pytest.mark.parametrize("name", FILES)
def test_every_row_is_read_and_no_header(read, descriptions, name):
    rows, reading = read("".join(FILES[name]))
    assert described(rows) == descriptions
    assert reading.rows == len(ROWS)
    assert reading.detected["columns_guessed"] == []


@pytest.mark.parametrize("pack", [as_xlsx, as_ods])
@pytest.mark.parametrize("name", ["last", "in the middle", "on each page"])
def test_every_row_of_a_spreadsheet_is_read(read, descriptions, pack, name):
    assert described(read_whole(read, pack(cells(FILES[name])))) == descriptions


def test_a_title_above_a_header_is_no_row(enrich):
    title = 'Logs of "Invented Studies", saved 17/10/2021 12:39\n\n'
    assert enrich(title + "".join(LINES)).summary.rows_read == len(ROWS)
    again = enrich("".join([*LINES, "\n", title, *LINES[:1], *BODY]))
    assert len(again.events) == 2 * len(ROWS)
    assert again.summary.dropped == {"unreadable": 1}  # told, for nobody knows that it is a title


@pytest.mark.parametrize("delimiter", ";\t|")
def test_a_last_header_with_another_delimiter(read, descriptions, delimiter):
    top, *body = log_text(ROWS, delimiter=delimiter).splitlines(keepends=True)
    assert described(read_whole(read, "".join([*body, top]))) == descriptions


def test_where_an_unquoted_time_fell_apart(read, descriptions):
    loose = [line.replace('"', "") for line in LINES]
    assert described(read_whole(read, "".join([*loose[1:11], loose[0], *loose[11:]]))) == descriptions


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_last_line_of_a_large_file_is_looked_at_at_once_and_when_it_is_read(read, tmp_path, encoding):
    """Without descriptions and any known label in the beginning, only the header tells what the columns are."""
    top, *body = log_text(PLAIN, header=["Event name", *HEADER[2:6], "Time"]).splitlines(keepends=True)
    body *= 2 * START // len("".join(body)) + END // 1000
    log = "".join([*body, top.replace("Event context", "Contexto del evento"), "\n"]).encode(encoding)
    path = tmp_path / "large.csv"
    path.write_bytes(log)
    check_start(path)
    rows = read_whole(read, log)
    assert len(rows) == len(body)
    assert {row["event_context"] for row in rows} == {"Course: Invented Studies"}


@pytest.mark.parametrize("place", [1, 3, None])
def test_a_table_of_the_database(read, place):
    plain = read_whole(read, saved(table(), TABLE))
    lines = saved(table(), TABLE).splitlines(keepends=True)
    at = len(lines) if place is None else place
    for again in ([*lines[1:at], lines[0], *lines[at:]], [*lines[:at], lines[0], *lines[at:]]):
        assert read_whole(read, "".join(again)) == plain


def test_a_table_whose_columns_only_the_last_line_names(read):
    columns = [TABLE[0], *reversed(TABLE[1:])]
    rows = [dict(zip(TABLE, row, strict=True)) for row in table()]
    lines = saved([[row[name] for name in columns] for row in rows], columns).splitlines(keepends=True)
    assert read_whole(read, "".join([*lines[1:], lines[0]])) == read_whole(read, saved(table(), TABLE))


@pytest.mark.parametrize(
    "columns",
    [[*HEADER[:3], *reversed(HEADER[3:])], HEADER[1:], [*HEADER[:2], *HEADER[3:]], [*HEADER[5:], *HEADER[:5]]],
)
def test_exports_of_different_columns_in_one_file_are_refused(read, columns):
    with pytest.raises(LogError, match="their columns are not the same") as refusal:
        read("".join(LINES) + log_text(ROWS, header=columns))
    assert "User full name" not in str(refusal.value)


def test_tables_of_different_columns_in_one_file_are_refused(read):
    with pytest.raises(LogError, match="their columns are not the same"):
        read(saved(table(), TABLE) + saved([row[::-1] for row in table()], TABLE[::-1]))


def test_events_named_like_columns_are_events(read):
    """Somebody calls a page Time, and an event Event name."""
    rows = [viewed(4, **{"Event context": "Time", "Component": "Component", "Event name": "Event name"}), *ROWS]
    assert len(read_whole(read, rows)) == len(rows)
