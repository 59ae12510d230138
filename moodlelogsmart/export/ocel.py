"""OCEL 2.0 as JSON (ocel-standard.org): the enriched log around the objects that its events share."""

import json
from collections.abc import Iterator

from moodlelogsmart.export.csv import LABEL, define_cell
from moodlelogsmart.export.lines import lines
from moodlelogsmart.export.manifest import Chunk
from moodlelogsmart.export.objects import ATTRIBUTES, OBJECTS, find_objects, joined_texts
from moodlelogsmart.meaning.log import per_meaning
from moodlelogsmart.workspace import Workspace, quoted

MATRIX = ["event_type", "object_type", "events", "number", "least", "most"]


def content(work: Workspace, labelled: bool = False, graded: bool = False) -> Iterator[Chunk]:
    """The events of `log`, each of the type of its activity_type, with the objects that they share.

    Where they are `labelled` events and course elements have the category of one's own as an attribute LABEL; where
    they are `graded` students have their grade, as table `learners` has it.
    Objects are named by type and id, such as `student:4`, for Moodle counts those of each type from 1.
    """
    own = [LABEL] if labelled else []
    find_objects(work, labelled, graded)
    types = [name for (name,) in work.run("select distinct activity_type from log order by 1")]
    declared = {
        "objectTypes": [
            _declared(kind, _object_attributes(list(OBJECTS)[place], own), graded and kind == "student")
            for place, kind in work.run("select distinct place, kind from thing order by place, kind")
        ],
        "eventTypes": [_declared(name, [*ATTRIBUTES, *own]) for name in types],
    }
    begin = json.dumps(declared)[:-1].replace('"eventTypes"', '\n"eventTypes"') + ',\n"objects": ['
    yield from _objects(work, begin)
    yield from _events(work, own)


def matrix(work: Workspace) -> Iterator[Chunk]:
    """How many objects of each type the events of each type have, from what `content` was made of, so after it."""
    kind = f"({per_meaning(work, 'matrix_type', 'activity_type')})::varchar"  # also where there is no meaning
    # An event has one object of a column or none; only of groups several.
    counted = " union all ".join(
        f"""select {kind} as event_type, left({column}, strpos({column}, ':') - 1) as object_type, count(*) as number,
            0 as least, 1 as most from touched where {column} <> '' group by all"""
        for column in OBJECTS
        if column != "group"
    )
    define_cell(work)
    source = f"""(
        with total as (select {kind} as event_type, count(*) as events from touched group by all),
        counted as (
            {counted} union all select {kind}, 'group', sum(groups), min(groups), max(groups) from touched group by all)
        select total.event_type, kind as object_type, events, coalesce(number, 0)::bigint as number,
            if(most = 1 and number = events, 1, coalesce(least, 0)) as least, coalesce(most, 0) as most
        from total cross join (select kind, min(place) as place from thing group by kind) kinds
            left join counted on counted.event_type = total.event_type and object_type = kind
        order by total.event_type, place, kind)"""
    line = ", ',', ".join(f"csv_cell({name})" if name.endswith("_type") else name for name in MATRIX)
    yield from lines(work, f"concat({line})", source, ",".join(MATRIX))


def _object_attributes(column: str, own: list[str]) -> list[str]:
    named = {"person": ["user_full_name"], "element": ["name", "section", *own], "section": ["name"], "group": ["name"]}
    return named.get(column, [])


def _declared(name: str, attributes: list[str], graded: bool = False) -> dict[str, object]:
    types = dict.fromkeys(attributes, "string") | ({"grade": "float"} if graded else {})
    return {"name": name, "attributes": [{"name": attribute, "type": kind} for attribute, kind in types.items()]}


def _objects(work: Workspace, begin: str) -> Iterator[Chunk]:
    first = work.run("select id from thing order by place, first, id limit 1") or [("",)]
    line = f"""concat(if(id = {quoted(first[0][0])}, '', ','), '{{"id":', json_text(id), ',"type":"', kind,
        '","attributes":[', attributes, '],"relationships":[', ties, ']}}')"""
    return lines(work, line, "(select * from thing order by place, first, id)", begin, "],")


def _events(work: Workspace, own: list[str]) -> Iterator[Chunk]:
    def texts(names: list[str]) -> str:
        return joined_texts(
            [
                f"""if({name} = '', '', concat(',{{"name":"{name}","value":', json_text({name}), '}}'))"""
                for name in names
            ]
        )

    attributes = per_meaning(work, "ocel_attributes", f"concat('', {texts(ATTRIBUTES)})")
    if own:
        # Without the comma behind all others where there is none.
        joined = joined_texts([attributes, "','", texts(own)])
        attributes = f"rtrim({joined}, ',')"
    named = per_meaning(work, "ocel_type", """concat('","type":"', activity_type, '","time":"')""")
    relationships = joined_texts(
        [
            "member_of"
            if column == "group"
            else f"""if({column} = '', '', concat(',{{"objectId":', json_text({column}),
                ',"qualifier":"{qualifier}"}}'))"""
            for column, qualifier in OBJECTS.items()
        ]
    )
    line = f"""concat(if(id = 1, '', ','), '{{"id":"e', id, {named}, strftime(moment, '%Y-%m-%dT%H:%M:%SZ'),
        '","attributes":[', {attributes}, '],"relationships":[', {relationships}, ']}}')"""
    return lines(work, line, "touched", '"events": [', "]}")
