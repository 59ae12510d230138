"""Moodle's own table of events, `logstore_standard_log`, as somebody with access to the database saves it.

Before Moodle 2.7 it was `log`, which is understood where a header names its columns.
"""

import re
from collections.abc import Mapping, Sequence

from moodlelogsmart.messages import LogError, Message
from moodlelogsmart.reading.columns import LABEL, place_columns
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

_TEACHING, _SYSTEM, _USER, _CATEGORY, _COURSE, _MODULE = 1, 10, 30, 40, 50, 70


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
            "A table of Moodle's events needs the columns %(needed)s; save it again with them.",
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
            "This is a table of Moodle's database without the names of its columns, and not all of them are there; "
            "save it again with a header."
        )
    return {name: place for name, place in positions.items() if place < width}


def expressions(positions: dict[str, int]) -> dict[str, str]:
    """SQL of a log's columns and of EXTRA by name, over the cells c0, c1, ... of the table.

    What the table has no text for is put in words from its numbers: where it happened stands in the context.
    """
    cell = {name: _cell(name, f"c{place}") for name, place in positions.items()} | {
        name: "''" for name in (*TABLE, *OLD_TABLE) if name not in positions
    }
    if not {"eventname", "target"} & set(positions):
        return {
            "time": cell["time"],
            "course": cell["course"],
            "event_context": cell["info"],
            "event_name": f"trim({cell['module']} || ' ' || {cell['action']})",
            "ip_address": cell["ip"],
            "actor_id": cell["userid"],
            "module_id": f"if({cell['cmid']} = '0', '', {cell['cmid']})",
        }
    event = _event_class(cell)
    level, instance = _level(cell, event, positions), cell["contextinstanceid"]
    course = f"if({cell['courseid']} = '0', '', {cell['courseid']})"
    return {
        "time": cell["timecreated"],
        "affected_user": cell["relateduserid"],
        "course": course,
        "event_context": f"""case {level} when '{_MODULE}' then 'Course module ' || {instance}
            when '{_COURSE}' then 'Course ' || {instance} when '{_CATEGORY}' then 'Category ' || {instance}
            when '{_USER}' then 'User ' || {instance} when '{_SYSTEM}' then 'System'
            else {"''" if "contextinstanceid" in positions else _element(cell, event)} end""",
        "component": cell["component"],
        "event_name": event,
        "origin": cell["origin"],
        "ip_address": cell["ip"],
        "actor_id": cell["userid"],
        "affected_id": cell["relateduserid"],
        "module_id": f"if({level} = '{_MODULE}', {instance}, '')",
        "real_id": cell["realuserid"],
        "teaching": f"if({cell['edulevel']} = '{_TEACHING}' and {cell['crud']} in ('c', 'u', 'd'), '1', '')",
    }


def _event_class(cell: Mapping[str, str]) -> str:
    r"""SQL: the class of the event; where it is missing it is made as Moodle makes its parts: \\mod_quiz\event\..."""
    component, target, action = cell["component"], cell["target"], cell["action"]
    parts = rf"'\' || {component} || '\event\' || {target} || '_' || {action}"
    composed = f"if('' in ({component}, {target}, {action}), '', {parts})"
    # Some programs double the backslashes when they save a table.
    return rf"coalesce(nullif(regexp_replace({cell['eventname']}, '\\+', '\\', 'g'), ''), {composed})"


def _level(cell: Mapping[str, str], event: str, positions: Mapping[str, int]) -> str:
    """SQL: the level of the context; where the table does not tell it, ids of activities are those of their events."""
    if "contextlevel" in positions:
        return cell["contextlevel"]
    if "contextinstanceid" not in positions:
        return "''"
    return rf"""if(regexp_matches({event}, '^\\?mod_') and {event} not like '%instance\_list\_viewed' escape '\'
        and {cell["contextinstanceid"]} not in ('', '0'), '{_MODULE}', '')"""


def _element(cell: Mapping[str, str], event: str) -> str:
    """SQL: the element of the course as other columns tell it, by its place in the table of its plugin: 'quiz 5'.

    What happens to an attempt or the like tells that place in `other`, in JSON, in PHP's way or in Python's.
    """
    module = rf"regexp_extract({event}, '^\\?mod_(\w+)\\', 1)"
    marked = rf"\b' || {module} || 'id\W+(?:s:\d+:\W*|i:)?(\d+)"
    place = f"""coalesce(nullif(regexp_extract({cell["other"]}, '{marked}', 1), ''),
        if({cell["objecttable"]} = {module}, {cell["objectid"]}, ''))"""
    return f"if('' in ({module}, {place}), '', {module} || ' ' || {place})"


def _cell(name: str, cell: str) -> str:
    """SQL: the cell, '' for none as databases and pandas write it; a number that pandas gave a point is whole again."""
    text = rf"if({cell} is null or {cell} in ('NULL', '\N', 'null', 'nan', 'NaN', 'None', '<NA>'), '', {cell})"
    # Short, for it is repeated in what is made of it, and each mention takes memory.
    return rf"regexp_replace({text}, '^(-?\d+)\.0+$', '\1')" if name in _NUMBERS else text


def _name(label: str) -> str:
    """The column's name without what a query may put around it: `l`.`userid`."""
    return re.sub(r"[\W_]", "", label.rpartition(".")[2]).lower()


def _class_place(rows: Sequence[Sequence[str]]) -> int | None:
    """The place of the cells that are event classes in at least half of the rows."""
    for place in range(max((len(row) for row in rows), default=0)):
        named = sum(bool(EVENT_CLASS.fullmatch(row[place])) for row in rows if place < len(row))
        if named * 2 > len(rows):
            return place
    return None
