"""Stage classify: what each event means, which case and session it belongs to, and the order of the log."""

from moodlelogsmart.pipeline.meaning import define_log
from moodlelogsmart.rules import After, RuleSet, When, Words, listed
from moodlelogsmart.workspace import Workspace, quoted

# Rows that name nobody are kept apart in this case; they are never given to somebody.
UNKNOWN = "unknown"

SESSION_GAP = 30  # minutes without an event after which a session has ended; the usual figure of web analytics
LONGEST_GAP = 1440  # minutes; a session of more than a day is none
PLACED = 60  # bytes that an event takes while it is joined with the row of the log

# The case of an event, over person, session and course.
_CASES = {
    "student": "person",
    "student_course": "concat(person, ' | ', course)",
    "session": "coalesce(person || '-' || session, person)",
}
CASE_NOTIONS = tuple(_CASES)


def apply_rules(work: Workspace, rule_set: RuleSet) -> None:
    """Make view `identified`, table `fact` with the event and the module of each row, and table `kind` of these.

    The columns of kind: kind_id; sentence_id, module; place (of the first rule that fits, in the file; NULL for none)
    and contextual (the places of the rules that fit if `apply_context` finds what must have come before). A completion
    belongs to the activity that is completed, which other events of the same course module name.
    """
    work.run(
        """create table completed as
        select object, arg_max(module, events) as module from (
            select object, module, count(*) as events from fact join identity on identity.sentence_id = fact.sentence_id
            where object <> '' and module <> 'completion' group by all)
        group by object"""
    )
    work.run(
        """create view identified as
        select fact.*, event,
            if(identity.module = 'completion', coalesce(completed.module, 'completion'), identity.module) as module
        from fact join identity on identity.sentence_id = fact.sentence_id
            left join completed on completed.object = fact.object"""
    )
    _load_rules(work, rule_set)
    work.run(
        f"""create table kind as
        with told as (select distinct i.sentence_id, i.module, identity.* exclude (sentence_id, module)
            from identified i join identity on identity.sentence_id = i.sentence_id)
        select row_number() over ()::integer as kind_id, sentence_id, told.module,
            min(place) filter (not contextual) as place,
            list(distinct place order by place) filter (contextual) as contextual
        from told left join rule on {_fits("told")} group by sentence_id, told.module"""
    )


def _load_rules(work: Workspace, rule_set: RuleSet) -> None:
    """Make table `rule`, one row a rule: place, what it says, whether it is contextual, and the words of its `when`."""
    rules = [
        {
            "place": place,
            "id": rule.id,
            "activity_type": rule.activity_type,
            "bloom_level": rule.bloom_level,
            "is_active": rule.is_active,
            "contextual": rule.after is not None,
            **{f"when_{field}": _lowered(getattr(rule.when, field)) for field in When.__struct_fields__},
        }
        for place, rule in enumerate(rule_set.rules)
    ]
    words = ", ".join(f"when_{field} varchar[]" for field in When.__struct_fields__)
    work.run(
        f"""create table rule (place integer, id varchar, activity_type varchar, bloom_level varchar,
        is_active boolean, contextual boolean, {words})"""
    )
    work.run("insert into rule by name select rule.* from (select unnest($1) as rule)", [rules])


def _lowered(words: Words) -> list[str]:
    return [word.lower() for word in listed(words)]


def _fits(told: str) -> str:
    """SQL: an identity fits a rule; component and event may also be as the log writes them."""
    fits = {
        "module": f"{told}.module glob word",
        "action": f"{told}.action glob word",
        "component": f"lower({told}.component) glob word",
        "event": f"{told}.event glob word or lower({told}.event_name) glob word",
    }
    return " and ".join(f"list_bool_or([{fit} for word in rule.when_{field}])" for field, fit in fits.items())


def apply_context(work: Workspace, rule_set: RuleSet, newest_first: bool) -> None:
    """Make table `in_context` (row, place): the rows that a rule with `after` fits, with the first such rule.

    For each learner and object the moments of `after.event` and `after.until` are marks; a rule fits a row if the
    last mark before it is one of the former. Rows of the same minute stand in the order of logging.
    """
    work.run("create table in_context (row bigint, place integer)")
    for place, rule in enumerate(rule_set.rules):
        if rule.after:
            _find_context(work, place, rule.after, newest_first)
    work.run("create table first_context as select row, min(place) as place from in_context group by row")


def _find_context(work: Workspace, place: int, after: After, newest_first: bool) -> None:
    opens, closes = _event_in(after.event), _event_in(after.until)
    # When a row was logged as one number, since an ordered join compares one: seconds, then the place among the rows.
    turn = "999_999_999 - row" if newest_first else "row"
    when = f"epoch(moment)::bigint * 1_000_000_000 + {turn}"
    work.run(
        f"""insert into in_context
        with timed as (
            select row, person, coalesce(nullif(affected, ''), person) as subject, object, event,
                {when} as moment, list_contains(kind.contextual, {place}) as asked
            from identified join kind
                on kind.sentence_id = identified.sentence_id and kind.module = identified.module
            where object <> '' and moment is not null and (asked or {opens} or {closes})
        )
        select asked.row, {place}
        from (select * from timed where asked) asked
            asof join (select * from timed where {opens} or {closes}) mark
            on asked.person = mark.subject and asked.object = mark.object and asked.moment > mark.moment
        where {opens.replace("event", "mark.event")}"""
    )


