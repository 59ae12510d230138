"""What was understood of a log, how sure and by what; and that nothing is guessed of what is told beforehand."""

import json
from dataclasses import replace

import pytest
from conftest import HEADER, event, log_text, viewed
from dumps import saved, table
from formats import CONTAINERS, course, wrapped
from hypothesis import given as sometimes
from hypothesis import strategies as st

from moodlelogsmart import Options, Reading, process, read_log
from moodlelogsmart.jobs.child import decoded, encoded
from moodlelogsmart.messages import LogError
from moodlelogsmart.reading.columns import COLUMNS, LABEL
from moodlelogsmart.reading.dump import TABLE
from moodlelogsmart.reading.model import CONTENT, GIVEN, UNKNOWN, Column, FileReading, Part, given


@pytest.fixture
def understood(tmp_path):
    """What is understood of a log (text, bytes or rows), with what is told beforehand."""

    def run(log, **told):
        path = tmp_path / "log.csv"
        text = log_text(log) if isinstance(log, list) else log
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_log(path, Reading.given(**told) if told else None)

    return run


@pytest.fixture
def results(tmp_path):
    """The bytes of all results of the log that `understood` has read, with a reading that is handed in."""

    def run(reading=None):
        out = tmp_path / f"out{len(list(tmp_path.iterdir()))}"
        out.mkdir()
        process(tmp_path / "log.csv", Options(), out, reading=reading)
        return {path.name: path.read_bytes() for path in out.iterdir()}

    return run


EXPORTED = [viewed(4, time="17/10/21, 12:39"), viewed(5, time="18/10/21, 12:40")]
EITHER_WAY = [viewed(4, time="03/04/21, 10:00"), viewed(4, time="05/04/21, 10:00")]
YEARLESS = [viewed(4, time="3 Mar, 10:00"), viewed(4, time="5 Mar, 10:00")]


def test_it_tells_every_part_of_a_log_as_moodle_exports_it(understood):
    reading = understood(EXPORTED)
    (file,) = reading.files
    parts = {name: part for name, part in vars(file).items() if isinstance(part, Part) and name != "sheet"}
    assert {name: part.value for name, part in parts.items()} == {
        "kind": "text",
        "form": "report",
        "encoding": "utf-8",
        "delimiter": ",",
        "time_format": "%d/%m/%y %H:%M",
        "date_order": "dmy",
        "year": None,
    }
    assert all(part.sure and part.by for part in parts.values())
    assert file.sheet.value == 0  # of a workbook alone
    assert file.columns["time"] == Part(Column(1, "Time"), True, LABEL)
    assert file.columns["course"].value == Column(0)
    assert set(file.columns) == {*COLUMNS, "date"}
    assert (reading.language.value, reading.newest_first.value, reading.rows) == ("en", False, 2)
    assert (reading.timezone.value, reading.timezone.sure) == ("UTC", False)


UNSURE = {
    "the order of day and month": (EITHER_WAY, lambda reading: reading.files[0].date_order, "dmy"),
    "the year": (YEARLESS, lambda reading: reading.files[0].year, None),
    "a column without a known name": (
        log_text([row | {"Qvoth": row["Time"]} for row in EXPORTED], ["Qvoth", *HEADER[1:]]),
        lambda reading: reading.files[0].columns["time"],
        Column(1, "Qvoth"),
    ),
    "a column with nearly a known name": (
        log_text([row | {"Descriptoin": row["Description"]} for row in EXPORTED], [*HEADER[:6], "Descriptoin"]),
        lambda reading: reading.files[0].columns["description"],
        Column(7, "Descriptoin"),
    ),
    "letters that only look right": (
        log_text([viewed(4, name="Zoë Ção")], HEADER).encode("cp1252"),
        lambda reading: reading.files[0].encoding,
        None,
    ),
}


@pytest.mark.parametrize("case", UNSURE)
def test_what_is_only_likely_is_not_sure(understood, case):
    log, part, value = UNSURE[case]
    found = part(understood(log))
    assert not found.sure
    assert found.by
    assert value is None or found.value == value


