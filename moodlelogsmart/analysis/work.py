"""What is handed in, tried and written: one row a learner and assignment, an attempt, a forum."""

from moodlelogsmart.meaning.filters import TRIED
from moodlelogsmart.meaning.roster import cut
from moodlelogsmart.workspace import Workspace

# What is done with a submission, an attempt or a discussion, by Moodle's names of events; the modules of plugins that
# are like those of Moodle have the same names.
_DID = TRIED | {
    "graded": ("submission_graded", "essay_assessed"),
    "read feedback": ("feedback_viewed",),
    "abandoned": ("attempt_abandoned",),
    "reviewed": ("attempt_reviewed",),
    "opened": ("discussion_created",),
    "wrote": ("post_created",),
}
# Rows that are no act of the person whom they name, or stand elsewhere too.
_NO_ACTS = "('repeated', 'no_time', 'logged_in_as', 'guest')"
_TOLD = 60  # bytes of a row of the log, of which each tenth or so is held with what it says of work that is done
_FAST = 1 / 3  # of the median time of an attempt: below it, it may be guessing


def find_done(work: Workspace) -> None:
    """Make table `done`, what anybody did with a submission, an attempt or a discussion.

    Its columns: did, one of _DID; person, who did it; whose, whose submission or attempt that is; is_learner, element,
    number (of the attempt or discussion, as the description tells it; '' for none), moment, row.
    """
    work.make_by("done", work.ranges("raw", _TOLD), _done)


def _done(rows: str) -> str:
    """SQL: the rows of table `done` in a range of those of `raw`."""
    did = " ".join(f"when event in {_listed(events)} then '{name}'" for name, events in _DID.items())
    numbered = "regexp_extract(description, '(?:[Aa]ttempt|discussion) with (?:the )?id ''?([0-9]{1,18})', 1)"
    return f"""
        with told as (
            select row, person, affected, element, moment, case {did} end as did
            from identified join element_of on element_of.object = identified.object
                and element_of.context_id = identified.context_id
            where event in {_listed([event for events in _DID.values() for event in events])} and moment is not null
                and element <> '' and row {rows})
        select did, person, if(did in ('graded', 'abandoned'), coalesce(nullif(affected, ''), person), person)
                as whose, judged.row is null and person <> '' as is_learner, element, {numbered} as number,
            moment, told.row
        from raw join told on told.row = raw.rowid left join judged on judged.row = told.row
        where coalesce(reason, '') not in {_NO_ACTS}
            and not (did in {_listed([*TRIED, "reviewed"])} and judged.row is not null) and raw.rowid {rows}
        order by told.row"""


def _listed(texts: list[str] | tuple[str, ...]) -> str:
    return "(" + ", ".join(f"'{text}'" for text in texts) + ")"


def find_submissions(work: Workspace) -> None:
    """Make table `submissions`, whose columns are those of submissions.csv: one row a learner and assignment.

    Work that is saved and handed in several times in one moment is one submission. Who only saved a draft of what
    others handed in has the state `draft`; where nobody handed in, what is saved is submitted, as Moodle can be set up.
    The day on which most hand in (of equal ones the last) is taken for the last one, for no log tells the due date;
    a draft is in none of its figures.
    """
    _find_handed(work)
    work.run(
        f"""create table submissions as
        with graded as (
            select handed.element, handed.person, min(done.moment) as graded
            from done join handed on handed.element = done.element and handed.person = whose
            where did = 'graded' and done.moment >= handed.first group by all),
        looked as (
            select done.element, done.person, min(done.moment) as looked
            from done join graded on graded.element = done.element and graded.person = done.person
            where did = 'read feedback' and done.moment >= graded group by all),
        waited as (
            select graded.element, graded.person, min(epoch(graded - moment)) / 3600 as hours
            from graded join handing on handing.element = graded.element and handing.person = graded.person
            where moment <= graded group by all),
        days as (
            select element, local(last)::date as day, count(*) as n from handed
            where state = 'submitted' group by all),
        due as (select element, arg_max(day, (n, day)) as day from days group by element)
        select handed.element, {cut("name")} as name, handed.person,
            coalesce({cut("user_full_name")}, '') as user_full_name,
            iso(handed.first) as first_time, iso(handed.last) as last_time, times as submissions, state,
            if(state = 'draft', null, round(epoch(handed.first - draft) / 3600, 1)) as draft_hours,
            due.day as busiest_day,
            case when state = 'draft' then '' when local(handed.last)::date < due.day then 'before'
                when local(handed.last)::date = due.day then 'on the day' else 'after' end as timing,
            coalesce(iso(graded), '') as graded_time,
            round(if(state = 'submitted', waited.hours, null), 1) as hours_to_grade,
            coalesce(iso(looked), '') as feedback_time
        from handed join element on element.element = handed.element join due on due.element = handed.element
            left join graded on graded.element = handed.element and graded.person = handed.person
            left join waited on waited.element = handed.element and waited.person = handed.person
            left join looked on looked.element = handed.element and looked.person = handed.person
            left join person_name on person_name.person = handed.person
        order by name, handed.element, handed.last, handed.person"""
    )
    work.run("drop table handing")
    work.run("drop table handed")


