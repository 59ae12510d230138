"""Archives, spreadsheets and what is none: what is inside is read, and what would hurt stays shut."""

import gzip
import io
import zipfile

import pytest
from conftest import finish, log_text, viewed
from formats import as_ods, as_xlsx, as_zip, course

from moodlelogsmart.messages import LogError
from moodlelogsmart.reading import unpack

LOG = log_text([viewed(4), viewed(5)]).encode()


def locked_zip():
    """An archive whose directory says that its file is encrypted."""
    content = bytearray(as_zip({"log.csv": LOG}))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + flags] |= 1
    return bytes(content)


def bomb(size=300_000_000):
    """A small archive of one huge file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("log.csv", "w") as file:
        for _ in range(size // 1_000_000):
            file.write(b"0" * 1_000_000)
    return out.getvalue()


def lying_zip():
    """An archive whose directory says that its file is smaller than it is."""
    content = bytearray(as_zip({"log.csv": LOG * 50}))
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.index(mark) + place
        content[at : at + 4] = (100).to_bytes(4, "little")
    return bytes(content)


def with_entities():
    """A workbook whose text is an entity that an XML reader could be made to blow up."""
    book = zipfile.ZipFile(io.BytesIO(as_xlsx(course())))
    files = {name: book.read(name) for name in book.namelist()}
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    head, _, tail = files["xl/sharedStrings.xml"].decode().partition("?>")
    files["xl/sharedStrings.xml"] = head + "?>" + laughs + tail.replace("Time", "&b;", 1)
    return as_zip(files)


REFUSED = {
    "a locked archive": (locked_zip(), 400, "protected by a password"),
    "a locked workbook": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
        400,
        "protected by a password",
    ),
    "a bomb": (bomb(), 400, "too large once it is opened"),
    "too many files": (as_zip({f"{n}.csv": b"x" for n in range(1001)}), 400, "too large once it is opened"),
    "half an archive": (as_zip({"log.csv": LOG})[:-40], 400, "is a damaged ZIP file"),
    "half a gzip": (gzip.compress(LOG)[:40] + b"broken", 400, "is a damaged gzip file"),
    "a workbook with macros": (
        as_zip({"[Content_Types].xml": "x", "xl/workbook.xml": "x", "xl/vbaProject.bin": "x"}),
        415,
        "holds macros",
    ),
    "a text document": (
        as_zip({"[Content_Types].xml": "x", "word/document.xml": "x"}),
        415,
        "is a document and cannot be read as a table",
    ),
    "an OpenDocument text": (
        as_zip({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "x"}),
        415,
        "is a document and cannot be read as a table",
    ),
    "other files": (as_zip({"setup.exe": b"MZ", "read.me": b"x"}), 415, "holds other files than logs"),
    "an empty archive": (as_zip({}), 400, "is empty"),
    "an archive of nothing but litter": (as_zip({".DS_Store": b"x"}), 415, "holds other files than logs"),
    "an archive in a gzip": (gzip.compress(as_zip({"log.csv": LOG})), 415, "archive within an archive"),
    "a gzip of a PNG": (gzip.compress(b"\x89PNG\r\n\x1a\n"), 415, "is a picture and cannot be read as a table"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_refuses_at_once(case, upload, manager, settings, tmp_path):
    content, status, sentence = REFUSED[case]
    answer = upload(content, json=True)
    assert (answer.status_code, sentence in answer.get_json()["error"]) == (status, True)
    assert manager.list_jobs() == []
    assert list((tmp_path / "instance" / "jobs").iterdir()) == []


@pytest.mark.parametrize("case", [name for name in REFUSED if name != "half a gzip"])
def test_the_pipeline_refuses_the_same(case, enrich):
    content, _status, sentence = REFUSED[case]
    with pytest.raises(LogError, match=sentence):
        enrich(content)


BROKEN = {
    "a directory that lies": (lying_zip(), "damaged"),
    "an archive in an archive": (as_zip({"inner.csv": as_zip({"log.csv": LOG})}), "archive within an archive"),
    "a picture in an archive": (
        as_zip({"log.csv": b"\x89PNG\r\n\x1a\n"}),
        "is a picture and cannot be read as a table",
    ),
    "a gzip that is cut off": (gzip.compress(LOG * 9000)[:8_000], "damaged"),
    "a workbook that is none": (as_zip({"[Content_Types].xml": "x", "xl/workbook.xml": "x"}), "damaged or not what"),
    "an old workbook that is none": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "damaged or not what"),
    "broken JSON": (b'[["17/10/21, 12:39", "x"', "damaged or not what"),
    "JSON without rows": (b'{"a": 1}', "has none of the columns of a Moodle log"),
    "a page without a table": (b"<!DOCTYPE html><p>Log in to Moodle</p>", "holds no table"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_only_reading_shows_fails_with_a_sentence_and_leaves_nothing(case, client, upload, settings, tmp_path):
    content, sentence = BROKEN[case]
    answer = upload(content, json=True).get_json()
    assert sentence in (answer["error"] if "error" in answer else finish(client, answer["job_id"])["error"])
    assert [path for path in (tmp_path / "instance" / "jobs").rglob("*") if path.is_file()] == []


def test_entities_in_a_workbook_are_not_expanded(enrich):
    try:
        result = enrich(with_entities())
    except LogError:
        return
    assert "hahaha" not in (result.folder / "manifest.json").read_text()


@pytest.mark.parametrize("pack", [as_xlsx, as_ods])
def test_a_spreadsheet_in_a_zip_among_other_logs_is_one_job(enrich, pack):
    rows = course()
    half = len(rows) // 2
    other = log_text([dict(zip(rows[0], row, strict=True)) for row in rows[half:]], header=rows[0])
    archive = as_zip(
        {"a/first": pack(rows[:half]), "second.csv": other, "__MACOSX/._second.csv": b"\0\0", ".DS_Store": b"\0"}
    )
    assert enrich(archive).summary.rows_read == len(rows) - 1


def test_small_files_may_shrink_as_much_as_they_like(enrich):
    rows = log_text([viewed(4)] * 2000)
    assert len(gzip.compress(rows.encode())) * unpack.RATIO < len(rows)
    assert enrich(as_zip({"log.csv": rows})).summary.events_kept == 2000
    assert enrich(gzip.compress(rows.encode())).summary.events_kept == 2000


# Each with its name, what it is, and its content.
NO_LOGS = {
    "a text": ("README.txt", "none of the columns of a log", "Logs of the course, winter term."),
    "an empty file": ("empty.csv", "empty", ""),
    "grades": (
        "grades.csv",
        "grades",
        "First name,Surname,Quiz: Week 1,Course total\nAna,Souza,8.5,9\nRui,Prado,7,7\n",
    ),
    "a quiz's results": (
        "results.csv",
        "quiz results",
        "Surname,First name,Started on,Completed\nSouza,Ana,5 June 2021  10:00,x\n",
    ),
    "a picture": ("me.png", "no log", b"\x89PNG\r\n\x1a\n"),
    "a picture called a log": ("logs.csv", "picture", b"\x89PNG\r\n\x1a\n"),
    "a page": ("index.html", "no log", "<!DOCTYPE html><p>Course files</p>"),
    "settings": ("package.json", "none of the columns of a log", '{"name": "course", "files": ["log.csv"]}'),
    "a program": ("setup.exe", "no log", b"MZ\0\0"),
    "an archive": ("older.csv", "archive that cannot be opened", as_zip({"log.csv": LOG})),
    "a dump without a log": (
        "users.sql",
        "database without a log",
        "CREATE TABLE mdl_user (id bigint, name text);\nINSERT INTO mdl_user VALUES (1);\n",
    ),
    "a workbook of something else": ("grades.xlsx", "grades", as_xlsx([["Surname", "Course total"], ["Souza", "9"]])),
}


@pytest.mark.parametrize("case", NO_LOGS)
@pytest.mark.parametrize("first", [True, False])
def test_what_is_no_log_in_an_archive_is_named_and_the_log_read(enrich, case, first):
    name, kind, content = NO_LOGS[case]
    files = [(f"course/{name}", content), ("course/log-of-june.csv", LOG)]
    summary = enrich(as_zip(dict(files if first else files[::-1]))).summary
    assert summary.rows_read == LOG.count(b"\n") - 1
    (warning,) = [warning for warning in summary.warnings if warning.code == "files_left_out"]
    assert str(warning.text) == f"Used: log-of-june.csv. Not used: {name} ({kind})."
    assert (warning.figures["files"], warning.figures["names"]) == (1, [name])


def test_many_files_left_out_are_counted(enrich):
    archive = as_zip({"log.csv": LOG, **{f"notes {n}.txt": "x" for n in range(1, 9)}})
    (text,) = [str(one.text) for one in enrich(archive).summary.warnings if one.code == "files_left_out"]
    told = ", ".join(f"notes {n}.txt (none of the columns of a log)" for n in range(1, 6))
    assert text == f"Used: log.csv. Not used: {told}, 3 more."


def test_with_pseudonyms_files_left_out_are_counted_and_not_named(enrich):
    archive = as_zip({"log.csv": LOG, "work of Ana Souza.txt": "x", "photo of Ana Souza.csv": b"\x89PNG\r\n\x1a\n"})
    result = enrich(archive, pseudonym_key="0123456789abcdef" * 4)
    (warning,) = [one for one in result.summary.warnings if one.code == "files_left_out"]
    told = "none of the columns of a log, picture"
    assert str(warning.text) == f"Files that are no logs and were not used: 2 ({told})."
    assert b"Ana" not in (result.folder / "manifest.json").read_bytes()


def test_a_broken_log_in_an_archive_is_not_left_out(enrich):
    with pytest.raises(LogError, match="damaged or not what"):
        enrich(as_zip({"log.csv": LOG, "more.xlsx": as_zip({"[Content_Types].xml": "x", "xl/workbook.xml": "x"})}))


def test_an_archive_without_a_log_is_refused_for_what_is_in_it(enrich):
    with pytest.raises(LogError, match=r"README\.txt has none of the columns of a Moodle log"):
        enrich(as_zip({"README.txt": "x", "setup.exe": b"MZ", "grades.csv": "a,b\n1,2\n"}))
