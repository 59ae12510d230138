"""The sheets of the workbook beside that of the events: the tables for analysis, and a few rows of names and values."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from moodlelogsmart import __version__
from moodlelogsmart.export.lines import lines
from moodlelogsmart.export.manifest import Chunk
from moodlelogsmart.export.xml import define_xml
from moodlelogsmart.report.summary import Summary
from moodlelogsmart.workspace import Workspace

XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
CELL_LIMIT = 32_767  # characters of a cell
TIME, HEADER, DAY = 1, 2, 3  # styles of cells
# Excel counts the days since 30 December 1899.
EPOCH = 25569  # of 1970

TABLES = {
    "Learners": "learners",
    "Activities": "activities",
    "Weeks": "weeks",
    "Sessions": "sessions",
    "Paths": "transitions",
}
_WIDTHS = {"user_full_name": 25, "name": 40, "source_name": 40, "target_name": 40, "first_time": 19, "last_time": 19}
_NUMBER = ("BIGINT", "INTEGER", "DOUBLE", "HUGEINT")


def begin(names: Sequence[str], widths: Mapping[str, int], area: str = "") -> str:
    """A sheet up to its first row of data: its header stays in sight; `area` is that of the table, if known."""
    columns = "".join(
        f'<col min="{place}" max="{place}" width="{widths.get(name, 14)}" customWidth="1"/>'
        for place, name in enumerate(names, start=1)
    )
    titles = "".join(f'<c s="{HEADER}" t="inlineStr"><is><t>{escape(name)}</t></is></c>' for name in names)
    dimension = f'<dimension ref="{area}"/>' if area else ""
    return (
        f'{XML}<worksheet xmlns="{MAIN}">{dimension}<sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{columns}</cols><sheetData><row>{titles}</row>"
    )


def table(work: Workspace, name: str) -> Iterator[Chunk]:
    """The sheet of a table for analysis: times and days are Excel's own, numbers numbers, and a text is never a
    formula."""
    define_xml(work)
    columns = [(row[0], row[1]) for row in work.run(f"describe {name}")]
    cells = ", ".join(_cell(column, kind) for column, kind in columns)
    names = [column for column, _kind in columns]
    return lines(work, f"concat('<row>', {cells}, '</row>')", name, begin(names, _WIDTHS), "</sheetData></worksheet>")


def _cell(name: str, kind: str) -> str:
    """SQL: the cell of a column of that type."""
    value = f'"{name}"'
    if kind == "BOOLEAN":
        filled = f"""concat('<c t="b"><v>', {value}::integer, '</v></c>')"""
    elif kind in _NUMBER:
        filled = f"concat('<c><v>', {value}, '</v></c>')"
    elif kind == "DATE":
        filled = f"""concat('<c s="{DAY}"><v>', date_diff('day', date '1970-01-01', {value}) + {EPOCH}, '</v></c>')"""
    elif name.endswith("_time"):
        days = f"round(epoch(try_cast({value}[1:19] as timestamp)) / 86400 + {EPOCH}, 8)"
        return f"""if({value} = '', '<c/>', concat('<c s="{TIME}"><v>', {days}, '</v></c>'))"""
    else:
        text = f"xml({value}[1:{CELL_LIMIT}])"
        return f"""if({value} = '', '<c/>',
            concat('<c t="inlineStr"><is><t xml:space="preserve">', {text}, '</t></is></c>'))"""
    return f"if({value} is null, '<c/>', {filled})"


def pairs(names: tuple[str, str], rows: Iterable[tuple[str, Any]]) -> bytes:
    """The sheet of a few names with their values, numbers or texts of ours."""
    told = "".join(f"<row>{_plain(name)}{_plain(value)}</row>" for name, value in rows)
    return f"{begin(names, dict.fromkeys(names, 40))}{told}</sheetData></worksheet>".encode()


def _plain(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"<c><v>{value}</v></c>"
    text = "".join(letter for letter in str(value) if letter >= " ")[:CELL_LIMIT]
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def figures(summary: Summary) -> bytes:
    """The sheet of the most important figures, those of the first section of the report."""
    told = {
        "course": summary.course,
        "learners": summary.learners,
        "events of learners": summary.events_learned,
        "sessions": summary.sessions,
        "first event": summary.first_time,
        "last event": summary.last_time,
        "staff, not counted": summary.staff_people,
        "rows in the log": summary.rows_read,
        "rows left out": summary.events_dropped,
        **{f"events of type {name}": events for name, events in summary.activity_types.items()},
    }
    return pairs(("figure", "value"), told.items())


def left_out(summary: Summary) -> bytes:
    """The sheet of how many rows were left out, by reason; each of them is in dropped_events.csv."""
    return pairs(("reason", "rows"), summary.dropped.items())


def made(facts: Mapping[str, Any]) -> bytes:
    """The sheet of how the results were made, by what the manifest tells."""
    told = {
        "program": f"MoodleLogSmart {__version__}",
        **{f"option {name}": value for name, value in facts["options"].items() if not isinstance(value, dict)},
        **{f"rules: {name}": value for name, value in facts["rules"].items()},
        **{f"sha256 of {file['name']}": file["sha256"] for file in facts["inputs"]},
        **{f"warning {one['code']}": one["text"] for one in facts["warnings"]},
    }
    return pairs(("what", "value"), told.items())
