"""The objects that events share, and how they relate to each other: what the OCEL is written from."""

from moodlelogsmart.meaning.log import carried, per_meaning
from moodlelogsmart.meaning.sessions import UNKNOWN
from moodlelogsmart.workspace import Workspace

# What an event has to do with its objects, by the columns of table `touched`, in the order of the OCEL. The types of
# most have the name of the column; those of a person are PEOPLE, that of an element is Moodle's module.
OBJECTS = {
    "person": "done by",
    "group": "by member of",
    "course": "in course",
    "section": "in section",
    "element": "acts on",
    "session": "part of session",
    "attempt": "belongs to attempt",
    "submission": "belongs to submission",
    "discussion": "in discussion",
    "post": "about post",
}
PEOPLE = ("student", "staff", "guest")
OTHER_KIND = "activity"  # an element whose module is unknown, or called as another type is
# How objects relate: from, to, qualifier, and to how many. Where that is one, the newest that an event tells; "at most
# one" where no event need tell it.
RELATIONS = [
    ("person", "group", "member of", "any number"),
    ("section", "course", "in course", "one"),
    ("element", "course", "in course", "at most one"),
    ("element", "section", "in section", "at most one"),
    ("session", "person", "of", "one"),
    ("attempt", "person", "made by", "one"),
    ("attempt", "element", "of activity", "at most one"),
    ("submission", "person", "made by", "any number"),
    ("submission", "element", "of activity", "at most one"),
    ("discussion", "person", "begun by", "at most one"),
    ("discussion", "element", "in forum", "at most one"),
    ("post", "person", "written by", "at most one"),
    ("post", "discussion", "in discussion", "at most one"),
]
ATTRIBUTES = ["event_name", "component", "event_context", "module", "action", "bloom_level"]  # of an event
CARRIED = [*ATTRIBUTES, "event", "activity_type"]
TIE = 400  # bytes that an object takes, and each of its relationships, while they are put together
GROUPED = 300  # letters that the relationships of an event to groups take at most, in the mean of all events
_LONGEST = 300  # letters of a course that the id of its sections holds; Moodle's own limit is 254

# SQL: the events by which somebody begins, writes or hands in the object.
_MAKES = {
    "discussion": "event = 'discussion_created'",
    "post": "event in ('post_created', 'assessable_uploaded')",
    "submission": """action in ('accepted', 'added', 'created', 'duplicated', 'edited', 'submitted', 'updated',
        'uploaded') and event <> 'submission_status_updated'""",
}
# The workshop's sentence calls an assessment by a peer the submission.
_NO_SUBMISSION = "module = 'workshop' and event in ('submission_assessed', 'submission_reassessed')"


