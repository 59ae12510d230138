"""Stage identify: who did what in each row, from the Description first, which is English on every Moodle site.

The work is done on the few hundred distinct sentences of a log, that is, descriptions with their numbers masked.
"""

from pathlib import Path

from moodlelogsmart.workspace import Workspace

EVENTS_FILE = Path(__file__).parents[1] / "moodle" / "events.csv"

# A number that stands alone, so that the digit in 'h5pactivity' is none. -1, -10 and -20 are Moodle's own actors.
_NUMBER = r"-?\b[0-9]+\b"


def find_events(work: Workspace) -> None:
    """Make table `sentence`: each distinct component, event name and masked description with what it says.

    Its columns: sentence_id, component, event_name, says, then module, event and action (Moodle's words, lower-case;
    '' where unknown), staff ('act' shows a member of staff, 'other' does so when done to somebody else), and the
    places of the ids among the numbers of the description, from 1: actor_at, affected_at, module_at (NULL for none).
    """
    work.run(
        f"""create table sentence as
        select row_number() over (order by component, event_name, says) as sentence_id, *
        from (select distinct component, event_name, {_masked("description")} as says from raw)"""
    )
    _match_catalogue(work)
    work.run(
        r"""create or replace macro snake(words) as
            lower(trim(regexp_replace(words, '[^\pL\pN]+', '_', 'g'), '_'))"""
    )
    work.run(
        r"""create table named as
        with matched as (
            select sentence.*, known.* exclude (sentence_id),
                regexp_extract(says, '(viewed|created|updated|deleted) the ''([a-z][a-z0-9_]*)'' activity with',
                    ['verb', 'module']) as generic
            from sentence left join known on known.sentence_id = sentence.sentence_id
        )
        select sentence_id, component, event_name, says,
            if(generic.module <> '', generic.module, coalesce(known_module, snake(component))) as module,
            if(generic.module <> '', 'course_module_' || generic.verb, coalesce(known_event, snake(event_name)))
                as event,
            if(generic.module <> '', if(generic.verb = 'viewed', '', 'act'), coalesce(known_staff, '')) as staff
        from matched"""
    )
    # "The user with id 'A' has had their attempt reviewed by the user with id 'B'": here it is B who acts.
    by = _place(" by the user with id ''?")
    work.run(
        f"""create table identity as
        select *, regexp_extract(event, '([^_]*)$', 1) as action,
            case when regexp_matches(says, '^(The )?[Uu]ser with id ''?#') then coalesce({by}, 1) end as actor_at,
            if({by} is null, {_place("user with id ''?#.*?user with (?:the )?id ''?")}, 1) as affected_at,
            {_place("course module (?:with (?:the )?)?id ''?")} as module_at
        from named"""
    )


def _masked(text: str) -> str:
    return f"regexp_replace({text}, '{_NUMBER}', '#', 'g')"


def _place(before: str) -> str:
    """SQL: the place among the sentence's numbers of the one right behind `before`; NULL where there is none."""
    found = f"regexp_extract(says, '^(.*?{before})#', 1)"
    return f"case when {found} <> '' then 1 + len({found}) - len(replace({found}, '#', '')) end"


def _match_catalogue(work: Workspace) -> None:
    """Make table `known`: the catalogue's event for a sentence by its phrase, else by its English event name.

    Its columns: sentence_id, known_module, known_event, known_staff. Where several phrases fit, the longest counts.
    """
    work.run(
        f"""create table catalogue as select * from read_csv('{EVENTS_FILE}', header = true, all_varchar = true,
            auto_detect = false, delim = ',', quote = '"', nullstr = [''], columns = {{'module': 'varchar',
            'event': 'varchar', 'staff': 'varchar', 'component': 'varchar', 'name': 'varchar', 'phrase': 'varchar'}})"""
    )
    # What stands in quotes is the user's own words: it must not look like Moodle's.
    work.run(
        """create table by_phrase as
        with skeleton as (select sentence_id, regexp_replace(says, '''[^'']*''', '''''', 'g') as words from sentence),
        matched as (
            select words, arg_max(c, length(phrase)) as entry
            from (select distinct words from skeleton)
                join catalogue c on words like '%' || replace(phrase, '*', '%') || '%'
            group by words)
        select sentence_id, entry from skeleton join matched using (words)"""
    )
    work.run(
        """create table by_name as
        select sentence_id, any_value(c) as entry
        from sentence s join catalogue c on lower(s.component) = lower(c.component)
            and rtrim(lower(s.event_name), '. ') = rtrim(lower(c.name), '. ')
        group by sentence_id having count(distinct c.module || ' ' || c.event) = 1"""
    )
    work.run(
        """create table known as
        select sentence_id, entry.module as known_module, entry.event as known_event,
            coalesce(entry.staff, '') as known_staff
        from (select * from by_phrase union all
            select * from by_name where sentence_id not in (select sentence_id from by_phrase))"""
    )


def find_people(work: Workspace) -> None:
    """Make table `fact`, one row for each row of `raw`: sentence_id, user_id, affected_id, cmid, person.

    user_id is Moodle's id of who acted ('' where unknown); a person known only by name gets the id that the log
    itself gives to that name, if it is one id. person tells people apart: the id, else the name, '' for nobody.
    """
    work.run(
        f"""create table told as
        with numbered as (select rowid as row, user_full_name as name, component, event_name,
            {_masked("description")} as says, regexp_extract_all(description, '{_NUMBER}') as numbers from raw)
        select row, name, sentence_id, event, coalesce(numbers[actor_at], '') as actor,
            coalesce(numbers[affected_at], '') as affected_id, coalesce(numbers[module_at], '') as cmid
        from numbered n join identity i
            on n.component = i.component and n.event_name = i.event_name and n.says = i.says"""
    )
    # Whose attempt it is, not who clicked, stands first in the sentence of these events.
    work.run(
        """create table namesake as select name, any_value(actor) as user_id, count(distinct actor) as people
        from told where name not in ('', '-') and actor <> '' and event not like 'attempt%' group by name"""
    )
    work.run(
        """create table fact as
        select row, sentence_id, affected_id, cmid,
            coalesce(nullif(actor, ''), if(people = 1, user_id, ''), '') as user_id,
            case when actor <> '' then actor when people = 1 then user_id when people > 1 then ''
                when told.name in ('', '-') then '' else told.name end as person
        from told left join namesake on told.name = namesake.name"""
    )
    work.run("drop table told")
