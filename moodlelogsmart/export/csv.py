"""CSV (RFC 4180, UTF-8, line feed): the enriched log, and the rows that were dropped."""

from collections.abc import Iterator, Sequence
from typing import Any

from moodlelogsmart.export.archive import chunks
from moodlelogsmart.export.lines import lines
from moodlelogsmart.export.manifest import Chunk
from moodlelogsmart.meaning.log import COLUMNS as COMMON
from moodlelogsmart.meaning.log import joined
from moodlelogsmart.reading.model import COLUMNS
from moodlelogsmart.report.comparison import Row
from moodlelogsmart.workspace import Workspace, quoted

# fmt: off
HEADER = [
    "case_id", "time", "user_id", "user_full_name", "affected_user", "course", "event_context", "component",
    "event_name", "description", "origin", "ip_address", "module", "action", "activity_type", "bloom_level",
    "is_active", "rule_id", "session_id", "element",
]
# fmt: on

# What the log has beside, where it is asked for: who acted, and the category of one's own.
ROLE, LABEL = "role", "label"

HAS_LEVEL = "bloom_level <> ''"

# What a cell cannot hold without quotes; # is not of RFC 4180, but some readers take a comment to begin with it.
_SPECIAL = ',"#\n\r'


def header(more: Sequence[str]) -> list[str]:
    """The columns of the enriched log; `more`: those of ROLE and LABEL that are asked for."""
    return [*HEADER, *more]


def content(work: Workspace, where: str = "true", more: Sequence[str] = ()) -> Iterator[Chunk]:
    """The events of `log` that fit the SQL condition `where`, in the table's order, with `more` columns."""
    names = header(more)
    define_cell(work)
    cells = {name: name if name == "is_active" else f"csv_cell({name})" for name in names}
    bare = {name: cells[name] if name in COMMON else name for name in names}
    # One look at all texts of an event tells whether any of them has to be quoted.
    own = ", ".join(name for name in names if name not in COMMON)
    line = f"""if({_is_special(f"concat({own})")}, {joined(work, "csv", cells, ",")},
        {joined(work, "csv", bare, ",")})"""
    yield from lines(work, line, f"log where {where}", ",".join(names))


def dropped(work: Workspace) -> Iterator[Chunk]:
    """Each input row that is not in the results, as it was, with the reason, and with who did what in it.

    A row that could not be read as cells stands whole in column `text`, with its `line` in the file; of it nothing else
    is known.
    """
    define_cell(work)
    blanks = ", ".join("''" for _ in COLUMNS)
    source = f"""(
        select {", ".join(COLUMNS)}, reason, null as line, '' as text, user_id, module, action, row as place
            from raw join (
                select reason.*, user_id, fact.module, action from unfiltered fact
                    join reason on reason.row = fact.row
                    join identity on identity.sentence_id = fact.sentence_id) told on told.row = raw.rowid
        union all select {blanks}, 'unreadable', line, text, '', '', '', null from unread
        order by place nulls last, line)"""
    names = [*COLUMNS, "reason", "line", "text", "user_id", "module", "action"]
    line = ", ',', ".join(name if name == "line" else f"csv_cell({name})" for name in names)
    yield from lines(work, f"concat({line})", source, ",".join(names))


STAFF = ["person", "user_full_name", "rows", "act", "times", "first_time"]
# With these a cell begins that a spreadsheet runs (OWASP, CSV Injection).
_FORMULA = r"^([=+@\t\r-])"


def staff(work: Workspace) -> Iterator[Chunk]:
    """Who was taken for staff: with how many rows, by which act, how often that was done, and when first.

    For people, who open it in a spreadsheet: what that would run begins with an apostrophe.
    """
    define_cell(work)
    source = """(
        with told as (
            select person, any_value(source) as source, min(event_name) as act from staff group by person),
        acts as (
            select told.person, count(*) as times, iso(min(moment)) as first_time
            from told join fact on fact.person = told.person join identity on identity.sentence_id = fact.sentence_id
            where source = 'log' and event_name = act group by told.person),
        named as (
            select person, min(name) filter (name not in ('', '-')) as user_full_name, sum(events)::bigint as rows
            from seen_name group by person)
        select harmless(told.person) as person, harmless(coalesce(user_full_name, '')) as user_full_name, rows,
            harmless(if(source = 'log', act, source)) as act, coalesce(times, 0) as times,
            coalesce(first_time, '') as first_time
        from told join named using (person) left join acts using (person) order by rows desc, told.person)"""
    texts = ("person", "user_full_name", "act")
    line = ", ',', ".join(f"csv_cell({name})" if name in texts else name for name in STAFF)
    yield from lines(work, f"concat({line})", source, ",".join(STAFF))


def table(work: Workspace, name: str) -> Iterator[Chunk]:
    """One of analysis.TABLES with all its columns, in its order; what is not known is empty.

    For people as well: what a spreadsheet would run begins with an apostrophe.
    """
    define_cell(work)
    columns = [(row[0], row[1]) for row in work.run(f"describe {name}")]
    cells = ", ".join(
        f"""nullif(harmless("{column}"), '') as "{column}\"""" if kind == "VARCHAR" else f'"{column}"'
        for column, kind in columns
    )
    path = work.scratch()
    # By DuckDB's own writer: an expression over so many columns takes longer to plan than a small table to write.
    work.run(f"copy (select {cells} from {name}) to {quoted(str(path))} (format csv, header)")
    yield from chunks(path)
    path.unlink()


def comparison(work: Workspace, names: Sequence[str], rows: Sequence[Row]) -> Iterator[Chunk]:
    """The figures of those that stand side by side, which have these names, one figure after the other."""
    told: list[list[Any]] = [[], [], [], []]
    for row in rows:
        own = None if row.values[0] is None else 0
        for cells in zip([row.figure] * len(names), names, row.values, [own, *row.differences], strict=True):
            for column, cell in zip(told, cells, strict=True):
                column.append(cell)
    work.run('create table comparison (figure varchar, "group" varchar, value double, difference double)')
    work.run("insert into comparison select unnest($1), unnest($2), unnest($3), unnest($4)", told)
    yield from table(work, "comparison")
    work.run("drop table comparison")


def _is_special(value: str) -> str:
    # Each by itself, which is four times as fast as one regular expression.
    return "(" + " or ".join(f"contains({value}, chr({ord(character)}))" for character in _SPECIAL) + ")"


def define_cell(work: Workspace) -> None:
    """Make the SQL macros csv_cell, a text as a cell, and harmless, one that no spreadsheet runs."""
    quoted_text = """concat('"', replace(value, '"', '""'), '"')"""
    work.define("macro", "csv_cell(value)", f"if({_is_special('value')}, {quoted_text}, value)")
    # One expression, for to plan a look at each letter takes ten times as long.
    work.define("macro", "harmless(value)", rf"regexp_replace(value, '{_FORMULA}', '''\1')")
