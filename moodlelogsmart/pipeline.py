"""From exported Moodle logs to the enriched event log: the stages in order."""

import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from moodlelogsmart.analysis.tables import find_tables
from moodlelogsmart.export import manifest, xlsx
from moodlelogsmart.export.results import COMPARISON, RESULT_FILES, TEMPLATE, write_results, write_template
from moodlelogsmart.meaning import classify, clean, identify, log, pseudonyms, sessions
from moodlelogsmart.meaning.categories import load_categories
from moodlelogsmart.meaning.corrections import Corrections, corrections_of
from moodlelogsmart.meaning.filters import NAMED, apply_filters, filtered_by, offered
from moodlelogsmart.meaning.grades import load_grades
from moodlelogsmart.meaning.groups import load_groups
from moodlelogsmart.meaning.matching import make_lists
from moodlelogsmart.meaning.roster import correct_people, corrected_people, load_roster
from moodlelogsmart.meaning.rules import DEFAULT_FILE, RuleSet, load_rules
from moodlelogsmart.messages import BesideError, LogError, MachineError, Message, file_name
from moodlelogsmart.messages import named as naming
from moodlelogsmart.options import OF_LOG, Options
from moodlelogsmart.reading import clock
from moodlelogsmart.reading.content import looks_like_time
from moodlelogsmart.reading.model import GIVEN, NOTHING_TOLD, UNKNOWN, UTC, FileReading, Part, Reading
from moodlelogsmart.reading.odd_times import with_odd_times
from moodlelogsmart.reading.raw import load_logs
from moodlelogsmart.reading.sources import Source
from moodlelogsmart.report.comparison import distinct
from moodlelogsmart.report.excerpt import OFFERED, as_csv, find_excerpt
from moodlelogsmart.report.learners import write_learners
from moodlelogsmart.report.people import write_people
from moodlelogsmart.report.summary import Compared, Summary, count
from moodlelogsmart.workspace import Limits, Stop, Workspace, open_workspace

# The stages a person sees, with the progress at which each begins.
STAGES = {
    "read": (10, Message("Reading the file")),
    "clock": (30, Message("Reading the dates")),
    "identify": (40, Message("Finding out who did what")),
    "clean": (50, Message("Telling learners from staff")),
    "classify": (55, Message("Classifying what they did")),
    "export": (70, Message("Writing report and files")),
    "save": (95, Message("Almost done")),
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
    compare: Sequence[Path | str] = (),
    lists: Mapping[str, str] | None = None,
) -> Summary:
    """Read the logs in the files `inputs` and write RESULT_FILES: all of them, or none.

        process("log.csv", Options(timezone="America/Sao_Paulo"), "results.zip")

    They go into the folder `out` where there is one, else into a ZIP of that name, packed while they are made.
    `progress(percent, stage)` is called at the start of each stage; `stop` ends the work from another thread. Nothing
    is guessed of what `reading` tells of the logs. `names` are what the inputs are called, '' where nobody knows, and
    `lists` the same of the lists beside them, by their options; without them the last parts of their paths. Everybody
    in them is written into the file `people` as well. Each file of `compare` is another log, which is read by the same
    options, and its figures are set beside those of the inputs.

    Raises LogError with a sentence for the user, Stopped after a stop.
    """
    named = _named(_paths(inputs), names)
    out, asked = Path(out), _asked(options, reading or Reading(), lists)
    parent = out if out.is_dir() else out.parent
    for path in [out / name for name in (*RESULT_FILES, COMPARISON)] if out.is_dir() else [out]:
        path.unlink(missing_ok=True)

    def begin(stage: str) -> None:
        progress(STAGES[stage][0], stage)

    def part(share: float) -> None:
        first, last = STAGES["export"][0], STAGES["save"][0]
        progress(first + round(share * (last - first)), "export")

    with _opened(named, asked, parent, limits or Limits(), stop or Stop(), begin, people, compare) as run:
        target, packed = run.work.folder / "results", not out.is_dir()
        files = run.write(target, packed, done=part, last=True)
        begin("save")
        run.work.check()
        for path in [target] if packed else target.iterdir():
            path.rename(out if packed else out / path.name)
    return replace(run.summary, files=files)


