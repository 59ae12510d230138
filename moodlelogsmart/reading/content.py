"""Stage columns, where labels do not tell: what a cell holds by the look of the rows."""

import re
from collections.abc import Callable, Sequence

from moodlelogsmart.reading.place import ORDER, find_by_place, find_person, is_log

Rows = Sequence[Sequence[str]]

# A clock time beside a date, in any writing of the digits; the seconds since 1970 (from 1998 to 2038); Excel's days.
_TIME = re.compile(
    r"(?![\da-fA-F:.]+$)(?=.*\d\D+\d)(?=.*\d{1,2}[:.]\d{2}).{9,60}|(9|1\d|20|21)\d{8}(\d{3})?|[345]\d{4}\.\d+",
    re.DOTALL,
)
# The same in two columns.
_DAY = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}\.?|\d{1,2}\.? \w+\.? \d{2,4}")
_CLOCK = re.compile(r"\d{1,2}[:.]\d{2}([:.]\d{2})?(\s?[ap]\.?\s?m\.?)?", re.IGNORECASE)
# `User 58` alone is a name, as of a pseudonym.
_DESCRIPTION = re.compile(r".*\b[Uu]ser with (the )?id\b.*|User (added|viewed|\d+\W+\w).*", re.DOTALL)
_ORIGIN = re.compile(r"web|cli|ws|restore")
# An address has four parts, or ends where it was masked; a decimal number is none, and a clock time neither.
_ADDRESS = re.compile(
    r"(?:[\dxX*]{1,3}\.){3}[\dxX*]{1,3}|(?:\d{1,3}\.){1,3}[xX*]+|(?=(?:.*:){2})(?!.*\d:\d\d$)[\dA-Fa-fxX*.:]{3,45}"
)
EVENT_CLASS = re.compile(r"\\+\w+\\+event\\+\w+")

# What each of these columns holds in most of its filled cells.
_LOOKS: dict[str, re.Pattern[str]] = {
    "description": _DESCRIPTION,
    "time": _TIME,
    "origin": _ORIGIN,
    "ip_address": _ADDRESS,
}
# Nearly all cells of these look so, since nothing else tells what they are.
_ALWAYS = {"origin", "ip_address"}
# What Moodle writes between time and description, in this order.
_ORDER = ORDER[ORDER.index("time") + 1 : ORDER.index("description")]
_QUOTED = re.compile(r"'[^']*'|\d+")
_EMPTY = {"", "-"}


def looks_like_time(cell: str) -> bool:
    """Whether a cell can be a point in time."""
    return bool(_TIME.fullmatch(cell.strip()))


def find_time(rows: Rows, taken: set[int]) -> int | None:
    """The place of the column with the times, if there is one among those that are not `taken`."""
    return _most(_columns(rows), _TIME, taken)


def find_by_content(rows: Rows, known: dict[str, int]) -> dict[str, int]:
    """The places of columns by what is in `rows`, beside those that are `known`, by the names of COLUMNS, and date.

    Time, description, origin and address have a look of their own. Where most labels are known, one that is not is told
    by its place among them. Where few are, what stands between time and description is told by its order in Moodle if
    all five columns are there, else by how it hangs together with the description, or without one by its place.
    """
    found = dict(known)
    cells = _columns(rows)
    cells += [[] for _ in range(len(cells), max(known.values(), default=-1) + 1)]  # of a header that is wider
    for name, look in _LOOKS.items():
        least = 0.9 if name in _ALWAYS else 0.5
        if name not in found and (place := _most(cells, look, set(found.values()), least)) is not None:
            found[name] = place
    found |= _day_and_clock(cells, found)
    if len(known) >= 3:
        found |= find_by_place(cells, found)
        return found if {"user_full_name", "description"} & set(found) else found | find_person(cells, found)
    if {"time", "description"} <= set(found):
        return _texts(rows, cells, found) | found
    return _without_description(cells, found) if "time" in found else found


def _without_description(cells: list[list[str]], found: dict[str, int]) -> dict[str, int]:
    """What the place of the columns tells as well, if that makes it a log."""
    by_place = found | find_by_place(cells, found)
    if not is_log(cells, by_place):
        return found
    before = by_place["time"] - 1
    has_course = before >= 0 and before not in by_place.values() and not _is_index(cells[before])
    return by_place | ({"course": before} if has_course else {})


