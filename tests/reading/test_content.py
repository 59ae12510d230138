"""Logs in languages of which nobody knows the labels: the columns are told by what is in them."""

import csv
import io
from datetime import datetime, timedelta

import pytest
from conftest import HEADER, log_text, viewed
from formats import as_xlsx

from moodlelogsmart.messages import LogError
from moodlelogsmart.reading.layout import find_layout
from moodlelogsmart.reading.model import CONTENT, Column, Part

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


@pytest.fixture
def bare():
    """A log without descriptions, in English."""
    return [[*row[:6], *row[7:]] for row in english()]


def english():
    rows = []
    for number in range(60):
        who = f"{['Ana', 'Bo', 'Carla', 'Davi', 'Eva'][number % 5]} Ficta"
        where, part, name = KINDS[number * 7 % len(KINDS)]
        moment = datetime(2022, 3, 14, 15) + timedelta(hours=7 * number)
        affected = who if name.startswith("Quiz attempt") else "-"
        rows.append(
            [moment.strftime("%d/%m/%y, %H:%M"), who, affected, where, part, name, "Nothing.", "web", "10.0.0.1"]
        )
    return [HEADER, *rows]


KINDS = [
    ("Course: Logic", "System", "Course viewed"),
    ("File: Slides", "File", "Course module viewed"),
    ("Quiz: One", "Quiz", "Course module viewed"),
    ("Quiz: One", "Quiz", "Quiz attempt started"),
    ("Quiz: One", "Quiz", "Quiz attempt submitted"),
    ("Forum: Questions", "Forum", "Discussion created"),
]
NONSENSE = ["Laix", "Pilns vards", "Skartais", "Konteksta", "Sastavs", "Notikums", "Avots", "Adrise"]


def told(result):
    """What is left of the results where names are in unknown labels: who did what, when and where."""
    names = ("time", "user_full_name", "event_context", "component", "event_name", "activity_type", "module", "action")
    return [tuple(row[name] for name in names) for row in result.events]


def guessed(rows):
    """The labels of the columns that were told by what is in them, by name."""
    columns = find_layout(written(rows)).columns
    return {name: part.value.label for name, part in columns.items() if part.by == CONTENT}


def without(rows, *places):
    return [[cell for place, cell in enumerate(row) if place not in places] for row in rows]


@pytest.mark.parametrize(
    "left_out", [(), (2,), (7,), (6, 7), (2, 6, 7)], ids=["nothing", "affected", "address", "origin too", "five left"]
)
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_unknown_labels_without_descriptions_are_told_by_their_place(read, bare, left_out, delimiter):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(without([NONSENSE, *bare[1:]], *left_out))
    rows, reading = read(out.getvalue())
    assert rows == read(written(without(bare, *left_out)))[0]
    assert len(rows) == 60
    assert reading.language.value == ""
    assert reading.files[0].columns["event_name"] == Part(Column(6 - (2 in left_out), "Notikums"), False, CONTENT)


def test_labels_that_are_told_by_their_place_are_told(enrich, bare):
    result = enrich(written([NONSENSE, *bare[1:]]))
    assert told(result) == told(enrich(written(bare)))
    assert "100% of the rows" in result.warned["language_unknown"]
    assert "“Notikums” → event_name" in result.warned["columns_guessed"]


