"""XES (IEEE 1849-2016): the event log for process-mining tools."""

from collections.abc import Iterator, Sequence

from moodlelogsmart.export.csv import LABEL
from moodlelogsmart.export.lines import lines
from moodlelogsmart.export.manifest import Chunk
from moodlelogsmart.export.xml import SPECIAL, define_xml
from moodlelogsmart.meaning.log import per_meaning
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
{classifiers}<string key="concept:name" value="Learning activities in Moodle"/>"""
_BY_EVENT = '<classifier name="Activity and event" keys="concept:name event_name"/>\n'
_BY_LABEL = '<classifier name="Label" keys="label"/>\n'

# Left out of an event where they are empty: what its meaning has, then its own.
_COMMON = ["event_name", "component", "event_context", "module", "action", "bloom_level", "course"]
_OWN = ["session_id", "element"]
_SLIM = ["element"]


def content(
    work: Workspace, where: str = "true", more: Sequence[str] = (), slim: bool = False, graded: bool = False
) -> Iterator[Chunk]:
    """The events of `log` that fit the SQL condition `where` as one trace a case, in the order of the table.

    With `more` each event tells by ROLE whether a learner acted, by LABEL the category of one's own. Of what is not of
    XES itself a `slim` log has these and the element alone. Where they are `graded` a trace tells the grade of its
    learner, as table `learners` has it.
    """
    define_xml(work)
    common, own = ([], _SLIM) if slim else (_COMMON, _OWN)
    own = [*own, *more]
    begin = """concat('<event><string key="concept:name" value="', activity_type,
        '"/><date key="time:timestamp" value="')"""
    # One look at all texts of an event tells whether any of them has to be escaped.
    odd = f"regexp_matches(concat(person, {', '.join(own)}), '{SPECIAL}')"
    middle = per_meaning(work, "xes_middle", f"concat('', {_attributes(common, 'xml({})')})") if common else "''"
    event = f"""concat({per_meaning(work, "xes_begin", begin)}, time,
        '"/><string key="lifecycle:transition" value="complete"/><string key="org:resource" value="',
        if({odd}, {_texts(middle, own, "xml({})")}, {_texts(middle, own, "{}")}), '</event>')"""
    first = _mark_traces(work, where)
    grade = ""
    if graded:
        _grade_traces(work, where)
        grade = """, '<float key="grade" value="' || trace_grade || '"/>\n'"""
    # Where a trace begins, the end of the one before stands in front of it.
    opening = f"""concat(if(nth = {first}, '', '</trace>\n'),
        '<trace><string key="concept:name" value="', xml(case_id), '"/>\n'{grade})"""
    line = f"concat(if(opens, {opening}, ''), {event})"
    header = _HEADER.format(classifiers=("" if slim else _BY_EVENT) + (_BY_LABEL if LABEL in more else ""))
    yield from lines(work, line, f"log where {where}", header, "</trace>\n</log>" if first else "</log>")


def _mark_traces(work: Workspace, where: str) -> int:
    """Set column `opens` where the first event of a trace is; the number of the first of all, 0 where there is none.

    Looking back from each event to the one before it would let one thread alone do the work.
    """
    work.run(f"create or replace table opening as select min(nth) as nth from log where {where} group by case_id")
    work.run("alter table ordered drop column if exists opens")
    work.run("alter table ordered add column opens boolean default false")
    work.run("update ordered set opens = true where rowid + 1 in (select nth from opening)")
    return int(work.value("select coalesce(min(nth), 0) from opening"))


def _grade_traces(work: Workspace, where: str) -> None:
    """Set column `trace_grade` where the first event of a trace is in which a learner acts who has a grade."""
    work.run("alter table ordered drop column if exists trace_grade")
    work.run("alter table ordered add column trace_grade double")
    work.run(
        f"""update ordered set trace_grade = grade
        from (select min(nth) as nth, any_value(person) filter (role = 'learner') as learner
                from log where {where} group by case_id) trace
            join learners on learners.person = learner
        where ordered.rowid + 1 = nth and grade is not null"""
    )


def _attributes(names: list[str], written: str) -> str:
    return ", ".join(
        f"""if({name} = '', '', concat('<string key="{name}" value="', {written.format(name)}, '"/>'))"""
        for name in names
    )


def _texts(middle: str, own: list[str], written: str) -> str:
    """SQL: the rest of an event from the value of org:resource on, each text of its own `written` so."""
    return f"""concat({written.format("person")}, '"/>', {middle}, {_attributes(own, written)})"""
