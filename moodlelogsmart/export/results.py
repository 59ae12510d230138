"""Stage export: the results, each made while it is written or packed, and a manifest of them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from moodlelogsmart.analysis.tables import TABLES
from moodlelogsmart.export import csv, manifest, ocel, parquet, xes, xlsx
from moodlelogsmart.export.archive import LIMIT, chunks, pack
from moodlelogsmart.export.manifest import Chunk, described
from moodlelogsmart.meaning.corrections import as_yaml
from moodlelogsmart.options import Options
from moodlelogsmart.report import page
from moodlelogsmart.report.labels import FILES
from moodlelogsmart.report.summary import Summary
from moodlelogsmart.workspace import Workspace

COMPARISON = "comparison.csv"  # only where there is something to compare
TEMPLATE = "labels_template.csv"
# In the order of the ZIP; the workbook is left out where a log is too long for one.
RESULT_FILES = [name for name in FILES if name != COMPARISON]
# Bytes that a row can come to in the longest of the formats: what stands around its texts, and each byte of them.
_AROUND, _ESCAPED = 2000, 6


def write_results(
    work: Workspace,
    target: Path,
    packed: bool,
    summary: Summary,
    facts: Mapping[str, Any],
    options: Options,
    size: int,
    done: Callable[[float], None],
    formats: Collection[str] = (),
    last: bool = True,
) -> list[dict[str, Any]]:
    """Write RESULT_FILES, and COMPARISON where there is one, into the new folder `target`, or `packed` as a ZIP of that
    name: name, size, sha256 of each. Of `formats` where some are named, as in "csv" or "ocel.json": what the names of
    files end in; the manifest is always among them.

    `facts` is what the manifest tells beside the files; the `options` say which columns the log has beside the usual
    ones, how much the XES tells, the language and the title of the report; `size` is that of the log in bytes; `done`
    hears what share of the files is written; after the `last` writing the tables of the log are gone.
    """
    # By what they may come to, for a ZIP that is made on the way has to say beforehand whether it is a large one.
    large = _AROUND * summary.rows_read + _ESCAPED * size > LIMIT
    contents = _contents(work, summary, facts, options, large, last)
    contents = {name: content for name, content in contents.items() if not formats or format_of(name) in formats}
    files: list[dict[str, Any]] = []
    results = _sealed(contents, facts, files, done)
    if packed:
        _write(target, pack(results, large))
    else:
        target.mkdir()
        for name, content in results:
            _write(target / name, content)
    return files


def format_of(name: str) -> str:
    """What comes behind the first dot of the name of a file; that of the OCEL for the table that is made of it."""
    return "ocel.json" if name == "ocel_matrix.csv" else name.partition(".")[2]


def write_template(work: Workspace, path: Path) -> None:
    """Write TEMPLATE by itself, of a log of which there are no results yet."""
    _write(path, csv.table(work, "labels_template"))


def _write(path: Path, content: Iterable[Chunk]) -> None:
    with path.open("wb") as file:
        file.writelines(content)


def _contents(
    work: Workspace, summary: Summary, facts: Mapping[str, Any], options: Options, large: bool, last: bool
) -> dict[str, Iterator[Chunk]]:
    """What each of the files but the manifest holds, made when it is asked for, one after the other."""
    more, slim = more_columns(options), options.xes == "slim"
    graded = options.grades_in_log and bool(work.value("select count(grade) from learners"))
    dropped, staff = csv.dropped(work), csv.staff(work)
    if last:
        dropped, staff = _written(work, dropped), _written(work, staff)
        # What is written from here on stands in one table, and it can have the memory of the others.
        for table in ("raw", "fact", "placed", "moment_of", "act", "done"):
            work.run(f"drop table {table}")
    contents = {
        "enriched_log.csv": csv.content(work, more=more),
        "enriched_log_bloom_only.csv": csv.content(work, csv.HAS_LEVEL, more),
        "enriched_log.xes": xes.content(work, more=more, slim=slim, graded=graded),
        "enriched_log_bloom_only.xes": xes.content(work, csv.HAS_LEVEL, more, slim, graded),
        "enriched_log.ocel.json": ocel.content(work, bool(options.labels), graded),
        "ocel_matrix.csv": ocel.matrix(work),
        "enriched_log.parquet": parquet.content(work, more),
        "enriched_log.xlsx": xlsx.content(work, summary, facts, more, large),
        "report.html": page.content(summary.shown(), options.language, options.title),
        **{f"{name}.csv": csv.table(work, name) for name in TABLES},
        TEMPLATE: csv.table(work, "labels_template"),
        "dropped_events.csv": dropped,
        "staff.csv": staff,
        "corrections.yaml": iter([as_yaml(summary.corrections)]),
    }
    if summary.events_kept > xlsx.EVENT_LIMIT:
        del contents["enriched_log.xlsx"]
    if len(summary.sides) > 1:
        contents[COMPARISON] = csv.comparison(work, [side.name for side in summary.sides], summary.comparison)
    return {name: contents[name] for name in FILES if name in contents}


def _written(work: Workspace, content: Iterable[Chunk]) -> Iterator[Chunk]:
    """The content, made at once and kept in a file until it is asked for."""
    path = work.scratch()
    _write(path, content)
    return chunks(path)


def more_columns(options: Options) -> list[str]:
    """The columns of the enriched log that the options ask for."""
    return [*([csv.ROLE] if options.keep else []), *([csv.LABEL] if options.labels else [])]


def _sealed(
    contents: Mapping[str, Iterator[Chunk]],
    facts: Mapping[str, Any],
    files: list[dict[str, Any]],
    done: Callable[[float], None],
) -> Iterator[tuple[str, Iterator[Chunk]]]:
    """The contents by name, and behind them the manifest; `files` gets those that have been taken."""
    for place, (name, content) in enumerate(contents.items()):
        done(place / len(contents))
        yield name, described(name, content, files)
    told = [manifest.content({**facts, "outputs": list(files)})]
    yield "manifest.json", described("manifest.json", told, files)
