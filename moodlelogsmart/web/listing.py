"""The tables of the report that a page shows a part of: sorted, looked through and turned over by forms and links."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from flask import request

from moodlelogsmart.report import elements, learners

ROWS = 50  # of a table, on one page


class Source(Protocol):
    """Where the rows are: in the file of people of a job."""

    def count(self, text: str, /) -> int:
        """How many there are of what is looked for, of all where that is ''."""

    def find(self, text: str, sort: str, descending: bool, first: int, most: int) -> list[dict[str, Any]]:
        """`most` of them from the `first`, counted from 0."""


@dataclass(frozen=True)
class Kind:
    """A table: the part of the report in which it is; how an address calls what is looked for, by what it is sorted, in
    which order, and the page; by what it can be sorted, and by what it is where nobody asks."""

    section: str
    sought: str
    sort: str
    order: str
    page: str
    sorts: Mapping[str, tuple[str, bool]]
    usual: str

    def usual_order(self, sort: str) -> str:
        """The order of a column where nobody asks for one."""
        return "desc" if self.sorts[sort][1] else "asc"


LEARNERS = Kind("learners", "who", "sort", "order", "page", learners.SORTED, "events")
ELEMENTS = Kind("elements", "kind", "by", "way", "part", elements.SORTED, "learners")
# All that the forms of a report ask for, each of which leaves alone what the others do.
_ASKED = ("day", *(getattr(one, name) for one in (LEARNERS, ELEMENTS) for name in ("sought", "sort", "order", "page")))


@dataclass(frozen=True)
class Listing:
    """A page of a table: the rows, of how many, the place of the first (from 1), what is looked for, by what and in
    which order it is sorted, and the pages."""

    of: Kind
    rows: list[dict[str, Any]]
    all: int
    first: int
    sought: str
    sort: str
    order: str
    page: int
    pages: int

    def asked(self, **changes: Any) -> dict[str, Any]:
        """What the address of another page of the table asks for; with another order from the first page on."""
        own = {"sought": self.sought or None, "sort": self.sort, "order": self.order, "page": None, **changes}
        told = {getattr(self.of, name): value for name, value in own.items()}
        return {**kept(*told), **told, "_anchor": self.of.section}

    def turned(self, sort: str) -> str:
        """The order that a link to sort by a column asks for: the other one where it is sorted by that."""
        if sort == self.sort:
            return "desc" if self.order == "asc" else "asc"
        return self.of.usual_order(sort)

    @property
    def kept(self) -> dict[str, str]:
        """What the form of the table leaves as it is."""
        return kept(*(getattr(self.of, name) for name in ("sought", "sort", "order", "page")))


def kept(*own: str) -> dict[str, str]:
    """What the address asks for by the names of others than one's `own`, the beginning of very long texts."""
    return {name: value[:200] for name in _ASKED if name not in own and (value := request.args.get(name))}


def listing(source: Source, kind: Kind, among: list[str] | None = None) -> Listing:
    """The page of the table that the address asks for; what cannot be, as what is not `among` these, is as if it were
    not there."""
    sought = request.args.get(kind.sought, "").strip()[:200]
    sought = sought if among is None or sought in among else ""
    sort = request.args.get(kind.sort, kind.usual)
    sort = sort if sort in kind.sorts else kind.usual
    order = request.args.get(kind.order, "")
    order = order if order in ("asc", "desc") else kind.usual_order(sort)
    found = source.count(sought)
    page, pages = page_of(kind.page, found, ROWS)
    first = (page - 1) * ROWS
    rows = source.find(sought, sort, order == "desc", first, ROWS)
    return Listing(kind, rows, found, first + 1, sought, sort, order, page, pages)


def page_of(name: str, rows: int, most: int) -> tuple[int, int]:
    """The page that the address asks for by that name, and how many there are of `most` rows each."""
    pages = max(1, -(-rows // most))
    return min(max(1, request.args.get(name, 1, int)), pages), pages
