"""Stage clean: which rows are no learning of the person they name, and why."""

import re
from collections.abc import Sequence

from moodlelogsmart.meaning.pseudonyms import coded, padded
from moodlelogsmart.meaning.roster import cut
from moodlelogsmart.reading.columns import read_labels
from moodlelogsmart.reading.dump import EXTRA
from moodlelogsmart.reading.model import COLUMNS
from moodlelogsmart.workspace import Workspace, quoted

# The reasons in the order in which they are looked for, as they stand in dropped_events.csv.
REASONS = [
    "unreadable",
    "repeated",
    "no_time",
    "logged_in_as",
    "system",
    "side_effect",
    "guest",
    "staff",
    "not_own_act",
    "filtered",
]

# Moodle's user ids of nobody: 0 is not logged in, -1 unknown, -10 the command line and -20 the system; 1 is the
# guest account of every installation, but a person in logs whose ids were numbered anew. Guests only look.
_SYSTEM_IDS = "('-1', '-10', '-20')"
_NOT_LOGGED_IN, _GUEST = "0", "1"
_LOOKS = "('viewed', 'searched', 'listed', 'launched', 'downloaded', 'printed', 'played', 'loggedin', 'loggedout')"

_LONGEST, _MOST_WORDS = 300, 50  # letters and words of a name that is taken apart

# "Real Person as Student One", in any language: somebody of the staff who looks at the site with a student's eyes. What
# stands between the two names and behind them; one word in Latin letters may as well be part of a name.
_PHRASES = sorted(
    {
        tuple(row["label"].removeprefix("<real>").split("<as>", 1))
        for row in read_labels()
        if row["column"] == "logged_in_as"
    }
)
_WORDS = [phrase for phrase in _PHRASES if re.fullmatch("[A-Za-z]+", "".join(phrase).strip())]
_AS = " or ".join(f"name like {quoted(f'_%{b}_%{e}')}" for b, e in _PHRASES if (b, e) not in _WORDS)
_AS_WORDS = ", ".join(f"({quoted(between)}, {quoted(behind)})" for between, behind in _WORDS)


def find_names(work: Workspace, own: Sequence[str] = (), key: str = "") -> None:
    """Make tables `seen_name` (person, name, user_id, events), everybody in the log, to whom
    `match_people` adds names of lists (events is 0), and `posing` (name, rows, last) of the names under which somebody
    looks at the site as another person, which are not in seen_name.

    `own`: names that are somebody's, whatever they look like, as the log writes them, as a page cuts them, or as codes
    where there is the `key` of the pseudonyms; those of them are in table `own_name` (text, name) as well.
    """
    work.run("create table seen_name as select person, name, user_id, count(*) as events from fact group by all")
    _find_posing(work)
    _find_own(work, own, key)
    work.run(
        """create or replace table posing as
        select name, count(*) as rows, strftime(max(moment), '%Y-%m-%d') as last from fact
        where name in (select name from posing where name not in (select name from own_name)) group by name"""
    )
    work.run("delete from seen_name where name in (select name from posing)")


def _find_own(work: Workspace, own: Sequence[str], key: str) -> None:
    work.run("create table own_name (text varchar, name varchar)")
    if not own:
        return
    shown = f"select name, unnest([name, {cut('name')}]) as text from posing"
    told = "select distinct text, name from ({}) where list_contains($own, text)"
    work.run(f"insert into own_name {told.format(shown)}", {"own": [*own]})
    if key:
        codes = f"select meant as name, {coded('u')} as text from (select name as meant from posing)"
        work.run(f"insert into own_name {told.format(codes)}", {"own": [*own], **padded(bytes.fromhex(key))})