def _event_in(words: Words) -> str:
    """SQL: column event fits one of the words."""
    return "(" + (" or ".join(f"event glob {quoted(word)}" for word in listed(words)) or "false") + ")"


def find_sessions(work: Workspace, newest_first: bool, gap: int) -> None:
    """Make table `placed`, the kept events by person and time.

    Its columns: row, person, role, user_id, object, moment, time_id; kind_id, place (of the rule that fits, -1 for
    none), context_id; and the session, counted from 1: begun, among those of all, and session, among those of the
    person. A session ends with a pause of more than `gap` minutes. Rows of the same minute stand in the order in which
    Moodle logged them, which is from the last row to the first in a log that runs from new to old.
    """
    work.make_type(
        "person_text",
        f"""select person from fact union select user_id from fact union select '{UNKNOWN}'
        union select name from fact join judged on judged.row = fact.row where reason = 'logged_in_as'""",
    )
    work.make_type("object_text", "select distinct object from fact")
    work.make_type("role_text", "select 'learner' union select distinct reason from judged")
    work.run(
        f"""create table visit as
        select fact.row, coalesce(judged.reason, 'learner')::role_text as role,
            coalesce(nullif(if(reason = 'logged_in_as', fact.name, person), ''), '{UNKNOWN}')::person_text as person,
            user_id::person_text as user_id, fact.object::object_text as object, moment, time_id,
            {"-fact.row" if newest_first else "fact.row"} as turn, kind_id, context_id, coalesce(if(
                first_context.place < coalesce(kind.place, 1_000_000), first_context.place, kind.place), -1) as place
        from identified fact join kind on kind.sentence_id = fact.sentence_id and kind.module = fact.module
            left join first_context on first_context.row = fact.row left join judged on judged.row = fact.row
        where fact.row not in (select row from reason)
        order by person, moment, turn"""
    )
    # Windows over all rows as they stand, which need neither another sort nor memory.
    work.run(
        f"""create table placed as
        with stepped as (
            select *, person is distinct from lag(person) over () as is_first,
                moment - lag(moment) over () > interval {int(gap)} minute as pause
            from visit),
        counted as (
            select *, count(if(is_first or pause, 1, null)) over (rows unbounded preceding) as begun from stepped),
        based as (select *, max(if(is_first, begun, null)) over (rows unbounded preceding) as first from counted)
        select * exclude (turn, is_first, pause, first) replace (begun::integer as begun),
            (begun - first + 1)::integer as session from based"""
    )
    work.run("drop table visit")


def order_log(work: Workspace, case: str) -> None:
    """Make view `log`: the kept events with all the columns of the results, by case, time and order of logging."""
    _name_course(work)
    work.run(
        """create table meaning as
        with found as (select distinct kind_id, place, context_id from placed)
        select row_number() over ()::integer as meaning_id, found.*, event_context,
            coalesce(nullif(course, ''), getvariable('course')) as course, component, event_name, kind.module, event,
            action, coalesce(activity_type, 'Others') as activity_type, coalesce(bloom_level, '') as bloom_level,
            coalesce(is_active, false) as is_active, coalesce(rule.id, '') as rule_id
        from found join kind on kind.kind_id = found.kind_id join identity on identity.sentence_id = kind.sentence_id
            join context on context.context_id = found.context_id left join rule on rule.place = found.place"""
    )
    work.run(
        f"""create table ordered as
        select told.* exclude (course, turn) from {_told(work)} told order by {_CASES[case]}, turn"""
    )
    work.run("drop table if exists told_event")
    define_log(work, _CASES[case])


def _told(work: Workspace) -> str:
    """SQL: the kept events, unsorted, with what `ordered` has of them; put together beforehand in a large log.

    A join and a sort at once, both on disk, would need more memory than a job has.
    """
    events = f"""select iso as time, placed.moment, user_id, user_full_name, affected_user, description, origin,
            ip_address, person, if(person = '{UNKNOWN}', null, session) as session, object, role, meaning_id,
            meaning.course, placed.rowid as turn
        from raw join (select *, rowid from placed where {{where}}) placed on placed.row = raw.rowid
            join placed_wall on placed_wall.rowid = placed.time_id join meaning on meaning.kind_id = placed.kind_id
            and meaning.place = placed.place and meaning.context_id = placed.context_id"""
    ranges = work.ranges("raw", PLACED)
    if len(ranges) == 1:
        return f"({events.format(where='true')})"
    work.run(f"create table told_event as {events.format(where='false')}")
    for some in ranges:
        work.run(f"insert into told_event {events.format(where=f'row {some}')} where raw.rowid {some}")
    return "told_event"


def _name_course(work: Workspace) -> None:
    """Set variable `course`: in the log of one course, whose name only the context of its own page holds."""
    work.run(
        r"""set variable course = (
            select if(count(*) = 1, any_value(name), '') from (
                select distinct regexp_replace(event_context, '^[^:]*: ', '') as name
                from (select distinct context_id from identified where event = 'course_viewed') viewed
                    join context on context.context_id = viewed.context_id))"""
    )
