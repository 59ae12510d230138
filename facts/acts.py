"""Acts made of the facts: each sentence of each event class, done once by a person of its own, as rows of a log.

Everything here comes from the tables beside this file; nothing of the package is asked what an event is or means.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from facts.events import Event

FIRST_PERSON, BESIDE = 200_000, 400_000  # ids of who acts; of whom it concerns, so much above
SYSTEM, TEAM = "-20", "0"  # Moodle's ids for what it does by itself, and for whom a team's submission concerns
BEGIN = 1_632_960_000  # seconds of the first act; an hour between acts, so that the days tell the order of the dates
LEVELS = {"other": "0", "teaching": "1", "participating": "2"}
PLACES = {"system": "10", "course": "50", "module": "70"}

_TEAMS = ("mod_assign", "assignsubmission")  # where a team hands in; `other.groupid` tells it

# What stands in braces: numbers by their names, and words where any word would not do.
_NUMBER = re.compile(r"(id|ids|num|number|count|page|slot|grade|mark|phase|index|state|reason|version|level)$")
_WORDS = {
    "other.modulename": "page", "other.capability": "mod/page:view", "other.itemtype": "manual",
    "other.url": "https://example.org/", "other.pageurl": "https://example.org/", "other.ip": "10.9.9.9",
    "other.filename": "notes.txt", "other.filepath": "/", "other.enrol": "manual", "other.newstatus": "submitted",
    "other.langcode": "eo", "other.pagetype": "content", "other.status": "locked", "other.discussion": "88",
    "other.course": "7", "other.delete": "",
}  # fmt: skip


@dataclass(frozen=True)
class Act:
    """One sentence of an event (`variant`, from 0), done once.

    `whom` it concerns: nobody, another, oneself or a team. `inside`: the activity in which it is done, if that counts.
    """

    place: int
    event: Event
    variant: int
    whom: str
    inside: str = ""

    @property
    def sentence(self) -> str:
        """The sentence with its braces; '' where the plugin builds it while running."""
        return self.event.sentences[self.variant] if self.event.sentences else ""

    @property
    def by_itself(self) -> bool:
        """Whether this is what Moodle says where nobody did it, of an event that people do as well."""
        return "/" in self.event.actor and "userid" in self.event.actor.split("/") and "{userid}" not in self.sentence

    @property
    def doer(self) -> str:
        """The id of who does it."""
        return SYSTEM if self.by_itself else str(FIRST_PERSON + self.place)

    @property
    def affected(self) -> str:
        """The id of whom it concerns, as Moodle writes it down; '' for nobody."""
        if self.whom == "another":
            return str(FIRST_PERSON + BESIDE + self.place)
        return {"oneself": self.doer, "team": TEAM}.get(self.whom, "") if self.event.other_person else ""

    @property
    def doer_known_as(self) -> set[str]:
        """Id and name of who does it."""
        return {self.doer, name_of(self.doer)} - {SYSTEM, "-"}

    @property
    def affected_known_as(self) -> set[str]:
        """Id and name of whom it concerns."""
        return {self.affected, name_of(self.affected)} - {"", SYSTEM, TEAM, "-"}

    @property
    def ip(self) -> str:
        """An address that no other act has, by which it is found again in the results."""
        return f"10.{self.place >> 16}.{self.place >> 8 & 255}.{self.place & 255}"

    # ---- What the facts say of it.

    @property
    def must_mark(self) -> bool:
        """Whether it tells that its doer is staff."""
        marks = self.event.marks
        tells = marks == "staff" or (marks == "staff_if_other" and self.whom == "another")
        return tells and not self.by_itself and not self.inside

    @property
    def is_side_effect(self) -> bool:
        """Whether it is nobody's decision, and so nobody's learning."""
        return self.by_itself or self.event.side_effect == "yes"

    @property
    def is_learners(self) -> bool:
        """Whether learners do it, and it tells nothing of its doer."""
        event = self.event
        return (
            event.who in ("learner", "either") and event.side_effect == "no" and not (self.must_mark or self.by_itself)
        )

    @property
    def is_own(self) -> bool:
        """Whether it would tell of staff if it were done to another person."""
        return self.event.marks == "staff_if_other" and self.whom in ("oneself", "team")

    # ---- The rows.

    @cached_property
    def context(self) -> str:
        """Where it happens: module, course or system."""
        event = self.event
        part = event.component.partition("_")[0]
        if (
            self.inside
            or "{cmid}" in self.sentence
            or (part == "mod" and not event.name.endswith("instance_list_viewed"))
        ):
            return "module"
        if part.startswith(("assign", "quizaccess", "booktool", "forumreport")):
            return "module"
        return "system" if event.who == "admin" and "{courseid}" not in self.sentence else "course"

    @property
    def cmid(self) -> str:
        """The id of the course module, one for each act."""
        return str(700_000 + self.place)

    def says(self) -> str:
        """The description, its braces filled."""
        return re.sub(r"\{([\w.]+)\}", lambda match: self._value(match[1]), self.sentence) or "-"

    def _value(self, brace: str) -> str:
        known = {
            "userid": self.doer, "relateduserid": self.affected, "cmid": self.cmid, "objectid": self._object(),
            "courseid": "7", "contextid": "31", "other.otheruser": str(FIRST_PERSON + 2 * BESIDE + self.place),
            "other.delete.id": self.doer, "other.delete": self.doer, "other.userid": self._named_beside(),
        }  # fmt: skip
        if brace in known:
            return known[brace]
        if brace in _WORDS:
            return _WORDS[brace]
        return str(30 + len(brace)) if _NUMBER.search(brace) else "something"

    def _object(self) -> str:
        """The id of what is acted on: of a person, theirs."""
        return (self.affected or self.doer) if self.event.objecttable == "user" else str(500_000 + self.place)

    def _named_beside(self) -> str:
        """`other.userid` is whom it concerns where the sentence names who acts as well, else who acts."""
        named = "{userid}" in self.sentence or "{other.delete" in self.sentence
        return (self.affected if named else "") or self.doer

    def report_row(self, component: str, name: str, described: bool = True) -> list[str]:
        """The row of the report of a course, under these names of component and event."""
        module = f"{self.inside or component}: Place {self.place}"
        where = {"module": module, "course": "Course: Invented Studies", "system": "System"}
        time = datetime.fromtimestamp(self.time, UTC)
        return [
            f"{time:%d/%m/%y, %H:%M:%S}", name_of(self.doer), name_of(self.affected), where[self.context], component,
            name, self.says() if described else "-", "cli" if self.by_itself else "web", self.ip,
        ]  # fmt: skip

    @property
    def time(self) -> int:
        """When, in seconds since 1970."""
        return BEGIN + 3600 * self.place

    def table_row(self) -> list[str]:
        """The row of Moodle's table of events."""
        event, at = self.event, self.context
        target, _, action = event.name.rpartition("\\")[2].rpartition("_")
        other = {
            brace.partition(".")[2]: self._value(brace) for brace in re.findall(r"\{(other\.\w+)\}", self.sentence)
        }
        cells = {
            "id": str(1 + self.place), "eventname": event.name, "component": event.component, "action": action,
            "target": target, "objecttable": event.objecttable, "objectid": self._object() if event.objecttable else "",
            "crud": event.crud, "edulevel": LEVELS[event.level], "contextid": str(900_000 + self.place),
            "contextlevel": PLACES[at], "contextinstanceid": {"module": self.cmid, "course": "7", "system": "0"}[at],
            "userid": self.doer, "courseid": "0" if at == "system" else "7", "relateduserid": self.affected,
            "anonymous": "0", "other": json.dumps(other) if other else "null", "timecreated": str(self.time),
            "origin": "cli" if self.by_itself else "web", "ip": self.ip, "realuserid": "",
        }  # fmt: skip
        return [cells[name] or "NULL" for name in TABLE]


