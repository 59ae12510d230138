"""Stage read, headers that are not in the first line: below rows that were sorted, or between exports put together."""

from collections.abc import Mapping, Sequence

from moodlelogsmart.messages import LogError
from moodlelogsmart.reading import dump
from moodlelogsmart.reading.columns import known_labels, labels_of
from moodlelogsmart.reading.model import COLUMNS, Column, Part
from moodlelogsmart.workspace import Workspace, quoted

LEAST = 3  # known labels by which a row is a header wherever it stands; no event has as many
_SHOWN = 100  # rows without a digit in their time that are looked at; but for headers there are hardly any
# What a file that was put behind another one, or a program that writes quotes anew, leaves around a label.
_AROUND = ' "\ufeff'
_NO_TIME = r"file = $file and time > ':' and not regexp_matches(time, '\p{Nd}')"


def count_labels(row: Sequence[str]) -> int:
    """How many cells of a row are labels of a log, or of Moodle's table of events."""
    cells = [cell.strip(_AROUND) for cell in row]
    return known_labels(cells) + dump.known_labels(cells)


def rows_above(rows: Sequence[Sequence[str]], header: Sequence[str], events: Sequence[bool]) -> int | None:
    """The place of the first of the rows above a header that is a row of the log and no title, if there is one."""
    for at, (row, is_event) in enumerate(zip(rows, events, strict=True)):
        filled = sum(bool(cell.strip()) for cell in row)
        if filled >= LEAST and (is_event or filled * 4 > len(header) * 3):
            return at
    return None


def is_header(columns: Mapping[str, Part[Column]]) -> str:
    """SQL: whether the cells c0, c1, ... of a row are labels of these `columns`, in whatever language."""
    places = {name: part.value for name, part in columns.items() if part.value.place}
    when = "time" if "time" in places else "timecreated"
    tests = [f"{_bare(at.place)} in {_listed(name, at.label, name == when)}" for name, at in places.items()]
    return f"(({' and '.join(tests)}) is true)"


def _bare(place: int) -> str:
    return f"trim(coalesce(c{place - 1}, ''), {quoted(_AROUND)})"


def _listed(name: str, label: str, needed: bool) -> str:
    """SQL: all labels of a column, and where it is not `needed` that of one which is missing."""
    labels = {label.strip(_AROUND), name, *labels_of(name)} | {""}
    return f"({', '.join(quoted(one) for one in sorted(labels - {''} if needed else labels))})"


def take_out(work: Workspace, header: Sequence[str]) -> None:
    """Take the headers out of table `broken`, where rows of another width are.

    Raises LogError where one is another than `header`.
    """
    known = ", ".join(quoted(label) for label in sorted({*_all_labels(), *header}))
    found = work.run(
        f"""select id, cells from broken
        where len([cell for cell in cells if trim(cell, {quoted(_AROUND)}) in ({known})]) >= {LEAST}"""
    )
    own = [label.strip(_AROUND) for label in header if label.strip(_AROUND)]
    own_rows = []
    for row, cells in found:
        labels = [cell.strip(_AROUND) for cell in cells if cell.strip(_AROUND)]
        if labels == own:
            own_rows.append(row)
        elif count_labels(labels) >= LEAST:
            raise _other_order()
    if own_rows:
        work.run("delete from broken where id in (select unnest($rows))", {"rows": own_rows})


def may_be_in(work: Workspace, file: int) -> bool:
    """Whether table `raw` holds rows of this file that may be headers: nearly all times begin with a digit."""
    return bool(work.value(f"select exists (from raw where {_NO_TIME})", {"file": file}))


def check_others(work: Workspace, file: int, is_table: bool) -> None:
    """Look for headers in table `raw`: they are of other columns than the rows of this file were read by.

    Raises LogError where there are any.
    """
    rows = work.run(
        f"select distinct {', '.join(COLUMNS)} from raw where {_NO_TIME} limit {_SHOWN}",
        {"file": file},
    )
    for row in rows:
        if count_labels(row) >= LEAST or (is_table and row[0].strip(_AROUND).lower() in dump.TABLE):
            raise _other_order()


def _all_labels() -> set[str]:
    return {*dump.TABLE, *dump.OLD_TABLE, *(label for name in COLUMNS for label in labels_of(name))}


def _other_order() -> LogError:
    return LogError(
        "%(file)s holds several exports one behind the other, and their columns are not the same; upload each export "
        "as a file of its own, all at once."
    )
