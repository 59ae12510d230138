"""How fast the app was beside others, run by run of the benchmark: history.csv.

Seconds differ from machine to machine, ratios of one run far less: the app with all files by the time of pandas +
PM4Py, and with the six files that all write by that of the floor.
"""

import csv
import statistics
from collections.abc import Mapping
from pathlib import Path

HISTORY = Path(__file__).with_name("history.csv")
COLUMNS = ["day", "events", "contender", "seconds", "beside", "times"]
BESIDE = {"ours": "peer", "six": "floor"}  # what each is measured by
SLOWER = 1.1  # times the ratio before, that are more than chance


def ratios(events: int, took: dict[str, list[dict]], day: str) -> list[dict[str, str]]:
    """Rows for history.csv of the runs of a log, by their medians."""
    median = {name: statistics.median(one["total"] for one in runs) for name, runs in took.items()}
    return [
        {
            "day": day,
            "events": str(events),
            "contender": name,
            "seconds": f"{median[name]:.3f}",
            "beside": other,
            "times": f"{median[name] / median[other]:.2f}",
        }
        for name, other in BESIDE.items()
        if {name, other} <= median.keys()
    ]


def keep(rows: list[dict[str, str]], history: Path = HISTORY) -> None:
    """Add rows to what is known."""
    is_new = not history.exists()
    with history.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerows(rows)


def compared(rows: list[dict[str, str]], called: Mapping[str, str], history: Path = HISTORY) -> list[str]:
    """A line for each ratio, beside the last one of a log of the same size; `called`: the contenders in words."""
    with history.open(encoding="utf-8", newline="") as file:
        before = {(row["events"], row["contender"]): row for row in csv.DictReader(file)}
    lines = []
    for row in rows:
        line = (
            f"{int(row['events']):,} events, {called[row['contender']]}: {row['seconds']} s, "
            f"{row['times']} times {called[row['beside']]}"
        )
        if known := before.get((row["events"], row["contender"])):
            more = float(row["times"]) / float(known["times"])
            line += f"; {known['times']} on {known['day']}" + (f": {more:.2f} TIMES SLOWER" if more > SLOWER else "")
        lines.append(line)
    return lines
