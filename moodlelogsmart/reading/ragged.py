"""Stage read, rows that do not have the usual number of cells: understood where there is one way to, else told."""

from collections.abc import Callable

from moodlelogsmart.reading import headers
from moodlelogsmart.reading.layout import Layout
from moodlelogsmart.workspace import Workspace, quoted

MOST = 200  # columns of a log whose rows are mended; a cell too many can be in so many places
SURPLUS = 20  # cells more than usual that a row may have and still be understood
# A row is what it seems where most of these hold what the good rows of the same file hold as well.
_FAMILIAR = ["user_full_name", "affected_user", "component", "event_name", "origin"]
_IS_TIME = r"(length(time) between 9 and 60 and regexp_matches(time, '[0-9]{1,2}[:.][0-9]{2}|^[0-9]{9,13}$'))"


def mend(work: Workspace, layout: Layout, select: Callable[[str, str], str], place: int) -> None:
    """Move what DuckDB rejected of the last file read to table `raw`, or to `unread` (line, text).

    `select` gives the SQL of raw's columns of rows with the cells c0, c1, ..., behind columns of theirs. Cells missing
    at the end are empty ones, empty cells too many there are left away. A row with more cells has a delimiter in a text
    without quotes: the cells are joined where all others then hold what they hold in the good rows, if that is so in
    one place only. A quote that is never closed swallows the lines behind it, so these are looked at one by one.
    Headers are left out. Raises LogError where one is of other columns.
    """
    delimiter, escape, width = layout.delimiter.value, layout.escape, layout.width
    work.run(
        """create or replace table rejected as select line, any_value(csv_line) as text from reject_errors
        group by file_id, line"""
    )
    work.run("delete from reject_errors")
    if not work.value("select count(*) from rejected"):
        return
    work.run(
        f"""create or replace table broken as
        with lines as (
            select line, unnest(if(_odd(text), string_split(rtrim(text, chr(10)), chr(10)), [text])) as text,
                generate_subscripts(if(_odd(text), string_split(rtrim(text, chr(10)), chr(10)), [text]), 1) - 1 as nth
            from rejected)
        select row_number() over (order by line, nth) as id, line + nth as line, rtrim(text, chr(13)) as text,
            {_cells("rtrim(text, chr(13))", delimiter, escape, width)} as cells
        from lines where trim(text, chr(10) || chr(13)) <> ''""".replace(
            "_odd(text)", "(length(text) - length(replace(text, '\"', ''))) % 2 = 1"
        )
    )
    headers.take_out(work, layout.header)
    _realign(work, delimiter, width, select, place)
    # By their place, for the order of the rows tells in which way a log runs.
    work.run("insert into raw select columns(c -> c <> 'id') from mended order by id")
    work.run("insert into unread select line, text from broken where id not in (select id from mended) order by id")


def _cells(text: str, delimiter: str, escape: str, width: int) -> str:
    """SQL: the cells of a line; as PHP writes quotes where that gives as many as usual.

    Where its quotes do not pair, quotes mean nothing.
    """
    inside = r'(?:[^"\\]|\\.)' if escape == "\\" else '(?:[^"]|"")'
    by_php = _taken_apart(text, delimiter, r'(?:[^"\\]|""|\\"?)', '"')
    return f"""case when contains({text}, '\\"') and len({by_php}) = {width} then {by_php}
        when (length({text}) - length(replace({text}, '"', ''))) % 2 = 1
            then [trim(cell, '"') for cell in string_split({text}, {quoted(delimiter)})]
        else {_taken_apart(text, delimiter, inside, escape)} end"""


def _taken_apart(text: str, delimiter: str, inside: str, escape: str) -> str:
    """SQL: the cells of a line between delimiters; `inside` is what can be between quotes, as an expression."""
    mark = {"\t": r"\t", "|": r"\|"}.get(delimiter, delimiter)
    bare = f"regexp_extract_all({quoted(delimiter)} || {text}, '{mark}(\"{inside}*\"|[^{mark}]*)', 1, 's')"
    unquoted = """if(cell like '"%"', replace(cell[2:-2], escape_mark || '"', '"'), cell)""".replace(
        "escape_mark", quoted(escape)
    )
    return f"[{unquoted} for cell in {bare}]"


def _realign(work: Workspace, delimiter: str, width: int, select: Callable[[str, str], str], place: int) -> None:
    """Make table `mended`: the columns of raw, and the id of the broken row, for those that can be understood."""
    cells = ", ".join(f"cells[{at + 1}] as c{at}" for at in range(width))
    known = " + ".join(f"({name} in (select {name} from raw where file = {place}))::integer" for name in _FAMILIAR)
    work.run(
        f"""create or replace table mended as
        with counted as (select id, cells, len(cells) - {width} as surplus from broken),
        ways as (
            select id, true as sure, cells || ['' for missing in range(-surplus)] as cells
            from counted where surplus <= 0
            union all select id, true, cells[1:{width}] from counted
            where surplus > 0 and list_unique(cells[{width} + 1:]) = 1 and cells[-1] = ''
            union all select id, false, cells[1:spot - 1]
                || [array_to_string(cells[spot:spot + surplus], {quoted(delimiter)})] || cells[spot + surplus + 1:]
            from counted, range(1, {width} + 1) t(spot)
            where {width} <= {MOST} and surplus between 1 and {SURPLUS}
                and (list_unique(cells[{width} + 1:]) > 1 or cells[-1] <> '')
        ),
        named as ({select(f"(select id, sure, {cells} from ways)", "id, sure,")}),
        scored as (select *, {known} as score from named where {_IS_TIME} and (description <> '' or event_name <> '')),
        best as (
            select * from scored where sure or score >= 3
            qualify score = max(score) over (partition by id))
        select * exclude (sure, score) from best qualify count(*) over (partition by id) = 1"""
    )
