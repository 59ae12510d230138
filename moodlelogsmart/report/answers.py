"""What teachers ask, answered from the tables for analysis: who is absent, what is used, handed in, tried, written."""

import math
from dataclasses import dataclass, field, replace
from statistics import NormalDist
from typing import Any

from moodlelogsmart.meaning.roster import cut
from moodlelogsmart.report.comparison import ABSENT, NIGHT, Side, count_groups, find_sides
from moodlelogsmart.report.elements import told_sql
from moodlelogsmart.report.milestone import Apart, find_apart
from moodlelogsmart.report.words import kind_in_words
from moodlelogsmart.workspace import Workspace

SHOWN = 50  # rows of a table that a page shows; the files have all
DAYS = (7, 14, ABSENT)  # before the end of the log, within which learners were last seen
HOURS = 5  # in a bar of the hours that learners spent
_BARS = 20  # of these; who spent more is in the last
MEMBERS = 300  # of all groups together that a page shows
_PAIRS = 10  # learners with a grade of whom a correlation is told
_SURE = 0.95  # of its interval
_MEASURES = ("active_days", "sessions", "minutes", "events", "elements", "attempts", "submissions")
# Kinds of elements in which somebody watches or listens, of which a log tells something.
_MEDIA = (
    "h5pactivity", "hvp", "bigbluebuttonbn", "zoom", "kalvidres", "kalvidassign", "panopto", "panoptosubmission",
)  # fmt: skip
_TOLD = ("quiz", "forum", "hsuforum", *_MEDIA)  # that a page says to be there, or not


