"""Stage clock, the words in a time: months of any language become one mark each, half days AM and PM, the rest nothing.

A month that is a word is never the day: so it stays a word, by which the format knows it wherever it stands.
"""

import re
from collections.abc import Mapping
from functools import cache
from itertools import product

from babel import Locale, localedata

from moodlelogsmart.reading.columns import folded, read_labels
from moodlelogsmart.workspace import Workspace

LONGEST = 100  # characters of a time; what is longer is none
WORDS = 200  # different words that a column of times may hold; real ones have twelve months and a few more
MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]  # as %b reads them

# Words between the parts of a time that Moodle and people write there beside those of CLDR, folded: "17 de outubro de
# 2021 às 12:39", "Urrk 17, 12:39(e)tan", "3rd of May", "1er mars", "5 d’abril a les 12:39".
_FILLERS = {"de", "del", "d", "as", "at", "um", "uhr", "kl", "a", "las", "les", "alle", "ore", "om", "o", "e", "ko",
            "tan", "thang", "godz", "v", "г", "st", "nd", "rd", "th", "of", "er", "den", "klo", "في", "کو",
            "بجے"}  # fmt: skip
# Languages whose months have other names in some countries; Babel's own has those of most.
_COUNTRIES = ("ar_IQ", "ar_MA", "ar_DZ", "de_AT", "es_PE", "zh_Hant")
# Digits of other scripts: Arabic, Persian, Devanagari, Bengali, Thai, full width.
_DIGITS = "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९০১২৩৪৫৬৭৮৯๐๑๒๓๔๕๖๗๘๙０１２３４５６７８９"
# Spaces that are none of ASCII, and marks of the direction of writing, which nobody sees.
_SPACES, _MARKS = "\u00a0\u202f\u2009\u3000", "[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"

# Words that stay: they are read by _STEPS, or by the format.
_PLAIN = re.compile("[tzh年月日년월일时時点分秒시분초]|utc|gmt|[ap]m")
# A month that is told by its number and a word beside it: 10月, 10월, tháng 10.
_NUMBERED = r"[0-9]{1,2} ?[月월]|(?:tháng|thg) ?[0-9]{1,2}"
_WORD = r"\pL[\pL\pM]*"

# A date of numbers and a time of day, as Moodle writes them in most languages.
_NUMBERS = "[0-9]{1,4}[/-][0-9]{1,2}[/-][0-9]{1,4},? [0-9]{1,2}:[0-9]{2}(:[0-9]{2})?"

# SQL: the time made plain where it is nothing but numbers, as in most logs, which need no search for words; else NULL.
PLAIN = f"""case when length(text) > {LONGEST} then ''
    when regexp_full_match(text, '{_NUMBERS}') then replace(text, ',', '') end"""

_MONTH = f"(?:{'|'.join(MONTHS)})"
# What else a time is made plain by, in this order, after its words: pattern and what stands for it.
_STEPS = [
    # 21年10月17日 and 2021년 10월 17일 say themselves which is the year.
    (r"(^|[^0-9])([0-9][0-9]) ?[年년]", r"\1 20\2 "),
    (r"([0-9]{1,2}) ?[时時点시] ?([0-9]{1,2}) ?[分분]?(?: ?([0-9]{1,2}) ?[秒초])?", r"\1:\2:\3 "),
    (r"\s*[年月日년월일]\s*", " "),
    ("[()（）’ʼ]|''", " "),
    (r"[.,]+(\s|$)|,", " "),
    (rf"[\s./-]*({_MONTH})[\s./-]*", r" \1 "),
    # Of two the first is a day of the week: in Spanish and Italian "mar" is Tuesday and March.
    (rf"{_MONTH}(.*{_MONTH})", r"\1"),
    (r"([0-9])t([0-9])", r"\1 \2"),
    (r"([0-9]{1,2})\s?h\s?([0-9]{2})", r"\1:\2"),
    (r"(:[0-9]{2}) ?h?:?\s*$", r"\1"),
    (r"(:[0-9]{2})\.[0-9]+", r"\1"),
    (r"\s+", " "),
    (r"^ ?([0-9]{1,2}:[0-9:]{2,5}(?: [ap]m)?) (.+)$", r"\2 \1"),
    (r"(^| )([ap]m) ?([0-9]{1,2}:[0-9:]{2,5})$", r"\1\3 \2"),
    (r"([0-9])([ap]m)$", r"\1 \2"),
    (r" ([0-9]{1,2})\.([0-9]{2})(?:\.([0-9]{2}))? ?$", r" \1:\2:\3"),
    (r":$", ""),
    (r"(:[0-9]{2}) ?(?:z|utc|gmt)$", r"\1+0000"),
    (r"(:[0-9]{2}) ?([+-][0-9]{2}):?([0-9]{2})?$", r"\1\2\3"),
]