def find_staff(work: Workspace) -> None:
    """Make tables `staff` (person, course, source, event_name), who is taken for staff and why, `doubtful` (person,
    course, event_name), and `guest` (person).

    An act that learners cannot do makes a person staff, in a log of several courses in the course of that act (course
    is NULL for all of them, as it is for an administrator's act); table `on_roster` overrules. source is 'log' or that
    of on_roster; event_name is that act as the log calls it, '' for others. Who did one such act or two of
    one kind, none of them an administrator's, and otherwise works as learners do, stays a learner, and is doubtful.
    """
    _find_marks(work)
    work.run(
        """create table suspect as
        with own as (
            select distinct person, course from fact join identity on identity.sentence_id = fact.sentence_id
                join context on context.context_id = fact.context_id
            where own <> '' and affected in ('', person) and person in (select person from mark))
        select person, course, arg_min(event_name, row) as event_name,
            count(*) <= 2 and count(distinct kind) = 1 and not bool_or(is_admin) and exists (
                select 1 from own where own.person = mark.person and (mark.course is null or own.course = mark.course)
            ) as is_doubtful
        from mark where person not in ('', '0') and person not in (select person from on_roster)
        group by person, course"""
    )
    work.run(
        """create table staff as
        select person, course, 'log' as source, event_name from suspect where not is_doubtful
        union all select person, null, source, '' from on_roster where role = 'staff'"""
    )
    work.run(
        """create table doubtful as
        select person, course, event_name from suspect
        where is_doubtful and person not in (select person from staff where course is null)"""
    )
    work.run("drop table suspect")
    work.run(
        f"""create table guest as select '{_NOT_LOGGED_IN}' as person union all select '{_GUEST}'
        where not exists (
            from (select person from staff union all select person from on_roster
                union all select person from fact join identity on identity.sentence_id = fact.sentence_id
                where action not in {_LOOKS})
            where person = '{_GUEST}')"""
    )


def _find_marks(work: Workspace) -> None:
    """Make table `mark` (row, person, course, event_name, kind, is_admin): the rows that tell their doer to be staff.

    course is NULL where the act counts in all courses.
    """
    _find_places(work)
    course = (
        "nullif(course, '')" if work.value("select count(distinct nullif(course, '')) > 1 from context") else "null"
    )
    work.run(
        f"""create table mark as
        select fact.row, person, if(marks = 'admin', null, {course})::varchar as course, event_name,
            module || ' ' || event as kind, marks = 'admin' as is_admin
        from fact join identity on identity.sentence_id = fact.sentence_id
            join context on context.context_id = fact.context_id
        where marks <> '' and person not in {_SYSTEM_IDS} and not as_other
            and fact.name not in (select name from posing)
            and (marks in ('staff', 'admin') or marks = 'teaching' and affected <> person
                or marks = 'staff_if_other' and affected not in ('', '0', person))
            and fact.row not in (select row from learners_place)"""
    )


def _find_places(work: Workspace) -> None:
    """Make table `learners_place` (row): acts of staff that are a learner's where they were done.

    That is within an activity in which learners may do so, or where the person uses such an activity.
    """
    work.run("create table learners_place (row bigint)")
    if not work.value("select count(*) from identity where within <> '' or beside <> ''"):
        return
    work.run(
        r"""create table place_of as
        select context_id, module from context join local_name on component = folded(split_part(event_context, ':', 1))
            join catalogue using (class) where starts_with(class, '\mod_')
        union select context_id, module from fact join identity using (sentence_id) join context using (context_id)
        where starts_with(class, '\mod_') and starts_with(event_context, 'Course module ')"""
    )
    work.run(
        """insert into learners_place
        select fact.row from fact join identity using (sentence_id)
        where within <> '' and (context_id, within) in (select context_id, module from place_of)
            or beside <> '' and (person, beside) in (
                select person, module from fact join identity using (sentence_id) where person <> '')"""
    )
    work.run("drop table place_of")


def _find_posing(work: Workspace) -> None:
    """Make table `posing` (name), for now: names of which _AS knows the words, and such as hold another name of the
    same id, and at least two words beside it.

    So reads "Real Person as Student One" in languages of which _AS does not know the words: the id is the student's.
    Without ids both of the names must be in the log, with one word or up to three between them. Words that may be part
    of a name ("Khalid as Sabah") are taken for _AS only where the log shows it, see `_find_halves`.
    """
    _find_halves(work)
    work.run(
        f"""create table posing as
        with names as (select *, string_split(name, ' ') as words from seen_name where length(name) < {_LONGEST}),
        begun as (select names.*, i from names, range(2, 20) t(i)
            where user_id = '' and i <= len(words) - 3
                and array_to_string(words[1:i], ' ') in (select name from names)),
        ended as (select begun.name, array_to_string(words[i + 1 + between:], ' ') as other
            from begun, range(1, 4) b(between) where i + between <= len(words) - 2)
        select distinct name from (
            select name, user_id, unnest([array_to_string(words[i:], ' '), array_to_string(words[:-i], ' ')]) as other
            from names, range(3, {_MOST_WORDS}) t(i) where user_id <> '' and i <= len(words))
        where other not in ('', '-') and (user_id, other) in (select (user_id, name) from names)
        union select name from ended where other in (select name from names where user_id = '')
        union select name from half where half in (select name from seen_name)
            or half in (select affected_user from raw where affected_user in (select half from half))
        union (select name from half where contains(half, ' ') qualify count(*) over (partition by half) > 1)
        union select name from other_name
        union select name from names where {_AS}"""
    )


