"""The same figures side by side: comparison.csv and the report, counted again by plain Python."""

import json
import random
from collections import defaultdict
from datetime import datetime, timedelta
from statistics import median

import pytest
from acting import asked, handed_in, opened, tried
from conftest import Result, log_text
from lxml import html

from moodlelogsmart.messages import LogError
from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process
from moodlelogsmart.report.comparison import FEW, distinct

TOLD = "figure,group,value,difference"


def course(people, month, days=12, **place):
    """A course in which people do more the higher their number is; nobody does two things in one minute, of which only
    the order of the rows would tell the first."""
    return [
        one | place
        for user in people
        for day in range(1, min(days, 2 + user % 9) + 1)
        for one in (
            opened(user, f"{day * 2:02}/{month:02}/21, {user % 8 + 8 * (user % 2):02}:00"),
            opened(user, f"{day * 2:02}/{month:02}/21, 22:{user:02}", f"Notes {user % 4}", 80 + user % 4),
            *([handed_in(user, f"{day * 2:02}/{month:02}/21, 18:00")] if user % 3 else []),
            tried(user, day, "started", f"{day * 2:02}/{month:02}/21, 19:00"),
            tried(user, day, "submitted", f"{day * 2:02}/{month:02}/21, 19:{user:02}"),
        )
    ]


THIS, LAST = course(range(10, 30), 10), [*course(range(40, 52), 3), asked(41, 900, "20/04/21, 23:00")]


@pytest.fixture
def compared(tmp_path):
    """Process logs, the others as those with which the first is compared."""

    def run(*logs, names=("this.csv", "last.csv", "third.csv"), **options):
        folder = tmp_path / f"out{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        paths = [folder.parent / f"{folder.name}-{name}" for name in names[: len(logs)]]
        for path, log in zip(paths, logs, strict=True):
            path.write_text(log if isinstance(log, str) else log_text(log))
        return Result(process(paths[0], Options(**options), folder, compare=paths[1:]), folder)

    return run


@pytest.fixture
def groups(tmp_path):
    """Blue and Green of many members, Red of three, of whom one is in Blue as well."""
    path = tmp_path / "groups.csv"
    of = {user: "Blue" if user < 18 else "Green" if user < 28 else "Red" for user in range(10, 30)}
    lines = [*(f"{user},{group}" for user, group in of.items()), "10,Red"]
    path.write_text("\n".join(["User ID,Group", *lines]) + "\n")
    return path


def figures(result, group=None):
    """The values of the file by figure, of one side or of the only one."""
    rows = result.rows("comparison.csv")
    return {row["figure"]: row["value"] for row in rows if row["group"] == (group or rows[0]["group"])}


def monday(row):
    day = datetime.fromisoformat(row["time"]).date()
    return day - timedelta(days=day.weekday())