# fmt: off
TABLE = [
    "id", "eventname", "component", "action", "target", "objecttable", "objectid", "crud", "edulevel", "contextid",
    "contextlevel", "contextinstanceid", "userid", "courseid", "relateduserid", "anonymous", "other", "timecreated",
    "origin", "ip", "realuserid",
]
# fmt: on
REPORT = [
    "Time",
    "User full name",
    "Affected user",
    "Event context",
    "Component",
    "Event name",
    "Description",
    "Origin",
    "IP address",
]  # fmt: skip


def name_of(person: str) -> str:
    """An invented name of two words, one for each id; - for nobody."""
    if person in ("", SYSTEM, TEAM):
        return "-"
    number = int(person)
    syllables: list[str] = []
    for _ in range(6):
        number, rest = divmod(number, 20)
        syllables.append("bcdfghjklmnprstvwxyz"[rest] + "aeiou"[(rest + len(syllables)) % 5])
    return "".join(syllables[:3]).title() + " " + "".join(syllables[3:]).title()


def make_acts(events: list[Event]) -> list[Act]:
    """An act for each sentence of each event, for each kind of person whom it can concern, and inside what counts."""
    kinds = [
        (event, variant, whom, "")
        for event in events
        for variant, sentence in enumerate(event.sentences or ("",))
        for whom in _concerned(event, sentence)
    ]
    kinds += [(event, 0, "nobody", event.within) for event in events if event.within]
    return [Act(place, *kind) for place, kind in enumerate(kinds)]


def _concerned(event: Event, sentence: str) -> Iterator[str]:
    """Whom an event with this sentence can concern."""
    names_other = "{relateduserid}" in sentence
    if event.marks == "staff_if_other":
        if "{other.groupid}" in sentence and event.component.startswith(_TEAMS):
            yield "team"
            return
        yield "another"
        if event.component.startswith(_TEAMS) and "{other.groupid}" not in "".join(event.sentences):
            yield "team"
        if event.other_person or not names_other:
            yield "oneself"
    elif not (event.other_person or names_other):
        yield "nobody"
    elif event.who in ("staff", "admin"):
        yield "another"
    else:
        # Whose attempt it is, is who made it; and who is named only by what stands beside, is who acted.
        if not (event.who == "learner" and event.actor == "relateduserid") and (
            names_other or "{userid}" in sentence or "{other.userid}" not in sentence
        ):
            yield "another"
        yield "oneself"
