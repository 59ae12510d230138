"""SQL dumps: what real programs wrote, and whatever else such a file may hold."""

import gzip
import io
import random
import re
import time
import zipfile

import pytest
from conftest import finish
from dumps import saved, table
from formats import as_zip
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html
from sqldumps import CONTEXTS, FOLDER, PEOPLE, TRICKY, as_cells, log_rows, read

from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process
from moodlelogsmart.reading import sqltext
from moodlelogsmart.reading.dump import TABLE
from moodlelogsmart.reading.sqldump import LOG, NAMES, OLD_LOG
from moodlelogsmart.reading.unpack import is_sql

WITH_LOG = sorted(path.name for path in FOLDER.glob("*.sql") if "-no-" not in path.name)
# Without the columns' names nothing tells what the other tables hold.
BARE = ["mysqldump-plain.sql"]


def dumped(name):
    return (FOLDER / name).read_bytes()


@pytest.mark.parametrize("name", WITH_LOG)
def test_it_reads_the_log_as_real_programs_dump_it(name):
    tables = read(io.BytesIO(dumped(name)))
    assert tables[LOG] == as_cells(log_rows())
    assert tables[OLD_LOG] == []


@pytest.mark.parametrize("name", [name for name in WITH_LOG if name not in BARE])
def test_names_come_with_it_and_nothing_that_is_secret(name):
    rows = read(io.BytesIO(dumped(name)))[NAMES]
    assert "SECRET" not in str(rows)
    wanted = [["mdl_user", str(row[0]), row[4], row[5], ""] for row in PEOPLE]
    wanted += [["mdl_course_modules", "44", "17", "3", "1"], ["mdl_modules", "17", "quiz", "", ""]]
    wanted += [["mdl_quiz", "4", "Week 2\n;", "", ""], ["mdl_course", "7", "Invented Studies; it's fun", "", ""]]
    wanted += [["prefix", "mdl_", "", "", ""]]
    assert [row for row in wanted if row not in rows] == []
    assert {row[0] for row in rows} == {row[0] for row in wanted} | {"mdl_page"}


@pytest.mark.parametrize("name", WITH_LOG)
@pytest.mark.parametrize("size", [7, 64, 1000])
def test_it_does_not_matter_where_the_window_ends(name, size, monkeypatch):
    whole = read(io.BytesIO(dumped(name)))
    monkeypatch.setattr(sqltext, "CHUNK", size)
    monkeypatch.setattr(sqltext, "_TELLING", 2000)
    monkeypatch.setattr("moodlelogsmart.reading.sqldump.HEAD", 600)
    assert read(io.BytesIO(dumped(name))) == whole


def mysql(text, doubled=False):
    """A string as mysql_real_escape_string() writes it."""
    text = text.replace("\\", "\\\\").replace("'", "''" if doubled else "\\'")
    for sign, escape in {"\n": "n", "\r": "r", '"': '"', "\x1a": "Z"}.items():
        text = text.replace(sign, "\\" + escape)
    return f"'{text}'"


def postgres(text):
    return "'" + text.replace("'", "''") + "'"


