"""The course: one row an element, a week, a step from one thing to the next."""

from moodlelogsmart.analysis.acts import activity_types
from moodlelogsmart.meaning.filters import TRIED
from moodlelogsmart.meaning.roster import cut
from moodlelogsmart.meaning.rules import USUAL
from moodlelogsmart.workspace import Workspace

HARDLY = 0.1  # of the learners: an element that fewer of them used is hardly used
START, END = "start", "end"  # of a session, in a step
SEQUENCES = 1000  # of elements, the most frequent; of a large course there are hundreds of thousands
_CALLED_SO = f"('{START}', '{END}')"


def find_exercises(work: Workspace) -> None:
    """Make table `exercise` (element, person, first, half) of the elements in which learners handed in or tried
    something: when each did first, and when half of them had; and `milestone_reached` (element, person), who did so in
    the last of them."""
    work.run(
        f"""create table exercise as
        with first as (
            select element, whose as person, min(moment) as first from done
            where is_learner and did in {tuple(TRIED)} group by all)
        select *, quantile_disc(first, 0.5) over (partition by element) as half from first"""
    )
    work.run(
        """create table milestone_reached as
        select element, person from exercise where element = (select arg_max(element, (half, element)) from exercise)"""
    )


def find_activities(work: Workspace) -> None:
    """Make table `activities`, whose columns are those of activities.csv: one row an element of the course.

    exercise is what a material is for: the quiz or assignment of the same section or, where no section is known, the
    one of the same course that half of its learners began soonest after half of the readers had opened the material.
    """
    work.run(
        f"""create table reach as
        select element::varchar as element, person::varchar as person, count(*) as events,
            count(*) filter (not coalesce(is_active, false)) as views, min(moment) as first, max(moment) as last,
            sum(coalesce(act.seconds, usual.seconds)) as seconds, count(*) filter (is_new) as visits
        from {_came("element")} act
            join usual on usual.code = act.code left join rule on rule.place = act.place
        group by all"""
    )
    work.run(
        f"""create table activities as
        with reached as (
            select element, count(*) as learners, sum(events)::bigint as events, sum(views)::bigint as views,
                min(first) as first, max(last) as last, quantile_disc(first, 0.5) as half, sum(seconds) / 60 as minutes,
                sum(visits)::bigint as visits, count(*) filter (visits > 1) as came_back
            from reach group by element),
        material as (
            select element.element, element.section, element.course, half from element
                join reached on reached.element = element.element
            where element.element not in (select element from exercise)
                and element.kind not in ('forum', 'chat', 'bigbluebuttonbn', 'zoom')),
        task as (
            select distinct exercise.element, section, course, exercise.half
            from exercise join element on element.element = exercise.element),
        paired as (
            select material.element, arg_min(task.element, (task.half < material.half,
                abs(epoch(task.half - material.half)), task.element)) as exercise
            from material join task on task.course = material.course
                and (task.section = material.section or material.section = '')
            group by material.element),
        before as (
            select paired.element, count(*) as exercise_learners,
                count(*) filter (reach.first < exercise.first) as before_exercise
            from paired join exercise on exercise.element = paired.exercise
                left join reach on reach.element = paired.element and reach.person = exercise.person
            group by paired.element)
        select element.element, name, kind, section, coalesce(learners, 0) as learners,
            round(coalesce(learners, 0) / (select nullif(count(distinct person), 0) from act), 4) as share,
            coalesce(events, 0) as events, coalesce(iso(first), '') as first_time,
            coalesce(iso(last), '') as last_time, coalesce(views, 0) as views,
            round(coalesce(minutes, 0), 1) as minutes, coalesce(iso(half), '') as half_time,
            date_diff('day', local(first), local(half)) + 1 as half_day,
            coalesce(learners, 0) < {HARDLY} * (select count(distinct person) from act) as is_hardly_used,
            coalesce({cut("exercise")}, '') as exercise, exercise_learners, before_exercise, course, element.label,
            coalesce(visits, 0) as visits, coalesce(came_back, 0) as came_back
        from element left join reached on reached.element = element.element
            left join paired on paired.element = element.element left join before on before.element = element.element
        order by learners desc, events desc, name, element.element"""
    )


def _came(place: str) -> str:
    """SQL: the acts of which `place`, an expression, tells where: `spot`, and whether it is_new, from another spot or
    in another session. What happened in the course as a whole is passed over."""
    return f"""(select *, lag(begun) over () is distinct from begun or lag(spot) over () is distinct from spot as is_new
            from (select *, {place} as spot from act where element is not null and {place} is not null))"""


def _walk(over: str, place: str) -> str:
    """SQL: view walked_`over`, from the `place` of each act, an expression, to the next other one in a session. One
    that is called as the start or the end of a session is told apart by what it is: start (label)."""
    return f"""moved_{over} as (
            select person, begun, if(spot in {_CALLED_SO}, concat(spot, ' ({over})'), spot) as spot, moment
            from {_came(place)} where is_new),
        walked_{over} as (
            select *, lead(begun) over () as next_begun, lead(spot) over () as next, lead(moment) over () as until,
                lag(begun) over () as begun_before from moved_{over}),"""