def make_plain(work: Workspace, language: str = "", told: bool = False) -> bool:
    """Fill column `plain` of table `clock_text`: each month as one of MONTHS, AM and PM, one space between the parts.

    `language` is the log's, by Moodle's name for it, and counts where a word means two months; where it was `told` by a
    person it counts before all others. Returns whether one was taken for a month that is another one in another
    language just as likely.
    """
    if work.value("select count(*) from clock_text where plain is null"):
        return _make_words_plain(work, language, told)
    return False


def _make_words_plain(work: Workspace, language: str, told: bool) -> bool:
    plain = f"translate(lower(text), '{_DIGITS}{_SPACES}،，、：', '{'0123456789' * 6}{' ' * len(_SPACES)},,,:')"
    plain = rf"regexp_replace({plain}, '{_MARKS}', '', 'g')"
    # Chinese and Japanese stand without spaces: 2021年10月17日下午3:05.
    plain = rf"regexp_replace({plain}, '([0-9])\s?([年月日년월일])', '\1\2 ', 'g')"
    # a.m., p. m.
    plain = rf"regexp_replace({plain}, '([ap])\.?\s?m\.?(\s|$)', '\1m\2', 'g')"
    work.run(f"create table worded as select {plain} as plain from clock_text where plain is null")
    known, doubtful = _meanings(*_words(work), language, told)
    # Pairs first, since each word of them may be another month by itself.
    for word in sorted(known, key=lambda word: (-word.count(" "), word)):
        before, behind = "0-9" * word[0].isdigit(), "0-9" * word[-1].isdigit()
        whole = rf"(^|[^\pL{before}]){word}([^\pL\pM{behind}]|$)"
        plain = rf"regexp_replace({plain}, '{whole}', '\1{known[word]}\2', 'g')"
    for pattern, instead in _STEPS:
        plain = f"regexp_replace({plain}, '{pattern}', '{instead}', 'g')"
    # A table made anew keeps its order, and takes no memory for what an update could take back.
    work.run(
        f"""create table plain_text as
        select * replace (if(plain is null, upper(trim({plain})), plain) as plain) from clock_text"""
    )
    for table in ("worded", "clock_text"):
        work.run(f"drop table {table}")
    work.run("alter table plain_text rename to clock_text")
    return doubtful


def _words(work: Workspace) -> tuple[list[str], list[str]]:
    """The words in the times, and the pairs of them that stand side by side, the most frequent first."""
    found = []
    for pattern in (f"{_NUMBERED}|{_WORD}", f"{_WORD} {_WORD}"):
        rows = work.run(
            f"""select word from (select unnest(regexp_extract_all(plain, '{pattern}')) as word from worded)
            group by word order by count(*) desc, word limit {WORDS}"""
        )
        found.append([word for (word,) in rows if not _PLAIN.fullmatch(word)])
    return found[0], found[1]


def _meanings(words: list[str], pairs: list[str], language: str, told: bool) -> tuple[dict[str, str], bool]:
    """What stands for each word or pair: one of MONTHS, am or pm, or a space for what says nothing; whether a month
    is doubtful."""
    known, doubtful = _known([*words, *pairs], _moodle_locales(), language, told)
    meant = {part for phrase in known for part in (phrase, *phrase.split())}
    return (known, doubtful) if meant.issuperset(words) else _known([*words, *pairs], _all_locales(), language, told)


