"""Stage identify: who did what in each row, from the Description first, which is English on every Moodle site.

In a table of Moodle's database the class of the event says what was done, and columns of its own say by whom.

The work is done on the few hundred distinct sentences of a log, that is, descriptions with their numbers masked.
"""

from moodlelogsmart.meaning.catalogue import USER, match_catalogue
from moodlelogsmart.reading.raw import NUMBER, masked
from moodlelogsmart.workspace import Workspace


def find_events(work: Workspace) -> None:
    """Make table `sentence`, the distinct component, event name and masked description, and table `identity` of it.

    The columns of identity: sentence_id, sentence_key, component, event_name, says; module, event and action (Moodle's
    words, lower-case); staff (what the event tells of who did it, see events.csv); and where the ids stand in the
    description: actor_at, affected_at, module_at (NULL for none), among its parts between single quotes if quoted, else
    among its numbers, from 1.
    """
    work.run(
        f"""create table sentence as
        select row_number() over (order by component, event_name, says) as sentence_id, *
        from (
            select sentence_key, any_value(component) as component, any_value(event_name) as event_name,
                any_value(teaching) as teaching, {masked("any_value(description)")} as says
            from raw group by sentence_key)"""
    )
    match_catalogue(work)
    _read_sentences(work)
    _find_ids(work)


def _find_ids(work: Workspace) -> None:
    """Make table `identity`: table `told`, and where the ids stand in the descriptions."""
    first = _before_number("")
    # "The user with id 'A' has had their attempt reviewed by the user with id 'B'": here it is B who acts.
    by = _before_number(r"\sby the user with id ''?")
    second = _before_number(USER + r"[\s\S]*?user with (?:the )?id ''?")
    module = _before_number("course module (?:with (?:the )?)?id ''?")
    work.run(
        f"""create table identity as
        with found as (
            select *, case when regexp_matches(says, '^{USER}') then coalesce({by}, {first}) end as before_actor,
                if({by} is null, {second}, {first}) as before_affected, {module} as before_module
            from told),
        seen as (
            select *, {_is_quoted("before_actor")} and {_is_quoted("before_affected")}
                and {_is_quoted("before_module")} as quoted from found)
        select * exclude (before_actor, before_affected, before_module), {_place("before_actor")} as actor_at,
            {_place("before_affected")} as affected_at, {_place("before_module")} as module_at
        from seen"""
    )


def _before_number(mark: str) -> str:
    """SQL: the sentence up to the number that stands right behind `mark`; NULL where there is none."""
    return rf"if(regexp_matches(says, '{mark}#'), regexp_extract(says, '^([\s\S]*?{mark})#', 1), null)"


def _is_quoted(before: str) -> str:
    """SQL: the number behind the text stands alone between single quotes, or there is none."""
    return f"({before} is null or ends_with({before}, '''') and starts_with(says, {before} || '#'''))"


def _place(before: str) -> str:
    """SQL: the place of the number behind the text, among the sentence's parts between quotes or among its numbers."""
    return f"1 + len({before}) - len(replace({before}, if(quoted, '''', '#'), ''))"


