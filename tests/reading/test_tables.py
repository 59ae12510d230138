"""Other tables that Moodle lets people download are told for what they are, and a log stays one."""

import csv
import io

import pytest
from conftest import HEADER, finish, log_text, viewed
from formats import as_csv, as_html, as_ods, as_xlsx, as_zip
from hypothesis import given
from hypothesis import strategies as st

from moodlelogsmart.messages import LogError, NoLog
from moodlelogsmart.reading.sources import check_start
from moodlelogsmart.reading.tables import find_kind, shown_labels
from moodlelogsmart.report.labels import OTHERS

WHAT_TO_DO = "In Moodle: your course → Reports → Logs → Get these logs → Download table data as"


def table(text):
    return [line.split("|") for line in text.split("\n")]


# As Moodle writes them, of invented people.
GRADES = {
    "en": "First name|Surname|ID number|Email address|Quiz:\xa0Week 1 (Real)|Course total (Real)|Last downloaded from "
    "this course\nAna|Souza||a@example.org|8.50|8.50|1623456789\nRui|Prado||r@example.org|-|-|1623456789",
    "pt_br": "Nome|Sobrenome|Endereço de email|Tarefa: Resumo (Real)|Total do curso (Real)|Último download realizado "
    "neste curso.\nAna|Souza|a@example.org|8,50|8,50|1623456789",
    "es": "Nombre|Apellido(s)|Dirección de correo|Cuestionario:Tema 1 (Real)|Total del curso (Real)\n"
    "Ana|Souza|a@example.org|8,50|8,50",
    "de": "Vorname|Nachname|ID-Nummer|E-Mail-Adresse|Aufgabe:Eins (Punkte)|Kurs gesamt (Punkte)|Zuletzt aus diesem Kurs "
    "geladen\nAna|Souza||a@example.org|8,50|8,50|1623456789",
    "fr": "Prénom|Nom|Adresse de courriel|Test : Un (Brut)|Total du cours (Brut)|Dernier téléchargement depuis ce cours"
    "\nAna|Souza|a@example.org|8,50|8,50|1623456789",
    "as percentages": "First name|Surname|Assignment: Essay (Percentage)\nAna|Souza|85.00 %",
    "of one assignment": "Identifier|Full name|Email address|Status|Grade|Maximum Grade|Grade can be changed|Last modified "
    "(submission)|Last modified (grade)|Feedback comments\nParticipant 1|Ana Souza|a@example.org|Submitted for grading|"
    "8.00|10.00|Yes|Wednesday, 5 June 2021, 10:00 AM|Thursday, 6 June 2021, 10:00 AM|",
    "of one assignment, pt_br": "Identificador|Nome completo|Endereço de email|Status|Nota|Nota máxima|Nota pode ser "
    "alterada|Última modificação (envio)|Última modificação (nota)|Comentários de feedback\nParticipante 1|Ana Souza|"
    "a@example.org|Enviado para avaliação|8,00|10,00|Sim|sábado, 5 jun. 2021, 10:00|-|",
    "of one assignment, es": "Identificador|Nombre completo|Dirección de correo|Estado|Calificación|Calificación máxima|La "
    "calificación puede ser cambiada|Última modificación (entrega)|Última modificación (calificación)\nParticipante 1|Ana "
    "Souza|a@example.org|Enviado para calificar||10,00|Sí|sábado, 5 de junio de 2021, 10:00|-",
    "of one assignment, de": "ID|Vollständiger Name|E-Mail-Adresse|Status|Bewertung|Bestwertung|Zuletzt geändert (Abgabe)|"
    "Zuletzt geändert (Bewertung)\nTeilnehmer/in1|Ana Souza|a@example.org|Abgegeben||10,00|Samstag, 5. Juni 2021, 10:00|-",
    "of one assignment, fr": "Identifiant|Nom complet|Adresse de courriel|Statut|Note maximale|Dernière modification "
    "(travail remis)|Dernière modification (note)\nParticipant 1|Ana Souza|a@example.org|Remis|10,00|samedi 5 juin 2021, "
    "10:00|-",
    "of names alone": "Surname|Course total\nSouza|9",
}
PARTICIPANTS = {
    "en": "First name|Last name|Email address|Roles|Groups|Last access to course|Status\n"
    "Ana|Souza|a@example.org|Student|A|5 mins 3 secs|Active",
    "en, as downloaded": "First name|Surname|Email address\nAna|Souza|a@example.org\nRui|Prado|r@example.org",
    "with a column of the site's own": "First name|Surname|Programme of study|Roles\nAna|Souza|Physics|Student",
    "pt_br": "Nome|Sobrenome|Endereço de email|Papéis|Grupos\nAna|Souza|a@example.org|Estudante|A",
    "es": "Nombre|Apellido(s)|Dirección de correo|Roles|Grupos\nAna|Souza|a@example.org|Estudiante|A",
    "de": "Vorname|Nachname|E-Mail-Adresse|Rollen|Gruppen\nAna|Souza|a@example.org|Teilnehmer/in|A",
    "fr": "Prénom|Nom|Adresse de courriel|Rôles|Groupes\nAna|Souza|a@example.org|Étudiant|A",
}
QUIZ = {
    "en": "Surname|First name|Email address|State|Started on|Completed|Time taken|Grade/10.00|Q. 1 /5.00|Q. 2 /5.00\n"
    "Souza|Ana|a@example.org|Finished|5 June 2021  10:00 AM|5 June 2021  10:10 AM|10 mins|8.50|5.00|3.50\n"
    "Overall average||||||||4.20|",
    "en, of Moodle 4": "Last name|First name|Username|Status|Started|Completed|Duration|Grade/10.00|Question 1|Response "
    "1|Right answer 1\nSouza|Ana|ana1|Finished|22 July 2026 09:00|22 July 2026 09:05|5 mins|10.00|2 + 2?|4|4",
    "pt_br": "Sobrenome|Nome|Endereço de email|Estado|Iniciado em|Completo|Tempo utilizado|Avaliar/10,00|Q. 1 /10,00\n"
    "Souza|Ana|a@example.org|Finalizada|5 junho 2021  10:00|5 junho 2021  10:10|10 minutos|8,50|8,50",
    "es": "Apellido(s)|Nombre|Dirección de correo|Estado|Comenzado el|Finalizado|Tiempo requerido|Calificación/10,00|P. 1 "
    "/1,00\nSouza|Ana|a@example.org|Finalizado|5 de junio de 2021  10:00|5 de junio de 2021  10:10|10 minutos|8,50|1,00",
    "de": "Nachname|Vorname|E-Mail-Adresse|Status|Begonnen am|Beendet|Verbrauchte Zeit|Bewertung/10,00|F 1 /1,00\n"
    "Souza|Ana|a@example.org|Beendet|5. Juni 2021  10:00|5. Juni 2021  10:10|10 Minuten|8,50|1,00",
    "fr": "Nom|Prénom|Adresse de courriel|État|Commencé le|Terminé|Temps utilisé|Note/10,00|Q. 1 /1,00\n"
    "Souza|Ana|a@example.org|Terminé|5 juin 2021  10:00|5 juin 2021  10:10|10 min|8,50|1,00",
    "of responses": "Surname|First name|State|Started on|Completed|Response 1|Response 2\n"
    "Souza|Ana|Finished|5 June 2021  10:00 AM|5 June 2021  10:10 AM|Paris|Rome",
}
COMPLETION = {
    "en": "|Email address|Week 1||Essay|\nAna Souza|a@example.org|Completed|2021-06-05 10:00:00|Not completed|\n"
    "Rui Prado|r@example.org|Not completed||Completed (achieved pass grade)|2021-06-07 11:00:00",
    "with the day when it is due": "|Week 1|2021-06-04 00:00:00|Essay|\nAna Souza|Completed|2021-06-05 10:00:00|Not "
    "completed|\nRui Prado|Not completed||Completed|2021-06-07 11:00:00",
    "of the course": "ID|Name|Email address|Week 1|Week 1 - Completion date|Course complete\n"
    "4|Ana Souza|a@example.org|Completed|5 June 2021|",
    "pt_br": "|Endereço de email|Semana 1||Resumo|\nAna Souza|a@example.org|Concluído|2021-06-05 10:00:00|Não concluído|",
    "es": "|Semana 1||Resumen|\nAna Souza|Finalizado|2021-06-05 10:00:00|No finalizado|",
    "de": "|Woche 1||Aufsatz|\nAna Souza|Abgeschlossen|2021-06-05 10:00:00|Nicht abgeschlossen|",
    "fr": "|Semaine 1||Essai|\nAna Souza|Terminé|2021-06-05 10:00:00|Pas terminé|",
}
ANSWERS = {
    "questionnaire": "Response|Submitted on:|Institution|Department|Course|Group|ID|Full name|Username|Q01_How\n"
    "7|05/06/2021 10:00:00||||A|4|Ana Souza|ana1|well",
    "feedback": "Response number|How was it?\n1|well\n2|not so well",
}
ATTENDANCE = {
    "en": "ID|Last name|First name|Groups|5 Jun 2021 10.00AM All students|P|L|Taken sessions|Points|Percentage\n"
    "4|Souza|Ana|A|P (2/2)|1|0|1|2 / 2|100.0"
}
KINDS = {
    "grades": (GRADES, "is a grades file, not a log."),
    "participants": (PARTICIPANTS, "is a list of participants, not a log."),
    "quiz": (QUIZ, "holds the results of a quiz, not a log."),
    "completion": (COMPLETION, "holds the results of activity completion, not a log."),
    "answers": (ANSWERS, "holds the answers to a questionnaire, not a log."),
    "attendance": (ATTENDANCE, "holds the attendance of a course, not a log."),
}
TABLES = [(kind, language) for kind, (tables, _sentence) in KINDS.items() for language in tables]


