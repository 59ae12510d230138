"""Stage identify: who did what in each row, from the Description first, which is English on every Moodle site.

In a table of Moodle's database the class of the event says what was done, and columns of its own say by whom.

The work is done on the few hundred distinct sentences of a log, that is, descriptions with their numbers masked.
"""

from moodlelogsmart.meaning.catalogue import PARTS, USER, match_catalogue
from moodlelogsmart.reading.raw import NUMBER, masked
from moodlelogsmart.workspace import Workspace

_TIMED = 50  # bytes of a moment in the table by which those of rows are looked up, rounded up
# Before Moodle 2.7 the name of an event held the address of its page, and that of an activity the number of its module.
_OLD_MODULE = r"/mod/[a-z]+/view[.]php[?]id=([0-9]+)"
_OLD_NAME = r"^([a-z_]+) (.+) \(http"


def find_events(work: Workspace, language: str = "") -> None:
    """Make table `sentence`, the distinct component, event name and masked description, and table `identity` of it.

    The columns of identity: sentence_id, sentence_key, component, event_name, says; class, Moodle's event class where
    one is known; module, event and action (Moodle's words, lower-case); marks, side_effect, named, own, within and
    beside, as in the catalogue; is_ambiguous and sources_disagree; changed, the module of an activity that somebody
    made, changed or deleted; and where the ids stand in the description: actor_at, affected_at, module_at (NULL for
    none), among its parts between single quotes if quoted, else among its numbers, from 1. `language` is that of the
    names of events where a person told it.
    """
    work.run(
        f"""create table sentence as
        select row_number() over (order by component, event_name, says) as sentence_id, *
        from (
            select sentence_key, any_value(component) as component, any_value(event_name) as event_name,
                any_value(teaching) as teaching, {masked("any_value(description)")} as says
            from raw group by sentence_key)"""
    )
    match_catalogue(work, language)
    _find_candidates(work)
    _tell_identities(work)
    _find_ids(work)


def _find_candidates(work: Workspace) -> None:
    """Make table `candidate`: class, module, event, action and the other columns of the catalogue for each sentence.

    Of a class that the catalogue does not know the module is the plugin, or what it is part of; what such an event
    tells of its doer says the level that Moodle gave it, if the log has it ('teaching').
    """
    module = " ".join(f"when regexp_matches(part.plugin, '^{kind}_') then '{module}'" for kind, module in PARTS.items())
    work.run(
        rf"""create table candidate as
        with split as (
            select sentence_id, unnest(classes) as class, sentence.teaching
            from known join sentence using (sentence_id)),
        placed as (
            select *, regexp_extract(class, '^\\(.*)\\event\\(.*)$', ['plugin', 'event']) as part from split),
        derived as (
            select *, case {module} else regexp_replace(part.plugin, '^[a-z]+_', '') end as own_module
            from placed),
        told as (
            select sentence_id, class, coalesce(c.module, own_module) as module, coalesce(c.event, part.event) as event,
                coalesce(c.marks, if(teaching <> '', 'teaching', '')) as marks,
                coalesce(c.side_effect, '') as side_effect, coalesce(c.named, '') as named, coalesce(c.own, '') as own,
                coalesce(c.within, '') as within, coalesce(c.beside, '') as beside
            from derived left join catalogue c using (class))
        select *, regexp_extract(event, '([^_]*)$', 1) as action from told"""
    )


