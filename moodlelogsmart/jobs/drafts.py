"""Forms that were refused: what came with them is kept for an hour, so that nobody types or sends anything twice."""

import shutil
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from moodlelogsmart.jobs.job import now
from moodlelogsmart.messages import Message

KEPT = timedelta(hours=1)
PASSING = timedelta(minutes=5)  # so long a sentence holds that asks to come back in a minute
MOST = 1000  # drafts; beyond that the oldest go
MOST_BYTES = 5_000_000_000  # of their files together; beyond that the oldest go, but for the newest
TYPED = 64_000  # characters that are kept of what was typed into one form; of a page they are a tenth


@dataclass
class DraftFile:
    """A file of a form: what its owner calls it, where it lies, its size in bytes, and what it is where it came as a
    log and is none (see NoLog)."""

    name: str
    path: Path
    size: int
    kind: str = ""


@dataclass(frozen=True)
class Draft:
    """A form that was refused.

    about: the job that it corrects, '' for a new one. values: what was typed, by field. files: those against which
    nothing speaks, by field. problems: the sentence for each wrong field, to be translated; under '' what is wrong with
    none of them. is_passing: whether that is soon over. Times are aware UTC.
    """

    about: str = ""
    values: Mapping[str, list[str]] = field(default_factory=dict)
    files: Mapping[str, list[DraftFile]] = field(default_factory=dict)
    problems: Mapping[str, Message] = field(default_factory=dict)
    is_passing: bool = False
    draft_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    made_at: datetime = field(default_factory=now)

    def seen(self, at: datetime) -> "Draft | None":
        """What is left of it at a time."""
        if at - self.made_at > KEPT:
            return None
        return replace(self, problems={}) if self.is_passing and at - self.made_at > PASSING else self

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return sum(file.size for files in self.files.values() for file in files)


class Drafts:
    """The drafts of this server, one for each owner; none outlives the server."""

    def __init__(self, root: Path) -> None:
        """`root` is the folder in which each draft with files gets a folder of its own."""
        self._root = root
        self._lock = threading.Lock()
        self._drafts: dict[str, Draft] = {}  # by owner, the oldest first

    def of(self, owner: str, about: str | None = None) -> Draft | None:
        """The draft of an owner, if there is one, and it is about that job."""
        with self._lock:
            draft = self._drafts.get(owner)
        draft = draft.seen(now()) if draft else None
        return draft if draft and about in (None, draft.about) else None

    def keep(self, owner: str, draft: Draft) -> None:
        """Have this draft in the place of the one before it; its files are moved."""
        folder = self._root / draft.draft_id
        for name, files in draft.files.items():
            for place, file in enumerate(files):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                file.path = file.path.rename(folder / f"{name}-{place:04d}")
        self._put(owner, draft)

    def tell(self, owner: str, draft: Draft) -> None:
        """Have the problems of a draft of which nothing came, beside what is kept of the one before it."""
        before = self.of(owner, draft.about)
        told = replace(before, problems=draft.problems, is_passing=draft.is_passing, made_at=now()) if before else draft
        self._put(owner, told)

    def file(self, path: Path) -> Path:
        """A file of a draft on this machine."""
        return path

    def drop(self, owner: str, about: str | None = None) -> Draft | None:
        """Delete the draft of an owner, if it is about that job; what it was."""
        with self._lock:
            draft = self._drafts.get(owner)
            if draft is None or about not in (None, draft.about):
                return None
            del self._drafts[owner]
        self._delete(draft)
        return draft

    def drop_oldest(self, but: str) -> bool:
        """Delete the oldest draft with files of anybody but this owner, for its room; whether there was one."""
        with self._lock:
            owner = next((one for one, draft in self._drafts.items() if one != but and draft.files), None)
        return owner is not None and self.drop(owner) is not None

    def size(self) -> int:
        """Bytes of all drafts."""
        with self._lock:
            return sum(draft.size for draft in self._drafts.values())

    def sweep(self, at: datetime) -> None:
        """Delete those whose time is up."""
        with self._lock:
            due = [owner for owner, draft in self._drafts.items() if draft.seen(at) is None]
            gone = [self._drafts.pop(owner) for owner in due]
        self._delete(*gone)

    def clear(self) -> None:
        """Delete what an earlier server left."""
        shutil.rmtree(self._root, ignore_errors=True)

    def _put(self, owner: str, draft: Draft) -> None:
        with self._lock:
            gone = [self._drafts.pop(owner, draft)]
            self._drafts[owner] = draft
            gone += [self._drafts.pop(next(iter(self._drafts))) for _ in range(len(self._drafts) - MOST)]
            while len(self._drafts) > 1 and sum(one.size for one in self._drafts.values()) > MOST_BYTES:
                gone.append(self._drafts.pop(next(iter(self._drafts))))
        self._delete(*(one for one in gone if one.draft_id != draft.draft_id))

    def _delete(self, *drafts: Draft) -> None:
        for draft in drafts:
            if draft.files:
                shutil.rmtree(self._root / draft.draft_id, ignore_errors=True)