def _find_halves(work: Workspace) -> None:
    """Make table `half` (name, half) of what stands before and behind a word such as "as" in a name, and `other_name`
    (name) of those of them whose id acts under another name too.

    The name is no one's own where a half of it stands alone in the log, where two of them share a half that is a full
    name, or where its id has another name. In all other cases the word is part of the name.
    """
    work.run(
        f"""create table half as
        with split as (
            select distinct name, between,
                string_split(replace(name[:length(name) - length(behind)], between, chr(0)), chr(0)) as parts
            from seen_name join (values {_AS_WORDS}) phrase(between, behind)
                on contains(name, between) and ends_with(name, behind)
            where length(name) < {_LONGEST}),
        cut as (
            select name, [replace(array_to_string(half, chr(0)), chr(0), between)
                for half in [parts[:i], parts[i + 1:]]] as halves
            from split, range(1, 20) t(i) where i < len(parts))
        select distinct name, unnest(halves) as half from cut where not list_has_any(halves, ['', '-'])"""
    )
    # Who looks at something is whom the sentence names, which is not so of all that is done; a row without a name is
    # somebody's whose names were taken out.
    work.run(
        f"""create table other_name as
        with mine as (select * from seen_name where user_id <> '' and name in (select name from half)),
        seen as (select distinct name, user_id from fact where user_id in (select user_id from mine)
            and sentence_id in (select sentence_id from identity where action in {_LOOKS}))
        select distinct mine.name from mine join seen on seen.user_id = mine.user_id and seen.name <> mine.name
            and (seen.name, mine.name) not in (select (name, half) from half)"""
    )


def find_drops(work: Workspace, keep: tuple[str, ...]) -> None:
    """Make table `judged` (row, reason) of the rows that are no learning, and `reason`, those that are left out.

    `keep` names those that stay beside the learners, as in Options.
    """
    _find_repeats(work)
    work.run(
        f"""create table judged as
        with reasoned as (
            select fact.row, case
                when fact.row in (select row from repeat) then 'repeated'
                when moment is null then 'no_time'
                when as_other or fact.name in (select name from posing) then 'logged_in_as'
                when user_id in {_SYSTEM_IDS} or unattended then 'system'
                when side_effect = 'yes' or side_effect = 'self' and affected in ('', fact.person)
                    or marks = 'admin' and fact.row in (select row from learners_place) then 'side_effect'
                when fact.person in (select person from guest) then 'guest'
                when fact.person in (select person from staff where staff.course is null)
                    or (fact.person, context.course) in (select person, course from staff)
                    or context.course = '' and fact.person in (select person from staff)
                    or fact.row in (select row from mark where person not in (select person from on_roster))
                    then 'staff'
                when event = 'course_module_completion_updated' and affected not in ('', fact.person) then 'not_own_act'
                end as reason
            from fact join identity on identity.sentence_id = fact.sentence_id
                join context on context.context_id = fact.context_id
        )
        select * from reasoned where reason is not null"""
    )
    for table in ("mark", "learners_place"):
        work.run(f"drop table {table}")
    work.run("create table reason as select * from judged where not list_contains($1, reason)", [list(keep)])


def _find_repeats(work: Workspace) -> None:
    """Make table `repeat` (row): the rows that an earlier file of the same job holds as well.

    Within one file equal rows are real events of the same minute, so the n-th of a file repeats the n-th of another,
    whatever way each of them writes the time. Where one file ends in the minute in which another begins, a log was cut
    there, and equal rows of that minute are real as well.
    """
    work.run("create table repeat (row bigint)")
    if not work.value("select max(file) from raw"):
        return
    cells = ", ".join(name for name in (*COLUMNS, *EXTRA) if name != "time")
    work.run(
        f"""insert into repeat
        with told as (select * replace (coalesce(moment::varchar, time) as moment) from timed),
        counted as (select *, row_number() over (partition by file, moment, {cells} order by row) as nth from told),
        paired as (
            select row, file, lag(file) over (partition by moment, {cells}, nth order by file) as other from counted),
        span as (select file, min(moment) as first, max(moment) as last from timed group by file)
        select row from paired join span one on one.file = paired.file join span two on two.file = paired.other
        where not coalesce(one.first < one.last and two.first < two.last
            and least(one.last, two.last) = greatest(one.first, two.first), false)"""
    )
