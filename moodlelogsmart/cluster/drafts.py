"""Refused forms that every web server knows: what was typed in Redis, the files in the store."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from moodlelogsmart.cluster.connection import Connection
from moodlelogsmart.cluster.files import StoredFiles
from moodlelogsmart.cluster.keeper import SPACE
from moodlelogsmart.jobs.child import decoded, encoded
from moodlelogsmart.jobs.drafts import KEPT, Draft, Drafts
from moodlelogsmart.jobs.job import now


class SharedDrafts(Drafts):
    """The drafts of all servers, one for each owner. Redis forgets them at their time; their files go with those of
    which nobody knows."""

    def __init__(self, connection: Connection, files: StoredFiles) -> None:
        super().__init__(files.folder(""))
        self._connection = connection
        self._files = files

    def of(self, owner: str, about: str | None = None) -> Draft | None:
        """As Drafts."""
        draft = self._known(owner)
        draft = draft.seen(now()) if draft else None
        return draft if draft and about in (None, draft.about) else None

    def keep(self, owner: str, draft: Draft) -> None:
        """As Drafts."""
        super().keep(owner, draft)
        if draft.files:
            self._files.keep(self._files.folder(draft.draft_id))
            self._files.leave(draft.draft_id)

    def file(self, path: Path) -> Path:
        """As Drafts."""
        return self._files.fetch(path)

    def drop(self, owner: str, about: str | None = None) -> Draft | None:
        """As Drafts."""
        draft = self._known(owner)
        if draft is None or about not in (None, draft.about):
            return None
        self._connection.ask(lambda redis: redis.delete(_key(owner)))
        self._delete(draft)
        return draft

    def drop_oldest(self, but: str) -> bool:
        """None: their files are not on this disk."""
        return False

    def size(self) -> int:
        """None of their bytes are on this disk."""
        return 0

    def sweep(self, at: datetime) -> None:
        """Nothing to do: Redis forgets them."""

    def clear(self) -> None:
        """Nothing to do: what an earlier server kept is still known."""

    def _known(self, owner: str) -> Draft | None:
        row: Any = self._connection.ask(lambda redis: redis.get(_key(owner)))
        if not row:
            return None
        draft: Draft = decoded(row, Draft)
        return _with_paths(draft, lambda path: self._files.folder("") / path)

    def _put(self, owner: str, draft: Draft) -> None:
        before = self._known(owner)
        row = encoded(_with_paths(draft, lambda path: Path(self._files.key(path))))
        self._connection.ask(lambda redis: redis.set(_key(owner), row, ex=round(KEPT.total_seconds())))
        if before and before.draft_id != draft.draft_id:
            self._delete(before)

    def _delete(self, *drafts: Draft) -> None:
        for draft in drafts:
            if draft.files:
                self._files.delete_job(draft.draft_id)


def _with_paths(draft: Draft, change: Callable[[Path], Path]) -> Draft:
    files = {name: [replace(file, path=change(file.path)) for file in listed] for name, listed in draft.files.items()}
    return replace(draft, files=files)


def _key(owner: str) -> str:
    return f"{SPACE}draft:{owner}"
