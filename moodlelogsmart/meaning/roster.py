"""The people of the log whom a roster, or a person by hand, names as learners or staff."""

from itertools import islice
from pathlib import Path

from moodlelogsmart.meaning.corrections import Corrections
from moodlelogsmart.meaning.pseudonyms import coded, padded
from moodlelogsmart.reading.roster import read_roster
from moodlelogsmart.reading.sources import as_text
from moodlelogsmart.workspace import Workspace

_BATCH = 20_000  # names that are held at a time
# Letters of a name that are compared, and words of it; one that is longer is compared as a whole alone.
_LONGEST, _WORDS = 200, 20
# Pairs of a person and a name on the roster with a word in common, some seconds of work; a school has fewer.
_MOST_PAIRS = 50_000_000


def load_roster(work: Workspace, path: Path | None) -> None:
    """Make table `on_roster` (person, role: 'staff' or 'learner', source: 'roster') of the people in the log that the
    roster names.

    Names are compared without order, commas, case and accents; who is not found so is the one person of whom all words
    of the shorter name stand in the longer one. Raises LogError where it is no roster.
    """
    work.run("create table roster (name varchar, role varchar)")
    work.run("create table on_roster (person varchar, role varchar, source varchar default 'roster')")
    if path is None:
        return
    people = read_roster(as_text(path, work))
    while batch := [{"name": name, "role": role} for name, role in islice(people, _BATCH)]:
        work.run("insert into roster select distinct unnest($1).name, unnest($1).role", [batch])
    work.run(
        rf"""create or replace macro words(name) as list_sort(list_filter(
            string_split_regex(lower(strip_accents(left(name, {_LONGEST}))), '[\s,;.]+'), word -> word <> ''))"""
    )
    work.run(
        """create or replace table person_words as
        select distinct person, words(name) as name from fact where person <> ''
        union all select distinct person, words('id ' || person) from fact where person <> ''"""
    )
    work.run(
        """create or replace table roster_words as
        select words(name) as name, any_value(role) as role from roster group by all having count(distinct role) = 1"""
    )
    _match(work, "select person, role from person_words join roster_words on roster_words.name = person_words.name")
    if work.value(_PAIRS) <= _MOST_PAIRS:
        _match(work, _WITHIN)
    work.run("drop table person_words")
    work.run("drop table roster_words")


def correct_people(work: Workspace, corrections: Corrections, key: str) -> None:
    """Make table `corrected` (place, role, text, person), and have those people in `on_roster`, whatever it says.

    They are told by id, by name as the log writes it, which may be that of several, or by their code where there is
    the `key` of the pseudonyms. person is '' for who is not in the log.
    """
    told = [
        {"role": role, "text": text}
        for role, people in (("staff", corrections.staff), ("learner", corrections.learners))
        for text in people
    ]
    work.run("create table corrected (place bigint, role varchar, text varchar, person varchar)")
    if not told:
        return
    work.run("create table said (role varchar, text varchar)")
    for start in range(0, len(told), _BATCH):
        work.run("insert into said select unnest($1).role, unnest($1).text", [told[start : start + _BATCH]])
    work.run(
        """create table known_person as
        select distinct unnest([person, user_id, name]) as text, person
        from (select distinct person, user_id, name from fact where person <> '')"""
    )
    if key:
        people = "select distinct person as text, person as meant from fact where person <> ''"
        work.run(f"insert into known_person select {coded('u')}, text from ({people})", padded(bytes.fromhex(key)))
    work.run(
        """insert into corrected
        select said.rowid as place, role, said.text, coalesce(person, '') as person
        from said left join known_person on known_person.text = said.text and said.text not in ('', '-')"""
    )
    work.run("delete from on_roster where person in (select person from corrected)")
    work.run(
        """insert into on_roster
        select person, any_value(role), 'correction' from corrected where person <> ''
        group by person having count(distinct role) = 1"""
    )
    work.run("drop table said")
    work.run("drop table known_person")


def corrected_people(work: Workspace, role: str, known: bool) -> list[str]:
    """The people of table `corrected`, in the order in which they were told: as they were, or where only `known` ones
    are asked for as the log tells them apart.
    """
    text, those = ("person", "and person <> ''") if known else ("text", "")
    rows = work.run(f"select {text} from corrected where role = $1 {those} group by {text} order by min(place)", [role])
    return [text for (text,) in rows]


def _match(work: Workspace, pairs: str) -> None:
    """Add who is found by `pairs` (person, role), SQL; they and their names are not looked for any more."""
    work.run(
        f"""insert into on_roster (person, role)
        select person, any_value(role) from ({pairs}) where person not in (select person from on_roster)
        group by person having count(distinct role) = 1"""
    )
    # Who is found by the whole name is not looked for in others.
    work.run("delete from roster_words where name in (select name from person_words)")
    work.run(
        f"""delete from person_words
        where person in (select person from on_roster) or len(name) not between 2 and {_WORDS}"""
    )


# The words of people, and those of names on the roster.
_SAID = "(select *, unnest(list_distinct(name)) as word from person_words)"
_LISTED = f"""(select *, unnest(list_distinct(name)) as word from roster_words
    where len(name) between 2 and {_WORDS})"""
_PAIRS = f"""
    select coalesce(sum(people * names), 0)
    from (select word, count(*) as people from {_SAID} group by word)
        join (select word, count(*) as names from {_LISTED} group by word) using (word)"""
# Those whose names hold one another.
_WITHIN = f"""
    with compared as (
        select person, said.name, listed.name as on_list, role
        from {_SAID} said join {_LISTED} listed on listed.word = said.word
        group by all having count(distinct said.word) = least(len(said.name), len(listed.name)))
    select any_value(person) as person, any_value(role) as role from compared
    group by on_list having count(distinct person) = 1"""
