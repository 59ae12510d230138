"""Logs of which a spreadsheet has turned day and month where it could, in each way in which it may be saved."""

import io
from datetime import datetime, timedelta

import xlsxwriter
from conftest import HEADER, viewed
from formats import as_csv, as_zip

NOVEMBER = [datetime(2016, 11, day, 20 + day % 3, day) for day in range(1, 29)]
TERM = [datetime(2016, 2, 3, 9, 5) + timedelta(days=2 * day, minutes=day) for day in range(60)]
DAY_FIRST, MONTH_FIRST = "%d/%m/%y, %H:%M", "%m/%d/%y, %H:%M"


def opened(moments, text=DAY_FIRST):
    """What a spreadsheet of the contrary order makes of the times: moments where it can, and texts."""
    return [turned(moment) if moment.day <= 12 else moment.strftime(text) for moment in moments]


def turned(moment):
    return moment.replace(month=moment.day, day=moment.month)


def log(cells):
    """The rows of a log with these times, header in front."""
    row = list(viewed(4).values())
    return [HEADER, *([cell, *row[1:]] for cell in cells)]


def csv_of(cells, date="%Y-%m-%d %H:%M"):
    return as_csv(log(cell if isinstance(cell, str) else cell.strftime(date) for cell in cells))


def xlsx_of(cells):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet, look = book.add_worksheet(), book.add_format({"num_format": "m/d/yyyy h:mm"})
        for place, row in enumerate(log(cells)):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(place, column, cell)
                else:
                    sheet.write_datetime(place, column, cell, look)
    return out.getvalue()


def ods_of(cells):
    def cell_of(cell):
        if isinstance(cell, str):
            return f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="date" office:date-value="{cell.isoformat()}"/>'

    rows = "".join(f"<table:table-row>{''.join(map(cell_of, row))}</table:table-row>" for row in log(cells))
    space, kind = "urn:oasis:names:tc:opendocument:xmlns:", "application/vnd.oasis.opendocument.spreadsheet"
    content = (
        f'<office:document-content xmlns:office="{space}office:1.0" xmlns:table="{space}table:1.0" '
        f'xmlns:text="{space}text:1.0" office:version="1.2"><office:body><office:spreadsheet><table:table table:name="L">'
        f"{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        f'<manifest:manifest xmlns:manifest="{space}manifest:1.0"><manifest:file-entry manifest:full-path="/" '
        f'manifest:media-type="{kind}"/></manifest:manifest>'
    )
    return as_zip({"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest})


def numbers_of(cells):
    days = [
        cell if isinstance(cell, str) else str((cell - datetime(1899, 12, 30)) / timedelta(days=1)) for cell in cells
    ]
    return as_csv(log(days))


WRITTEN = {
    "a workbook": xlsx_of,
    "OpenDocument": ods_of,
    "CSV with ISO dates": csv_of,
    "CSV with dots": lambda cells: csv_of(cells, "%d.%m.%Y %H:%M"),
    "CSV with months in words": lambda cells: csv_of(cells, "%d-%b-%y %H:%M"),
    "CSV with the numbers of Excel": numbers_of,
    "CSV with slashes and years of four digits": lambda cells: csv_of(cells, "%d/%m/%Y %H:%M"),
    "CSV in which nothing tells them apart": lambda cells: csv_of(cells, DAY_FIRST),
}

# Logs that are as they are.
SPREAD = {
    "a year": [datetime(2016, 1, 1, 9) + timedelta(days=3 * day) for day in range(120)],
    "the beginnings of months": [datetime(2016, month, day, 9) for month in range(1, 13) for day in range(1, 8)],
    "set up before the term": [datetime(2016, 3, 11, 9), *NOVEMBER[12:]],
    "a day of each month": [datetime(2016, month, 14, 9) for month in range(1, 13)],
    "three first days of months": [datetime(2016, month, 1, 9) for month in (1, 2, 3)],
}


def iso(moments):
    return [moment.isoformat() for moment in moments]
