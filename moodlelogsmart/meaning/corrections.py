"""What a person says of a log, whatever was understood of it: one vocabulary for page, command, library and file."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_args

import msgspec

from moodlelogsmart.meaning.plain_yaml import NotPlain, dumped, parse
from moodlelogsmart.meaning.rules import ActivityType, Exactly, Rule, When
from moodlelogsmart.messages import LogError, Message
from moodlelogsmart.options import DELIMITERS, DIGITS, MEANINGS, OF_LOG, PEOPLE, TOLD_COLUMNS, Options
from moodlelogsmart.reading.dump import TABLE
from moodlelogsmart.reading.model import COLUMNS, Reading

SIZE_LIMIT = 200_000  # bytes of a file of corrections, in which thousands of people may stand; parsing is slow
_LONGEST_PLACE = 6  # digits of the number of a column
_LONGEST_ID = 80  # letters of a name in the id of a rule, which each of its events repeats
KNOWN_COLUMNS = {*COLUMNS, "date", *TABLE}
# What is one thing each; where one of LAYOUT is another, so are the columns.
LAYOUT = ("kind", "form", "delimiter", "sheet")
_SINGLE = (*LAYOUT, "log_language", "row_order", "date_order", "year", "timezone", "encoding")
# How the file is called where nobody knows that: by itself, and behind “of” or “in”.
_CALLED, _OF = Message("The file of corrections"), Message("the corrections")
_PLACES = {name: place for place, name in enumerate((*COLUMNS, "date", *TABLE))}
_WORDS = {letter: word for word, letter in DELIMITERS.items()}


@dataclass(frozen=True)
class Corrections:
    """What was corrected, as corrections.yaml has it; what is empty was not.

    columns: the number of a column, from 1 (0: there is none), or its label, by our name for it, before which the place
    of a log may stand, from 1, of which alone it is said: "2:time". delimiter: a word of options.DELIMITERS. of_log:
    what is said so of one log alone, by its place and one of options.OF_LOG: "2:date_order". staff, learners: user ids,
    or names as the log writes them. meanings: an activity type by "module/event". earlier: of whom other corrections
    name that these were put over, how many of them were; nothing of whom these name.
    """

    kind: str | None = None
    form: str | None = None
    delimiter: str | None = None
    sheet: int | None = None
    log_language: str | None = None
    row_order: str | None = None
    columns: Mapping[str, int | str] = field(default_factory=dict)
    date_order: str | None = None
    year: int | None = None
    timezone: str | None = None
    encoding: str | None = None
    of_log: Mapping[str, int | str] = field(default_factory=dict)
    staff: tuple[str, ...] = ()
    learners: tuple[str, ...] = ()
    meanings: Mapping[str, str] = field(default_factory=dict)
    earlier: Mapping[str, int] = field(default_factory=dict, compare=False)

    def over(self, other: "Corrections") -> "Corrections":
        """Both; where they say two things of one, this one counts. What the other says of columns goes where this one
        says that the file is laid out in another way, and what it says of one log where this one says it of all."""
        people = {*self.staff, *self.learners}
        laid_out = any(getattr(self, name) not in (None, getattr(other, name)) for name in LAYOUT)
        apart = {split_place(key)[0] for key, value in self.of_log.items() if _is_layout(key, value, other)}
        columns = {key: at for key, at in other.columns.items() if not laid_out and split_place(key)[0] not in apart}
        of_log = {key: value for key, value in other.of_log.items() if getattr(self, split_place(key)[1]) is None}
        deep = max(self.earlier.values(), default=0) + 1
        before = {one: deep + other.earlier.get(one, 0) for one in (*other.staff, *other.learners) if one not in people}
        return Corrections(
            earlier={**self.earlier, **before},
            columns={**columns, **self.columns},
            of_log={**of_log, **self.of_log},
            meanings={**other.meanings, **self.meanings},
            staff=(*(one for one in other.staff if one not in people), *self.staff),
            learners=(*(one for one in other.learners if one not in people), *self.learners),
            **{name: getattr(self, name) or getattr(other, name) for name in _SINGLE},
        )

    def in_order(self) -> "Corrections":
        """The same whatever was said first: the same corrections give the same bytes."""
        columns, people = sorted(self.columns.items(), key=_column_order), _people_order
        return replace(
            self,
            columns=dict(columns),
            of_log=dict(sorted(self.of_log.items(), key=_part_order)),
            meanings=dict(sorted(self.meanings.items())),
            staff=tuple(sorted({*self.staff}, key=people)),
            learners=tuple(sorted({*self.learners}, key=people)),
        )

    def reading(self) -> Reading:
        """What they say of the reading of the log. Raises LogError for what cannot be."""
        columns: dict[int, dict[str, int | str | None]] = {0: {}}
        for key, at in self.columns.items():
            place, name = split_place(key)
            if name not in KNOWN_COLUMNS:
                raise LogError(
                    "There is no column “%(name)s”; the columns of a log are %(known)s.",
                    name=name[:40],
                    known=", ".join(COLUMNS),
                )
            columns.setdefault(place, {})[name] = at or None
        for told in columns.values():
            _check_columns(told)
        of_log: dict[int, dict[str, Any]] = {place: {"columns": told} for place, told in columns.items() if place}
        for key, value in self.of_log.items():
            place, name = split_place(key)
            of_log.setdefault(place, {})[name] = DELIMITERS.get(str(value), value) if name == "delimiter" else value
        return Reading.given(
            kind=self.kind,
            form=self.form,
            delimiter=DELIMITERS[self.delimiter] if self.delimiter else None,
            language=self.log_language,
            sheet=self.sheet,
            newest_first=self.row_order == "newest_first" if self.row_order else None,
            columns=columns[0],
            date_order=self.date_order,
            year=self.year,
            encoding=self.encoding,
            timezone=self.timezone,
            of_log=of_log,
        )

    def rules(self, disguised: bool = False) -> list[Rule]:
        """The meanings as rules. No name of an event that a log made up stands in them but in what they look for; with
        pseudonyms (`disguised`) no word of it either, which may be a name."""
        found: dict[str, Rule] = {}
        for key, activity_type in self.meanings.items():
            module, _slash, event = key.partition("/")
            words = [] if disguised else [module, event] if re.fullmatch("[a-z0-9_]+", event) else [module]
            name = "-".join(re.sub("[^a-z0-9]+", "-", word.lower()).strip("-") for word in words) or "event"
            rule_id = next(one for one in _numbered(f"own:{name[:_LONGEST_ID]}") if one not in found)
            found[rule_id] = Rule(
                id=rule_id,
                name=" ".join(words).replace("_", " ") or name,
                when=When(module=Exactly(module), event=Exactly(event)),
                activity_type=activity_type,  # type: ignore[arg-type] # looked at where it was read
                rationale="Said by a person who knows the course.",
                source="own",
            )
        return list(found.values())

    def told(self) -> dict[str, Any]:
        """What was corrected, as plain data in the order of the fields."""
        told = {one.name: getattr(self, one.name) for one in fields(self) if one.compare}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in told.items() if value}


class _File(msgspec.Struct, forbid_unknown_fields=True):
    kind: str | None = None
    form: str | None = None
    delimiter: str | None = None
    sheet: int | None = None
    log_language: str | None = None
    row_order: str | None = None
    columns: dict[str, int | str] = {}
    date_order: str | None = None
    year: int | None = None
    timezone: str | None = None
    encoding: str | None = None
    of_log: dict[str, int | str] = {}
    staff: list[int | str] = []
    learners: list[int | str] = []
    meanings: dict[str, ActivityType] = {}


def corrections_of(options: Options) -> Corrections:
    """All that options correct: what stands in them first, then what came with a page, then a file of an earlier
    result. Raises LogError.
    """
    found = Corrections(
        columns=_columns(options.columns),
        **_singles(options),
        of_log=_of_log(options.of_log),
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
    return found.in_order()


def read_corrections(path: Path) -> Corrections:
    """What stands in a file of corrections. Raises LogError, naming the line or the field where it is wrong."""
    content = path.read_bytes()
    if len(content) > SIZE_LIMIT:
        raise LogError("%(file)s is larger than %(limit)d kB; shorten it.", file=_CALLED, limit=SIZE_LIMIT // 1000)
    try:
        _tree, data = parse(content)
        file = msgspec.convert(data or {}, _File)
    except NotPlain as error:
        if error.line is not None:
            raise LogError(
                "Line %(line)d of %(file)s cannot be read as YAML; look for a missing quote, colon or space.",
                file=_OF,
                line=error.line,
            ) from error
        raise _unreadable() from error
    except msgspec.ValidationError as error:
        named = re.search(r"\$\.(\w{1,20})|field `(\w{1,40})`", str(error))
        if named is None:
            raise _unreadable() from error
        raise LogError(
            "“%(field)s” in %(file)s is not known or has a value of the wrong kind; take the file corrections.yaml of "
            "an earlier result as a start.",
            file=_OF,
            field=named[1] or named[2],
        ) from error
    if (
        len(file.staff) + len(file.learners) > PEOPLE
        or len(file.meanings) > MEANINGS
        or max(len(file.columns), len(file.of_log)) > TOLD_COLUMNS
    ):
        raise _unreadable()
    _check_singles(file)
    told = Corrections(
        columns=file.columns,
        staff=tuple(str(one) for one in file.staff if one != ""),
        learners=tuple(str(one) for one in file.learners if one != ""),
        meanings=file.meanings,
        **_singles(file),
        of_log=_of_log(Options(of_log=tuple(f"{key}={value}" for key, value in file.of_log.items())).of_log),
    )
    told.reading()
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
    kept = {name: None for name in _SINGLE if name not in ("year", "timezone")}
    return replace(
        options, corrected=path, columns=(), of_log=(), staff=(), learners=(), meanings=(), **dict[str, Any](kept)
    )


def _read_own(path: Path) -> Corrections:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Corrections)
    except msgspec.MsgspecError as error:
        raise _unreadable() from error


def _singles(told: "Options | _File") -> dict[str, Any]:
    """What is said of each of _SINGLE, as it is written down."""
    known = {name: getattr(told, name) for name in _SINGLE}
    language = known["log_language"]
    return known | {
        "delimiter": _WORDS.get(known["delimiter"], known["delimiter"]),
        "log_language": language and language.lower().replace("-", "_"),
    }


def _check_singles(file: _File) -> None:
    """Raise LogError where a file says what the options could not."""
    for name in _SINGLE:
        if (value := getattr(file, name)) is not None:
            Options(**{name: value})


def split_place(key: str) -> tuple[int, str]:
    """The place of the log of which a column is told, from 1, 0 where it is told of all, and the column's name."""
    place, colon, name = key.rpartition(":")
    return (int(place), name) if colon and re.fullmatch("[1-9][0-9]{0,3}", place) else (0, key)