def find_objects(work: Workspace, labelled: bool = False, graded: bool = False) -> None:
    """Make table `touched`, each event of `log` with the ids of its objects, and table `thing` of these objects.

    The columns of touched: id, as nth; moment, user_full_name, where they are `labelled` label, and what `per_meaning`
    needs; for each of OBJECTS the id ('' for none), such as student:4, but for groups: member_of, the relationships as
    JSON, and groups, their number; said, whose attempt or submission it is by the sentence. Those of thing: place,
    kind, id; first, the event in which it is first, since, its moment; attributes and ties, its relationships, as JSON.
    Students have a grade where they are `graded`.
    """
    work.define(
        "macro",
        "json_text(value)",
        """if(regexp_matches(value, '["\\\\\\x00-\\x1f]'), to_json(value)::varchar, concat('"', value, '"'))""",
    )
    _find_actors(work, graded)
    _find_parts(work)
    number = {kind: f"if(told.{kind} = '', '', concat('{kind}:', module, '-', told.{kind}))" for kind in _numbers()}
    # Moodle counts the attempts at a SCORM package anew for each learner.
    number["attempt"] = f"""case when module <> 'scorm' then {number["attempt"]} when told.attempt = '' or role <>
        'learner' then '' else concat('attempt:scorm-', told.element, '-', told.person, '-', told.attempt) end"""
    number["submission"] = f"if({_NO_SUBMISSION}, '', {number['submission']})"
    numbers = ", ".join(f"{value} as {kind}" for kind, value in number.items())
    actor, join_actor = _looked_up(work, "person", "actor", ["kind", "member_of", "groups"])
    part, join_part = _looked_up(work, "element", "part", ["id", "section"])
    kind = f"if(role in ('learner', 'staff', 'guest'), replace(role, 'learner', 'student'), {actor['kind']})"
    named = ", ".join(f"{value} as {name}" for name, value in _numbers().items())
    work.run(
        f"""create or replace table touched as
        select nth as id, moment, user_full_name, {"told.label, " if labelled else ""}{carried(work, CARRIED)},
            if(told.person = '{UNKNOWN}', '', concat({kind}, ':', told.person)) as person,
            {actor["member_of"]} as member_of, {actor["groups"]} as groups,
            if(told.course = '', '', concat('course:', told.course)) as course, {part["section"]} as section,
            {part["id"]} as element, if(session_id = '', '', concat('session:', session_id)) as session, {numbers},
            if(told.attempt = '' and told.submission = '', '', {_said()}) as said
        from (select *, {named} from log) told {join_actor} {join_part}
        {"order by id" if join_actor or join_part else ""}"""
    )
    _find_things(work)


def _looked_up(work: Workspace, column: str, table: str, values: list[str]) -> tuple[dict[str, str], str]:
    """SQL of these columns of a table for a row of `log`, by person or element, and the join that it takes.

    None is needed where a number stands for each text, see Workspace.make_type: the rows of a join come in any order.
    """
    if not work.value(f"select coalesce(any_value(starts_with(typeof({column}), 'ENUM')), false) from ordered"):
        return {value: f"{table}.{value}" for value in values}, f"join {table} on {table}.{column} = told.{column}"
    every = f"(select unnest(enum_range(null::{column}_text)) as code)"
    for value in values:
        work.run(
            f"""set variable {table}_{value} = (select list({value} order by enum_code(code::{column}_text))
            from {every} left join {table} on {table}.{column} = code)"""
        )
    place = f"[enum_code(told.{column}::{column}_text) + 1]"
    return {value: f"getvariable('{table}_{value}'){place}" for value in values}, ""


def _numbers() -> dict[str, str]:
    """SQL: the numbers by which the description calls objects, by their type; '' for none."""
    # A look for a word is far cheaper than the regular expression.
    patterns = {
        "attempt": ("ttempt", "[Aa]ttempt with (?:the )?id ''?([0-9]+)"),
        "submission": ("ubmission", "(?:[Ss]ubmission with (?:the )?id(?: of)?|graded the submission) ''?([0-9]+)"),
        "discussion": ("discussion", "discussion (?:with id )?''([0-9]+)''"),
        "post": ("post", "post with id ''([0-9]+)''"),
    }
    return {
        kind: f"if(contains(description, '{word}'), regexp_extract(description, '{pattern}', 1), '')"
        for kind, (word, pattern) in patterns.items()
    }


def _said() -> str:
    """SQL: whose the attempt or submission is by the description; '' where that does not say it.

    "X has had their attempt reviewed by Y" was written by Moodle with the two exchanged: it is of the one who did not
    look at it.
    """
    first = "regexp_extract(description, 'user with id ''?([^'' ]+)''? has had their', 1)"
    other = "regexp_extract(description, '(?:belonging to|by|of|for) (?:the )?user with id ''?([^'' ,.]+)', 1)"
    return f"""case when not contains(description, 'has had their') then {other}
        when contains(description, ' reviewed by ') and {other} <> told.person then {other} else {first} end"""


