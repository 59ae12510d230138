import json
import subprocess
import sys
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml
from conftest import LONG, event, graded, log_text, viewed

from moodlelogsmart.export.results import RESULT_FILES

ROOT = Path(__file__).parents[2]


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(log_text([viewed(4, name="Ana Invented"), viewed(5, name="Bia Invented")]))
    return path


@pytest.mark.parametrize("program", [["moodlelogsmart"], ["flask", "--app", "app"]])
def test_the_installed_command_and_that_of_flask_do_the_same(log, tmp_path, program):
    line = [sys.executable, "-m", *program, "process", log, "--out", tmp_path / "out", "--timezone", "UTC"]
    variables = {"PATH": "/usr/bin:/bin", "MOODLELOGSMART_INSTANCE": str(tmp_path / "instance")}
    done = subprocess.run(line, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=LONG)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (f"Events kept: 2 of 2; learners: 2.\nThe results are in {tmp_path / 'out'}.\n")


def test_it_writes_the_results_and_a_short_summary(command, log, tmp_path):
    done = command(log, "--out", tmp_path / "a" / "b", "--timezone", "UTC")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Events kept: 2 of 2; learners: 2." in done.stdout
    assert sorted(path.name for path in (tmp_path / "a" / "b").iterdir()) == sorted(RESULT_FILES)


def test_it_tells_warnings_by_their_codes_apart_from_what_it_did(command, log, tmp_path):
    log.write_text(log_text([event("", name="Ana", event_name="Dice thrown", time="13/06/21, 10:00")]))
    done = command(log, "--out", tmp_path / "out", LANG="pt_BR.UTF-8")
    assert done.returncode == 0
    codes = [line.partition(": ")[0] for line in done.stderr.splitlines()]
    assert codes == ["many_others", "timezone_assumed"]
    assert not [code for code in codes if code in done.stdout]
    told = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert [f"{one['code']}: {one['text']}" for one in told["warnings"]] == done.stderr.splitlines()


def test_it_takes_the_options(command, log, tmp_path):
    done = command(log, "--out", tmp_path / "out", "--case", "session", "--timezone", "America/Sao_Paulo")
    assert done.returncode == 0
    assert "\n4-1,2021-10-17T12:39:00-03:00," in (tmp_path / "out" / "enriched_log.csv").read_text()


def test_it_writes_a_slim_xes(command, log, tmp_path):
    assert command(log, "--out", tmp_path / "out", "--xes", "slim").returncode == 0
    text = (tmp_path / "out" / "enriched_log.xes").read_text()
    assert "concept:name" in text
    assert "event_context" not in text


def test_it_takes_rules_roster_and_what_to_keep(command, log, tmp_path):
    (tmp_path / "rules.yaml").write_text(
        "name: own\nrules: [{id: mine, name: M, when: {}, activity_type: Study_A, rationale: r, source: s}]\n"
    )
    (tmp_path / "roster.csv").write_text("User ID,Role\n4,Teacher\n5,Student\n")
    files = ["--rules", tmp_path / "rules.yaml", "--roster", tmp_path / "roster.csv"]
    done = command(log, "--out", tmp_path / "out", *files, "--keep", "staff", "--session-gap", "10")
    assert done.returncode == 0
    lines = (tmp_path / "out" / "enriched_log.csv").read_text().splitlines()
    assert [line.split(",")[-5:] for line in lines[1:]] == [
        ["true", "mine", "4-1", "62", "staff"],
        ["true", "mine", "5-1", "62", "learner"],
    ]


def test_it_takes_grades_and_groups_and_says_who_on_them_is_not_there(command, log, tmp_path):
    (tmp_path / "grades.csv").write_text("User ID,Course total (Real)\n4,8.5\n99,7\n")
    (tmp_path / "groups.csv").write_text("User ID,Group\n4,A\n5,B\n")
    files = ["--grades", tmp_path / "grades.csv", "--groups", tmp_path / "groups.csv"]
    done = command(log, "--out", tmp_path / "out", *files)
    assert done.returncode == 0
    assert "roster_unmatched: Grades (grades.csv): 1 of 2 people in the log. Not in the log: 99." in done.stderr
    told = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert set(told["options"]["grades"]) == set(told["options"]["groups"]) == {"name", "bytes", "sha256"}
    assert (told["groups"]["found"], told["grades"]["found"]) == (2, 1)
    no_grades = command(log, "--out", tmp_path / "none", "--grades", tmp_path / "groups.csv")
    assert (no_grades.returncode, list((tmp_path / "none").iterdir())) == (2, [])
    assert "groups.csv has no columns of grades beside names" in no_grades.stderr


