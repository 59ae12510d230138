"""An invented course of one term: its log as Moodle exports it, the lists beside it, and what is known of it.

Nothing here asks the product. `Course.known` is counted from what was made up, before it becomes rows of a log.

    course = make_course(1)
    Path("log.csv").write_text(course.log())
    course.known["never"]       # who is on the list of participants and in no row
"""

import csv
import io
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

FIRST_NAMES = [
    "Adela",
    "Bruno",
    "Clara",
    "Dario",
    "Elisa",
    "Fabio",
    "Greta",
    "Henri",
    "Irene",
    "Jonas",
    "Karin",
    "Leon",
    "Marta",
    "Nuno",
    "Olga",
    "Paulo",
    "Quinn",
    "Rosa",
    "Sven",
    "Tilda",
    "Ugo",
    "Vera",
    "Walter",
    "Xenia",
    "Yves",
    "Zelda",
    "Amos",
    "Berta",
    "Cyril",
    "Delia",
    "Egon",
    "Flora",
    "Gaston",
    "Hilda",
    "Igor",
    "Julia",
    "Kilian",
    "Lydia",
]
LAST_NAMES = [
    "Abreu",
    "Bastos",
    "Cerny",
    "Dorn",
    "Egede",
    "Falk",
    "Gruber",
    "Horvat",
    "Ivens",
    "Jansen",
    "Kovar",
    "Ludwig",
    "Moraes",
    "Novak",
    "Ostrom",
    "Pires",
    "Quast",
    "Reinholt",
    "Stave",
    "Tavares",
    "Urban",
    "Vogt",
    "Wendel",
    "Xavier",
    "Yberg",
    "Zeman",
]
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
GAP = 30  # minutes of a pause after which a session has ended
TEACHERS = (2, 3)
HEADER = [
    "Time", "User full name", "Affected user", "Event context", "Component", "Event name", "Description", "Origin",
    "IP address",
]  # fmt: skip

# What somebody did: part of Moodle, event, sentence, and what that means, by the table of classification.
USER, MODULE = "The user with id '{user}'", "course module id '{cm}'."
SAYS = {
    "looked around": ("System", "Course viewed", f"{USER} viewed the course with id '7'.", "View"),
    "read grades": ("User report", "Grade user report viewed", f"{USER} viewed the user report in the gradebook.", "Feedback"),
    "opened": ("", "Course module viewed", f"{USER} viewed the '{{kind}}' activity with {MODULE}", ""),
    "watched": ("H5P", "xAPI statement received", "The user with the id '{user}' send a tracking statement for a H5P activity with the course module id '{cm}'.", "Study_A"),
    "saved": ("File submissions", "Submission created.", f"{USER} created a file submission and uploaded '1' file/s in the assignment with {MODULE}", "Exercise_A"),
    "handed in": ("Assignment", "A submission has been submitted.", f"{USER} has submitted the submission with id '{{number}}' for the assignment with {MODULE}", "Exercise_A"),
    "graded": ("Assignment", "The submission has been graded.", f"{USER} has graded the submission '{{number}}' for the user with id '{{other}}' for the assignment with {MODULE}", ""),
    "read feedback": ("Assignment", "Feedback viewed", f"{USER} viewed the feedback for the user with id '{{user}}' for the assignment with {MODULE}", "Feedback"),
    "started": ("Quiz", "Quiz attempt started", f"{USER} has started the attempt with id '{{number}}' for the quiz with {MODULE}", "Assess_A"),
    "submitted": ("Quiz", "Quiz attempt submitted", f"{USER} has submitted the attempt with id '{{number}}' for the quiz with {MODULE}", "Assess_A"),
    "abandoned": ("Quiz", "Quiz attempt abandoned", "The user with id '{other}' has had their attempt with id '{number}' marked as abandoned for the quiz with " + MODULE, ""),
    "reviewed": ("Quiz", "Quiz attempt reviewed", f"{USER} has had their attempt with id '{{number}}' reviewed by the user with id '{{user}}' for the quiz with {MODULE}", "Feedback"),
    "asked": ("Forum", "Discussion created", f"{USER} has created the discussion with id '{{number}}' in the forum with {MODULE}", "Interact"),
    "answered": ("Forum", "Post created", f"{USER} has created the post with id '{{number}}9' in the discussion with id '{{number}}' in the forum with {MODULE}", "Interact"),
    "made": ("System", "Course module created", f"{USER} created the '{{kind}}' activity with {MODULE}", ""),
    "saw the log": ("Logs", "Log report viewed", f"{USER} viewed the log report for the course with id '7'.", ""),
    "recalculated": ("System", "User graded", "The user with id '-1' updated the grade with id '{number}' for the user with id '{other}' for the grade item with id '5'.", ""),
    "changed a total": ("System", "Grade item updated", f"{USER} updated a grade item with id '5' of type 'mod' and name 'Total' in the course with the id '7'.", ""),
}  # fmt: skip
# What an activity is called in the log, and what it means to open it.
KINDS = {
    "resource": ("File", "Study_P"), "page": ("Page", "Study_P"), "folder": ("Folder", "Study_P"),
    "url": ("URL", "Study_P"), "h5pactivity": ("H5P", "Study_P"), "assign": ("Assignment", "Exercise_P"),
    "quiz": ("Quiz", "Assess_P"), "forum": ("Forum", "Interact"),
}  # fmt: skip
LEVELS = {
    "Study_P": "Remember", "Study_A": "Understand", "Exercise_P": "Apply", "Exercise_A": "Apply",
    "Assess_P": "Evaluate", "Assess_A": "Evaluate",
}  # fmt: skip
DOING = {"watched", "saved", "handed in", "started", "submitted", "asked", "answered"}
# Why a row is no learner's: what Moodle does by itself, and in passing.
BY_ITSELF = {"abandoned": "system", "recalculated": "system", "changed a total": "side_effect"}


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
    def means(self) -> str:
        """The activity type."""
        if self.did == "opened" and self.element:
            return KINDS[self.element.kind][1]
        return SAYS[self.did][3]

    @property
    def day(self) -> date:
        """The day, by the clock of the log."""
        return self.moment.date()


