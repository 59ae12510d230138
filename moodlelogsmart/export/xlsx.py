"""XLSX (ECMA-376): the enriched log as a workbook; times are Excel's own, and a text is never a formula."""

from collections.abc import Iterator

from moodlelogsmart.export.archive import pack
from moodlelogsmart.export.csv import header
from moodlelogsmart.export.lines import lines
from moodlelogsmart.export.manifest import Chunk
from moodlelogsmart.export.xml import define_xml
from moodlelogsmart.meaning.log import COLUMNS as COMMON
from moodlelogsmart.meaning.log import joined, per_meaning
from moodlelogsmart.workspace import Workspace

EVENT_LIMIT = 1_048_575  # rows of a sheet but for the header
CELL_LIMIT = 32_767  # characters of a cell

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

# The parts of a workbook beside its sheet. Style 1 is a time, style 2 the header.
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="Enriched log" sheetId="1" r:id="rId1"/></sheets><definedNames><definedName '
    'name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">\'Enriched log\'!{area}</definedName></definedNames>'
    "</workbook>",
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
# In the texts of a row, with U+0001 between them: what XML cannot hold as it is, and spaces that it would not keep.
_ODD = r"[&<>\x00\x02-\x1f\x{FFFE}\x{FFFF}]|(^|\x01) | (\x01|$)"
_WIDTHS = {"time": 19, "description": 60, "event_context": 40, "user_full_name": 25, "event_name": 30}


def content(work: Workspace, events: int, roles: bool = False, large: bool = False) -> Iterator[Chunk]:
    """The events of `log`, up to EVENT_LIMIT, in its order, with a frozen header and filters.

    `time` is the time of the log's zone, `is_active` a truth value; a text is cut at CELL_LIMIT, which Excel sets.
    With `large` its sheet may be of more than 4 GB.
    """
    names = header(roles)
    area = f"$A$1:${chr(ord('A') + len(names) - 1)}${events + 1}"
    parts = [(name, [(_XML + text.replace("{area}", area)).encode()]) for name, text in _PARTS.items()]
    sheet = _sheet(work, names, area.replace("$", ""))
    return pack([*parts, ("xl/worksheets/sheet1.xml", sheet)], large)


def _parted(names: list[str]) -> tuple[list[str], list[str]]:
    """The columns in which each event has a text of its own, and those that its meaning has."""
    return [name for name in names if name not in COMMON], [name for name in names if name in COMMON]


def _row(work: Workspace, names: list[str], cell: str) -> str:
    """SQL: the row of a sheet, its texts written by the macro `cell`."""
    # Excel counts the days since 30 December 1899.
    days = "round(epoch(time[1:19]::timestamp) / 86400 + 25569, 8)"
    values = {name: f"{cell}({name})" for name in names}
    values["time"] = f"""'<c s="1"><v>', {days}, '</v></c>'"""
    values["is_active"] = """'<c t="b"><v>', is_active::integer, '</v></c>'"""
    return f"""concat('<row>', {joined(work, f"xlsx_{cell}", values)}, '</row>')"""


def _sheet(work: Workspace, names: list[str], area: str) -> Iterator[Chunk]:
    define_xml(work)
    work.run(
        """create or replace macro cell(value) as
            if(value = '', '<c/>', concat('<c t="inlineStr"><is><t>', value, '</t></is></c>'))"""
    )
    work.run(
        f"""create or replace macro odd_cell(value) as if(value = '', '<c/>', concat(
            '<c t="inlineStr"><is><t xml:space="preserve">', xml(value[1:{CELL_LIMIT}]), '</t></is></c>'))"""
    )
    # One look at all texts of a row tells whether any of them is odd.
    texts = [name for name in names if name not in ("time", "is_active")]
    own, common = (f"concat_ws(chr(1), {', '.join(part)})" for part in _parted(texts))
    odd = per_meaning(work, "xlsx_odd", f"regexp_matches({common}, '{_ODD}')")
    size = per_meaning(work, "xlsx_size", f"length({common})")
    row = f"""if(regexp_matches({own}, '{_ODD}') or {odd} or length({own}) + {size} >= {CELL_LIMIT},
        {_row(work, names, "odd_cell")}, {_row(work, names, "cell")})"""
    columns = "".join(
        f'<col min="{place}" max="{place}" width="{_WIDTHS.get(name, 14)}" customWidth="1"/>'
        for place, name in enumerate(names, start=1)
    )
    titles = "".join(f'<c s="2" t="inlineStr"><is><t>{name}</t></is></c>' for name in names)
    begin = (
        f'{_XML}<worksheet xmlns="{_MAIN}"><dimension ref="{area}"/><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{columns}</cols><sheetData><row>{titles}</row>"
    )
    yield from lines(work, row, "log", begin, f'</sheetData><autoFilter ref="{area}"/></worksheet>')
