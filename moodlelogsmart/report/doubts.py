"""What of a result is a guess, told so short that it can be known again: who has seen it need not look at it twice."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from moodlelogsmart.messages import Message
from moodlelogsmart.reading.model import FILE_PARTS, Column, FileReading, Part
from moodlelogsmart.report.summary import Summary

MOST = 400  # that are known again, by 16 letters each; a log has some ten
NO_LOG = "no log"  # beside digests: that a file is another table than a log, which a person says is one
SEEN = Message("a guess of ours, which a person has seen")
_WHOLE = ("language", "timezone", "newest_first")


def doubts(summary: Summary) -> list[str]:
    """A digest of each warning and of each part of the reading that is not sure, with what it says; the first MOST."""
    reading = summary.reading
    found = [_digest(one.code, one.text) for one in summary.warnings]
    found += [_part(name, getattr(reading, name)) for name in _WHOLE if not getattr(reading, name).sure]
    for file in reading.files:
        found += [_part(name, getattr(file, name)) for name in FILE_PARTS if not getattr(file, name).sure]
        found += [_part(name, part) for name, part in file.columns.items() if not part.sure]
    return list(dict.fromkeys(found))[:MOST]


def without_seen(summary: Summary, seen: Collection[str]) -> Summary:
    """The summary as it is shown to who has `seen` these digests: the warnings as such, the parts as sure."""
    if not seen:
        return summary
    reading = summary.reading

    def sure(name: str, part: Part[Any]) -> Part[Any]:
        return replace(part, sure=True, by=SEEN) if not part.sure and _part(name, part) in seen else part

    def known(file: FileReading) -> FileReading:
        columns = {name: sure(name, part) for name, part in file.columns.items()}
        parts: dict[str, Any] = {name: sure(name, getattr(file, name)) for name in FILE_PARTS}
        return replace(file, columns=columns, **parts)

    whole: dict[str, Any] = {name: sure(name, getattr(reading, name)) for name in _WHOLE}
    warnings = [replace(one, is_seen=_digest(one.code, one.text) in seen) for one in summary.warnings]
    return replace(
        summary, warnings=warnings, reading=replace(reading, files=tuple(map(known, reading.files)), **whole)
    )


def _part(name: str, part: Part[Any]) -> str:
    value = part.value
    return _digest(name, [value.place, value.label] if isinstance(value, Column) else value)


def _digest(name: str, value: object) -> str:
    return hashlib.sha256(json.dumps([name, value]).encode()).hexdigest()[:16]
