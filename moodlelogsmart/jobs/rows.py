"""A job as a row of text: as it is written down, and read again by whichever version comes after."""

import logging
from contextlib import suppress
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from moodlelogsmart.jobs.job import FAILED, PROCESSING, Job
from moodlelogsmart.jobs.summaries import summary_file
from moodlelogsmart.messages import Message, as_data, from_data
from moodlelogsmart.options import Options

logger = logging.getLogger(__name__)

OUTDATED = Message(
    "The server was updated while this analysis was in it, and can't go on with it. Please upload it again."
)


class Rows:
    """Jobs as JSON; their files are noted relative to `root`, so that both can be moved and mean the same elsewhere."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._decoder = msgspec.json.Decoder(Job, dec_hook=self._revive)

    def encode(self, job: Job) -> bytes:
        """The row."""
        return msgspec.json.encode(job, enc_hook=self._plain)

    def decode(self, job_id: str, row: bytes | str) -> Job:
        """The job of a row, of another version too."""
        known = msgspec.json.decode(row)
        self._move_summary(known)
        try:
            return self._decoder.decode(row)
        except msgspec.MsgspecError:
            return self._decode_another(job_id, known)

    def _decode_another(self, job_id: str, known: dict[str, Any]) -> Job:
        """A job of another version, as far as it is understood: one with options of which one is not has failed."""
        logger.warning("journal row of another version", extra={"job": job_id})
        fields = {name: value for name, value in known.items() if self._fits(Job, name, value)}
        options = known.get("options")
        fields["options"] = {
            name: value
            for name, value in (options.items() if isinstance(options, dict) else ())
            if self._fits(Options, name, value)
        }
        lost = not {"status", "created_at"} <= fields.keys() or (
            fields["status"] == PROCESSING and fields["options"] != options
        )
        if lost:
            ended = known.get("completed_at") or known.get("created_at")
            fields |= {"status": FAILED, "error": self._plain(OUTDATED), "input_file": None, "completed_at": ended}
        return msgspec.convert({**fields, "job_id": job_id}, Job, dec_hook=self._revive, strict=False)

    def _fits(self, kind: type, name: str, value: Any) -> bool:
        """Whether this is a field of the dataclass, and the value one that it can have."""
        hints = get_type_hints(kind, include_extras=True)
        with suppress(msgspec.MsgspecError):
            if name in hints:
                msgspec.convert(value, hints[name], dec_hook=self._revive, strict=False)
                return True
        return False

    def _move_summary(self, known: dict[str, Any]) -> None:
        """Put the summary, which earlier versions kept in the journal, where it is now."""
        summary, results = known.get("summary"), known.get("output_file")
        if summary and results and (self._root / results).exists():
            file = summary_file((self._root / results).parent)
            if not file.exists():
                file.write_bytes(msgspec.json.encode(summary))

    def _plain(self, value: Any) -> Any:
        if isinstance(value, Message):
            return as_data(value)
        if isinstance(value, Path):
            return str(value.relative_to(self._root))
        raise TypeError(type(value).__name__)

    def _revive(self, kind: type, value: Any) -> Any:
        if kind is Message:
            return from_data(value)
        return self._root / value
