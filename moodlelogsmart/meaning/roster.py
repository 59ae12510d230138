"""The people of the log whom a roster, or a person by hand, names as learners or staff."""

from pathlib import Path

from moodlelogsmart.meaning.corrections import Corrections
from moodlelogsmart.meaning.groups import tell_groups
from moodlelogsmart.meaning.matching import BATCH, beside, match_people
from moodlelogsmart.meaning.pseudonyms import coded, padded
from moodlelogsmart.reading.roster import ROSTER, read_roster
from moodlelogsmart.reading.sources import as_text
from moodlelogsmart.workspace import Workspace

SHOWN = 200  # letters of a text of the log that a page shows


def cut(text: str) -> str:
    """SQL: the text as a page shows it, which never grows with what a name or an event is called."""
    return f"if(length({text}) > {SHOWN}, left({text}, {SHOWN}) || '…', {text})"


def load_roster(work: Workspace, path: Path | None) -> None:
    """Make table `on_roster` (person, role: 'staff' or 'learner', source: 'roster') of the people in the log whom the
    roster names, as `match_people` finds them, and put the groups that it tells into `told_group`. Raises BesideError
    where it is no roster.
    """
    work.run("create table on_roster (person varchar, role varchar, source varchar default 'roster')")
    if path is None:
        return
    with beside("roster"):
        people = list(read_roster(as_text(path, work, ROSTER)))
    match_people(work, "roster", ((one.person, one.role) for one in people))
    tell_groups(work, "roster", [one.groups for one in people])
    work.run(
        """insert into on_roster (person, role)
        select distinct person, role from found_person join listed using (kind, place)
        where kind = 'roster' and role <> ''"""
    )


def correct_people(work: Workspace, corrections: Corrections, key: str) -> None:
    """Make table `corrected` (place, role, text, person, state), and have these people in `on_roster` as they are told.

    They are named by id, by name as the log writes it or a page cuts it, or by their code where there is the `key` of
    the pseudonyms. state: 'used', or why nothing is: 'unknown' for who is not in the log (person is ''), 'several'
    for a name that several people have, 'both' for who is told to learn and to teach, and 'overruled' for who was told
    otherwise, by number and by name, before. 'posing' is a name under which somebody looks as another person, told to
    be staff's, as it is.
    """
    told = [
        {"role": role, "text": text, "earlier": corrections.earlier.get(text, 0)}
        for role, people in (("staff", corrections.staff), ("learner", corrections.learners))
        for text in people
    ]
    work.run("create table corrected (place bigint, role varchar, text varchar, person varchar, state varchar)")
    if not told:
        return
    work.run("create table said (role varchar, text varchar, earlier bigint)")
    for start in range(0, len(told), BATCH):
        work.run(
            "insert into said select unnest($1).role, unnest($1).text, unnest($1).earlier",
            [told[start : start + BATCH]],
        )
    _find_known(work, key)
    work.run(
        f"""insert into corrected
        with meant as (
            select said.rowid as place, role, said.text, earlier, coalesce(person, '') as person
            from said left join known_person on known_person.text = said.text and said.text not in ('', '-')
            qualify is_id is null or is_id = bool_or(is_id) over (partition by said.rowid)),
        counted as (select *, count(*) over (partition by place) as people from meant),
        last as (
            select person, min(earlier) as earlier, any_value(role) as role, count(distinct role) as roles
            from counted where people = 1 group by person, earlier
            qualify earlier = min(earlier) over (partition by person))
        select place, counted.role, text, person, case
            when text in (select unnest([name, {cut("name")}]) from posing) then 'posing'
            when person = '' then 'unknown' when people > 1 then 'several'
            when counted.earlier > last.earlier and (roles > 1 or counted.role <> last.role) then 'overruled'
            when roles > 1 then 'both' else 'used' end
        from counted left join last using (person) order by place, person"""
    )
    work.run("delete from on_roster where person in (select person from corrected where state = 'used')")
    work.run("insert into on_roster select distinct person, role, 'correction' from corrected where state = 'used'")
    work.run("drop table said")
    work.run("drop table known_person")


def _find_known(work: Workspace, key: str) -> None:
    """Make table `known_person` (text, person, is_id): by what somebody may be called."""
    work.run(
        f"""create table known_person as
        with called as (
            select person as text, person, true as is_id from seen_name
            union select name, person, false from seen_name where name <> person
            union select user_id, person, false from seen_name where user_id <> person)
        select text, person, bool_or(is_id) as is_id
        from (from called union all
            select left(text, {SHOWN}) || '…', person, is_id from called where length(text) > {SHOWN}
            -- As staff.csv has what a spreadsheet would run.
            union all select chr(39) || text, person, is_id from called where text[1] in ('=', '+', '-', '@'))
        where person <> '' group by text, person"""
    )
    if key:
        people = "select distinct person as text, person as meant from seen_name where person <> ''"
        own = "select name, person, name as meant from seen_name where name in (select name from own_name)"
        padded_key = padded(bytes.fromhex(key))
        work.run(f"insert into known_person select {coded('u')}, text, true from ({people})", padded_key)
        work.run(f"insert into known_person select {coded('u')}, person, false from ({own})", padded_key)


def corrected_people(work: Workspace, role: str, known: bool) -> list[str]:
    """The people of table `corrected`, ids by number and then names, but for what was overruled: as they were told, or
    where only `known` ones are asked for as the log tells them apart, or by the code of a name of table `own_name`.
    """
    text = "coalesce(nullif(text, ''), person)" if known else "text"
    those = "state = 'used'" if known else "state <> 'overruled'"
    rows = work.run(
        f"""from (select distinct {text} as text from corrected where role = $1 and {those})
        order by try_cast(text as bigint), text""",
        [role],
    )
    return [text for (text,) in rows]
