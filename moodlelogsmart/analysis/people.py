"""One row a session, and one row a learner."""

from moodlelogsmart.meaning.roster import cut
from moodlelogsmart.workspace import Workspace

LEVELS = ["Remember", "Understand", "Apply", "Analyze", "Evaluate", "Create"]


def find_sessions(work: Workspace, gap: int) -> None:
    """Make table `sessions`, whose columns are those of sessions.csv (docs/results.md).

    minutes are from the first to the last act, which is taken to last the median of its activity type; minutes_low
    counts nothing for it, minutes_high the `gap` in minutes that ends a session.
    """
    work.run(
        f"""create table sessions as
        with counted as (
            select begun, any_value(person) as person, any_value(session) as session, count(*) as events,
                count(distinct element) as elements, min(moment) as first, max(moment) as last,
                arg_max(code, rowid) as code
            from act group by begun)
        select concat(counted.person, '-', session) as session_id, counted.person::varchar as person,
            coalesce({cut("user_full_name")}, '') as user_full_name, iso(first) as first_time,
            iso(last) as last_time, round((epoch(last - first) + usual.seconds) / 60, 1) as minutes,
            round(epoch(last - first) / 60, 1) as minutes_low, round(epoch(last - first) / 60 + {int(gap)}, 1)
                as minutes_high, events, elements
        from counted join usual on usual.code = counted.code
            left join person_name on person_name.person = counted.person
        order by begun"""
    )


def find_person_names(work: Workspace) -> None:
    """Make table `person_name` (person, user_full_name) of everybody in the log, '' for whom neither the log nor a list
    names."""
    work.run(
        """create table person_name as
        select person, coalesce(min(name) filter (name not in ('', '-')), '') as user_full_name
        from seen_name group by person"""
    )


def find_contributions(work: Workspace) -> None:
    """Make table `contribution` ("group", person, events, share, handed_in_first): what each member did of what a group
    did, as a share of its events from 0 to 1 (NULL where nobody did anything), and in how many assignments they were
    the first of the group to hand in."""
    work.run(
        """create table contribution as
        with own as (select person::varchar as person, count(*) as events from act group by person),
        firsts as (
            select "group", element, arg_min(member.person, (first_time::timestamptz, member.person)) as person
            from submissions join member on member.person = submissions.person where state = 'submitted' group by all),
        first as (select "group", person, count(*) as times from firsts group by all)
        select member."group", member.person, coalesce(events, 0) as events,
            round(coalesce(events, 0) / nullif(sum(events) over (partition by member."group"), 0), 4) as share,
            coalesce(times, 0) as handed_in_first
        from member left join own on own.person = member.person
            left join first on first."group" = member."group" and first.person = member.person
        where member.person not in (select person from staff where course is null)
        order by member."group", member.person"""
    )


def find_learners(work: Workspace) -> None:
    """Make table `learners`, whose columns are those of learners.csv: who did most first, and behind all who are on the
    list of participants and never came."""
    levels = ", ".join(f"count(*) filter (bloom_level = '{level}') as \"{level.lower()}\"" for level in LEVELS)
    named = ", ".join(f'"{level.lower()}"' for level in LEVELS)
    nothing = ", ".join("0" for _ in LEVELS)
    work.run(
        f"""create table learners as
        with counted as (
            select person, count(*) as events, count(distinct day) as active_days, count(distinct element) as elements,
                min(moment) as first, max(moment) as last, max(day) as last_day, {levels}
            from act join activity on activity.place = act.place group by person),
        spent as (
            select person, count(*) as sessions, round(sum(minutes), 1) as minutes,
                round(sum(minutes_low), 1) as minutes_low, round(sum(minutes_high), 1) as minutes_high
            from sessions group by person),
        grouped as (
            select person, string_agg("group", '; ' order by "group") as "group",
                string_agg(share::varchar, '; ' order by "group") as group_share,
                sum(handed_in_first)::bigint as handed_in_first
            from contribution group by person),
        handed as (select person, count(*) as submissions from submissions group by person),
        tried as (select person, count(*) as attempts from attempts group by person),
        graded as (
            -- Of the last item, which is the total of the course in Moodle's export.
            select person, any_value(value) as grade from grade
            where place = (select max(place) from grade where value is not null) and value is not null group by person),
        wrote as (
            select person, count(*) as posts from done where did in ('opened', 'wrote') and is_learner
            group by person),
        came as (
            select counted.person::varchar as person, coalesce(user_full_name, '') as user_full_name,
                coalesce("group", '') as "group", events, active_days, sessions, minutes, minutes_low, minutes_high,
                iso(first) as first_time, iso(last) as last_time,
                ((select max(day) from act) - last_day)::integer as days_absent, elements,
                coalesce(submissions, 0) as submissions, coalesce(attempts, 0) as attempts,
                coalesce(posts, 0) as posts, {named}, coalesce(reached, false) as reached,
                coalesce(group_share, '') as group_share, handed_in_first, grade
            from counted join spent on spent.person = counted.person::varchar
                left join person_name on person_name.person = counted.person::varchar
                left join grouped on grouped.person = counted.person::varchar
                left join handed on handed.person = counted.person::varchar
                left join tried on tried.person = counted.person::varchar
                left join wrote on wrote.person = counted.person::varchar
                left join graded on graded.person = counted.person::varchar
                left join (select person, true as reached from milestone_reached) reaching
                    on reaching.person = counted.person::varchar)
        select * from came
        union all select number, called, coalesce(string_agg("group", '; ' order by "group"), ''), 0, 0, 0, 0, 0, 0,
                '', '', null, 0, 0, 0, 0, {nothing}, false, '', null, null
            from absent left join told_group on told_group.kind = absent.kind and told_group.place = absent.place
            where absent.kind = 'roster' and called <> ''
            group by absent.place, number, called
        order by events desc, user_full_name, person"""
    )