def test_it_sets_other_logs_beside_the_first(command, log, tmp_path):
    other = tmp_path / "last.csv"
    other.write_text(log_text([viewed(user, time="01/03/20, 10:00") for user in range(10, 16)]))
    done = command(log, "--out", tmp_path / "out", "--timezone", "UTC", "--compare", other, "--compare", log)
    assert done.returncode == 0
    assert "date_order_guessed: last.csv: " in done.stderr
    rows = (tmp_path / "out" / "comparison.csv").read_text().splitlines()
    assert rows[:4] == [
        "figure,group,value,difference", "learners,log.csv,2.0,0.0", "learners,last.csv,6.0,4.0",
        "learners,log.csv (2),2.0,0.0",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", None])
def test_a_log_that_cannot_be_compared_is_told_in_a_sentence(command, log, tmp_path, text):
    command(log, "--out", tmp_path / "out", "--compare", log)
    if text is not None:
        (tmp_path / "last.csv").write_text(text)
    done = command(log, "--out", tmp_path / "out", "--compare", tmp_path / "last.csv")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "last.csv" in done.stderr
    assert list((tmp_path / "out").iterdir()) == []


def zipped(folder, *names):
    with zipfile.ZipFile(folder / "results.zip", "w") as archive:
        for name in names or RESULT_FILES:
            archive.write(folder / name, name)
    return folder / "results.zip"


def test_it_verifies_results(command, log, tmp_path):
    out = tmp_path / "out"
    command(log, "--out", out)
    done = command(zipped(out), verb="verify")
    assert (done.returncode, done.stdout) == (0, "The results are as they were written.\n")
    (out / "enriched_log.csv").write_text((out / "enriched_log.csv").read_text().replace("Study_P", "Study_A"))
    done = command(zipped(out, *RESULT_FILES[:3], *RESULT_FILES[4:]), verb="verify")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "enriched_log_bloom_only.xes is missing. enriched_log.csv is not what was written.\n"


def test_it_verifies_nothing_but_results(command, log, tmp_path):
    for path in (log, tmp_path / "nowhere.zip"):
        done = command(path, verb="verify")
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_it_writes_an_excerpt_that_may_be_published(command, tmp_path):
    log = tmp_path / "log.csv"
    log.write_text(log_text([viewed(4, name="Ana Souza"), *(sketched(user) for user in (4, 5))]))
    done = command(log, verb="excerpt")
    assert (done.returncode, done.stderr) == (0, "")
    header, *lines = done.stdout.splitlines()
    assert header == "component,event_name,description,module,event,action,activity_type,rule_id,rows"
    assert [line.split(",")[0] for line in lines] == ["Sketchpad", "System"]
    assert "Ana" not in done.stdout
    done = command(log, "--unknown", "--out", tmp_path / "excerpt.csv", verb="excerpt")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "excerpt.csv").read_text().splitlines() == [header, lines[0]]


def sketched(user):
    says = f"The user with id '{user}' redrew the sketch 'x' in the sketchpad with course module id '62'."
    return event(says, component="Sketchpad", event_name="Sketch drawn")


def test_what_has_no_excerpt_is_told_with_one_sentence(command, tmp_path):
    (tmp_path / "empty.csv").write_text("")
    for path in (tmp_path / "empty.csv", tmp_path / "nowhere.csv"):
        done = command(path, verb="excerpt")
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


def test_wrong_rules_are_told_with_their_line(command, log, tmp_path):
    (tmp_path / "rules.yaml").write_text("name: own\nrules: [{id: mine}]\n")
    done = command(log, "--out", tmp_path / "out", "--rules", tmp_path / "rules.yaml")
    assert done.returncode == 2
    assert done.stderr == "Line 2 of rules.yaml (rule “mine”): the field “name” is missing.\n"
    assert list((tmp_path / "out").iterdir()) == []


