"""Moodle's own table of events, `logstore_standard_log`, as somebody with access to the database saves it.

Before Moodle 2.7 it was `log`, which is understood where a header names its columns.
"""

import re
from collections.abc import Mapping, Sequence

from moodlelogsmart.messages import LogError, Message
from moodlelogsmart.reading.columns import LABEL, place_columns
from moodlelogsmart.reading.content import EVENT_CLASS
from moodlelogsmart.reading.model import Column, Part

# The columns of the table in their order (lib/db/install.xml of admin/tool/log/store/standard).
# fmt: off
TABLE = [
    "id", "eventname", "component", "action", "target", "objecttable", "objectid", "crud", "edulevel", "contextid",
    "contextlevel", "contextinstanceid", "userid", "courseid", "relateduserid", "anonymous", "other", "timecreated",
    "origin", "ip", "realuserid",
]
# fmt: on
OLD_TABLE = ["id", "time", "userid", "ip", "course", "module", "cmid", "action", "url", "info"]
_NEEDED, _NEEDED_OLD = {"eventname", "userid", "timecreated"}, {"time", "userid", "module", "action"}

# What a dump tells beyond the columns of a log: the ids of who acted and who was affected, of the course module and of
# who was really there, and '1' for what Moodle itself counts as an act of teaching.
EXTRA = ["actor_id", "affected_id", "module_id", "real_id", "teaching"]

_TEACHING, _SYSTEM, _USER, _CATEGORY, _COURSE, _MODULE = 1, 10, 30, 40, 50, 70


def known_labels(header: Sequence[str]) -> int:
    """How many cells of a header are names of the table's columns that no log as exported has."""
    names = {_name(label) for label in header}
    if names >= _NEEDED_OLD and not names & {"eventname", "eventcontext", "userfullname"}:
        return len(names & set(OLD_TABLE))
    return len(names & set(TABLE)) if names >= _NEEDED else 0


def is_dump(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether this is the table: by its header, or where that is missing by the event classes in its rows."""
    return bool(known_labels(header)) or (not header and _class_place(rows) is not None)


def find_columns(
    header: Sequence[str], rows: Sequence[Sequence[str]], told: Mapping[str, Part[Column]]
) -> dict[str, Part[Column]]:
    """The table's columns by name; what is not `told` by the header, else by the place of the event classes.

    Raises LogError where the columns are not all there and no header says which.
    """
    told = place_columns(told, dict.fromkeys((*TABLE, *OLD_TABLE)), header, rows)
    places = _find_places(header, rows) if header or _class_place(rows) is not None else {}
    by = LABEL if header else Message("the order of Moodle's own table")
    found = {name: Part(Column(at + 1, header[at] if header else ""), True, by) for name, at in places.items()}
    found |= told
    there = {name for name, part in found.items() if part.value.place}
    if not (there >= _NEEDED or there >= _NEEDED_OLD):
        raise LogError(
            "A table of Moodle's events needs the columns %(needed)s; save it again with them.",
            needed=", ".join(sorted(_NEEDED)),
        )
    return found


def _find_places(header: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, int]:
    if header:
        positions: dict[str, int] = {}
        for place, label in enumerate(header):
            if _name(label) in (*TABLE, *OLD_TABLE):
                positions.setdefault(_name(label), place)
        return positions
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
    cell = {name: _null_free(f"c{place}") for name, place in positions.items()} | {
        name: "''" for name in (*TABLE, *OLD_TABLE) if name not in positions
    }
    if "eventname" not in positions:
        return {
            "time": cell["time"],
            "course": cell["course"],
            "event_context": cell["info"],
            "event_name": f"{cell['module']} || ' ' || {cell['action']}",
            "ip_address": cell["ip"],
            "actor_id": cell["userid"],
            "module_id": f"if({cell['cmid']} = '0', '', {cell['cmid']})",
        }
    level, instance = cell["contextlevel"], cell["contextinstanceid"]
    course = f"if({cell['courseid']} = '0', '', {cell['courseid']})"
    return {
        "time": cell["timecreated"],
        "affected_user": cell["relateduserid"],
        "course": course,
        "event_context": f"""case {level} when '{_MODULE}' then 'Course module ' || {instance}
            when '{_COURSE}' then 'Course ' || {instance} when '{_CATEGORY}' then 'Category ' || {instance}
            when '{_USER}' then 'User ' || {instance} when '{_SYSTEM}' then 'System' else '' end""",
        "component": cell["component"],
        # Some programs double the backslashes when they save a table.
        "event_name": rf"regexp_replace({cell['eventname']}, '\\+', '\\', 'g')",
        "origin": cell["origin"],
        "ip_address": cell["ip"],
        "actor_id": cell["userid"],
        "affected_id": cell["relateduserid"],
        "module_id": f"if({level} = '{_MODULE}', {instance}, '')",
        "real_id": cell["realuserid"],
        "teaching": f"if({cell['edulevel']} = '{_TEACHING}' and {cell['crud']} in ('c', 'u', 'd'), '1', '')",
    }


def _null_free(cell: str) -> str:
    return rf"if({cell} is null or {cell} in ('NULL', '\N', 'null'), '', {cell})"


def _name(label: str) -> str:
    """The column's name without what a query may put around it: `l`.`userid`."""
    return re.sub(r"\W", "", label.rpartition(".")[2]).lower()


def _class_place(rows: Sequence[Sequence[str]]) -> int | None:
    """The place of the cells that are event classes in at least half of the rows."""
    for place in range(max((len(row) for row in rows), default=0)):
        named = sum(bool(EVENT_CLASS.fullmatch(row[place])) for row in rows if place < len(row))
        if named * 2 > len(rows):
            return place
    return None
