"""CSV (RFC 4180, UTF-8, line feed): the enriched log, and the rows that were dropped."""

from collections.abc import Iterator

from moodlelogsmart.export.lines import lines
from moodlelogsmart.export.manifest import Chunk
from moodlelogsmart.meaning.log import COLUMNS as COMMON
from moodlelogsmart.meaning.log import joined
from moodlelogsmart.reading.model import COLUMNS
from moodlelogsmart.workspace import Workspace

# fmt: off
HEADER = [
    "case_id", "time", "user_id", "user_full_name", "affected_user", "course", "event_context", "component",
    "event_name", "description", "origin", "ip_address", "module", "action", "activity_type", "bloom_level",
    "is_active", "rule_id", "session_id",
]
# fmt: on

HAS_LEVEL = "bloom_level <> ''"

# What a cell cannot hold without quotes; # is not of RFC 4180, but some readers take a comment to begin with it.
_SPECIAL = ',"#\n\r'


def header(roles: bool) -> list[str]:
    """The columns of the enriched log; with `roles` also who acted."""
    return [*HEADER, "role"] if roles else HEADER


def content(work: Workspace, where: str = "true", roles: bool = False) -> Iterator[Chunk]:
    """The events of `log` that fit the SQL condition `where`, in the table's order; with `roles`, who acted."""
    names = header(roles)
    _define_cell(work)
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
    _define_cell(work)
    blanks = ", ".join("''" for _ in COLUMNS)
    source = f"""(
        select {", ".join(COLUMNS)}, reason, null as line, '' as text, user_id, module, action, row as place
            from raw join (
                select reason.*, user_id, fact.module, action from identified fact
                    join reason on reason.row = fact.row
                    join identity on identity.sentence_id = fact.sentence_id) told on told.row = raw.rowid
        union all select {blanks}, 'unreadable', line, text, '', '', '', null from unread
        order by place nulls last, line)"""
    names = [*COLUMNS, "reason", "line", "text", "user_id", "module", "action"]
    line = ", ',', ".join(name if name == "line" else f"csv_cell({name})" for name in names)
    yield from lines(work, f"concat({line})", source, ",".join(names))


STAFF = ["person", "user_full_name", "rows", "act", "times", "first_time"]
# With these a cell begins that a spreadsheet runs (OWASP, CSV Injection).
_FORMULA = "'=', '+', '-', '@', chr(9), chr(13)"


def staff(work: Workspace) -> Iterator[Chunk]:
    """Who was taken for staff: with how many rows, by which act, how often that was done, and when first.

    For people, who open it in a spreadsheet: what that would run begins with an apostrophe.
    """
    _define_cell(work)
    work.run(
        f"""create or replace macro people_cell(value) as
            csv_cell(if(left(value, 1) in ({_FORMULA}), concat(chr(39), value), value))"""
    )
    source = """(
        with told as (
            select person, any_value(source) as source, min(event_name) as act from staff group by person),
        acts as (
            select told.person, count(*) as times, arg_min(iso, fact.moment) as first_time
            from told join fact on fact.person = told.person join identity on identity.sentence_id = fact.sentence_id
                left join placed_wall on placed_wall.rowid = fact.time_id
            where source = 'log' and event_name = act group by told.person),
        named as (
            select person, min(name) filter (name not in ('', '-')) as user_full_name, sum(events)::bigint as rows
            from seen_name group by person)
        select told.person, coalesce(user_full_name, '') as user_full_name, rows,
            if(source = 'log', act, source) as act, coalesce(times, 0) as times, coalesce(first_time, '') as first_time
        from told join named using (person) left join acts using (person) order by rows desc, told.person)"""
    texts = ("person", "user_full_name", "act")
    line = ", ',', ".join(f"people_cell({name})" if name in texts else name for name in STAFF)
    yield from lines(work, f"concat({line})", source, ",".join(STAFF))


def _is_special(value: str) -> str:
    # Each by itself, which is four times as fast as one regular expression.
    return "(" + " or ".join(f"contains({value}, chr({ord(character)}))" for character in _SPECIAL) + ")"


def _define_cell(work: Workspace) -> None:
    work.run(
        f"""create or replace macro csv_cell(value) as
            if({_is_special("value")}, concat('"', replace(value, '"', '""'), '"'), value)"""
    )
