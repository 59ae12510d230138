"""The answers to what teachers ask are those that are known of a course that was made up."""

import hashlib
import json
from collections import Counter
from datetime import timedelta

import pm4py
import pytest
from conftest import TABLES, Result
from known import TEACHERS, make_course
from lxml import html

from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process
from moodlelogsmart.sample.course import COURSE, LATE, TRIO


def results_of(course, folder, compare=(), **options):
    """What the product makes of a course with its lists."""
    for name, text in (("log", course.log()), ("people", course.participants()), ("grades", course.gradebook())):
        (folder / f"{name}.csv").write_text(text)
    lists = {"roster": folder / "people.csv", "grades": folder / "grades.csv"}
    order = "mdy" if course.layout.startswith("%m") else None
    given = {"timezone": course.zone, "date_order": order, **lists, **options}
    return Result(process(folder / "log.csv", Options(**given), folder, compare=compare), folder)


@pytest.fixture(scope="module", params=range(5), ids="seed {}".format)
def made(request, tmp_path_factory):
    course = make_course(request.param)
    return course, results_of(course, tmp_path_factory.mktemp("course"))


def told(result, name, key, *columns):
    """Columns of a file, by the key of its rows."""
    return {row[key]: tuple(row[one] for one in columns) for row in result.rows(f"{name}.csv") if row[key]}


def seconds(moment):
    return moment.isoformat()


def test_all_rows_are_kept_or_left_out_for_the_reason_that_they_have(made):
    course, result = made
    rows = course.known["rows"]
    summary = result.summary
    assert (summary.rows_read, summary.events_kept, summary.dropped) == (rows["read"], rows["kept"], rows["dropped"])
    assert len(result.events) == rows["kept"]
    assert len(result.dropped) == rows["read"] - rows["kept"]
    assert (summary.first_time, summary.last_time) == (
        seconds(course.known["first_time"]),
        seconds(course.known["last_time"]),
    )


def test_1_who_read_the_material_before_the_exercise(made):
    course, result = made
    files = told(result, "activities", "element", "exercise", "exercise_learners", "before_exercise")
    known = {str(cm): tuple(map(str, one)) for cm, one in course.known["before"].items()}
    assert {cm: files[cm] for cm in known} == known
    shown = {one["name"]: (one["exercise_learners"], one["before_exercise"]) for one in result.summary.answers.elements}
    names = {cm: one["name"] for cm, one in course.known["elements"].items()}
    assert {names[cm]: shown[names[cm]] for cm in course.known["before"]} == {
        names[cm]: one[1:] for cm, one in course.known["before"].items()
    }


def test_2_in_which_order_the_elements_were_used(made):
    course, result = made
    steps = {
        (row["source"], row["target"]): int(row["times"])
        for row in result.rows("transitions.csv")
        if row["over"] == "element"
    }
    assert steps == course.known["steps"]
    threes = {(row["first"], row["second"], row["third"]): int(row["times"]) for row in result.rows("sequences.csv")}
    assert threes == course.known["threes"]
    names = {row["element"]: row["name"] for row in result.rows("activities.csv")}
    times = [course.known["threes"][three] for three in sorted(threes, key=lambda one: -threes[one])[:10]]
    assert [one[1] for one in result.summary.figures.sequences] == times
    assert all(set(one[0]) <= {*names.values()} for one in result.summary.figures.sequences)


def test_2_what_they_came_back_to(made):
    course, result = made
    visits = {
        element: (str(sum(own.values())), str(sum(n > 1 for n in own.values())))
        for element, own in course.known["visits"].items()
    }
    files = told(result, "activities", "element", "visits", "came_back")
    assert files == {element: visits.get(element, ("0", "0")) for element in files}
    most = max(int(back) for _n, back in visits.values())
    assert result.summary.figures.returned[0][1] == most


def test_3_which_elements_are_hardly_used(made):
    course, result = made
    known = course.known["elements"]
    files = told(result, "activities", "element", "name", "kind", "learners", "events", "views", "is_hardly_used")
    assert files == {
        str(cm): (one["name"], one["kind"], *(str(one[name]) for name in ("learners", "events", "views")), str(one["is_hardly_used"]).lower())
        for cm, one in known.items()
    }  # fmt: skip
    assert {cm: (last[:10], half) for cm, (last, half) in told(result, "activities", "element", "last_time", "half_day").items()} == {
        str(cm): (str(one["last"] or ""), str(one["half_day"] or "")) for cm, one in known.items()
    }  # fmt: skip
    answers = result.summary.answers
    assert answers.elements_all == len(known)
    assert answers.elements_hardly == sum(one["is_hardly_used"] for one in known.values())