@dataclass(frozen=True)
class Run:
    """Logs that were read, with all that came of them, in the workspace where it lies; nothing is written yet.

    `size` is that of the logs in bytes; `count` finds `summary` and `facts`, once one of them is asked for.
    """

    work: Workspace
    options: Options
    size: int
    count: Callable[[], tuple[Summary, dict[str, Any]]]

    @cached_property
    def _counted(self) -> tuple[Summary, dict[str, Any]]:
        return self.count()

    @property
    def summary(self) -> Summary:
        """All figures of the report."""
        return self._counted[0]

    @property
    def facts(self) -> dict[str, Any]:
        """What the manifest tells beside the files."""
        return self._counted[1]

    def write(
        self,
        target: Path,
        packed: bool = False,
        formats: Collection[str] = (),
        done: Callable[[float], None] = lambda share: None,
        last: bool = False,
    ) -> list[dict[str, Any]]:
        """Write the results as export.results.write_results does."""
        return write_results(
            self.work, target, packed, self.summary, self.facts, self.options, self.size, done, formats, last
        )


@contextmanager
def opened(inputs: Path | str | Sequence[Path | str], options: Options, limits: Limits | None = None) -> Iterator[Run]:
    """Read the logs as `process` does, and raises, and keep what came of them as long as the context lasts."""
    paths = _paths(inputs)
    folder, asked = Path(tempfile.gettempdir()), _asked(options, Reading())
    with _opened(_named(paths), asked, folder, limits or Limits(), Stop(), lambda stage: None, None, ()) as run:
        yield run


def _paths(inputs: Path | str | Sequence[Path | str]) -> list[Path]:
    """Raises LogError where there is none."""
    paths = [Path(path) for path in ([inputs] if isinstance(inputs, str | Path) else inputs)]
    if not paths:
        raise LogError("There is no log; name at least one file.")
    return paths


@contextmanager
def _opened(
    named: list[tuple[Path, str]],
    asked: "_Asked",
    folder: Path,
    limits: Limits,
    stop: Stop,
    begin: Callable[[str], None],
    people: Path | None,
    compare: Sequence[Path | str],
) -> Iterator[Run]:
    """All that `process` does before it writes, in a workspace in the folder; the counting is left for who asks."""
    others = [Path(path) for path in compare]
    seen = [_seen(path, folder, asked.options, limits, stop) for path in others]
    with open_workspace(folder, limits, stop) as work:
        read = [(path, f"input {place}") for place, (path, _name) in enumerate(named, start=1)]
        read += [(path, f"compared {place}") for place, path in enumerate(others, start=1)]
        with _described(work, read) as described:
            meant = _meant(work, named, asked, begin)
            options = replace(asked.options, title=meant.title)
            asked = replace(asked, options=options)

            def count() -> tuple[Summary, dict[str, Any]]:
                summary = _summed(work, meant, asked, begin, people)
                summary = _side_by_side(summary, options.title, named[0][1], list(zip(seen, others, strict=True)))
                told = [file.result() for file in described]
                names = ["" if asked.key else name for _path, name in named]
                return _with_facts(work, summary, asked, told, names)

            yield Run(work, options, sum(source.path.stat().st_size for source in meant.logs), count)


def _with_facts(
    work: Workspace, summary: Summary, asked: "_Asked", told: list[dict[str, Any]], names: list[str]
) -> tuple[Summary, dict[str, Any]]:
    """The summary with how it was made, and what the manifest tells beside the files; `told` of the logs, of which the
    first have these names."""
    # However it was said: as an option, or in a file of corrections.
    said = replace(asked.options, timezone=asked.corrections.timezone, year=asked.corrections.year)
    if asked.key:
        # A name that is asked for may be that of a person; those of the log are codes by now.
        said = replace(said, **dict[str, Any]({name: tuple(summary.filters.get(name, ())) for name in NAMED}))
    chosen = manifest.chosen(said, bool(asked.key), work.check)
    facts = manifest.facts(told[: len(names)], told[len(names) :], chosen, asked.rules, summary)
    return replace(summary, made=manifest.made(facts, names)), facts


def _seen(path: Path, parent: Path, options: Options, limits: Limits, stop: Stop) -> Summary:
    """What came out of another log by these options. Raises LogError with a sentence that says which log it is."""
    try:
        with open_workspace(parent, limits, stop) as work:
            # What it is called is told once, around the sentence.
            asked = _asked(options, Reading())
            return _summed(work, _meant(work, [(path, "")], asked, lambda stage: None), asked, lambda stage: None, None)
    except (BesideError, MachineError):
        raise
    except LogError as error:
        raise LogError(
            "The log to compare with, %(log)s: %(reason)s", log=file_name(path.name), reason=error.message
        ) from error


