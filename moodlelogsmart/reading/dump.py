"""Moodle's own table of events, `logstore_standard_log`, as somebody with access to the database saves it.

Before Moodle 2.7 it was `log`, which is understood where a header names its columns.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from moodlelogsmart.messages import LogError, Message
from moodlelogsmart.reading.columns import LABEL, LONGEST, place_columns
from moodlelogsmart.reading.content import EVENT_CLASS, find_time
from moodlelogsmart.reading.model import CONTENT, Column, Part

# The columns of the table in their order (lib/db/install.xml of admin/tool/log/store/standard).
# fmt: off
TABLE = [
    "id", "eventname", "component", "action", "target", "objecttable", "objectid", "crud", "edulevel", "contextid",
    "contextlevel", "contextinstanceid", "userid", "courseid", "relateduserid", "anonymous", "other", "timecreated",
    "origin", "ip", "realuserid",
]
# fmt: on
OLD_TABLE = ["id", "time", "userid", "ip", "course", "module", "cmid", "action", "url", "info"]
# What a table is known by: who, and what was done, by its class or by the parts of it, else as before Moodle 2.7.
_CLASS, _PARTS, _OLD = {"userid", "eventname"}, {"userid", "component", "action", "target"}, {"userid", "action"}
# With one of these it is no log as exported, to which somebody gave a column of ids.
_OF_TABLE = {
    "target", "objecttable", "objectid", "crud", "edulevel", "contextid", "contextlevel", "contextinstanceid",
    "courseid", "relateduserid", "timecreated", "realuserid",
}  # fmt: skip
_OF_OLD_TABLE = {"module", "cmid", "url", "info"}
_OF_REPORT = {"eventcontext", "userfullname", "affecteduser"}
# The columns of whole numbers.
_NUMBERS = {
    "id", "objectid", "edulevel", "contextid", "contextlevel", "contextinstanceid", "userid", "courseid",
    "relateduserid", "timecreated", "realuserid", "time", "course", "cmid",
}  # fmt: skip
# What queries call columns of the table.
_ALSO = {"course": "courseid", "time": "timecreated", "cmid": "contextinstanceid"}

# What a dump tells beyond the columns of a log: the ids of who acted and who was affected, of the course module and of
# who was really there, and '1' for what Moodle itself counts as an act of teaching.
EXTRA = ["actor_id", "affected_id", "module_id", "real_id", "teaching"]

_NONE = "''"
_TEACHING, _SYSTEM, _USER, _CATEGORY, _COURSE, _MODULE = 1, 10, 30, 40, 50, 70

# SQL over the cells of the table by name.
_CELLS = [name for name in dict.fromkeys((*TABLE, *OLD_TABLE)) if name != "id"]
# The class of the event; where it is missing it is made as Moodle makes its parts: \mod_quiz\event\... Some programs
# double the backslashes when they save a table.
_EVENT_CLASS = r"""coalesce(nullif(regexp_replace(eventname, '\\+', '\\', 'g'), ''),
    if('' in (component, target, action), '', '\' || component || '\event\' || target || '_' || action))"""
# The element of the course as other columns tell it, by its place in the table of its plugin: 'quiz 5'. What happens to
# an attempt or the like tells that place in `other`, in JSON, in PHP's way or in Python's.
_PLUGIN = r"regexp_extract(event, '^\\?mod_(\w+)\\', 1)"
_PLACE = r"""coalesce(nullif(regexp_extract(other, '\b' || plugin || 'id\W+(?:s:\d+:\W*|i:)?(\d+)', 1), ''),
    if(objecttable = plugin, objectid, ''))"""
_ELEMENT = "if('' in (plugin, place), '', plugin || ' ' || place)"


def known_labels(header: Sequence[str]) -> int:
    """How many cells of a header are names of the table's columns that no log as exported has."""
    names = {_name(label) for label in header}
    if names & _OF_REPORT and "timecreated" not in names:
        return 0
    if names >= _PARTS or (names >= _CLASS and names & _OF_TABLE):
        return len(names & {*TABLE, *_ALSO})
    return len(names & set(OLD_TABLE)) if names >= _OLD and names & _OF_OLD_TABLE else 0


def is_dump(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether this is the table: by its header, or where that does not tell by the event classes in its rows."""
    names = {_name(label) for label in header}
    named = not header or (names >= _CLASS and not names & _OF_REPORT)
    return bool(known_labels(header)) or (named and _class_place(rows) is not None)


def find_columns(
    header: Sequence[str], rows: Sequence[Sequence[str]], told: Mapping[str, Part[Column]]
) -> dict[str, Part[Column]]:
    """The table's columns by name; what is not `told` by the header, else by the place of the event classes.

    A time whose label is unknown is told by the look of the rows. Raises LogError where the columns are not all there
    and no header says which.
    """
    told = place_columns(told, dict.fromkeys((*TABLE, *OLD_TABLE)), header, rows)
    places = _find_places(header, rows) if header or _class_place(rows) is not None else {}
    by = LABEL if header else Message("the order of Moodle's own table")
    found = {name: Part(Column(at + 1, header[at] if header else ""), True, by) for name, at in places.items()}
    found |= told
    if not {"time", "timecreated"} & set(found):
        taken = {part.value.place - 1 for part in found.values()}
        if (at := find_time(rows, taken)) is not None:
            found["timecreated"] = Part(Column(at + 1, header[at] if header else ""), False, CONTENT)
    there = {name for name, part in found.items() if part.value.place}
    if not (there & {"time", "timecreated"} and any(there >= needed for needed in (_CLASS, _PARTS, _OLD))):
        raise LogError(
            "%(file)s is a table of Moodle's events and needs the columns %(needed)s; save it again with them.",
            needed=", ".join(sorted({*_CLASS, "timecreated"})),
        )
    return found


def _find_places(header: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, int]:
    if header:
        positions: dict[str, int] = {}
        for place, label in enumerate(header):
            positions.setdefault(_name(label), place)
        if positions.keys() >= _CLASS or positions.keys() >= _PARTS:
            also = {name: positions[label] for label, name in _ALSO.items() if label in positions}
            return {name: at for name, at in (also | positions).items() if name in TABLE}
        return {name: at for name, at in positions.items() if name in OLD_TABLE}
    first = (_class_place(rows) or 0) - TABLE.index("eventname")
    positions = {name: first + place for place, name in enumerate(TABLE) if first + place >= 0}
    width = max(len(row) for row in rows)
    crud, when = positions["crud"], positions["timecreated"]
    fits = [row for row in rows if len(row) > when and row[crud] in "crud" and re.fullmatch(r"\d{9,10}", row[when])]
    if width <= when or len(fits) * 2 < len(rows):
        raise LogError(
            "%(file)s is a table of Moodle's database without the names of its columns, and not all of them are there; "
            "save it again with a header."
        )
    return {name: place for name, place in positions.items() if place < width}


def expressions(positions: Mapping[str, int], rows: str, named: bool = False) -> tuple[dict[str, str], str]:
    """SQL of a log's columns and of EXTRA by name, and SQL of the rows that they are said of.

    `rows` is SQL of rows with the cells c0, c1, ... of the table. What is made of them is made one step after the
    other, for each mention of a long expression takes memory. What the table has no text for is put in words from its
    numbers: where it happened stands in the context. Where they are `named`, table `known_name` (see names.load_names)
    has the texts that there are of modules, courses and people.
    """
    cells = {name: _cell(name, f"c{positions[name]}") if name in positions else _NONE for name in _CELLS}
    rows = _with(rows, cells)
    if not {"eventname", "target"} & set(positions):
        wanted = {
            "time": "time",
            "course": "course",
            "event_context": "info",
            "event_name": "trim(module || ' ' || action)",
            "ip_address": "ip",
            "actor_id": "userid",
            "module_id": "if(cmid = '0', '', cmid)",
        }
        return _named(wanted, rows, "cmid", _NONE) if named else (wanted, rows)
    rows = _with(_with(rows, {"event": _EVENT_CLASS}), {"level": _level(positions), "plugin": _PLUGIN})
    rows = _with(rows, {"place": _PLACE})
    wanted = {
        "time": "timecreated",
        "affected_user": "relateduserid",
        "course": "if(courseid = '0', '', courseid)",
        "event_context": f"""case level when '{_MODULE}' then 'Course module ' || contextinstanceid
            when '{_COURSE}' then 'Course ' || contextinstanceid
            when '{_CATEGORY}' then 'Category ' || contextinstanceid
            when '{_USER}' then 'User ' || contextinstanceid when '{_SYSTEM}' then 'System'
            else {_NONE if "contextinstanceid" in positions else _ELEMENT} end""",
        "component": "component",
        "event_name": "event",
        "origin": "origin",
        "ip_address": "ip",
        "actor_id": "userid",
        "affected_id": "relateduserid",
        "module_id": f"if(level = '{_MODULE}', contextinstanceid, '')",
        "real_id": "realuserid",
        "teaching": f"if(edulevel = '{_TEACHING}' and crud in ('c', 'u', 'd'), '1', '')",
    }
    of_level = [f"if(level = '{level}', contextinstanceid, '')" for level in (_MODULE, _COURSE)]
    return _named(wanted, rows, *of_level) if named else (wanted, rows)


def _named(wanted: dict[str, str], rows: str, module: str, course: str) -> tuple[dict[str, str], str]:
    """The same with names for numbers: of people, and of the module or the course where it happened."""
    numbers = {"module": module, "course": course, "doer": "userid", "affected": "relateduserid"}
    kinds = {"doer": "person", "affected": "person"}
    joined = " ".join(
        f"left join known_name {name} on {name}.kind = '{kinds.get(name, name)}' and {name}.id = nullif({number}, '')"
        for name, number in numbers.items()
    )
    rows = f"""(select cells.*, coalesce(module.name, course.name) as place_named, doer.name as doer_named,
        affected.name as affected_named from {rows} cells {joined})"""
    named = {"user_full_name": "doer_named", "affected_user": "affected_named", "event_context": "place_named"}
    return wanted | {column: f"coalesce({name}, {wanted.get(column, _NONE)})" for column, name in named.items()}, rows


def _with(rows: str, columns: Mapping[str, str]) -> str:
    """SQL: the rows with further columns."""
    return f"(select *, {', '.join(f'{sql} as {name}' for name, sql in columns.items())} from {rows})"


def _level(positions: Mapping[str, int]) -> str:
    """SQL: the level of the context; where the table does not tell it, ids of activities are those of their events."""
    if "contextlevel" in positions:
        return "contextlevel"
    if "contextinstanceid" not in positions:
        return _NONE
    return rf"""if(regexp_matches(event, '^\\?mod_') and event not like '%instance\_list\_viewed' escape '\'
        and contextinstanceid not in ('', '0'), '{_MODULE}', '')"""


def _cell(name: str, cell: str) -> str:
    """SQL: the cell, '' for none as databases and pandas write it; a number that pandas gave a point is whole again."""
    text = rf"if({cell} is null or {cell} in ('NULL', '\N', 'null', 'nan', 'NaN', 'None', '<NA>'), '', {cell})"
    return rf"regexp_replace({text}, '^(-?\d+)\.0+$', '\1')" if name in _NUMBERS else text


def _name(label: str) -> str:
    """The column's name without what a query may put around it: `l`.`userid`."""
    return _bare(label[:LONGEST])


@lru_cache(10_000)
def _bare(label: str) -> str:
    return re.sub(r"[\W_]", "", label.rpartition(".")[2]).lower()


def _class_place(rows: Sequence[Sequence[str]]) -> int | None:
    """The place of the cells that are event classes in at least half of the rows."""
    for place in range(max((len(row) for row in rows), default=0)):
        named = sum(bool(EVENT_CLASS.fullmatch(row[place])) for row in rows if place < len(row))
        if named * 2 > len(rows):
            return place
    return None