def test_4_who_is_absent_and_who_never_came(made):
    course, result = made
    known, answers = course.known, result.summary.answers
    assert answers.seen == known["seen"]
    assert answers.never == known["never"]
    assert {one["person"] for one in answers.gone} == {
        str(user) for user, days in known["days_absent"].items() if days >= 28
    }
    files = told(result, "learners", "person", "last_time", "days_absent")
    assert {person: (last[:10], days) for person, (last, days) in files.items()} == {
        str(user): (str(day), str(known["days_absent"][user])) for user, day in known["last_seen"].items()
    }
    assert [row["user_full_name"] for row in result.rows("learners.csv") if row["events"] == "0"] == known["never"]


def test_5_how_much_time_they_spend(made):
    course, result = made
    files = told(result, "learners", "person", "minutes", "minutes_low", "minutes_high", "sessions")
    assert files.keys() == {str(user) for user in course.known["minutes"]}
    for user, (usual, low, high) in course.known["minutes"].items():
        *minutes, sessions = files[str(user)]
        assert int(sessions) == course.known["sessions"][user]
        assert float(minutes[0]) == pytest.approx(usual, abs=0.06 * int(sessions))
        assert [float(one) for one in minutes[1:]] == pytest.approx([low, high], abs=0.06)
    assert result.summary.sessions == sum(course.known["sessions"].values())
    hours = [float(row[0]) / 60 for row in files.values()]
    spent = result.summary.answers.spent
    assert spent == [sum(5 * bar <= one < 5 * bar + 5 for one in hours) for bar in range(len(spent))]


