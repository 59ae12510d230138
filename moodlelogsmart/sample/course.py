"""An invented course of one term: who is in it, what it has, and what everybody did there and when.

Nothing of it is anybody's: it is made up by chance, the same for the same seed.

    course = Course(1)
    course.acts[0]              # Act(moment=..., user=2, did="made", element=Element(...))
"""

import random
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from moodlelogsmart.messages import Message

FIRST_NAMES = [
    "Adela", "Bruno", "Clara", "Dario", "Elisa", "Fabio", "Greta", "Henri", "Irene", "Jonas", "Karin", "Leon",
    "Marta", "Nuno", "Olga", "Paulo", "Quinn", "Rosa", "Sven", "Tilda", "Ugo", "Vera", "Walter", "Xenia", "Yves",
    "Zelda", "Amos", "Berta", "Cyril", "Delia", "Egon", "Flora", "Gaston", "Hilda", "Igor", "Julia", "Kilian",
    "Lydia",
]  # fmt: skip
LAST_NAMES = [
    "Abreu", "Bastos", "Cerny", "Dorn", "Egede", "Falk", "Gruber", "Horvat", "Ivens", "Jansen", "Kovar", "Ludwig",
    "Moraes", "Novak", "Ostrom", "Pires", "Quast", "Reinholt", "Stave", "Tavares", "Urban", "Vogt", "Wendel",
    "Xavier", "Yberg", "Zeman",
]  # fmt: skip
# Where the course may be, when it begins, and how its log is written. Each of them goes over the end of a year, or over
# a day on which the clocks are changed.
PLACES = [
    ("Europe/Berlin", date(2022, 10, 3), "%d/%m/%y, %H:%M"),
    ("America/Sao_Paulo", date(2021, 10, 4), "%d/%m/%Y, %H:%M"),
    ("America/New_York", date(2023, 1, 30), "%m/%d/%y, %H:%M"),
    ("Asia/Kolkata", date(2023, 11, 6), "%d/%m/%y, %H:%M:%S"),
    ("UTC", date(2020, 12, 7), "%Y-%m-%d %H:%M:%S"),
]
WEEKS = 14
IDLE = (16, 17)  # places of those who leave the work of their group to the third
TEACHERS = (2, 3)
COURSE = Message("Programming I (sample course)")
GROUPS = (Message("Group A"), Message("Group B"), Message("Group C"))
TRIO, LATE = Message("Trio"), Message("Evening group")
# Kind, name, and the part of the term that it is for, 0 for all of it.
ELEMENTS = [
    ("resource", Message("Slides 1: variables"), 1),
    ("resource", Message("Slides 2: loops"), 2),
    ("resource", Message("Slides 3: functions"), 3),
    ("resource", Message("Slides 4: lists"), 4),
    ("page", Message("Notes 1: variables"), 1),
    ("page", Message("Notes 2: loops"), 2),
    ("page", Message("Notes 3: functions"), 3),
    ("page", Message("Notes 4: lists"), 4),
    ("url", Message("Loops drawn step by step"), 2),
    ("h5pactivity", Message("Film: how a function is called"), 3),
    ("folder", Message("Old exams"), 4),
    ("page", Message("Appendix"), 0),
    ("quiz", Message("Quiz 1: variables"), 1),
    ("assign", Message("Exercise 2: a program with loops"), 2),
    ("quiz", Message("Quiz 3: functions"), 3),
    ("assign", Message("Exercise 4: a game of your own"), 4),
    ("forum", Message("Questions and answers"), 0),
    ("forum", Message("News of the course"), 0),
    ("glossary", Message("Our words for programming"), 0),
]
EXERCISES = ("quiz", "assign")
FIRST = 60  # Moodle's number of the first element


@dataclass(frozen=True)
class Element:
    """A page, file, quiz, assignment or forum, by Moodle's number of it; `unit` is the part of the term it is for."""

    cm: int
    kind: str
    name: str
    unit: int = 0


