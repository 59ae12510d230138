"""From exported Moodle logs to the enriched event log: the stages in order."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from moodlelogsmart.export import manifest, xlsx
from moodlelogsmart.export.results import RESULT_FILES, write_results
from moodlelogsmart.meaning import classify, clean, identify, log, pseudonyms, sessions
from moodlelogsmart.meaning.corrections import Corrections, corrections_of
from moodlelogsmart.meaning.roster import correct_people, corrected_people, load_roster
from moodlelogsmart.meaning.rules import DEFAULT_FILE, RuleSet, load_rules
from moodlelogsmart.messages import LogError, Message
from moodlelogsmart.options import Options
from moodlelogsmart.reading import clock
from moodlelogsmart.reading.model import NOTHING_TOLD, UNKNOWN, UTC, FileReading, Part, Reading
from moodlelogsmart.reading.raw import load_logs
from moodlelogsmart.reading.sources import Source
from moodlelogsmart.report.excerpt import OFFERED, as_csv, find_excerpt
from moodlelogsmart.report.people import write_people
from moodlelogsmart.report.summary import Summary, count
from moodlelogsmart.workspace import Limits, Stop, Workspace, open_workspace

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

_OPTION = Message("the option; no log tells its zone")
_NO_ZONE = Message("nothing; no log tells its zone")
_OFFERED = Message("the language of the page; no log tells its zone")

Progress = Callable[[int, str], None]


def process(
    inputs: Path | str | Sequence[Path | str],
    options: Options,
    out: Path | str,
    progress: Progress = lambda percent, stage: None,
    limits: Limits | None = None,
    stop: Stop | None = None,
    reading: Reading | None = None,
    names: Sequence[str] | None = None,
    people: Path | None = None,
) -> Summary:
    """Read the logs in the files `inputs` and write RESULT_FILES: all of them, or none.

        process("log.csv", Options(timezone="America/Sao_Paulo"), "results.zip")

    They go into the folder `out` where there is one, else into a ZIP of that name, packed while they are made.
    `progress(percent, stage)` is called at the start of each stage; `stop` ends the work from another thread. Nothing
    is guessed of what `reading` tells of the logs. `names` are what the inputs are called, '' where nobody knows;
    without them the last parts of their paths. Everybody in them is written into the file `people` as well.

    Raises LogError with a sentence for the user, Stopped after a stop.
    """
    paths = [Path(path) for path in ([inputs] if isinstance(inputs, str | Path) else inputs)]
    if not paths:
        raise LogError("There is no log; name at least one file.")
    out, asked = Path(out), _asked(options, reading or Reading())
    named = _named(paths, names)
    parent = out if out.is_dir() else out.parent
    for path in [out / name for name in RESULT_FILES] if out.is_dir() else [out]:
        path.unlink(missing_ok=True)
    with open_workspace(parent, limits or Limits(), stop or Stop()) as work:

        def begin(stage: str) -> None:
            progress(STAGES[stage][0], stage)

        def part(share: float) -> None:
            first, last = STAGES["export"][0], STAGES["save"][0]
            progress(first + round(share * (last - first)), "export")

        with _described(work, paths) as described:
            logs, summary = _summed(work, named, asked, begin, people)
        target, packed = work.folder / "results", not out.is_dir()
        # However it was said: as an option, or in a file of corrections.
        said = replace(options, timezone=asked.corrections.timezone, year=asked.corrections.year)
        chosen = manifest.chosen(said, bool(asked.key), work.check)
        facts = manifest.facts([file.result() for file in described], chosen, asked.rules, summary)
        size = sum(source.path.stat().st_size for source in logs)
        files = write_results(work, target, packed, summary, facts, bool(options.keep), options.language, size, part)
        begin("save")
        work.check()
        for path in [target] if packed else target.iterdir():
            path.rename(out if packed else out / path.name)
    return replace(summary, files=files)


def excerpt(path: Path | str, unknown: bool = False, limits: Limits | None = None) -> str:
    """What may be published of a log, as CSV: each kind of event once, with its number of rows, and nothing of anybody.

    `unknown`: only the kept events that no rule names. Raises LogError with a sentence for the user, OSError where the
    file cannot be opened.
    """
    with open_workspace(Path(tempfile.gettempdir()), limits or Limits(), Stop()) as work:
        _understand(work, _named([Path(path)]), _asked(Options(), Reading()), lambda stage: None)
        return as_csv(find_excerpt(work, unknown))


def look_through(
    paths: Sequence[Path],
    options: Options,
    limits: Limits | None = None,
    progress: Progress = lambda percent, stage: None,
    names: Sequence[str] | None = None,
    people: Path | None = None,
) -> Summary:
    """What is understood of the logs, and what would come out; nothing is written, but for `people`.

    As `process` is, and raises.
    """
    asked = _asked(options, Reading())
    with open_workspace(Path(tempfile.gettempdir()), limits or Limits(), Stop()) as work:

        def begin(stage: str) -> None:
            if stage != "export":
                progress(STAGES[stage][0], stage)

        return _summed(work, _named(paths, names), asked, begin, people)[1]


@dataclass(frozen=True)
class _Asked:
    """What a person wants: the options, with what they name read; `reading` is what is told of the logs."""

    options: Options
    corrections: Corrections
    rules: RuleSet
    key: str
    reading: Reading


def _asked(options: Options, reading: Reading) -> _Asked:
    """Raises LogError for what cannot be."""
    corrections = corrections_of(options)
    rules = load_rules(options.rules or DEFAULT_FILE).after(corrections.rules())
    return _Asked(options, corrections, rules, _key(options), _told(reading, corrections, options.assumed_timezone))


def _named(paths: Sequence[Path], names: Sequence[str] | None = None) -> list[tuple[Path, str]]:
    """The files, each with what it is called."""
    called = [path.name for path in paths] if names is None else names
    return list(zip(paths, called, strict=True))


def _summed(
    work: Workspace,
    named: Sequence[tuple[Path, str]],
    asked: _Asked,
    begin: Callable[[str], None],
    people: Path | None,
) -> tuple[list[Source], Summary]:
    """All stages before the results: the logs, and what came out of them; everybody in them is written to `people`."""
    logs, reading = _understand(work, named, asked, begin)
    excerpt = find_excerpt(work, unknown=True, most=OFFERED)
    if asked.key:
        pseudonyms.disguise(work, asked.key)
        # The name of a file may be that of a person.
        shown = tuple(file.without_people() for file in reading.files)
        reading = replace(reading, files=shown, files_left_out=("",) * len(reading.files_left_out))
    log.order_log(work, asked.options.case)
    begin("export")
    summary = count(work, asked.rules, reading, xlsx.EVENT_LIMIT)
    if people:
        write_people(work, people)
    return logs, replace(summary, excerpt=excerpt, corrections=_corrected(work, asked.corrections, bool(asked.key)))


def _understand(
    work: Workspace, named: Sequence[tuple[Path, str]], asked: _Asked, begin: Callable[[str], None]
) -> tuple[list[Source], Reading]:
    """The stages from files to events with their meaning and sessions: the logs in them, and how they were read."""
    options = asked.options
    begin("read")
    paths, names = zip(*named, strict=True)
    logs, reading = load_logs(work, paths, asked.reading, names)
    begin("clock")
    reading = clock.read_times(work, reading)
    begin("identify")
    identify.find_events(work)
    identify.find_people(work)
    begin("clean")
    clean.find_names(work)
    load_roster(work, options.roster)
    correct_people(work, asked.corrections, asked.key)
    clean.find_staff(work)
    clean.find_drops(work, options.keep)
    begin("classify")
    newest_first = reading.newest_first.value
    classify.apply_rules(work, asked.rules)
    classify.apply_context(work, asked.rules, newest_first)
    sessions.find_sessions(work, newest_first, options.session_gap)
    return logs, reading


def read_log(path: Path | str, reading: Reading | None = None, limits: Limits | None = None) -> Reading:
    """Read a log and say what was understood of it, and how sure that is; nothing is written.

        reading = read_log("log.csv")
        reading.files[0].date_order     # Part(value='dmy', sure=True, by='no other order ... reads the times')

    Nothing is guessed of what `reading` tells of the log already. What comes out can be handed to `process`. Raises
    LogError with a sentence for the user, OSError where the file cannot be opened.
    """
    with open_workspace(Path(tempfile.gettempdir()), limits or Limits(), Stop()) as work:
        told = _told(reading or Reading(), Corrections())
        _logs, understood = load_logs(work, [Path(path)], told, [Path(path).name])
        return clock.read_times(work, understood)


@contextmanager
def _described(work: Workspace, inputs: Sequence[Path]) -> Iterator[list[Future[dict[str, Any]]]]:
    """The files as the manifest tells them, found out beside what reads them, which leaves time for it."""
    with ThreadPoolExecutor(1) as pool:
        yield [
            pool.submit(manifest.describe_file, path, f"input {place}", work.check)
            for place, path in enumerate(inputs, start=1)
        ]


def _key(options: Options) -> str:
    """The key of the pseudonyms that were asked for; '' for none. Raises LogError where there is no key for them."""
    if options.pseudonym_key:
        return pseudonyms.checked_key(options.pseudonym_key)
    key = pseudonyms.read_key(options.key) if options.key else ""
    if options.pseudonyms and not key:
        raise LogError("There is no key for the pseudonyms; name the file of one as the option “key”.")
    return key


def _told(reading: Reading, corrections: Corrections, assumed: str = UTC) -> Reading:
    """What is told of the logs: what a reading that was handed in is sure of, else the corrections, else its guesses,
    and of the zone what is `assumed`.

    Raises LogError for a correction that cannot be.
    """
    said = corrections.reading()
    files = tuple(_file_told(file, said.files[0]) for file in reading.files or (NOTHING_TOLD,))
    zone = Part(assumed, False, _NO_ZONE if assumed == UTC else _OFFERED)
    if said.timezone.is_known:
        zone = Part(said.timezone.value, True, _OPTION)
    return replace(reading, files=files, timezone=reading.timezone if reading.timezone.sure else zone)


def _file_told(file: FileReading, said: FileReading) -> FileReading:
    """A file's reading with what a person said of each part, but for those of which it is sure."""
    told = {name: getattr(said, name) for name in ("encoding", "date_order", "year")}
    parts = {name: part for name, part in told.items() if part.is_known and not getattr(file, name).sure}
    columns = {name: part for name, part in said.columns.items() if not (file.columns.get(name) or UNKNOWN).sure}
    return replace(file, columns={**file.columns, **columns}, **parts)


def _corrected(work: Workspace, corrections: Corrections, disguised: bool) -> dict[str, Any]:
    """The corrections as the results tell them; `disguised` by codes, and without who is not in the log."""
    meanings = dict(corrections.meanings)
    if disguised and meanings:
        keys = {key: key.partition("/") for key in meanings}
        events = pseudonyms.disguised_events(work, [event for _module, _slash, event in keys.values()])
        meanings = {
            f"{module}/{events[event]}": meanings[key]
            for key, (module, _slash, event) in keys.items()
            if event in events
        }
    staff, learners = (tuple(corrected_people(work, role, disguised)) for role in ("staff", "learner"))
    return replace(corrections, meanings=meanings, staff=staff, learners=learners).told()
