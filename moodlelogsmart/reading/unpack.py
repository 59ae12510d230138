"""Stage read, first part: what kind of file it is, and the logs inside an archive; whole bombs stay unopened."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from gzip import BadGzipFile
from pathlib import Path, PurePath
from typing import IO

from moodlelogsmart.messages import LogError, NoLog
from moodlelogsmart.reading import backup
from moodlelogsmart.reading.backup import CONTENTS
from moodlelogsmart.reading.gunzip import GZIP, TooLarge, open_gzip
from moodlelogsmart.reading.model import EXPORT
from moodlelogsmart.workspace import Workspace

CHUNK = 1 << 20
START = 1 << 18  # bytes by which a file is judged at once
LARGEST = 4 << 30  # bytes that the files in one archive may become
# A log of ten million events shrinks to a fiftieth; a bomb to a two-hundredth and less. Small files may be anything.
RATIO, ANY_RATIO = 100, 50_000_000
MEMBERS = 1000  # files in one archive
# Entries of a ZIP, of which a backup has many, and bytes of its directory, all of which is read beforehand.
ENTRIES, DIRECTORY = 10_000, 10_000_000
_ENTRY = b"PK\x01\x02"
_END_RECORDS = 76  # bytes of what stands behind a directory of ZIP64

# The first bytes of pictures, and of what is packed in a way that is not opened.
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
_PACKED = {
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7-Zip",
    b"PAR1": "Parquet",
    b"BZh91AY&SY": "bzip2",
    b"\xfd7zXZ\0": "XZ",
    b"\x28\xb5\x2f\xfd": "Zstandard",
}
# What is at the beginning of a backup of a course that is packed by tar: the first is Moodle's own way to begin one.
_OF_BACKUP = (b".ARCHIVE_INDEX", CONTENTS.encode(), b"moodle_backup.log", b"activities/", b"course/course.xml")
_SQL_BEGIN = re.compile(
    rb"[\xef\xbb\xbf\xff\xfe\s]*+(?:--|/\*|#|\\restrict|(?:mysqldump|mariadb-dump|pg_dump|Warning):|"
    rb"(?:SET|INSERT|REPLACE|CREATE|DROP|COPY|USE|LOCK|BEGIN|START)\b)",
    re.I,
)
_SQL = re.compile(
    rb"^[ \t]*+(?:INSERT\s[\w\s]{0,20}INTO\s|REPLACE\s+INTO\s|CREATE\s+(?:TABLE|DATABASE)\s|"
    rb"COPY\s.{1,9999}FROM\s+stdin;|SET\s+\w+\s*=)",
    re.I | re.M,
)
_SQL_SERVER = re.compile(rb"^(?:INSERT\s{1,9}(?:INTO\s{1,9})?|CREATE\s{1,9}TABLE\s{1,9})\[\w", re.I | re.M)
_XML_DUMP = re.compile(rb"<\?xml[^>]{0,99}>\s*+<(?:mysqldump|resultset|database|pma_xml_export)\b")
# What JSON begins with; a title such as “[2021] Algebra” is none.
_JSON = re.compile(rb'\[\s*(?:[\[{"\]]|$)|\{\s*["}]')
_OLD_CONTENTS = "moodle.xml"  # all of a backup of Moodle 1.9
_EMPTY_ZIP = b"PK\x05\x06"
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # what Office calls a workbook inside its password
_SHEET_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"


class WrongKind(NoLog):
    """The file is none that a log can be in: a picture, a program, a text document."""


@dataclass(frozen=True)
class Found:
    """A log file on its own: where it lies and how it is read: as 'text', 'json', 'html', 'sheet', 'sql' or 'backup'.

    `member` is its place in a ZIP; a dump ('sql') need not be unpacked from there.
    """

    path: Path
    kind: str
    member: str = ""


def check_file(path: Path) -> bytes | None:
    """Look at a file, at once and without opening it wholly; the beginning of what it holds if that is text.

    Raises LogError for what is empty, locked or too large once opened, WrongKind for what can hold no log.
    """
    start = _start(path)
    if start.startswith(_ZIP):
        _check_zip(path)
        return None
    if start.startswith(GZIP):
        with _whole("gzip"), open_gzip(path, LARGEST) as file:
            start = file.read(START)
        if _is_tar(start):
            return None
        _check_start(start)
        if start.startswith((_ZIP, GZIP)):
            raise _archive_in_archive()
    return None if start.startswith(_OLE) or _kind(start) != "text" else start


@dataclass(frozen=True)
class Other:
    """A file of an archive that is no log: its name, and why."""

    name: str
    error: NoLog


def unpack(path: Path, work: Workspace) -> Iterator[Found | Other]:
    """The log files that are in a file: itself, or what it holds, laid into the workspace, and what else it holds.

    Raises LogError and WrongKind as `check_file`, and where an archive is broken.
    """
    start = _start(path)
    if start.startswith(GZIP):
        with _whole("gzip"), open_gzip(path, LARGEST) as file:
            inside = file.read(START)
        large = "backup" if _is_tar(inside) else "sql" if is_sql(inside) else ""
        # A dump may be far larger than there is room for, and most of it is not needed.
        yield Found(path, large) if large else _found_inside(_gunzip(path, work))
        return
    if start.startswith(_ZIP):
        members = _check_zip(path)
        if any(member.filename == CONTENTS for member in members):
            yield Found(path, "backup")
        elif not _is_sheet(path):
            yield from _unzip(path, members, work)
        else:
            yield _found(path, start)
        return
    yield _found(path, start)


def _found(path: Path, start: bytes) -> Found:
    return Found(path, "sheet" if start.startswith((_ZIP, _OLE)) else _kind(start))


def _found_inside(path: Path) -> Found:
    """A file that was in an archive, which must not be one itself."""
    start = _start(path)
    if start.startswith(GZIP) or (start.startswith(_ZIP) and not _is_sheet(path)):
        raise _archive_in_archive()
    if start.startswith(_ZIP):
        _check_zip(path)
    return _found(path, start)


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        start = file.read(START)
        _check_start(start)
        if start.startswith(_OLE):
            file.seek(0)
            # The directory of such a file may lie anywhere in it.
            if any(_ENCRYPTED in chunk for chunk in iter(lambda: file.read(CHUNK), b"")):
                raise _locked()
    return start


def _check_start(start: bytes) -> None:
    if not start.strip() or start.startswith(_EMPTY_ZIP):
        raise NoLog("%(file)s is empty. %(how)s", kind="empty", how=EXPORT)
    if start.startswith(b"PGDMP"):
        raise WrongKind(
            "%(file)s is a PostgreSQL archive, of which only PostgreSQL knows the inside; make the dump as plain text: "
            "pg_dump --format=plain.",
            kind="dump",
        )
    if start.startswith(b"%PDF"):
        raise WrongKind("%(file)s is a PDF and cannot be read as a table. %(how)s", kind="pdf", how=EXPORT)
    if start.startswith(_PICTURES):
        raise WrongKind("%(file)s is a picture and cannot be read as a table. %(how)s", kind="picture", how=EXPORT)
    for magic, packed in _PACKED.items():
        if start.startswith(magic):
            raise WrongKind(
                "%(file)s is packed as %(packed)s, which cannot be opened here; pack the log as ZIP.",
                kind="packed",
                packed=packed,
            )


def _kind(start: bytes) -> str:
    """How a text is read, by its first sign that is no space. Raises WrongKind for bytes that are no text."""
    if b"\0" in start and not _is_utf16(start):
        raise WrongKind("%(file)s is not a text file and cannot be read as a table. %(how)s", how=EXPORT)
    if is_sql(start):
        return "sql"
    begin = start.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if _XML_DUMP.match(begin):
        raise WrongKind(
            "%(file)s is a dump of a database as XML; make it as SQL: mysqldump without --xml.", kind="dump"
        )
    if _JSON.match(begin):
        return "json"
    return "html" if begin.startswith(b"<") else "text"


def is_sql(start: bytes) -> bool:
    """Whether a text is an SQL dump: its first line is one, and it makes a table or fills one.

    Raises WrongKind for a script of SQL Server, of which strings and statements end otherwise.
    """
    if b"\0" in start and not _is_utf16(start):
        return False
    start = start.replace(b"\0", b"")
    if not _SQL_BEGIN.match(start):
        return False
    if _SQL_SERVER.search(start):
        raise WrongKind(
            "%(file)s is a script of SQL Server, which is not read; save the table mdl_logstore_standard_log as "
            "“Comma separated values (.csv)”.",
            kind="dump",
        )
    return bool(_SQL.search(start))


def _is_tar(start: bytes) -> bool:
    """Whether it is a backup of a course that is packed by tar. Raises WrongKind for what else is packed so."""
    if start[257:262] != b"ustar":
        return False
    if not any(name in start for name in _OF_BACKUP):
        raise _archive_in_archive()
    return True


def _is_utf16(start: bytes) -> bool:
    """Of ASCII in UTF-16 every second byte is zero; four fifths of them are enough for a log with other letters."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    half = len(start) // 2
    zeros = [start[parity : 2 * half : 2].count(0) for parity in (0, 1)]
    return max(zeros) > half // 3 and min(zeros) < half // 50 + 1


