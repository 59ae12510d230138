"""One known course, written in every way in which a person can have its log."""

import csv
import gzip
import io
import json
import zipfile
from datetime import datetime, timedelta
from html import escape
from xml.sax.saxutils import escape as xml_escape

import xlsxwriter
from babel import Locale

NAMES = ["time", "user_full_name", "affected_user", "event_context", "component", "event_name", "description", "origin",
         "ip_address"]  # fmt: skip

# Labels, the words of a person logged in as another, component, event name and context in each language; the last is
# a language that nobody knows.
LANGUAGES = {
    "en": (["Time", "User full name", "Affected user", "Event context", "Component", "Event name", "Description",
            "Origin", "IP address"], "Real One as {}", "Quiz", "Course module viewed", "Quiz: Chapter {}"),
    "pt_br": (["Hora", "Nome completo", "Usuário afetado", "Contexto do Evento", "Componente", "Nome do evento",
               "Descrição", "Origem", "endereço IP"], "Real One como {}", "Questionário", "Módulo do curso visualizado",
              "Questionário: Capítulo {}"),
    "es": (["Hora", "Nombre completo del usuario", "Usuario afectado", "Contexto del evento", "Componente",
            "Nombre del evento", "Descripción", "Origen", "Dirección IP"], "Real One como {}", "Cuestionario",
           "Módulo de curso visto", "Cuestionario: Capítulo {}"),
    "ja": (["時間", "ユーザフルネーム", "影響を受けたユーザ", "イベントコンテクスト", "コンポーネント", "イベント名",
            "説明", "オリジン", "IPアドレス"], "Real One - 代替ログイン: {}", "小テスト", "コースモジュールが閲覧されました",
           "小テスト: 第{}章"),
    "unknown": (["Qvoth", "Prawl nymor", "Zylth prawl", "Mork", "Frand", "Mork lyg", "Brenn", "Vith", "Kwam"],
                "Real One zup {}", "Frolth", "Mork zelth", "Frolth: Zanth {}"),
}  # fmt: skip

TIMES = {
    "minutes": "%d/%m/%y, %H:%M",
    "seconds": "%d/%m/%y, %H:%M:%S",
    "four digits": "%d/%m/%Y %H:%M",
    "American": "%m/%d/%y, %I:%M %p",
    "dots": "%d.%m.%Y %H:%M",
    "ISO": "%Y-%m-%d %H:%M:%S",
    "ISO with Z": "%Y-%m-%dT%H:%M:%SZ",
    "ISO with zone": "%Y-%m-%dT%H:%M:%S+00:00",
    "Japanese": "%y年 %m月 %d日 %H:%M",
    "Basque": "%y/%m/%d, %H:%M:%S",
    "Unix": "unix",
    "English month": "en:%d {} %Y, %I:%M:%S %p",
    "Portuguese month": "pt_BR:%d de {} de %Y às %H:%M",
    "German month": "de:%d. {} %Y, %H:%M:%S",
    "Polish month": "pl:%d {} %Y, %H:%M",
    "Finnish month": "fi:%d. {} %Y, %H:%M",
    "no year": "en:%d {}, %H:%M",
    "no year, Spanish": "es:%d de {}, %H:%M",
    "no year, Japanese": "%m月 %d日 %H:%M",
}

CHAPTER = "“Ação” 1, 2; x"  # what breaks naive readers; in every encoding of ENCODINGS
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
ENDS = ["\n", "\r\n", "\r"]
DELIMITERS = [",", ";", "\t", "|"]


def written(moment, layout):
    """A moment as a log writes it: strftime, `locale:` in front where the month is a name, or `unix`."""
    if layout == "unix":
        return str(int((moment - datetime(1970, 1, 1)).total_seconds()))
    if ":" in layout and not layout.startswith("%"):
        locale, layout = layout.split(":", 1)
        month = Locale.parse(locale).months["format"]["abbreviated" if "year" in layout else "wide"][moment.month]
        layout = layout.replace("{}", month)
    return moment.strftime(layout)


def course(language="en", layout="%d/%m/%y, %H:%M"):
    """The rows of the course, newest first, header in front: two learners, a teacher, one who looks as a learner."""
    labels, posing, component, event_name, context = LANGUAGES[language]
    moments = [datetime(2021, 3, 1, 9, 30) + timedelta(days=5 * day, minutes=7 * day) for day in range(12)]
    rows = []
    for number, moment in enumerate(moments):
        for user, name in ((4, "Bruna Almada"), (5, "Caio D'Ávila")):
            says = [
                f"The user with id '{user}' viewed the 'quiz' activity with course module id '{60 + number}'.",
                f"The user with id '{user}' viewed the course with id '3'.",
                f"The user with id '{user}' has submitted the attempt with id '{number}' for the quiz with course "
                f"module id '{60 + number}'.",
            ][number % 3]
            local = [context.format(CHAPTER), component, event_name]
            if number % 3 == 1:
                local = [local[0].replace(":", " 7:"), component + " 2", event_name + " 2"]
            elif number % 3 == 2:
                local[2] += " 3"
            rows.append([written(moment, layout), name, "-", *local, says, "web", "10.0.0.1"])
    teacher = [rows[0][0], "Real One", "Caio D'Ávila", context.format(1), component, event_name + " 4",
               "The user with id '9' has graded the submission '7' for the user with id '5' for the assignment with "
               "course module id '60'.", "web", "10.0.0.2"]  # fmt: skip
    looking = [*rows[1]]
    looking[1] = posing.format("Caio D'Ávila")
    return [labels, *[teacher, looking, *rows][::-1]]


