"""Who came to the last exercise beside who did not."""

import csv
from collections import defaultdict
from datetime import date, timedelta
from statistics import median

import pytest
from conftest import event, viewed
from lxml import html

from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process
from moodlelogsmart.sample.files import sample


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The summary of the sample, and the folder of its results."""
    folder = tmp_path_factory.mktemp("sample")
    told = sample(folder, "en")
    (folder / "out").mkdir()
    return process(told.log, Options(timezone=told.timezone), folder / "out"), folder / "out"


def rows_of(folder, name):
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_first_four_weeks_are_those_of_the_sessions_in_the_files(made):
    summary, folder = made
    weeks = rows_of(folder, "weeks.csv")
    events = sum(int(one["events"]) for one in weeks)
    first = date.fromisoformat(next(one["week"] for one in weeks if int(one["events"]) >= events / 100))
    sides = defaultdict(list)
    for one in rows_of(folder, "learners.csv"):
        if int(one["events"]):
            sides[one["reached"] == "true"].append(one["person"])
    sessions = defaultdict(list)
    for one in rows_of(folder, "sessions.csv"):
        day = date.fromisoformat(one["first_time"][:10])
        sessions[one["person"], (day - first).days // 7 + 1].append((day, int(one["events"]), float(one["minutes"])))
    expected = []
    for week in range(1, 5):
        for is_reached in (True, False):
            own = [sessions[person, week] for person in sides[is_reached]]
            expected.append(
                {
                    "week": week,
                    "start": (first + timedelta(days=7 * (week - 1))).isoformat(),
                    "is_reached": is_reached,
                    "learners": len(own),
                    "active": sum(bool(one) for one in own),
                    "days": median(len({day for day, _events, _minutes in one}) for one in own),
                    "events": median(sum(events for _day, events, _minutes in one) for one in own),
                    "hours": pytest.approx(median(sum(one[2] for one in some) for some in own) / 60, abs=0.006),
                }
            )
    assert summary.answers.apart.weeks == expected


def test_the_steps_that_differ_most_are_those_of_the_file(made):
    summary, folder = made
    steps = {
        (one["source"], one["target"]): (int(one["times_reached"]), int(one["times"]) - int(one["times_reached"]))
        for one in rows_of(folder, "transitions.csv")
        if one["over"] == "type" and one["source"] != "start" and one["target"] != "end"
    }
    reached, others = (sum(one[side] for one in steps.values()) for side in (0, 1))
    apart = {step: abs(one / reached - other / others) for step, (one, other) in steps.items()}
    told = summary.answers.apart.steps
    assert len(told) == 8
    assert [apart[one["source"], one["target"]] for one in told] == sorted(apart.values())[::-1][:8]
    for one in told:
        assert (one["reached"], one["others"]) == steps[one["source"], one["target"]]
        assert one["reached_share"] == pytest.approx(one["reached"] / reached, abs=1e-4)
        assert one["others_share"] == pytest.approx(one["others"] / others, abs=1e-4)


def told_in(folder):
    page = html.fromstring((folder / "report.html").read_text(encoding="utf-8"))
    (head,) = page.xpath("//section[@aria-labelledby='map']//h3[@id='milestone']")
    told = [head, *head.itersiblings()]
    tables = [
        [[" ".join(cell.text_content().split()) for cell in row.xpath("./*")] for row in table.xpath(".//tr")]
        for one in told
        for table in one.xpath(".//table")
    ]
    return " ".join(" ".join(one.text_content() for one in told).split()), tables


def test_both_stand_below_the_map_with_their_counts(made):
    summary, folder = made
    text, (weeks, steps) = told_in(folder)
    assert "20 of 28 learners came to the last exercise, “Exercise 4: a game of your own”." in text
    assert [len(weeks), len(steps)] == [1 + 8, 1 + 8]
    first = summary.answers.apart.weeks[0]
    assert weeks[1][:2] == ["Week 1 · came to it 4 Mar 2024", f"{first['active']} of 20 {first['active'] / 20:.0%}"]
    most = summary.answers.apart.steps[0]
    assert steps[1][2:] == [
        f"{most['reached_share']:.1%} {most['reached']}",
        f"{most['others_share']:.1%} {most['others']}",
    ]


def handed_in(user):
    says = f"The user with id '{user}' has submitted the submission with id '{user}' for the assignment with course"
    place = {"Event context": "Assignment: Essay", "Component": "Assignment"}
    return event(f"{says} module id '70'.", "12/10/21, 12:39", event_name="A submission has been submitted.", **place)


@pytest.mark.parametrize(("reached", "others", "is_told"), [(5, 5, True), (4, 9, False), (9, 4, False), (6, 0, False)])
def test_fewer_than_five_learners_on_one_side_are_not_compared(enrich, reached, others, is_told):
    people = range(10, 10 + reached + others)
    result = enrich([*[viewed(user) for user in people], *[handed_in(user) for user in people[:reached]]])
    apart = result.summary.answers.apart
    text, tables = told_in(result.folder)
    assert (apart.reached, apart.others, bool(apart.weeks), len(tables)) == (reached, others, is_told, int(is_told))
    # Who only looked has no step from one kind of activity to the next.
    assert ("No step from one kind of activity to the next tells them apart." in text) is is_told
    assert ("They are not compared with the others: that takes 5 learners on either side." in text) is not is_told


def test_where_nobody_handed_in_or_tried_anything_that_is_said(enrich):
    text, tables = told_in(enrich([viewed(4), viewed(5)]).folder)
    assert "This log tells of no exercise with a name that was handed in or tried." in text
    assert tables == []
