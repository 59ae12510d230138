"""What a person says of a log counts, whatever was understood of it; and it is told, with codes where there are codes."""

import csv
import io
import json
import re

import pytest
import yaml
from conftest import log_text, viewed
from hypothesis import given
from hypothesis import strategies as st

from moodlelogsmart.meaning.corrections import Corrections, as_yaml, by_hand, corrections_of, read_corrections
from moodlelogsmart.meaning.rules import USUAL
from moodlelogsmart.messages import LogError
from moodlelogsmart.options import Options

KEY = "ab" * 32
# Ana Lima, 4, has graded; Bo Silva, 5, has looked.
GRADED = "The user with id '4' has graded the submission '9' for the user with id '5' for the assignment with course module id '7'."
ROWS = [
    ["03/04/21, 09:00", "Ana Lima", "Bo Silva", "Assignment: Essay", "Assignment", "The submission has been graded.", GRADED],
    ["05/04/21, 09:00", "Bo Silva", "-", "Course: Invented", "System", "Course viewed", "The user with id '5' viewed the course with id '2'."],
    ["05/04/21, 10:00", "Bo Silva", "-", "Robot: R*2", "Robot", "Robot [R*2]? seen", "The user with id '5' has seen a robot."],
]  # fmt: skip
HEADER = ["Time", "User full name", "Affected user", "Event context", "Component", "Event name", "Description"]


def text(rows=ROWS, header=HEADER):
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue()


@pytest.fixture
def run(enrich):
    """The results of the log with corrections: the manifest, the rows of the enriched log, and every file."""

    def corrected(log=None, **options):
        result = enrich(text() if log is None else log, **options)
        files = {path.name: path.read_bytes() for path in result.folder.iterdir()}
        return json.loads(files["manifest.json"]), result.events, files

    return corrected


def people(rows):
    return sorted({row["user_full_name"] for row in rows})


@pytest.mark.parametrize("told", ["4", "Ana Lima"])
def test_a_learner_is_one_whatever_the_log_shows(run, told):
    assert people(run()[1]) == ["Bo Silva"]
    manifest, rows, files = run(learners=[told])
    assert people(rows) == ["Ana Lima", "Bo Silva"]
    assert manifest["corrections"] == yaml.safe_load(files["corrections.yaml"]) == {"learners": [told]}


@pytest.mark.parametrize("told", ["=Ana", "'=Ana"])
def test_a_name_is_taken_from_the_file_of_staff_as_it_stands_there(run, told):
    rows = [[ROWS[0][0], "=Ana", *ROWS[0][2:-1], "-"], *ROWS[1:]]
    _manifest, _rows, files = run(text(rows))
    assert "'=Ana" in files["staff.csv"].decode()
    assert people(run(text(rows), learners=[told])[1]) == ["=Ana", "Bo Silva"]