def as_csv(rows, encoding="utf-8", end="\n", delimiter=","):
    """The rows as text; what the encoding lacks becomes a question mark."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue().encode(encoding, errors="replace")


def as_xlsx(rows):
    """A workbook of texts, as Moodle writes it."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(place, column, cell)
    return out.getvalue()


def as_dated_xlsx(rows, number=False):
    """A workbook whose times are Excel's own, as after a person sorted the log; `number`: without the look of a date."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet, look = book.add_worksheet("Log"), book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        book.add_worksheet("Notes").write_string(0, 0, "ask Ana")
        sheet.write_row(2, 1, rows[0])
        for place, row in enumerate(rows[1:], start=3):
            moment = datetime.strptime(row[0], "%d/%m/%y, %H:%M")
            days = (moment - datetime(1899, 12, 30)) / timedelta(days=1)
            sheet.write_number(place, 1, days, None if number else look)
            sheet.write_row(place, 2, row[1:])
    return out.getvalue()


def as_ods(rows):
    """An OpenDocument spreadsheet of texts."""
    lines = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{xml_escape(cell)}</text:p></table:table-cell>'
            for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    space = "urn:oasis:names:tc:opendocument:xmlns:"
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{space}office:1.0" '
        f'xmlns:table="{space}table:1.0" xmlns:text="{space}text:1.0" office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="Log">{lines}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<manifest:manifest xmlns:manifest="{space}manifest:1.0"><manifest:file-entry manifest:full-path="/" '
        f'manifest:media-type="{kind}"/></manifest:manifest>'
    )
    return as_zip({"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest})


def as_json(rows):
    """As Moodle writes it: sheets of rows of cells, without the header."""
    return ("[[" + ",".join(json.dumps(row, ensure_ascii=False, indent=4) for row in rows[1:]) + "]]").encode()


def as_json_objects(rows):
    """An array of objects under the labels."""
    return json.dumps([dict(zip(rows[0], row, strict=True)) for row in rows[1:]]).encode()


def as_json_lines(rows):
    """An object a line."""
    return "\n".join(json.dumps(dict(zip(rows[0], row, strict=True))) for row in rows[1:]).encode()


def as_html(rows):
    """As Moodle writes it: one table, its first row the header."""
    lines = "".join(
        f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in row)}</tr>"
        for tag, row in [("th", rows[0]), *(("td", row) for row in rows[1:])]
    )
    return (
        f"<!DOCTYPE html><html><title>logs</title><style>td {{ border: 0 }}</style><body><table border=1>{lines}"
        "</table></body></html>"
    ).encode()


def as_zip(files):
    """An archive of files by name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


CONTAINERS = {
    "csv": as_csv,
    "csv.gz": lambda rows: gzip.compress(as_csv(rows)),
    "csv.zip": lambda rows: as_zip({"logs_CS1.csv": as_csv(rows), "__MACOSX/._logs_CS1.csv": b"\0"}),
    "xlsx": as_xlsx,
    "xlsx.zip": lambda rows: as_zip({"logs.xlsx": as_xlsx(rows)}),
    "ods": as_ods,
    "json": as_json,
    "json of objects": as_json_objects,
    "json lines": as_json_lines,
    "json.gz": lambda rows: gzip.compress(as_json(rows)),
    "html": as_html,
    "html.zip": lambda rows: as_zip({"logs.html": as_html(rows)}),
    "no header": lambda rows: as_csv(rows[1:]),
    "Excel's sep": lambda rows: b"sep=;\r\n" + as_csv(rows, delimiter=";"),
    "a title above": lambda rows: "Relatório\n\n".encode() + as_csv(rows),
    "columns turned round": lambda rows: as_csv([row[::-1] for row in rows]),
    "an index in front": lambda rows: as_csv([["", *rows[0]], *([str(n), *row] for n, row in enumerate(rows[1:]))]),
    "mixed line ends": lambda rows: as_csv(rows[:9], end="\r\n") + as_csv(rows[9:15]) + as_csv(rows[15:], end="\r"),
    "dates of Excel": as_dated_xlsx,
    "numbers of Excel": lambda rows: as_dated_xlsx(rows, number=True),
    "rows within quotes": lambda rows: wrapped(rows).encode(),
    "rows within quotes before semicolons": lambda rows: wrapped(rows, ";;;").encode(),
    "date and time apart": lambda rows: as_csv([[*cells(row), *row[1:]] for row in rows]),
    "nothing in quotes": lambda rows: unquoted(rows).encode(),
}


def cells(row):
    """Date and time of a row in cells of their own, with their labels."""
    return row[0].split(", ") if ", " in row[0] else ["Date", row[0]]


def wrapped(rows, behind=""):
    """Each row in quotes as the one cell of a row: what Excel makes of a log that it took for one column."""
    return "".join('"' + line.replace('"', '""') + f'"{behind}\n' for line in as_csv(rows).decode().splitlines())


def unquoted(rows):
    """Every time falls apart at its comma, and some of the contexts at theirs."""
    lines = [",".join(row) for row in rows]
    return "\n".join(line if number % 4 == 0 else line.replace("1, 2;", "1;") for number, line in enumerate(lines))
