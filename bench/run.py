"""Time the job beside others that do the same, in turns, and write bench/RESULTS.md.

    python bench/run.py [--runs 5] [--write] [EVENTS ...]        by default 100,000 and 1,000,000

From the log to the ZIP, in a process of its own for each run, after its imports: the app with all its files, the app
with the six files that the others write too, pandas + PM4Py (peer.py), and the floor (floor.py). The peer gets one run
of each size above 100,000.
"""

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from generate import write_log

from moodlelogsmart.workspace import Limits

SIZES = [100_000, 1_000_000]
DATA = Path(__file__).with_name("data")
LIMITS = Limits()


def time_ours(log: Path, out: Path, whole: bool = True) -> dict[str, float]:
    """Seconds of each stage."""
    from moodlelogsmart import pipeline
    from moodlelogsmart.export import ocel, parquet, report, xlsx
    from moodlelogsmart.export.archive import write_archive

    if not whole:
        for module in (ocel, parquet, xlsx):
            module.write_log = lambda *arguments: None
        report.write_report = lambda *arguments: None
    began: list[tuple[str, float]] = []
    progress = lambda percent, stage: began.append((stage, time.perf_counter()))  # noqa: E731
    summary = pipeline.process([log], pipeline.Options(), out, progress, LIMITS)
    began.append(("pack", time.perf_counter()))
    write_archive({file["name"]: out / file["name"] for file in summary.files}, out / "results.zip")
    began.append(("", time.perf_counter()))
    return {stage: after - at for (stage, at), (_, after) in pairwise(began)}


def time_six(log: Path, out: Path) -> dict[str, float]:
    """The same with the six files that the others write too."""
    return time_ours(log, out, whole=False)


def time_peer(log: Path, out: Path) -> dict[str, float]:
    """pandas + PM4Py."""
    import peer

    begin = time.perf_counter()
    peer.enrich(log, out)
    return {"all": time.perf_counter() - begin}


def time_floor(log: Path, out: Path) -> dict[str, float]:
    """Read and write alone."""
    import floor

    begin = time.perf_counter()
    floor.work(log, _lines(log), out, LIMITS.memory, LIMITS.threads)
    return {"all": time.perf_counter() - begin}


def _lines(log: Path) -> Path:
    return log.with_suffix(".lines.duckdb")


def prepare_floor(log: Path) -> None:
    """Tell the floor beforehand what it has to write."""
    import floor

    from moodlelogsmart.pipeline import Options, process

    _lines(log).unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=DATA) as results:
        process([log], Options(), Path(results), lambda percent, stage: None, LIMITS)
        floor.prepare(Path(results), _lines(log))


CONTENDERS = {
    "ours": ("the app, all files", time_ours),
    "six": ("the app, six files", time_six),
    "floor": ("floor: read and write alone", time_floor),
    "peer": ("pandas + PM4Py", time_peer),
}


def one(name: str, log: Path) -> None:
    """Run one contender in this process and print what it took."""
    with tempfile.TemporaryDirectory(dir=DATA) as folder:
        stages = CONTENDERS[name][1](log, Path(folder))
        packed = (Path(folder) / "results.zip").stat().st_size / 1e6
    # Not getrusage(): that hands down the peak of the process that started this one.
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024
    print(json.dumps({"stages": stages, "total": sum(stages.values()), "peak": peak, "zip": packed}))


def measure(events: int, names: list[str], runs: int) -> dict[str, list[dict]]:
    """All runs of the contenders, in turns."""
    DATA.mkdir(exist_ok=True)
    log = DATA / f"{events}.csv"
    if not log.exists():
        write_log(events, log)
    if "floor" in names:
        prepare_floor(log)
    took: dict[str, list[dict]] = {name: [] for name in names}
    for turn in range(runs):
        for name in names:
            if name == "peer" and events > 100_000 and turn:
                continue
            command = [sys.executable, __file__, "--one", name, str(log)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            took[name].append(json.loads(done.stdout.splitlines()[-1]))
            print(f"  {events:,} {name} {took[name][-1]['total']:.2f} s", file=sys.stderr, flush=True)
    return took


def table(events: int, took: dict[str, list[dict]]) -> list[str]:
    """The medians of one size as Markdown."""
    median = {name: statistics.median(run["total"] for run in runs) for name, runs in took.items()}
    lines = [
        f"## {events:,} events",
        "",
        "| | seconds (median) | runs, from to | events/s | peak MB | times ours (six files) |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, runs in took.items():
        totals = [run["total"] for run in runs]
        peak = statistics.median(run["peak"] for run in runs)
        lines.append(
            f"| {CONTENDERS[name][0]} | {median[name]:.2f} | {len(runs)}, {min(totals):.2f} to {max(totals):.2f} | "
            f"{events / median[name]:,.0f} | {peak:,.0f} | {median[name] / median['six']:.2f} |"
        )
    stages = {
        stage: statistics.median(run["stages"][stage] for run in took["ours"]) for stage in took["ours"][0]["stages"]
    }
    lines += ["", "Stages of the app, all files: " + ", ".join(f"{k} {v:.2f} s" for k, v in stages.items()) + ".", ""]
    return lines


def main() -> None:
    """Measure, print, and with --write keep it in RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", nargs="*", type=int, default=SIZES)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=list(CONTENDERS), default=list(CONTENDERS))
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--one", nargs=2)
    asked = parser.parse_args()
    if asked.one:
        one(asked.one[0], Path(asked.one[1]))
        return
    lines = [
        "# Speed, as measured",
        "",
        f"Written by `make bench` on {time.strftime('%Y-%m-%d')}: {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, {platform.system()}. From the log to the ZIP, after the imports, contenders in "
        "turns.",
        "",
    ]
    for events in asked.events:
        lines += table(events, measure(events, asked.only, asked.runs))
    text = "\n".join(lines)
    print(text)
    if asked.write:
        Path(__file__).with_name("RESULTS.md").write_text(text)


if __name__ == "__main__":
    main()
