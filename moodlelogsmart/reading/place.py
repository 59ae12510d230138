"""Stage columns, where neither labels nor cells alone tell: a column by its place among those that are known.

Moodle writes its columns in one order. What stands between two that are known can only be what Moodle has there, and
is that if its cells look so: a person is there in most rows, a context is `Quiz: One` and its component then `Quiz`.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from moodlelogsmart.reading.model import COLUMNS

Cells = Sequence[Sequence[str]]  # of a log, column by column

# In the log of a course, where no column tells the course.
ORDER = [name for name in COLUMNS if name != "course"]
# Some versions put the affected user first.
_ORDERS = (ORDER, [ORDER[0], ORDER[2], ORDER[1], *ORDER[3:]])
MOST = 200  # columns among which places are looked for; a log has ten
_EMPTY = {"", "-"}
_COLON = re.compile(r".*?(: |：).*", re.DOTALL)
_LETTERS = re.compile(r".*[^\W\d_]{2}.*", re.DOTALL)
_NUMBER = re.compile(r"\s*[-+]?\d*[.,:/]?\d*\s*")
_CODE = re.compile(r"\w{4,}")
_DAY_END = re.compile(r"[\s,T]")
_ACTOR = re.compile(r".*?\b[Uu]ser with (?:the )?id '(-?\d+)'.*", re.DOTALL)


def find_by_place(cells: Cells, found: Mapping[str, int]) -> dict[str, int]:
    """The places of the columns that Moodle writes between those that were `found`, as far as their cells look so."""
    if len(cells) > MOST:
        return {}
    tries = [_between_all(cells, found, order) for order in _ORDERS]
    places = max(tries, key=lambda one: one[0])[1]
    if "user_full_name" in places and "description" in found:
        person, description = cells[places["user_full_name"]], cells[found["description"]]
        if not _is_actor(person, description):
            del places["user_full_name"]
    return places


def find_person(cells: Cells, found: Mapping[str, int]) -> dict[str, int]:
    """The one column, wherever it stands, in which each of several people comes back again and again, if it is one.

    What goes with the day, such as its week, or with what was done and where is none. Of several the one is it that
    all others go with, as a person's group does.
    """
    if not {"time", "event_name"} <= set(found) or len(cells) > MOST:
        return {}
    days = [_DAY_END.split(cell.strip())[0] for cell in cells[found.get("date", found["time"])]]
    told = [days, *(cells[found[name]] for name in ("event_name", "event_context") if name in found)]
    free = [place for place in range(len(cells)) if place not in found.values() and _comes_back(cells[place])]
    people = [place for place in free if not any(_follows(cells[place], kinds) for kinds in told)]
    best = [one for one in people if all(_follows(cells[other], cells[one]) for other in people)]
    return {"user_full_name": best[0]} if best else {}


def is_log(cells: Cells, places: Mapping[str, int]) -> bool:
    """Whether columns without known names are those of a log: contexts that come back, and what goes with them."""
    if not {"time", "event_context", "component", "event_name"} <= set(places):
        return False
    context, component = (cells[places[name]] for name in ("event_context", "component"))
    by_name = _named_before(component, context)
    # `web` beside an address of a computer stands in hardly any list but a log of Moodle's.
    least = 0.1 if {"origin", "ip_address"} <= set(places) else 0.3
    return _share(context, _COLON) >= least and _repeats(context) and ("origin" in places or by_name >= 0.1)


def _between_all(cells: Cells, found: Mapping[str, int], order: list[str]) -> tuple[float, dict[str, int]]:
    """The best places in every gap between found columns, and how well they fit altogether."""
    known = sorted((place, order.index(name)) for name, place in found.items() if name in order)
    score, places = 0.0, dict[str, int]()
    at = found.get("event_context")
    context = max(cells, key=lambda column: _share(column, _COLON), default=[]) if at is None else cells[at]
    for (left, first), (right, last) in zip(known, [*known[1:], (len(cells), len(order))], strict=True):
        names = [name for name in order[first + 1 : last] if name not in found]
        free = [place for place in range(left + 1, min(right, len(cells))) if place not in found.values()]
        gained, here = _best(cells, context, names, free)
        score, places = score + gained, places | here
    return score, places


def _best(cells: Cells, context: Sequence[str], names: list[str], free: list[int]) -> tuple[float, dict[str, int]]:
    """The names on columns in their order, some of either left out, so that they fit best (as texts are aligned)."""
    best: list[tuple[float, dict[str, int]]] = [(0.0, {}) for _ in range(len(names) + 1)]
    for place in free:
        before = best
        best = [before[0]]
        for at, name in enumerate(names):
            fits = _FITS[name](cells, place, context) if name in _FITS else 0.0
            score, places = before[at]
            taken = [(score + fits, places | {name: place})] if fits > 0 else []
            best.append(max([before[at + 1], best[at], *taken], key=lambda one: one[0]))
    return best[-1]


def _fits_person(cells: Cells, place: int, context: Sequence[str]) -> float:
    return 0.1 + 0.9 * (1 - _empty(cells[place])) if cells[place] and _can_be_name(cells[place]) else 0.0


def _fits_affected(cells: Cells, place: int, context: Sequence[str]) -> float:
    """Most events affect nobody, or else one of those who act."""
    around = {cell for beside in (place - 1, place + 1) if 0 <= beside < len(cells) for cell in cells[beside]}
    filled = _filled(cells[place])
    known = sum(cell in around for cell in filled) / len(filled) if filled else 1.0
    known = known if filled else float("-" in cells[place])
    return 0.3 + 0.5 * _empty(cells[place]) if _can_be_name(cells[place]) and known else 0.0


def _fits_context(cells: Cells, place: int, context: Sequence[str]) -> float:
    share = _share(cells[place], _COLON)
    return 1 + share if share >= 0.2 else 0.0


def _fits_component(cells: Cells, place: int, context: Sequence[str]) -> float:
    return 0.6 + 0.6 * _named_before(cells[place], context) if _can_be_kind(cells[place]) else 0.0


def _fits_event_name(cells: Cells, place: int, context: Sequence[str]) -> float:
    if not _can_be_kind(cells[place]):
        return 0.0
    return 0.2 if _named_before(cells[place], context) >= 0.1 else 0.7


# How well a column fits a name, 0 for not at all; by its cells, those beside it, and the column of the contexts.
_FITS: dict[str, Callable[[Cells, int, Sequence[str]], float]] = {
    "user_full_name": _fits_person,
    "affected_user": _fits_affected,
    "event_context": _fits_context,
    "component": _fits_component,
    "event_name": _fits_event_name,
}


def _can_be_name(column: Sequence[str]) -> bool:
    """Neither contexts, nor numbers that are no ids: marks, times or the count of the rows."""
    filled = _filled(column)
    numbers = [cell for cell in filled if _NUMBER.fullmatch(cell)]
    if len(numbers) * 2 > len(filled) and (
        len(set(filled)) == len(filled) or not all(cell.isdecimal() for cell in numbers)
    ):
        return False
    return _share(column, _COLON) < 0.5


def _can_be_kind(column: Sequence[str]) -> bool:
    """Words in most rows, of which there are few."""
    return _repeats(column) and _empty(column) < 0.5 and _share(column, _COLON) < 0.2 and _share(column, _LETTERS) > 0.5


def _comes_back(column: Sequence[str]) -> bool:
    """Whether nearly all rows have a name or a code, of several, each of them more than once."""
    filled, kinds = _filled(column), set(_filled(column))
    coded = sum(bool(_LETTERS.fullmatch(cell) or _CODE.fullmatch(cell)) for cell in filled) >= 0.9 * len(filled)
    return _empty(column) < 0.1 and 1 < len(kinds) <= len(filled) / 2 and coded and _can_be_name(column)


def _follows(column: Sequence[str], kinds: Sequence[str]) -> bool:
    """Whether equal kinds of events have equal cells, but for one row in twenty."""
    seen: dict[str, str] = {}
    other = sum(seen.setdefault(kind, cell) != cell for kind, cell in zip(kinds, column, strict=False))
    return other * 20 <= len(column)


def _repeats(column: Sequence[str]) -> bool:
    filled = _filled(column)
    return len(filled) < 10 or len(set(filled)) < 0.8 * len(filled)


def _is_actor(column: Sequence[str], descriptions: Sequence[str]) -> bool:
    """Whether a column tells the people apart whose ids stand in the descriptions, if any do: no group of theirs."""
    acted = [(match[1], cell.strip()) for cell, says in zip(column, descriptions, strict=False)
             if cell.strip() not in _EMPTY and (match := _ACTOR.fullmatch(says))]  # fmt: skip
    ids, names = {number for number, _ in acted}, {cell for _, cell in acted}
    return not acted or (len(set(acted)) <= 1.2 * len(ids) and len(names) * 2 > len(ids))


def _named_before(component: Sequence[str], context: Sequence[str]) -> float:
    """The share of rows whose context begins with the component: `Quiz: One` with `Quiz`."""
    both = list(zip(component, context, strict=False))
    return sum(there.startswith((f"{name}: ", f"{name}：")) for name, there in both if name) / max(len(both), 1)


def _filled(column: Sequence[str]) -> list[str]:
    return [cell.strip() for cell in column if cell.strip() not in _EMPTY]


def _empty(column: Sequence[str]) -> float:
    return 1 - len(_filled(column)) / len(column) if column else 1.0


def _share(column: Sequence[str], look: re.Pattern[str]) -> float:
    filled = _filled(column)
    return sum(bool(look.fullmatch(cell)) for cell in filled) / len(filled) if filled else 0.0