def _read_sentences(work: Workspace) -> None:
    """Make table `told`: module, event, action and staff of each sentence.

    What the catalogue does not know is read from the sentence's own verb and activity, then from component and name.
    """
    work.run(
        r"""create or replace macro snake(words) as
            lower(trim(regexp_replace(words, '[^\pL\pN]+', '_', 'g'), '_'))"""
    )
    work.run(
        rf"""create table told as
        with matched as (
            select sentence.*, known.* exclude (sentence_id), coded.module as coded_module,
                coded.event as coded_event, of_component.module as component_module,
                regexp_extract(says, '(viewed|created|updated|deleted) the ''([a-z][a-z0-9_]*)'' activity with',
                    ['verb', 'module']) as generic,
                regexp_extract(says, 'instance list for the module ''([a-z0-9_]+)''', 1) as listed,
                regexp_extract(says, ' the ''?([a-z0-9_]+)''?(?: activity)? with (?:the )?course module id', 1) as noun,
                regexp_extract(says, '^{USER},? (?:(?:has|have|had|been|was) )*([a-z]+ed|sent|read|made|run|left) ', 1)
                    as verb
            from sentence left join known on known.sentence_id = sentence.sentence_id
                left join coded on coded.sentence_id = sentence.sentence_id
                left join (select lower(component) as component, any_value(module) as module from catalogue
                    group by 1 having count(distinct module) = 1) of_component
                    on of_component.component = lower(sentence.component)
        ), named as (
            select *,
                case when generic.module <> '' then generic.module when listed <> '' then listed
                    when noun = 'assignment' then coalesce(known_module, 'assign')
                    when noun = 'database' then coalesce(known_module, 'data')
                    else coalesce(known_module, coded_module, nullif(noun, ''), component_module, snake(component))
                    end as module,
                case when generic.module <> '' then 'course_module_' || generic.verb
                    when listed <> '' then 'course_module_instance_list_viewed'
                    when known_event is null and verb <> '' and not regexp_matches(snake(event_name), '^[a-z0-9_]+$')
                        then verb
                    else coalesce(known_event, coded_event, snake(event_name)) end as event
            from matched
        )
        select sentence_id, sentence_key, component, event_name, says, module, event,
            if(known_event is null and generic.module = '' and listed = '' and verb <> '', verb,
                regexp_extract(event, '([^_]*)$', 1)) as action,
            case when generic.module <> '' then if(generic.verb = 'viewed', '', 'act') when listed <> '' then ''
                else coalesce(known_staff, if(teaching <> '', 'teaching', '')) end as staff
        from named"""
    )


def find_people(work: Workspace) -> None:
    """Make table `fact`, what each row of `raw` tells, in its order, and table `context` (context_id, event_context,
    course) of where that was.

    The columns of fact: row, sentence_id, context_id; moment, time_id; user_id, Moodle's id of who acted ('' where
    unknown; a person known only by name gets the id that the log itself gives to that name, if it is one id), and
    told, whether the row itself tells it; name, as it stands there; person, which tells people apart: the id, else the
    name, '' for nobody; affected, the same of the affected user; object, what was acted on: the course module, else
    the event's context; as_other, whether somebody acted as the person; unattended, whether nobody was at a browser.
    """
    work.run(
        """create table context as
        select row_number() over ()::integer as context_id, * from (select distinct event_context, course from raw)"""
    )
    work.run(
        f"""create table parsed as
        with parted as (
            select timed.*, sentence_id, event, actor_at, affected_at, module_at,
                if(quoted, string_split(description, ''''), regexp_extract_all(description, '{NUMBER}')) as parts
            from timed join identity on identity.sentence_key = timed.sentence_key)
        select row, sentence_id, context_id, moment, time_id, event, user_full_name as name, affected_user,
            real_id not in ('', '0') as as_other, origin in ('cli', 'restore') as unattended,
            coalesce(nullif(actor_id, ''), parts[actor_at], '') as actor,
            coalesce(nullif(affected_id, ''), parts[affected_at], '') as affected_id,
            coalesce(nullif(module_id, ''), parts[module_at], parted.event_context) as object
        from parted join context on context.event_context = parted.event_context and context.course = parted.course"""
    )
    # Whose attempt it is, not who clicked, stands first in the sentence of these events.
    work.run(
        """create table namesake as select name, any_value(actor) as user_id, count(distinct actor) as people
        from parsed where name not in ('', '-') and actor <> '' and event not like 'attempt%' group by name"""
    )
    # A name is looked up only where there is no id.
    work.run(
        f"""create table fact as
        select row, sentence_id, context_id, moment, time_id, parsed.name, object, as_other, unattended,
            coalesce(nullif(actor, ''), if(whose.people = 1, whose.user_id, ''), '') as user_id, actor <> '' as told,
            {_person("actor", "parsed.name", "whose")} as person,
            {_person("affected_id", "parsed.affected_user", "other")} as affected
        from parsed left join namesake whose on if(actor = '', parsed.name, null) = whose.name
            left join namesake other on if(affected_id = '', parsed.affected_user, null) = other.name"""
    )
    work.run("drop table parsed")


def _person(user_id: str, name: str, known: str) -> str:
    """SQL: the id where the sentence tells it, else the one id of that name, else the name; '' for nobody."""
    return f"""case when {user_id} <> '' then {user_id} when {known}.people = 1 then {known}.user_id
        when {known}.people > 1 or {name} in ('', '-') then '' else {name} end"""
