"""OCEL 2.0 as JSON (ocel-standard.org): the enriched log around the objects that its events share."""

import json
from collections.abc import Iterator

from moodlelogsmart.export.lines import lines
from moodlelogsmart.export.manifest import Chunk
from moodlelogsmart.meaning.log import carried, per_meaning
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
TIE = 400  # bytes that an object takes, and each of its relationships, while they are put together
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
    """Make table `touched`, each event with the ids of its objects by type, and table `thing` of these objects.

    The columns of thing: place, kind, id; first, the event in which it is first; since, its moment; name, of a student;
    ties, its relationships as JSON ('' for none).
    """
    ids = ", ".join(f"if({own} = '', '', '{kind}:' || {own}) as {kind}" for kind, (own, _) in OBJECTS.items())
    work.run(
        f"""create or replace table touched as
        select nth as id, user_full_name, {ids}, moment, {carried(work, [*ATTRIBUTES, "activity_type"])} from (
            select * replace (if(person = 'unknown', '', person) as person) from log)"""
    )
    work.run(
        """create or replace table thing
        (place integer, kind varchar, id varchar, first bigint, since timestamp, name varchar, ties varchar)"""
    )
    for place, kind in enumerate(OBJECTS):
        ties = [kind, *(f"hash({one}, {other})" for one, other, _ in RELATIONS if one == kind)]
        found = work.value(f"select {' + '.join(f'approx_count_distinct({tie})' for tie in ties)} from touched")
        parts = work.parts(found * TIE)
        for part in range(parts):
            _find_things(work, place, kind, f"hash({kind}) % {parts} = {part}")


def _find_things(work: Workspace, place: int, kind: str, where: str) -> None:
    """Add the objects of one type to table `thing`, those that fit `where`."""
    pairs = " union all ".join(
        f"select distinct {kind} as one, {other} as other, '{qualifier}' as qualifier from own where {other} <> ''"
        for one, other, qualifier in RELATIONS
        if one == kind
    )
    # Sorted as a list, for an ordered aggregate of DuckDB takes 100 kB for each object of more than 16 relationships.
    relationship = """concat('{"objectId":', json_text(other), ',"qualifier":"', qualifier, '"}')"""
    name = "min(nullif(user_full_name, '-'))" if kind == "student" else "''"
    work.run(
        f"""insert into thing
        with own as not materialized (select * from touched where {kind} <> '' and {where}),
        found as (
            select {kind} as id, min(id) as first, min(moment) as since, coalesce({name}, '') as name
            from own group by {kind}),
        ties as (
            select one, array_to_string(list_transform(
                list_sort(list(struct_pack(other := other, tie := {relationship}))), lambda p: p.tie), ',') as ties
            from ({pairs or "select '' as one, '' as other, '' as qualifier"}) group by one)
        select {place}, '{kind}', found.*, coalesce(ties, '') from found left join ties on ties.one = found.id"""
    )


def _objects(work: Workspace, begin: str) -> Iterator[Chunk]:
    # OCEL gives every value of an object the time from which it holds.
    attribute = """concat('{"name":"user_full_name","time":"', strftime(since, '%Y-%m-%dT%H:%M:%SZ'), '","value":',
        json_text(name), '}')"""
    first = work.run("select place, first from thing order by place, first limit 1") or [(0, 0)]
    line = f"""concat(if((place, first) = {first[0]}, '', ','), '{{"id":', json_text(id), ',"type":"', kind,
        '","attributes":[', if(name = '', '', {attribute}), '],"relationships":[', ties, ']}}')"""
    return lines(work, line, "(select * from thing order by place, first)", begin, "],")


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