def _is_layout(key: str, value: int | str, other: Corrections) -> bool:
    """Whether this says that one log is laid out in another way than the other corrections do."""
    name = split_place(key)[1]
    return name in LAYOUT and value != other.of_log.get(key, getattr(other, name))


def _part_order(told: tuple[str, int | str]) -> tuple[int, int]:
    """By the log that is meant, then by OF_LOG."""
    place, name = split_place(told[0])
    return place, OF_LOG.index(name)


def _column_order(told: tuple[str, int | str]) -> tuple[int, int, str]:
    """By the log that is meant, then as in a log of Moodle's."""
    place, name = split_place(told[0])
    return place, _PLACES.get(name, 0), name


def _people_order(person: str) -> tuple[bool, int, str]:
    """User ids by number, then names."""
    is_id = person.isdecimal() and len(person) <= DIGITS
    return not is_id, int(person) if is_id else 0, person


def _check_columns(told: Mapping[str, int | str | None]) -> None:
    """Raise LogError where one column is told to be two things."""
    taken = [at for at in told.values() if at]
    twice = next((at for at in taken if taken.count(at) > 1), None)
    if twice is not None:
        first, second, *_more = [name for name, at in told.items() if at == twice]
        raise LogError(
            "Column “%(column)s” cannot be both %(first)s and %(second)s.",
            column=str(twice)[:40],
            first=first,
            second=second,
        )


def _columns(told: Iterable[str]) -> dict[str, int | str]:
    """Each column by our name for it; several may stand behind one another, with commas."""
    pairs = [one.partition("=") for some in told for one in re.split(r",(?=(?:[0-9]{1,4}:)?[a-z_]+=)", some)]
    return {name: int(at) if at.isdecimal() and len(at) < _LONGEST_PLACE else at for name, _is, at in pairs}


def _of_log(told: Iterable[str]) -> dict[str, int | str]:
    """What is said of one log alone, each by its place and part, a delimiter as its word."""
    found: dict[str, int | str] = {}
    for one in told:
        key, _is, value = one.partition("=")
        is_number = key.endswith((":year", ":sheet")) and value.isdecimal() and len(value) <= DIGITS
        found[key] = int(value) if is_number else _WORDS.get(value, value)
    return found


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
    return LogError(
        "%(file)s cannot be read; take the file corrections.yaml of an earlier result as a start.", file=_CALLED
    )
