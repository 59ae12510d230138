"""Backups of courses (.mbz): the log in them, and the names that belong to it.

A backup is a ZIP or, since Moodle 2.6, a tar.gz. Its log lies in `course/` and in the folder of each activity, as XML:
that of Moodle's table since 2.7 in `logstores.xml`, the one before in `logs.xml`. Nothing else of it is opened but the
list of its contents, its users, of which only the names are taken, its groups and its grades.
"""

import base64
import binascii
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO
from xml.parsers import expat

from moodlelogsmart.reading.dump import OLD_TABLE, TABLE
from moodlelogsmart.reading.sqldump import BATCH, LISTS, LOG, NAMES, OLD_LOG, Row

CONTENTS = "moodle_backup.xml"
LOGS = re.compile(r"(?:course|activities/([a-z0-9_]+)_(\d{1,18}))/log(?:stores|s)\.xml", re.ASCII)
USERS = "users.xml"
GROUPS = "groups.xml"
GRADES = re.compile(r"gradebook\.xml|activities/[a-z0-9_]+/grades\.xml", re.ASCII)
CELL_LIMIT = 1_000_000  # signs of one element
CHUNK = 1 << 20
_NULL = "$@NULL@$"
_WITHIN = "in"  # the id of the element in which one lies
_COURSE, _MODULE = "50", "70"

# The elements that are rows, and what is taken of each.
_ROWS = {
    "logstore_standard_log": TABLE,
    "log": OLD_TABLE,
    "activity": ["moduleid", "sectionid", "modulename", "title"],
    "section": ["sectionid", "title"],
    "information": ["original_course_id", "original_course_fullname"],
    "user": ["id", "firstname", "lastname"],
    "group": ["name"],
    "group_member": ["userid"],
    "grade_item": ["itemname", "itemtype", "sortorder", "grademax"],
    "grade_grade": ["userid", "finalgrade"],
}


def backup_tables(path: Path, whole: Callable[[Path], IO[bytes]]) -> Iterator[tuple[str, list[Row]]]:
    """The rows of the tables LOG, OLD_LOG, NAMES and LISTS in a backup, as `sqldump.sql_tables` gives those of a dump.

    `whole` opens a file that is packed as one. Raises ValueError for XML with a document type, in which entities could
    stand, or with endless text.
    """
    with path.open("rb") as start:
        members = _zip_members if start.read(2) == b"PK" else _tar_members
    course = ""
    for _name, file in members(path, whole, lambda name: name == CONTENTS):
        for element, cells in _elements(file):
            if element == "information":
                course = cells["original_course_id"]
                yield NAMES, [["course", course, cells["original_course_fullname"], "", ""]]
            elif element == "activity" and cells["moduleid"]:
                yield NAMES, _names_of(cells)
            elif element == "section" and cells["sectionid"]:
                # Its name, or its number where nobody gave it one.
                yield NAMES, [["course_sections", cells["sectionid"], "", cells["title"], ""]]
    for name, file in members(path, whole, lambda name: name != CONTENTS and is_needed(name)):
        yield from _log(file, name, course) if LOGS.fullmatch(name) else _people(file, course)


def is_needed(name: str) -> bool:
    """Whether this file of a backup is opened at all."""
    return name in (CONTENTS, USERS, GROUPS) or bool(LOGS.fullmatch(name) or GRADES.fullmatch(name))


def _people(file: IO[bytes], course: str) -> Iterator[tuple[str, list[Row]]]:
    """The rows that a dump has of users, of groups with their members, or of items with the grades."""
    for element, cells in _elements(file):
        if element == "user":
            yield NAMES, [["user", cells["id"], cells["firstname"], cells["lastname"], ""]]
        row: Row = []
        if element == "group":
            row = ["groups", cells["id"], course, cells["name"]]
        elif element == "group_member":
            row = ["groups_members", "", cells[_WITHIN], cells["userid"]]
        elif element == "grade_item":
            told = (cells[name] for name in ("itemname", "itemtype", "sortorder", "grademax"))
            row = ["grade_items", cells["id"], course, *told]
        elif element == "grade_grade":
            row = ["grade_grades", "", cells[_WITHIN], cells["userid"], cells["finalgrade"]]
        if row:
            yield LISTS, [row + [""] * (7 - len(row))]


