"""What is known of the invented course: every answer, counted from what was made up, before it becomes rows of a log.

Nothing here asks what the product makes of that log.

    course = make_course(1)
    Path("log.csv").write_text(course.log())
    course.known["never"]       # who is on the list of participants and in no row
"""

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from statistics import median
from typing import Any

from moodlelogsmart.sample.course import EXERCISES, TEACHERS, Act, Course, Element
from moodlelogsmart.sample.files import event_name, grades_text, log_text, participants_text

__all__ = ["TEACHERS", "Known", "make_course"]

GAP = 30  # minutes of a pause after which a session has ended

# What somebody did means, by the table of classification; and what it means to open an element of a kind.
MEANS = {
    "looked around": "View", "read grades": "Feedback", "watched": "Study_A", "saved": "Exercise_A",
    "handed in": "Exercise_A", "read feedback": "Feedback", "started": "Assess_A", "submitted": "Assess_A",
    "reviewed": "Feedback", "asked": "Interact", "answered": "Interact", "wrote": "Synthesize",
}  # fmt: skip
OPENING = {
    "resource": "Study_P", "page": "Study_P", "folder": "Study_P", "url": "Study_P", "h5pactivity": "Study_P",
    "assign": "Exercise_P", "quiz": "Assess_P", "forum": "Interact", "glossary": "Study_P",
}  # fmt: skip
LEVELS = {
    "Study_P": "Remember", "Study_A": "Understand", "Exercise_P": "Apply", "Exercise_A": "Apply",
    "Assess_P": "Evaluate", "Assess_A": "Evaluate", "Synthesize": "Create",
}  # fmt: skip
DOING = {"watched", "saved", "handed in", "started", "submitted", "asked", "answered", "wrote"}
# Why a row is no learner's: what Moodle does by itself, and in passing.
BY_ITSELF = {"abandoned": "system", "recalculated": "system", "changed a total": "side_effect"}


class Known(Course):
    """An invented course with what is known of it, and the files that Moodle exports of it."""

    @cached_property
    def known(self) -> dict[str, Any]:
        """The answers."""
        return count(self)

    def log(self, rename: Any = None, shuffled: bool = False) -> str:
        """The log, newest first. `rename` gives a person another number and name."""
        header, *rows = log_text(self, rename=rename).splitlines()
        if shuffled:
            self.chance.shuffle(rows)
        return "\n".join([header, *rows, ""])

    def participants(self) -> str:
        """The table of participants as Moodle offers it."""
        return participants_text(self)

    def gradebook(self) -> str:
        """The export of grades."""
        return grades_text(self)


def make_course(seed: int = 1, people: int = 30, without: Any = ()) -> Known:
    """A course of a term, another one for each seed."""
    return Known(seed, people, tuple(without))


def meant(act: Act) -> str:
    """The activity type of what somebody did."""
    return OPENING[act.element.kind] if act.did == "opened" and act.element else MEANS.get(act.did, "")


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
    known["assignments"] = {one.cm: _assignment(course, one) for one in course.of("assign")}
    known["quizzes"] = {one.cm: _quiz(course, one) for one in course.of("quiz")}
    known["forums"] = {one.cm: _forum(course, one) for one in course.of("forum")}
    known["media"] = {
        one.cm: (len({act.user for act in own if act.element == one}), sum(act.element == one for act in own))
        for one in course.of("h5pactivity")
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
        user: [(act.moment.isoformat(), event_name(act)) for act in acts] for user, acts in people.items()
    }
    known["sides"] = _sides(course, own, known)
    known |= _objects(course, own, known)
    return known


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
    threes: Counter[tuple[str, str, str]] = Counter()
    visits: dict[str, Counter[str]] = defaultdict(Counter)  # by element, of each learner
    for session in (one for some in sessions.values() for one in some):
        for act, following in pairwise(session):
            lasting[meant(act)].append(_between(act.moment, following.moment))
        visited = [str(act.element.cm) for act in session if act.element]
        visited = [one for place, one in enumerate(visited) if not place or visited[place - 1] != one]
        steps.update(pairwise(["start", *visited, "end"]) if visited else [])
        threes.update(zip(visited, visited[1:], visited[2:], strict=False))
        for element in visited:
            visits[element][session[0].user] += 1
    usual = {means: median(seconds) for means, seconds in lasting.items()}
    spent = {}
    for user, some in sessions.items():
        low = [round(_between(one[0].moment, one[-1].moment) / 60, 1) for one in some]
        last = [usual.get(meant(one[-1]), 0) / 60 for one in some]
        spent[user] = (sum(low) + sum(last), sum(low), sum(low) + GAP * len(some))
    return {
        "sessions": {user: len(some) for user, some in sessions.items()},
        "minutes": spent,
        "steps": steps,
        "threes": threes,
        "visits": visits,
    }


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
            week: (len({act.user for act in acts}), len(acts), Counter(meant(act) for act in acts))
            for week, acts in weeks.items()
        },
        "types": Counter(meant(act) for act in own),
        "levels": Counter(LEVELS[meant(act)] for act in own if meant(act) in LEVELS),
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
        exercise = next((other for other in course.elements.values() if other.unit == one.unit and other.kind in EXERCISES), None)  # fmt: skip
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
    exercises = [one for one in course.elements.values() if one.kind in EXERCISES]
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
        most = min(active, key=lambda user: (-events[user], str(user)), default=None)
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
        by_type[meant(act)].append({*touched, "session"})
        for kind, one in touched.items():
            there[kind].add(one)
    objects = {kind: len(some) for kind, some in there.items()} | {"session": sum(known["sessions"].values())}
    matrix = {}
    for means, events in by_type.items():
        for kind in objects:
            has = [int(kind in one) for one in events]
            matrix[means, kind] = (len(has), sum(has), min(has), max(has))
    return {"objects": objects, "matrix": matrix}
