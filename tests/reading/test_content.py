"""Logs in languages of which nobody knows the labels: the columns are told by what is in them."""

import csv
import io
from datetime import datetime, timedelta

import pytest
from conftest import log_text, viewed

from moodlelogsmart.messages import LogError

# Labels, context, component and event name, and how a time is written.
LANGUAGES = {
    "pl": ("Czas,Pełna nazwa użytkownika,Dotyczy użytkownika,Kontekst zdarzenia,Składnik,Nazwa zdarzenia,Opis,Źródło,"
           "Adres IP", "Kurs: Wymyślony", "System", "Kurs wyświetlony", "%d/%m/%y, %H:%M:%S"),
    "cs": ("Čas,Celé jméno,Ovlivněný uživatel,Kontext události,Komponenta,Název události,Popis,Původ,IP adresa",
           "Kurz: Vymyšlený", "Systém", "Kurz zobrazen", "%d. %m. %y, %H:%M"),
    "el": ("Ώρα,Πλήρες όνομα χρήστη,Επηρεαζόμενος χρήστης,Περιεχόμενο συμβάντος,Στοιχείο,Όνομα συμβάντος,Περιγραφή,"
           "Προέλευση,Διεύθυνση IP", "Μάθημα: Φανταστικό", "Σύστημα", "Το μάθημα προβλήθηκε", "%d/%m/%y, %H:%M"),
    "ko": ("시간,사용자 성명,영향을 받는 사용자,이벤트 컨텍스트,구성요소,이벤트 명,설명,출처,IP 주소", "강좌: 가짜",
           "시스템", "강좌 봄", "%y/%m/%d, %H:%M"),
    "he": ("זמן,שם מלא,משתמש מושפע,הקשר אירוע,רכיב,שם אירוע,תיאור,מקור,כתובת IP", "קורס: בדוי", "מערכת",
           "קורס נצפה", "%d/%m/%y, %H:%M"),
    "hu": ("Idő,Felhasználó teljes neve,Érintett felhasználó,Esemény kontextusa,Komponens,Esemény neve,Leírás,Eredet,"
           "IP-cím", "Kurzus: Kitalált", "Rendszer", "Kurzus megtekintve", "%Y. %m. %d., %H:%M"),
    "vi": ("Thời gian,Họ và tên,Người dùng bị ảnh hưởng,Ngữ cảnh sự kiện,Thành phần,Tên sự kiện,Mô tả,Nguồn gốc,"
           "Địa chỉ IP", "Khóa học: Giả", "Hệ thống", "Khoá học đã được xem", "%d/%m/%y, %H:%M"),
    "uk": ("Час,Повне ім’я,Порушений користувач,Контекст події,Компонент,Назва події,Опис,Походження,IP-адреса",
           "Курс: Вигаданий", "Система", "Курс переглянуто", "%d/%m/%y, %H:%M"),
}  # fmt: skip

EVENTS = [
    ("Ana Ficta", "5", "viewed the course with id '7'.", "course"),
    ("Ana Ficta", "5", "viewed the 'quiz' activity with course module id '44'.", "quiz"),
    ("Ana Ficta", "5", "has started the attempt with id '3' for the quiz with course module id '44'.", "quiz"),
    ("Bo Ficta", "6", "viewed the course with id '7'.", "course"),
    ("Eva Docenta", "9", "viewed the log report for the course with id '7'.", "report"),
    ("Bo Ficta", "6", "viewed the 'page' activity with course module id '45'.", "page"),
]


def rows_in(language):
    labels, context, component, name, layout = LANGUAGES[language]
    rows = [labels.split(",")]
    for number in range(30):
        who, user, says, module = EVENTS[number % 6]
        moment = datetime(2022, 3, 14, 15) - timedelta(hours=7 * number)
        where = context if module in ("course", "report") else f"{context} {module}"
        rows.append(
            [moment.strftime(layout), who, "-", where, component if module == "course" else f"{component} {module}",
             f"{name} {number % 6 if module != 'course' else ''}".strip(), f"The user with id '{user}' {says}", "web",
             "10.0.0.1"]
        )  # fmt: skip
    return rows


def written(rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_reads_a_log_in(enrich, language):
    rows = rows_in(language)
    result = enrich(written(rows))
    assert result.summary.activity_types == {"View": 10, "Assess_A": 5, "Assess_P": 5, "Study_P": 5}
    assert [one["person"] for one in result.summary.staff] == ["9"]
    assert (result.summary.first_time, result.summary.last_time) == (
        "2022-03-06T04:00:00+00:00",
        "2022-03-14T15:00:00+00:00",
    )
    names = ("user_full_name", "event_context", "component", "event_name", "description", "origin", "ip_address")
    went = sorted(tuple(row[name] for name in names) for row in result.events + result.dropped)
    assert went == sorted((row[1], *row[3:]) for row in rows[1:])


def test_it_says_which_columns_were_told_by_their_content(enrich):
    result = enrich(written(rows_in("he")))
    summary = result.summary
    assert summary.detected["columns"][0]["description"] == "תיאור"
    assert "description" in summary.detected["columns_guessed"]
    assert "“תיאור” → description" in result.warned["columns_guessed"]


def test_a_column_of_ones_own_is_not_taken_for_one_of_moodles(enrich):
    rows = [row | {"Remark": "17/10/2021, 09:00"} for row in [viewed(4), viewed(5)]]
    result = enrich(log_text(rows, header=["Remark", "Time", "User full name", "Event context", "Description"]))
    assert {row["time"] for row in result.events} == {"2021-10-17T12:39:00+00:00"}
    assert result.summary.detected["columns_guessed"] == []


def test_a_misspelt_label_is_understood(enrich):
    log = log_text([viewed(4)]).replace("User full name", "User fullname").replace("Event context", "Event contxt")
    result = enrich(log)
    assert result.events[0]["event_context"] == "Course: Invented Studies"
    assert result.summary.detected["columns_guessed"] == []


def test_unknown_labels_without_descriptions_are_refused_without_showing_a_row(enrich):
    rows = [[*row[:6], *row[7:]] for row in rows_in("ko")]
    with pytest.raises(LogError, match="none of them holds Moodle's descriptions") as refusal:
        enrich(written(rows))
    assert "Ficta" not in str(refusal.value)


@pytest.mark.parametrize("beside", ["59.06", "7.5", "1.250", "10:20:30", "0.1.2"])
def test_what_is_no_address_in_nearly_every_row_is_left_out(enrich, beside):
    rows = [viewed(4, **{"Mark": beside}), viewed(5, **{"Mark": "10.0.0.1"}), *[viewed(6, **{"Mark": beside})] * 5]
    header = ["Time", "Event context", "Component", "Event name", "Description", "Mark"]
    assert {row["ip_address"] for row in enrich(log_text(rows, header=header)).events} == {""}


@pytest.mark.parametrize("address", ["10.0.0.1", "2001:db8::1", "192.168.x.x", "192.168.*"])
def test_an_address_is_told_by_its_look(enrich, address):
    rows = [viewed(4, **{"From": address}), viewed(5, **{"From": address})]
    header = ["Time", "Event context", "Component", "Event name", "Description", "From"]
    assert {row["ip_address"] for row in enrich(log_text(rows, header=header)).events} == {address}
