"""Stage identify, what Moodle's events are: which classes of the catalogue a class, a name or a sentence belongs to."""

from pathlib import Path

from moodlelogsmart.workspace import Workspace

# Made by `make catalogue`: Moodle's event classes, how their descriptions read, and their names in many languages.
MOODLE = Path(__file__).parents[1] / "moodle"
EVENTS_FILE, SENTENCES_FILE, NAMES_FILE = MOODLE / "events.csv", MOODLE / "sentences.csv", MOODLE / "names.csv"
# Moodle's words for its parts, for what is acted on and how, for names that are none of NAMES_FILE.
WORDS_FILE = MOODLE / "words.csv"

# Plugins that are part of a module, by their type as an expression; other plugins are modules of their own.
PARTS = {
    "assign(?:submission|feedback)?": "assign",
    "quiz(?:access)?": "quiz",
    "grade[a-z]*": "grades",
    "(?:course)?report": "report",
    "booktool": "book",
    "forumreport": "forum",
    "workshop[a-z]+": "workshop",
    "data[a-z]+": "data",
    "scormreport": "scorm",
}

# "The user with id '4'", "The user with the id '4'", "User with id 4", "User 4": how the sentence begins by its plugin.
USER = "(?:[Tt]he )?[Uu]ser (?:with )?(?:the )?(?:(?:id|ID) )*[''\"]?#[''\"]?"
_LONGEST_NAME = 200  # characters of a name of a component, an event or a module that count
_LONGEST = 1000  # characters of a sentence that is compared with Moodle's; more than these none of them has


def match_catalogue(work: Workspace, language: str = "") -> None:
    """Make tables `catalogue`, its events by class, and `known` (sentence_id, classes, sources_disagree).

    classes: those of the catalogue, or others of Moodle's kind, that a sentence of table `sentence` may belong to, none
    where nothing tells. The class that the row has counts first, then component and name, then the description, then
    what is left of older versions and in words. sources_disagree: whether the description is that of another class than
    the one that counts. `language` is that of the names, by Moodle's code, where a person told it.
    """
    work.run(
        f"""create or replace macro folded(text) as
            -- The dot above is what is left of a capital Turkish I.
            replace(lower(strip_accents(rtrim(trim(left(text, {_LONGEST_NAME})), '. '))), chr(775), '')"""
    )
    work.run(
        rf"""create or replace macro snake(words) as
            lower(trim(regexp_replace(left(words, {_LONGEST_NAME}), '[^\pL\pN]+', '_', 'g'), '_'))"""
    )
    # Before Moodle 2.7 an address stood behind the name of an event.
    work.run(r"create or replace macro unaddressed(name) as regexp_replace(name, ' \(http.*', '')")
    work.run(f"create table catalogue as select * from {_table(EVENTS_FILE)}")
    _match_classes(work)
    _match_names(work, language)
    _match_sentences(work)
    _match_phrases(work)
    _match_words(work)
    work.run(
        """create table known as
        with found as (
            select sentence_id, by_class.class, by_name.classes as named, by_sentence.classes as said,
                by_phrase.classes as phrased, by_words.classes as worded
            from sentence left join by_class using (sentence_id) left join by_name using (sentence_id)
                left join by_sentence using (sentence_id) left join by_phrase using (sentence_id)
                left join by_words using (sentence_id))
        select sentence_id, case when class is not null then [class]
            when named is not null then coalesce(nullif(list_intersect(named, coalesce(said, phrased)), []), named)
            else coalesce(said, phrased, worded, []) end as classes,
            coalesce(not list_has_any(said, if(class is null, named, [class])), false) as sources_disagree
        from found"""
    )
    for table in ("by_class", "by_name", "by_sentence", "by_phrase", "by_words", "said_by_class", "skeleton", "word"):
        work.run(f"drop table {table}")