def test_it_joins_several_files(command, log, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text(log_text([viewed(6), viewed(5, name="Bia Invented")]))
    assert "Events kept: 3 of 4; learners: 3." in command(log, other, "--out", tmp_path / "out").stdout


def test_it_refuses_a_png_with_one_sentence_and_an_empty_folder(command, tmp_path):
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    done = command(picture, "--out", tmp_path / "out")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("picture.png is a picture and cannot be read as a table. In Moodle: your course →")
    assert list((tmp_path / "out").iterdir()) == []


def test_results_of_an_earlier_run_do_not_stay_beside_a_failure(command, log, tmp_path):
    command(log, "--out", tmp_path / "out")
    log.write_text("Time,Description\n")
    assert command(log, "--out", tmp_path / "out").returncode == 2
    assert list((tmp_path / "out").iterdir()) == []


def test_a_file_that_is_not_there_is_told(command, tmp_path):
    done = command(tmp_path / "no.csv", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "no.csv cannot be used: No such file or directory." in done.stderr
    assert "Traceback" not in done.stderr


def test_the_key_may_be_made_in_the_folder_of_the_results(command, log, tmp_path):
    done = command(log, "--out", tmp_path / "new", "--key", tmp_path / "new" / "my.key")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "new" / "my.key").exists()


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        (("--case", "person"), "A case can be one of these: student, student_course, session."),
        (("--timezone", "Mars/Olympus"), "This time zone is not known; write it as Area/City"),
        (("--session-gap", "half an hour"), "The pause that ends a session must be from 1 to 1440 whole minutes."),
    ],
)
def test_an_option_that_does_not_exist_is_told(command, log, tmp_path, option, sentence):
    done = command(log, "--out", tmp_path / "out", *option)
    assert done.returncode == 2
    assert done.stderr.startswith(sentence)
    assert done.stderr.count("\n") == 1


def test_it_speaks_portuguese_where_the_terminal_does(command, tmp_path):
    (tmp_path / "empty.csv").write_text("")
    done = command(tmp_path / "empty.csv", "--out", tmp_path / "out", LANG="pt_BR.UTF-8")
    assert done.stderr.startswith("empty.csv está vazio. No Moodle: seu curso")


def test_it_shows_a_bar_on_a_terminal(log, tmp_path):
    line = f"{sys.executable} -m moodlelogsmart process {log} --out {tmp_path / 'out'}"
    variables = {"PATH": "/usr/bin:/bin", "MOODLELOGSMART_INSTANCE": str(tmp_path / "instance"), "TERM": "xterm"}
    done = subprocess.run(
        ["script", "-qec", line, "/dev/null"], cwd=ROOT, env=variables, capture_output=True, text=True, timeout=LONG
    )
    assert "Writing report and files" in done.stdout
    assert "100%" in done.stdout