def test_6_when_they_work(made):
    course, result = made
    known, answers = course.known, result.summary.answers
    assert result.summary.figures.hours == known["hours"]
    assert answers.night == round(known["night"], 4)
    weekday, hour = known["busiest"]
    assert answers.busiest == (weekday, hour, hour + 3)
    weeks = result.rows("weeks.csv")
    assert {row["week"]: (int(row["learners"]), int(row["events"])) for row in weeks if row["events"] != "0"} == {
        str(week): one[:2] for week, one in known["weeks"].items()
    }
    first, last = min(known["weeks"]), max(known["weeks"])
    assert [row["week"] for row in weeks] == [
        str(first + timedelta(7 * at)) for at in range((last - first).days // 7 + 1)
    ]
    assert result.summary.activity_types == known["types"]
    assert result.summary.bloom_levels == known["levels"]


def test_7_how_they_hand_in(made):
    course, result = made
    shown = {one["name"]: one for one in result.summary.answers.assignments}
    assert shown.keys() == {one["name"] for one in course.known["assignments"].values()}
    for cm, one in course.known["assignments"].items():
        names = ("handed_in", "drafts", "before", "on_the_day", "after", "again", "graded", "looked")
        assert {name: shown[one["name"]][name] for name in names} == {name: one[name] for name in names}
        assert shown[one["name"]]["day"] == str(one["day"])
        rows = [row for row in result.rows("submissions.csv") if row["element"] == str(cm)]
        assert {row["person"]: int(row["submissions"]) for row in rows if row["state"] == "submitted"} == {
            str(user): times for user, times in one["people"].items()
        }


def test_8_how_they_try_quizzes(made):
    course, result = made
    shown = {one["name"]: one for one in result.summary.answers.quizzes}
    assert shown.keys() == {one["name"] for one in course.known["quizzes"].values()}
    for cm, one in course.known["quizzes"].items():
        names = ("learners", "attempts", "tried", "minutes", "given_up", "reviewed", "fast")
        assert {name: shown[one["name"]][name] for name in names} == {name: one[name] for name in names}
        rows = [row for row in result.rows("attempts.csv") if row["element"] == str(cm)]
        assert {int(row["attempt_id"]): float(row["minutes"]) for row in rows if row["minutes"]} == one["times"]
        assert sum(row["state"] == "abandoned" for row in rows) == one["abandoned"]
        assert sum(row["is_fast"] == "true" for row in rows) == one["fast"]


def test_9_whether_activity_goes_with_grades(made):
    course, result = made
    grades = result.summary.answers.grades
    assert (grades.item, grades.learners) == ("Course total", course.known["grades"]["learners"])
    shown = {one["measure"]: one for one in grades.measures}
    for measure, rho in course.known["grades"]["rho"].items():
        assert shown[measure]["rho"] == pytest.approx(rho, abs=0.0051)
        assert shown[measure]["low"] < rho < shown[measure]["high"]
    files = told(result, "learners", "person", "active_days", "events", "attempts", "submissions", "posts")
    known = course.known
    assert files == {
        str(user): tuple(str(known[name][user]) for name in ("active_days", "events", "attempts", "submissions", "posts"))
        for user in known["events"]
    }  # fmt: skip


def test_10_who_does_the_work_in_a_group(made):
    course, result = made
    shown = {one["name"]: one for one in result.summary.answers.groups}
    compared = {one.name: one.figures for one in result.summary.answers.sides}
    assert shown.keys() == course.known["groups"].keys()
    for name, one in course.known["groups"].items():
        most = next((who for who in shown[name]["people"] if who["events"]), {"name": "", "share": None})
        told = shown[name] | {"most": most["name"], "most_share": most["share"]}
        told["submissions"] = sum(who["submissions"] for who in shown[name]["people"])
        told["days"] = compared[name].get("active_days") if name in compared else None
        assert {key: told[key] for key in one} == one
    assert course.known["groups"][TRIO]["most_share"] > 0.8
    assert course.known["groups"][LATE]["active"] == 0
    files = {row["user_full_name"]: row["group"] for row in result.rows("learners.csv")}
    assert files == {course.names[user]: course.groups[user] for user in course.listed}


def test_11_this_year_against_last_and_group_against_group(made, tmp_path):
    course, _ = made
    # Of the same place, so that its log is written in the same way, and of nobody who is called as somebody on the lists.
    later = (make_course(seed, people=24) for seed in range(course.seed + 5, 500, 5))
    last = next(one for one in later if not {*one.names.values()} & {*course.names.values()})
    (tmp_path / "last year.csv").write_text(last.log())
    result = results_of(course, tmp_path, compare=[tmp_path / "last year.csv"])
    first, *groups = course.known["sides"].items()
    before = {figure: value for figure, value in last.known["sides"][""].items() if figure != "grade"}  # no list has it
    names = [f"{COURSE} ({file})" for file in ("log.csv", "last year.csv")]
    known = {names[0]: first[1], **dict(groups), names[1]: before}
    rows = result.rows("comparison.csv")
    assert set(Counter((row["figure"], row["group"]) for row in rows).values()) == {1}
    files = {(row["figure"], row["group"]): (row["value"], row["difference"]) for row in rows}
    for name, figures in known.items():
        assert {figure for (figure, group), (value, _) in files.items() if group == name and value} == figures.keys()
        for figure, value in figures.items():
            told_value, difference = files[figure, name]
            near = 0.01 if figure == "hours" else 0.00006  # minutes are told to a tenth, session by session
            assert float(told_value) == pytest.approx(value, abs=near), (figure, name)
            if figure in first[1]:
                assert float(difference) == pytest.approx(value - first[1][figure], abs=2 * near), (figure, name)
    assert {group for _, group in files} == known.keys()
    assert first[1]["week 1"] > 0  # weeks are counted from the start of each, whatever their dates


def test_12_how_fast_staff_answer_and_grade(made):
    course, result = made
    assert {one["name"]: one["hours_to_grade"] for one in result.summary.answers.assignments} == {
        one["name"]: pytest.approx(one["hours_to_grade"], abs=0.06) for one in course.known["assignments"].values()
    }
    files = told(result, "staff", "person", "user_full_name", "rows")
    assert files == {str(user): (course.names[user], str(rows)) for user, rows in course.known["staff"].items()}


def test_13_how_the_forums_live(made):
    course, result = made
    names = ("name", "readers", "writers", "discussions", "replies", "learners_posts", "answered", "answered_share", "answered_by_staff")  # fmt: skip
    shown = {row["element"]: row for row in result.rows("forum.csv")}
    assert {cm: tuple(row[name] for name in names) for cm, row in shown.items()} == {
        str(cm): tuple(str(one[name]) for name in names) for cm, one in course.known["forums"].items()
    }
    for cm, one in course.known["forums"].items():
        for name in ("hours_to_answer", "hours_to_staff_answer"):
            told_hours = shown[str(cm)][name]
            assert (float(told_hours) if told_hours else None) == (one[name] and pytest.approx(one[name], abs=0.051))


def test_14_whether_they_watch(made):
    course, result = made
    assert {one["name"]: (one["learners"], one["events"]) for one in result.summary.answers.media} == {
        course.elements[cm].name: one for cm, one in course.known["media"].items()
    }


def test_15_what_happened_in_the_case_of_one(made):
    course, result = made
    events = result.events
    for user, timeline in course.known["timeline"].items():
        assert [(row["time"], row["event_name"]) for row in events if row["user_id"] == str(user)] == timeline


def test_16_who_was_left_out(made):
    course, result = made
    assert {row["user_id"] for row in result.dropped if row["reason"] == "staff"} == set(map(str, TEACHERS))
    assert result.summary.learners == len(course.known["learners"])


def test_17_it_opens_in_other_tools_with_the_objects_that_there_are(made):
    course, result = made
    log = pm4py.read_xes(str(result.folder / "enriched_log.xes"))
    assert log["concept:name"].value_counts().to_dict() == course.known["types"]
    assert log.groupby("case:concept:name").size().to_dict() == {
        str(user): events for user, events in course.known["events"].items()
    }
    ocel = pm4py.read_ocel2_json(str(result.folder / "enriched_log.ocel.json"))
    assert ocel.objects["ocel:type"].value_counts().to_dict() == course.known["objects"]
    assert ocel.events["ocel:activity"].value_counts().to_dict() == course.known["types"]
    numbers = ("events", "number", "least", "most")
    assert {
        (row["event_type"], row["object_type"]): tuple(int(row[name]) for name in numbers)
        for row in result.rows("ocel_matrix.csv")
    } == course.known["matrix"]


def test_17_what_was_done_can_be_done_again(made, tmp_path):
    course, result = made
    told = json.loads((result.folder / "manifest.json").read_text())
    outputs = {one["name"]: one["sha256"] for one in told["outputs"]}
    again = results_of(course, tmp_path)
    made_of = json.loads((again.folder / "manifest.json").read_text())
    assert made_of == told
    for name, checksum in outputs.items():
        assert hashlib.sha256((again.folder / name).read_bytes()).hexdigest() == checksum, name


def test_18_who_came_to_the_last_exercise(made):
    course, result = made
    answers = result.summary.answers
    assert (answers.milestone, answers.reached) == (course.known["milestone"], len(course.known["reached"]))
    files = told(result, "learners", "person", "reached")
    assert {person for person, (reached,) in files.items() if reached == "true"} == set(
        map(str, course.known["reached"])
    )


@pytest.mark.parametrize("without", ["quiz", "assign", "forum", "h5pactivity"])
def test_what_a_course_has_not_is_said_and_only_that(without, tmp_path):
    course = make_course(1, without=[without])
    result = results_of(course, tmp_path)
    page = " ".join(html.fromstring((tmp_path / "report.html").read_text()).text_content().split())
    sentences = {
        "quiz": "This log has no quiz.",
        "assign": "This log has no assignment that was handed in.",
        "forum": "This log has no forum.",
        "h5pactivity": "this log has no activity (H5P,",
    }
    assert {kind for kind, sentence in sentences.items() if sentence in page} == {without}
    files = {"quiz": "attempts", "assign": "submissions", "forum": "forum"}
    assert [kind for kind, name in files.items() if not result.rows(f"{name}.csv")] == [without] * (without in files)
    answers, known = result.summary.answers, course.known
    for name in ("assignments", "quizzes", "forums", "media"):
        assert len(getattr(answers, name)) == len(known[name])
    assert (answers.milestone, answers.seen) == (known["milestone"], known["seen"])


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A course and what comes out of its log alone."""
    course, folder = make_course(3), tmp_path_factory.mktemp("plain")
    (folder / "log.csv").write_text(course.log())
    return course, Result(process(folder / "log.csv", Options(timezone=course.zone), folder), folder)


def test_rows_in_any_order_and_in_two_files_give_the_same_figures(plain, tmp_path):
    # Nobody does two things in one moment here: the order of those is known by the order of the rows alone.
    course, one = plain
    header, *rows = course.log(shuffled=True).splitlines()
    for name, some in (("a.csv", rows[::3]), ("b.csv", [row for place, row in enumerate(rows) if place % 3])):
        (tmp_path / name).write_text("\n".join([header, *some]) + "\n")
    options = Options(timezone=course.zone, date_order="dmy")
    other = Result(process([tmp_path / "a.csv", tmp_path / "b.csv"], options, tmp_path), tmp_path)
    assert (other.summary.figures, other.summary.answers) == (one.summary.figures, one.summary.answers)
    for name in TABLES:
        assert other.rows(f"{name}.csv") == one.rows(f"{name}.csv")


def test_people_of_other_names_and_numbers_give_the_same_figures(plain, tmp_path):
    course, one = plain

    def rename(user, other):
        told = [(5000 - who, f"Person N{5000 - who}") if who > 0 else (who, "-") for who in (user, other)]
        return told[0][0], told[0][1], told[1][0], told[1][1]

    (tmp_path / "log.csv").write_text(course.log(rename))
    other = Result(process(tmp_path / "log.csv", Options(timezone=course.zone), tmp_path), tmp_path)
    for name in ("seen", "half_days", "elements", "assignments", "quizzes", "forums", "media", "minutes", "spent", "busiest", "night", "reached", "totals"):  # fmt: skip
        assert getattr(other.summary.answers, name) == getattr(one.summary.answers, name), name
    for name in ("periods", "hours", "maps", "element_maps", "steps", "variants"):
        assert getattr(other.summary.figures, name) == getattr(one.summary.figures, name), name
    for name in TABLES:
        assert facts(other, name) == facts(one, name)


def facts(result, name):
    """The rows of a table without who it is of, in an order that does not depend on that."""
    own = ("person", "user_full_name", "session_id", "attempt_id")
    return sorted(tuple(value for key, value in row.items() if key not in own) for row in result.rows(f"{name}.csv"))