def _table(path: Path) -> str:
    """SQL: a table of the package, with '' for empty cells."""
    return f"""read_csv('{path}', header = true, all_varchar = true, auto_detect = true, delim = ',', quote = '"',
        escape = '"', nullstr = [chr(0)])"""


def _match_classes(work: Workspace) -> None:
    r"""Make table `by_class` (sentence_id, class) of events named by it: \\mod_quiz\\event\\attempt_started."""
    # An event without a name of its own is called by its class: "mod_sketchpad: sketch drawn", in every language.
    work.run(
        r"""create table by_class as
        select sentence_id, '\' || ltrim(lower(event_name), '\') as class
        from sentence where regexp_matches(event_name, '^\\?\w+\\event\\\w+$')
        union all
        select sentence_id, '\' || replace(replace(event_name, ': ', '\event\'), ' ', '_')
        from sentence where regexp_matches(event_name, '^[a-z]+_[a-z0-9_]+: [a-z0-9 ]+$')"""
    )


def _match_names(work: Workspace, language: str) -> None:
    """Make tables `local_name` (language, component, name, class; folded), `component_module` (component, module) of
    the components that are one module, and `by_name` (sentence_id, classes).

    Where a name is of several languages, that `language` counts, then the one that knows the most names of the log.
    """
    work.run(
        f"""create table local_name as select language, folded(component) as component, folded(name) as name, class
        from {_table(NAMES_FILE)}"""
    )
    work.run(
        """create table component_module as
        select component, any_value(module) as module from local_name join catalogue using (class)
        where component <> '' and (language = $told
            or component not in (select component from local_name where language = $told))
        group by component having count(distinct module) = 1""",
        {"told": language},
    )
    # Before Moodle 2.7 there was no component.
    work.run(
        """create table by_name as
        with asked as (
            select sentence_id, folded(component) as component, folded(unaddressed(event_name)) as name
            from sentence where event_name not in ('', '-')),
        found as (
            select sentence_id, language, list(distinct class order by class) as classes
            from asked join local_name known on known.component = asked.component and known.name = asked.name
            group by sentence_id, language),
        spoken as (select language, count(*) as names from found group by language)
        select sentence_id, arg_max(classes, (language = $told, names, language = 'en', language)) as classes
        from found join spoken using (language) group by sentence_id""",
        {"told": language},
    )


def _match_sentences(work: Workspace) -> None:
    """Make tables `skeleton` (sentence_id, said) and `by_sentence` (sentence_id, classes).

    By the whole of the description; where several of Moodle's sentences fit, by the longest.
    """
    # What stands in quotes is the user's own words: it must not look like Moodle's.
    said = "rtrim(regexp_replace(regexp_replace(lower(says), '''[^'']*''', '''''', 'g'), '\\s+', ' ', 'g'), '. ')"
    work.run(
        f"""create table skeleton as select sentence_id, if(length(said) > {_LONGEST}, '', said) as said
        from (select sentence_id, {said} as said from sentence where says not in ('', '-'))"""
    )
    work.run(
        f"""create table said_by_class as select class, kind, words, length(words) as size,
            replace(replace(words, '''*''', ''''''), '*', '#') as exact, replace(words, '*', '%') as pattern
        from {_table(SENTENCES_FILE)}"""
    )
    activity = r"(viewed|created|updated|deleted) the ''([a-z][a-z0-9_]*)'' activity with"
    work.run(
        rf"""create table by_sentence as
        with exact as (
            select said, list(distinct class order by class) as classes
            from (select distinct said from skeleton) join said_by_class on exact = said and kind = 'sentence'
            group by said),
        other as (
            select said, class, size
            from (select distinct said from skeleton where said not in (select said from exact))
                join said_by_class on said like pattern where kind = 'sentence'),
        likely as (
            select said, list(distinct class order by class) as classes
            from other join (select said, max(size) as size from other group by said) using (said, size) group by said),
        generic as (
            select sentence_id, regexp_extract(says, '{activity}', ['verb', 'module']) as what,
                regexp_extract(says, 'instance list for the module ''([a-z0-9_]+)''', 1) as listed
            from sentence)
        select skeleton.sentence_id, case
            when what.verb = 'viewed' then ['\mod_' || what.module || '\event\course_module_viewed']
            when what.verb <> '' then ['\core\event\course_module_' || what.verb]
            when listed <> '' then ['\mod_' || listed || '\event\course_module_instance_list_viewed']
            else coalesce(exact.classes, likely.classes) end as classes
        from skeleton join generic on generic.sentence_id = skeleton.sentence_id
            left join exact on exact.said = skeleton.said left join likely on likely.said = skeleton.said"""
    )


