"""OCEL 2.0 as JSON (ocel-standard.org): the enriched log around the objects that its events share."""

import json
from collections.abc import Iterator

from moodlelogsmart.export.lines import lines
from moodlelogsmart.export.manifest import Chunk
from moodlelogsmart.pipeline.meaning import carried, per_meaning
from moodlelogsmart.workspace import Workspace


def _numbered(what: str) -> str:
    """SQL: the module and the number of what the description calls so; each module counts its own."""
    number = f"regexp_extract(description, '{what} with (?:the )?id ''?([0-9]+)', 1)"
    return f"if({number} = '', '', concat(module, '-', {number}))"


# The types of objects: the SQL of an object's own part of its id ('' for none), and what an event has to do with it.
OBJECTS = {
    "student": ("person", "done by"),
    "course": ("course", "in course"),
    "course_module": ("if(regexp_full_match(object, '[0-9]+'), object, '')", "acts on"),
    "session": ("session_id", "part of session"),
    "attempt": (_numbered("[Aa]ttempt"), "belongs to attempt"),
    "submission": (_numbered("[Ss]ubmission"), "belongs to submission"),
}
# How objects relate to each other, where an event has both: from, to, qualifier.
RELATIONS = [
    ("session", "student", "of student"),
    ("course_module", "course", "in course"),
    ("attempt", "student", "made by"),
    ("attempt", "course_module", "of activity"),
    ("submission", "student", "made by"),
    ("submission", "course_module", "of activity"),
]
ATTRIBUTES = ["event_name", "component", "event_context", "module", "action", "bloom_level"]


def content(work: Workspace) -> Iterator[Chunk]:
    """The events of `log`, each of the type of its activity_type, with the objects that they share.

    Objects are named by type and id, such as `student:4`, for Moodle counts those of each type from 1.
    """
    work.run(
        """create or replace macro json_text(value) as
            if(regexp_matches(value, '["\\\\\\x00-\\x1f]'), to_json(value)::varchar, concat('"', value, '"'))"""
    )
    _find_objects(work)
    types = [name for (name,) in work.run("select distinct activity_type from log order by 1")]
    declared = {
        "objectTypes": [_declared(kind, ["user_full_name"] if kind == "student" else []) for kind in OBJECTS],
        "eventTypes": [_declared(name, ATTRIBUTES) for name in types],
    }
    begin = json.dumps(declared)[:-1].replace('"eventTypes"', '\n"eventTypes"') + ',\n"objects": ['
    yield from _objects(work, begin)
    yield from _events(work)


def _declared(name: str, attributes: list[str]) -> dict[str, object]:
    return {"name": name, "attributes": [{"name": attribute, "type": "string"} for attribute in attributes]}


def _find_objects(work: Workspace) -> None:
    """Make table `touched`, each event with the ids of its objects by type, and table `related` of those of objects."""
    ids = ", ".join(f"if({own} = '', '', '{kind}:' || {own}) as {kind}" for kind, (own, _) in OBJECTS.items())
    work.run(
        f"""create or replace table touched as
        select nth as id, user_full_name, {ids}, moment, {carried(work, [*ATTRIBUTES, "activity_type"])} from (
            select * replace (if(person = 'unknown', '', person) as person) from log)"""
    )
    pairs = " union ".join(
        f"""select {one} as one, {other} as other, '{qualifier}' as qualifier from touched
        where {one} <> '' and {other} <> ''"""
        for one, other, qualifier in RELATIONS
    )
    work.run(f"create or replace table related as {pairs}")


def _objects(work: Workspace, begin: str) -> Iterator[Chunk]:
    kinds = " union all ".join(
        f"""select {place} as place, '{kind}' as kind, {kind} as id, min(id) as first, min(moment) as since,
            {"min(nullif(user_full_name, '-'))" if kind == "student" else "null"} as name
        from touched where {kind} <> '' group by {kind}"""
        for place, kind in enumerate(OBJECTS)
    )
    relationship = """concat('{"objectId":', json_text(other), ',"qualifier":"', qualifier, '"}')"""
    # OCEL gives every value of an object the time from which it holds.
    attribute = """concat('{"name":"user_full_name","time":"', strftime(since, '%Y-%m-%dT%H:%M:%SZ'), '","value":',
        json_text(name), '}')"""
    line = f"""concat(if(nth = 1, '', ','), '{{"id":', json_text(id), ',"type":"', kind, '","attributes":[',
        if(coalesce(name, '') = '', '', {attribute}), '],"relationships":[', coalesce(ties, ''), ']}}')"""
    source = f"""(
        with found as ({kinds}),
        ties as (select one, string_agg({relationship}, ',' order by other) as ties from related group by one)
        select found.*, ties, row_number() over (order by place, first) as nth
        from found left join ties on ties.one = found.id order by nth)"""
    return lines(work, line, source, begin, "],")


def _events(work: Workspace) -> Iterator[Chunk]:
    texts = [
        f"""if({name} = '', '', concat(',{{"name":"{name}","value":', json_text({name}), '}}'))"""
        for name in ATTRIBUTES
    ]
    attributes = per_meaning(work, "ocel_attributes", f"""concat('","attributes":[', {_joined(texts)})""")
    named = per_meaning(work, "ocel_type", """concat('","type":"', activity_type, '","time":"')""")
    relationships = _joined(
        [
            f"""if({kind} = '', '', concat(',{{"objectId":', json_text({kind}), ',"qualifier":"{qualifier}"}}'))"""
            for kind, (_, qualifier) in OBJECTS.items()
        ]
    )
    line = f"""concat(if(id = 1, '', ','), '{{"id":"e', id, {named}, strftime(moment, '%Y-%m-%dT%H:%M:%SZ'),
        {attributes}, '],"relationships":[', {relationships}, ']}}')"""
    return lines(work, line, "touched", '"events": [', "]}")


def _joined(parts: list[str]) -> str:
    """SQL: the texts one behind the other, without the comma in front of the first."""
    return f"ltrim(concat({', '.join(parts)}), ',')"
