"""Stage identify, what Moodle's events are: which entry of the catalogue a sentence, a class or a name belongs to."""

from pathlib import Path

from moodlelogsmart.workspace import Workspace

# Moodle's events; and its words for its parts, for what is acted on and how, in the languages of its labels.
EVENTS_FILE = Path(__file__).parents[1] / "moodle" / "events.csv"
NAMES_FILE = Path(__file__).parents[1] / "moodle" / "names.csv"

# "The user with id '4'", "The user with the id '4'", "User with id 4", "User 4": how the sentence begins by its plugin.
USER = "(?:[Tt]he )?[Uu]ser (?:with (?:the )?id )?''?#''?"


def match_catalogue(work: Workspace) -> None:
    """Make table `known`: for each of table `sentence` the catalogue's event, where it has one, and view `coded`.

    By the phrase in the description, else by the class, the English name or the words of the name. The columns of
    known: sentence_id, known_module, known_event, known_staff; of coded, which is what class and words alone tell:
    sentence_id, module, event, entry. Where several phrases fit, the longest counts; of several events of one name, the
    first in the catalogue.
    """
    work.run(
        f"""create table catalogue as select *, {_plain("phrase")} as words from read_csv('{EVENTS_FILE}',
            header = true, all_varchar = true, auto_detect = false, delim = ',', quote = '"', nullstr = [''],
            columns = {{'module': 'varchar', 'event': 'varchar', 'staff': 'varchar', 'component': 'varchar',
                'name': 'varchar', 'phrase': 'varchar'}})"""
    )
    # What stands in quotes is the user's own words: it must not look like Moodle's.
    skeleton = _plain("regexp_replace(says, '''[^'']*''', '''''', 'g')")
    work.run(
        f"""create table by_phrase as
        with skeleton as (select sentence_id, {skeleton} as said from sentence),
        matched as (
            select said, arg_max(c, length(words)) as entry
            from (select distinct said from skeleton)
                join catalogue c on said like '%' || replace(words, '*', '%') || '%'
            group by said)
        select sentence_id, entry from skeleton join matched using (said)"""
    )
    # Before Moodle 2.7 there was no component, and an address stood behind the name.
    work.run(
        r"""create table by_name as
        select sentence_id, arg_min(c, c.rowid) as entry
        from (select *, rtrim(lower(regexp_replace(event_name, ' \(http.*', '')), '. ') as name from sentence) s
            join catalogue c on lower(s.component) = lower(coalesce(c.component, ''))
            and s.name = rtrim(lower(c.name), '. ')
        group by sentence_id"""
    )
    _match_classes(work)
    _match_words(work)
    work.run("create view coded as select * from by_class union all select * from by_words")
    work.run(
        """create table known as
        select sentence_id, entry.module as known_module, entry.event as known_event, entry.staff as known_staff
        from (select * from by_phrase union all select sentence_id, entry from coded where entry is not null
            union all select * from by_name where sentence_id not in (select sentence_id from by_phrase))"""
    )


def _match_classes(work: Workspace) -> None:
    r"""Make table `by_class` (sentence_id, module, event, entry) of events named by their class: \\mod_quiz\\event\\...

    The module is the plugin that the class belongs to, or what it is part of; events of Moodle's core and of reports
    are told apart in the catalogue by their own names.
    """
    work.run(
        r"""create table by_class as
        with split as (
            select sentence_id, regexp_extract(event_name, '^\\(\w+)\\event\\(\w+)$', ['plugin', 'event']) as class,
            from sentence where event_name like '\%\event\%'),
        placed as (
            select sentence_id, class.plugin, class.event,
                regexp_replace(class.plugin, '^[a-z]+_', '') as name, case
                when regexp_matches(class.plugin, '^assign(submission|feedback)?_') then 'assign'
                when regexp_matches(class.plugin, '^quiz(access)?_') then 'quiz'
                when regexp_matches(class.plugin, '^grade[a-z]*_') then 'grades'
                when regexp_matches(class.plugin, '^(course)?report_') then 'report'
                when regexp_matches(class.plugin, '^(booktool|forumreport|workshop[a-z]+|data[a-z]+|scormreport)_')
                    then regexp_extract(class.plugin, '^(book|forum|workshop|data|scorm)')
                else name end as module
            from split),
        named as (
            select *, case when module = 'grades' then name || '_' || replace(event, 'grade_report', 'report')
                when module = 'report' and event = 'user_report_viewed' then 'user_' || name || '_report_viewed'
                when module = 'report' then replace(name, 'stats', 'statistics') || '_' || event
                else event end as listed
            from placed)
        select sentence_id, any_value(named.module) as module, any_value(named.event) as event,
            arg_min(c, (c.component is distinct from 'System', c.rowid)) filter (c.event is not null) as entry
        from named left join catalogue c on c.event in (named.event, named.listed)
            and (c.module = named.module or named.plugin = 'core' and c.component = 'System')
        group by sentence_id"""
    )


def _match_words(work: Workspace) -> None:
    """Make table `by_words` (sentence_id, module, event, entry) of events without a description, by Moodle's languages.

    The name of the component tells the module; words in the name of the event tell what was acted on and how.
    """
    # The dot above is what is left of a capital Turkish I.
    work.run("create or replace macro folded(text) as replace(lower(strip_accents(text)), chr(775), '')")
    work.run(
        f"""create table word as
        select kind, meaning, folded(unnest(string_split(words, '|'))) as word
        from read_csv('{NAMES_FILE}', header = true, all_varchar = true, auto_detect = false, delim = ',',
            columns = {{'kind': 'varchar', 'meaning': 'varchar', 'words': 'varchar'}})"""
    )
    work.run(
        f"""create table by_words as
        with bare as (
            select sentence_id, folded(trim(component)) as component, folded(rtrim(event_name, '. ')) || ' ' as name
            from sentence where event_name not in ('', '-') and not regexp_matches(says, '^{USER}')
                and sentence_id not in (select sentence_id from by_phrase union all select sentence_id from by_name
                    union all select sentence_id from by_class)),
        meant as (
            select sentence_id, name,
                (select min(meaning) from word where kind = 'module' and word = component) as part,
                (select arg_max(meaning, length(word) - if(meaning = 'course', 100, 0)) from word
                    where kind = 'noun' and contains(name, word)) as noun,
                (select arg_max(meaning, length(word)) from word where kind = 'verb' and contains(name, word)) as verb
            from bare),
        named as (
            select sentence_id, part, case
                when noun = 'submission' and verb = 'submitted' then 'assessable_submitted'
                when noun = 'file' and verb in ('submitted', 'uploaded', 'created') then 'assessable_uploaded'
                when noun = 'enrolment' then 'user_enrolment_created'
                when noun = 'completion' then 'course_module_completion_updated'
                when noun is null and verb = 'loggedin' then 'user_loggedin'
                else concat_ws('_', noun, verb) end as event
            from meant where verb is not null or noun in ('enrolment', 'completion'))
        select sentence_id, coalesce(nullif(part, 'system'), any_value(c.module), part) as module, named.event,
            arg_min(c, c.rowid) filter (c.event is not null) as entry
        from named left join catalogue c on c.event = named.event
            and (c.module = part or part = 'system' and c.component = 'System'
                or part is null and c.module in ('report', 'grades'))
        group by sentence_id, part, named.event"""
    )


def _plain(words: str) -> str:
    """SQL: the words in lower case with single spaces; some of Moodle's sentences hold line breaks."""
    return rf"regexp_replace(lower({words}), '\s+', ' ', 'g')"