def test_unknown_labels_of_a_workbook_without_descriptions_are_told_by_their_place(read, bare):
    assert read(as_xlsx([NONSENSE, *bare[1:]]))[0] == read(written(bare))[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_is_refused_without_descriptions(read, language):
    log = without(rows_in(language), 6)
    rows, _ = read(written(log))
    assert len(rows) == 30
    assert {row["user_full_name"] for row in rows} >= {"Ana Ficta", "Bo Ficta"}
    assert {row["event_context"] for row in rows} == {row[3] for row in log[1:]}


def test_the_log_of_a_whole_site_is_told_by_place_though_hardly_a_context_has_a_colon(read, bare):
    rows = [[*row[:3], row[3] if at % 4 == 0 else "Front page", *row[4:]] for at, row in enumerate(bare[1:])]
    assert read(written([NONSENSE, *rows]))[0] == read(written([bare[0], *rows]))[0]


PSEUDONYMS = {
    "codes": "P-0{}F3A", "hashes": "9f86d081884c7d65{}a2feaa0c55ad015", "words": "User 1{}", "addresses": "u{}@x.example",
    "numbers": "10{}",
}  # fmt: skip


@pytest.mark.parametrize("label", ["Pseudonym", "Aluno", "hash"])
@pytest.mark.parametrize("kind", PSEUDONYMS)
@pytest.mark.parametrize("left_out", [(), (2,), (6, 7)], ids=["nothing", "affected", "origin"])
def test_a_person_under_another_label_is_told_by_its_place(bare, label, kind, left_out):
    people = sorted({row[1] for row in bare[1:]})
    rows = [[row[0], PSEUDONYMS[kind].format(people.index(row[1])), "-", *row[3:]] for row in bare[1:]]
    assert guessed(without([[HEADER[0], label, *bare[0][2:]], *rows], *left_out)) == {"user_full_name": label}


def test_a_person_under_another_label_is_a_learner(enrich, bare):
    result = enrich(written([[HEADER[0], "Pseudonym", *bare[0][2:]], *bare[1:]]))
    assert result.summary.learners == 5
    assert result.summary.detected["columns_guessed"] == ["user_full_name"]
    assert "“Pseudonym” → user_full_name" in result.warned["columns_guessed"]


@pytest.mark.parametrize("at", [0, 5, 8])
def test_a_person_in_another_place_is_told_by_coming_back(bare, at):
    """Beside what somebody added: the group goes with the person, week and weekday with the day, the kind with the name."""
    moved = [[*without([row], 1, 2)[0]] for row in bare]
    for row, old in zip(moved, bare, strict=True):
        row.insert(min(at, len(row)), old[1] if old is not bare[0] else "hash")
        row += [f"Group {old[1] < 'C'}", f"Week {old[0][:2]}", f"Kind {old[5]}", "59.06"]
    moved[0][-4:] = ["Turma", "Semana", "Tipo", "Nota"]
    assert guessed(moved) == {"user_full_name": "hash"}


def test_two_unknown_labels_among_known_ones(read, bare):
    rows = [[HEADER[0], "Aluno", HEADER[2], "Onde", *bare[0][4:]], *bare[1:]]
    found, reading = read(written(rows))
    assert found == read(written(bare))[0]
    assert reading.detected["columns_guessed"] == ["event_context", "user_full_name"]


def test_known_labels_win_over_the_order_of_columns(read, bare):
    turned = [row[::-1] for row in bare]
    found, reading = read(written(turned))
    assert found == read(written(bare))[0]
    assert reading.detected["columns_guessed"] == []


@pytest.mark.parametrize("cell", ["A", "Group 7", "12", "59.06", "a remark", ""])
def test_what_people_put_between_the_columns_is_left_out(bare, cell):
    for at in (1, 2, 3, 5):
        rows = [[*row[:at], cell if number else "Nota", *row[at:]] for number, row in enumerate(bare)]
        assert guessed(rows) == {}


def test_a_group_is_no_person_where_descriptions_tell_people(enrich):
    rows = [viewed(4 + n % 6, Group=f"G{n % 2}", **{"Event name": "Course module viewed"}) for n in range(60)]
    result = enrich(log_text(rows, header=["Time", "Group", *HEADER[3:]]))
    assert result.summary.learners == 6
    assert {row["user_full_name"] for row in result.events} == {""}


NO_LOGS = {
    "grades": [["Name", "Mail", "Saved", "Quiz: One", "Total"],
               *([f"Ana {n}", f"a{n}@x.example", f"1{n % 9}/03/22, 10:0{n % 9}", f"{n}.5", "7"] for n in range(40))],
    "addresses": [["Nomo", "Strato", "Urbo", "Dato"],
                  *([f"Ana {n}", f"Rua {n}", "Urbo", f"1{n % 9}/03/22, 10:0{n % 9}"] for n in range(40))],
    "messages": [["Dato", "De", "Al", "Pri", "Loko", "Stato"],
                 *([f"1{n % 9}/03/22, 10:0{n % 9}", "Ana", "Bo", f"Re: {n}", "Inbox", "Read"] for n in range(40))],
    "tickets": [["Dato", "Kiu", "Pri", "Speco", "Stato"],
                *([f"1{n % 9}/03/22, 10:0{n % 9}", f"Ana {n % 3}", f"Eraro {n % 5}", "Bug", "Open"] for n in range(40))],
}  # fmt: skip


@pytest.mark.parametrize("name", NO_LOGS)
def test_what_is_no_log_is_refused_without_showing_a_row(name):
    with pytest.raises(LogError, match="has none of the columns of a Moodle log") as refusal:
        find_layout(written(NO_LOGS[name]))
    assert "Ana" not in str(refusal.value)


def test_a_name_with_a_number_is_no_description():
    rows = [[row[0], f"User {len(row[1])}", *row[2:]] for row in english()]
    assert guessed([[f"Q{n}" for n in range(9)], *rows[1:]])["user_full_name"] == "Q1"


@pytest.mark.parametrize("beside", ["59.06", "7.5", "1.250", "10:20:30", "0.1.2"])
def test_what_is_no_address_in_nearly_every_row_is_left_out(read, beside):
    rows = [viewed(4, **{"Mark": beside}), viewed(5, **{"Mark": "10.0.0.1"}), *[viewed(6, **{"Mark": beside})] * 5]
    header = ["Time", "Event context", "Component", "Event name", "Description", "Mark"]
    assert {row["ip_address"] for row in read(log_text(rows, header=header))[0]} == {""}


@pytest.mark.parametrize("address", ["10.0.0.1", "2001:db8::1", "192.168.x.x", "192.168.*"])
def test_an_address_is_told_by_its_look(read, address):
    rows = [viewed(4, **{"From": address}), viewed(5, **{"From": address})]
    header = ["Time", "Event context", "Component", "Event name", "Description", "From"]
    assert {row["ip_address"] for row in read(log_text(rows, header=header))[0]} == {address}