def copied(text):
    """A cell of COPY, as PostgreSQL's manual says of its text format."""
    text = text.replace("\\", "\\\\")
    for sign, escape in {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f", "\v": "v"}.items():
        text = text.replace(sign, "\\" + escape)
    return text


HEADS = {
    "mysql": "-- MySQL dump 10.13\n/*!40101 SET NAMES utf8mb4 */;\n",
    "postgres": "-- PostgreSQL database dump\n\nSET standard_conforming_strings = on;\n\\restrict x\n",
}


def inserts(rows, string, head, each=3):
    """Statements of some rows each."""
    lines = [
        "("
        + ",".join("NULL" if cell is None else str(cell) if isinstance(cell, int) else string(cell) for cell in row)
        + ")"
        for row in rows
    ]
    columns = ", ".join(TABLE)
    some = [lines[at : at + each] for at in range(0, len(lines), each)]
    return head + "".join(
        f"INSERT INTO moodle.m_logstore_standard_log ({columns}) VALUES {','.join(part)};\n-- it's next\n"
        for part in some
    )


WRITERS = {
    "mysqldump": lambda rows: inserts(rows, mysql, HEADS["mysql"]),
    "mysqldump with doubled quotes": lambda rows: inserts(rows, lambda text: mysql(text, True), HEADS["mysql"]),
    "mysqldump of binary strings": lambda rows: inserts(rows, lambda text: "_binary " + mysql(text), HEADS["mysql"]),
    "mysqldump in hex": lambda rows: inserts(
        rows, lambda text: f"0x{text.encode().hex().upper()}" if text else "''", HEADS["mysql"]
    ),
    "Adminer": lambda rows: inserts(rows, lambda text: "\t" + mysql(text), HEADS["mysql"], each=1),
    "pg_dump --inserts": lambda rows: inserts(rows, postgres, HEADS["postgres"]),
    "pg_dump with E": lambda rows: inserts(
        rows,
        lambda text: "E" + postgres(text.replace("\\", "\\\\")) if "\\" in text else postgres(text),
        HEADS["postgres"],
    ),
    "pg_dump": lambda rows: (
        HEADS["postgres"]
        + f"COPY public.m_logstore_standard_log ({', '.join(TABLE)}) FROM stdin;\n"
        + "".join("\t".join("\\N" if cell is None else copied(str(cell)) for cell in row) + "\n" for row in rows)
        + "\\.\n\nSELECT pg_catalog.setval('x', 1);\n"
    ),
}


@pytest.mark.parametrize("writer", WRITERS)
@given(texts=st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=40), max_size=8))
@settings(max_examples=60)
def test_any_text_comes_back_as_it_was(writer, texts):
    rows = log_rows([*texts, *TRICKY])
    assert read(io.BytesIO(WRITERS[writer](rows).encode()))[LOG] == as_cells(rows)


@given(seed=st.integers(), name=st.sampled_from(WITH_LOG))
@settings(max_examples=60)
def test_a_dump_that_is_broken_anywhere_is_read_to_its_end(seed, name):
    content, some = bytearray(dumped(name)), random.Random(seed)
    for _ in range(some.randrange(1, 30)):
        at = some.randrange(len(content))
        content[at : at + some.randrange(4)] = some.choice(
            [b"'", b'"', b"`", b"(", b");", b"\\", b"/*", b"--", b"$$", b"\xff"]
        )
    for _table, rows in sqldump_tables(bytes(content)):
        assert all(isinstance(cell, str) for row in rows for cell in row)


def sqldump_tables(content):
    from moodlelogsmart.reading.sqldump import sql_tables

    return sql_tables(io.BytesIO(content))


@pytest.fixture
def plain(enrich):
    return enrich(saved(as_cells(log_rows()), TABLE))


@pytest.mark.parametrize("name", WITH_LOG)
def test_the_events_are_those_of_the_table_and_have_the_names_of_a_report(enrich, plain, name):
    result = enrich(dumped(name))
    names = ["user_full_name", "event_context"]
    assert [{**row, **dict.fromkeys(names)} for row in result.events] == [
        {**row, **dict.fromkeys(names)} for row in plain.events
    ]
    if name not in BARE:
        whose = {"4": "Bruna d'Almada", "5": "Caio \\ João Ávila"}
        assert [row["user_full_name"] for row in result.events] == [whose[row["user_id"]] for row in result.events]
        assert {row["event_context"] for row in result.events} == {
            *CONTEXTS.values(),
            "Course: Invented Studies; it's fun",
        }
    assert result.summary.detected["kind"] == ["dump"]
    for file in result.folder.iterdir():
        assert b"SECRET" not in file.read_bytes()


PACKED = {
    "in a gzip": gzip.compress,
    "in a ZIP": lambda content: as_zip({"backup/moodle.sql": content}),
    "as PowerShell writes it": lambda content: content.decode().encode("utf-16"),
    "with a mark at its beginning": lambda content: b"\xef\xbb\xbf" + content,
    "in the encoding of Western Windows": lambda content: content.decode().replace("測験 🎓", "").encode("cp1252"),
    "with a warning above": lambda content: b"mysqldump: [Warning] Using a password can be insecure.\n" + content,
}


@pytest.mark.parametrize("way", PACKED)
def test_it_reads_a_dump(enrich, upload, client, way):
    content = PACKED[way](dumped("mysqldump.sql"))
    result = enrich(content)
    assert {row["event_context"] for row in result.events} > set(CONTEXTS.values())
    assert {row["user_full_name"] for row in result.events} == {"Bruna d'Almada", "Caio \\ João Ávila"}
    facts = finish(client, upload(content, name="moodle.sql", json=True).get_json()["job_id"])
    assert facts["summary"]["events_kept"] == result.summary.events_kept