@dataclass
class Course:
    """A course that was made up. `without`: kinds of activity that it has none of."""

    seed: int
    people: int = 30
    without: frozenset[str] = frozenset()
    acts: list[Act] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    groups: dict[int, str] = field(default_factory=dict)
    grades: dict[int, float] = field(default_factory=dict)
    elements: dict[int, Element] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.zone, self.begin, self.layout = PLACES[self.seed % len(PLACES)]
        self.chance = random.Random(f"course {self.seed}")

    @property
    def listed(self) -> list[int]:
        """The learners on the list of participants."""
        return [user for user in self.names if user not in TEACHERS]

    def log(self, rename: Any = None, shuffled: bool = False) -> str:
        """The log as CSV, newest first. `rename` gives a person another number and name."""
        rows = [_row(act, self.layout, *(rename or self.called)(act.user, act.other)) for act in self.acts]
        rows.reverse()
        if shuffled:
            self.chance.shuffle(rows)
        return as_csv([HEADER, *rows])

    def called(self, user: int, other: int) -> tuple[int, str, int, str]:
        """Numbers and names of who acted and of whom it concerns."""
        return user, self.names.get(user, "-"), other, self.names.get(other, "-")

    def participants(self) -> str:
        """The table of participants as Moodle offers it."""
        rows = [
            [*self.names[user].split(" ", 1), f"p{user}@example.org", "Teacher" if user in TEACHERS else "Student",
             self.groups.get(user, "No groups")]
            for user in self.names
        ]  # fmt: skip
        return as_csv([["First name", "Last name", "Email address", "Roles", "Groups"], *rows])

    def gradebook(self) -> str:
        """The export of grades."""
        header = ["First name", "Last name", "ID number", "Email address", "Quiz: Start (Real)", "Course total (Real)"]
        rows = [
            [*self.names[user].split(" ", 1), "", f"p{user}@example.org", "-", self.grades.get(user, "-")]
            for user in self.listed
        ]
        return as_csv([header, *rows])


