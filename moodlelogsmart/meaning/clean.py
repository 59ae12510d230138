"""Stage clean: which rows are no learning of the person they name, and why."""

from moodlelogsmart.reading.columns import COLUMNS, read_labels
from moodlelogsmart.reading.dump import EXTRA
from moodlelogsmart.workspace import Workspace, quoted

# The reasons in the order in which they are looked for, as they stand in dropped_events.csv.
REASONS = ["unreadable", "repeated", "no_time", "logged_in_as", "system", "guest", "staff", "not_own_act"]

# Moodle's user ids of nobody: 0 is not logged in, -1 unknown, -10 the command line and -20 the system; 1 is the
# guest account of every installation, but a person in logs whose ids were numbered anew. Guests only look.
_SYSTEM_IDS = "('-1', '-10', '-20')"
_NOT_LOGGED_IN, _GUEST = "0", "1"
_LOOKS = "('viewed', 'searched', 'listed', 'launched', 'downloaded', 'printed', 'played', 'loggedin', 'loggedout')"

# "Real Person as Student One", in any language: somebody of the staff who looks at the site with a student's eyes.
_AS = "({})".format(
    " or ".join(
        f"name like {quoted(row['label'].replace('<real>', '_%').replace('<as>', '_%'))}"
        for row in read_labels()
        if row["column"] == "logged_in_as"
    )
)


def find_staff(work: Workspace) -> None:
    """Make table `staff` (person, source, event_name): who is taken for staff, and why; and table `guest` (person).

    One act that learners cannot do makes a person staff for the whole log; a roster, where there is one, overrules.
    source is 'log' or 'roster'; event_name is that act as the log calls it ('' for the roster).
    """
    _find_posing(work)
    work.run(
        f"""create table staff as
        with taught as (
            select person, arg_min(event_name, fact.row) as event_name
            from fact join identity on identity.sentence_id = fact.sentence_id
            where person not in ('', '{_NOT_LOGGED_IN}') and person not in {_SYSTEM_IDS}
                and not as_other and fact.name not in (select name from posing)
                and (staff = 'act' or staff = 'teaching' and affected <> person
                    or staff = 'other' and affected not in ('', person))
            group by person)
        select person, 'log' as source, event_name from taught where person not in (select person from on_roster)
        union all select person, 'roster', '' from on_roster where role = 'staff'"""
    )
    work.run(
        f"""create table guest as select '{_NOT_LOGGED_IN}' as person union all select '{_GUEST}'
        where '{_GUEST}' not in (select person from staff union all select person from on_roster
            union all select person from fact join identity on identity.sentence_id = fact.sentence_id
            where action not in {_LOOKS})"""
    )


def _find_posing(work: Workspace) -> None:
    """Make table `posing` (name): names of which _AS knows the words, and such as hold another name of the same id, and
    at least two words beside it.

    So reads "Real Person as Student One" in languages of which _AS does not know the words: the id is the student's.
    Without ids both of the names must be in the log, with one word or up to three between them.
    """
    # A table, for within one query what is asked of the names would be asked of every row.
    work.run("create table seen_name as select distinct name, user_id from fact")
    work.run(
        f"""create table posing as
        with names as (select *, string_split(name, ' ') as words from seen_name where length(name) < 300),
        begun as (select names.*, i from names, range(2, 20) t(i)
            where user_id = '' and i <= len(words) - 3
                and array_to_string(words[1:i], ' ') in (select name from names)),
        ended as (select begun.name, array_to_string(words[i + 1 + between:], ' ') as other
            from begun, range(1, 4) b(between) where i + between <= len(words) - 2)
        select distinct one.name from names one join names other on one.user_id = other.user_id
        where one.user_id <> '' and other.name not in ('', '-') and len(one.words) >= len(other.words) + 2
            and (ends_with(one.name, ' ' || other.name) or starts_with(one.name, other.name || ' '))
        union select name from ended where other in (select name from names where user_id = '')
        union select name from seen_name where {_AS}"""
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
                when user_id in {_SYSTEM_IDS} or unattended or identity.staff = 'system' then 'system'
                when fact.person in (select person from guest) then 'guest'
                when staff.person is not null then 'staff'
                when identity.staff = 'record' or event = 'course_module_completion_updated'
                    and affected not in ('', fact.person) then 'not_own_act'
                end as reason
            from fact join identity on identity.sentence_id = fact.sentence_id
                left join staff on staff.person = fact.person
        )
        select * from reasoned where reason is not null"""
    )
    work.run("create table reason as select * from judged where not list_contains($1, reason)", [list(keep)])


def _find_repeats(work: Workspace) -> None:
    """Make table `repeat` (row): the rows that an earlier file of the same job holds as well.

    Within one file equal rows are real events of the same minute, so the n-th of a file repeats the n-th of another,
    whatever way each of them writes the time.
    """
    work.run("create table repeat (row bigint)")
    if not work.value("select max(file) from raw"):
        return
    cells = ", ".join(name for name in (*COLUMNS, *EXTRA) if name != "time")
    work.run(
        f"""insert into repeat
        with told as (select * replace (coalesce(moment::varchar, time) as moment) from timed),
        counted as (select *, row_number() over (partition by file, moment, {cells} order by row) as nth from told)
        select row from counted qualify row_number() over (partition by moment, {cells}, nth order by file) > 1"""
    )
