"""XES (IEEE 1849-2016): the event log for process-mining tools."""

from pathlib import Path

from moodlelogsmart.export.xml import define_xml
from moodlelogsmart.workspace import Workspace, quoted

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
<string key="concept:name" value="Learning activities in Moodle"/>
"""

# Left out of an event where they are empty.
_OPTIONAL = ["event_name", "component", "event_context", "module", "action", "bloom_level", "course", "session_id"]


def write_log(work: Workspace, path: Path, where: str = "true", roles: bool = False) -> None:
    """Write the events of `log` that fit the SQL condition `where` as one trace a case, in the order of the table.

    With `roles` each event tells whether a learner acted.
    """
    define_xml(work)
    work.run(
        """create or replace macro attribute(name, value) as
            if(value = '', '', concat('<string key="', name, '" value="', xml(value), '"/>'))"""
    )
    optional = ", ".join(f"attribute('{name}', {name})" for name in (*_OPTIONAL, *(["role"] if roles else [])))
    # One call of concat builds an event in one go; a chain of || would copy it at every step.
    events = f"""
        select concat(
            if(case_id is not distinct from before, '', concat(
                if(before is null, '{_HEADER}', '</trace>\n'),
                '<trace><string key="concept:name" value="', xml(case_id), '"/>\n')),
            '<event><string key="concept:name" value="', activity_type,
            '"/><date key="time:timestamp" value="', time,
            '"/><string key="lifecycle:transition" value="complete"/><string key="org:resource" value="',
            xml(person), '"/>', {optional}, '</event>')
        from (select *, lag(case_id) over () as before from log where {where})"""
    # A CSV of one column without quotes: the lines stand in the file as they are.
    work.run(f"copy ({events}) to {quoted(str(path))} (format csv, header false, quote '', escape '')")
    with path.open("a", encoding="utf-8", newline="") as file:
        file.write("</trace>\n</log>\n" if file.tell() else f"{_HEADER}</log>\n")
