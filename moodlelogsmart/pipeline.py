"""From exported Moodle logs to the enriched event log: the stages in order."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from moodlelogsmart import __version__
from moodlelogsmart.export import xlsx
from moodlelogsmart.export.manifest import describe_file
from moodlelogsmart.export.results import RESULT_FILES, write_results
from moodlelogsmart.meaning import classify, clean, identify, log, pseudonyms, sessions
from moodlelogsmart.meaning.roster import load_roster
from moodlelogsmart.meaning.rules import DEFAULT_FILE, RuleSet, load_rules
from moodlelogsmart.messages import LogError, Message
from moodlelogsmart.reading import clock, columns, raw, sources
from moodlelogsmart.report.figures import Figures
from moodlelogsmart.report.summary import Summary, count
from moodlelogsmart.workspace import Limits, Stop, Stopped, Workspace, open_workspace

__all__ = ["STAGES", "Limits", "LogError", "Options", "Stop", "Stopped", "Summary", "process"]

# The stages a person sees, with the progress at which each begins.
STAGES = {
    "read": (10, Message("Reading the file")),
    "clock": (30, Message("Understanding the times")),
    "identify": (40, Message("Finding out who did what")),
    "clean": (50, Message("Telling learners from staff")),
    "classify": (55, Message("Giving each event its meaning")),
    "export": (70, Message("Writing the results")),
    "save": (95, Message("Saving the results")),
}

Progress = Callable[[int, str], None]


@dataclass(frozen=True)
class Options:
    """What a person may choose.

    case: one of log.CASE_NOTIONS; timezone: the zone of the times in the log, as Area/City; session_gap: minutes
    of pause after which a session has ended; year: that of the newest row, where the times tell none; keep: those of
    clean.ROLES that stay in the results; rules, roster: files of the user's own; language: of the report;
    pseudonym_key: where it is given, people are told by pseudonyms made with it (see meaning.pseudonyms).
    """

    case: str = "student"
    timezone: str = "UTC"
    session_gap: int = sessions.SESSION_GAP
    year: int | None = None
    keep: tuple[str, ...] = ()
    rules: Path | None = None
    roster: Path | None = None
    language: str = "en"
    pseudonym_key: str = field(default="", repr=False)


def process(
    inputs: Sequence[Path],
    options: Options,
    out: Path,
    progress: Progress,
    limits: Limits | None = None,
    stop: Stop | None = None,
) -> Summary:
    """Read the logs in `inputs` and write RESULT_FILES: all of them, or none.

    They go into the folder `out` where there is one, else into a ZIP of that name, packed while they are made.
    `progress(percent, stage)` is called at the start of each stage; `stop` ends the work from another thread.
    Raises LogError with a sentence for the user, Stopped after a stop.
    """
    rules = load_rules(options.rules or DEFAULT_FILE)
    parent = out if out.is_dir() else out.parent
    for path in [out / name for name in RESULT_FILES] if out.is_dir() else [out]:
        path.unlink(missing_ok=True)
    with open_workspace(parent, limits or Limits(), stop or Stop()) as work:

        def begin(stage: str) -> None:
            progress(STAGES[stage][0], stage)

        def part(share: float) -> None:
            first, last = STAGES["export"][0], STAGES["save"][0]
            progress(first + round(share * (last - first)), "export")

        begin("read")
        logs, described = _read(work, inputs)
        begin("clock")
        times = clock.read_times(work, options.timezone, options.year)
        begin("identify")
        identify.find_events(work)
        identify.find_people(work)
        begin("clean")
        load_roster(work, options.roster)
        clean.find_staff(work)
        clean.find_drops(work, options.keep)
        begin("classify")
        classify.apply_rules(work, rules)
        classify.apply_context(work, rules, times.newest_first)
        sessions.find_sessions(work, times.newest_first, options.session_gap)
        if options.pseudonym_key:
            pseudonyms.disguise(work, options.pseudonym_key)
        log.order_log(work, options.case)
        begin("export")
        summary = count(work, rules, _detected(work, logs, times), xlsx.EVENT_LIMIT)
        target, packed = work.folder / "results", not out.is_dir()
        facts = _facts(described, _chosen(options, work), rules, summary)
        size = sum(source.path.stat().st_size for source in logs)
        files = write_results(work, target, packed, summary, facts, bool(options.keep), options.language, size, part)
        begin("save")
        work.check()
        for path in [target] if packed else target.iterdir():
            path.rename(out if packed else out / path.name)
    return replace(summary, files=files)


def _read(work: Workspace, inputs: Sequence[Path]) -> tuple[list[sources.Source], list[dict[str, Any]]]:
    """Make table `raw`; the logs in the files, and the files as the manifest tells them."""
    with ThreadPoolExecutor(1) as pool:
        # Beside what reads them, which leaves time for it.
        told = [
            pool.submit(describe_file, path, f"input {place}", work.check) for place, path in enumerate(inputs, start=1)
        ]
        logs = [source for path in inputs for source in sources.open_sources(path, work)]
        for place, source in enumerate(logs):
            raw.load(work, source, place)
        work.expect(raw.check_rows(work))
        return logs, [file.result() for file in told]


def _detected(work: Workspace, logs: Sequence[sources.Source], times: clock.Clock) -> dict[str, object]:
    """What was found out about the files, each thing once however many files it holds for; shares are from 0 to 1."""
    layouts = [source.layout for source in logs]
    return {
        "kind": sorted({"dump" if source.layout.is_dump else source.kind for source in logs}),
        "encoding": sorted({source.encoding for source in logs if source.encoding}),
        "letters_lost": sum(source.lost for source in logs),
        "delimiter": sorted({source.layout.delimiter for source in logs if source.kind == "text"}),
        "language": columns.find_language(layouts[0].header),
        "columns": [{name: layout.label(name) for name in layout.positions} for layout in layouts],
        "columns_guessed": sorted({name for layout in layouts for name in layout.guessed}),
        "time_format": sorted(set(times.formats)),
        "day_or_month_first": times.day_or_month_first,
        "timezone": times.timezone,
        "year_guessed": times.year_guessed,
        "newest_first": times.newest_first,
        "actors_from_description": work.value("select round(count(*) filter (told) / count(*), 4) from fact"),
    }


def _facts(
    inputs: list[dict[str, Any]], options: dict[str, Any], rules: RuleSet, summary: Summary
) -> dict[str, object]:
    """What the manifest tells beside the files that were written."""
    found = asdict(replace(summary, figures=Figures()))
    del found["files"], found["figures"]
    return {
        "program": "MoodleLogSmart",
        "version": __version__,
        "inputs": inputs,
        "options": options,
        "rules": {"name": rules.name, "sha256": rules.sha256},
        **found,
    }


def _chosen(options: Options, work: Workspace) -> dict[str, Any]:
    """The options as the manifest tells them: of a file its checksum, not where it lies, and no key."""
    roster = describe_file(options.roster, "roster", work.check) if options.roster else None
    chosen = asdict(options) | {"rules": "own" if options.rules else "default", "roster": roster}
    return chosen | {"pseudonymised": bool(chosen.pop("pseudonym_key"))}