@pytest.mark.parametrize(
    ("log", "form"),
    [
        (log_text(EXPORTED), "report"),
        (saved(table(), TABLE), "table"),
        (saved(table()), "table"),
        (
            "Course,Time,IP address,User full name,Action,Information\nC,2014 July 10 12:35,10.0.0.1,A B,quiz view,x\n",
            "legacy",
        ),
    ],
)
def test_it_tells_the_form_of_a_log(understood, log, form):
    assert understood(log).files[0].form.value == form


def test_rows_that_could_not_be_read_are_among_the_rows(understood):
    assert understood(log_text(EXPORTED) + "a,b\n").rows == 3


# For each part: a log of which it is guessed wrong or unsurely, what is told, and what then comes out.
TOLD = {
    "columns by number": (
        log_text([row | {"Sent": "01/01/20, 00:00"} for row in EXPORTED], ["Time", "Sent", *HEADER[1:]]),
        {"columns": {"time": 2}},
        "2020-01-01T00:00:00",
    ),
    "columns by label": (
        log_text([row | {"Sent": "01/01/20, 00:00"} for row in EXPORTED], ["Time", "Sent", *HEADER[1:]]),
        {"columns": {"time": "sent"}},
        "2020-01-01T00:00:00",
    ),
    "date_order": (log_text(EITHER_WAY), {"date_order": "mdy"}, "2021-03-04T10:00:00"),
    "time_format": (log_text(EITHER_WAY), {"time_format": "%m/%d/%y %H:%M"}, "2021-03-04T10:00:00"),
    "year": (log_text(YEARLESS), {"year": 2019}, "2019-03-03T10:00:00"),
    "timezone": (log_text(EXPORTED), {"timezone": "America/Sao_Paulo"}, "2021-10-17T15:39:00"),
}


@pytest.mark.parametrize("case", TOLD)
def test_what_is_told_of_the_times_is_not_guessed(clock_of, case):
    log, told, first = TOLD[case]
    assert clock_of(log)[0][0] != first
    assert clock_of(log, **told)[0][0] == first


def test_the_encoding_that_is_told_is_not_guessed(read):
    log = log_text([viewed(4, name="Иван")]).encode("cp1251")
    names = [read(log, **told)[0][0]["user_full_name"] for told in ({}, {"encoding": "windows-1251"})]
    assert names[0] != "Иван" == names[1]


def test_the_delimiter_that_is_told_is_not_guessed(understood):
    log = "Time;Description|When|What\n17/10/21 12:39;x|17/10/21 12:40|The user with id '4' viewed the course.\n"
    with pytest.raises(LogError):
        understood(log, columns={"time": 2, "description": 3})
    reading = understood(log, delimiter="|", columns={"time": 2, "description": 3})
    assert reading.files[0].delimiter == Part("|", True, GIVEN)
    assert reading.files[0].time_format.value == "%d/%m/%y %H:%M"


def test_the_kind_that_is_told_is_not_guessed(understood):
    log = log_text([row | {"[]": "-"} for row in EXPORTED], ["[]", *HEADER])
    guessed, told = understood(log).files[0], understood(log, kind="text").files[0]
    assert (guessed.kind.value, guessed.kind.sure) == ("text", False)
    assert (told.kind, told.labels["time"]) == (given("text"), "Time")


def test_the_form_that_is_told_is_not_guessed(understood):
    header = ["eventname", "userid", "timecreated", "Description"]
    log = saved([[r"\core\event\course_viewed", "5", "1606845939", "The user with id '5' viewed the course."]], header)
    assert understood(log).files[0].form.value == "table"
    told = {"time": 3, "event_name": 1, "description": 4}
    assert understood(log, form="report", columns=told).files[0].labels["time"] == "timecreated"


def test_whether_the_newest_row_is_first_is_not_guessed_where_it_is_told(understood, results):
    """Rows of one minute stand in the order in which they were logged, which the way of the log tells."""
    log = log_text([viewed(4, module, time="17/10/21, 12:39") for module in ("page", "quiz")])
    understood(log)
    first = [results(Reading.given(newest_first=told))["enriched_log.csv"].find(b"'quiz'") for told in (True, False)]
    assert first[0] < first[1]


def test_the_language_that_is_told_is_not_guessed(understood):
    assert understood(EXPORTED).language.value == "en"
    assert understood(EXPORTED, language="pt_br").language == given("pt_br")