def _columns(rows: Rows) -> list[list[str]]:
    width = max((len(row) for row in rows), default=0)
    return [[row[place] for row in rows if place < len(row)] for place in range(width)]


def _day_and_clock(cells: list[list[str]], found: dict[str, int]) -> dict[str, int]:
    """The columns of time and date where the date stands in one of its own."""
    if not cells or ("time" in found and _share(cells[found["time"]], _CLOCK.fullmatch) < 0.5):
        return {}
    clock = found.get("time", _most(cells, _CLOCK, set(found.values())))
    day = _most(cells, _DAY, set(found.values()))
    return {} if clock is None or day is None else {"time": clock, "date": day}


def _most(cells: list[list[str]], look: re.Pattern[str], taken: set[int], least: float = 0.5) -> int | None:
    """The column of which the most filled cells look so, at least that share of them."""
    shares = [0.0 if place in taken else _share(column, look.fullmatch) for place, column in enumerate(cells)]
    best = max(shares, default=0)
    return shares.index(best) if best >= least else None


def _share(cells: list[str], fits: Callable[[str], object]) -> float:
    filled = [cell.strip() for cell in cells if cell.strip() not in _EMPTY]
    return sum(bool(fits(cell)) for cell in filled) / len(filled) if filled else 0.0


def _texts(rows: Rows, cells: list[list[str]], found: dict[str, int]) -> dict[str, int]:
    """The columns that are plain text, by Moodle's order or else by what they have to do with the description."""
    free = [place for place, column in enumerate(cells) if place not in found.values() and not _is_index(column)]
    texts = _by_order(cells, found) or _by_dependence(rows, cells, free, found["description"])
    if found["time"] > 0 and found["time"] - 1 in set(free) - set(texts.values()):
        texts["course"] = found["time"] - 1
    return texts


def _by_order(cells: list[list[str]], found: dict[str, int]) -> dict[str, int]:
    """The columns between time and description, where these are as many as in Moodle and none is known as another."""
    between = range(found["time"] + 1, found["description"])
    order = _ORDER
    # Some versions put the affected user first; most events affect nobody.
    if len(between) == len(order) and _empty(cells[between[0]]) > _empty(cells[between[1]]) + 0.2:
        order = [order[1], order[0], *order[2:]]
    texts = dict(zip(order, between, strict=False))
    known = {place: name for name, place in found.items()}
    fits = len(between) == len(order) and all(known.get(place, name) == name for name, place in texts.items())
    return texts if fits else {}


def _by_dependence(rows: Rows, cells: list[list[str]], free: list[int], description: int) -> dict[str, int]:
    """Event name and component follow from the sentence, the finer of the two is the name; a context has a colon."""
    kinds = [_QUOTED.sub("", row[description]) if description < len(row) else "" for row in rows]
    texts: dict[str, int] = {}
    colons = {place: _share(cells[place], lambda cell: ": " in cell or "：" in cell) for place in free}
    context = max(free, key=lambda place: colons[place], default=None)
    if context is not None and colons[context] > 0.3:
        texts["event_context"] = context
    bound = [
        place for place in free
        if place not in texts.values() and _empty(cells[place]) < 0.5 and _follows(rows, kinds, place)
    ]  # fmt: skip
    bound.sort(key=lambda place: -len(set(cells[place])))
    texts |= dict(zip(("event_name", "component"), bound, strict=False))
    people = sorted((place for place in free if place not in texts.values()), key=lambda place: _empty(cells[place]))
    return texts | dict(zip(("user_full_name", "affected_user"), people, strict=False))


def _follows(rows: Rows, kinds: list[str], place: int) -> bool:
    """Whether equal sentences have equal cells in this column, but for one row in twenty."""
    seen: dict[str, str] = {}
    other = sum(
        seen.setdefault(kind, row[place]) != row[place]
        for row, kind in zip(rows, kinds, strict=True)
        if place < len(row)
    )
    return other * 20 <= len(rows)


def _empty(cells: list[str]) -> float:
    return sum(cell.strip() in _EMPTY for cell in cells) / len(cells) if cells else 1.0


def _is_index(cells: list[str]) -> bool:
    return all(cell.strip().isdecimal() or not cell.strip() for cell in cells)