def as_csv(rows: Iterable[Iterable[Any]]) -> str:
    """The rows as CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _row(act: Act, layout: str, user: int, name: str, other: int, other_name: str) -> list[str]:
    component, event, says, _means = SAYS[act.did]
    one = act.element
    context = f"{KINDS[one.kind][0]}: {one.name}" if one else "Course: Invented Biology"
    told = says.format(
        user=user, other=other, cm=one.cm if one else "", kind=one.kind if one else "", number=act.number
    )
    return [
        act.moment.strftime(layout), name, other_name, context, component or (KINDS[one.kind][0] if one else "System"),
        event, told, "cli" if act.did in ("abandoned", "recalculated") else "web", "10.0.0.1",
    ]  # fmt: skip


# ---- The course is made up.


def make_course(seed: int = 1, people: int = 30, without: Iterable[str] = ()) -> Course:
    """A course of a term, another one for each seed: 2 teachers and so many learners, 2 of whom never come.

    without: of 'quiz', 'assign', 'forum', 'h5pactivity', what the course has not.
    """
    course = Course(seed, people, frozenset(without))
    _enrol(course)
    _furnish(course)
    came = course.listed[:-2]
    for user in came:
        _study(course, user, came.index(user))
    _work(course, came)
    _talk(course, came)
    _run(course)
    course.acts.sort(key=lambda act: (act.moment, act.user))
    _grade(course, came)
    course.known = count(course)
    return course


def _enrol(course: Course) -> None:
    """Names, and groups: three that are large, one of three in which one works, and one of those who never come."""
    firsts = course.chance.sample(FIRST_NAMES, min(course.people + 2, len(FIRST_NAMES)))
    names = [f"{first} {course.chance.choice(LAST_NAMES)}" for first in firsts]
    users = [*TEACHERS, *range(11, 11 + course.people)]
    course.names = dict(zip(users, names, strict=True))
    learners = course.listed
    course.groups = {user: ("North", "South", "West")[place % 3] for place, user in enumerate(learners)}
    course.groups |= {TEACHERS[0]: "North"}
    course.groups |= dict.fromkeys(learners[15:18], "Trio") | dict.fromkeys(learners[-2:], "Absent")


def _furnish(course: Course) -> None:
    """What the course has: material for each of four units, with an exercise at the end of each."""
    told = [
        *[("resource", f"Slides {unit}", unit) for unit in (1, 2, 3, 4)],
        *[("page", f"Notes {unit}", unit) for unit in (1, 2, 3, 4)],
        ("url", "Atlas of cells", 2), ("h5pactivity", "Film of a cell", 3), ("folder", "Old exams", 4),
        ("page", "Appendix", 0), ("quiz", "Quiz 1", 1), ("assign", "Essay 2", 2), ("quiz", "Quiz 3", 3),
        ("assign", "Essay 4", 4), ("forum", "Questions", 0), ("forum", "News", 0),
    ]  # fmt: skip
    for place, (kind, name, unit) in enumerate(told):
        if kind not in course.without:
            course.elements[60 + place] = Element(60 + place, kind, name, unit)


def _of(course: Course, name: str) -> Element | None:
    return next((one for one in course.elements.values() if one.name == name), None)


def _at(course: Course, day: int, minute: int) -> datetime:
    """The point in time so many minutes after midnight of a day of the term, by the clock on the wall."""
    when = datetime.combine(course.begin, time()) + timedelta(days=day, minutes=minute)
    return when.replace(tzinfo=ZoneInfo(course.zone))


def _sit(course: Course, user: int, day: int, minute: int, steps: list[tuple[Any, ...]]) -> int:
    """Somebody does one thing after another, each some minutes after the one before: did, element and number of each,
    and minutes until the next; the minute behind the last."""
    for did, *told in steps:
        element, number, lasts = [*told, *[None, 0, 0][len(told) :]]
        course.acts.append(Act(_at(course, day, minute), user, did, element, number))
        minute += lasts or course.chance.randint(1, 14)
    return minute


def _study(course: Course, user: int, place: int) -> None:
    """The material of each unit, before its exercise by most and after it by some; one in seven gives up in between,
    and two of a group of three only look in."""
    if place in IDLE:
        _sit(course, user, place, 8 * 60, [("looked around",), ("opened", _of(course, "Slides 1"))])
        return
    until = 4 + place % 5 if place % 7 == 6 else 99  # weeks
    for one in course.elements.values():
        if one.kind in ("quiz", "assign", "forum") or one.name == "Appendix":
            continue
        if one.name == "Old exams" and place not in (4, 11):
            continue
        if course.chance.random() < 0.12:
            continue
        late = course.chance.random() < 0.2
        week = 3 * (one.unit - 1) + (2 if late else course.chance.randint(0, 1))
        if week >= until:
            continue
        day = 7 * week + (course.chance.choice((5, 6)) if late else course.chance.randint(0, 6))
        # Each thing in an hour of its own, so that nobody is at two places at once.
        hour = 60 * (7 + one.cm - 60) + (20 if one.unit % 2 else 0)
        steps = [("opened", one)]
        if one.kind == "h5pactivity":
            steps += [("watched", one)] * course.chance.randint(1, 3)
        if course.chance.random() < 0.7:
            steps.insert(0, ("looked around",))
        if course.chance.random() < 0.3:
            steps.append(("opened", one))
        _sit(course, user, day, hour, steps[:5])


def _work(course: Course, came: list[int]) -> None:
    """The exercises, each on the days at the end of its unit."""
    for place, user in enumerate(came):
        if place in IDLE:
            continue
        gone = place % 7 == 6
        for name, week in (("Quiz 1", 2), ("Quiz 3", 8)):
            quiz = _of(course, name)
            if quiz and not (gone and week > 4) and place % 11 != 10:
                _try(course, user, place, quiz, 7 * week)
        for name, week in (("Essay 2", 5), ("Essay 4", 11)):
            essay = _of(course, name)
            if essay and not gone and place % 9 != 8:
                _hand_in(course, user, place, essay, 7 * week)


def _try(course: Course, user: int, place: int, quiz: Element, day: int) -> None:
    """One attempt or two: most are handed in, some never, one is given up by Moodle, one is very fast."""
    number = user * 100 + quiz.cm
    day += place % 3
    lasts = 2 if place == 5 else 12 + place % 14
    begin = [("looked around",), ("opened", quiz), ("started", quiz, number, lasts)]
    if place in (7, 8):
        _sit(course, user, day, 13 * 60, begin)
        if place == 8:
            late = _at(course, day + 1, 10 * 60)
            course.acts.append(Act(late, -20, "abandoned", quiz, number, user))
        return
    end = [("submitted", quiz, number)]
    end += [("reviewed", quiz, number)] * (place % 3)
    _sit(course, user, day, 13 * 60, begin + end)
    if place % 4 == 0:
        again = [("opened", quiz), ("started", quiz, number + 1, 9 + place % 6), ("submitted", quiz, number + 1)]
        _sit(course, user, day + 1, 23 * 60 + 10, again)


def _hand_in(course: Course, user: int, place: int, essay: Element, day: int) -> None:
    """Most on the third day, some before or after it, some twice; all but a few are graded, and some read why."""
    number = user * 100 + essay.cm
    draft = [("looked around",), ("opened", essay), ("saved", essay)]
    _sit(course, user, day, 18 * 60, draft)
    if place in (1, 12):
        return
    due = day + (1 if place % 6 == 0 else 4 if place in (2, 14) else 3)
    _sit(course, user, due, 16 * 60 + place, [("opened", essay), ("handed in", essay, number)])
    if place % 5 == 3:
        _sit(course, user, due, 22 * 60, [("handed in", essay, number)])
    if place % 10 == 9:
        return
    graded = _at(course, day + 6 + place % 4, 9 * 60 + place)
    course.acts.append(Act(graded, TEACHERS[0], "graded", essay, number, user))
    if place % 2 == 0:
        feedback = [("read grades",), ("read feedback", essay)]
        _sit(course, user, day + 11, 12 * 60 + place, feedback)


def _talk(course: Course, came: list[int]) -> None:
    """A forum in which learners ask, and are answered or not; and one of news, which staff write."""
    forum, news = _of(course, "Questions"), _of(course, "News")
    if not forum or not news:
        return
    for nth in range(5):
        asker, other = came[nth], came[nth + 8]
        discussion, day = 500 + nth, 7 * nth + 10
        _sit(course, asker, day, 5 * 60, [("opened", forum), ("asked", forum, discussion)])
        if nth in (0, 1, 3):
            _sit(course, other, day, 5 * 60 + 60 * (nth + 1), [("opened", forum), ("answered", forum, discussion)])
        if nth in (1, 2):
            course.acts.append(Act(_at(course, day, 21 * 60 + nth), TEACHERS[1], "answered", forum, discussion))
        if nth == 3:  # The asker writes again, which is no answer.
            _sit(course, asker, day, 6 * 60, [("answered", forum, discussion)])
    course.acts.append(Act(_at(course, 0, 6 * 60), TEACHERS[0], "asked", news, 600))
    for place, user in enumerate(came):
        if place % 3 == 0:
            _sit(course, user, 1, 6 * 60 + place, [("opened", news)])


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
    course.grades = {user: round(30 + 3 * days[user] + course.chance.uniform(-9, 9), 1) for user in came[2:]}


# ---- What is known of it.


def count(course: Course) -> dict[str, Any]:
    """The answers, by plain counting."""
    own = [act for act in course.acts if act.user in course.listed and act.did not in BY_ITSELF]
    people = defaultdict(list)
    for act in own:
        people[act.user].append(act)
    known: dict[str, Any] = {
        "rows": _rows(course, own),
        "learners": sorted(people),
        "never": sorted(course.names[user] for user in course.listed if user not in people),
        "events": {user: len(acts) for user, acts in people.items()},
        "active_days": {user: len({act.day for act in acts}) for user, acts in people.items()},
        "last_seen": {user: acts[-1].day for user, acts in people.items()},
        "first_time": own[0].moment,
        "last_time": own[-1].moment,
    }
    last = own[-1].day
    absent = {user: (last - day).days for user, day in known["last_seen"].items()}
    known["days_absent"] = absent
    known["seen"] = {
        "7": sum(days < 7 for days in absent.values()),
        "14": sum(7 <= days < 14 for days in absent.values()),
        "28": sum(14 <= days < 28 for days in absent.values()),
        "longer": sum(days >= 28 for days in absent.values()),
        "never": len(known["never"]),
    }
    known |= _times(course, people)
    known |= _hours(own)
    known |= _elements(course, own, len(people))
    known["assignments"] = {one.cm: _assignment(course, one) for one in _all(course, "assign")}
    known["quizzes"] = {one.cm: _quiz(course, one) for one in _all(course, "quiz")}
    known["forums"] = {one.cm: _forum(course, one) for one in _all(course, "forum")}
    known["media"] = {
        one.cm: (len({act.user for act in own if act.element == one}), sum(act.element == one for act in own))
        for one in _all(course, "h5pactivity")
    }
    known |= _milestone(course, own)
    known["submissions"] = {user: _handed(course, user) for user in people}
    known["attempts"] = {
        user: len({act.number for act in acts if act.did == "started"}) for user, acts in people.items()
    }
    known["posts"] = {user: sum(act.did in ("asked", "answered") for act in acts) for user, acts in people.items()}
    known["grades"] = _beside_grades(course, known)
    known["groups"] = _groups(course, known)
    known["staff"] = {user: sum(act.user == user for act in course.acts) for user in TEACHERS}
    known["timeline"] = {
        user: [(act.moment.isoformat(), SAYS[act.did][1]) for act in acts] for user, acts in people.items()
    }
    known["sides"] = _sides(course, own, known)
    known |= _objects(course, own, known)
    return known


def _all(course: Course, kind: str) -> list[Element]:
    return [one for one in course.elements.values() if one.kind == kind]


def _rows(course: Course, own: list[Act]) -> dict[str, Any]:
    """How many rows there are, are kept, and are left out by which reason."""
    reasons = Counter(
        "staff" if act.user in TEACHERS else BY_ITSELF.get(act.did, "guest") for act in course.acts if act not in own
    )
    return {"read": len(course.acts), "kept": len(own), "dropped": dict(reasons)}


def _between(one: datetime, other: datetime) -> float:
    """Seconds that have passed, whatever was done to the clocks."""
    return other.timestamp() - one.timestamp()


def _sessions(acts: list[Act]) -> list[list[Act]]:
    found: list[list[Act]] = []
    for act in acts:
        if found and _between(found[-1][-1].moment, act.moment) <= GAP * 60:
            found[-1].append(act)
        else:
            found.append([act])
    return found


def _times(course: Course, people: dict[int, list[Act]]) -> dict[str, Any]:
    """Sessions and time on task: from the first to the last act of each session, which lasts the median of its type."""
    sessions = {user: _sessions(acts) for user, acts in people.items()}
    lasting = defaultdict(list)
    steps: Counter[tuple[str, str]] = Counter()
    for session in (one for some in sessions.values() for one in some):
        for act, following in pairwise(session):
            lasting[act.means].append(_between(act.moment, following.moment))
        visited = [str(act.element.cm) for act in session if act.element]
        visited = [one for place, one in enumerate(visited) if not place or visited[place - 1] != one]
        steps.update(pairwise(["start", *visited, "end"]) if visited else [])
    usual = {means: median(seconds) for means, seconds in lasting.items()}
    spent = {}
    for user, some in sessions.items():
        low = [round(_between(one[0].moment, one[-1].moment) / 60, 1) for one in some]
        last = [usual.get(one[-1].means, 0) / 60 for one in some]
        spent[user] = (sum(low) + sum(last), sum(low), sum(low) + GAP * len(some))
    return {"sessions": {user: len(some) for user, some in sessions.items()}, "minutes": spent, "steps": steps}


def _hours(own: list[Act]) -> dict[str, Any]:
    """Events by weekday (from Monday) and hour, the share of the night, and what was done each week."""
    hours = [[0] * 24 for _ in range(7)]
    weeks: dict[date, list[Act]] = defaultdict(list)
    for act in own:
        hours[act.moment.weekday()][act.moment.hour] += 1
        weeks[act.day - timedelta(days=act.day.weekday())].append(act)
    bands = {(day, hour): sum(hours[day][hour : hour + 3]) for day in range(7) for hour in range(0, 24, 3)}
    return {
        "hours": hours,
        "night": sum(act.moment.hour >= 22 or act.moment.hour < 6 for act in own) / len(own),
        "busiest": min(bands, key=lambda band: (-bands[band], band)),
        "weeks": {
            week: (len({act.user for act in acts}), len(acts), Counter(act.means for act in acts))
            for week, acts in weeks.items()
        },
        "types": Counter(act.means for act in own),
        "levels": Counter(LEVELS[act.means] for act in own if act.means in LEVELS),
    }


def _elements(course: Course, own: list[Act], people: int) -> dict[str, Any]:
    """Of each element who used it how much, and of material who had seen it before they did the exercise of its unit."""
    told, before = {}, {}
    for one in course.elements.values():
        acts = [act for act in own if act.element == one]
        first: dict[int, datetime] = {}
        for act in acts:
            first.setdefault(act.user, act.moment)
        middle = sorted(first.values())[(len(first) + 1) // 2 - 1] if first else None
        told[one.cm] = {
            "name": one.name,
            "kind": one.kind,
            "learners": len(first),
            "events": len(acts),
            "views": sum(act.did not in DOING for act in acts),
            "is_hardly_used": len(first) < people / 10,
            "last": acts[-1].day if acts else None,
            "half_day": (middle.date() - acts[0].day).days + 1 if middle else None,
        }
        exercise = next((other for other in course.elements.values() if other.unit == one.unit and other.kind in ("quiz", "assign")), None)  # fmt: skip
        if one.unit and exercise and exercise != one and first:
            begun = _begun(own, exercise)
            before[one.cm] = (
                exercise.cm,
                len(begun),
                sum(user in first and first[user] < moment for user, moment in begun.items()),
            )
    return {"elements": told, "before": before}


def _begun(own: list[Act], exercise: Element) -> dict[int, datetime]:
    """When each first handed in, saved or tried."""
    begun: dict[int, datetime] = {}
    for act in own:
        if act.element == exercise and act.did in ("saved", "handed in", "started", "submitted"):
            begun.setdefault(act.user, act.moment)
    return begun


def _milestone(course: Course, own: list[Act]) -> dict[str, Any]:
    exercises = [one for one in course.elements.values() if one.kind in ("quiz", "assign")]
    if not exercises:
        return {"milestone": "", "reached": []}
    last = max(exercises, key=lambda one: one.unit)
    return {"milestone": last.name, "reached": sorted(_begun(own, last))}


def _assignment(course: Course, one: Element) -> dict[str, Any]:
    """Who handed in when, compared with the day on which most did; who was graded, and how long that took."""
    acts = [act for act in course.acts if act.element == one]
    handed: dict[int, list[datetime]] = defaultdict(list)
    for act in acts:
        if act.did == "handed in":
            handed[act.user].append(act.moment)
    saved = {act.user for act in acts if act.did == "saved"}
    days = Counter(moments[-1].date() for moments in handed.values())
    due = max(days, key=lambda day: (days[day], day))
    hours, read = {}, 0
    for act in acts:
        if act.did == "graded" and act.other in handed:
            last = [moment for moment in handed[act.other] if moment <= act.moment][-1]
            hours[act.other] = _between(last, act.moment) / 3600
        read += act.did == "read feedback" and act.user in hours
    return {
        "name": one.name,
        "handed_in": len(handed),
        "drafts": len(saved - handed.keys()),
        "day": due,
        "before": sum(moments[-1].date() < due for moments in handed.values()),
        "on_the_day": days[due],
        "after": sum(moments[-1].date() > due for moments in handed.values()),
        "again": sum(len(moments) > 1 for moments in handed.values()),
        "graded": len(hours),
        "hours_to_grade": median(round(one, 1) for one in hours.values()),
        "looked": read,
        "people": {user: len(moments) for user, moments in handed.items()},
    }


def _handed(course: Course, user: int) -> int:
    """In how many assignments somebody handed in or saved something."""
    return len({act.element for act in course.acts if act.user == user and act.did in ("saved", "handed in")})


def _quiz(course: Course, one: Element) -> dict[str, Any]:
    """The attempts at it, how long they took, and what became of them."""
    acts = [act for act in course.acts if act.element == one and act.number and act.user not in TEACHERS]
    numbers = list(dict.fromkeys(act.number for act in acts if act.did == "started"))
    when = {(act.number, act.did): act.moment for act in acts}
    whose = {act.number: act.user for act in acts if act.did == "started"}
    minutes = {
        number: _between(when[number, "started"], when[number, "submitted"]) / 60
        for number in numbers
        if (number, "submitted") in when
    }
    usual = median(minutes.values())
    return {
        "name": one.name,
        "learners": len(set(whose.values())),
        "attempts": median(Counter(whose.values()).values()),
        "tried": len(numbers),
        "minutes": usual,
        "given_up": len(numbers) - len(minutes),
        "abandoned": sum((number, "abandoned") in when for number in numbers),
        "reviewed": sum((number, "reviewed") in when for number in numbers),
        "fast": sum(spent < usual / 3 for spent in minutes.values()),
        "times": minutes,
    }


def _forum(course: Course, one: Element) -> dict[str, Any]:
    """Who reads and writes, and what is answered by whom, how soon."""
    acts = [act for act in course.acts if act.element == one and act.did != "made"]
    learners = [act for act in acts if act.user not in TEACHERS]
    first, of_staff = [], []
    for begun in (act for act in acts if act.did == "asked"):
        others = [
            act for act in acts if act.did == "answered" and act.number == begun.number and act.user != begun.user
        ]
        first += [_between(begun.moment, others[0].moment) / 3600] if others else []
        staff = [act for act in others if act.user in TEACHERS]
        of_staff += [_between(begun.moment, staff[0].moment) / 3600] if staff and begun.user not in TEACHERS else []
    discussions = sum(act.did == "asked" for act in acts)
    return {
        "name": one.name,
        "readers": len({act.user for act in learners}),
        "writers": len({act.user for act in learners if act.did in ("asked", "answered")}),
        "discussions": discussions,
        "replies": sum(act.did == "answered" for act in acts),
        "learners_posts": sum(act.did in ("asked", "answered") for act in learners),
        "answered": len(first),
        "answered_share": round(len(first) / discussions, 4),
        "hours_to_answer": median(first) if first else None,
        "answered_by_staff": len(of_staff),
        "hours_to_staff_answer": median(of_staff) if of_staff else None,
    }


def _ranks(values: list[float]) -> list[float]:
    return [sum(other < one for other in values) + (sum(other == one for other in values) + 1) / 2 for one in values]


def spearman(one: list[float], other: list[float]) -> float:
    """Spearman's rank correlation, equal ones at their mean rank."""
    ranks = [_ranks(one), _ranks(other)]
    middle = (len(one) + 1) / 2
    x, y = ([rank - middle for rank in some] for some in ranks)
    return sum(a * b for a, b in zip(x, y, strict=True)) / (sum(a * a for a in x) * sum(b * b for b in y)) ** 0.5