def test_staff_is_staff_whatever_the_log_and_the_list_show(run, tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text("User id,Roles\n4,Student\n5,Student\n")
    assert people(run(roster=roster)[1]) == ["Ana Lima", "Bo Silva"]
    manifest, rows, files = run(roster=roster, staff=["Bo Silva"])
    assert people(rows) == ["Ana Lima"]
    assert files["staff.csv"].decode().splitlines()[1] == "5,Bo Silva,2,correction,0,"
    assert manifest["staff_people"] == 1


def test_a_kind_of_event_means_what_a_person_says(run):
    robot = next(row for row in run()[1] if row["component"] == "Robot")
    assert robot["activity_type"] == "Others"
    for event in ("Robot [R*2]? seen", run()[0]["others"][0]["event"]):
        manifest, rows, _files = run(meanings=[f"robot/{event}=Synthesize"])
        told = next(row for row in rows if row["component"] == "Robot")
        assert (told["activity_type"], told["bloom_level"]) == ("Synthesize", "Create")
        assert told["rule_id"].startswith("own:robot")
        assert "Others" not in manifest["activity_types"]
        assert manifest["corrections"]["meanings"] == {f"robot/{event}": "Synthesize"}


def test_a_meaning_overrules_a_rule_and_leaves_other_events_alone(run):
    rows = run(meanings=["course/course_viewed=Interact", "robot/R*2=View"])[1]
    assert [row["activity_type"] for row in rows] == ["Interact", "Others"]


def test_what_a_person_said_of_dates_columns_encoding_and_zone_is_read_so(run):
    first = run()[1][0]["time"]
    assert first == "2021-04-05T09:00:00+00:00"
    assert run(date_order="mdy")[1][0]["time"] == "2021-05-04T09:00:00+00:00"
    assert run(timezone="America/Sao_Paulo")[1][0]["time"] == "2021-04-05T09:00:00-03:00"
    turned = text(header=[*HEADER[:1], HEADER[2], HEADER[1], *HEADER[3:]])
    assert people(run(turned, columns=["user_full_name=2,affected_user=3"])[1]) == ["Bo Silva"]
    assert people(run(turned, columns=["user_full_name=Affected user", "affected_user=3"])[1]) == ["Bo Silva"]
    assert people(run(text(), columns=["user_full_name=0"])[1]) == [""]
    names = "".join(f"05/04/21, 09:0{n},Zoë,-,Course: Invented,System,Course viewed,The user with id '{n}' viewed the course with id '2'.\n" for n in range(3, 9))  # fmt: skip
    assert people(run(",".join(HEADER) + "\n" + names, encoding="latin-1")[1]) == ["ZoÃ«"]


def test_a_year_is_that_of_the_newest_event(run):
    log = text([["5 April, 09:00", *ROWS[1][1:]], ["6 April, 09:00", *ROWS[2][1:]]])
    assert {row["time"][:4] for row in run(log, year=2019)[1]} == {"2019"}


def test_with_pseudonyms_people_are_codes_which_are_understood_again(run):
    options = {"pseudonyms": "site", "pseudonym_key": KEY}
    manifest, rows, files = run(staff=["Bo Silva", "Carla Souza"], learners=["4"], meanings=["x/Seen by Bo Silva=View"], **options)  # fmt: skip
    told = manifest["corrections"]
    assert [len(told["staff"]), len(told["learners"])] == [1, 1]
    assert re.fullmatch("u[0-9a-f]{12}", told["staff"][0])
    assert [one["figures"] if "figures" in one else one.get("people") for one in manifest["warnings"] if one["code"] == "roster_unmatched"] == [1]  # fmt: skip
    for name, content in files.items():
        assert not re.search(b"Bo Silva|Carla|Ana Lima", content), name
    again, same, _files = run(staff=told["staff"], learners=told["learners"], **options)
    assert again["corrections"] == {"staff": told["staff"], "learners": told["learners"]}
    assert same == rows
    # Without the key a code is nobody.
    assert people(run(staff=told["staff"])[1]) == ["Bo Silva"]


def warned(manifest):
    return [one["text"] for one in manifest["warnings"] if one["code"] == "roster_unmatched"]


def test_who_is_not_in_the_log_is_told_by_name(run):
    manifest = run(staff=["Bo Silva", "Carla Souza"], learners=["77"])[0]
    assert warned(manifest) == [
        "The corrections name people who are not in the log: Carla Souza, 77. A person is named by user number, or as "
        "the log writes the name."
    ]


def test_somebody_who_is_told_to_learn_and_to_teach_is_told_and_left_to_the_log(run, tmp_path):
    manifest, rows, _files = run(staff=["Bo Silva"], learners=["5"])
    assert people(rows) == ["Bo Silva"]
    assert warned(manifest) == [
        "Nobody can both learn and teach, so the corrections changed nothing for people who are named as both, by "
        "number and by name: 5."
    ]
    roster = tmp_path / "roster.csv"
    roster.write_text("User id,Roles\n4,Student\n5,Teacher\n")
    assert people(run(staff=["Bo Silva"], learners=["5", "4"], roster=roster)[1]) == ["Ana Lima"]


@pytest.mark.parametrize("codes", [{}, {"pseudonyms": "site", "pseudonym_key": KEY}])
def test_what_is_said_last_of_a_person_counts_by_whatever_name(run, tmp_path, codes):
    file = tmp_path / "told.yaml"
    file.write_text("staff: [Ana Lima, 5]\n")
    manifest, rows, files = run(corrections=file, learners=["4", "Bo Silva"], **codes)
    assert (len({row["user_id"] for row in rows}), manifest["learners"]) == (2, 2)
    assert warned(manifest) == []
    assert "staff" not in manifest["corrections"]
    assert run(learners=["4", "Bo Silva"], **codes)[2] == files
    # And so does the last of three.
    said = by_hand(Options(corrections=file, learners=["4"]), tmp_path / "corrected")
    _manifest, rows, _files = run(corrections=file, corrected=said.corrected, staff=["Ana Lima"], learners=["5"])
    assert people(rows) == ["Bo Silva"]


def test_a_name_of_several_people_is_told_and_changes_nothing(run):
    log = text(
        [*ROWS, [*ROWS[1][:1], "Bo Silva", *ROWS[1][2:-1], "The user with id '6' viewed the course with id '2'."]]
    )
    manifest, rows, _files = run(log, staff=["Bo Silva"])
    assert people(rows) == ["Bo Silva"]
    assert warned(manifest) == [
        "The corrections hold names that several people have, so they changed nothing: Bo Silva. Name these people by "
        "user number."
    ]
    assert warned(run(log, staff=["6"])[0]) == []


def test_with_pseudonyms_who_is_told_twice_is_a_code_and_other_names_are_counted(run):
    log = text([*ROWS, [*ROWS[1][:1], "Carla Souza", *ROWS[1][2:-1], "The user with id '6' viewed the course with id '2'."],
        [*ROWS[1][:1], "Carla Souza", *ROWS[1][2:-1], "The user with id '7' viewed the course with id '2'."]])  # fmt: skip
    options = {"pseudonyms": "site", "pseudonym_key": KEY}
    manifest, _rows, files = run(log, staff=["Bo Silva", "Carla Souza"], learners=["5"], **options)
    several, both = warned(manifest)
    assert several.startswith("Names in the corrections that several people have, so that they changed nothing: 1.")
    assert re.search(r"by number and by name: u[0-9a-f]{12}\.$", both)
    assert "corrections" not in manifest or manifest["corrections"] == {}
    for name, content in files.items():
        assert not re.search(b"Bo Silva|Carla", content), name


def test_a_file_of_corrections_does_what_the_options_do(run, tmp_path):
    said = {"learners": ["Ana Lima"], "date_order": "mdy", "meanings": ["robot/Robot [R*2]? seen=View"]}
    _manifest, _rows, files = run(**said)
    file = tmp_path / "corrections.yaml"
    file.write_bytes(files["corrections.yaml"])
    assert run(corrections=file)[2] == files


def test_in_whatever_order_and_how_often_they_are_said_they_give_the_same_bytes(run):
    log = text(
        [*ROWS, *(["06/04/21, 09:00", f"Person {n}", "-", "Robot: R", "Robot", f"Robot {n}", "-"] for n in (2, 10))]
    )
    said = {
        "columns": ["affected_user=2", "user_full_name=3"],
        "staff": ["Person 10", "Person 2", "5"],
        "meanings": ["robot/robot_10=View", "robot/Robot 2=Synthesize"],
    }
    turned = {name: [*values[::-1], values[0]] for name, values in said.items()}
    assert run(log, **said)[2] == run(log, **turned)[2]


def test_what_is_said_now_counts_before_a_file(tmp_path):
    file = tmp_path / "corrections.yaml"
    file.write_text("staff: [4, Bo]\nlearners: [7]\ndate_order: dmy\nyear: 2020\ncolumns: {time: 3, origin: 4}\n")
    options = Options(corrections=file, learners=["4"], staff=["7"], date_order="mdy", columns=["time=1"])
    assert corrections_of(options) == Corrections(
        columns={"time": 1, "origin": 4}, date_order="mdy", year=2020, staff=("7", "Bo"), learners=("4",)
    )


def test_what_a_page_corrects_stands_in_a_file_and_names_nobody_elsewhere(tmp_path):
    options = Options(staff=["Bo Silva"], date_order="mdy", year=2020)
    kept = by_hand(options, tmp_path / "corrected")
    assert "Bo Silva" not in repr(kept)
    assert corrections_of(kept) == corrections_of(options)
    assert by_hand(Options(year=2020), tmp_path / "none") == Options(year=2020)
    assert not (tmp_path / "none").exists()


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(
    st.builds(
        Corrections,
        columns=st.dictionaries(
            st.sampled_from(["time", "origin"]), WORDS.filter(lambda text: text.strip()), max_size=1
        ),
        date_order=st.sampled_from([None, "dmy", "ymd"]),
        year=st.sampled_from([None, 1990, 2099]),
        staff=st.lists(WORDS, unique=True, max_size=5).map(tuple),
        meanings=st.dictionaries(WORDS.map("quiz/{}".format), st.sampled_from(sorted(USUAL)), max_size=5),
    )
)
def test_any_corrections_can_be_written_and_read_again(tmp_path_factory, told):
    file = tmp_path_factory.mktemp("file") / "corrections.yaml"
    file.write_bytes(as_yaml(told.told()))
    assert read_corrections(file) == told


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("columns: 3", "“columns” in the corrections"),
        ("foo: 1", "“foo” in the corrections"),
        ("staff: [true]", "“staff” in the corrections"),
        ("meanings: {a/b: X}", "“meanings” in the corrections"),
        ("columns: {foo: 1}", "There is no column “foo”"),
        ("columns: {time: 1, origin: 1}", "cannot be both time and origin"),
        ("date_order: zz", "The order of a date"),
        ("year: 3", "from 1990 to 2099"),
        ("encoding: nope", "The encoding 'nope' is not known"),
        ("timezone: Mars", "time zone is not known"),
        ("x: [", "Line 1 of the corrections"),
        ("- a", "cannot be read"),
        ("a: *b", "cannot be read"),
        ('a: !!int ""', "cannot be read"),
        ("\xff", "cannot be read"),
        ("staff: [" + "4, " * 70_000 + "]", "larger than 200 kB"),
    ],
)
def test_a_file_that_cannot_be_is_refused_with_a_sentence(tmp_path, content, sentence):
    file = tmp_path / "corrections.yaml"
    file.write_bytes(content.encode("latin-1"))
    with pytest.raises(LogError, match=sentence):
        read_corrections(file)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"staff": ["4"], "learners": ["4"]}, "both learn and teach"),
        ({"meanings": ["a/b=Nothing"]}, "An activity type is one of"),
        ({"columns": ["foo=3"]}, "There is no column"),
    ],
)
def test_corrections_that_cannot_be_are_refused_with_a_sentence(run, options, sentence):
    with pytest.raises(LogError, match=sentence):
        run(log_text([viewed(4)]), **options)