def _check_zip(path: Path) -> list[zipfile.ZipInfo]:
    """The files of an archive by its directory, which must hold logs, or be a spreadsheet or a backup of a course."""
    _check_directory(path)
    with _whole("ZIP"), zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
    names = {member.filename for member in members}
    if any(member.flag_bits & 1 for member in members):
        raise _locked()
    is_backup, is_office = CONTENTS in names, bool(names & _OFFICE)
    opened = [
        member for member in members if is_office or (backup.is_needed if is_backup else _can_be_log)(member.filename)
    ]
    size = sum(member.file_size for member in opened)
    if (len(members) > MEMBERS and not is_backup) or _swells(size, path.stat().st_size):
        raise _too_large()
    if is_backup:
        return members
    if is_office:
        if any(PurePath(name).name.lower() == "vbaproject.bin" for name in names):
            raise WrongKind("%(file)s holds macros; save it as a workbook without them (.xlsx) and try again.")
        if not _is_sheet(path):
            raise WrongKind(
                "%(file)s is a document and cannot be read as a table. %(how)s", kind="document", how=EXPORT
            )
        return members
    if _OLD_CONTENTS in names:
        raise WrongKind(
            "%(file)s is a backup of a course of Moodle 1.9 or before, of which the logs are not read. %(how)s",
            kind="backup",
            how=EXPORT,
        )
    if not opened:
        raise _other_files()
    return [member for member in members if not _is_litter(member.filename)]


