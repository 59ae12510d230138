"""Which element of the course has which label of one's own."""

import re
from itertools import islice
from pathlib import Path

from moodlelogsmart.meaning.matching import BATCH, beside
from moodlelogsmart.reading.categories import LABELS, is_pattern, read_categories
from moodlelogsmart.reading.sources import as_text
from moodlelogsmart.workspace import Workspace


def load_categories(work: Workspace, path: Path | None) -> None:
    """Make table `category` (place, element, pattern, label) of what a file of labels says, in its order; pattern is an
    expression for elements with an asterisk, else ''. Raises BesideError where the file is none."""
    work.run("create table category (place bigint, element varchar, pattern varchar, label varchar)")
    if path is None:
        return
    with beside("labels"):
        told = enumerate(read_categories(as_text(path, work, LABELS)))
    while batch := [(place, element, _pattern(element), label) for place, (element, label) in islice(told, BATCH)]:
        columns = [list(column) for column in zip(*batch, strict=True)]
        work.run("insert into category select unnest($1), unnest($2), unnest($3), unnest($4)", columns)


def label_elements(work: Workspace) -> None:
    """Add column `label` to table `element` and to `element_of`: by the first row of `category` that tells the element
    or its name, whatever their case; '' where none does. Make table `unused_label` (place) of the rows that tell none,
    and `labels_template` (element, name, kind, label), as the file of that name has it."""
    work.run(
        """create table labelled as
        select element.element, place, label from element join category
            on pattern = '' and lower(category.element) = lower(element.element)
        union select element.element, place, label from element join category
            on pattern = '' and lower(category.element) = lower(name)
        union select element.element, place, label from element join (from category where pattern <> '') category
            on regexp_matches(element.element, pattern) or regexp_matches(name, pattern)"""
    )
    work.run("create table unused_label as select place from category where place not in (select place from labelled)")
    first = "(select element, arg_min(label, place) as label from labelled group by element)"
    for table in ("element", "element_of"):
        work.run(
            f"""create or replace table {table} as
            select told.*, coalesce(label, '') as label from {table} told left join {first} one
                on one.element = told.element order by told.rowid"""
        )
    work.run("drop table labelled")
    work.run(
        """create table labels_template as
        select element, name, kind, label from element order by course, section, kind, name, element"""
    )


def _pattern(element: str) -> str:
    """RE2, which takes a time that goes with the length of the text; '' where nothing stands for any text."""
    return f"(?is)^{'.*'.join(map(re.escape, element.split('*')))}$" if is_pattern(element) else ""
