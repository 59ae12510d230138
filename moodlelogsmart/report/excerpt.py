"""What may be published of a log: each kind of event once, with its number of rows, and nothing of anybody.

A log is made by people, so no text of it is believed. What stands in quotes, numbers, addresses and all that is not a
plain mark are taken out. Of the words stay those that Moodle's own catalogue has, and few others, see `_Masked`.
"""

import csv
import io
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from moodlelogsmart.meaning.catalogue import EVENTS_FILE, NAMES_FILE, SENTENCES_FILE, WORDS_FILE
from moodlelogsmart.meaning.sessions import UNKNOWN
from moodlelogsmart.workspace import Workspace

_TEXTS = ["component", "event_name", "description", "module", "event", "action"]
HEADER = [*_TEXTS, "activity_type", "rule_id", "rows"]
MOST = 2000  # kinds of sentence that are looked at; what is behind them is counted as one
OFFERED = 300  # the same of the excerpt that a finished job offers

_HIDDEN = "…"
_LENGTH = 500  # characters of a text that are looked at
_NEW = 2000  # words that Moodle does not know
_LONGEST = 24  # letters of a word that Moodle does not know
_PART = 3  # letters of a name that are looked for within such a word
_CLOSED_BY = {'"': '"', "'": "'’", "`": "`'´", "´": "´", "‘": "’'", "’": "’", "‚": "‘’", "“": "”", "”": "”", "„": "“”",
              "«": "»", "»": "«", "‹": "›", "›": "‹", "「": "」", "『": "』", "＂": "＂"}  # fmt: skip
_MARK = re.compile(f"[{''.join({*_CLOSED_BY, *''.join(_CLOSED_BY.values())})}]")
_ADDRESS = re.compile(r"\S*@\S*|\w+://\S*|www\.\S*", re.IGNORECASE)
_WORD = re.compile(r"([^\W_]+)")
_NO_PLAIN_MARK = re.compile(rf"[^ .,:;()\[\]/\\#_?!'{_HIDDEN}-]+")
_SEVERAL = re.compile(rf"{_HIDDEN}(?:[^\w'#]*{_HIDDEN})+")


def find_excerpt(work: Workspace, unknown: bool = False, most: int = MOST) -> list[dict[str, Any]]:
    """The kinds of event of a log by HEADER, those of most rows first; `unknown`: only kept events without a rule.

    Of more than `most` kinds of sentence the rarest are one line of which nothing is shown. It has to be asked before
    people get codes, for it looks for their names.
    """
    # Whether several people did it is all that is asked of the people.
    acts = (
        f"select kind_id, -1 as place, nullif(person::varchar, '{UNKNOWN}') as person from placed where place = -1"
        if unknown
        else """select kind_id, coalesce(least(kind.place, first_context.place), -1) as place,
                nullif(person, '') as person
            from identified fact join kind on kind.sentence_id = fact.sentence_id and kind.module = fact.module
                left join first_context on first_context.row = fact.row"""
    )
    found = work.run(
        f"""select left(component, {_LENGTH}), left(event_name, {_LENGTH}), left(says, {_LENGTH}), kind.module, event,
            action, coalesce(activity_type, 'Others'), coalesce(rule.id, ''), n, one, other, sum(n) over ()::bigint,
            exists (from local_name c where c.component = folded(identity.component)),
            exists (from local_name c where c.name = folded(identity.event_name))
        from (select kind_id, place, count(*) as n, min(person) as one, max(person) as other
                from ({acts}) group by all) act
            join kind on kind.kind_id = act.kind_id join identity on identity.sentence_id = kind.sentence_id
            left join rule on rule.place = act.place
        order by n desc, 1, 2, 3, 4, 5, 6, 7, 8 limit {most}"""
    )
    masked = _Masked(work, [_Kind(row[:6], row[9:11], row[12:]) for row in found])
    rows: Counter[tuple[str, ...]] = Counter()
    for place, row in enumerate(found):
        rows[*masked.texts(place), *row[6:8]] += row[8]
    rest = found[0][11] - rows.total() if found else 0
    if rest:
        rows[tuple([_HIDDEN] * len(_TEXTS) + ["", ""])] += rest
    ordered = sorted(rows.items(), key=lambda item: (-item[1], item[0]))
    return [dict(zip(HEADER, [*texts, n], strict=True)) for texts, n in ordered]


