"""The kept events by person and time, and the sessions that they make."""

from moodlelogsmart.workspace import Workspace

# Rows that name nobody are kept apart in this case; they are never given to somebody.
UNKNOWN = "unknown"
_JOINED = 10  # bytes of a row in the joins that tell who came to what, on an average


def find_sessions(work: Workspace, newest_first: bool, gap: int) -> None:
    """Make table `placed`, the kept events by person and time.

    Its columns: row, person, role, user_id, object, moment; kind_id, place (of the rule that fits, -1 for
    none), context_id; and the session, counted from 1: begun, among those of all, and session, among those of the
    person. A session ends with a pause of more than `gap` minutes in what makes sessions (_stepped). Rows of the same
    minute stand in the order in which Moodle logged them, which is from the last row to the first in a log that runs
    from new to old.
    """
    work.make_type(
        "person_text",
        f"""select person from fact union select user_id from fact union select '{UNKNOWN}'
        union select name from fact join judged on judged.row = fact.row where reason = 'logged_in_as'""",
    )
    work.make_type("object_text", "select distinct object from fact")
    work.make_type("role_text", "select 'learner' union select distinct reason from judged")
    _find_visits(work, newest_first)
    # Windows over all rows as they stand, which need neither another sort nor memory.
    work.run(
        f"""create table placed as
        with {_stepped(work, int(gap))},
        counted as (
            select *, count(if(is_first or pause, 1, null)) over (rows unbounded preceding) + is_early::integer as begun
            from stepped),
        based as (select *, max(if(is_first, begun, null)) over (rows unbounded preceding) as first from counted)
        select * exclude (turn, is_first, pause, is_early, first) replace (begun::integer as begun),
            if(is_early, 1, begun - first + 1)::integer as session from based"""
    )
    work.run("drop table visit")


def _find_visits(work: Workspace, newest_first: bool) -> None:
    """Make table `visit`, the kept events in order; of very many, whose joins and sort have no room beside one another,
    one after the other."""
    ranges = work.ranges("raw", _JOINED)

    def joined(rows: str) -> str:
        return f"""
            select fact.row, coalesce(judged.reason, 'learner')::role_text as role,
                coalesce(nullif(if(reason = 'logged_in_as', fact.name, person), ''), '{UNKNOWN}')::person_text
                    as person, user_id::person_text as user_id, fact.object::object_text as object, moment,
                {"-fact.row" if newest_first else "fact.row"} as turn, kind_id, context_id,
                coalesce(if(first_context.place < coalesce(kind.place, 1_000_000), first_context.place, kind.place), -1)
                    as place
            from (from identified where row {rows}) fact
                join kind on kind.sentence_id = fact.sentence_id and kind.module = fact.module
                left join (from first_context where row {rows}) first_context on first_context.row = fact.row
                left join (from judged where row {rows}) judged on judged.row = fact.row
            where fact.row not in (select row from reason where row {rows})"""

    ordered = "order by person, moment, turn"
    if len(ranges) == 1:
        work.run(f"create table visit as {joined(ranges[0])} {ordered}")
        return
    work.make_by("coming", ranges, joined)
    work.run(f"create table visit as from coming {ordered}")
    work.run("drop table coming")


def _stepped(work: Workspace, gap: int) -> str:
    """SQL: view stepped, `visit` with whether each row is_first of its person, begins a session behind a pause, or
    is_early, before the first row of the person that can.

    What is kept beside a learner's own acts begins no session, so that the figures are the same without it; it belongs
    to the session that was the last before it, or to the first.
    """
    is_beside = "role <> 'learner' and person in (select person from visit where role = 'learner')"
    if not work.value(f"select exists (from visit where {is_beside})"):
        return f"""stepped as (
            select *, person is distinct from lag(person) over () as is_first,
                moment - lag(moment) over () > interval {gap} minute as pause, false as is_early
            from visit)"""
    # The greatest so far is the last, for the rows stand by person and time.
    return f"""told as (select *, {is_beside} as is_beside from visit),
        latest as (
            select *, max(if(is_beside, null, struct_pack(person := person, moment := moment)))
                over (rows unbounded preceding) as latest from told),
        behind as (select *, lag(latest) over () as before from latest),
        stepped as (
            select * exclude (is_beside, latest, before),
                not is_beside and person is distinct from before.person as is_first,
                not is_beside and moment - before.moment > interval {gap} minute as pause,
                is_beside and person is distinct from before.person as is_early
            from behind)"""