def _find_actors(work: Workspace, graded: bool) -> None:
    """Make table `actor` of everybody who acts: person, kind (of PEOPLE), their groups as JSON of the person (ties) and
    of an event (member_of), the number of these (groups), and where they are `graded` their grade as a text, else ''.

    Events are not of groups where people are in so many that they would take more than GROUPED: each event repeats all
    groups of its person, and the log would grow with the one times the other.
    """

    def listed(qualifier: str) -> str:
        one = f"""concat(',{{"objectId":', json_text('group:' || "group"), ',"qualifier":"{qualifier}"}}')"""
        return f"array_to_string(list_sort(list({one})), '')"

    grade, join = "''", ""
    if graded:
        grade = "coalesce(learner.grade::varchar, '')"
        join = """left join (select person, grade from learners where grade is not null) learner
            on learner.person = acting.person"""
    (of_person,) = [qualifier for one, other, qualifier, _ in RELATIONS if (one, other) == ("person", "group")]
    work.run(
        f"""create or replace table actor as
        with acting as (
            select person, count(*) as events, case when bool_or(role = 'learner') then 'student'
                when bool_or(role = 'guest') and not bool_or(role = 'staff') then 'guest' else 'staff' end as kind
            from log group by person),
        grouped as (
            select person, {listed(of_person)} as ties, {listed(OBJECTS["group"])} as member_of, count(*) as groups
            from (select distinct person, "group" from member where "group" <> '') group by person)
        select acting.*, coalesce(ties, '') as ties, coalesce(member_of, '') as member_of,
            coalesce(groups, 0)::integer as groups, {grade} as grade
        from acting left join grouped on grouped.person = acting.person {join}"""
    )
    if work.value(f"select sum(length(member_of) * events) > {GROUPED} * sum(events) from actor"):
        work.run("update actor set member_of = '', groups = 0")


def _find_parts(work: Workspace) -> None:
    """Make table `part` of the elements, and one for none: element, name, title (of the section), label; id and
    section, as `touched` has them."""
    taken = ", ".join(f"'{name}'" for name in [*OBJECTS, *PEOPLE])
    work.run(
        f"""create or replace table part as
        select element, concat(if(regexp_full_match(kind, '[a-z][a-z0-9_]*') and kind not in ({taken}), kind,
            '{OTHER_KIND}'), ':', element) as id, name, section as title,
            if(section = '', '', concat('section:', left(course, {_LONGEST}), ' | ', section)) as section, label
        from element union all select '', '', '', '', '', ''"""
    )


def _find_things(work: Workspace) -> None:
    work.run(
        """create or replace table thing (place integer, kind varchar, id varchar, first bigint, since timestamp,
            attributes varchar, ties varchar)"""
    )
    work.run(
        """create or replace table owner as
        select said, concat(coalesce(kind, 'student'), ':', said) as maker
        from (select distinct said from touched) left join actor on actor.person = said where said <> ''"""
    )
    for place, column in enumerate(OBJECTS):
        if column != "group":
            found = work.value(f"select {(1 + _relations(column))} * approx_count_distinct({column}) from touched")
            parts = work.parts(found * TIE)
            for part in range(parts):
                _add_things(work, place, column, f"hash({column}) % {parts} = {part}")
    # Whose an attempt or a submission is may have no event in the log.
    work.run(
        """insert into thing
        select 0, 'student', maker, min(touched.id), min(moment), '', ''
        from touched join owner on owner.said = touched.said where maker not in (select id from thing where place = 0)
        group by maker"""
    )
    work.run(
        f"""insert into thing
        select {list(OBJECTS).index("group")}, 'group', 'group:' || "group", min(first), min(since),
            {_attributes({"name": 'any_value("group")'}, "min(since)")}, ''
        from member join thing on place = 0 and id = concat(kind, ':', person) where "group" <> '' group by "group" """
    )


def _relations(column: str) -> int:
    return sum(one == column for one, *_ in RELATIONS)