def as_csv(excerpt: Iterable[dict[str, Any]]) -> str:
    """An excerpt as CSV with its header."""
    out = io.StringIO()
    writer = csv.DictWriter(out, HEADER, lineterminator="\n")
    writer.writeheader()
    writer.writerows(excerpt)
    return out.getvalue()


@dataclass
class _Kind:
    """A kind of sentence: its texts, two people who did it (the same one twice, or None), and which of component and
    event name are Moodle's own as a whole."""

    texts: tuple[str, ...]
    people: tuple[str | None, str | None]
    own: tuple[bool, bool]


class _Masked:
    """The texts of the kinds without what is somebody's own.

    A word that Moodle's catalogue has is shown, unless it is a name of the log as it is written there. Any other word
    is shown only if no name of the log is in it, more than one person did what it tells, and

    - in a component, which is the name of a plugin: always;
    - in the name of an event: if it begins with no capital, but for the first;
    - in a description: if it is of small letters from a to z and stands in all sentences of that event in that place,
      for what differs there is a name or a title.

    In module, event and action, which are made of these, words are shown that are shown there.
    """

    def __init__(self, work: Workspace, kinds: list[_Kind]) -> None:
        self._kinds = kinds
        self._words = [[_split(text) for text in kind.texts[:3]] for kind in kinds]
        every = {word for texts in self._words for words in texts for word in words[1::2]}
        known = {word for word in every if _is_moodles(word)}
        self._names, self._folded = _names_among(work, known | {_fold(word) for word in known})
        self._people: dict[Any, set[str | None]] = defaultdict(set)
        self._seen: dict[Any, set[str]] = defaultdict(set)
        self._places = [(place, about) for place in range(len(kinds)) for about in range(3)]
        self._groups = {(place, about): self._group(place, about) for place, about in self._places}
        for (place, about), group in self._groups.items():
            self._people[group].update(kinds[place].people)
            for at, word in enumerate(self._words[place][about]):
                self._seen[group, at].add(word)
        self._new = self._find_new(work)

    def texts(self, place: int) -> list[str]:
        """The texts of that kind, in the order of _TEXTS."""
        shown = {word.lower() for word in self._new}
        made = [_split(text) for text in self._kinds[place].texts[3:]]
        for words in made:
            words[1::2] = [word if _is_moodles(word) or word in shown else _HIDDEN for word in words[1::2]]
        return [*(self._text(place, about) for about in range(3)), *map("".join, made)]

    def _find_new(self, work: Workspace) -> set[str]:
        """The words that Moodle does not know and that may be shown, where all else allows it."""
        asked = dict.fromkeys(
            word
            for place, about in self._places
            for at, word in enumerate(self._words[place][about])
            if at % 2 and self._is_common(place, about, at)
        )
        parts = {word: _parts(word) for word in list(asked)[:_NEW]}
        _, names = _names_among(work, set().union(*parts.values()))
        return {word for word, some in parts.items() if not some & names}

    def _group(self, place: int, about: int) -> tuple[Any, ...]:
        """What has to be of several people: one component, one name of an event, or its sentences that have the same
        words of Moodle's in the same places."""
        words = self._words[place][about]
        if about < 2:
            return (about, *words)
        known = [word if at % 2 == 0 or self._is_known(word) else _HIDDEN for at, word in enumerate(words)]
        return (about, *self._kinds[place].texts[:2], *known)

    def _text(self, place: int, about: int) -> str:
        words = self._words[place][about]
        if about < 2 and self._kinds[place].own[about]:
            return "".join(words)
        told = [
            word
            if at % 2 == 0 or self._is_known(word) or (word in self._new and self._is_common(place, about, at))
            else "#"
            if word.isdigit()
            else _HIDDEN
            for at, word in enumerate(words)
        ]
        return _SEVERAL.sub(_HIDDEN, "".join(told)).strip()

    def _is_known(self, word: str) -> bool:
        is_name = word in self._names or (word[0].isupper() and _fold(word) in self._folded)
        return _is_moodles(word) and not is_name

    def _is_common(self, place: int, about: int, at: int) -> bool:
        """Whether a word that Moodle does not know is nobody's own by where it stands and how it is written."""
        word, group = self._words[place][about][at], self._groups[place, about]
        if _is_moodles(word) or not word.isalpha() or not 1 < len(word) <= _LONGEST:
            return False
        if len(self._people[group] - {None}) < 2:
            return False
        if about == 2:
            return word.isascii() and word.islower() and len(self._seen[group, at]) == 1
        return about == 0 or at == 1 or not word[0].isupper()


