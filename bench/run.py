"""Time the job beside others that do the same, in turns, and the server, and write bench/RESULTS.md.

    python bench/run.py [--runs 5] [--write] [LOG or EVENTS ...]
    python bench/run.py --compare [--runs 3] [EVENTS]    the ratios of a small log beside those before, from history.csv

By default 6,400, 100,000 and 1,000,000 generated events, a published log where ../shared/logs is, and 10,000,000
events. From the log to the ZIP, in a process of its own for each run, after its imports: the app with all its files,
the same without those of the tables for analysis, the app with the six files that the others write too, pandas + PM4Py
(peer.py), and the two floors (floor.py). What takes minutes is run fewer times: see runs_of().
"""

import argparse
import csv
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import duckdb
import floor
import history
import server
from generate import write_log

from moodlelogsmart.workspace import Limits

TINY, SMALL, LARGE, HUGE = 6_400, 100_000, 1_000_000, 10_000_000
REAL = Path(__file__).parents[2] / "shared" / "logs" / "edify_Module_1_SP19.csv"
DATA = Path(__file__).with_name("data")
LIMITS = Limits()
MOST_OF_TABLES = 0.2  # of a run, that they may cost
COUNTED = "tables for analysis"  # what the counting of these takes, within a stage


def time_ours(log: Path, out: Path) -> dict[str, float]:
    """Seconds of each stage, and under COUNTED those of one of them in which the tables for analysis are counted."""
    from moodlelogsmart import pipeline

    began: dict[str, float] = {}
    counted = []

    def find_tables(*given: object) -> None:
        begin = time.perf_counter()
        tables(*given)
        counted.append(time.perf_counter() - begin)

    tables, pipeline.find_tables = pipeline.find_tables, find_tables
    progress = lambda percent, stage: began.setdefault(stage, time.perf_counter())  # noqa: E731
    pipeline.process([log], pipeline.Options(), out / "results.zip", progress, LIMITS)
    stages = {stage: after - at for (stage, at), (_, after) in pairwise([*began.items(), ("", time.perf_counter())])}
    return stages | {COUNTED: counted[0]}


def time_less(log: Path, out: Path) -> dict[str, float]:
    """The same without the files and sheets of the tables for analysis."""
    from moodlelogsmart.analysis.tables import TABLES
    from moodlelogsmart.export import results, sheets

    left_out = {*(f"{name}.csv" for name in TABLES), "ocel_matrix.csv", "labels_template.csv"}
    results.FILES = [name for name in results.FILES if name not in left_out]
    sheets.TABLES = {}
    return time_ours(log, out)


def time_six(log: Path, out: Path) -> dict[str, float]:
    """The same with the six files that the others write too."""
    from moodlelogsmart.export import results

    results.FILES = floor.FILES
    return time_ours(log, out)


def time_peer(log: Path, out: Path) -> dict[str, float]:
    """pandas + PM4Py."""
    import peer

    begin = time.perf_counter()
    peer.enrich(log, out)
    return {"all": time.perf_counter() - begin}


def time_floor(work: Callable[[Path, Path, Path, Limits], None], log: Path, out: Path) -> dict[str, float]:
    """Read and write alone, in one of the ways of floor.py."""
    begin = time.perf_counter()
    work(log, _lines(log), out, LIMITS)
    return {"all": time.perf_counter() - begin}


def _lines(log: Path) -> Path:
    return DATA / f"{log.stem}.lines.duckdb"


def prepare_floor(log: Path) -> None:
    """Tell the floor beforehand what it has to write."""
    from moodlelogsmart.export import results
    from moodlelogsmart.options import Options
    from moodlelogsmart.pipeline import process

    results.FILES = floor.FILES
    _lines(log).unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=DATA) as folder:
        process([log], Options(), Path(folder), lambda percent, stage: None, LIMITS)
        floor.prepare(Path(folder), _lines(log))


CONTENDERS = {
    "ours": ("the app, all files", time_ours),
    "less": ("the app, all but the tables for analysis", time_less),
    "six": ("the app, six files", time_six),
    "floor": ("floor: read, and pack at once", partial(time_floor, floor.work)),
    "files": ("floor: read, write files, pack them", partial(time_floor, floor.write)),
    "peer": ("pandas + PM4Py", time_peer),
}


def one(name: str, log: Path) -> None:
    """Run one contender in this process and print what it took."""
    # DuckDB imports pandas, where it is, at its first parameter, and pyarrow at its first texts.
    duckdb.execute("select ?", ["a"]).to_arrow_reader()
    with tempfile.TemporaryDirectory(dir=DATA) as folder:
        begin = time.process_time()
        stages = CONTENDERS[name][1](log, Path(folder))
        busy = time.process_time() - begin
        results = Path(folder) / "results.zip"
        packed = results.stat().st_size / 1e6
        files = len(zipfile.ZipFile(results).namelist())
    counted = stages.pop(COUNTED, 0)
    # Not getrusage(): that hands down the peak of the process that started this one.
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024
    told = {"stages": stages, "total": sum(stages.values()), "peak": peak, "zip": packed, "files": files}
    print(json.dumps(told | {"counted": counted, "busy": busy}))


def runs_of(name: str, events: int, most: int) -> int:
    """How often a contender is run: what takes a minute once, and of the largest log only what is told of it."""
    if events > LARGE:
        return 1 if name == "six" else 0
    return 1 if name == "peer" and events > SMALL else most