def test_a_column_that_the_log_does_not_have_is_not_looked_for(understood):
    reading = understood(EXPORTED, columns={"origin": None})
    assert reading.files[0].columns["origin"] == given(Column(0))
    assert understood(EXPORTED).files[0].columns["origin"].value == Column(8, "Origin")


def test_a_column_that_is_told_is_nothing_else(understood):
    reading = understood(EXPORTED, columns={"user_full_name": 3})
    assert reading.files[0].columns["user_full_name"].value == Column(3, "Affected user")
    assert reading.files[0].columns["affected_user"].value.place != 3


def test_a_log_is_read_whose_time_nothing_would_tell(understood, clock_of):
    log = log_text([row | {"Qvoth": row["Time"], "Time": "?"} for row in EXPORTED], [*HEADER, "Qvoth"])
    with pytest.raises(LogError, match="The times of this log cannot be read"):
        understood(log)
    assert clock_of(log, columns={"time": 10})[0][0] == "2021-10-17T12:39:00"


WHOLE = {
    **{name: pack(course()) for name, pack in CONTAINERS.items()},
    "a table": saved(table(), TABLE).encode(),
    "a table without a header": saved(table()).encode(),
    "semicolons and old line ends": log_text(EXPORTED, delimiter=";", end="\r").encode(),
    "rows in quotes": wrapped(course()).encode(),
    "another encoding": log_text([viewed(4, name="Zoë")]).encode("cp1252"),
    "a stray byte": log_text([viewed(4, name="Zoë Ação")] * 9).encode()
    + log_text([viewed(5, name="Zoë")]).encode("cp1252"),
    "utf-16": log_text(EXPORTED).encode("utf-16"),
    "either way": log_text(EITHER_WAY).encode(),
    "no year": log_text(YEARLESS).encode(),
}


@pytest.mark.parametrize("case", WHOLE)
def test_a_whole_reading_that_is_handed_in_is_what_is_read_again(read, case):
    rows, reading = read(WHOLE[case])
    again, found = read(WHOLE[case], reading=reading)
    assert again == rows
    assert (found.detected, without_reasons(found)) == (reading.detected, without_reasons(reading))


def without_reasons(reading):
    """What was understood of each file, and whether that is sure."""
    return [
        {name: (part.value, part.sure) if isinstance(part, Part) else part for name, part in vars(file).items()}
        for file in reading.files
    ]


def test_a_whole_reading_that_is_handed_in_gives_the_same_bytes(understood, results):
    for case in ("csv", "a stray byte", "no year"):
        reading = understood(WHOLE[case])
        assert results(reading) == results()


def test_nothing_at_all_is_guessed_of_a_whole_reading(understood, clock_of, monkeypatch):
    reading = understood(EXPORTED)

    def guess(*_arguments, **_more):
        raise AssertionError("guessed")

    for place in (
        "columns.find_by_content",
        "columns._nearly",
        "time_format._count_read",
        "time_format._misfit",
        "raw.find_language",
    ):
        monkeypatch.setattr(f"moodlelogsmart.reading.{place}", guess)
    assert clock_of(EXPORTED, reading=reading)[0][0] == "2021-10-17T12:39:00"


def test_what_a_reading_only_guessed_gives_way_to_an_option(understood, enrich):
    reading = understood(YEARLESS)
    result = enrich(YEARLESS, year=2019, timezone="America/Sao_Paulo", reading=reading)
    assert result.events[0]["time"] == "2019-03-03T10:00:00-03:00"
    assert not {"year_guessed", "timezone_assumed"} & set(result.warned)


def test_the_form_of_times_that_is_told_tells_the_order_too(understood):
    file = understood(EXPORTED, time_format="%d/%m/%y %H:%M", date_order="mdy").files[0]
    assert file.date_order.value == "dmy"


def test_one_reading_holds_for_every_log_of_a_job(tmp_path, enrich):
    result = enrich(EITHER_WAY, [viewed(5, time="06/04/21, 10:00")], reading=Reading.given(date_order="mdy"))
    assert {row["time"][:7] for row in result.events} == {"2021-03", "2021-05", "2021-06"}


