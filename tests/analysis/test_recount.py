"""Each table for analysis is what plain Python counts in the enriched log."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

import pytest
from acting import answered, asked, handed_in, opened, tried
from conftest import SHARED_LOGS, Result, log_text

from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process

ROWS = [
    one
    for user in range(4, 9)
    for day in range(1, user * 2)
    for one in (
        opened(user, f"{day:02}/10/21, 10:00"),
        opened(user, f"{day:02}/10/21, 10:{user:02}", f"Notes {day % 3}", 80 + day % 3),
        handed_in(user, f"{day:02}/10/21, 1{user % 3}:30"),
        tried(user, day, "started", f"{day:02}/10/21, 15:{day:02}"),
        tried(user, day, "submitted", f"{day:02}/10/21, 15:3{user}"),
        asked(user, day * 10 + user, f"{day:02}/10/21, 16:00"),
        answered(user, day * 10 + 5, f"{day:02}/10/21, 16:2{user}"),
    )
]
LOGS = [None, *sorted(SHARED_LOGS.glob("edify_*.csv"))]


@pytest.fixture(scope="module", params=LOGS, ids=lambda log: log.name if log else "invented")
def results(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    log = request.param or folder / "log.csv"
    if not request.param:
        log.write_text(log_text(ROWS))
    return Result(process(log, Options(timezone="America/Sao_Paulo", year=2020), folder), folder)


def by(rows, name):
    """The rows by what they have in a column, in their order; those without are left out."""
    groups = defaultdict(list)
    for row in rows:
        if row[name]:
            groups[row[name]].append(row)
    return groups


def learned(results):
    return [row for row in results.events if row["case_id"] != "unknown"]


def monday(row):
    day = datetime.fromisoformat(row["time"]).date()
    return str(day - timedelta(days=day.weekday()))


def test_learners(results):
    events = by(learned(results), "case_id")
    told = {row["person"]: row for row in results.rows("learners.csv")}
    assert told.keys() == events.keys()
    last = max(row["time"][:10] for row in learned(results))
    for person, own in events.items():
        levels = Counter(row["bloom_level"].lower() for row in own)
        absent = (datetime.fromisoformat(last) - datetime.fromisoformat(own[-1]["time"][:10])).days
        expected = {
            "events": len(own),
            "active_days": len({row["time"][:10] for row in own}),
            "sessions": len({row["session_id"] for row in own}),
            "first_time": own[0]["time"],
            "last_time": own[-1]["time"],
            "days_absent": absent,
            "elements": len({row["element"] for row in own} - {""}),
            **{level: levels[level] for level in ("remember", "understand", "apply", "analyze", "evaluate", "create")},
        }
        assert {name: told[person][name] for name in expected} == {name: str(one) for name, one in expected.items()}


def test_activities(results):
    events = by(learned(results), "element")
    people = len(by(learned(results), "case_id"))
    told = {row["element"]: row for row in results.rows("activities.csv")}
    assert {name for name, row in told.items() if row["events"] != "0"} == events.keys()
    for element, own in events.items():
        times = sorted(own, key=lambda row: datetime.fromisoformat(row["time"]))
        learners = {row["case_id"] for row in own}
        expected = {
            "learners": str(len(learners)),
            "events": str(len(own)),
            "first_time": times[0]["time"],
            "last_time": times[-1]["time"],
            "views": str(sum(row["is_active"] == "false" for row in own)),
            "is_hardly_used": str(len(learners) < 0.1 * people).lower(),
        }
        assert {name: told[element][name] for name in expected} == expected
        assert float(told[element]["share"]) == pytest.approx(len(learners) / people, abs=0.0001)


def test_weeks(results):
    told = {row["week"]: row for row in results.rows("weeks.csv")}
    events = defaultdict(list)
    for row in learned(results):
        events[monday(row)].append(row)
    assert {week for week, row in told.items() if row["events"] != "0"} == events.keys()
    for week, own in events.items():
        types = Counter(row["activity_type"] for row in own)
        assert int(told[week]["events"]) == len(own) == sum(types.values())
        assert int(told[week]["learners"]) == len({row["case_id"] for row in own})
        assert int(told[week]["sessions"]) == len({row["session_id"] for row in own})
        assert {name: int(told[week][name]) for name in types} == types


def moments(rows):
    return [datetime.fromisoformat(row["time"]) for row in rows]


def gaps(results):
    """Seconds from each event to the next of its session, by activity type."""
    found = defaultdict(list)
    for own in by(learned(results), "session_id").values():
        for (one, begin), (_other, end) in pairwise(zip(own, moments(own), strict=True)):
            found[one["activity_type"]].append((end - begin).total_seconds())
    return found


def test_sessions(results):
    usual = {kind: median(seconds) for kind, seconds in gaps(results).items()}
    told = {row["session_id"]: row for row in results.rows("sessions.csv")}
    events = by(learned(results), "session_id")
    assert told.keys() == events.keys()
    for session, own in events.items():
        spent = (moments(own)[-1] - moments(own)[0]).total_seconds() / 60
        assert (told[session]["first_time"], told[session]["last_time"]) == (own[0]["time"], own[-1]["time"])
        assert (int(told[session]["events"]), float(told[session]["minutes_low"])) == (
            len(own),
            pytest.approx(spent, abs=0.051),
        )
        last = usual.get(own[-1]["activity_type"], 0) / 60
        assert float(told[session]["minutes"]) == pytest.approx(spent + last, abs=0.051)


def steps_of(sessions):
    """How often what follows what, and for how many people."""
    times, people = Counter(), defaultdict(set)
    for person, names in sessions:
        for step in pairwise(["start", *names, "end"]):
            times[step] += 1
            people[step].add(person)
    return {step: (str(n), str(len(people[step]))) for step, n in times.items()}


def test_steps_over_activity_types(results):
    sessions = by(learned(results), "session_id").values()
    expected = steps_of((own[0]["case_id"], [row["activity_type"] for row in own]) for own in sessions)
    told = [row for row in results.rows("transitions.csv") if row["over"] == "type"]
    assert {(row["source"], row["target"]): (row["times"], row["learners"]) for row in told} == expected


def visited_in(results):
    """Who came to which elements, one after the other, in each session."""
    for own in by(learned(results), "session_id").values():
        names = [row["element"] for row in own if row["element"]]
        yield own[0]["case_id"], [name for place, name in enumerate(names) if not place or names[place - 1] != name]


def test_steps_over_elements(results):
    expected = steps_of((person, names) for person, names in visited_in(results) if names)
    told = [row for row in results.rows("transitions.csv") if row["over"] == "element"]
    assert {(row["source"], row["target"]): (row["times"], row["learners"]) for row in told} == expected


def test_submissions_and_attempts_are_those_of_the_log(results):
    handed = {(row["element"], row["user_id"]) for row in results.events if row["event_name"].startswith("A submission has been submitted")}  # fmt: skip
    told = {(row["element"], row["person"]) for row in results.rows("submissions.csv") if row["state"] == "submitted"}
    assert handed <= told
    started = Counter(row["element"] for row in results.events if row["action"] == "started" and "attempt" in row["event_name"])  # fmt: skip
    assert Counter(row["element"] for row in results.rows("attempts.csv") if row["started_time"]) == started


def test_sequences_of_three_elements(results):
    times, people = Counter(), defaultdict(set)
    for person, names in visited_in(results):
        for three in zip(names, names[1:], names[2:], strict=False):
            times[three] += 1
            people[three].add(person)
    expected = sorted(times, key=lambda three: (-times[three], three))[:1000]
    told = results.rows("sequences.csv")
    assert [(row["first"], row["second"], row["third"]) for row in told] == expected
    assert [(int(row["times"]), int(row["learners"])) for row in told] == [
        (times[three], len(people[three])) for three in expected
    ]


def test_what_is_come_back_to(results):
    visits = defaultdict(Counter)
    for person, names in visited_in(results):
        for name in names:
            visits[name][person] += 1
    for row in results.rows("activities.csv"):
        own = visits[row["element"]]
        assert (int(row["visits"]), int(row["came_back"])) == (sum(own.values()), sum(n > 1 for n in own.values()))