def _names_of(activity: dict[str, str]) -> list[Row]:
    """The rows that a dump has of an activity: a course module, its kind and its name."""
    module, kind = activity["moduleid"], activity["modulename"]
    return [
        ["modules", kind, kind, "", ""],
        ["course_modules", module, kind, module, activity["sectionid"]],
        [kind, module, activity["title"], "", ""],
    ]


def _log(file: IO[bytes], name: str, course: str) -> Iterator[tuple[str, list[Row]]]:
    """The rows of one file of the log; where they happened, the name of the file says."""
    found = LOGS.fullmatch(name)
    module = found[2] if found else ""
    new = name.endswith("logstores.xml")
    table = TABLE if new else OLD_TABLE
    place = {
        "contextlevel": _MODULE if module else _COURSE,
        "contextinstanceid": module or course,
        "courseid": course,
        "course": course,
        "cmid": module or "0",
    }
    rows: list[Row] = []
    for element, cells in _elements(file):
        if element == ("logstore_standard_log" if new else "log"):
            cells["other"] = _decoded(cells.get("other", ""))
            rows.append([place.get(column) or cells[column] for column in table])
            if len(rows) >= BATCH:
                yield LOG if new else OLD_LOG, rows
                rows = []
    yield LOG if new else OLD_LOG, rows


def _decoded(other: str) -> str:
    try:
        return base64.b64decode(other, validate=True).decode("latin-1").replace("\0", "")
    except (binascii.Error, ValueError):
        return other


class _Rows:
    """What a parser of XML calls: the elements of _ROWS that are `done`, each with the texts in it."""

    def __init__(self) -> None:
        self.done: list[tuple[str, dict[str, str]]] = []
        self._open: list[tuple[str, dict[str, str]]] = []
        self._texts: list[str] = []
        self._length = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self._texts, self._length = [], 0
        # One lies in another at most: an activity in the information of a backup, a member in a group.
        if name in _ROWS and len(self._open) < 2:
            ids = {"id": attributes.get("id", ""), _WITHIN: self._open[-1][1]["id"] if self._open else ""}
            self._open.append((name, dict.fromkeys(_ROWS[name], "") | ids))

    def text(self, data: str) -> None:
        """A part of a text. Raises ValueError where it has no end."""
        self._length += len(data)
        if self._length > CELL_LIMIT:
            raise ValueError("a text without end")
        self._texts.append(data)

    def end(self, name: str) -> None:
        """An element ends."""
        if self._open and self._open[-1][0] == name:
            self.done.append(self._open.pop())
        elif self._open and name in self._open[-1][1]:
            value = "".join(self._texts)
            self._open[-1][1][name] = "" if value == _NULL else value.encode("utf-8").decode("latin-1")


def _elements(file: IO[bytes]) -> Iterator[tuple[str, dict[str, str]]]:
    """The elements of _ROWS, each with the texts of the elements in it and its id; texts are bytes as in Latin 1."""
    parser, rows = expat.ParserCreate(), _Rows()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = rows.start, rows.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = rows.text, _refuse
    while chunk := file.read(CHUNK):
        parser.Parse(chunk)
        yield from rows.done
        rows.done.clear()
    parser.Parse(b"", True)
    yield from rows.done


def _refuse(*_told: object) -> None:
    raise ValueError("a document type, in which entities stand")


Wanted = Callable[[str], bool]


def _zip_members(path: Path, _whole: object, wanted: Wanted) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if wanted(name.removeprefix("./")):
                with archive.open(name) as file:
                    yield name.removeprefix("./"), file


def _tar_members(path: Path, whole: Callable[[Path], IO[bytes]], wanted: Wanted) -> Iterator[tuple[str, IO[bytes]]]:
    with whole(path) as packed, tarfile.open(fileobj=packed, mode="r|", bufsize=CHUNK) as archive:
        for member in archive:
            if member.isreg() and wanted(member.name.removeprefix("./")) and (file := archive.extractfile(member)):
                yield member.name.removeprefix("./"), file
            # Else it keeps what it knows of each of them.
            archive.members = []  # type: ignore[attr-defined]
