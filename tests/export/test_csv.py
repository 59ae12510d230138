import csv
import io

from conftest import event, graded, log_text, viewed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moodlelogsmart.export.csv import HEADER, dropped
from moodlelogsmart.reading.columns import COLUMNS
from moodlelogsmart.workspace import Limits, Stop, open_workspace


def test_the_header_is_the_contracts(enrich):
    first = (enrich([viewed(4)]).folder / "enriched_log.csv").read_text().splitlines()[0]
    assert first == (
        "case_id,time,user_id,user_full_name,affected_user,course,event_context,component,event_name,description,"
        "origin,ip_address,module,action,activity_type,bloom_level,is_active,rule_id,session_id,element"
    )


def test_every_cell_of_an_event(enrich):
    (row,) = enrich([viewed(4, name="Ana Souza", component="Page", event_name="Course module viewed")]).events
    assert row == {
        "case_id": "4",
        "time": "2021-10-17T12:39:00+00:00",
        "user_id": "4",
        "user_full_name": "Ana Souza",
        "affected_user": "-",
        "course": "",
        "event_context": "Course: Invented Studies",
        "component": "Page",
        "event_name": "Course module viewed",
        "description": "The user with id '4' viewed the 'page' activity with course module id '62'.",
        "origin": "web",
        "ip_address": "10.0.0.1",
        "module": "page",
        "action": "viewed",
        "activity_type": "Study_P",
        "bloom_level": "Remember",
        "is_active": "false",
        "rule_id": "material-viewed",
        "session_id": "4-1",
        "element": "62",
    }


def test_commas_quotes_and_line_ends_are_kept_by_quoting(enrich):
    text = 'one, "two"\nthree; =HYPERLINK("x")'
    result = enrich([viewed(4, **{"Event context": text})])
    assert result.events[0]["event_context"] == text
    assert b"\r" not in (result.folder / "enriched_log.csv").read_bytes()


def test_without_events_there_is_still_the_header(enrich):
    result = enrich([graded(9, 4)])
    assert (result.folder / "enriched_log.csv").read_text() == ",".join(HEADER) + "\n"


def test_a_dropped_row_is_as_it_was(enrich):
    row = graded(9, 4, name="Prof, Example")
    (dropped,) = enrich([row, viewed(4)]).dropped
    assert list(dropped.values()) == [
        row["Time"], row["User full name"], "-", "", row["Event context"], row["Component"], row["Event name"],
        row["Description"], "web", "10.0.0.1", "staff", "", "", "9", "assign", "graded",
    ]  # fmt: skip


def told(rows):
    return [[row[name] for name in ("reason", "user_id", "module", "action")] for row in rows]


def test_a_dropped_row_tells_who_did_what_as_a_kept_one_does(enrich):
    completed = (
        "The user with id '5' updated the completion state for the course module with id '62' for the user with id '4'."
    )
    rows = [
        viewed(4, "wiki", name="Ana"), graded(9, 4, name="Tea"), viewed(9, name="Tea", time="never"), viewed(0),
        viewed(4, "wiki", name="Tea as Ana"), event("", name="Tea", component="Quiz", event_name="Course module viewed"),
        event(completed), event("User added submission 'X'", Origin="cli"), viewed(5, "quiz", cm=61),
    ]  # fmt: skip
    result = enrich(log_text(rows) + "17/10/21 12:39,only,three\n")
    assert told(result.dropped) == [
        ["staff", "9", "assign", "graded"],
        ["no_time", "9", "page", "viewed"],
        ["guest", "0", "page", "viewed"],
        ["logged_in_as", "4", "wiki", "viewed"],
        ["staff", "9", "quiz", "viewed"],
        ["not_own_act", "5", "wiki", "updated"],
        ["system", "", "turnitintooltwo", "added"],
        ["unreadable", "", "", ""],
    ]
    roles = ("staff", "system", "guest", "logged_in_as")
    kept = [[row[name] for name in ("role", "user_id", "module", "action")] for row in enrich(rows, keep=roles).events]
    assert sorted(one for one in kept if one[0] in roles) == sorted(
        one for one in told(result.dropped) if one[0] in roles
    )


def test_unknown_names_of_events_are_kept_in_the_users_language(enrich):
    (row,) = enrich([event("", component="Questionário", event_name="Tentativa enviada", name="Ana")]).events
    assert (row["component"], row["event_name"]) == ("Questionário", "Tentativa enviada")


def test_dropped_rows_stand_in_the_order_of_the_log(tmp_path):
    # So many rows that several threads write them.
    many = 300_000
    with open_workspace(tmp_path, Limits(), Stop()) as work:
        work.expect(many)
        cells = ", ".join(f"'' as {name}" for name in COLUMNS if name != "description")
        work.run(f"create table raw as select {cells}, concat(i) as description from range({many}) t(i)")
        work.run("create table reason as select rowid as row, 'guest' as reason from raw where rowid % 2 = 0")
        work.run("create view unfiltered as select row, '4' as user_id, 1 as sentence_id, 'page' as module from reason")
        work.run("create table identity as select 1 as sentence_id, 'viewed' as action")
        work.run("create table unread (line bigint, text varchar)")
        written = b"".join(dropped(work)).decode()
    told = [int(row["description"]) for row in csv.DictReader(io.StringIO(written))]
    assert told == list(range(0, many, 2))


TEXT = st.text(st.one_of(st.sampled_from(',"#;\n\r\t\\ =\0'), st.characters(exclude_categories=["Cs"])))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(TEXT, min_size=len(COLUMNS), max_size=len(COLUMNS)), max_size=8), st.lists(TEXT, max_size=3))
def test_any_text_reads_back_and_is_as_duckdb_would_write_it(tmp_path, rows, unread):
    with open_workspace(tmp_path, Limits(), Stop()) as work:
        work.run(f"create table raw ({', '.join(f'{name} varchar' for name in COLUMNS)})")
        for row in rows:
            work.run(f"insert into raw values ({', '.join('?' * len(row))})", row)
        work.run("create table reason as select rowid as row, 'guest' as reason from raw")
        work.run(
            """create view unfiltered as select row, 'u,' || row as user_id, 1 as sentence_id, 'm"' as module from reason"""
        )
        work.run("create table identity as select 1 as sentence_id, 'viewed' as action")
        work.run("create table unread (line bigint, text varchar)")
        for number, text in enumerate(unread, start=7):
            work.run("insert into unread values (?, ?)", [number, text])
        written = b"".join(dropped(work))
        cells = ", ".join(f"nullif({name}, '') as {name}" for name in COLUMNS)
        blanks = ", ".join("null" for _ in COLUMNS)
        work.run(
            f"""copy (select {cells}, 'guest' as reason, null as line, null as text,
                'u,' || rowid as user_id, 'm"' as module, 'viewed' as action from raw
            union all select {blanks}, 'unreadable', line, nullif(text, ''), null, null, null from unread)
            to '{tmp_path}/other.csv' (format csv)"""
        )
    assert written == (tmp_path / "other.csv").read_bytes()
    _header, *read = csv.reader(io.StringIO(written.decode(), newline=""))
    assert read == [
        *[[*row, "guest", "", "", f"u,{place}", 'm"', "viewed"] for place, row in enumerate(rows)],
        *[
            [""] * len(COLUMNS) + ["unreadable", str(line), text, "", "", ""]
            for line, text in enumerate(unread, start=7)
        ],
    ]