def _side_by_side(summary: Summary, title: str, file: str, others: Sequence[tuple[Summary, Path]]) -> Summary:
    """The summary with what stands beside it: its log, which is called by the `title`, its groups and the other logs,
    each by a name of its own. With pseudonyms no file tells it, whose name may be that of a person."""
    files = ["" if summary.disguised else file_name(one) for one in (file, *(path.name for _other, path in others))]
    logs = [title or summary.course, *(other.course for other, _path in others)]
    logs = [name or one or f"log {place}" for place, (name, one) in enumerate(zip(logs, files, strict=True), start=1)]
    groups = [one.name for one in summary.answers.sides[1:]]
    own, *names = distinct([*logs, *groups], [*files, *("" for _ in groups)])
    sides = [
        replace(one, name=name) for one, name in zip(summary.answers.sides, [own, *names[len(others) :]], strict=False)
    ]
    compared = [
        Compared(replace(other.own_side, name=name), other.warnings)
        for (other, _path), name in zip(others, names, strict=False)
    ]
    return replace(summary, answers=replace(summary.answers, sides=sides), compared=compared)


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
    lists: Mapping[str, str] | None = None,
) -> Summary:
    """What is understood of the logs, and what would come out; nothing is written, but for `people` and,
    beside it, the template of labels.

    As `process` is, and raises.
    """
    asked = _asked(options, Reading(), lists)
    with open_workspace(Path(tempfile.gettempdir()), limits or Limits(), Stop()) as work:

        def begin(stage: str) -> None:
            if stage != "export":
                progress(STAGES[stage][0], stage)

        summary = _summed(work, _meant(work, _named(paths, names), asked, begin), asked, begin, people)
        if people:
            write_template(work, people.with_name(TEMPLATE))
        return summary


@dataclass(frozen=True)
class _Asked:
    """What a person wants: the options, with what they name read; `reading` is what is told of the logs, `lists` what
    the lists beside them are called."""

    options: Options
    corrections: Corrections
    rules: RuleSet
    key: str
    reading: Reading
    lists: Mapping[str, str]


def _asked(options: Options, reading: Reading, lists: Mapping[str, str] | None = None) -> _Asked:
    """Raises LogError for what cannot be."""
    if lists is None:
        lists = {name: path.name for name, path in options.files.items()}
    with naming(lists.get("corrections", "")):
        corrections = corrections_of(options)
    with naming(lists.get("key", "")):
        key = _key(options)
    with naming(lists.get("rules", "")):
        rules = load_rules(options.rules or DEFAULT_FILE).after(corrections.rules(disguised=bool(key)))
    return _Asked(options, corrections, rules, key, _told(reading, corrections, options.assumed_timezone), lists)


def _named(paths: Sequence[Path], names: Sequence[str] | None = None) -> list[tuple[Path, str]]:
    """The files, each with what it is called."""
    called = [path.name for path in paths] if names is None else names
    return list(zip(paths, called, strict=True))


@dataclass(frozen=True)
class _Meant:
    """Logs whose events have their meaning, in the view `log`; `excerpt` of the kinds without a rule; the `title` of
    the result as its files may show it."""

    logs: list[Source]
    reading: Reading
    excerpt: list[dict[str, Any]]
    title: str


def _meant(work: Workspace, named: Sequence[tuple[Path, str]], asked: _Asked, begin: Callable[[str], None]) -> _Meant:
    """All stages up to the events as the files have them."""
    logs, reading = _understand(work, named, asked, begin)
    excerpt = find_excerpt(work, unknown=True, most=OFFERED)
    title = asked.options.title
    if asked.key:
        title = pseudonyms.disguise(work, asked.key, title)
        # The name of a file may be that of a person.
        shown = tuple(file.without_people(looks_like_time) for file in reading.files)
        reading = replace(reading, files=shown, files_left_out=("",) * len(reading.files_left_out))
    log.order_log(work, asked.options.case)
    return _Meant(logs, reading, excerpt, title)


def _summed(
    work: Workspace, meant: _Meant, asked: _Asked, begin: Callable[[str], None], people: Path | None
) -> Summary:
    """What came out of the logs, as far as the results tell it; everybody in them is written to `people`."""
    find_tables(work, asked.options.session_gap)
    begin("export")
    # As is that of a list.
    lists = {name: file_name(called) for name, called in asked.lists.items() if called and not asked.key}
    summary = count(work, asked.rules, meant.reading, xlsx.EVENT_LIMIT, lists)
    if people:
        write_people(work, people)
        write_learners(work, people, summary.figures.unit)
    return replace(
        summary,
        excerpt=meant.excerpt,
        corrections=_corrected(work, asked.corrections, bool(asked.key)),
        disguised=bool(asked.key),
        filters=filtered_by(work, asked.options),
        offered=offered(work),
    )


