"""The same job as a user of pandas and PM4Py would write it, to be timed beside ours: python bench/peer.py LOG OUT

It reads the log, finds who did what by the description, leaves out staff and the system, looks up what each event
means, numbers sessions, sorts, and writes the enriched log as CSV and XES, both again with Bloom levels only, the
dropped rows, a manifest with checksums, and a ZIP. It is written as well as the libraries' own guides advise:
vectorised string methods, look-ups in an index, no loop over rows.
"""

import hashlib
import json
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pm4py
from floor import FILES

sys.path.insert(0, str(Path(__file__).parents[1]))

from moodlelogsmart.meaning.rules import load_rules

MOODLE = Path(__file__).parents[1] / "moodlelogsmart" / "moodle"
ACTOR = r"^The user with id '(-?\d+)'"


def enrich(log: Path, out: Path) -> None:
    """Write the results into the folder `out`, and the ZIP of them."""
    events = pd.read_csv(log, dtype=str, keep_default_na=False)
    events["moment"] = pd.to_datetime(events["Time"], format="%d/%m/%y, %H:%M", utc=True)
    events["user_id"] = events["Description"].str.extract(ACTOR, expand=False).fillna("")
    catalogue, names = (
        pd.read_csv(MOODLE / name, dtype=str, keep_default_na=False) for name in ("events.csv", "names.csv")
    )
    names = names[names["language"] == "en"].drop_duplicates(["component", "name"]).merge(catalogue, on="class")
    names = names.set_index(["component", "name"])
    keys = pd.MultiIndex.from_frame(events[["Component", "Event name"]])
    for column in ("module", "event", "marks"):
        events[column] = names[column].reindex(keys).fillna("").to_numpy()
    events["action"] = events["event"].str.rsplit("_", n=1).str[-1]
    _classify(events)
    staff = events.loc[events["marks"] == "staff", "user_id"].unique()
    events["reason"] = ""
    events.loc[events["user_id"].isin(staff), "reason"] = "staff"
    events.loc[events["user_id"].isin(["", "0", "-1"]), "reason"] = "system"
    events.loc[events["moment"].isna(), "reason"] = "no_time"
    dropped, kept = events[events["reason"] != ""], events[events["reason"] == ""].iloc[::-1]
    kept = kept.sort_values(["user_id", "moment"], kind="stable")
    pause = kept.groupby("user_id")["moment"].diff() > pd.Timedelta(minutes=30)
    kept["session_id"] = kept["user_id"] + "-" + (pause.groupby(kept["user_id"]).cumsum() + 1).astype(str)
    _write(kept, dropped, out)


def _classify(events: pd.DataFrame) -> None:
    """Look the distinct kinds of events up in the rules, and give each row what its kind means."""
    from fnmatch import fnmatchcase

    rules = [rule for rule in load_rules().rules if rule.after is None]
    kinds = events[["module", "action", "event"]].drop_duplicates()

    def find(kind):
        for rule in rules:
            when = {field: getattr(rule.when, field) for field in ("module", "action", "event")}
            words = {field: [word] if isinstance(word, str) else word for field, word in when.items()}
            if all(any(fnmatchcase(kind[field], word) for word in words[field]) for field in words):
                return rule.id, rule.activity_type, rule.bloom_level, rule.is_active
        return "", "Others", "", False

    found = [find(kind) for kind in kinds.to_dict("records")]
    meant = kinds.assign(
        **dict(zip(("rule_id", "activity_type", "bloom_level", "is_active"), zip(*found, strict=True), strict=True))
    )
    joined = events[["module", "action", "event"]].merge(meant, how="left", on=["module", "action", "event"])
    for column in ("rule_id", "activity_type", "bloom_level", "is_active"):
        events[column] = joined[column].to_numpy()


def _write(kept: pd.DataFrame, dropped: pd.DataFrame, out: Path) -> None:
    table = pd.DataFrame(
        {
            "case_id": kept["user_id"],
            "time": kept["moment"].dt.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
            "user_id": kept["user_id"],
            "user_full_name": kept["User full name"],
            "affected_user": kept["Affected user"],
            "course": kept["Event context"].str.removeprefix("Course: "),
            "event_context": kept["Event context"],
            "component": kept["Component"],
            "event_name": kept["Event name"],
            "description": kept["Description"],
            "origin": kept["Origin"],
            "ip_address": kept["IP address"],
            **{
                name: kept[name]
                for name in ("module", "action", "activity_type", "bloom_level", "is_active", "rule_id", "session_id")
            },
        }
    )
    for name, part in (("enriched_log", table), ("enriched_log_bloom_only", table[table["bloom_level"] != ""])):
        part.to_csv(out / f"{name}.csv", index=False)
        named = part.assign(
            **{
                "case:concept:name": part["case_id"],
                "concept:name": part["activity_type"],
                "time:timestamp": kept.loc[part.index, "moment"],
                "lifecycle:transition": "complete",
                "org:resource": part["user_id"],
            }
        )
        columns = ["case:concept:name", "concept:name", "time:timestamp", "lifecycle:transition", "org:resource"]
        columns += [
            "event_name",
            "component",
            "event_context",
            "module",
            "action",
            "bloom_level",
            "course",
            "session_id",
        ]
        pm4py.write_xes(named[columns], str(out / f"{name}.xes"), case_id_key="case:concept:name")
    dropped.to_csv(out / "dropped_events.csv", index=False)
    manifest = out / "manifest.json"
    sums = {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in FILES if name != manifest.name}
    manifest.write_text(json.dumps(sums))
    with zipfile.ZipFile(out / "results.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in FILES:
            archive.write(out / name, name)


if __name__ == "__main__":
    enrich(Path(sys.argv[1]), Path(sys.argv[2]))