@dataclass(frozen=True)
class Grades:
    """Activity beside the grades of one `item`: `measures` are {measure, rho, n, low, high}, Spearman's rank
    correlation with its interval; `points` are active days and grade of learners."""

    item: str = ""
    learners: int = 0
    measures: list[dict[str, Any]] = field(default_factory=list)
    points: list[tuple[float, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Answers:
    """Of learners alone. Lists are the first SHOWN; times are ISO 8601, durations minutes.

    kinds: how many elements there are of the SHOWN modules with the most, and of those of which a page says that there
    are none. totals: of what the
    lists have some: how many there are ('assignments', 'quizzes', 'forums', 'media', 'groups', which can be compared,
    and 'few', groups that cannot), the submissions ('handed_in', 'on_the_day', 'after' it), the 'attempts', how many
    'tried' and how many of these are 'not_submitted', the 'posts' of learners, of whom there are so many 'writers', the
    discussions of which is known whether they were answered ('begun', 'answered'), and the fewest learners who did half
    of the events ('half_events').
    seen: how many were last seen within each of DAYS before the end, under 'longer' before, and 'never'; gone: who was
    seen longest ago; half_days: active days of half of them. labels: what was done by label of one's own, '' for the
    elements without one, nothing without labels. elements: the course elements, of many the most and the
    least used; elements_all and elements_hardly: how many there are, and how many hardly anybody used. minutes: the
    quartiles of their time on task; spent: how many spent so many times HOURS hours; busiest: the weekday (from Monday)
    and hours of most events, and night: the share from 22 to 6. groups: each with its members (`people`), who did
    most first, of many people not all. sides: what is compared, see report.comparison: all learners, then the groups.
    called: what this log calls the kinds of elements of which Moodle's language packs know no name.
    milestone: what the last exercise is called, to which so many came (`reached`); apart: these beside the others.
    """

    seen: dict[str, int] = field(default_factory=dict)
    gone: list[dict[str, Any]] = field(default_factory=list)
    never: list[str] = field(default_factory=list)
    half_days: int = 0
    elements: list[dict[str, Any]] = field(default_factory=list)
    labels: list[dict[str, Any]] = field(default_factory=list)
    elements_all: int = 0
    elements_hardly: int = 0
    assignments: list[dict[str, Any]] = field(default_factory=list)
    quizzes: list[dict[str, Any]] = field(default_factory=list)
    forums: list[dict[str, Any]] = field(default_factory=list)
    media: list[dict[str, Any]] = field(default_factory=list)
    minutes: list[float] = field(default_factory=list)
    spent: list[int] = field(default_factory=list)
    busiest: tuple[int, int, int] = (0, 0, 0)
    night: float = 0
    grades: Grades = field(default_factory=Grades)
    groups: list[dict[str, Any]] = field(default_factory=list)
    sides: list[Side] = field(default_factory=list)
    milestone: str = ""
    reached: int = 0
    apart: Apart = field(default_factory=Apart)
    kinds: dict[str, int] = field(default_factory=dict)
    called: dict[str, str] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)

    @property
    def is_any(self) -> bool:
        """Whether a learner did anything."""
        return bool(self.minutes)

    def shown(self) -> "Answers":
        """What a page shows of it: of the groups that are compared, and of those of few learners, the first SHOWN."""
        own, *groups = self.sides or [Side()]
        enough, few = ([one for one in groups if one.is_few is is_few][:SHOWN] for is_few in (False, True))
        return replace(self, sides=[own, *enough, *few] if self.sides else [])

    @property
    def has_media(self) -> bool:
        """Whether the course has something to watch or to listen to of which a log tells, used or not."""
        return not self.kinds.keys().isdisjoint(_MEDIA)


def find_answers(work: Workspace) -> Answers:
    """Ask the tables for analysis."""
    if not work.value("select exists (from act)"):
        return Answers()
    half, *minutes = work.run(
        """select quantile_disc(active_days, 0.5), quantile_cont(minutes, 0.25), median(minutes),
            quantile_cont(minutes, 0.75) from learners where events > 0"""
    )[0]
    elements, hardly = work.run("select count(*), count(*) filter (is_hardly_used) from activities")[0]
    busiest, night = _hours(work)
    return Answers(
        seen=_seen(work),
        gone=_rows(
            work,
            f"""select {cut("person")} as person, {cut("user_full_name")} as name, last_time as last from learners
            where days_absent >= {DAYS[-1]} order by days_absent desc, person""",
        ),
        never=[
            name for (name,) in work.run(f"select {cut('user_full_name')} from learners where events = 0 limit {SHOWN}")
        ],
        half_days=half,
        elements=_elements(work),
        labels=_labels(work),
        elements_all=elements,
        elements_hardly=hardly,
        kinds=dict(
            work.run(
                f"""select kind, count(*) from activities where kind in {_TOLD} or kind in (
                    select kind from activities group by kind order by count(*) desc, kind limit {SHOWN})
                group by kind order by kind"""
            )
        ),
        called=_called(work),
        totals=_totals(work),
        assignments=_assignments(work),
        quizzes=_quizzes(work),
        forums=_rows(work, f"select * exclude (element) replace ({cut('name')} as name) from forum"),
        media=_rows(
            work,
            f"""select {cut("name")} as name, kind, learners, events from activities
            where kind in {_MEDIA} and learners > 0""",
        ),
        minutes=[round(one, 1) for one in minutes],
        spent=_spent(work),
        busiest=busiest,
        night=night,
        grades=_grades(work),
        groups=_groups(work),
        sides=find_sides(work),
        milestone=_milestone(work),
        reached=work.value("select count(*) from learners where reached"),
        apart=find_apart(work),
    )


def _rows(work: Workspace, query: str) -> list[dict[str, Any]]:
    names = [row[0] for row in work.run(f"describe {query}")]
    return [dict(zip(names, row, strict=True)) for row in work.run(f"{query} limit {SHOWN}")]


def _called(work: Workspace) -> dict[str, str]:
    """The component that most kinds of events of a module have in the log, of SHOWN modules that the course has and
    that have no name in Moodle's language packs."""
    found = work.run(
        f"""with told as (
            select module, {cut("component")} as component, count(*) as n from meaning
            where component <> '' and module in (select kind from activities where learners > 0) group by all)
        select module, arg_max(component, (n, component)) from told group by module order by module"""
    )
    return dict([one for one in found if kind_in_words(one[0], "en") == one[0]][:SHOWN])


def _totals(work: Workspace) -> dict[str, int]:
    told: dict[str, int] = _rows(
        work,
        f"""select handed.*, tried.*, forums.*, wrote.*, most.*, media
        from (select count(distinct element) as assignments, count(*) filter (state = 'submitted') as handed_in,
                count(*) filter (timing = 'on the day') as on_the_day, count(*) filter (timing = 'after') as after
                from submissions) handed,
            (select count(distinct element) as quizzes, count(*) as attempts, count(distinct person) as tried,
                count(*) filter (state <> 'submitted') as not_submitted from attempts) tried,
            (select count(*) as forums, coalesce(sum(learners_posts), 0)::bigint as posts,
                coalesce(sum(answered), 0)::bigint as answered,
                coalesce(sum(discussions) filter (answered is not null), 0)::bigint as begun from forum) forums,
            (select count(*) filter (posts > 0) as writers from learners) wrote,
            (select count(*) as half_events from (
                select sum(events) over (order by events desc, person rows unbounded preceding) - events as before,
                    sum(events) over () as events_all from learners)
                where before < events_all / 2) most,
            (select count(*) as media from activities where kind in {_MEDIA} and learners > 0)""",
    )[0]
    return told | dict(zip(("groups", "few"), count_groups(work), strict=True))


def _seen(work: Workspace) -> dict[str, int]:
    within = " ".join(f"when days_absent < {days} then '{days}'" for days in DAYS)
    found = dict(
        work.run(f"""select case {within} else 'longer' end, count(*) from learners where events > 0 group by 1""")
    )
    # Counted on the list: with pseudonyms nobody of them is in the table.
    never = work.value("select count(*) from absent where kind = 'roster'")
    return {name: found.get(name, 0) for name in [*map(str, DAYS), "longer"]} | {"never": never}


def _hours(work: Workspace) -> tuple[tuple[int, int, int], float]:
    """The weekday and the three hours in which most was done, and the share of the night."""
    night = work.value(f"select round(count(*) filter ({NIGHT}) / count(*), 4) from act")
    weekday, begin = work.run(
        """with counted as (select isodow(day) - 1 as weekday, hour, count(*) as n from act group by all),
        bands as (select weekday, hour // 3 * 3 as begin, sum(n) as n from counted group by all)
        select weekday, begin from bands order by n desc, weekday, begin limit 1"""
    )[0]
    return (weekday, begin, begin + 3), night


def _elements(work: Workspace) -> list[dict[str, Any]]:
    return _rows(
        work,
        f"""select * exclude (element, turn) from ({told_sql()})
        where turn < {SHOWN} - 20 or (select count(*) from activities) - turn <= 20 order by turn""",
    )


def _labels(work: Workspace) -> list[dict[str, Any]]:
    """Of each label of one's own: elements, learners who were there, events, and estimated minutes of all together."""
    if not work.value("select exists (from element where label <> '')"):
        return []
    return _rows(
        work,
        """with own as (
            select label, count(distinct person) as learners
            from act join element on element.element = act.element::varchar group by label)
        select activities.label, count(*) as elements, coalesce(any_value(own.learners), 0) as learners,
            sum(events)::bigint as events, round(sum(minutes), 1) as minutes
        from activities left join own on own.label = activities.label
        group by activities.label order by activities.label = '', events desc, activities.label""",
    )


def _assignments(work: Workspace) -> list[dict[str, Any]]:
    return _rows(
        work,
        f"""select {cut("any_value(name)")} as name, count(*) filter (state = 'submitted') as handed_in,
            count(*) filter (state = 'draft') as drafts, any_value(busiest_day)::varchar as day,
            count(*) filter (timing = 'before') as before, count(*) filter (timing = 'on the day') as on_the_day,
            count(*) filter (timing = 'after') as after,
            count(*) filter (submissions > 1 and state = 'submitted') as again,
            count(*) filter (graded_time <> '') as graded, median(hours_to_grade) as hours_to_grade,
            count(*) filter (feedback_time <> '') as looked
        from submissions group by element order by min(last_time), element""",
    )


def _quizzes(work: Workspace) -> list[dict[str, Any]]:
    return _rows(
        work,
        f"""with own as (select element, person, count(*) as n from attempts group by all),
        usual as (select element, median(n) as attempts, count(*) as learners from own group by element)
        select {cut("any_value(name)")} as name, any_value(learners) as learners, any_value(usual.attempts) as attempts,
            quantile_cont(minutes, 0.25) as low, median(minutes) as minutes, quantile_cont(minutes, 0.75) as high,
            count(*) as tried, count(*) filter (state <> 'submitted') as given_up,
            count(*) filter (reviews > 0) as reviewed, count(*) filter (is_fast) as fast
        from attempts join usual on usual.element = attempts.element
        group by attempts.element order by min(started_time), attempts.element""",
    )


def _spent(work: Workspace) -> list[int]:
    found = dict(
        work.run(
            f"""select least(floor(minutes / 60 / {HOURS})::integer, {_BARS - 1}), count(*) from learners
            where events > 0 group by 1"""
        )
    )
    return [found.get(bar, 0) for bar in range(max(found) + 1)]


def _milestone(work: Workspace) -> str:
    found = work.run(f"""select {cut("any_value(name)")} from milestone_reached join element using (element)""")
    return str(found[0][0] or "")


def _grades(work: Workspace) -> Grades:
    """Activity beside the last item, which is the total of the course in Moodle's export."""
    item = work.run("select item from grade where value is not null order by place desc limit 1")
    if not item:
        return Grades()
    graded = work.run("select active_days, grade from learners where grade is not null order by 1, 2")
    points = [(float(days), grade) for days, grade in graded]
    measures = [_correlation(work, measure) for measure in _MEASURES] if len(points) >= _PAIRS else []
    return Grades(item[0][0], len(points), [one for one in measures if one], points[:500])


def _correlation(work: Workspace, measure: str) -> dict[str, Any] | None:
    """Spearman's rank correlation of a measure with the grade, ties at their mean rank, and its interval by Bonett and
    Wright, Psychometrika 65 (2000); None where one of the two is the same of everybody."""
    rho, n = work.run(
        f"""with ranked as (
            select rank() over (order by {measure}) + (count(*) over (partition by {measure}) - 1) / 2 as x,
                rank() over (order by grade) + (count(*) over (partition by grade) - 1) / 2 as y
            from learners where grade is not null)
        select corr(x, y), count(*) from ranked"""
    )[0]
    if rho is None or math.isnan(rho) or n < _PAIRS:
        return None
    rho = max(-1.0, min(1.0, rho))
    reach = NormalDist().inv_cdf((1 + _SURE) / 2) * math.sqrt((1 + rho**2 / 2) / (n - 3))
    center = math.atanh(max(-0.999999, min(0.999999, rho)))
    low, high = math.tanh(center - reach), math.tanh(center + reach)
    return {"measure": measure, "rho": round(rho, 2), "n": n, "low": round(low, 2), "high": round(high, 2)}


def _groups(work: Workspace) -> list[dict[str, Any]]:
    """The groups of the log, with those of them who never came: how many members they have, how many of these did
    something, and which part each did; of all: how many there are and how many `idle`, the least and the largest share
    of who did most in one (most_low, most_high)."""
    each = MEMBERS // max(1, min(SHOWN, work.value('select count(distinct "group") from contribution')))
    return _rows(
        work,
        f"""with missing as (
            select "group", count(*) as members from told_group
                join absent on absent.kind = told_group.kind and absent.place = told_group.place
            group by "group"),
        named as (select "group" from contribution union select "group" from missing)
        select {cut('any_value(named."group")')} as name,
            count(own.person) + coalesce(any_value(missing.members), 0) as members,
            count(*) filter (own.events > 0) as active, coalesce(sum(own.events), 0)::bigint as events,
            coalesce(list(struct_pack(
                name := coalesce(nullif({cut("user_full_name")}, ''), {cut("own.person")}),
                events := own.events, share := share, submissions := coalesce(submissions, 0),
                posts := coalesce(posts, 0), first := own.handed_in_first)
                order by own.events desc, own.person) filter (own.person is not null), [])[:{each}] as people,
            count(*) over () as groups_all, min(max(share)) over () as most_low, max(max(share)) over () as most_high,
            count(*) filter (coalesce(sum(own.events), 0) = 0) over () as idle
        from named left join contribution own on own."group" = named."group"
            left join learners on learners.person = own.person left join missing on missing."group" = named."group"
        group by named."group" order by named."group" """,
    )