def test_each_log_of_a_job_can_have_a_reading_of_its_own(enrich):
    orders = [FileReading(date_order=given(order)) for order in ("dmy", "mdy")]
    result = enrich(EITHER_WAY, [viewed(5, time="06/04/21, 10:00")], reading=Reading(files=tuple(orders)))
    assert {row["time"][:7] for row in result.events} == {"2021-04", "2021-06"}


def test_readings_of_another_number_of_logs_are_refused(enrich):
    with pytest.raises(LogError, match=r"another number of logs \(2\) than there are \(3\)"):
        enrich(EITHER_WAY, EITHER_WAY, EITHER_WAY, reading=Reading(files=(FileReading(), FileReading())))


WRONG = {
    "date_order": ("ydm", "date_order of a log is one of 'dmy', 'mdy', 'ymd'"),
    "kind": ("pdf", "kind of a log is one of"),
    "form": ("x", "form of a log is one of"),
    "delimiter": ("::", "delimiter of a log is one of"),
    "encoding": ("klingon", "The encoding 'klingon' is not known"),
    "timezone": ("Mars/Olympus", "This time zone is not known"),
    "year": (1492, "The year of the newest event must be from 1990 to 2099"),
}


@pytest.mark.parametrize("part", WRONG)
def test_it_refuses_what_a_part_cannot_be(part):
    value, sentence = WRONG[part]
    with pytest.raises(LogError, match=sentence):
        Reading.given(**{part: value})


@pytest.mark.parametrize(
    "told",
    [
        {"kind": 5},
        {"date_order": ["dmy"]},
        {"time_format": 7},
        {"encoding": 5},
        {"language": 5},
        {"newest_first": "no"},
        {"columns": ["time"]},
        {"columns": {5: 1}},
        {"columns": {"time": 1.5}},
        {"columns": {"time": True}},
    ],
)
def test_it_refuses_what_is_of_another_type(told):
    with pytest.raises(LogError):
        Reading.given(**told)


@pytest.mark.parametrize("encoding", ["base64", "hex", "rot13", "\0", ""])
def test_it_refuses_an_encoding_that_is_none_of_text(encoding):
    with pytest.raises(LogError, match="is not known"):
        Reading.given(encoding=encoding)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"columns": {"time": 10}}, "The last column of the log is number 9, so time cannot be number 10"),
        ({"columns": {"time": -1}}, "cannot be number -1"),
        ({"columns": {"time": "Zeit"}}, "The log has no column “Zeit”, which was told to be time"),
        ({"columns": {"time": 1, "description": 1}}, "Column 1 cannot be both time and description"),
        ({"encoding": "utf-16"}, "The log cannot be read in the encoding utf-16"),
        ({"columns": {"mood": 1}}, "No column is called mood here"),
        ({"time_format": "'); drop table raw; --"}, "are not known"),
        ({"form": "table"}, "is a table of Moodle's events and needs the columns eventname, timecreated, userid"),
        ({"columns": {"time": 2}}, "The times of this log cannot be read"),
    ],
)
def test_it_refuses_what_does_not_fit_the_log(understood, told, sentence):
    with pytest.raises(LogError, match=sentence.replace("(", r"\(")):
        understood(EXPORTED, **told)


parts = st.builds(Part, st.text(), st.booleans(), st.sampled_from([LABEL, CONTENT, GIVEN]))


@sometimes(
    st.builds(FileReading, kind=parts, encoding=parts, letters_lost=st.integers(0, 9), rows=st.integers(0, 10**9))
)
def test_a_reading_comes_back_from_the_process_of_its_job_as_it_was(file):
    reading = Reading((replace(file, columns={"time": given(Column(3, "Zeit"))}),), newest_first=given(True))
    assert decoded(encoded(reading), Reading) == reading


def test_what_is_found_is_never_known_beforehand():
    assert not UNKNOWN.is_known
    assert given(None).is_known


def test_the_manifest_is_written_from_the_reading(understood, results):
    reading = understood(EXPORTED)
    told = json.loads(results()["manifest.json"])["detected"]
    assert told == {**reading.detected, "actors_from_description": 1.0}


def test_a_log_with_one_event_has_a_reading(understood):
    assert understood([event("The user with id '4' viewed the course with id '2'.")]).rows == 1