def test_people_of_a_dump_are_told_by_codes_alone(enrich):
    result = enrich(dumped("mysqldump.sql"), pseudonyms="own", pseudonym_key="0123456789abcdef" * 4)
    assert {row["user_id"][0] for row in result.events} == {"u"}
    for file in result.folder.iterdir():
        assert not any(name in file.read_bytes() for name in (b"Bruna", b"Almada", b"Caio"))


OLD = """INSERT INTO `mdl_log` (`id`,`time`,`userid`,`ip`,`course`,`module`,`cmid`,`action`,`url`,`info`) VALUES
(1,1400000000,4,'10.0.0.1',7,'quiz',44,'attempt','review.php?attempt=3','3'),
(2,1400000060,5,'10.0.0.1',7,'course',0,'view','view.php?id=7','7');
"""


def test_the_log_of_before_2_7_beside_the_new_one_is_read_as_well(enrich):
    result = enrich(dumped("mysqldump.sql") + OLD.encode())
    old = [(row["user_id"], row["event_context"]) for row in result.events if row["time"].startswith("2014")]
    assert old == [("4", CONTEXTS["44"]), ("5", "7")]
    assert len(result.events) == len(TRICKY) + 2
    assert enrich(OLD).summary.events_kept == 2


def other_program(case):
    """The rows of the log as programs write them that say not which database they speak of."""
    columns, marked = ", ".join(TABLE), (lambda text: mysql(text, True)) if case.endswith("MySQL") else postgres
    head = f"INSERT INTO `my-moodle 4`.`mdl_logstore_standard_log` ({columns}) VALUES\n\t "
    if not case.endswith("MySQL"):
        head = head.replace("`", '"').replace('"my-moodle 4"', "public")
    return inserts(log_rows(), marked, "").replace(
        f"INSERT INTO moodle.m_logstore_standard_log ({columns}) VALUES ", head
    )


@pytest.mark.parametrize("case", ["DBeaver, of MySQL", "DBeaver, of PostgreSQL"])
def test_a_dump_without_a_head_is_known_by_its_events(case):
    case = case.replace("of MySQL", "MySQL")
    assert read(io.BytesIO(other_program(case).encode()))[LOG] == as_cells(log_rows())


