"""The grades of the people of the log."""

from itertools import islice
from pathlib import Path

from moodlelogsmart.meaning.matching import BATCH, beside, match_inside, match_people
from moodlelogsmart.reading.grades import GRADES, read_grades, value_of
from moodlelogsmart.reading.sources import as_text
from moodlelogsmart.workspace import Workspace

_LONGEST = 200  # letters of the name of an item


def load_grades(work: Workspace, path: Path | None, courses: tuple[str, ...] = ()) -> None:
    """Make table `grade` (person, item, place, value, text, most) of the people of the log; who has none has no row.

    Without a file they are those that a dump or a backup tells of the one course of the log, or of those `courses` that
    are asked for; item is '' for the total of the course then. Raises BesideError where the file holds no grades.
    """
    work.run("create table told_grade (person_at bigint, place integer, value double, text varchar)")
    work.run("create table told_item (place integer, item varchar, most double)")
    if path:
        _load(work, path)
    else:
        _take(work, courses)
    work.run("drop table grade_inside")
    work.run(
        """create table grade as
        select person, item, told_grade.place, value, text, most
        from alone join told_grade on alone.place = person_at
            join told_item on told_item.place = told_grade.place
        where kind = 'grades' order by person, told_grade.place"""
    )
    work.run("drop table told_grade")
    work.run("drop table told_item")


def _load(work: Workspace, path: Path) -> None:
    """Match who is in a file of grades, and fill `told_grade` and `told_item`."""
    with beside("grades"):
        items, graded = read_grades(as_text(path, work, GRADES))
        people = [one for one in graded if one.person.called]
    match_people(work, "grades", ((one.person, "") for one in people))
    work.run(
        f"insert into told_item select unnest($1), left(unnest($2), {_LONGEST}), unnest($3)",
        [list(range(len(items))), [item.name for item in items], [item.most for item in items]],
    )
    told = ((at, place, grade) for at, one in enumerate(people) for place, grade in enumerate(one.grades) if grade)
    while batch := list(islice(told, BATCH)):
        work.run(
            "insert into told_grade select unnest($1), unnest($2), unnest($3), unnest($4)",
            [
                [at for at, _place, _grade in batch],
                [place for _at, place, _grade in batch],
                [value_of(grade) for _at, _place, grade in batch],
                [grade for _at, _place, grade in batch],
            ],
        )


def _take(work: Workspace, courses: tuple[str, ...]) -> None:
    """Take the grades that a dump or a backup tells beside its log."""
    rows = match_inside(work, "grades", "from grade_inside", courses)
    if rows:
        work.run(
            f"""insert into told_item select inside.place, any_value(item), any_value(most)
            from {rows} group by inside.place"""
        )
        work.run(f"insert into told_grade select listed.place, inside.place, value, text from {rows}")