def measure(log: Path, events: int, names: list[str], most: int) -> dict[str, list[dict]]:
    """All runs of the contenders, in turns."""
    names = [name for name in names if runs_of(name, events, most)]
    if {"floor", "files"} & set(names):
        prepare_floor(log)
    took: dict[str, list[dict]] = {}
    for turn in range(most):
        for name in names:
            if turn < runs_of(name, events, most):
                command = [sys.executable, __file__, "--one", name, str(log)]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                took.setdefault(name, []).append(json.loads(done.stdout.splitlines()[-1]))
                print(f"  {log.name} {name} {took[name][-1]['total']:.2f} s", file=sys.stderr, flush=True)
    return took


def find_log(asked: str) -> tuple[Path, int]:
    """The log that is called so, made where it is a number of events, and how many events it holds."""
    if not asked.isdecimal():
        with Path(asked).open(encoding="utf-8", newline="") as file:
            return Path(asked), sum(1 for _ in csv.reader(file)) - 1
    log = DATA / f"{asked}.csv"
    if not log.exists():
        write_log(int(asked), log)
    return log, int(asked)


def table(log: Path, events: int, took: dict[str, list[dict]]) -> list[str]:
    """The medians of one log as Markdown."""
    made = "" if log.stem.isdecimal() else f" of a published log, {log.name}"
    median = {name: statistics.median(run["total"] for run in runs) for name, runs in took.items()}
    lines = [
        f"## {events:,} events{made}",
        "",
        "| | seconds (median) | runs, from to | events/s | peak MB | times ours (six files) |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, runs in took.items():
        totals = [run["total"] for run in runs]
        peak = statistics.median(run["peak"] for run in runs)
        lines.append(
            f"| {CONTENDERS[name][0]} | {median[name]:.2f} | {len(runs)}, {min(totals):.2f} to {max(totals):.2f} | "
            f"{events / median[name]:,.0f} | {peak:,.0f} | {times_six(median, name)} |"
        )
    for name in ("ours", "six"):
        if name in took:
            runs = [run["stages"] for run in took[name]]
            stages = ", ".join(f"{stage} {statistics.median(run[stage] for run in runs):.2f} s" for stage in runs[0])
            lines += ["", f"Stages of {CONTENDERS[name][0]}: {stages}."]
    return [*lines, *cost_of_tables(took), ""]


def times_six(median: dict[str, float], name: str) -> str:
    """How many times the app with six files it took, where that ran."""
    return f"{median[name] / median['six']:.2f}" if "six" in median else "–"


def cost_of_tables(took: dict[str, list[dict]]) -> list[str]:
    """What part of a run the tables for analysis are, by the runs with and without their files, in turns."""
    if not {"ours", "less"} <= took.keys():
        return []
    whole, less = (statistics.median(run["total"] for run in took[name]) for name in ("ours", "less"))
    busy, busy_less = (statistics.median(run["busy"] for run in took[name]) for name in ("ours", "less"))
    counted, written = statistics.median(run["counted"] for run in took["ours"]), max(0.0, whole - less)
    return [
        "",
        f"Tables for analysis: {written:.2f} s to write them as files and sheets ({written / whole:.1%} of a run with "
        f"all files), {counted:.2f} s to count them ({counted / whole:.1%}), on which the figures of the report stand "
        f"as well; together {(counted + written) / whole:.1%}, of at most {MOST_OF_TABLES:.0%}. By the time of the "
        f"processors, which a busy machine does not change, writing them is {max(0.0, 1 - busy_less / busy):.1%}.",
    ]


def main() -> None:
    """Measure, print, and with --write keep it in RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("logs", nargs="*", metavar="LOG or EVENTS")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=list(CONTENDERS), default=list(CONTENDERS))
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--compare", action="store_true")
    parser.add_argument("--one", nargs=2)
    asked = parser.parse_args()
    if asked.one:
        one(asked.one[0], Path(asked.one[1]))
        return
    DATA.mkdir(exist_ok=True)
    if asked.compare:
        compare(*find_log((asked.logs or [str(TINY)])[0]), asked.runs)
        return
    lines = [
        "# Speed, as measured",
        "",
        f"Written by `make bench` on {time.strftime('%Y-%m-%d')}: {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, {platform.system()}. From the log to the ZIP, after the imports, contenders in "
        f"turns, {LIMITS.memory} MB of memory before a job spills.",
        "",
    ]
    by_default = [*([str(REAL)] if REAL.exists() else []), *map(str, (TINY, SMALL, LARGE, HUGE))]
    for log, events in map(find_log, asked.logs or by_default):
        took = measure(log, events, asked.only, asked.runs)
        lines += table(log, events, took)
        tell(lines, asked.write)
        if asked.write:
            history.keep(history.ratios(events, took, time.strftime("%Y-%m-%d")))
    if not asked.logs:
        small, large, huge = (find_log(str(events))[0] for events in (SMALL, LARGE, HUGE))
        tell(lines + server.measure(small, large, huge, asked.runs), asked.write)


def compare(log: Path, events: int, most: int) -> None:
    """Print the ratios of a log, and what they were; none fails, for a busy machine has others."""
    took = measure(log, events, [*history.BESIDE, *history.BESIDE.values()], most)
    rows = history.ratios(events, took, time.strftime("%Y-%m-%d"))
    called = {name: words for name, (words, _time) in CONTENDERS.items()}
    print("\n".join(history.compared(rows, called)))


def tell(lines: list[str], write: bool) -> None:
    """Print what is known so far, and keep it."""
    print("\n".join(lines), flush=True)
    if write:
        Path(__file__).with_name("RESULTS.md").write_text("\n".join(lines))


if __name__ == "__main__":
    main()
