"""What many events have in common, worked out once: a log of a million events has some hundred different meanings.

A meaning is what an event says and means without who did it and when: context, component, name, module, action,
activity type, Bloom level, rule and course. Table `meaning` has them, with `meaning_id` from 1; table `ordered` has the
rest of each event, in the order of the log; view `log` has both.
"""

from itertools import groupby

from moodlelogsmart.workspace import Workspace

COLUMNS = [
    "event_context", "component", "event_name", "course", "module", "event", "action", "activity_type", "bloom_level",
    "is_active", "rule_id",
]  # fmt: skip
# Texts of `ordered` that are numbers there, see Workspace.make_type.
_NUMBERED = ["person", "user_id", "object", "role"]
# More of them than this are not held in lists in memory but joined for each file, which takes longer.
MANY = 50_000


def define_log(work: Workspace, case: str) -> None:
    """Make view `log` of `ordered` and `meaning`; its rows come in order, `nth` counts them from 1.

    `case` is the SQL of the case of an event over the columns of both.
    """
    texts = ", ".join(f"{name}::varchar as {name}" for name in _NUMBERED)
    own = f"""select ordered.rowid + 1 as nth, ordered.* replace ({texts}),
        ({case})::varchar as case_id, coalesce(person || '-' || session, '') as session_id"""
    if _are_many(work):
        columns = ", ".join(COLUMNS)
        work.run(
            f"""create view log as {own}, {columns} from ordered join meaning
            on meaning.meaning_id = ordered.meaning_id order by nth"""
        )
    else:
        # Not a join, for the rows of one come in any order, and sorting takes longer than all the rest.
        columns = ", ".join(f"{per_meaning(work, name, name)} as {name}" for name in COLUMNS)
        work.run(f"create view log as {own} from (select ordered.*, rowid, {columns} from ordered) ordered")


def per_meaning(work: Workspace, name: str, value: str) -> str:
    """SQL of `value`, an expression over COLUMNS, for a row of `log`: looked up under `name`, by its meaning."""
    if _are_many(work):
        return f"({value})"
    work.run(f"set variable of_{name} = (select list({value} order by meaning_id) from meaning)")
    return f"getvariable('of_{name}')[meaning_id]"


def joined(work: Workspace, name: str, values: dict[str, str], between: str = "") -> str:
    """SQL: the texts `values`, by the column of `log` that each is of, one behind the other.

    Those that stand together and are over COLUMNS are put together once a meaning.
    """
    parts: list[str] = []
    for is_common, group in groupby(values, lambda column: column in COLUMNS):
        part = _concat([values[column] for column in group], between)
        parts.append(per_meaning(work, f"{name}_{len(parts)}", part) if is_common else part)
    return _concat(parts, between)


def _concat(texts: list[str], between: str) -> str:
    separator = f", '{between}', " if between else ", "
    return f"concat({separator.join(texts)})"


def carried(work: Workspace, names: list[str]) -> str:
    """The columns that a table made of `log` has to have for `per_meaning` with values over `names`."""
    return ", ".join(names) if _are_many(work) else "meaning_id"


def _are_many(work: Workspace) -> bool:
    return bool(work.value("select count(*) from meaning") > MANY)