@pytest.mark.parametrize(("kind", "language"), TABLES)
def test_each_kind_is_told_by_its_header_in_any_language(kind, language):
    header, *rows = table(KINDS[kind][0][language])
    assert find_kind(header, rows) == kind


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(("kind", "language"), TABLES)
def test_it_is_told_at_once_whatever_stands_between_the_cells(tmp_path, kind, language, delimiter):
    (tmp_path / "file").write_bytes(as_csv(table(KINDS[kind][0][language]), "utf-8-sig", "\r\n", delimiter))
    with pytest.raises(NoLog) as caught:
        check_start(tmp_path / "file")
    assert caught.value.kind == kind


PACKS = {
    "comma": as_csv,
    "semicolon": lambda rows: as_csv(rows, delimiter=";"),
    "tab in UTF-16": lambda rows: as_csv(rows, "utf-16", delimiter="\t"),
    "xlsx": as_xlsx,
    "ods": as_ods,
    "html": as_html,
}


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("kind", KINDS)
def test_in_any_form_it_is_said_with_what_to_do(enrich, kind, pack):
    tables, sentence = KINDS[kind]
    with pytest.raises(LogError) as caught:
        enrich(PACKS[pack](table(next(iter(tables.values())))))
    assert str(caught.value.message).startswith(f"log-0.csv {sentence}")
    assert WHAT_TO_DO in caught.value.message
    assert not {"Souza", "Ana"} & set(caught.value.message.split())


