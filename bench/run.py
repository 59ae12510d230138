"""Time a generated log of each size through the pipeline: each stage, events a second, peak memory, size of the ZIP.

python bench/run.py [EVENTS ...]        by default 100,000 and 1,000,000
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from generate import write_log

from moodlelogsmart.export.archive import write_archive
from moodlelogsmart.pipeline import STAGES, Options, process

SIZES = [100_000, 1_000_000]
DATA = Path(__file__).with_name("data")


def measure(log: Path) -> dict[str, float]:
    """Process a log in this process, from the file to the ZIP: seconds by stage, and peak memory in MB."""
    began: list[tuple[str, float]] = []
    with tempfile.TemporaryDirectory(dir=DATA) as name:
        out = Path(name)
        summary = process([log], Options(), out, lambda percent, stage: began.append((stage, time.perf_counter())))
        began.append(("pack", time.perf_counter()))
        write_archive({file["name"]: out / file["name"] for file in summary.files}, out / "results.zip")
        began.append(("", time.perf_counter()))
        size = (out / "results.zip").stat().st_size / 1e6
    stages = {stage: after - at for (stage, at), (_, after) in pairwise(began)}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {**stages, "total": sum(stages.values()), "peak": peak, "zip": size}


def main() -> None:
    """Measure each size in a process of its own, so that the peak memory is that size's alone."""
    DATA.mkdir(exist_ok=True)
    sizes = [int(text) for text in sys.argv[1:]] or SIZES
    columns = [*STAGES, "total"]
    print("events".rjust(12), *(name.rjust(9) for name in columns), "events/s".rjust(10), "peak MB".rjust(9), "ZIP MB")
    for events in sizes:
        log = DATA / f"{events}.csv"
        if not log.exists():
            write_log(events, log)
        code = f"import run, json, pathlib; print(json.dumps(run.measure(pathlib.Path({str(log)!r}))))"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=Path(__file__).parent, check=True, capture_output=True, text=True
        )
        took = json.loads(done.stdout)
        print(
            f"{events:12,}",
            *(f"{took[name]:8.2f}s" for name in columns),
            f"{events / took['total']:10,.0f}",
            f"{took['peak']:9,.0f}",
            f"{took['zip']:6.1f}",
        )


if __name__ == "__main__":
    main()