# What takes time that grows faster than its size, where it is read without care: a text made to hurt.
HOSTILE = {
    "many default values that never end": "CREATE TABLE x (a text default '" + "a\\'" * 100_000 + "', b int);\n",
    "many tables of no rows": "-- PostgreSQL database dump\n"
    + "COPY mdl_course (id, fullname) FROM stdin;\n\\.\n" * 10_000,
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_text_made_to_hurt_is_read_in_no_time(case):
    before = time.process_time()
    assert read(io.BytesIO(HOSTILE[case].encode()))[LOG] == []
    assert time.process_time() - before < 5


def test_whether_it_is_a_dump_is_told_in_no_time():
    before = time.process_time()
    assert not is_sql(b"--\n" + b"\n" * 200_000)
    assert is_sql(b"--\n" + b"\n \t" * 1000 + b"INSERT INTO x VALUES (1);")
    assert time.process_time() - before < 1


REFUSED = {
    "of SQL Server": (
        "USE [moodle]\nGO\nINSERT [dbo].[mdl_logstore_standard_log] ([id], [other]) VALUES (1, N'x')\nGO\n".encode(
            "utf-16"
        ),
        "SQL Server",
    ),
    "of mysqldump as XML": (
        b'<?xml version="1.0"?>\n<mysqldump xmlns:xsi="x">\n<database name="moodle">\n</database></mysqldump>\n',
        "without --xml",
    ),
    "of mysql as XML": (b'<?xml version="1.0"?>\n\n<resultset statement="select 1">\n</resultset>\n', "without --xml"),
    "packed by bzip2": (b"BZh91AY&SY" + bytes(range(256)) * 9, "bzip2"),
    "packed by XZ": (b"\xfd7zXZ\0" + bytes(range(256)) * 9, "XZ"),
    "packed by Zstandard": (b"\x28\xb5\x2f\xfd" + bytes(range(256)) * 9, "Zstandard"),
    "without a log": (dumped("mysqldump-no-log.sql"), "holds no table `mdl_logstore_standard_log`"),
    "with the table alone": (dumped("mysqldump-no-data.sql"), "`mdl_logstore_standard_log` has no rows"),
    "in PostgreSQL's own format": (b"PGDMP\x01\x0e\0" + bytes(3000), "--format=plain"),
    "of another program": (b"CREATE TABLE people (id int, name text);\nINSERT INTO people VALUES (1,'x');\n", "no log"),
    "that never ends": (b"INSERT INTO `mdl_log` VALUES (1,'" + b"x" * 1_500_000, "no log"),
    "that shrinks as no dump does": (gzip.compress(b"-- x\nSET a = 1;\n" + b" " * 200_000_000), "more memory or time"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_refuses_a_dump(case, refuses, within, monkeypatch):
    monkeypatch.setattr("moodlelogsmart.reading.sources.LARGEST", 100_000_000)
    content, sentence = REFUSED[case]
    refuses(content, "moodle.sql", sentence)


def test_a_row_that_cannot_be_read_is_told(enrich):
    content = dumped("mysqldump-complete-hex.sql") + b"INSERT INTO mdl_logstore_standard_log VALUES (1,2),(3,'never"
    result = enrich(content)
    assert (result.summary.events_kept, result.summary.dropped) == (len(TRICKY), {"unreadable": 2})


def test_a_log_of_moodle_that_speaks_of_sql_is_no_dump(enrich):
    text = saved(table(), TABLE).replace('a:1:{s:6:""quizid"";i:3;}', "\nINSERT INTO x VALUES (1);\n")
    assert enrich(text).summary.rows_read == len(table())


def test_of_an_endless_string_the_window_keeps_little():
    big = b"INSERT INTO `mdl_files` VALUES (1,'" + b"x" * 30_000_000 + b"',2);\n" + dumped("mysqldump.sql")
    text = sqltext.SqlText(io.BytesIO(big))
    sizes = []
    while text.pass_blank():
        text.pass_statement()
        sizes.append(len(text.text))
    assert max(sizes) < 4 * sqltext.CHUNK
    assert read(io.BytesIO(big))[LOG] == as_cells(log_rows())


SECTIONS = b"""
INSERT INTO `mdl_course_sections` (`id`,`course`,`section`,`name`) VALUES (1,7,3,NULL),(2,7,4,'Basics'),(9,8,1,'Other');
"""


def test_a_dump_tells_the_sections_of_activities_by_name_or_by_number(enrich):
    changed = b"INSERT INTO `mdl_course_modules` (`id`,`module`,`instance`,`section`) VALUES (44,17,3,2),(46,17,4,1);\n"
    result = enrich(dumped("mysqldump.sql").replace(b"`mdl_course_modules`", b"`mdl_x`") + changed + SECTIONS)
    assert {row["element"]: row["section"] for row in result.rows("activities.csv")} == {
        "44": "Basics", "45": "", "46": "3",
    }  # fmt: skip
    assert "section:7 | Basics" in (result.folder / "enriched_log.ocel.json").read_text(encoding="utf-8")


def test_material_is_for_the_exercise_of_its_own_section(enrich):
    """The quiz of the section counts, though that of another one was begun sooner after the page was opened."""
    head, names = r"\mod_{}\event\{}", ["id", "eventname", "component", "userid", "timecreated", "contextlevel"]
    rows = [
        (head.format("page", "course_module_viewed"), "mod_page", 0, 45),
        (head.format("quiz", "attempt_started"), "mod_quiz", 60, 46),
        (head.format("quiz", "attempt_started"), "mod_quiz", 9000, 44),
    ]
    listed = ",".join([*names, "contextinstanceid", "courseid"])
    log = "".join(
        f"INSERT INTO mdl_logstore_standard_log ({listed}) VALUES ({at},'{name.replace(chr(92), chr(92) * 2)}',"
        f"'{component}',5,{1_606_845_939 + after},70,{module},7);\n"
        for at, (name, component, after, module) in enumerate(rows, start=1)
    )
    modules = "".join(
        f"INSERT INTO mdl_course_modules (id,module,instance,section) VALUES ({module},17,{module},{section});\n"
        for module, section in ((44, 2), (45, 2), (46, 1))
    )
    result = enrich(HEADS["mysql"] + log + modules + SECTIONS.decode())
    page = next(row for row in result.rows("activities.csv") if row["element"] == "45")
    assert (page["section"], page["exercise"], page["before_exercise"]) == ("Basics", "44", "1")


BESIDE = b"""
INSERT INTO `mdl_groups` (`id`,`courseid`,`name`) VALUES (1,7,'Blue'),(2,7,'Red, it\\'s one'),(3,8,'Elsewhere');
INSERT INTO `mdl_groups_members` (`id`,`groupid`,`userid`) VALUES (1,1,4),(2,2,4),(3,2,5),(4,3,5),(5,1,77);
INSERT INTO `mdl_grade_items` (`id`,`courseid`,`itemname`,`itemtype`,`sortorder`,`grademax`) VALUES
(1,7,NULL,'course',1,'100.00000'),(2,7,'Week 1','mod',2,'10.00000'),(3,8,'Other','mod',1,'10.00000');
INSERT INTO `mdl_grade_grades` (`id`,`itemid`,`userid`,`finalgrade`) VALUES
(1,1,4,'80.50000'),(2,1,5,NULL),(3,2,4,'9.00000'),(4,3,5,'1.00000'),(5,1,77,'12.00000');
"""


def test_groups_and_grades_of_a_dump_are_used_where_no_file_tells_them(enrich, tmp_path):
    result = enrich(dumped("mysqldump.sql") + BESIDE)
    groups = {row["person"]: row["group"] for row in result.rows("learners.csv")}
    assert groups == {"4": "Blue; Red, it's one", "5": "Red, it's one"}
    assert result.summary.taken == ["groups", "grades"]
    assert (result.summary.groups.people, result.summary.groups.found) == (3, 2)
    assert (result.summary.answers.grades.item, result.summary.answers.grades.learners) == ("", 1)
    page = html.fromstring((result.folder / "report.html").read_text(encoding="utf-8"))
    assert "has a grade in “Course total”" in page.xpath("string(//section[@aria-labelledby='grades'])")
    assert "groups, grades" in page.xpath("string(//section[@aria-labelledby='read'])")
    assert '"group:Blue"' in (result.folder / "enriched_log.ocel.json").read_text(encoding="utf-8")
    for name in ("enriched_log.xes", "enriched_log.ocel.json", "enriched_log.csv"):
        assert "80.5" not in (result.folder / name).read_text(encoding="utf-8")
    own = tmp_path / "groups.csv"
    own.write_text("ID,Name,Groups\n4,Bruna d'Almada,Own\n5,Caio,Own\n")
    told = enrich(dumped("mysqldump.sql") + BESIDE, groups=own)
    assert {row["group"] for row in told.rows("learners.csv")} == {"Own"}
    assert told.summary.taken == ["grades"]


def test_of_a_log_of_several_courses_groups_are_used_of_the_one_that_is_asked_for(enrich):
    other = b"INSERT INTO mdl_logstore_standard_log (id,eventname,userid,timecreated,courseid) VALUES (99,"
    other += rb"'\\core\\event\\course_viewed',5,1606845939,8);" + b"\n"
    log = dumped("mysqldump.sql") + other + BESIDE
    assert enrich(log).summary.taken == []
    result = enrich(log, course=("8",))
    assert {row["person"]: row["group"] for row in result.rows("learners.csv")} == {"5": "Elsewhere"}


def test_nobody_is_named_anywhere_with_groups_grades_labels_filters_and_corrections(enrich, tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("element,label\n44,Work of Bruna d'Almada\n*,Rest\n")
    named = BESIDE.replace(b"'Blue'", b"'Group of Bruna d\\'Almada'")
    sections = SECTIONS.replace(b"'Basics'", b"'Project of Bruna d\\'Almada'")
    log = dumped("mysqldump.sql") + named + sections
    log = log.replace(b"'Week 1", b"'Bruna d\\'Almada: Week 1")
    corrections = {"staff": ("Caio \\ João Ávila",), "meanings": ("quiz/attempt_started=View",)}
    people = tmp_path / "people.json"
    options = Options(labels=labels, course=("7",), pseudonym_key="ab" * 32, **corrections)
    source = tmp_path / "dump.sql"
    source.write_bytes(log)
    out = tmp_path / "named"
    out.mkdir()
    summary = process([source], options, out, people=people)
    assert summary.taken == ["sections", "groups", "grades"]
    texts = [repr(summary)] + [path.read_bytes().decode("latin-1") for path in [people, *out.iterdir()]]
    with zipfile.ZipFile(out / "enriched_log.xlsx") as book:
        texts += [book.read(name).decode() for name in book.namelist()]
    for text in texts:
        assert not re.search("Almada|Bruna|Ávila", text), re.search("(?s).{80}(?:Almada|Bruna|Ávila)", text)
    assert "student:u" in (out / "enriched_log.ocel.json").read_text()
