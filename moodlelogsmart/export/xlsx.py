"""XLSX (ECMA-376): the enriched log as a workbook; times are Excel's own, and a text is never a formula."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from moodlelogsmart.export import sheets
from moodlelogsmart.export.archive import pack
from moodlelogsmart.export.csv import header
from moodlelogsmart.export.lines import lines
from moodlelogsmart.export.manifest import Chunk
from moodlelogsmart.export.sheets import CELL_LIMIT, MAIN, XML
from moodlelogsmart.export.xml import define_xml
from moodlelogsmart.meaning.log import COLUMNS as COMMON
from moodlelogsmart.meaning.log import joined, per_meaning
from moodlelogsmart.report.summary import Summary
from moodlelogsmart.workspace import Workspace

EVENT_LIMIT = 1_048_575  # rows of a sheet but for the header
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

EVENTS = "Events"
_STYLES = (
    f'<styleSheet xmlns="{MAIN}">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def _parts(names: Sequence[str], area: str) -> dict[str, str]:
    """The parts of a workbook beside its sheets, which have these names; that of the events is filtered by `area`."""
    places = {name: place for place, name in enumerate(names, start=1)}
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{place}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        for place in places.values()
    )
    sheets = "".join(f'<sheet name="{name}" sheetId="{place}" r:id="rId{place}"/>' for name, place in places.items())
    related = "".join(
        f'<Relationship Id="rId{place}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{place}.xml"/>'
        for place in places.values()
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>{overrides}'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets>'
        f'<definedNames><definedName name="_xlnm._FilterDatabase" localSheetId="{places[EVENTS] - 1}" hidden="1">'
        f"{EVENTS}!{area}</definedName></definedNames></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{related}'
        f'<Relationship Id="rId{len(places) + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": _STYLES,
    }


# In the texts of a row, with U+007F between them: what XML cannot hold as it is, and spaces that it would not keep.
_ODD = r"[&<>\x00-\x1f\x{FFFE}\x{FFFF}]|(^|\x7f) | (\x7f|$)"
_WIDTHS = {"time": 19, "description": 60, "event_context": 40, "user_full_name": 25, "event_name": 30}


def content(
    work: Workspace, summary: Summary, facts: Mapping[str, Any], more: Sequence[str] = (), large: bool = False
) -> Iterator[Chunk]:
    """The figures, the tables for analysis, and the events of `log`, up to EVENT_LIMIT, in its order, with a frozen
    header and filters; then why rows were left out, and how it was made, by what the manifest tells (`facts`).

    `time` is the time of the log's zone, `is_active` a truth value; a text is cut at CELL_LIMIT, which Excel sets.
    With `large` its sheet may be of more than 4 GB.
    """
    names = header(more)
    area = f"$A$1:${chr(ord('A') + len(names) - 1)}${summary.events_kept + 1}"
    contents = {
        "Summary": iter([sheets.figures(summary)]),
        **{name: sheets.table(work, table) for name, table in sheets.TABLES.items()},
        EVENTS: _sheet(work, names, area.replace("$", "")),
        "Left out": iter([sheets.left_out(summary)]),
        "How it was made": iter([sheets.made(facts)]),
    }
    parts = [(name, iter([(XML + text).encode()])) for name, text in _parts(list(contents), area).items()]
    files = [(f"xl/worksheets/sheet{place}.xml", sheet) for place, sheet in enumerate(contents.values(), start=1)]
    return pack([*parts, *files], large)


def _parted(names: list[str]) -> tuple[list[str], list[str]]:
    """The columns in which each event has a text of its own, and those that its meaning has."""
    return [name for name in names if name not in COMMON], [name for name in names if name in COMMON]


def _row(work: Workspace, names: list[str], cell: str) -> str:
    """SQL: the row of a sheet, its texts written by the macro `cell`."""
    days = f"round(epoch(time[1:19]::timestamp) / 86400 + {sheets.EPOCH}, 8)"
    values = {name: f"{cell}({name})" for name in names}
    values["time"] = f"""'<c s="{sheets.TIME}"><v>', {days}, '</v></c>'"""
    values["is_active"] = """'<c t="b"><v>', is_active::integer, '</v></c>'"""
    return f"""concat('<row>', {joined(work, f"xlsx_{cell}", values)}, '</row>')"""


def _sheet(work: Workspace, names: list[str], area: str) -> Iterator[Chunk]:
    define_xml(work)
    work.define(
        "macro",
        "cell(value)",
        """if(value = '', '<c/>', concat('<c t="inlineStr"><is><t>', value, '</t></is></c>'))""",
    )
    work.define(
        "macro",
        "odd_cell(value)",
        f"""if(value = '', '<c/>', concat(
            '<c t="inlineStr"><is><t xml:space="preserve">', xml(value[1:{CELL_LIMIT}]), '</t></is></c>'))""",
    )
    # One look at all texts of a row tells whether any of them is odd.
    texts = [name for name in names if name not in ("time", "is_active")]
    own, common = (f"concat_ws(chr(127), {', '.join(part)})" for part in _parted(texts))
    odd = per_meaning(work, "xlsx_odd", f"regexp_matches({common}, '{_ODD}')")
    size = per_meaning(work, "xlsx_size", f"length({common})")
    row = f"""if(regexp_matches({own}, '{_ODD}') or {odd} or length({own}) + {size} >= {CELL_LIMIT},
        {_row(work, names, "odd_cell")}, {_row(work, names, "cell")})"""
    begin = sheets.begin(names, _WIDTHS, area)
    yield from lines(work, row, "log", begin, f'</sheetData><autoFilter ref="{area}"/></worksheet>')