def _steps(over: str) -> str:
    """SQL: the steps of view walked_`over`, to be added to others."""
    return f"""
            union all select '{over}', person, spot,
                if(next_begun = begun, next, '{END}'), if(next_begun = begun, epoch(until - moment), null)
            from walked_{over}
            union all select '{over}', person, '{START}', spot, null from walked_{over}
            where begun_before is distinct from begun"""


def find_taught(work: Workspace) -> None:
    """Make table `taught` (day, person, events): what staff did on each day, whether or not their rows are kept."""
    work.run(
        """create table taught as
        select local(moment)::date as day, person, count(*) as events
        from fact join (from judged where reason = 'staff') judged on judged.row = fact.row
        group by all"""
    )


def find_weeks(work: Workspace) -> None:
    """Make table `weeks`, whose columns are those of weeks.csv: one row a week from Monday, without a gap."""
    counts = ", ".join(f"count(*) filter (activity_type = '{name}') as {name}" for name in USUAL)
    filled = ", ".join(f"coalesce({name}, 0) as {name}" for name in USUAL)
    work.run(
        f"""create table weeks as
        with counted as (
            select date_trunc('week', day)::date as week, count(distinct person) as learners, count(*) as events,
                count(distinct begun) as sessions, sum(coalesce(act.seconds, usual.seconds)) / 60 as minutes, {counts}
            from act join usual on usual.code = act.code join activity on activity.place = act.place group by week),
        teaching as (
            select date_trunc('week', day)::date as week, count(distinct person) as people,
                sum(events)::bigint as events
            from taught group by week)
        select all_weeks.week, coalesce(learners, 0) as learners,
            round(coalesce(learners, 0) / (select nullif(count(distinct person), 0) from act), 4) as share,
            coalesce(counted.events, 0) as events, coalesce(sessions, 0) as sessions,
            round(coalesce(minutes, 0), 1) as minutes,
            {filled}, coalesce(teaching.people, 0) as staff_people, coalesce(teaching.events, 0) as staff_events
        from (select unnest(generate_series((select min(week) from counted), (select max(week) from counted),
            interval 7 day))::date as week) all_weeks left join counted on counted.week = all_weeks.week
            left join teaching on teaching.week = all_weeks.week
        order by all_weeks.week"""
    )


def find_transitions(work: Workspace) -> None:
    """Make table `transitions`, whose columns are those of transitions.csv: what follows what within a session.

    Over activity types from each act to the next; over elements from each to the next other one, without what happened
    in the course as a whole, and so over the labels of elements, where there are any. times_reached are those of
    learners who handed in or tried the last exercise.
    """
    names = ", ".join(f"'{name}'" for name in activity_types(work))
    # Looked up, not joined, which would not keep the order.
    work.run(
        """set variable label_of = (
            select map(list(element), list(label)) from element where label <> '')"""
    )
    walks = {"element": "element::varchar"}
    if work.value("select getvariable('label_of') is not null"):
        walks["label"] = "getvariable('label_of')[element::varchar]"
    work.run(
        f"""create table transitions as
        with names as (select [{names}] as names),
        typed as (
            select person, names[code + 1] as source, coalesce(names[next_code + 1], '{END}') as target, seconds
            from act, names
            union all select person, '{START}', names[arg_min(code, act.rowid) + 1], null
            from act, names group by begun, person, names),
        {"".join(_walk(over, place) for over, place in walks.items())}
        stepped as (
            select 'type' as over, * from typed {"".join(_steps(over) for over in walks)}),
        counted as (
            select over, source, target, count(*) as times, count(distinct stepped.person) as learners,
                round(median(seconds), 1) as median_seconds, count(reaching.person) as times_reached
            from stepped left join milestone_reached reaching on reaching.person = stepped.person::varchar
            group by over, source, target)
        select over, source, coalesce({cut("one.name")}, source) as source_name, target,
            coalesce({cut("other.name")}, target) as target_name, times, learners, median_seconds, times_reached
        from counted left join element one on one.element = if(over = 'element', source, null)
            left join element other on other.element = if(over = 'element', target, null)
        order by over desc, times desc, source, target"""
    )


def find_sequences(work: Workspace) -> None:
    """Make table `sequences`, whose columns are those of sequences.csv: three elements to which learners came one after
    the other within a session, the SEQUENCES most frequent; what happened in the course as a whole is passed over."""
    names = ("first", "second", "third")
    told = ", ".join(f"{place}.element as {place}, {cut(f'{place}.name')} as {place}_name" for place in names)
    joined = " ".join(f"join element {place} on {place}.element = found.{place}" for place in names)
    work.run(
        f"""create table sequences as
        with threes as (
            select person, spot as first, lead(spot) over () as second, lead(spot, 2) over () as third, begun,
                lead(begun, 2) over () as begun_third
            from {_came("element")} where is_new),
        counted as (
            from (select first, second, third, count(*) as times from threes where begun_third = begun group by all)
            order by times desc, first::varchar, second::varchar, third::varchar limit {SEQUENCES}),
        found as (
            select first::varchar as first, second::varchar as second, third::varchar as third,
                any_value(times) as times, count(distinct person) as learners
            from threes join counted using (first, second, third) where begun_third = begun group by all)
        select {told}, times, learners from found {joined} order by times desc, first, second, third"""
    )
