"""A form that is refused comes back as it was sent: what was typed, the files that were accepted, and what is wrong."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from flask import request

from moodlelogsmart.jobs.drafts import TYPED, Draft, DraftFile
from moodlelogsmart.jobs.files import share_file
from moodlelogsmart.messages import Message, file_name
from moodlelogsmart.options import FORM, entries
from moodlelogsmart.report.labels import file_size
from moodlelogsmart.web.access import drafts, known_owner, wants_json
from moodlelogsmart.web.admission import Refused
from moodlelogsmart.web.language import chosen_language, translate
from moodlelogsmart.web.others import BEFORE, LOG, MOST, OTHER, TWICE, called, field_of, said, use

# What a form may bring beside a log, each an option of the same name.
BESIDE = [entry.name for entry in entries() if entry.kind == "file" and FORM in entry.doors]


@dataclass
class Came:
    """What came with a form so far: what was typed, by field, and the files against which nothing speaks; of those of
    which the form says what they are to be used for, the field that does, by their paths; the job that is made of it
    until that is queued."""

    values: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, list[DraftFile]] = field(default_factory=dict)
    fields: dict[Path, str] = field(default_factory=dict)
    job_id: str = ""

    def is_own(self, file: DraftFile) -> bool:
        """Whether it is one of the job before, which has it still."""
        return self.fields.get(file.path) == BEFORE

    def use(self, others: Mapping[str, DraftFile]) -> list[Refused]:
        """Have other files, by field, as what the form says of them; what speaks against it."""
        self.fields |= {file.path: name for name, file in others.items()}
        return [Refused(400, "options", TWICE, self.ask(others[name])) for name in use(others, self.files)]

    def ask(self, file: DraftFile, use: str = "") -> str:
        """Have it asked of a file what it is to be used for, or again, at first for `use`: the field that says it."""
        if self.is_own(file):
            return BEFORE
        use = use or said(self.fields[file.path])
        others = self.files.setdefault(OTHER, [])
        name = field_of(len(others))
        others.append(file)
        self.values[name] = [use]
        return name


def keep_draft(refused: Refused, about: str = "", came: Came | None = None) -> None:
    """Keep what came with a refused form for a person who sees it again; a program still has what it sent."""
    if wants_json() or not known_owner():
        return
    passing = refused.status in (429, 503)
    if came is None or not (came.values or came.files):
        problems = refused.problems
        if request.content_length and not drafts().of(known_owner(), about):
            problems = {name: _unread(why) for name, why in problems.items()}
        drafts().tell(known_owner(), Draft(about, problems=problems, is_passing=passing))
        return
    there = {
        name: [file for file in files if file.path.exists() and not came.is_own(file)]
        for name, files in came.files.items()
    }
    files = {name: listed for name, listed in there.items() if listed}
    short = sum(len(text) for texts in came.values.values() for text in texts) <= TYPED
    drafts().keep(known_owner(), Draft(about, came.values if short else {}, files, refused.problems, passing))


def _unread(why: str) -> Message:
    """Of a form that was refused by its size alone, or since there was no room for it: what was typed into it stands
    behind the file, which is not received; but browsers keep it for who goes back."""
    return Message(
        "%(why)s Nothing of the form was read: go back one page in your browser to find it as you filled it in.",
        why=why,
    )


def take_kept(received: Path, came: Came) -> list[Refused]:
    """Have the files that were kept of the form before among those that came, where no others did; those that are not
    there any more."""
    there = {LOG, OTHER, *BESIDE} - {*came.files}
    wanted = [name for name in dict.fromkeys(request.form.getlist("kept")) if name in there]
    lost = [name for name in wanted if not _take_kept(name, received, came)]
    gone = Message("This file is not kept any more. Please choose it again.")
    refusals = [Refused(400, "draft", gone, LOG if name == OTHER else name) for name in lost]
    for place in range(MOST):
        came.values.pop(field_of(place), None)  # they are said of the files that are used now
    others = {field_of(place): file for place, file in enumerate(came.files.pop(OTHER, []))}
    return refusals + came.use(others)


def _take_kept(name: str, received: Path, came: Came) -> bool:
    """Have the files of the draft among those that came; whether they are still there."""
    draft = drafts().of(known_owner())
    kept = draft.files.get(name, []) if draft and draft.draft_id == request.form.get("draft") else []
    received.mkdir(parents=True, exist_ok=True)
    for place, file in enumerate(kept):
        path = received / f"kept-{name}-{place:04d}"
        try:
            share_file(str(drafts().file(file.path)), str(path))
        except FileNotFoundError:
            return False
        came.files.setdefault(name, []).append(replace(file, path=path))
    return bool(kept)


class Form:
    """A form as a page shows it: by itself, or as its owner sent it when it was refused."""

    def __init__(self, draft: Draft | None, fields: Collection[str]) -> None:
        """`fields`: those of the page, in their order; what is wrong with another is told above the form."""
        self._draft = draft or Draft()
        fields = [*fields, *self.others]
        self._problems = {name if name in fields else "": text for name, text in self._draft.problems.items()}
        self.first = next((name for name in fields if name in self._problems), "")

    @property
    def is_again(self) -> bool:
        """Whether its owner has sent it."""
        return bool(self._draft.values or self._draft.files or self._draft.problems)

    @property
    def draft_id(self) -> str:
        """By which its files are known; '' where none are kept."""
        return self._draft.draft_id if self._draft.files else ""

    def value(self, name: str, default: object = "") -> object:
        """What was typed into a field."""
        return next(iter(self._draft.values.get(name, ())), "") if self._draft.values else default

    def listed(self, name: str) -> Sequence[str]:
        """All that was sent in fields of a name."""
        return self._draft.values.get(name, ())

    def has(self, name: str, value: str, default: bool = False) -> bool:
        """Whether a box was ticked, or one of several chosen."""
        return value in self._draft.values.get(name, ()) if self._draft.values else default

    @property
    def others(self) -> dict[str, str]:
        """What the files are called that came as logs and are other tables, by the field that says their use."""
        files = self._draft.files.get(OTHER, ())
        return {field_of(place): translate(called(file_name(one.name), one.kind)) for place, one in enumerate(files)}

    def files(self, name: str) -> str:
        """The files that are kept for a field, with their sizes."""
        kept, language = self._draft.files.get(name, ()), chosen_language()
        return ", ".join(f"{file.name} ({file_size(file.size, language)})" for file in kept)

    def problem(self, name: str = "") -> str:
        """What is wrong with a field, or with the form."""
        return translate(self._problems.get(name, ""))
