"""Files in the place of a log that are other tables: a person says what each is to be used for."""

from collections.abc import Collection, Mapping, Sequence

from flask import request

from moodlelogsmart.jobs.drafts import DraftFile
from moodlelogsmart.messages import Message

LOG = "file"  # the field of the log; whatever else brings a file and is no option is taken for one
OTHER = "other"  # of a draft, the files that are no logs, but tables that may be of use
NONE = "none"  # said of a file that is to be left out
MOST = 3  # files that are told from the right ones beside them; each takes a look
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


def asking(kind: str, message: str) -> str:
    """What is said of a file of that kind to who can say what it is to be used for, instead of this message."""
    if kind in _ASKING and isinstance(message, Message):
        return Message(_ASKING[kind].template, **message.parameters)
    return message


def said(place: int) -> str:
    """What the form says of the other file at a place from 0: LOG, NONE, one of USES, or nothing."""
    return request.form.get(f"use{place}", "")


def insists() -> bool:
    """Whether the form says of any that it is a log all the same."""
    return LOG in map(said, range(MOST))


def guessed(kinds: Mapping[int, str], taken: Collection[str]) -> dict[str, list[str]]:
    """What the form says by itself of other files, by their places, where the options that are `taken` have one."""
    uses = {place: USES.get(kind, NONE) for place, kind in kinds.items()}
    return {f"use{place}": [NONE if use in taken else use] for place, use in uses.items()}


def use(others: Sequence[DraftFile], files: dict[str, list[DraftFile]], unsaid: str = NONE) -> None:
    """Have each of the others among the `files` of the form, by field, as what the form says of it, or as `unsaid`; of
    an option that has a file already that one stays."""
    for place, file in enumerate(others):
        name = said(place) or unsaid
        if name == LOG or (name in USES.values() and name not in files):
            files.setdefault(name, []).append(file)
