"""What was understood of a log, as plain data: each part with how sure it is and by what it was decided."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from moodlelogsmart.meaning.corrections import Corrections
from moodlelogsmart.options import DELIMITERS
from moodlelogsmart.reading.model import TEXTS, FileReading, Part, Reading
from moodlelogsmart.report.summary import Summary
from moodlelogsmart.report.words import say


def understood(summary: Summary, language: str) -> dict[str, Any]:
    """The reading, the warnings, the people and the kinds of events without a rule, with the corrections there were;
    `unclear` is why nothing could be counted.

    Sentences are in the language.
    """
    return {
        "reading": _plain(summary.reading, language),
        "warnings": summary.told_warnings(language),
        "people": summary.everybody,
        "unknown": [{key: value for key, value in one.items() if key != "stub"} for one in summary.others],
        "corrections": summary.corrections,
        **({"unclear": say(summary.unclear, language)} if summary.unclear else {}),
    }


def as_corrections(summary: Summary) -> dict[str, Any]:
    """What was understood, to be corrected by hand and given again, which gives the same; of several logs that of each,
    where they differ. Of a language that is only a guess nothing is said."""
    reading = summary.reading
    files = [_of_file(file) for file in reading.files]
    alike = {name: value for name, value in files[0].items() if all(file[name] == value for file in files)}
    told: dict[str, Any] = {
        **alike,
        "log_language": reading.language.value if reading.language.sure else "",
        "row_order": "newest_first" if reading.newest_first.value else "oldest_first",
        "columns": _columns(reading),
        "timezone": reading.timezone.value,
        "of_log": {
            f"{place}:{name}": value
            for place, file in enumerate(files, start=1)
            for name, value in file.items()
            if name not in alike and value
        },
        "staff": [one["person"] for one in summary.staff],
        "meanings": {f"{one['module']}/{one['event']}": "Others" for one in summary.others},
    }
    return {one.name: told[one.name] for one in fields(Corrections) if told.get(one.name)}


def _of_file(file: FileReading) -> dict[str, Any]:
    """What was understood of one log, as a person says it, by the names of options.OF_LOG."""
    return {
        "kind": file.kind.value if file.kind.value in TEXTS else "",
        "form": file.form.value,
        "delimiter": next((word for word, letter in DELIMITERS.items() if letter == file.delimiter.value), ""),
        "sheet": file.sheet.value if len(file.sheets) > 1 else 0,
        "encoding": file.encoding.value,
        "date_order": file.date_order.value,
        "year": file.year.value,
    }


def _columns(reading: Reading) -> dict[str, int]:
    of_each = [
        {name: part.value.place for name, part in file.columns.items() if part.value.place} for file in reading.files
    ]
    if all(columns == of_each[0] for columns in of_each):
        return of_each[0]
    return {f"{place}:{name}": at for place, told in enumerate(of_each, start=1) for name, at in told.items()}


def _plain(value: Any, language: str) -> Any:
    if isinstance(value, Part):
        by = say(value.by, language) if value.by else ""
        return {"value": _plain(value.value, language), "sure": value.sure, "by": by}
    if isinstance(value, Reading) or is_dataclass(value):
        # What was told of one log alone stands with that log.
        names = [one.name for one in fields(value) if one.name != "of_log"]
        return {name: _plain(getattr(value, name), language) for name in names}
    if isinstance(value, Mapping):
        return {key: _plain(one, language) for key, one in value.items()}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_plain(one, language) for one in value]
    return value
