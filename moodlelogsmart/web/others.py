"""Files in the place of a log that are other tables: a person says what each is to be used for."""

from collections.abc import Mapping, MutableMapping

from flask import request

from moodlelogsmart.jobs.drafts import DraftFile
from moodlelogsmart.messages import Message
from moodlelogsmart.report.labels import OTHERS

LOG = "file"  # the field of the log; whatever else brings a file and is no option is taken for one
OTHER = "other"  # of a draft, the files that are no logs, but tables that may be of use
BEFORE = "use_log"  # the field that says what the log of the job before is to be used for; of others it is `field_of`
NONE = "none"  # said of a file that is to be left out
MOST = 10  # files that are told from the right ones beside them; each takes a look
USES = {"grades": "grades", "participants": "roster"}  # of the kinds of NoLog, the option that such a table can be

# What is said of tables that may be of use beside a log, of the kinds of NoLog, where a person can say it at once.
_ASKING = {
    "participants": Message(
        "%(file)s is a list of participants, not a log. Say what it is to be used for, and choose the log. %(how)s"
    ),
    "grades": Message(
        "%(file)s is a grades file, not a log. Say what it is to be used for, and choose the log. %(how)s"
    ),
}
_KINDS = OTHERS | {"grades": Message("a grades file"), "participants": Message("a list of participants")}
TWICE = Message("Another file is chosen as that already; leave one of them out.")


def asking(kind: str, message: str) -> str:
    """What is said of a file of that kind to who can say what it is to be used for, instead of this message."""
    if kind in _ASKING and isinstance(message, Message):
        return Message(_ASKING[kind].template, **message.parameters)
    return message


def called(name: str, kind: str) -> Message:
    """What such a file is called where it is asked of."""
    return Message("%(file)s: %(kind)s", file=name, kind=_KINDS[kind])


def field_of(place: int) -> str:
    """The field that says what the other file at a place, from 0, is to be used for."""
    return f"use{place}"


def said(field: str) -> str:
    """What the form says there: LOG, NONE, one of USES, or nothing."""
    return request.form.get(field, "")


def insists() -> bool:
    """Whether the form says of any that it is a log all the same."""
    return LOG in [said(BEFORE), *(said(field_of(place)) for place in range(MOST))]


def use(others: Mapping[str, DraftFile], files: MutableMapping[str, list[DraftFile]]) -> list[str]:
    """Have each of the others, by field, among the `files` of the form as what the form says of it; the fields of those
    for which another file is there already."""
    twice = []
    for field, file in others.items():
        name = said(field)
        if name == LOG:
            files.setdefault(LOG, []).append(file)
        elif name in USES.values() and name in files:
            twice.append(field)
        elif name in USES.values():
            files[name] = [file]
    return twice