def _tell_identities(work: Workspace) -> None:
    """Make table `told`: what the candidates of each sentence agree on, else what its own words say.

    What the catalogue does not know is read from the sentence's own verb and activity, then from component and name,
    or from a name as it was before Moodle 2.7: "assign view all (https://...)".
    """
    agreed = ", ".join(
        # Not their number, for which each would have a table of its own.
        f"if(min({name}) = max({name}), min({name}), '') as {name}"
        for name in ("class", "module", "event", "action", "marks", "side_effect", "named", "own", "within", "beside")
    )
    work.run(
        rf"""create table told as
        with agreed as (
            select sentence_id, {agreed}, min((module, event)) <> max((module, event)) as is_ambiguous
            from candidate group by sentence_id),
        worded as (
            select sentence.*, regexp_extract(
                    says, ' the ''?([a-z0-9_]+)''?(?: activity)? with (?:the )?course module id', 1) as noun,
                regexp_extract(says, '^{USER},? (?:(?:has|have|had|been|was) )*([a-z]+ed|sent|read|made|run|left) ', 1)
                    as verb, of_component.module as component_module,
                regexp_extract(if(sentence.component in ('', '-'), event_name, ''),
                    '{_OLD_NAME}', ['module', 'event']) as old
            from sentence left join component_module of_component
                on of_component.component = folded(sentence.component)),
        -- Each once, for an expression over all the letters there are takes longer than all the rest.
        snaked as materialized (
            select sentence_id as snaked_id, {own_module("component")} as own_module,
                {old_event("if(component in ('', '-'), event_name, '')")} as old_event,
                {own_event("event_name")} as own_event
            from worded),
        named as (
            select worded.*, snaked.*, case noun when 'assignment' then 'assign' when 'database' then 'data'
                when '' then null else noun end as said_module,
                if(verb <> '' and not regexp_matches(own_event, '^[a-z0-9_]+$'), verb, null) as said_event
            from worded join snaked on snaked_id = worded.sentence_id)
        select named.sentence_id, sentence_key, component, event_name, says, coalesce(class, '') as class,
            coalesce(nullif(module, ''), said_module, component_module, own_module, old.module) as module,
            coalesce(nullif(event, ''), said_event, old_event, own_event) as event,
            case when action is not null then action when verb <> '' then verb
                else {last_word("own_event")} end as action,
            coalesce(marks, if(teaching <> '', 'teaching', '')) as marks, coalesce(side_effect, '') as side_effect,
            coalesce(named, '') as named, coalesce(own, '') as own, coalesce(within, '') as within,
            coalesce(beside, '') as beside, coalesce(is_ambiguous, false) as is_ambiguous, known.sources_disagree,
            regexp_extract(says, '(?:created|updated|deleted) the ''([a-z][a-z0-9_]*)'' activity with', 1) as changed
        from named join known on known.sentence_id = named.sentence_id
            left join agreed on agreed.sentence_id = named.sentence_id"""
    )
    work.run("drop table component_module")


def own_module(component: str) -> str:
    """SQL: the module that the words of a component make."""
    return f"nullif(snake(regexp_replace({component}, '^mod_', '')), '')"


def own_event(name: str) -> str:
    """SQL: the event that the words of its name make."""
    return f"snake(unaddressed({name}))"


def old_event(name: str) -> str:
    """SQL: the same of a name as it was before Moodle 2.7; NULL of another."""
    return f"nullif(snake(regexp_extract({name}, '{_OLD_NAME}', 2)), '')"


def last_word(event: str) -> str:
    """SQL: of an event what was done."""
    return f"regexp_extract({event}, '([^_]*)$', 1)"


def _find_ids(work: Workspace) -> None:
    """Make table `identity`: table `told`, and where the ids stand in the descriptions."""
    first = _before_number("")
    # "The user with id 'A' has had their attempt previewed by the user with id 'B'": here it is B who acts.
    by = _before_number(r"\sby the user with id [''\"]?")
    other = _before_number("[Uu]ser (?:with )?(?:the )?(?:id|ID):? [''\"]?")
    second = _before_number(USER + "[\\s\\S]*?user (?:with )?(?:the )?(?:id|ID):? [''\"]?")
    module = _before_number("course module (?:with (?:the )?)?id [''\"]?")
    starts = f"regexp_matches(says, '^{USER}')"
    work.run(
        f"""create table identity as
        with found as (
            select *, case when named = 'none' or not {starts} then null when named = 'affected' then {by}
                    when named = '' then coalesce({by}, {first}) else {first} end as before_actor,
                case when named = 'none' then {other} when named = 'affected' or named = '' and {by} is not null
                    then {first} else {second} end as before_affected, {module} as before_module
            from told),
        seen as (
            select *, {_is_quoted("before_actor")} and {_is_quoted("before_affected")}
                and {_is_quoted("before_module")} as quoted from found)
        select * exclude (before_actor, before_affected, before_module), {_place("before_actor")} as actor_at,
            {_place("before_affected")} as affected_at, {_place("before_module")} as module_at
        from seen"""
    )
    work.run("drop table told")


def _before_number(mark: str) -> str:
    """SQL: the sentence up to the number that stands right behind `mark`; NULL where there is none."""
    return rf"if(regexp_matches(says, '{mark}#'), regexp_extract(says, '^([\s\S]*?{mark})#', 1), null)"