@pytest.mark.parametrize("kind", KINDS)
def test_the_server_says_it_with_the_name_of_the_file(client, upload, tmp_path, kind):
    tables, sentence = KINDS[kind]
    rows = table(next(iter(tables.values())))
    answer = upload(as_csv(rows), name="notas.csv", json=True)
    assert (answer.status_code, f"notas.csv {sentence}" in answer.get_json()["error"]) == (400, True)
    assert f"notas.csv {sentence}" in upload(as_csv(rows), name="notas.csv").get_data(as_text=True)
    job_id = upload(as_xlsx(rows), name="notas.xlsx", json=True).get_json()["job_id"]
    assert f"notas.xlsx {sentence}" in finish(client, job_id)["error"]
    assert [path for path in (tmp_path / "instance" / "jobs").rglob("*") if path.is_file()] == []


MORE = ["First name", "Last name", "Email address", "Roles", "Groups", "Course total", "Started on", "Completed"]


def test_a_log_that_has_columns_of_other_tables_stays_a_log(enrich):
    row = viewed(4) | dict.fromkeys(MORE, "x")
    assert enrich(log_text([row], header=[*MORE, *HEADER])).summary.events_kept == 1


def test_a_log_without_known_names_but_with_moodles_descriptions_stays_a_log(enrich):
    rows = [viewed(user, time=f"1{user}/10/21, 12:39") | {"Groups": "A", "Roles": "B"} for user in (4, 5, 6)]
    text = log_text(rows, header=["Roles", "Groups", "Time", "Description"])
    text = text.replace("Roles,Groups,Time,Description", "Username,Groups,When,What happened")
    assert enrich(text).summary.events_kept == 3


def test_what_a_person_says_of_the_columns_counts(enrich):
    text = QUIZ["of responses"].replace("|", ",")
    rows = list(csv.reader(io.StringIO(text)))
    log = as_csv(rows)
    assert enrich(log, columns=("time=4", "user_full_name=1", "event_name=3")).summary.events_kept == 1


USED = log_text([viewed(4), viewed(5)]).encode()


