"""What learners did, as all figures see it: table `act`, and how long an act lasts."""

from moodlelogsmart.meaning.sessions import UNKNOWN
from moodlelogsmart.workspace import Workspace

# SQL: what is known to be learners' own, which alone is in the figures; what names nobody is in the files alone.
LEARNED = f"role = 'learner' and person <> '{UNKNOWN}'"


def find_acts(work: Workspace) -> None:
    """Make table `act`, what learners did, by person and time, one session behind the other.

    Its columns: person, session (of the person), begun (of all), place and code, of table `activity`; element (NULL
    for none), kind_id, day, hour, moment; next_code, of the next act of the session, and seconds until it, both NULL
    in its last. Also table `shown` of the distinct times (time_id, moment, iso, day, hour), `clock` of the distinct
    moments (moment, iso, day), and `usual` (code, seconds): the
    median time until the next act, by activity type, which the last act of a session is taken to last.
    """
    work.run(
        """create table shown as
        select rowid as time_id, moment, iso, iso[1:10]::date as day, iso[12:13]::integer as hour from placed_wall"""
    )
    work.run(
        "create table clock as select moment, any_value(iso) as iso, any_value(day) as day from shown group by moment"
    )
    work.run(
        """create table activity as
        select place, activity_type, bloom_level, dense_rank() over (order by activity_type)::integer - 1 as code
        from (select place, activity_type, coalesce(bloom_level, '') as bloom_level from rule
            union all select -1, 'Others', '')"""
    )
    # Windows over all rows as they stand, which need neither a sort nor memory. A left join would not keep the order.
    work.run(
        f"""create table act as
        with learned as (
            select person, session, begun, placed.place, code, nullif(element, '')::element_text as element,
                kind_id, day, hour, placed.moment
            from (from placed where {LEARNED}) placed join activity on activity.place = placed.place
                join shown on shown.time_id = placed.time_id
                join element_of on element_of.object = placed.object
                    and element_of.context_id = placed.context_id),
        stepped as (
            select *, lead(begun) over () as next_begun, lead(code) over () as next, lead(moment) over () as until
            from learned)
        select * exclude (next_begun, next, until), if(next_begun = begun, next, null) as next_code,
            if(next_begun = begun, epoch(until - moment), null) as seconds from stepped"""
    )
    work.run("create table usual as select code, coalesce(median(seconds), 0) as seconds from act group by code")


def activity_types(work: Workspace) -> list[str]:
    """The activity types of table `activity`, each at the place of its code."""
    return [name for (name,) in work.run("select any_value(activity_type) from activity group by code order by code")]