@dataclass(frozen=True)
class Act:
    """Somebody did something; `number` is that of an attempt, submission or discussion, `other` whom it concerns."""

    moment: datetime
    user: int
    did: str
    element: Element | None = None
    number: int = 0
    other: int = 0

    @property
    def day(self) -> date:
        """The day, by the clock of the log."""
        return self.moment.date()


@dataclass
class Course:
    """A course that is made up, another one for each seed: 2 teachers and so many learners, 2 of whom never come.

    without: kinds of activity that it has none of. place: the zone of its clocks, the Monday on which it begins and the
    form of its times, by default one of PLACES.
    """

    seed: int = 1
    people: int = 30
    without: Collection[str] = ()
    place: tuple[str, date, str] | None = None
    acts: list[Act] = field(default_factory=list, init=False)
    names: dict[int, str] = field(default_factory=dict, init=False)
    groups: dict[int, str] = field(default_factory=dict, init=False)
    grades: dict[int, float] = field(default_factory=dict, init=False)
    elements: dict[int, Element] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.zone, self.begin, self.layout = self.place or PLACES[self.seed % len(PLACES)]
        self.chance = random.Random(f"course {self.seed}")  # noqa: S311 - it keeps no secret
        _enrol(self)
        _furnish(self)
        came = self.listed[:-2]
        for place, user in enumerate(came):
            _study(self, user, place)
            _come_back(self, user, place)
        _work(self, came)
        _talk(self, came)
        _write(self, came)
        _run(self)
        self.acts.sort(key=lambda act: (act.moment, act.user))
        _grade(self, came)

    @property
    def listed(self) -> list[int]:
        """The learners on the list of participants."""
        return [user for user in self.names if user not in TEACHERS]

    def of(self, kind: str) -> list[Element]:
        """Its elements of a kind."""
        return [one for one in self.elements.values() if one.kind == kind]


def _enrol(course: Course) -> None:
    """Names, and groups: three that are large, one of three in which one works, and one of those who never come."""
    firsts = course.chance.sample(FIRST_NAMES, min(course.people + 2, len(FIRST_NAMES)))
    names = [f"{first} {course.chance.choice(LAST_NAMES)}" for first in firsts]
    users = [*TEACHERS, *range(11, 11 + course.people)]
    course.names = dict(zip(users, names, strict=True))
    learners = course.listed
    course.groups = {user: GROUPS[place % len(GROUPS)] for place, user in enumerate(learners)}
    course.groups |= {TEACHERS[0]: GROUPS[0]}
    course.groups |= dict.fromkeys(learners[15:18], TRIO) | dict.fromkeys(learners[-2:], LATE)


def _furnish(course: Course) -> None:
    """What the course has: material for each of four units, with an exercise at the end of each."""
    for cm, (kind, name, unit) in enumerate(ELEMENTS, start=FIRST):
        if kind not in course.without:
            course.elements[cm] = Element(cm, kind, name, unit)


def _at(course: Course, day: int, minute: int) -> datetime:
    """The point in time so many minutes after midnight of a day of the term, by the clock on the wall."""
    when = datetime.combine(course.begin, time()) + timedelta(days=day, minutes=minute)
    return when.replace(tzinfo=ZoneInfo(course.zone))


def _sit(course: Course, user: int, day: int, minute: int, steps: list[tuple[Any, ...]]) -> None:
    """Somebody does one thing after another, each some minutes after the one before: did, element and number of each,
    and minutes until the next."""
    for did, *told in steps:
        known: list[Any] = [*told, *[None, 0, 0][len(told) :]]
        element, number, lasts = known
        course.acts.append(Act(_at(course, day, minute), user, did, element, number))
        minute += lasts or course.chance.randint(1, 14)


