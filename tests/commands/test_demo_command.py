"""`moodlelogsmart demo`."""

import pytest


@pytest.mark.parametrize(
    ("spoken", "open_it", "heading"),
    [("C", "Open ", "what the learners did"), ("pt_BR.UTF-8", "Abra ", "o que os estudantes fizeram")],
)
def test_it_makes_a_course_and_its_report_in_the_language_of_the_terminal(command, tmp_path, spoken, open_it, heading):
    out = tmp_path / "new" / "demo"
    said = command("--out", out, verb="demo", LANG=spoken)
    assert said.returncode == 0
    assert {line.partition(":")[0] for line in said.stderr.splitlines()} == {"roster_unmatched"}  # who never came
    report = out / "results" / "report.html"
    assert said.stdout.splitlines()[-1].startswith(f"{open_it}{report}")
    assert heading in report.read_text(encoding="utf-8")
    assert {path.name for path in out.iterdir()} == {
        "sample.csv", "sample-participants.csv", "sample-grades.csv", "results",
    }  # fmt: skip
    assert len((out / "results" / "learners.csv").read_text(encoding="utf-8").splitlines()) >= 29
