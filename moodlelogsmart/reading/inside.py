"""The groups and grades that a dump or a backup holds beside its log, of the courses that the log is of."""

from pathlib import Path

from moodlelogsmart.reading.sqldump import HEADERS, LISTS
from moodlelogsmart.workspace import Workspace

_LONGEST = 200  # letters of the name of a group or an item


def make_inside(work: Workspace) -> None:
    """Make tables `group_inside` (course, user_id, name, "group") and `grade_inside` (course, user_id, name, item,
    place, most, value, text), still empty: item is '' for the total of the course, which has the last place."""
    work.run('create table group_inside (course varchar, user_id varchar, name varchar, "group" varchar)')
    work.run(
        """create table grade_inside (course varchar, user_id varchar, name varchar, item varchar, place bigint,
            most double, value double, text varchar)"""
    )


def load_inside(work: Workspace, file: Path, place: int) -> None:
    """Add to these tables what table sqldump.LISTS in a file tells; `place` is that of its log among those of the job,
    whose rows are in `raw`, and whose people in `known_name`."""
    cells = dict.fromkeys(HEADERS[LISTS], "varchar")
    told = f"""read_csv($path, columns = {cells}, auto_detect = false, header = true, delim = ',', quote = '"',
        escape = '"', ignore_errors = true)"""
    path = {"path": str(file)}
    prefix = f"""(select coalesce(max(id), '') from {told} where "of" = 'prefix')"""
    work.run(
        f"""create or replace table owned as
        select substr("of", length(prefix) + 1) as "of", told.* exclude ("of", prefix)
        from (select *, {prefix} as prefix from {told}) told
        where "of" in (prefix || 'groups', prefix || 'grade_items')
            and first in (select course from raw where file = {place})""",
        path,
    )
    # Of many courses the log is of a few: what belongs to the others is never held.
    join = """join owned on owned."of" = '{0}' and owned.id = told.first
        left join known_name named on named.kind = 'person' and named.id = told.second"""
    work.run(
        f"""insert into group_inside
        select distinct owned.first, told.second, coalesce(named.name, ''), left(trim(owned.second), {_LONGEST})
        from (select * from {told} where ends_with("of", 'groups_members')) told {join.format("groups")}
        where told.second <> '' and owned.second <> ''""",
        path,
    )
    work.run(
        f"""insert into grade_inside
        with owned as (
            select *, row_number() over (
                order by third = 'course', try_cast(fourth as bigint), try_cast(id as bigint), id) as place
            from owned where "of" = 'grade_items' and third <> 'category')
        select owned.first, told.second, coalesce(named.name, ''),
            if(owned.third = 'course', '', left(trim(owned.second), {_LONGEST})), owned.place,
            try_cast(owned.fifth as double), try_cast(told.third as double), told.third
        from (select * from {told} where ends_with("of", 'grade_grades')) told {join.format("grade_items")}
        where told.second <> '' and isfinite(try_cast(told.third as double))""",
        path,
    )
    work.run("drop table owned")


def course_inside(work: Workspace, told: str, courses: tuple[str, ...]) -> str | None:
    """The one course of which a table of these (`told`, SQL) tells anything, of those that are asked for where any are;
    None where there are several, whose groups may have the same names, or none."""
    asked = "where course in (select unnest($1))" if courses else ""
    found = work.run(f"select distinct course {told} {asked} limit 2", [list(courses)] if courses else None)
    return str(found[0][0]) if len(found) == 1 else None
