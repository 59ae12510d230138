"""The elements of the course: each named page, file, quiz, assignment or forum in which something happened."""

from moodlelogsmart.workspace import Workspace

LONGEST_KIND = 100  # letters of the module of an element, which what is done there repeats; those of Moodle have 20

# As Moodle writes letters of names into its log that HTML has its own use for; the last, for it begins the others.
_WRITTEN = {"&nbsp;": " ", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#039;": "'", "&amp;": "&"}

# Pages before Moodle 2.7 whose rows are called by a discussion, a person or what was looked for, not by the activity.
_OLD_PART = "/mod/([a-z]+/(discuss|index|post|search|user)[.]php|discussion/)"


def find_elements(work: Workspace) -> None:
    """Make tables `element` (element, name, kind, section, course) of the course elements in what counts of the log,
    also those where only staff did something, and `element_of` (object, context_id, element), to which of them a row of
    the whole log belongs ('' for none): which element that is depends on no filter.

    An element is a course module by Moodle's number or, where no row tells one, the event context of an activity. Where
    all numbers in one context are the same, the rows there that tell none are of that element too. Its name is that of
    the last event there, without the word for its kind; kind is Moodle's module, section what a dump or a backup tells,
    '' where none does.
    """
    _find_places(work)
    work.run(
        """create table element_of as
        with one as (
            select event_context, course, any_value(object) as number from place
            where is_numbered and not is_course group by all having count(distinct object) = 1),
        alike as (
            select event_context, count(distinct course) as courses from place where is_activity group by all)
        select object, context_id, case when is_numbered then object when not is_activity then ''
            when number is not null then number
            when courses > 1 then concat(place.event_context, ' | ', place.course) else place.event_context
            end as element
        from place left join one on one.event_context = place.event_context and one.course = place.course
            left join alike on alike.event_context = place.event_context"""
    )
    work.run(
        f"""create table element as
        with told as (
            select element, place.* from element_of join place
                on place.object = element_of.object and place.context_id = element_of.context_id
            where element <> ''),
        kinds as (
            select element, left(arg_max(module, (is_module, n, module)), {LONGEST_KIND}) as kind
            from element_of join acted on acted.object = element_of.object and acted.context_id = element_of.context_id
            group by element having sum(n) > 0),
        named as (
            select element, arg_max(name, (name <> '', not regexp_full_match(name, '[0-9]+'), last, name)) as name,
                arg_max(course, (last, course)) as course
            from told group by element)
        select named.element, if(name = '', concat(kind, ' ', named.element), name) as name, kind,
            coalesce(section, '') as section, course
        from named join kinds on kinds.element = named.element
            left join module_section on module = named.element"""
    )
    work.run("drop table acted")
    work.run("drop table place")


def _find_places(work: Workspace) -> None:
    """Make table `acted`, the kinds of events by object and context, and `place`, each object in each context.

    Of a place is_numbered tells whether the object is Moodle's number of a course module, is_course and is_activity
    whether the context is that of a course or of an activity, and name what the context calls the activity.
    """
    # The name of a course, with the same word in front as others, also where no activity is named.
    work.run(
        rf"""create table acted as
        with modules as (select distinct module from catalogue where starts_with(class, '\mod_')),
        counted as (
            select object, context_id, sentence_id, module, event, count(*) filter (counts) as n,
                max(moment) filter (counts) as last
            from (select *, row not in (select row from filtered) as counts from unfiltered) group by all)
        select counted.* exclude (module), event_context, course, component,
            coalesce(nullif(changed, ''), counted.module) as module, changed <> '' or counted.module in (
                select module from modules) and counted.event <> 'course_module_instance_list_viewed'
                and not regexp_matches(event_name, '{_OLD_PART}') as is_module,
            if(contains(event_context, ': '), folded(split_part(event_context, ':', 1)), '') as word
        from counted join context on context.context_id = counted.context_id
            join identity on identity.sentence_id = counted.sentence_id"""
    )
    shown = "event_context"
    for written, letter in _WRITTEN.items():
        shown = f"replace({shown}, '{written}', chr({ord(letter)}))"
    work.run(
        rf"""create table place as
        with course as (select event_context, word from acted where event = 'course_viewed'),
        words as (select component from local_name where starts_with(class, '\mod_')),
        told as (
            select object, context_id, any_value(event_context) as event_context, any_value(course) as course,
                coalesce(max(last), timestamp '1970-01-01') as last, bool_or(is_module) as is_module,
                bool_or(word <> '' and (word = folded(component) or word in (select component from words)))
                    as has_word
            from acted group by object, context_id),
        placed as (
            select *, object <> event_context and regexp_full_match(object, '[0-9]+') as is_numbered,
                event_context in (select event_context from course)
                or contains(event_context, ': ') and folded(split_part(event_context, ':', 1)) in (
                    select word from course) as is_course
            from told)
        select *, not is_course and (is_module or has_word) as is_activity,
            case when is_course or event_context in ('', '-') or event_context = 'Course module ' || object then ''
                when has_word then trim({shown}[strpos({shown}, ':') + 1:]) else {shown} end as name
        from placed"""
    )