def _understand(
    work: Workspace, named: Sequence[tuple[Path, str]], asked: _Asked, begin: Callable[[str], None]
) -> tuple[list[Source], Reading]:
    """The stages from files to events with their meaning and sessions: the logs in them, and how they were read."""
    options = asked.options
    begin("read")
    paths, names = zip(*named, strict=True)
    logs, reading = load_logs(work, paths, asked.reading, names)
    begin("clock")
    reading = with_odd_times(work, clock.read_times(work, reading), [log.path for log in logs])
    begin("identify")
    identify.find_events(work, reading.language.value if reading.language.by == GIVEN else "")
    identify.find_people(work)
    begin("clean")
    clean.find_names(work, asked.corrections.learners, asked.key)
    make_lists(work)
    _load_lists(work, asked)
    correct_people(work, asked.corrections, asked.key)
    clean.find_staff(work)
    clean.find_drops(work, options.keep)
    begin("classify")
    newest_first = reading.newest_first.value
    rules = pseudonyms.decoded(work, asked.rules, asked.key) if asked.key else asked.rules
    classify.apply_rules(work, rules)
    classify.apply_context(work, rules, newest_first)
    apply_filters(work, options)
    sessions.find_sessions(work, newest_first, options.session_gap)
    return logs, reading


def _load_lists(work: Workspace, asked: _Asked) -> None:
    """The files beside the log. Raises BesideError with what the file is called."""
    options = asked.options
    try:
        load_roster(work, options.roster)
        load_groups(work, options.groups, options.course)
        load_grades(work, options.grades, options.course)
        load_categories(work, options.labels)
    except BesideError as error:
        error.name(asked.lists.get(error.option, ""))
        raise


def read_log(path: Path | str, reading: Reading | None = None, limits: Limits | None = None) -> Reading:
    """Read a log and say what was understood of it, and how sure that is; nothing is written.

        reading = read_log("log.csv")
        reading.files[0].date_order     # Part(value='dmy', sure=True, by='no other order ... reads the times')

    Nothing is guessed of what `reading` tells of the log already. What comes out can be handed to `process`. Raises
    LogError with a sentence for the user, OSError where the file cannot be opened.
    """
    with open_workspace(Path(tempfile.gettempdir()), limits or Limits(), Stop()) as work:
        told = _told(reading or Reading(), Corrections())
        logs, understood = load_logs(work, [Path(path)], told, [Path(path).name])
        return with_odd_times(work, clock.read_times(work, understood), [log.path for log in logs])


@contextmanager
def _described(work: Workspace, files: Sequence[tuple[Path, str]]) -> Iterator[list[Future[dict[str, Any]]]]:
    """The files as the manifest tells and calls them, found out beside what reads them, which leaves time for it."""
    with ThreadPoolExecutor(1) as pool:
        yield [pool.submit(manifest.describe_file, path, name, work.check) for path, name in files]


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
    return replace(
        reading,
        files=files,
        of_log={**said.of_log, **reading.of_log},
        language=_sure_or_said(reading.language, said.language),
        newest_first=_sure_or_said(reading.newest_first, said.newest_first),
        timezone=reading.timezone if reading.timezone.sure else zone,
    )


def _sure_or_said(part: Part[Any], said: Part[Any]) -> Part[Any]:
    return said if said.is_known and not part.sure else part


def _file_told(file: FileReading, said: FileReading) -> FileReading:
    """A file's reading with what a person said of each part, but for those of which it is sure."""
    parts: dict[str, Any] = {name: _sure_or_said(getattr(file, name), getattr(said, name)) for name in OF_LOG}
    columns = {name: part for name, part in said.columns.items() if not (file.columns.get(name) or UNKNOWN).sure}
    return replace(file, columns={**file.columns, **columns}, **parts)


def _corrected(work: Workspace, corrections: Corrections, disguised: bool) -> dict[str, Any]:
    """The corrections as the results tell them; `disguised` by codes, and without who is not in the log."""
    meanings = dict(corrections.meanings)
    if disguised and meanings:
        keys = pseudonyms.disguised_meanings(work, list(meanings))
        meanings = dict(sorted((keys[key], meaning) for key, meaning in meanings.items() if key in keys))
    staff, learners = (tuple(corrected_people(work, role, disguised)) for role in ("staff", "learner"))
    return replace(corrections, meanings=meanings, staff=staff, learners=learners).told()