def counted(result, people=None):
    """The figures by the other files of the same result, of all learners or of these."""
    learners = [row for row in result.rows("learners.csv") if row["events"] != "0"]
    events = [row for row in result.events if row["case_id"] != "unknown"]
    totals = defaultdict(int)
    for row in events:
        totals[monday(row)] += 1
    busy = [week for week, number in totals.items() if number >= len(events) / 100]
    learners = [row for row in learners if people is None or row["person"] in people]
    own, n = [row for row in events if people is None or row["case_id"] in people], len(learners)
    used = defaultdict(set)
    for row in own:
        used[row["element"]].add(row["case_id"])
    elements = [row["element"] for row in result.rows("activities.csv")]
    submissions, forum = result.rows("submissions.csv"), result.rows("forum.csv")
    handed = [row for row in submissions if row["state"] == "submitted" and row["person"] in {one["person"] for one in learners}]  # fmt: skip
    found = {
        "learners": n,
        "events_per_learner": len(own) / n,
        "sessions_per_learner": len({row["session_id"] for row in own}) / n,
        "active_days": median(int(row["active_days"]) for row in learners),
        "hours": median(float(row["minutes"]) for row in learners) / 60,
        "hardly_used": sum(len(used[element]) < 0.1 * n for element in elements) / len(elements),
        "handed_in": len(handed) / len({row["element"] for row in submissions}) / n,
        "attempts_per_learner": sum(int(row["attempts"]) for row in learners) / n,
        "night": sum(not 6 <= datetime.fromisoformat(row["time"]).hour < 22 for row in own) / len(own),
        "absent": sum(int(row["days_absent"]) >= 28 for row in learners) / n,
    }
    if forum:
        found["posts_per_learner"] = sum(int(row["posts"]) for row in learners) / n
    for number in range((max(busy) - min(busy)).days // 7 + 1):
        week = [row for row in own if monday(row) == min(busy) + timedelta(days=7 * number)]
        found[f"week {number + 1}"] = len({row["case_id"] for row in week}) / n
        found[f"week {number + 1} events"] = len(week) / n
    return found


def assert_same(told, expected):
    assert {name for name, value in told.items() if value} == expected.keys()
    for name, value in expected.items():
        assert float(told[name]) == pytest.approx(value, abs=0.00051 if name == "hours" else 0.00006), name


def test_the_figures_of_both_logs_are_those_of_their_own_files(compared, enrich, groups):
    result = compared(THIS, LAST, groups=groups)
    assert (result.folder / "comparison.csv").read_text().splitlines()[0] == TOLD
    mine, blue, green, other = list(dict.fromkeys(row["group"] for row in result.rows("comparison.csv")))
    assert (blue, green) == ("Blue", "Green")
    assert_same(figures(result, mine), counted(enrich(THIS)))
    assert_same(figures(result, other), counted(enrich(LAST)))
    for name, people in (("Blue", range(10, 18)), ("Green", range(18, 28))):
        assert_same(figures(result, name), counted(result, set(map(str, people))))


def test_each_difference_is_to_all_learners_of_the_first_log(compared, groups):
    rows = compared(THIS, LAST, groups=groups).rows("comparison.csv")
    first = {row["figure"]: row["value"] for row in reversed(rows)}
    for row in rows:
        if row["value"] and first[row["figure"]]:
            expected = float(row["value"]) - float(first[row["figure"]])
            assert float(row["difference"]) == pytest.approx(expected, abs=1e-9)
        else:
            assert row["difference"] == ""


def test_a_log_beside_itself_differs_in_nothing(compared):
    rows = compared(THIS, THIS).rows("comparison.csv")
    assert {row["difference"] for row in rows} == {"0.0"}
    assert len({row["group"] for row in rows}) == 2


@pytest.mark.parametrize("seed", range(3))
def test_neither_the_order_of_rows_nor_splitting_a_file_changes_a_figure(enrich, groups, seed):
    rows = list(THIS)
    random.Random(seed).shuffle(rows)
    whole, shuffled, parts = enrich(THIS, groups=groups), enrich(rows, groups=groups), enrich(rows[:300], rows[300:], groups=groups)  # fmt: skip
    for other in (shuffled, parts):
        for one, another in zip(whole.summary.sides, other.summary.sides, strict=True):
            assert (one.learners, one.figures) == (another.learners, another.figures)


def test_what_a_log_does_not_have_is_empty_and_not_zero(compared):
    told = compared(LAST, [opened(user, "01/10/21, 10:00") for user in range(4, 10)])
    other = told.rows("comparison.csv")[1]["group"]
    values = figures(told, other)
    assert (values["attempts_per_learner"], values["handed_in"], values["posts_per_learner"]) == ("", "", "")
    assert "grade" not in values
    page = html.fromstring((told.folder / "report.html").read_text(encoding="utf-8"))
    row = page.xpath("//section[@aria-labelledby='comparison']//tr[th='Attempts at quizzes of a learner']/td/text()")
    assert row[1:] == ["–", "–"]


def test_a_small_group_is_named_and_not_compared_and_its_shares_are_shown(enrich, groups):
    result = enrich(THIS, groups=groups)
    assert {row["group"] for row in result.rows("comparison.csv")} >= {"Blue", "Green"}
    assert "Red" not in {row["group"] for row in result.rows("comparison.csv")}
    page = html.fromstring((result.folder / "report.html").read_text(encoding="utf-8"))
    assert "did something: Red (3)" in " ".join(page.xpath("string(//section[@aria-labelledby='comparison'])").split())
    assert "Who does what in “Red”" in page.xpath("string(//section[@aria-labelledby='groups'])")


def test_without_groups_or_another_log_there_is_no_such_file(enrich):
    assert not (enrich(THIS).folder / "comparison.csv").exists()


def test_the_shares_of_members_and_who_was_first_are_in_the_file_of_learners(enrich, groups):
    result = enrich(THIS, groups=groups)
    learners = {row["person"]: row for row in result.rows("learners.csv")}
    events = {person: int(row["events"]) for person, row in learners.items()}
    blue = [str(user) for user in range(10, 18)]
    red = ["10", "28", "29"]
    for person in blue[1:]:
        share = events[person] / sum(events[one] for one in blue)
        assert float(learners[person]["group_share"]) == pytest.approx(share, abs=0.00006)
    assert learners["10"]["group"] == "Blue; Red"
    shares = [events["10"] / sum(events[one] for one in group) for group in (blue, red)]
    assert [float(one) for one in learners["10"]["group_share"].split("; ")] == pytest.approx(shares, abs=0.00006)
    firsts = {person for person, row in learners.items() if row["handed_in_first"] not in ("", "0")}
    assert len(firsts & set(blue)) == 1


def test_the_manifest_knows_both_the_file_and_the_other_logs(compared):
    result = compared(THIS, LAST)
    told = json.loads((result.folder / "manifest.json").read_text())
    assert "comparison.csv" in {file["name"] for file in told["outputs"]}
    assert [(one["name"], one["group"].endswith("last.csv"), len(one["sha256"])) for one in told["compared"]] == [
        ("compared 1", True, 64)
    ]


def test_a_log_that_cannot_be_compared_is_named_and_leaves_nothing(compared, tmp_path):
    with pytest.raises(LogError, match=r"The log to compare with, \S*last\.csv: This file has no events"):
        compared(THIS, log_text([]))
    assert [list(path.iterdir()) for path in tmp_path.iterdir() if path.is_dir()] == [[]]


def test_with_pseudonyms_no_file_names_a_log(compared):
    result = compared(THIS, LAST, pseudonym_key="0a" * 32, names=("Brunilda.csv", "Teodora.csv"))
    assert {row["group"] for row in result.rows("comparison.csv")} == {"log 1", "log 2"}
    for path in result.folder.iterdir():
        assert not [name for name in (b"Brunilda", b"Teodora") if name in path.read_bytes()], path.name


def test_a_name_that_a_spreadsheet_would_run_is_made_harmless(compared, groups):
    groups.write_text(groups.read_text().replace("Blue", "=1+1"))
    assert "'=1+1" in {row["group"] for row in compared(THIS, groups=groups).rows("comparison.csv")}


def test_those_of_one_name_are_told_apart():
    assert distinct(["Algebra", "Algebra", "Blue"], ["a.csv", "b.csv", ""]) == [
        "Algebra (a.csv)", "Algebra (b.csv)", "Blue"
    ]  # fmt: skip
    assert distinct(["Algebra", "Algebra"], ["a.csv", "a.csv"]) == ["Algebra (a.csv)", "Algebra (a.csv) (2)"]


def test_a_log_so_long_that_no_week_is_busy_counts_from_its_first_week(enrich):
    days = [datetime(2018, 1, 1) + timedelta(days=7 * place) for place in range(120)]
    result = enrich([opened(4 + place % FEW, day.strftime("%d/%m/%y, 10:00")) for place, day in enumerate(days)])
    told = result.summary.own_side.figures
    assert (told["week 1"], told["week 53 events"], "week 54" in told) == (0.2, 0.2, False)


def test_grades_are_compared_where_enough_have_one(enrich, groups, tmp_path):
    grades = tmp_path / "grades.csv"
    grades.write_text(
        "User ID,Course total (Real)\n" + "".join(f"{user},{user / 10}\n" for user in range(10, 10 + FEW))
    )
    result = enrich(THIS, groups=groups, grades=grades)
    assert (float(figures(result)["grade"]), figures(result, "Green")["grade"]) == (1.2, "")
