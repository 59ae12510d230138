"""Stage classify: what each event means, which case and session it belongs to, and the order of the log."""

from itertools import product

from moodlelogsmart.pipeline.columns import COLUMNS
from moodlelogsmart.rules import RuleSet, Words
from moodlelogsmart.workspace import Workspace

# Rows that name nobody are kept apart in this case; they are never given to somebody.
UNKNOWN = "unknown"

SESSION_GAP = 30  # minutes without an event after which a session has ended; the usual figure of web analytics

_CASES = {
    "student": "person",
    "student_course": "person || ' | ' || course_name",
    "session": "session_id",
}
CASE_NOTIONS = tuple(_CASES)


def apply_rules(work: Workspace, rule_set: RuleSet) -> None:
    """Make table `kind`: the distinct identities of the log with activity_type, bloom_level, is_active, rule_id.

    A completion belongs to the activity that is completed, which other events of the same course module name.
    """
    work.run(
        """create table completed as
        select cmid, arg_max(module, events) as module from (
            select cmid, module, count(*) as events from fact join identity on identity.sentence_id = fact.sentence_id
            where cmid <> '' and module <> 'completion' group by all)
        group by cmid"""
    )
    work.run(
        """create table identified as
        select row, fact.sentence_id, event,
            case when identity.module = 'completion' then coalesce(completed.module, 'completion')
                else identity.module end as module
        from fact join identity on identity.sentence_id = fact.sentence_id
            left join completed on completed.cmid = fact.cmid"""
    )
    _load_rules(work, rule_set)
    work.run(
        """create table kind as
        with told as (select distinct module, event, regexp_extract(event, '([^_]*)$', 1) as action from identified),
        ruled as (
            select module, event, action, arg_min(rule, place) as rule
            from told left join rule on module glob rule.modules and event glob rule.events and action glob rule.actions
            group by all)
        select module, event, action, coalesce(rule.activity_type, 'Others') as activity_type,
            coalesce(rule.bloom_level, '') as bloom_level, coalesce(rule.is_active, false) as is_active,
            coalesce(rule.id, '') as rule_id
        from ruled"""
    )


def _load_rules(work: Workspace, rule_set: RuleSet) -> None:
    work.run(
        """create table rule (place integer, id varchar, modules varchar, events varchar, actions varchar,
        activity_type varchar, bloom_level varchar, is_active boolean)"""
    )
    for place, rule in enumerate(rule_set.rules):
        when = rule.when
        for words in product(_listed(when.module), _listed(when.event), _listed(when.action)):
            work.run(
                "insert into rule values (?, ?, ?, ?, ?, ?, ?, ?)",
                [place, rule.id, *words, rule.activity_type, rule.bloom_level, rule.is_active],
            )


def _listed(words: Words) -> list[str]:
    return [words] if isinstance(words, str) else words


def order_log(work: Workspace, case: str, newest_first: bool) -> None:
    """Make table `log`: the kept events with all the columns of the results, by case, time and order of logging.

    A session of a person ends with a pause of more than SESSION_GAP. Rows of the same minute stand in the
    order in which Moodle logged them, which is from the last row to the first in a log that runs from new to old.
    """
    direction = "-row" if newest_first else "row"
    work.run(
        f"""create table placed as
        with timed as (
            select fact.row, fact.user_id, coalesce(nullif(person, ''), '{UNKNOWN}') as person, moment, iso,
                {direction} as turn
            from fact join raw on raw.rowid = fact.row join clock on clock.text = raw.time
            where fact.row not in (select row from reason)
        ), paused as (
            select *, moment - lag(moment) over (partition by person order by moment, turn)
                > interval {SESSION_GAP} minute as pause
            from timed
        )
        select *, if(person = '{UNKNOWN}', '', person || '-' || 1 + count(*) filter (pause) over (
            partition by person order by moment, turn)) as session_id
        from paused"""
    )
    _name_course(work)
    texts = ", ".join(name for name in COLUMNS if name not in ("time", "course"))
    work.run(
        f"""create table log as
        with named as (select placed.*, raw.*, coalesce(nullif(raw.course, ''), getvariable('course')) as course_name
            from placed join raw on raw.rowid = placed.row)
        select coalesce(nullif({_CASES[case]}, ''), '{UNKNOWN}') as case_id, iso as time, moment, user_id,
            {texts}, course_name as course, identified.module, identified.event, action, activity_type, bloom_level,
            is_active, rule_id, session_id, person
        from named join identified on identified.row = named.row
            join kind on kind.module = identified.module and kind.event = identified.event
        order by case_id, moment, turn"""
    )


def _name_course(work: Workspace) -> None:
    """Set variable `course`: in the log of one course, whose name only the context of its own page holds."""
    work.run(
        r"""set variable course = (
            select if(count(*) = 1, any_value(name), '') from (
                select distinct regexp_replace(event_context, '^[^:]*: ', '') as name
                from identified join raw on raw.rowid = identified.row where event = 'course_viewed'))"""
    )