def _is_quoted(before: str) -> str:
    """SQL: the number behind the text stands alone between single quotes, or there is none."""
    return f"({before} is null or ends_with({before}, '''') and starts_with(says, {before} || '#'''))"


def _place(before: str) -> str:
    """SQL: the place of the number behind the text, among the sentence's parts between quotes or among its numbers."""
    return f"1 + len({before}) - len(replace({before}, if(quoted, '''', '#'), ''))"


def find_people(work: Workspace) -> None:
    """Make table `fact`, what each row of `raw` tells, in its order, and table `context` (context_id, event_context,
    course) of where that was.

    The columns of fact: row, sentence_id, context_id; moment; user_id, Moodle's id of who acted ('' where
    unknown; a person known only by name gets the id that the log itself gives to that name, if it is one id), and
    told, whether the row itself tells it; name, as it stands there; person, which tells people apart: the id, else the
    name, '' for nobody; affected, the same of the affected user; object, what was acted on: the course module, else
    the event's context; as_other, whether somebody acted as the person; unattended, whether nobody was at a browser.
    """
    work.run(
        """create table context as
        select row_number() over ()::integer as context_id, * from (select distinct event_context, course from raw)"""
    )
    work.make_by("parsed", work.ranges("raw", _TIMED), _parsed)
    # Whose attempt it is, not who clicked, stands first in the sentence of these events.
    work.run(
        """create table namesake as select name, any_value(actor) as user_id, count(distinct actor) as people
        from parsed where name not in ('', '-') and actor <> '' and not of_attempt group by name"""
    )
    # A name is looked up only where there is no id, or where the sentence may have exchanged the two.
    exchanged = "may_be_exchanged and actor <> affected_id and whose.people = 1 and whose.user_id = affected_id"
    work.run(
        f"""create table fact as
        with looked_up as (
            select parsed.* replace (if({exchanged}, affected_id, actor) as actor,
                if({exchanged}, actor, affected_id) as affected_id), whose.user_id as own_id, whose.people as namesakes
            from parsed left join namesake whose
                on if(actor = '' or may_be_exchanged, parsed.name, null) = whose.name)
        select row, sentence_id, context_id, moment, looked_up.name, object, as_other, unattended,
            coalesce(nullif(actor, ''), if(namesakes = 1, own_id, ''), '') as user_id, actor <> '' as told,
            {_person("actor", "looked_up.name", "own_id", "namesakes")} as person,
            {_person("affected_id", "looked_up.affected_user", "other.user_id", "other.people")} as affected
        from looked_up left join namesake other on if(affected_id = '', looked_up.affected_user, null) = other.name"""
    )
    work.run("drop table parsed")


def _parsed(rows: str) -> str:
    """SQL: who acted on whom and what by each row of a range."""
    return f"""
        with parted as (
            select timed.*, sentence_id, event like 'attempt%' as of_attempt, named = 'exchanged' as may_be_exchanged,
                actor_at, affected_at, module_at,
                if(quoted, string_split(description, ''''), regexp_extract_all(description, '{NUMBER}')) as parts
            from timed join identity on identity.sentence_key = timed.sentence_key
            where row {rows})
        select row, sentence_id, context_id, moment, of_attempt, may_be_exchanged, user_full_name as name,
            affected_user, real_id not in ('', '0') as as_other, origin in ('cli', 'restore') as unattended,
            coalesce(nullif(actor_id, ''), parts[actor_at], '') as actor,
            coalesce(nullif(affected_id, ''), parts[affected_at], '') as affected_id,
            coalesce(nullif(module_id, ''), parts[module_at], if(contains(parted.event_name, '/mod/'), nullif(
                regexp_extract(parted.event_name, '{_OLD_MODULE}', 1), ''), null), parted.event_context) as object
        from parted join context on context.event_context = parted.event_context and context.course = parted.course"""


def _person(user_id: str, name: str, own_id: str, namesakes: str) -> str:
    """SQL: the id where the sentence tells it, else the one id of that name, else the name; '' for nobody."""
    return f"""case when {user_id} <> '' then {user_id} when {namesakes} = 1 then {own_id}
        when {namesakes} > 1 or {name} in ('', '-') then '' else {name} end"""
