"""What learners did, as all figures see it: table `act`, and how long an act lasts."""

from moodlelogsmart.meaning.sessions import UNKNOWN
from moodlelogsmart.workspace import Workspace

# SQL: what is known to be learners' own, which alone is in the figures; what names nobody is in the files alone.
LEARNED = f"role = 'learner' and person <> '{UNKNOWN}'"

_PLACED = 64  # bytes of a row of table `placed` in the joins that make an act of it, rounded up


def find_acts(work: Workspace) -> None:
    """Make table `act`, what learners did, by person and time, one session behind the other.

    Its columns: person, session (of the person), begun (of all), place and code, of table `activity`; element (NULL
    for none), kind_id, day, hour, moment; next_code, of the next act of the session, and seconds until it, both NULL
    in its last. Also table `usual` (code, seconds): the median time until the next act, by activity type, which the
    last act of a session is taken to last.
    """
    work.run(
        """create table activity as
        select place, activity_type, bloom_level, dense_rank() over (order by activity_type)::integer - 1 as code
        from (select place, activity_type, coalesce(bloom_level, '') as bloom_level from rule
            union all select -1, 'Others', '')"""
    )
    work.make_by("act", work.ranges("placed", _PLACED, "begun"), _acts)
    work.run("create table usual as select code, coalesce(median(seconds), 0) as seconds from act group by code")


def _acts(sessions: str) -> str:
    """SQL: the rows of table `act` in a range of sessions of all."""
    # Windows over all rows as they stand, which need neither a sort nor memory. A left join would not keep the order.
    return f"""
        with learned as (
            select person, session, begun, placed.place, code, nullif(element, '')::element_text as element,
                kind_id, local(moment)::date as day, hour(local(moment))::integer as hour, moment
            from (from placed where begun {sessions} and {LEARNED}) placed
                join activity on activity.place = placed.place
                join element_of on element_of.object = placed.object
                    and element_of.context_id = placed.context_id),
        stepped as (
            select *, lead(begun) over () as next_begun, lead(code) over () as next, lead(moment) over () as until
            from learned)
        select * exclude (next_begun, next, until), if(next_begun = begun, next, null) as next_code,
            if(next_begun = begun, epoch(until - moment), null) as seconds from stepped"""


def activity_types(work: Workspace) -> list[str]:
    """The activity types of table `activity`, each at the place of its code."""
    return [name for (name,) in work.run("select any_value(activity_type) from activity group by code order by code")]