def _study(course: Course, user: int, place: int) -> None:
    """The material of each unit, before its exercise by most and after it by some; one in seven gives up in between,
    and two of a group of three only look in."""
    if place in IDLE:
        _sit(course, user, place, 8 * 60, [("looked around",), ("opened", course.elements[FIRST])])
        return
    until = _until(place)
    for one in course.elements.values():
        if not one.unit or one.kind in EXERCISES:
            continue
        if one.kind == "folder" and place not in (4, 11):
            continue
        if course.chance.random() < 0.12:
            continue
        late = course.chance.random() < 0.2
        week = 3 * (one.unit - 1) + (2 if late else course.chance.randint(0, 1))
        if week >= until:
            continue
        day = 7 * week + (course.chance.choice((5, 6)) if late else course.chance.randint(0, 6))
        # Each thing in an hour of its own, so that nobody is at two places at once.
        hour = 60 * (7 + one.cm - FIRST) + (20 if one.unit % 2 else 0)
        steps: list[tuple[Any, ...]] = [("opened", one)]
        if one.kind == "h5pactivity":
            steps += [("watched", one)] * course.chance.randint(1, 3)
        if course.chance.random() < 0.7:
            steps.insert(0, ("looked around",))
        if course.chance.random() < 0.3:
            steps.append(("opened", one))
        _sit(course, user, day, hour, steps[:5])


def _until(place: int) -> int:
    """The week in which somebody gives up: one in seven does early, and who hands in nothing before the end."""
    return 4 + place % 5 if place % 7 == 6 else 11 if place % 9 == 8 else WEEKS


def _come_back(course: Course, user: int, place: int) -> None:
    """In most weeks somebody looks again, in the evening, at what these weeks are about."""
    for week in range(0 if place in IDLE else min(_until(place), WEEKS - 1)):
        if course.chance.random() < 0.6:
            again = [
                one for one in course.elements.values() if one.unit == week // 3 + 1 and one.kind in ("page", "url")
            ]
            steps = [("looked around",), *[("opened", one) for one in again[: course.chance.randint(1, 2)]]]
            steps += [("looked around",)] * course.chance.randint(0, 2)
            _sit(course, user, 7 * week + course.chance.randint(0, 6), course.chance.randint(17 * 60, 22 * 60), steps)


def _work(course: Course, came: list[int]) -> None:
    """The exercises, each on the days at the end of its unit."""
    for place, user in enumerate(came):
        if place in IDLE:
            continue
        gone = place % 7 == 6
        for quiz, week in zip(course.of("quiz"), (2, 8), strict=False):
            if not (gone and week > 4) and place % 11 != 10:
                _try(course, user, place, quiz, 7 * week)
        for task, week in zip(course.of("assign"), (5, 11), strict=False):
            if not gone and place % 9 != 8:
                _hand_in(course, user, place, task, 7 * week)


def _try(course: Course, user: int, place: int, quiz: Element, day: int) -> None:
    """One attempt or two: most are handed in, some never, one is given up by Moodle, one is very fast."""
    number = user * 100 + quiz.cm
    day += place % 3
    lasts = 2 if place == 5 else 12 + place % 14
    minute = 60 * (11 + place % 9)
    begin = [("looked around",), ("opened", quiz), ("started", quiz, number, lasts)]
    if place in (7, 8):
        _sit(course, user, day, minute, begin)
        if place == 8:
            late = _at(course, day + 1, 10 * 60)
            course.acts.append(Act(late, -20, "abandoned", quiz, number, user))
        return
    end = [("submitted", quiz, number)]
    end += [("reviewed", quiz, number)] * (place % 3)
    _sit(course, user, day, minute, begin + end)
    if place % 4 == 0:
        again = [("opened", quiz), ("started", quiz, number + 1, 9 + place % 6), ("submitted", quiz, number + 1)]
        _sit(course, user, day + 1, 23 * 60 + 10, again)