def _known(words: list[str], locales: tuple[str, ...], language: str, told: bool) -> tuple[dict[str, str], bool]:
    """The meanings by the language that was told, else by the one that has the most of the words; then by any that does
    not contradict."""
    locales = tuple(dict.fromkeys([*[language] * (told or language in locales), *locales]))
    tables = [_locale_words(name) for name in locales]
    scores = [sum(_folded(word) in table or bool(_meaning(word, table)) / 2 for word in words) for table in tables]
    place = 0 if told else scores.index(max(scores))
    known: dict[str, str] = {}
    for word in words:
        meant = {_meaning(word, tables[place])} - {""} or {
            table[_folded(word)] for table in tables if _folded(word) in table
        }
        if _folded(word) in _FILLERS:
            known[word] = " "
        elif len(meant) == 1:
            known[word] = meant.pop()
    rivals = [table for table, score in zip(tables, scores, strict=True) if score == scores[place]]
    doubtful = locales[place] != language and any(
        known.get(word) in MONTHS and table.get(_folded(word), known[word]) in {*MONTHS} - {known[word]}
        for table in rivals for word in words
    )  # fmt: skip
    return known, doubtful


def _meaning(word: str, table: dict[str, str]) -> str:
    """What a word means in a language, also cut short or with an ending of its own; '' where it means nothing."""
    number = re.fullmatch(r"\D*?([0-9]{1,2})\D*", word)
    if number:
        return MONTHS[int(number[1]) - 1] if 1 <= int(number[1]) <= len(MONTHS) else ""
    plain = _folded(word)
    if plain in table or len(plain) < 3 or " " in word:
        return table.get(plain, "")
    near = {
        meaning for name, meaning in table.items()
        if meaning in MONTHS and len(name) >= 3 and (name.startswith(plain) or plain.startswith(name))
    }  # fmt: skip
    return near.pop() if len(near) == 1 else ""


def _folded(word: str) -> str:
    """Folded, also where a Turkish KASIM became kasim."""
    return folded(word).replace("ı", "i")


@cache
def _locale_words(locale: str) -> dict[str, str]:
    """What the names of months, half days and days of the week of a language mean, folded, and the small words of its
    dates (CLDR, through Babel)."""
    data = Locale.parse(locale, sep="_")
    patterns = [*data.date_formats.values(), *data.datetime_formats.values(), *data.datetime_skeletons.values()]
    literals = re.findall(r"'([^']+)'", " ".join(map(str, patterns)))
    meanings = {_folded(word): " " for literal in literals for word in literal.split()}
    for use, width in product(("format", "stand-alone"), ("wide", "abbreviated")):
        meanings |= {_folded(name): " " for name in data.days[use][width].values()}
        for period in ("am", "pm"):
            meanings[_folded(data.day_periods.get(use, {}).get(width, {}).get(period, ""))] = period
        meanings |= _month_names(data.months[use][width])
    return {name: meaning for name, meaning in meanings.items() if name and not name.isdigit()}


def _month_names(names: Mapping[int, str]) -> dict[str, str]:
    """The months by their names, folded: the last word, as in Catalan "de març", where that tells them apart."""
    last = {number: _folded(re.split(r"[\s’']+", name.strip())[-1]) for number, name in names.items()}
    alone = len({*last.values()}) == len(last)
    return {last[number] if alone else _folded(name): MONTHS[number - 1] for number, name in names.items()}


@cache
def known_languages() -> tuple[str, ...]:
    """The languages, by Moodle's code, of which the months are known."""
    return tuple(
        dict.fromkeys([*(row["language"] for row in read_labels()), *_all_locales()[len(_moodle_locales()) :]])
    )


@cache
def _moodle_locales() -> tuple[str, ...]:
    return tuple(dict.fromkeys([*(row["language"] for row in read_labels()), *_COUNTRIES]))


@cache
def _all_locales() -> tuple[str, ...]:
    others = sorted(name for name in localedata.locale_identifiers() if "_" not in name)
    return tuple(dict.fromkeys([*_moodle_locales(), *others]))
