"""`moodlelogsmart.read`: a log as an object, for notebooks and programs."""

import tempfile
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from moodlelogsmart.export import parquet
from moodlelogsmart.export.results import RESULT_FILES, format_of, more_columns
from moodlelogsmart.messages import LogError
from moodlelogsmart.options import Options, entries
from moodlelogsmart.pipeline import Run, opened
from moodlelogsmart.reading.model import Reading
from moodlelogsmart.report import page
from moodlelogsmart.report.summary import Summary
from moodlelogsmart.workspace import Limits

if TYPE_CHECKING:
    import pandas
    import polars

_BATCH = 65_536  # events that `Log.events` holds at a time
FORMATS = tuple(dict.fromkeys(map(format_of, RESULT_FILES)))


def read(path: Path | str | Sequence[Path | str], *, limits: Limits | None = None, **options: Any) -> "Log":
    """Read a log, or several files of one, and say what learners did.

        with read("log.csv", timezone="America/Sao_Paulo", columns={"time": 3}, staff=["47"]) as log:
            log.to_pandas()

    The `options` are those of the command, by their names with `_`: corrections of what was understood, such as
    `date_order="mdy"`, and choices, such as `case="session"`; `columns` and `meanings` may be a dict, `staff`,
    `learners` and other lists any sequence of texts. `limits`: the memory in MB and the threads that may be used.
    The events lie in a temporary folder until the log is closed, by `with`, by `close()`, or with the object itself.

    Raises LogError for a log that cannot be read, with one sentence that says what to do (of its kinds, Unclear where
    the columns or the year must be told, NoLog for another kind of file, OptionError for an option that cannot be),
    TypeError for an option that there is not, OSError where the file cannot be opened.
    """
    several = {entry.name for entry in entries() if entry.kind in ("texts", "choices")}
    told: dict[str, Any] = {name: _as_texts(one) if name in several else one for name, one in options.items()}
    return Log(path, Options(**told), limits)


def _as_texts(value: Any) -> tuple[Any, ...]:
    """As Options has what can be several: pairs and other texts in a tuple."""
    if isinstance(value, Mapping):
        return tuple(f"{name}={one}" for name, one in value.items())
    return (value,) if isinstance(value, str) else tuple(value)


class Log:
    """A log that was read: what was understood of it, what came of it, and its events and tables.

    `reading` says what each part was taken for, how sure that is and why; `summary` has all figures of the report.
    Tables come as Arrow; `to_pandas`, `to_polars` and `to_pm4py` need these packages (extras of the same names).
    """

    def __init__(self, path: Path | str | Sequence[Path | str], options: Options, limits: Limits | None) -> None:
        self._open = ExitStack()
        self._options = options
        self._run: Run = self._open.enter_context(opened(path, options, limits))
        self._summary = self._run.summary

    @property
    def reading(self) -> Reading:
        """What was understood of the log."""
        return self.summary.reading

    @property
    def summary(self) -> Summary:
        """All figures of the report."""
        return self._summary

    def events(self) -> pa.RecordBatchReader:
        """The events in their order, some ten thousand at a time: the columns of enriched_log.csv, with `time` as a
        point in time, `is_active` as a truth value, what is empty as null."""
        file = pq.ParquetFile(self._events)
        return pa.RecordBatchReader.from_batches(file.schema_arrow, file.iter_batches(_BATCH))

    def table(self) -> pa.Table:
        """All events at once, as `events` has them."""
        return self.events().read_all()

    def learners(self) -> pa.Table:
        """A row for each learner: the columns of learners.csv."""
        return self._analysis("learners")

    def activities(self) -> pa.Table:
        """A row for each element of the course: the columns of activities.csv."""
        return self._analysis("activities")

    def to_pandas(self) -> "pandas.DataFrame":
        """All events as a pandas.DataFrame. Raises ImportError where pandas is missing."""
        return self.table().to_pandas()

    def to_polars(self) -> "polars.DataFrame":
        """All events as a polars.DataFrame. Raises ImportError where polars is missing."""
        import polars

        return polars.DataFrame(self.table())

    def to_pm4py(self) -> "pandas.DataFrame":
        """All events as PM4Py takes them: a case is that of the option `case`, an activity the `activity_type`.

        Raises ImportError where PM4Py is missing.
        """
        import pm4py

        frame: pandas.DataFrame = pm4py.format_dataframe(
            self.to_pandas(), case_id="case_id", activity_key="activity_type", timestamp_key="time"
        )
        return frame

    def write(self, folder: Path | str, formats: Collection[str] = ()) -> list[Path]:
        """Write the results into a folder, which is made where it is missing: their paths.

        `formats`: only files of these, as in `("csv", "xes")`; which there are says FORMATS. Each is there whole or not
        at all. Raises LogError for a format that there is not, OSError.
        """
        unknown = sorted(set(formats) - set(FORMATS))
        if unknown:
            raise LogError(
                "There are no results as %(format)s; the formats are %(known)s.",
                format=unknown[0],
                known=", ".join(FORMATS),
            )
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as aside:
            files = self._run.write(Path(aside) / "results", formats=formats)
            for file in files:
                (Path(aside) / "results" / file["name"]).replace(folder / file["name"])
        return [folder / file["name"] for file in files]

    def close(self) -> None:
        """Delete what lies in the temporary folder; afterwards only `reading` and `summary` are left."""
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        summary = self.summary
        return f"<Log learners={summary.learners} events={summary.events_kept}>"

    def _repr_html_(self) -> str:
        """The report in short, for notebooks."""
        return page.short(self.summary.shown(), self._options.language, self._options.title)

    @cached_property
    def _events(self) -> Path:
        """The events as Parquet, made when they are first asked for."""
        return parquet.written(self._run.work, more_columns(self._options))

    def _analysis(self, name: str) -> pa.Table:
        return pq.read_table(parquet.table(self._run.work, name))
