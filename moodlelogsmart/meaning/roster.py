"""The people of the log whom a roster names as learners or staff."""

from pathlib import Path

from moodlelogsmart.reading.roster import read_roster
from moodlelogsmart.reading.sources import as_text
from moodlelogsmart.workspace import Workspace

# Pairs of a person and a name on the roster that are compared word by word, some seconds of work: those of a school.
_MOST_PAIRS = 50_000_000


def load_roster(work: Workspace, path: Path | None) -> None:
    """Make table `on_roster` (person, role: 'staff' or 'learner') of the people in the log that the roster names.

    Names are compared without order, commas, case and accents; who is not found so is the one person of whom all words
    of the shorter name stand in the longer one. Raises LogError where it is no roster.
    """
    work.run("create table roster (name varchar, role varchar)")
    work.run("create table on_roster (person varchar, role varchar)")
    if path is None:
        return
    work.run(
        "insert into roster select distinct unnest($1).name, unnest($1).role",
        [[{"name": name, "role": role} for name, role in read_roster(as_text(path, work))]],
    )
    work.run(
        r"""create or replace macro words(name) as list_sort(list_filter(
            string_split_regex(lower(strip_accents(name)), '[\s,;.]+'), word -> word <> ''))"""
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
    for pairs in (_ALIKE, _WITHIN):
        work.run(
            f"""insert into on_roster
            select person, any_value(role) from ({pairs}) where person not in (select person from on_roster)
            group by person having count(distinct role) = 1"""
        )
        # Who is found by the whole name is not looked for in others.
        work.run("delete from roster_words where name in (select name from person_words)")
        work.run("delete from person_words where person in (select person from on_roster) or len(name) < 2")
    work.run("drop table person_words")
    work.run("drop table roster_words")


# Pairs of a person and a role: of those who have the same name, and of those whose names hold one another.
_ALIKE = "select person, role from person_words join roster_words on roster_words.name = person_words.name"
_WITHIN = f"""
    with compared as (
        select person, said.name, listed.name as on_list, role
        from (select *, unnest(name) as word from person_words) said
            join (select *, unnest(name) as word from roster_words where len(name) > 1) listed
            on listed.word = said.word
        where (select count(*) from person_words) * (select count(*) from roster_words) <= {_MOST_PAIRS}
        group by all having count(distinct said.word) = least(len(said.name), len(listed.name)))
    select any_value(person) as person, any_value(role) as role from compared
    group by on_list having count(distinct person) = 1"""