def _match_phrases(work: Workspace) -> None:
    """Make table `by_phrase` (sentence_id, classes), by the longest phrase of an older version, word by word."""
    # Two spaces between words, so that each of them is bounded on both sides.
    words = r"replace(trim(regexp_replace({}, '[^\pL\pN#''*]+', ' ', 'g')), ' ', '  ')"
    work.run(
        f"""create table by_phrase as
        with spoken as (select distinct said, ' ' || {words.format("said")} || ' ' as words from skeleton
            where sentence_id not in (select sentence_id from by_sentence where classes is not null)),
        phrase as (
            select class, size, '% ' || replace({words.format("words")}, '*', ' % ') || ' %' as pattern
            from said_by_class where kind = 'phrase'),
        found as (
            select said, arg_max(class, (size, class)) as class from spoken join phrase on spoken.words like pattern
            group by said)
        select sentence_id, [class] as classes from skeleton join found using (said)"""
    )


def _match_words(work: Workspace) -> None:
    """Make table `by_words` (sentence_id, classes) of events that nothing else tells, by Moodle's words in languages.

    The name of the component tells the module; words in the name of the event tell what was acted on and how.
    """
    work.run(
        f"""create table word as select kind, meaning, folded(unnest(string_split(words, '|'))) as word
        from {_table(WORDS_FILE)}"""
    )
    work.run(
        rf"""create table by_words as
        with bare as (
            select sentence_id, folded(component) as component, folded(event_name) || ' ' as name
            from sentence where event_name not in ('', '-') and not regexp_matches(says, '^{USER}')
                and sentence_id not in (
                    select sentence_id from by_phrase union all select sentence_id from by_name
                    union all select sentence_id from by_class
                    union all select sentence_id from by_sentence where classes is not null)),
        meant as (
            select sentence_id, name, coalesce(part.module,
                    (select min(meaning) from word where kind = 'module' and word = bare.component)) as part,
                (select arg_max(meaning, (length(word) - if(meaning = 'course', 100, 0), -rowid)) from word
                    where kind = 'noun' and contains(name, word)) as noun,
                (select arg_max(meaning, (length(word), -rowid)) from word
                    where kind = 'verb' and contains(name, word)) as verb
            from bare left join component_module part on part.component = bare.component),
        named as (
            select sentence_id, part, case
                when noun = 'submission' and verb = 'submitted' then 'assessable_submitted'
                when noun = 'file' and verb in ('submitted', 'uploaded', 'created') then 'assessable_uploaded'
                when noun = 'enrolment' then 'user_enrolment_created'
                when noun = 'completion' then 'course_module_completion_updated'
                when noun is null and verb = 'loggedin' then 'user_loggedin'
                else concat_ws('_', noun, verb) end as event
            from meant where verb is not null or noun in ('enrolment', 'completion'))
        select sentence_id, [coalesce(arg_min(c.class, c.rowid),
            '\mod_' || coalesce(part, snake(any_value(component))) || '\event\' || named.event)] as classes
        from named join bare using (sentence_id) left join catalogue c on c.event = named.event
            and (c.module = part or part = 'system' and starts_with(c.class, '\core\')
                or part is null and c.module in ('report', 'grades'))
        group by sentence_id, part, named.event"""
    )
