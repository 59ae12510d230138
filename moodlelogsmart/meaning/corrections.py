"""What a person says of a log, whatever was understood of it: one vocabulary for page, command, library and file."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_args

import msgspec

from moodlelogsmart.meaning.plain_yaml import NotPlain, dumped, parse
from moodlelogsmart.meaning.rules import ActivityType, Exactly, Rule, When
from moodlelogsmart.messages import LogError
from moodlelogsmart.options import MEANINGS, PEOPLE, Options
from moodlelogsmart.reading.dump import TABLE
from moodlelogsmart.reading.model import COLUMNS, Reading

SIZE_LIMIT = 200_000  # bytes of a file of corrections, in which thousands of people may stand; parsing is slow
_LONGEST_PLACE = 6  # digits of the number of a column
KNOWN_COLUMNS = {*COLUMNS, "date", *TABLE}


@dataclass(frozen=True)
class Corrections:
    """What was corrected, as corrections.yaml has it; what is empty was not.

    columns: the number of a column, from 1 (0: there is none), or its label, by our name for it. staff, learners: user
    ids, or names as the log writes them. meanings: an activity type by "module/event".
    """

    columns: Mapping[str, int | str] = field(default_factory=dict)
    date_order: str | None = None
    year: int | None = None
    timezone: str | None = None
    encoding: str | None = None
    staff: tuple[str, ...] = ()
    learners: tuple[str, ...] = ()
    meanings: Mapping[str, str] = field(default_factory=dict)

    def over(self, other: "Corrections") -> "Corrections":
        """Both; where they say two things of one, this one counts."""
        people = {*self.staff, *self.learners}
        return Corrections(
            columns={**other.columns, **self.columns},
            meanings={**other.meanings, **self.meanings},
            staff=(*(one for one in other.staff if one not in people), *self.staff),
            learners=(*(one for one in other.learners if one not in people), *self.learners),
            **{name: getattr(self, name) or getattr(other, name) for name in _SINGLE},
        )

    def reading(self) -> Reading:
        """What they say of the reading of the log. Raises LogError for what cannot be."""
        for name in self.columns:
            if name not in KNOWN_COLUMNS:
                raise LogError(
                    "There is no column “%(name)s”; the columns of a log are %(known)s.",
                    name=name[:40],
                    known=", ".join(COLUMNS),
                )
        taken = [at for at in self.columns.values() if at]
        twice = next((at for at in taken if taken.count(at) > 1), None)
        if twice is not None:
            first, second, *_more = [name for name, at in self.columns.items() if at == twice]
            raise LogError(
                "Column “%(column)s” cannot be both %(first)s and %(second)s.",
                column=str(twice)[:40],
                first=first,
                second=second,
            )
        return Reading.given(
            columns={name: at or None for name, at in self.columns.items()},
            date_order=self.date_order,
            year=self.year,
            encoding=self.encoding,
            timezone=self.timezone,
        )

    def rules(self) -> list[Rule]:
        """The meanings as rules. No name of an event that a log made up stands in them but in what they look for."""
        found: dict[str, Rule] = {}
        for key, activity_type in self.meanings.items():
            module, _slash, event = key.partition("/")
            words = [module, event] if re.fullmatch("[a-z0-9_]+", event) else [module]
            name = "-".join(re.sub("[^a-z0-9]+", "-", word.lower()).strip("-") for word in words) or "event"
            rule_id = next(one for one in _numbered(f"own:{name}") if one not in found)
            found[rule_id] = Rule(
                id=rule_id,
                name=" ".join(words).replace("_", " "),
                when=When(module=Exactly(module), event=Exactly(event)),
                activity_type=activity_type,  # type: ignore[arg-type] # looked at where it was read
                rationale="Said by a person who knows the course.",
                source="own",
            )
        return list(found.values())

    def told(self) -> dict[str, Any]:
        """What was corrected, as plain data in the order of the fields."""
        told = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in told.items() if value}


_SINGLE = ("date_order", "year", "timezone", "encoding")


class _File(msgspec.Struct, forbid_unknown_fields=True):
    columns: dict[str, int | str] = {}
    date_order: str | None = None
    year: int | None = None
    timezone: str | None = None
    encoding: str | None = None
    staff: list[int | str] = []
    learners: list[int | str] = []
    meanings: dict[str, ActivityType] = {}


def corrections_of(options: Options) -> Corrections:
    """All that options correct: what stands in them first, then what came with a page, then a file of an earlier
    result. Raises LogError.
    """
    found = Corrections(
        columns=_columns(options.columns),
        date_order=options.date_order,
        year=options.year,
        timezone=options.timezone,
        encoding=options.encoding,
        staff=options.staff,
        learners=options.learners,
        meanings=_meanings(one.rpartition("=") for one in options.meanings),
    )
    if options.corrected:
        found = found.over(_read_own(options.corrected))
    if options.corrections:
        found = found.over(read_corrections(options.corrections))
    both = next((one for one in found.staff if one in found.learners), None)
    if both is not None:
        raise LogError("Somebody cannot both learn and teach; name each person once in the corrections.")
    return found


def read_corrections(path: Path) -> Corrections:
    """What stands in a file of corrections. Raises LogError, naming the line or the field where it is wrong."""
    content = path.read_bytes()
    if len(content) > SIZE_LIMIT:
        raise LogError("The file of corrections is larger than %(limit)d kB; shorten it.", limit=SIZE_LIMIT // 1000)
    try:
        _tree, data = parse(content)
        file = msgspec.convert(data or {}, _File)
    except NotPlain as error:
        if error.line is not None:
            raise LogError(
                "Line %(line)d of the corrections cannot be read as YAML; look for a missing quote, colon or space.",
                line=error.line,
            ) from error
        raise _unreadable() from error
    except msgspec.ValidationError as error:
        named = re.search(r"\$\.(\w{1,20})|field `(\w{1,40})`", str(error))
        if named is None:
            raise _unreadable() from error
        raise LogError(
            "“%(field)s” in the corrections is not known or has a value of the wrong kind; take the file "
            "corrections.yaml of an earlier result as a start.",
            field=named[1] or named[2],
        ) from error
    if len(file.staff) + len(file.learners) > PEOPLE or len(file.meanings) > MEANINGS:
        raise _unreadable()
    told = Corrections(
        columns=file.columns,
        staff=tuple(str(one) for one in file.staff if one != ""),
        learners=tuple(str(one) for one in file.learners if one != ""),
        meanings=file.meanings,
        **{name: getattr(file, name) for name in _SINGLE},
    )
    _check(told)
    return told


def as_yaml(told: Mapping[str, Any]) -> bytes:
    """A file of corrections."""
    return dumped(dict(told))


def by_hand(options: Options, path: Path) -> Options:
    """The options with what they correct in a file `path`, so that they themselves name nobody.

    The file is one of ours, and so read at once. Raises LogError for a correction that cannot be.
    """
    said = replace(corrections_of(replace(options, corrections=None)), year=None, timezone=None)
    said.reading()
    if not said.told():
        return options
    path.unlink(missing_ok=True)  # which may be that of the job before as well
    path.write_bytes(msgspec.json.encode(said))
    return replace(
        options, corrected=path, columns=(), date_order=None, encoding=None, staff=(), learners=(), meanings=()
    )


def _read_own(path: Path) -> Corrections:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Corrections)
    except msgspec.MsgspecError as error:
        raise _unreadable() from error


def _check(told: Corrections) -> None:
    """Raise LogError where a file says what the options could not."""
    for name, values in told.told().items():
        if name in _SINGLE:
            Options(**{name: values})
    told.reading()


def _columns(told: Iterable[str]) -> dict[str, int | str]:
    """Each column by our name for it; several may stand behind one another, with commas."""
    pairs = [one.partition("=") for some in told for one in re.split(r",(?=[a-z_]+=)", some)]
    return {name: int(at) if at.isdecimal() and len(at) < _LONGEST_PLACE else at for name, _is, at in pairs}


def _meanings(told: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    meanings = {key: activity_type for key, _is, activity_type in told}
    wrong = next((one for one in meanings.values() if one not in get_args(ActivityType)), None)
    if wrong is not None:
        raise LogError(
            "An activity type is one of %(known)s, not %(value)s.",
            known=", ".join(get_args(ActivityType)),
            value=wrong[:40],
        )
    return meanings


def _numbered(name: str) -> Iterable[str]:
    yield name
    yield from (f"{name}-{number}" for number in range(2, MEANINGS + 2))


def _unreadable() -> LogError:
    return LogError("The corrections cannot be read; take the file corrections.yaml of an earlier result as a start.")