def _hand_in(course: Course, user: int, place: int, task: Element, day: int) -> None:
    """Most on the third day, some before or after it, some twice; all but a few are graded, and some read why."""
    number = user * 100 + task.cm
    draft = [("looked around",), ("opened", task), ("saved", task)]
    _sit(course, user, day + place % 3, 17 * 60 + 3 * place, draft)
    if place in (1, 12):
        return
    due = day + (1 if place % 6 == 0 else 4 if place in (2, 14) else 3)
    _sit(course, user, due, 16 * 60 + place, [("opened", task), ("handed in", task, number)])
    if place % 5 == 3:
        _sit(course, user, due, 22 * 60, [("handed in", task, number)])
    if place % 10 == 9:
        return
    graded = _at(course, day + 6 + place % 4, 9 * 60 + place)
    course.acts.append(Act(graded, TEACHERS[0], "graded", task, number, user))
    if place % 2 == 0:
        feedback = [("read grades",), ("read feedback", task)]
        _sit(course, user, day + 11, 12 * 60 + place, feedback)


def _talk(course: Course, came: list[int]) -> None:
    """A forum in which learners ask, and are answered or not; and one of news, which staff write."""
    if not course.of("forum"):
        return
    forum, news = course.of("forum")
    for nth in range(5):
        asker, other = came[nth], came[nth + 8]
        discussion, day = 500 + nth, 7 * nth + 10
        _sit(course, asker, day, 19 * 60, [("opened", forum), ("asked", forum, discussion)])
        if nth in (0, 1, 3):
            _sit(course, other, day, 60 * (20 + nth), [("opened", forum), ("answered", forum, discussion)])
        if nth in (1, 2):
            course.acts.append(Act(_at(course, day, 21 * 60 + nth), TEACHERS[1], "answered", forum, discussion))
        if nth == 3:  # The asker writes again, which is no answer.
            _sit(course, asker, day, 20 * 60, [("answered", forum, discussion)])
    course.acts.append(Act(_at(course, 0, 6 * 60), TEACHERS[0], "asked", news, 600))
    for place, user in enumerate(came):
        if place % 3 == 0:
            _sit(course, user, 1, 6 * 60 + place, [("opened", news)])


def _write(course: Course, came: list[int]) -> None:
    """A glossary, to which some add their words, and which others read."""
    for one in course.of("glossary"):
        for place, user in enumerate(came):
            if place % 4 == 2 and place % 7 != 6:
                words = [("opened", one), ("wrote", one, user * 10), ("wrote", one, user * 10 + 1), ("opened", one)]
                _sit(course, user, 7 * (4 + place % 6) + 3, 20 * 60 + 30, words)
            elif place % 4 == 3 and place not in IDLE and place % 7 != 6:
                _sit(course, user, 7 * (5 + place % 5) + 6, 21 * 60, [("looked around",), ("opened", one)])


def _run(course: Course) -> None:
    """What staff do, and Moodle by itself; a visitor who is not logged in."""
    for one in course.elements.values():
        course.acts.append(Act(_at(course, -7, 600 + one.cm), TEACHERS[0], "made", one))
    for week in range(WEEKS):
        course.acts.append(Act(_at(course, 7 * week, 8 * 60), TEACHERS[week % 2], "saw the log"))
        course.acts.append(Act(_at(course, 7 * week, 3 * 60 + 30), -1, "recalculated", None, week, course.listed[0]))
    course.acts.append(Act(_at(course, 30, 600), course.listed[2], "changed a total"))
    course.acts.append(Act(_at(course, 31, 600), 0, "looked around"))


def _grade(course: Course, came: list[int]) -> None:
    """Grades that go with the days on which somebody was there, more or less; two of those who came have none."""
    days = {user: len({act.day for act in course.acts if act.user == user}) for user in came}
    course.grades = {user: round(40 + 1.5 * days[user] + course.chance.uniform(-15, 15), 1) for user in came[2:]}