def _beside_grades(course: Course, known: dict[str, Any]) -> dict[str, Any]:
    people = sorted(course.grades)
    grades = [course.grades[user] for user in people]
    measures = ("active_days", "sessions", "events", "attempts", "submissions")
    return {
        "learners": len(people),
        "rho": {
            name: spearman([known[name][user] for user in people], grades)
            for name in measures
            if len({known[name][user] for user in people}) > 1
        },
    }


def _groups(course: Course, known: dict[str, Any]) -> dict[str, Any]:
    """Of each group its members, who of them did something, and who did most of it."""
    told = {}
    for name in sorted(set(course.groups.values())):
        members = [user for user in course.listed if course.groups[user] == name]
        active = [user for user in members if user in known["events"]]
        events = {user: known["events"][user] for user in active}
        most = max(active, key=lambda user: (events[user], str(user)), default=None)
        told[name] = {
            "members": len(members),
            "active": len(active),
            "days": median(known["active_days"][user] for user in active) if len(active) >= 5 else None,
            "submissions": sum(known["submissions"][user] for user in active),
            "events": sum(events.values()),
            "most": course.names[most] if most else "",
            "most_share": round(events[most] / sum(events.values()), 4) if most else None,
        }
    return told


def _sides(course: Course, own: list[Act], known: dict[str, Any]) -> dict[str, dict[str, float]]:
    """What stands side by side: the figures of all learners (by no name), and of each group of which five came."""
    weeks = Counter(act.day - timedelta(days=act.day.weekday()) for act in own)
    busy = [week for week, number in weeks.items() if number >= len(own) / 100]
    mondays = [min(busy) + timedelta(days=7 * nth) for nth in range((max(busy) - min(busy)).days // 7 + 1)]
    sides = {"": known["learners"]}
    for name in sorted(set(course.groups.values())):
        people = [user for user in known["learners"] if course.groups[user] == name]
        sides |= {name: people} if len(people) >= 5 else {}
    return {
        name: _side(course, [act for act in own if act.user in people], people, known)
        | {
            f"week {nth + 1}{what}": value
            for nth, week in enumerate(mondays)
            for what, value in _in_week(own, people, week).items()
        }
        for name, people in sides.items()
    }


def _in_week(own: list[Act], people: list[int], week: date) -> dict[str, float]:
    acts = [act for act in own if act.user in people and week <= act.day < week + timedelta(days=7)]
    return {"": len({act.user for act in acts}) / len(people), " events": len(acts) / len(people)}


def _side(course: Course, acts: list[Act], people: list[int], known: dict[str, Any]) -> dict[str, float]:
    """The figures of these people; each is named as in comparison.csv, and missing where the course has nothing of it."""
    n = len(people)
    used = defaultdict(set)
    for act in acts:
        used[act.element].add(act.user)
    grades = [course.grades[user] for user in people if user in course.grades]
    handed = sum(user in one["people"] for one in known["assignments"].values() for user in people)
    found = {
        "learners": n,
        "events_per_learner": len(acts) / n,
        "sessions_per_learner": sum(known["sessions"][user] for user in people) / n,
        "active_days": median(known["active_days"][user] for user in people),
        "hours": median(known["minutes"][user][0] for user in people) / 60,
        "hardly_used": sum(len(used[one]) < n / 10 for one in course.elements.values()) / len(course.elements),
        "night": sum(act.moment.hour >= 22 or act.moment.hour < 6 for act in acts) / len(acts),
        "absent": sum(known["days_absent"][user] >= 28 for user in people) / n,
    }
    if known["assignments"]:
        found["handed_in"] = handed / len(known["assignments"]) / n
    if known["quizzes"]:
        found["attempts_per_learner"] = sum(known["attempts"][user] for user in people) / n
    if known["forums"]:
        found["posts_per_learner"] = sum(known["posts"][user] for user in people) / n
    if len(grades) >= 5:
        found["grade"] = median(grades)
    return found


def _touched(course: Course, act: Act) -> dict[str, Any]:
    """The objects that an act has to do with, by their kind; each act has one of a kind at most."""
    about = {"student": act.user, "group": course.groups[act.user], "course": 7}
    if act.element:
        about[act.element.kind] = act.element.cm
    if act.did in ("started", "submitted", "reviewed"):
        about["attempt"] = act.number
    if act.did == "handed in":
        about["submission"] = act.number
    if act.did in ("asked", "answered"):
        about["discussion"] = act.number
    if act.did == "answered":
        about["post"] = f"{act.number}9"
    return about


def _objects(course: Course, own: list[Act], known: dict[str, Any]) -> dict[str, Any]:
    """How many objects of each kind there are, and how many of each kind the events of each type have: events, their
    objects together, the least and the most of one."""
    there = defaultdict(set)
    by_type = defaultdict(list)
    for act in own:
        touched = _touched(course, act)
        by_type[act.means].append({*touched, "session"})
        for kind, one in touched.items():
            there[kind].add(one)
    objects = {kind: len(some) for kind, some in there.items()} | {"session": sum(known["sessions"].values())}
    matrix = {}
    for means, events in by_type.items():
        for kind in objects:
            has = [int(kind in one) for one in events]
            matrix[means, kind] = (len(has), sum(has), min(has), max(has))
    return {"objects": objects, "matrix": matrix}
