"""XES (IEEE 1849-2016): the event log for process-mining tools."""

from pathlib import Path

from moodlelogsmart.export.lines import write_lines
from moodlelogsmart.export.xml import SPECIAL, define_xml
from moodlelogsmart.workspace import Workspace

_HEADER = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<global scope="trace"><string key="concept:name" value="unknown"/></global>
<global scope="event"><string key="concept:name" value="Others"/>\
<date key="time:timestamp" value="1970-01-01T00:00:00+00:00"/>\
<string key="lifecycle:transition" value="complete"/><string key="org:resource" value="unknown"/></global>
<classifier name="Activity" keys="concept:name"/>
<classifier name="Activity and event" keys="concept:name event_name"/>
<string key="concept:name" value="Learning activities in Moodle"/>"""

# Left out of an event where they are empty.
_OPTIONAL = ["event_name", "component", "event_context", "module", "action", "bloom_level", "course", "session_id"]


def write_log(work: Workspace, path: Path, where: str = "true", roles: bool = False) -> None:
    """Write the events of `log` that fit the SQL condition `where` as one trace a case, in the order of the table.

    With `roles` each event tells whether a learner acted.
    """
    define_xml(work)
    names = [*_OPTIONAL, "role"] if roles else _OPTIONAL
    # One look at all texts of an event tells whether any of them has to be escaped.
    odd = f"regexp_matches(concat(person, {', '.join(names)}), '{SPECIAL}')"
    event = f"""concat('<event><string key="concept:name" value="', activity_type,
        '"/><date key="time:timestamp" value="', time,
        '"/><string key="lifecycle:transition" value="complete"/><string key="org:resource" value="',
        if({odd}, {_texts(names, "xml({})")}, {_texts(names, "{}")}), '</event>')"""
    # Where a trace begins, the end of the one before stands in front of it.
    begin = """concat(if(before is null, '', '</trace>\n'),
        '<trace><string key="concept:name" value="', xml(case_id), '"/>\n')"""
    line = f"concat(if(case_id is distinct from before, {begin}, ''), {event})"
    source = f"(select *, lag(case_id) over () as before from log where {where})"
    end = "</trace>\n</log>" if work.value(f"select count(*) from log where {where}") else "</log>"
    write_lines(work, line, source, path, _HEADER, end)


def _texts(names: list[str], written: str) -> str:
    """SQL: the rest of an event from the value of org:resource on, each text `written` so."""
    attributes = ", ".join(
        f"""if({name} = '', '', concat('<string key="{name}" value="', {written.format(name)}, '"/>'))"""
        for name in names
    )
    return f"""concat({written.format("person")}, '"/>', {attributes})"""
