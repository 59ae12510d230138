"""The invented course as the files that Moodle exports of a course, in the languages of our pages."""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from moodlelogsmart.meaning.catalogue import NAMES_FILE
from moodlelogsmart.reading.columns import read_labels
from moodlelogsmart.reading.model import COLUMNS
from moodlelogsmart.report.words import say
from moodlelogsmart.sample.course import COURSE, EXERCISES, TEACHERS, Act, Course, Element

# What somebody did, Moodle's event of it, and the sentence, which Moodle writes in English everywhere.
ACTS_FILE = Path(__file__).with_name("acts.csv")
BY_CRON = ("abandoned", "recalculated")
_COLUMNS = [column for column in COLUMNS if column != "course"]  # which only the log of a whole site has


@dataclass(frozen=True)
class Words:
    """What a language says in the lists beside a log: the columns of the participants and of the grades, roles, who is
    in no group; and the mark between a number and its parts."""

    names: tuple[str, str]
    email: str
    roles: str
    groups: str
    teacher: str
    student: str
    no_group: str
    number: str
    total: str
    mark: str


WORDS = {
    "en": Words(
        ("First name", "Last name"), "Email address", "Roles", "Groups", "Teacher", "Student", "No groups", "ID number",
        "Course total (Real)", ".",
    ),
    "pt_BR": Words(
        ("Nome", "Sobrenome"), "Endereço de email", "Papéis", "Grupos", "Professor", "Estudante", "Nenhum grupo",
        "Número de identificação", "Total do curso (Real)", ",",
    ),
    "es": Words(
        ("Nombre", "Apellido(s)"), "Dirección de correo", "Roles", "Grupos", "Profesor", "Estudiante", "Sin grupos",
        "Número de ID", "Total del curso (Real)", ",",
    ),
}  # fmt: skip
# Where the sample is, by the language of who looks at it; its term has no day on which a day could be a month.
ZONES = {"en": "Europe/London", "pt_BR": "America/Sao_Paulo", "es": "Europe/Madrid"}
BEGIN, LAYOUT = date(2024, 3, 4), "%d/%m/%y, %H:%M"
LOG, PARTICIPANTS, GRADES = "sample.csv", "sample-participants.csv", "sample-grades.csv"


@dataclass(frozen=True)
class Sample:
    """Where the sample lies: its log, the list of participants, the grades; and the zone of its times."""

    log: Path
    participants: Path
    grades: Path
    timezone: str


def sample(folder: Path, language: str = "en") -> Sample:
    """Write the sample into a folder that is there, as Moodle exports it in one of the languages of our pages.

        one = sample(Path("results"), "pt_BR")
        process(one.log, Options(roster=one.participants, grades=one.grades, timezone=one.timezone), Path("results"))

    It is always the same. Raises OSError, and KeyError for another language.
    """
    for name, text in sample_texts(language).items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return Sample(folder / LOG, folder / PARTICIPANTS, folder / GRADES, ZONES[language])


@cache
def sample_texts(language: str) -> dict[str, str]:
    """The files of the sample, by name: LOG, PARTICIPANTS and GRADES."""
    course = Course(place=(ZONES[language], BEGIN, LAYOUT))
    return {
        LOG: log_text(course, language),
        PARTICIPANTS: participants_text(course, language),
        GRADES: grades_text(course, language),
    }


Called = Callable[[int, int], tuple[int, str, int, str]]


def log_text(course: Course, language: str = "en", rename: Called | None = None) -> str:
    """The log as CSV, newest first. `rename` gives numbers and names of who acted and of whom it concerns."""

    def called(user: int, other: int) -> tuple[int, str, int, str]:
        return user, course.names.get(user, "-"), other, course.names.get(other, "-")

    rows = [_row(act, course.layout, language, *(rename or called)(act.user, act.other)) for act in course.acts]
    return _as_csv([[_label(column, language) for column in _COLUMNS], *reversed(rows)])


def participants_text(course: Course, language: str = "en") -> str:
    """The table of participants as CSV."""
    words = WORDS[language]
    rows = [
        [*course.names[user].split(" ", 1), f"p{user}@example.org",
         words.teacher if user in TEACHERS else words.student,
         say(course.groups[user], language) if user in course.groups else words.no_group]
        for user in course.names
    ]  # fmt: skip
    return _as_csv([[*words.names, words.email, words.roles, words.groups], *rows])


def grades_text(course: Course, language: str = "en") -> str:
    """The export of grades as CSV: one of each exercise that somebody did, and the total."""
    words = WORDS[language]
    exercises = [one for one in course.elements.values() if one.kind in EXERCISES]
    done = {(act.user, act.element) for act in course.acts if act.did in ("handed in", "submitted")}

    def graded(user: int, grade: float | None) -> str:
        return "-" if grade is None else f"{grade:.1f}".replace(".", words.mark)

    rows = [
        [*course.names[user].split(" ", 1), "", f"p{user}@example.org",
         *(graded(user, _marked(course, user, one) if (user, one) in done else None) for one in exercises),
         graded(user, course.grades.get(user))]
        for user in course.listed
    ]  # fmt: skip
    items = [f"{_context(one, language)} (Real)" for one in exercises]
    return _as_csv([[*words.names, words.number, words.email, *items, words.total], *rows])


def event_name(act: Act, language: str = "en") -> str:
    """What Moodle calls the event of an act."""
    return _called(act, language)[1]


def _marked(course: Course, user: int, one: Element) -> float | None:
    """The grade of somebody who did an exercise: about that of the whole course."""
    total = course.grades.get(user)
    return None if total is None else min(100.0, total + (user * 7 + one.cm * 5) % 13 - 6)


def _row(act: Act, layout: str, language: str, user: int, name: str, other: int, other_name: str) -> list[str]:
    one = act.element
    component, event = _called(act, language)
    _event, sentence = _acts()[act.did]
    told = sentence.format(
        user=user, other=other, cm=one.cm if one else "", kind=one.kind if one else "", number=act.number
    )
    context = _context(one, language) if one else f"{_label('course', language)}: {say(COURSE, language)}"
    origin = "cli" if act.did in BY_CRON else "web"
    return [act.moment.strftime(layout), name, other_name, context, component, event, told, origin, "10.0.0.1"]


def _context(one: Element, language: str) -> str:
    """Where something happened: what Moodle calls an activity of this kind, and its name."""
    return f"{_names(language)[f'mod_{one.kind}']}: {say(one.name, language)}"


def _called(act: Act, language: str) -> tuple[str, str]:
    """Component and name of the event; in English what a language has no word for, as in Moodle."""
    event = _acts()[act.did][0].format(kind=act.element.kind if act.element else "")
    return _names(language)[event.split("\\")[1]], _names(language).get(event) or _names("en")[event]


@cache
def _acts() -> dict[str, tuple[str, str]]:
    """The rows of ACTS_FILE."""
    with ACTS_FILE.open(encoding="utf-8", newline="") as file:
        return {row["did"]: (row["event"], row["sentence"]) for row in csv.DictReader(file)}


@cache
def _label(column: str, language: str) -> str:
    """What Moodle calls a column, first of all, in a language."""
    return next(row["label"] for row in read_labels() if (row["language"], row["column"]) == (language.lower(), column))


@cache
def _names(language: str) -> dict[str, str]:
    """What Moodle calls its events, by their classes, and its parts, by the beginning of these, in a language."""
    known: dict[str, str] = {}
    with NAMES_FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["language"] == language.lower():
                known.setdefault(row["class"], row["name"])
                known.setdefault(row["class"].split("\\")[1], row["component"])
    return known


def _as_csv(rows: Iterable[Iterable[Any]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()