def _add_things(work: Workspace, place: int, column: str, where: str) -> None:
    """Add the objects of one column of `touched` to table `thing`, those that fit `where`."""
    newest = {
        other: f"arg_max({other}, (moment, touched.id)) filter ({other} <> '')"
        for one, other, *_ in RELATIONS
        if one == column and other not in ("person", "group")
    }
    if column in _MAKES and column != "submission":
        newest["person"] = f"arg_min(person, (moment, touched.id)) filter (person <> '' and {_made(work, column)})"
    elif column == "session":
        newest["person"] = "min(person)"
    elif column == "attempt":
        newest["person"] = """arg_min(coalesce(maker, person), (maker is null, not starts_with(person, 'student'),
            moment, touched.id)) filter (maker is not null or person <> '')"""
    ties = [_tie(f"one_{other}", qualifier) for one, other, qualifier, _ in RELATIONS
            if one == column and other in newest]  # fmt: skip
    named, join = "''", ""
    if column == "person":
        ties, join = ["ties"], "left join actor on concat(kind, ':', person) = found.id"
        named = _attributes({"user_full_name": "name", "grade": "coalesce(grade, '')"}, "since")
    elif column == "element":
        join = "join part on part.id = found.id"
        named = _attributes({"name": "part.name", "section": "title", "label": "part.label"}, "since")
    elif column == "section":
        join = "join (select section, any_value(title) as title from part group by section) t on section = found.id"
        named = _attributes({"name": "title"}, "since")
    elif column == "submission":
        join = f"left join ({_makers(work, where)}) makers on one = found.id"
        ties.append("coalesce(made_by, '')")
    ones = "".join(f", {value} as one_{other}" for other, value in newest.items())
    work.run(
        f"""insert into thing
        with found as (
            select {column} as id, min(touched.id) as first, min(moment) as since,
                coalesce(min(nullif(user_full_name, '-')), '') as name{ones}
            from touched {_owned(column)} where {column} <> '' and {where} group by {column})
        select {place}, left(found.id, strpos(found.id, ':') - 1), found.id, first, since, {named},
            {joined_texts(ties)}
        from found {join}"""
    )


def _owned(column: str) -> str:
    return "left join owner on owner.said = touched.said" if column in ("attempt", "submission") else ""


def _made(work: Workspace, column: str) -> str:
    return per_meaning(work, f"makes_{column}", _MAKES[column])


def _makers(work: Workspace, where: str) -> str:
    """SQL: the submissions (one) with those who made them as JSON (made_by): in groups several do."""
    # Sorted as a list, for an ordered aggregate of DuckDB takes 100 kB for each object of more than 16 relationships.
    return f"""
        select one, array_to_string(list_sort(list({_tie("maker", "made by")})), '') as made_by from (
            select distinct submission as one, unnest(list_distinct([coalesce(maker, person),
                if({_made(work, "submission")}, person, '')])) as maker
            from touched {_owned("submission")}
            where submission <> '' and {where} and (maker is not null or {_made(work, "submission")}))
        where maker <> '' group by one"""


def _tie(other: str, qualifier: str) -> str:
    return f"""if(coalesce({other}, '') = '', '', concat(',{{"objectId":', json_text({other}),
        ',"qualifier":"{qualifier}"}}'))"""


def _attributes(values: dict[str, str], since: str) -> str:
    """SQL: attributes of an object as JSON, those that are not empty; OCEL gives each the time from which it holds."""
    return joined_texts(
        [
            f"""if({value} = '', '', concat(',{{"name":"{name}","time":"', strftime({since}, '%Y-%m-%dT%H:%M:%SZ'),
                '","value":', json_text({value}), '}}'))"""
            for name, value in values.items()
        ]
    )


def joined_texts(parts: list[str]) -> str:
    """SQL: the texts one behind the other, without the comma in front of the first."""
    texts = ", ".join(parts) if parts else "''"
    return f"ltrim(concat({texts}), ',')"
