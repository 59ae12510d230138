"""Stage export: the results, each made while it is written or packed, and a manifest of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from moodlelogsmart.export import csv, manifest, ocel, parquet, xes, xlsx
from moodlelogsmart.export.archive import LIMIT, chunks, pack
from moodlelogsmart.export.manifest import Chunk, described
from moodlelogsmart.meaning.corrections import as_yaml
from moodlelogsmart.report import page
from moodlelogsmart.report.labels import FILES
from moodlelogsmart.report.summary import Summary
from moodlelogsmart.workspace import Workspace

# In the order of the ZIP; the workbook is left out where a log is too long for one.
RESULT_FILES = list(FILES)
# Bytes that a row can come to in the longest of the formats: what stands around its texts, and each byte of them.
_AROUND, _ESCAPED = 2000, 6


def write_results(
    work: Workspace,
    target: Path,
    packed: bool,
    summary: Summary,
    facts: Mapping[str, Any],
    roles: bool,
    language: str,
    size: int,
    done: Callable[[float], None],
) -> list[dict[str, Any]]:
    """Write RESULT_FILES into the new folder `target`, or `packed` as a ZIP of that name: name, size, sha256 of each.

    `facts` is what the manifest tells beside the files; with `roles` the log tells who acted; `language` is that of the
    report; `size` is that of the log in bytes; `done` hears what share of the files is written.
    """
    # By what they may come to, for a ZIP that is made on the way has to say beforehand whether it is a large one.
    large = _AROUND * summary.rows_read + _ESCAPED * size > LIMIT
    contents = _contents(work, summary, roles, language, large)
    files: list[dict[str, Any]] = []
    results = _sealed(contents, facts, files, done)
    if packed:
        _write(target, pack(results, large))
    else:
        target.mkdir()
        for name, content in results:
            _write(target / name, content)
    return files


def _write(path: Path, content: Iterable[Chunk]) -> None:
    with path.open("wb") as file:
        file.writelines(content)


def _contents(work: Workspace, summary: Summary, roles: bool, language: str, large: bool) -> dict[str, Iterator[Chunk]]:
    """What each of RESULT_FILES but the manifest holds, made when it is asked for, one after the other."""
    dropped, staff = work.scratch(), work.scratch()
    _write(dropped, csv.dropped(work))
    _write(staff, csv.staff(work))
    # What is written from here on stands in one table, and it can have the memory of the others.
    for table in ("raw", "fact", "placed", "placed_wall"):
        work.run(f"drop table {table}")
    contents = {
        "enriched_log.csv": csv.content(work, roles=roles),
        "enriched_log_bloom_only.csv": csv.content(work, csv.HAS_LEVEL, roles),
        "enriched_log.xes": xes.content(work, roles=roles),
        "enriched_log_bloom_only.xes": xes.content(work, csv.HAS_LEVEL, roles),
        "enriched_log.ocel.json": ocel.content(work),
        "enriched_log.parquet": parquet.content(work, roles),
        "enriched_log.xlsx": xlsx.content(work, summary.events_kept, roles, large),
        "report.html": page.content(summary.shown(), language),
        "dropped_events.csv": chunks(dropped),
        "staff.csv": chunks(staff),
        "corrections.yaml": iter([as_yaml(summary.corrections)]),
    }
    if summary.events_kept > xlsx.EVENT_LIMIT:
        del contents["enriched_log.xlsx"]
    return {name: contents[name] for name in RESULT_FILES if name in contents}


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