def _check_directory(path: Path) -> None:
    """Raise LogError where an archive has more entries than are read, by its end, which may lie, and by a look."""
    with _whole("ZIP"), path.open("rb") as file:
        end = zipfile._EndRecData(file)  # type: ignore[attr-defined]
        if not end:
            return
        _mark, _disk, _first, _here, entries, size, _offset, _comment_size, _comment, behind = end
        if entries > ENTRIES or size > DIRECTORY:
            raise _too_large()
        file.seek(max(behind - size - _END_RECORDS, 0))
        if file.read(size + _END_RECORDS).count(_ENTRY) > ENTRIES:
            raise _too_large()


_OFFICE = {"[Content_Types].xml", "mimetype"}
_LOG_NAMES = {".sql", ".csv", ".tsv", ".txt", ".json", ".html", ".htm", ".xlsx", ".ods", ".xls", ""}
_LITTER = {"thumbs.db", "desktop.ini"}


def _can_be_log(name: str) -> bool:
    return PurePath(name).suffix.lower() in _LOG_NAMES and not _is_litter(name)


def _is_litter(name: str) -> bool:
    """What systems add to archives by themselves."""
    own = PurePath(name).name
    return name.startswith("__MACOSX/") or own.startswith(".") or own.lower() in _LITTER


def _is_sheet(path: Path) -> bool:
    with _whole("ZIP"), zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if "mimetype" in names:
            with archive.open("mimetype") as file:
                return file.read(100).strip() == _SHEET_TYPE
        return "xl/workbook.xml" in names or "xl/workbook.bin" in names


def _unzip(path: Path, members: list[zipfile.ZipInfo], work: Workspace) -> Iterator[Found | Other]:
    with _whole("ZIP"), zipfile.ZipFile(path) as archive:
        for member in members:
            try:
                found: Found | Other = _member(path, archive, member, work)
            except NoLog as error:
                found = Other(member.filename, error)
            yield found


def _member(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, work: Workspace) -> Found:
    """A file of an archive. Raises NoLog for what its name or its beginning tells to be none."""
    if not _can_be_log(member.filename):
        raise WrongKind("%(file)s is not a log. %(how)s", how=EXPORT)
    with _whole("ZIP"), archive.open(member) as file:
        if is_sql(file.read(START)):
            return Found(path, "sql", member.filename)
    target = work.scratch()
    # Reads no more than the directory says, and compares the checksum.
    with _whole("ZIP"), archive.open(member) as file:
        _pour(file, target, work, member.file_size)
    return replace(_found_inside(target), member=member.filename)


def _gunzip(path: Path, work: Workspace) -> Path:
    target, most = work.scratch(), max(ANY_RATIO, min(LARGEST, path.stat().st_size * RATIO))
    with _whole("gzip"), open_gzip(path, most) as file:
        _pour(file, target, work, most)
    return target


def _pour(file: IO[bytes], target: Path, work: Workspace, limit: int) -> None:
    size = 0
    with target.open("wb") as out:
        while chunk := file.read(CHUNK):
            work.check()
            size += len(chunk)
            if size > limit:
                raise _too_large()
            out.write(chunk)


def _swells(size: int, packed: int) -> bool:
    return size > LARGEST or (size > ANY_RATIO and size > packed * RATIO)


@contextmanager
def _whole(kind: str) -> Iterator[None]:
    """Turns what a broken archive raises into a sentence."""
    try:
        yield
    except TooLarge:
        raise _too_large() from None
    except (zipfile.BadZipFile, BadGzipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise LogError("%(file)s is a damaged %(packed)s file; pack or download it again.", packed=kind) from error


def _locked() -> LogError:
    return LogError("%(file)s is protected by a password; save it without one and try again.")


def _too_large() -> LogError:
    return LogError("%(file)s is too large once it is opened; upload the log as “Comma separated values (.csv)”.")


def _other_files() -> WrongKind:
    return WrongKind(
        "%(file)s holds other files than logs; put only the logs that you downloaded from Moodle into it.",
        kind="archive",
    )


def _archive_in_archive() -> WrongKind:
    return WrongKind("%(file)s is an archive within an archive; upload the log itself.", kind="packed")
