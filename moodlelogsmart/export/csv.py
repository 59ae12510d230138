"""CSV (RFC 4180, UTF-8, line feed): the enriched log, and the rows that were dropped."""

from pathlib import Path

from moodlelogsmart.pipeline.columns import COLUMNS
from moodlelogsmart.workspace import Workspace, quoted

# fmt: off
HEADER = [
    "case_id", "time", "user_id", "user_full_name", "affected_user", "course", "event_context", "component",
    "event_name", "description", "origin", "ip_address", "module", "action", "activity_type", "bloom_level",
    "is_active", "rule_id", "session_id",
]
# fmt: on

HAS_LEVEL = "bloom_level <> ''"


def header(roles: bool) -> list[str]:
    """The columns of the enriched log; with `roles` also who acted."""
    return [*HEADER, "role"] if roles else HEADER


def write_log(work: Workspace, path: Path, where: str = "true", roles: bool = False) -> None:
    """Write the events of `log` that fit the SQL condition `where`, in the table's order; with `roles`, who acted."""
    names = header(roles)
    columns = ", ".join(f"nullif({name}, '') as {name}" if name != "is_active" else name for name in names)
    _write(work, f"select {columns} from log where {where}", path)


def write_dropped(work: Workspace, path: Path) -> None:
    """Write each input row that is not in the results, as it was, with the reason.

    A row that could not be read as cells stands whole in column `text`, with its `line` in the file.
    """
    texts = ", ".join(f"nullif({name}, '') as {name}" for name in COLUMNS)
    blanks = ", ".join("null" for _ in COLUMNS)
    _write(
        work,
        f"""select * exclude (place) from (
            select {texts}, reason, null as line, null as text, row as place
            from reason join raw on raw.rowid = reason.row
            union all select {blanks}, 'unreadable', line, text, null from unread)
        order by place nulls last, line""",
        path,
    )


def _write(work: Workspace, query: str, path: Path) -> None:
    options = "format csv, header true, delimiter ',', quote '\"', escape '\"'"
    work.run(f"copy ({query}) to {quoted(str(path))} ({options})")
