"""Which people of the log are in which groups, as a file of groups says, else the list of participants."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from moodlelogsmart.meaning.matching import BATCH, beside, match_inside, match_people
from moodlelogsmart.reading.groups import GROUPS, read_groups
from moodlelogsmart.reading.sources import as_text
from moodlelogsmart.workspace import Workspace

_LONGEST = 200  # letters of the name of a group


def tell_groups(work: Workspace, kind: str, groups: Sequence[Sequence[str]]) -> None:
    """Put the groups of each person on a list of some `kind`, in its order, into `told_group`."""
    told = ((place, group) for place, listed in enumerate(groups) for group in listed)
    while batch := list(islice(told, BATCH)):
        work.run(
            f"insert into told_group select $1, unnest($2), left(unnest($3), {_LONGEST})",
            [kind, [place for place, _group in batch], [group for _place, group in batch]],
        )


def load_groups(work: Workspace, path: Path | None, courses: tuple[str, ...] = ()) -> None:
    """Make table `member` (person, "group") of the people of the log: by the file of groups, or where nobody in it is
    in the log by what the roster tells. Without either by what a dump or a backup tells of the one course of the log,
    or of those `courses` that are asked for. `told_group` is left with the groups of all on that list. Raises
    BesideError where the file tells no groups.
    """
    if path:
        with beside("groups"):
            people = list(read_groups(as_text(path, work, GROUPS)))
        match_people(work, "groups", ((one.person, "") for one in people))
        tell_groups(work, "groups", [one.groups for one in people])
    elif not work.value("select exists (from told_group)"):
        _take(work, courses)
    work.run("drop table group_inside")
    used = "groups" if work.value("select exists (from found_person where kind = 'groups')") else "roster"
    work.run("delete from told_group where kind <> $1", [used])
    work.run(
        """create table member as
        select distinct person, "group" from alone join told_group using (kind, place)
        order by all"""
    )


def _take(work: Workspace, courses: tuple[str, ...]) -> None:
    """Take the groups that a dump or a backup tells beside its log."""
    rows = match_inside(work, "groups", "from group_inside", courses)
    if rows:
        work.run(f"""insert into told_group select 'groups', place, "group" from {rows}""")
