"""The people of the log whom a roster names as learners or staff."""

from pathlib import Path

from moodlelogsmart.messages import LogError
from moodlelogsmart.reading.roster import read_roster
from moodlelogsmart.reading.sources import as_text
from moodlelogsmart.workspace import Workspace


def load_roster(work: Workspace, path: Path | None) -> None:
    """Make table `on_roster` (person, role: 'staff' or 'learner') of the people in the log that the roster names.

    Raises LogError where it is no roster, or names nobody of the log.
    """
    work.run("create table roster (name varchar, role varchar)")
    work.run("create table on_roster (person varchar, role varchar)")
    if path is None:
        return
    work.run(
        "insert into roster select unnest($1).name, unnest($1).role",
        [[{"name": name, "role": role} for name, role in read_roster(as_text(path, work))]],
    )
    work.run(
        r"""create or replace macro plain(name) as lower(strip_accents(trim(regexp_replace(name, '\s+', ' ', 'g'))))"""
    )
    work.run(
        """insert into on_roster
        with people as (
            select distinct person, plain(name) as name from fact where person <> ''
            union all select distinct person, 'id ' || person from fact),
        listed as (
            select plain(name) as name, any_value(role) as role from roster
            group by all having count(distinct role) = 1)
        select person, any_value(role) from people join listed on listed.name = people.name
        group by person having count(distinct role) = 1"""
    )
    if not work.value("select count(*) from on_roster"):
        raise LogError(
            "Nobody on the roster is in the log; check that both are of the same course, and that the log names people."
        )