def _find_handed(work: Workspace) -> None:
    """Make tables `handing` (element, person, moment), each time that somebody handed in, and `handed` of who did in
    which assignment: times, first, last, draft (when a draft was first saved) and state."""
    work.run(
        """create table handing as
        with own as (select * from done where is_learner and did in ('handed in', 'drafted')),
        final as (select distinct element, person from own where did = 'handed in')
        select distinct element, person, moment from own
        where did = 'handed in' or (element, person) not in (select (element, person) from final)"""
    )
    work.run(
        """create table handed as
        with ends as (
            select element, whose as person, bool_or(did = 'handed in') as is_final,
                min(moment) filter (did = 'drafted') as draft
            from done where is_learner and did in ('handed in', 'drafted') group by all),
        finals as (select element, bool_or(is_final) as has_final from ends group by element)
        select handing.element, handing.person, count(*) as times, min(moment) as first, max(moment) as last,
            least(any_value(draft), min(moment)) as draft,
            if(any_value(is_final) or not any_value(has_final), 'submitted', 'draft') as state
        from handing join ends on ends.element = handing.element and ends.person = handing.person
            join finals on finals.element = handing.element
        group by handing.element, handing.person"""
    )


def find_attempts(work: Workspace) -> None:
    """Make table `attempts`, whose columns are those of attempts.csv: one row an attempt of a learner at a quiz.

    An attempt is told by its number, where descriptions tell one, else by its start. Who took less than a third of the
    median time is_fast.
    """
    work.run(
        f"""create table attempts as
        with own as (
            select *, count(*) filter (did = 'started') over (
                partition by element, whose order by moment, row rows unbounded preceding) as turn
            from done where did in ('started', 'submitted', 'abandoned', 'reviewed')
                and (is_learner or did = 'abandoned')),
        told as (select *, if(number = '', concat('after ', turn), number) as attempt_key from own),
        found as (
            select element, whose as person, attempt_key, any_value(number) as attempt_id,
                min(moment) filter (did = 'started') as started, min(moment) filter (did = 'submitted') as submitted,
                bool_or(did = 'abandoned') as abandoned, count(*) filter (did = 'reviewed') as reviews,
                min(moment) as first
            from told group by all having bool_or(did in ('started', 'submitted'))),
        timed as (
            select *, epoch(submitted - started) / 60 as spent,
                row_number() over (partition by element, person order by first, attempt_key) as attempt from found),
        usual as (select element, median(spent) as spent from timed group by element)
        select timed.element, {cut("name")} as name, timed.person,
            coalesce({cut("user_full_name")}, '') as user_full_name, attempt, attempt_id,
            coalesce(iso(started), '') as started_time, coalesce(iso(submitted), '') as submitted_time,
            round(timed.spent, 1) as minutes,
            case when submitted is not null then 'submitted' when abandoned then 'abandoned' else 'not submitted' end
                as state,
            reviews, coalesce(timed.spent < usual.spent * {_FAST}, false) as is_fast
        from timed join element on element.element = timed.element join usual on usual.element = timed.element
            left join person_name on person_name.person = timed.person
        order by name, timed.element, timed.person, attempt"""
    )


def find_forum(work: Workspace) -> None:
    """Make table `forum`, whose columns are those of forum.csv: one row a forum in which something was written or read.

    A discussion is answered by the first post of somebody else than who began it. Where the log tells no numbers of
    discussions, nothing is known of answers.
    """
    work.run(
        """create table forum as
        with begun as (
            select element, number, arg_min(person, moment) as author, arg_min(is_learner, moment) as by_learner,
                min(moment) as since
            from done where did = 'opened' and number <> '' group by all),
        answers as (
            select begun.element, begun.number, min(moment) as first,
                min(moment) filter (not is_learner) as first_staff
            from begun join done on done.element = begun.element and done.number = begun.number
            where did = 'wrote' and person <> author and moment >= since group by all),
        answered as (
            select begun.element, count(*) as numbered, count(first) as answered,
                round(median(epoch(first - since)) / 3600, 1) as hours_to_answer,
                count(first_staff) filter (by_learner) as answered_by_staff,
                round(median(epoch(first_staff - since)) filter (by_learner) / 3600, 1) as hours_to_staff_answer
            from begun left join answers on answers.element = begun.element and answers.number = begun.number
            group by begun.element),
        counted as (
            select element, count(*) filter (did = 'opened') as discussions, count(*) filter (did = 'wrote') as replies,
                count(distinct person) filter (is_learner and did in ('opened', 'wrote')) as writers,
                count(*) filter (is_learner and did in ('opened', 'wrote')) as posts
            from done where did in ('opened', 'wrote') group by element),
        readers as (select element, count(distinct person) as readers from act group by element)
        select element.element, name, coalesce(readers, 0) as readers, coalesce(writers, 0) as writers,
            coalesce(discussions, 0) as discussions, coalesce(replies, 0) as replies, coalesce(posts, 0)
                as learners_posts,
            answered, round(answered / numbered, 4) as answered_share, hours_to_answer, answered_by_staff,
            hours_to_staff_answer
        from element left join counted on counted.element = element.element
            left join answered on answered.element = element.element
            left join readers on readers.element::varchar = element.element
        where kind in ('forum', 'hsuforum') and coalesce(readers, 0) + coalesce(discussions, 0) > 0
        order by readers desc, name, element.element"""
    )