@pytest.mark.parametrize("first", [True, False])
def test_of_several_files_the_logs_are_used_and_the_others_named(client, upload, first):
    others = [
        (io.BytesIO(as_xlsx(table(GRADES["en"]))), "notas.xlsx"),
        (io.BytesIO(b"%PDF-1.7\n"), "programme.pdf"),
        (io.BytesIO(as_csv(table(PARTICIPANTS["es"]))), "lista.csv"),
    ]
    log = (io.BytesIO(USED), "logs.csv")
    files = [log, *others] if first else [*others, log]
    answer = client.post("/upload", data={"file": files}, headers={"Accept": "application/json"})
    assert answer.status_code == 202, answer.get_json()
    facts = finish(client, answer.get_json()["job_id"])
    assert facts["error"] is None
    (warning,) = [one for one in facts["summary"]["warnings"] if one["code"] == "files_left_out"]
    assert warning["text"] == (
        "Used: logs.csv. Not used: notas.xlsx (grades), programme.pdf (PDF), lista.csv (list of participants: to use it, "
        "choose it as that among the options)."
    )
    assert warning["kinds"] == ["grades", "pdf", "participants"]
    page = client.get(f"/status/{facts['job_id']}").get_data(as_text=True)
    assert "Not used: notas.xlsx (grades), programme.pdf (PDF)" in page


def refused(client, files):
    """Why several files are refused: at once, or where there was no time to look at all of them, in the job."""
    answer = client.post("/upload", data={"file": files}, headers={"Accept": "application/json"})
    facts = answer.get_json()
    return facts["error"] if answer.status_code == 400 else finish(client, facts["job_id"])["error"]


def test_of_several_files_that_are_no_logs_the_first_is_named(client):
    files = [(io.BytesIO(as_csv(table(QUIZ["de"]))), "test.csv"), (io.BytesIO(b"%PDF-1.7\n"), "programme.pdf")]
    assert refused(client, files).startswith("test.csv holds the results of a quiz, not a log.")


def test_a_log_that_lacks_columns_is_not_left_out_in_silence(client):
    files = [(io.BytesIO(USED), "a.csv"), (io.BytesIO(b"Description,Event name\nx,y\n"), "b.csv")]
    assert refused(client, files).startswith("b.csv has no column “Time”")


def test_an_archive_of_other_files_alone_names_the_first(enrich):
    with pytest.raises(LogError, match=r"^notas\.csv is a grades file, not a log\."):
        enrich(as_zip({"course/notas.csv": as_csv(table(GRADES["fr"])), "course/b.pdf": b"%PDF-1.7\n"}))


HEADERS = {
    "numbers below": ("name|grade|points\nAna Souza|7|8\nRui Prado|8|9", ["name", "grade", "points"]),
    "times below": ("Quand|Qui\n03/04/21, 12:39|Ana Souza", ["Quand", "Qui"]),
    "known labels": ("Nome|Grupos|Nota\nAna Souza|A|B", ["Nome", "Grupos", "Nota"]),
    "a row with a word that is a label": ("Ana Souza|Student\nRui Prado|Teacher", []),
    "a row of data": ("Ana Souza|7|8\nRui Prado|8|9", []),
    "a row of data without a number": ("Ana Souza|absent|late\nRui Prado|8|9\nAna Souza|8|9", []),
    "words alone": ("Ana Souza|Physics\nRui Prado|Maths", []),
    "a title": ("Report of Ana Souza||\nRui Prado|8|9", []),
    "an address": ("ana@example.org|Ana|x\nr@example.org|1|2", []),
    "a row that stands alone": ("Ana Souza|here|there", []),
}


@pytest.mark.parametrize("case", HEADERS)
def test_labels_are_shown_and_rows_of_data_never(case):
    text, labels = HEADERS[case]
    header, *rows = table(text)
    assert shown_labels(header, rows, 0) == labels


cells = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["Ana Souza", "a@example.org", "8,50", "03/04/21, 12:39", "Completed", "Groups", "Q. 1 /1.00", "* (Real)", ""]
)


@given(st.lists(st.lists(cells, max_size=6), min_size=1, max_size=6), st.integers(min_value=0, max_value=3))
def test_of_any_table_only_words_of_its_first_row_are_shown(rows, known):
    header, *below = rows
    assert find_kind(header, below) in {*KINDS, ""}
    shown = shown_labels(header, below, known)
    assert set(shown) <= {label.strip()[:40] for label in header}
    assert not {"a@example.org", "8,50", "03/04/21, 12:39", ""} & set(shown)


def test_of_many_long_labels_a_few_are_shown_and_cut():
    header = [f"label {'x' * 99} {n}" for n in range(99)]
    shown = shown_labels(header, [["1"] * 99], 0)
    assert len(shown) == 10
    assert max(map(len, shown)) <= 40


def test_every_kind_of_file_that_is_no_log_has_a_name():
    assert KINDS.keys() <= OTHERS.keys()