def test_of_several_logs_it_writes_what_each_is_and_given_again_it_gives_the_same(command, tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    for place, (time, letters) in enumerate((("17/10/21, 12:39", "utf-8"), ("10/17/21, 12:39", "cp1252")), start=4):
        rows = log_text([viewed(place, name=f"Zoë {place}", time=time)])
        (logs / f"{place}.csv").write_bytes(rows.encode(letters))
    told = [*logs.iterdir(), "--timezone", "UTC"]
    assert command(*told, "--write", tmp_path / "c.yaml", verb="check").returncode == 0
    said = yaml.safe_load((tmp_path / "c.yaml").read_text())
    assert ("date_order" in said, "encoding" in said, len(said["of_log"])) == (False, False, 4)
    for name, more in (("plain", []), ("told", ["--corrections", tmp_path / "c.yaml"])):
        assert command(*told, *more, "--out", tmp_path / name).returncode == 0
    events = [(tmp_path / name / "enriched_log.csv").read_text() for name in ("plain", "told")]
    assert events[0] == events[1]
    assert events[0].count("2021-10-17T12:39:00+00:00") == 2


def test_it_says_what_it_understands_and_writes_it_to_be_corrected(command, tmp_path):
    log = tmp_path / "log.csv"
    log.write_text(log_text([graded(4, 5, name="Ana"), viewed(5, name="Bo", time="03/04/21, 12:39")]))
    done = command(log, "--write", tmp_path / "c.yaml", verb="check")
    assert done.returncode == 0
    assert "1: date_order: dmy  (" in done.stdout
    assert "timezone: UTC  (not sure: nothing; no log tells its zone)" in done.stdout
    assert "staff: 4 Ana" in done.stdout
    assert "timezone_assumed: " in done.stderr
    corrections = (tmp_path / "c.yaml").read_text()
    assert corrections.startswith(
        "kind: text\nform: report\ndelimiter: comma\nlog_language: en\nrow_order: newest_first\n"
    )
    assert "staff:\n- '4'\n" in corrections
    (tmp_path / "c.yaml").write_text(corrections.replace("staff:", "learners:"))
    done = command(log, "--out", tmp_path / "out", "--corrections", tmp_path / "c.yaml")
    assert "learners: 2" in done.stdout
    told = json.loads(command(log, "--json", "--learner", "Ana", verb="check").stdout)
    assert [one["role"] for one in told["people"]] == ["learner", "learner"]
    assert not (tmp_path / "out" / "work").exists()


@pytest.mark.parametrize(
    ("language", "words"), [("pt_BR", "O que os estudantes fizeram"), ("es", "Qué hicieron los estudiantes")]
)
def test_the_report_is_written_in_the_language_that_is_named(command, log, tmp_path, language, words):
    done = command(log, "--out", tmp_path / "out", "--language", language)
    assert done.returncode == 0, done.stderr
    assert "Events kept" in done.stdout
    report = (tmp_path / "out" / "report.html").read_text()
    assert f'<html lang="{language.replace("_", "-")}">' in report
    assert words in report


def test_a_spanish_terminal_is_spoken_to_in_spanish(command, log, tmp_path):
    done = command(log, "--out", tmp_path / "out", LANG="es_MX.UTF-8")
    assert done.returncode == 0
    assert "Eventos conservados: 2 de 2; estudiantes: 2." in done.stdout
    assert "timezone_assumed: Las horas se han leído como de UTC." in done.stderr
    assert '<html lang="es">' in (tmp_path / "out" / "report.html").read_text()
    empty = tmp_path / "vacío.csv"
    empty.write_text(log_text([]))
    assert command(empty, "--out", tmp_path / "out", LANG="es_ES.UTF-8").stderr.startswith(
        "vacío.csv no tiene eventos."
    )


def test_a_language_that_there_is_not_is_refused(command, log, tmp_path):
    assert "cannot be written in this language" in command(log, "--out", tmp_path / "out", "--language", "xx").stderr


def test_it_asks_for_the_year_of_dates_that_have_none_where_they_would_be_of_many(command, tmp_path):
    log, days = tmp_path / "log.csv", [datetime(2016, 3, 1) + timedelta(days=10 * place) for place in range(150)]
    log.write_text(log_text([viewed(4, name="Ana", time=day.strftime("%d %B, %H:%M")) for day in days]))
    for verb, options in (("process", ("--out", tmp_path / "out")), ("check", ())):
        done = command(log, *options, verb=verb)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert done.stderr.startswith("The dates have no year, and as the rows stand they are of 20")
    done = command(log, "--year", "2020", "--write", tmp_path / "c.yaml", verb="check")
    assert "2016-03-01T00:00:00+00:00 – 2020-03-30T00:00:00+00:00" in done.stdout
    assert "year: 2020\n" in (tmp_path / "c.yaml").read_text()


def test_corrections_are_flags_of_the_command(command, tmp_path):
    log = tmp_path / "log.csv"
    log.write_text(log_text([graded(4, 5, name="Ana"), viewed(5, name="Bo", time="03/04/21, 12:39")]))
    flags = [
        "--learner",
        "Ana",
        "--staff",
        "5",
        "--columns",
        "time=1,origin=0",
        "--encoding",
        "utf-8",
        "--year",
        "2021",
        "--form",
        "report",
        "--delimiter",
        ",",
        "--log-language",
        "pt-BR",
        "--row-order",
        "oldest_first",
        "--kind",
        "text",
        "--title",
        "Algebra",
    ]
    done = command(log, "--out", tmp_path / "out", *flags, "--meaning", "page/course_module_viewed=View")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["corrections"] == {
        "kind": "text",
        "form": "report",
        "delimiter": "comma",
        "log_language": "pt_br",
        "row_order": "oldest_first",
        "columns": {"time": 1, "origin": 0},
        "year": 2021,
        "encoding": "utf-8",
        "staff": ["5"],
        "learners": ["Ana"],
        "meanings": {"page/course_module_viewed": "View"},
    }
    refused = command(log, "--out", tmp_path / "no", "--columns", "nothing=1")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)


def test_check_shows_the_columns_of_a_log_of_which_they_are_not_clear(command, log):
    log.write_text('Quand,Qui,Quoi\n"03/04/21, 12:39",Ana Invented,Course viewed\n')
    done = command(log, verb="check")
    assert done.returncode == 2
    assert "2 Qui: Ana Invented" in done.stderr.splitlines()
    assert "Ana" not in command(log, "--pseudonymise", verb="check").stderr
    # Nor where somebody takes the names for the times.
    assert "Ana" not in command(log, "--pseudonymise", "--columns", "time=2,event_name=3", verb="check").stderr
    assert command(log, "--columns", "time=1,user_full_name=2,event_name=3", verb="check").returncode == 0