def _split(text: str) -> list[str]:
    """The text without quotes and addresses: its words at the odd places, plain marks between them."""
    words = _WORD.split(_ADDRESS.sub(_HIDDEN, _unquoted(text)))
    words[::2] = [_NO_PLAIN_MARK.sub(" ", marks) for marks in words[::2]]
    return words


def _unquoted(text: str) -> str:
    """The text with nothing between its quotes; where they do not fit together, all from the first on is hidden."""
    marks = [mark.start() for mark in _MARK.finditer(text) if not _is_apostrophe(text, mark.start())]
    told, begin, first = "", 0, min(marks, default=0)
    while marks:
        at = marks.pop(0)
        # What can only end a quotation and has none to end: there are quotes within quotes.
        is_stray = text[at] in "'’" and text[at - 1 : at].isalnum()
        end = next((i for i in marks if text[i] in _CLOSED_BY.get(text[at], "") and _may_end(text, i)), None)
        if is_stray or end is None:
            return text[:first] + _HIDDEN
        told, begin = f"{told}{text[begin:at]}''", end + 1
        marks = [i for i in marks if i > end]
    return told + text[begin:]


def _is_apostrophe(text: str, at: int) -> bool:
    return text[at] in "'’" and text[at - 1 : at].isalnum() and text[at + 1 : at + 2].isalnum()


def _may_end(text: str, at: int) -> bool:
    return text[at] not in "'’" or not text[at + 1 : at + 2].isalnum()


def _names_among(work: Workspace, words: set[str]) -> tuple[set[str], set[str]]:
    """Which of these are words of names, in the log and on the lists beside it: as they stand there, and folded."""
    if not words:  # as in most jobs, whose events all have a rule; looking through all names takes time
        return set(), set()
    found = work.run(
        r"""with name as (select user_full_name as name from raw union select affected_user from raw
            union select called from listed),
        word as (select distinct unnest(regexp_extract_all(name, '[\pL\pM\pN]+')) as word from name),
        asked as (select unnest($1) as word)
        select word, lower(strip_accents(word)) as folded from word
        where length(word) > 1 and (word in (from asked) or folded in (from asked))""",
        [sorted(words)],
    )
    return {word for word, _ in found}, {folded for _, folded in found}


def _parts(word: str) -> set[str]:
    """What of a word may be a name: all of it, or some letters in a row."""
    folded = _fold(word)
    ends = range(_PART, len(folded) + 1)
    return {folded} | {folded[begin:end] for end in ends for begin in range(end - _PART + 1)}


def _fold(word: str) -> str:
    plain = unicodedata.normalize("NFD", word.lower())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _is_moodles(word: str) -> bool:
    return word.lower() in _moodles_words()


@cache
def _moodles_words() -> frozenset[str]:
    """The words of the catalogue of events, and of the names that Moodle has in other languages, in small letters."""
    texts = [path.read_text(encoding="utf-8").lower() for path in (EVENTS_FILE, NAMES_FILE, SENTENCES_FILE, WORDS_FILE)]
    return frozenset(word for text in texts for word in _WORD.findall(text) if len(word) > 1) | {"a", "s"}
