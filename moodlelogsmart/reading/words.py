"""Stage clock, the words in a time: months, half days and fillers of any language, made plain numbers."""

import re
from functools import cache
from itertools import product

from babel import Locale, localedata

from moodlelogsmart.reading.columns import folded, read_labels
from moodlelogsmart.workspace import Workspace

WORDS = 200  # different words that a column of times may hold; real ones have twelve months and a few more

# Words between the parts of a time, as in "17 de outubro de 2021 às 12:39", "Urrk 17, 12:39(e)tan".
_FILLERS = {"de", "del", "as", "at", "um", "kl", "a", "las", "alle", "ore", "om", "o", "e", "tan", "thang", "godz", "v"}
# Digits of other scripts: Arabic, Persian, Devanagari, Bengali, Thai, full width.
_DIGITS = "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९০১২৩৪৫৬৭৮৯๐๑๒๓๔๕๖๗๘๙０１２３４５６７８９"
# Spaces that are none of ASCII, and marks of the direction of writing, which nobody sees.
_SPACES, _MARKS = "\u00a0\u202f\u2009\u3000", "[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"

# Words that stay: they are read by _STEPS, or by the format.
_PLAIN = re.compile("[tzh年月日년월일]|utc|gmt|[ap]m")

# A date of numbers and a time of day, as Moodle writes them in most languages.
_NUMBERS = "[0-9]{1,4}[/-][0-9]{1,2}[/-][0-9]{1,4},? [0-9]{1,2}:[0-9]{2}(:[0-9]{2})?"

# What else a time is made plain by, in this order, after its words: pattern and what stands for it.
_STEPS = [
    # 21年10月17日 and 2021년 10월 17일 say themselves which is the year, month and day.
    (r"(^|[^0-9])([0-9][0-9])[年년]", r"\1 20\2年"),
    (r"\s*[日일]", " "),
    (r"\s*[年月년월]\s*", "/"),
    (r"[()]", " "),
    (r"[.,]+(\s|$)|,", " "),
    (r"([0-9])t([0-9])", r"\1 \2"),
    (r"([0-9]{1,2})\s?h\s?([0-9]{2})", r"\1:\2"),
    (r"(:[0-9]{2})\.[0-9]+", r"\1"),
    (r"\s+", " "),
    (r"^([0-9]{1,2}:[0-9:]{2,5}(?: [ap]m)?) (.+)$", r"\2 \1"),
    (r"(^| )([ap]m) ?([0-9]{1,2}:[0-9:]{2,5})$", r"\1\3 \2"),
    (r"([0-9])([ap]m)$", r"\1 \2"),
    (r" ([0-9]{1,2})\.([0-9]{2})(?:\.([0-9]{2}))?$", r" \1:\2:\3"),
    (r":$", ""),
    (r"(:[0-9]{2}) ?(?:z|utc|gmt)$", r"\1+0000"),
    (r"(:[0-9]{2}) ?([+-][0-9]{2}):?([0-9]{2})?$", r"\1\2\3"),
]


def make_plain(work: Workspace) -> None:
    """Add column `plain` to table `clock_text`: months as numbers, AM and PM, one space between the parts."""
    # Most logs write nothing but numbers, which need no search for words.
    work.run("alter table clock_text add column plain varchar")
    work.run(f"update clock_text set plain = replace(text, ',', '') where regexp_full_match(text, '{_NUMBERS}')")
    if work.value("select count(*) from clock_text where plain is null"):
        _make_words_plain(work)


def _make_words_plain(work: Workspace) -> None:
    plain = f"translate(lower(text), '{_DIGITS}{_SPACES}،', '{'0123456789' * 6}{' ' * len(_SPACES)},')"
    plain = rf"regexp_replace({plain}, '{_MARKS}', '', 'g')"
    # a.m., p. m.
    plain = rf"regexp_replace({plain}, '([ap])\.?\s?m\.?(\s|$)', '\1m\2', 'g')"
    work.run(f"create table worded as select file, text, {plain} as plain from clock_text where plain is null")
    plain = "worded.plain"
    for word, meaning in _meanings(_words(work)).items():
        plain = rf"regexp_replace({plain}, '(^|[^\pL]){word}([^\pL\pM]|$)', '\1{meaning}\2', 'g')"
    for pattern, instead in _STEPS:
        plain = f"regexp_replace({plain}, '{pattern}', '{instead}', 'g')"
    work.run(
        f"""update clock_text set plain = upper(trim({plain})) from worded
        where worded.file = clock_text.file and worded.text = clock_text.text"""
    )


def _words(work: Workspace) -> list[str]:
    rows = work.run(
        rf"""select word from (select unnest(regexp_extract_all(plain, '\pL[\pL\pM]*')) as word from worded)
        group by word order by count(*) desc, word limit {WORDS}"""
    )
    return [word for (word,) in rows if not _PLAIN.fullmatch(word)]


def _meanings(words: list[str]) -> dict[str, str]:
    """What stands for each word: the number of a month, am or pm, or a space for what says nothing."""
    known = _known(words, _moodle_locales())
    if len(known) < len(words):
        known = _known(words, _all_locales())
    return known


def _known(words: list[str], locales: tuple[str, ...]) -> dict[str, str]:
    """The meanings by the one language that has the most of the words, then by any that does not contradict."""
    named = {word: _readings(word) for word in words}
    tables = [_locale_words(name) for name in locales]
    best = max(tables, key=lambda table: sum(not table.keys().isdisjoint(named[word]) for word in words))
    known: dict[str, str] = {}
    for word in words:
        meant = {best[name] for name in named[word] if name in best} or {
            table[name] for table in tables for name in named[word] if name in table
        }
        if folded(word) in _FILLERS:
            known[word] = " "
        elif len(meant) == 1:
            known[word] = meant.pop()
    return known


def _readings(word: str) -> list[str]:
    """A word as it may stand in a table of names; Basque adds -k to its months."""
    plain = folded(word)
    return [plain, plain[:-1]] if plain.endswith("k") and len(plain) > 3 else [plain]


@cache
def _locale_words(locale: str) -> dict[str, str]:
    """What the names of months, half days and days of the week of a language mean, folded (CLDR, through Babel)."""
    data = Locale.parse(locale, sep="_")
    meanings: dict[str, str] = {}
    for use, width in product(("format", "stand-alone"), ("wide", "abbreviated")):
        for name in data.days[use][width].values():
            meanings[folded(name)] = " "
        for period in ("am", "pm"):
            name = data.day_periods.get(use, {}).get(width, {}).get(period, "")
            meanings[folded(name)] = period
        for number, name in data.months[use][width].items():
            # "de març" in Catalan, "tháng 10" in Vietnamese: the month is the last word, or a number anyway.
            meanings[folded(re.split(r"[\s’']+", name.strip())[-1])] = str(number)
    return {name: meaning for name, meaning in meanings.items() if name and not name.isdigit()}


@cache
def _moodle_locales() -> tuple[str, ...]:
    return tuple(dict.fromkeys(row["language"] for row in read_labels()))


@cache
def _all_locales() -> tuple[str, ...]:
    others = sorted(name for name in localedata.locale_identifiers() if "_" not in name)
    return tuple(dict.fromkeys([*_moodle_locales(), *others]))
