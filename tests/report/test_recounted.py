"""Every number of report.html is what plain Python counts in the files beside it: the enriched log and the rows that were
left out, and the tables made of them, which tests/analysis/test_recount.py counts in turn."""

import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from math import ceil
from statistics import median, quantiles

import pytest
from babel.numbers import format_percent
from conftest import SHARED_LOGS, Result
from known import make_course
from lxml import html

from moodlelogsmart.messages import day as day_told
from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process
from moodlelogsmart.report import labels

FAULTS = SHARED_LOGS.parent / "faults"
SHARED = [
    *(SHARED_LOGS / f"{name}.csv" for name in (
        "bom_named_users", "edify_Module_1_F19", "edify_Module_1_SP19", "edify_Module_2_F17", "edify_Module_3_SP17",
        "edify_Module_5_SP18", "index_column", "legacy_actions")),
    *(FAULTS / f"{name}.csv" for name in (
        "01-wiki-locks-deleted", "09-quiz-moodle4-es", "19-name-with-as", "22-table-without-activity",
        "25-attempt-reviewed-by-another")),
]  # fmt: skip
LEVELS = ["Remember", "Understand", "Apply", "Analyze", "Evaluate", "Create"]


class Told(Result):
    """The results, and what stands in the report."""

    def __init__(self, summary, folder):
        super().__init__(summary, folder)
        self.page = html.fromstring((folder / "report.html").read_text(encoding="utf-8"))
        self.log = [row for row in self.events if row["case_id"] != "unknown"]
        self.sessions = [list(own) for _id, own in groupby(self.log, lambda row: row["session_id"])]
        self.people = {row["person"]: row for row in self.rows("learners.csv") if row["events"] != "0"}

    def text(self, place):
        return " ".join(" ".join(self.page.xpath(f"//section[@aria-labelledby='{place}']//text()")).split())

    def table(self, place, nth=0):
        """The rows of a table of a section, each the texts of its cells; None where there is none."""
        tables = self.page.xpath(f"//section[@aria-labelledby='{place}']//table")
        if len(tables) <= nth:
            return None
        return [[" ".join(cell.text_content().split()) for cell in row] for row in tables[nth].xpath("tbody/tr")]

    def drawn(self, place, expected, are_parts=False):
        """Whether both pictures of a section, for a screen and for a phone, have these rows: a name, and the numbers by
        which the bars are long; written behind each bar, or of `are_parts` their sum."""
        pictures = self.page.xpath(f"//section[@aria-labelledby='{place}']//svg[contains(@class, 'chart rows')]")
        assert len(pictures) == (2 if expected else 0)
        for picture in pictures:
            *ticks, _axis = picture.xpath("g[@class='axis']/text")
            left, right = (float(tick.get("x")) for tick in (ticks[0], ticks[-1]))
            unit = (right - left) / int(ticks[-1].text.replace(",", ""))
            for row, (name, numbers) in zip(picture.xpath("g[not(@class)]"), expected, strict=True):
                said = row.xpath("string(text[@class='name'])")
                assert shown(name).startswith(shown(said.removesuffix("…")))
                is_whole = shown(said) == shown(name) or "narrow" in picture.get("class")
                assert is_whole or shown(name) in shown(row.findtext("title"))
                long = {one.get("class"): float(re.search("h(.*)v", one.get("d"))[1]) for one in row.xpath("path")}
                bars = {part: round(width / unit) for part, width in long.items()}
                assert bars == {f"part{place}": number for place, number in enumerate(numbers, 1) if number}
                told = [sum(numbers)] if are_parts else numbers
                assert row.xpath("text[not(@class)]/text()") == list(map(whole, told))


BARS = 15  # rows of a picture


@pytest.fixture(
    scope="module", params=[0, 1, 2, *SHARED], ids=lambda one: one.stem if hasattr(one, "stem") else f"seed {one}"
)
def told(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    if isinstance(request.param, int):
        course = make_course(request.param)
        lists = {"roster": course.participants(), "grades": course.gradebook()}
        for name, text in (lists | {"log": course.log()}).items():
            (folder / f"{name}.csv").write_text(text)
        given = {name: folder / f"{name}.csv" for name in lists}
        return Told(process(folder / "log.csv", Options(timezone=course.zone, **given), folder), folder)
    if not request.param.exists():
        pytest.skip(f"needs ../shared/{request.param.parent.name}/{request.param.name}")
    return Told(process(request.param, Options(timezone="America/Sao_Paulo", year=2020), folder), folder)


def whole(number):
    return f"{number:,}"


def rounded(number):
    """A number with one digit behind the point, if it has one."""
    return "–" if number is None else f"{round(number, 1):,.1f}".removesuffix(".0")


def percent(part, all_of_it):
    return format_percent(part / all_of_it, locale="en")


def share(part, all_of_it):
    """As a bar tells it: in words for who does not see it, and beside it."""
    return f"{percent(part, all_of_it)} {format_percent(part / all_of_it, '#,##0.0%', locale='en')}"


def shown(name):
    """As a page shows it, which has no two spaces in a row."""
    return " ".join(name.split())


def day(text):
    return day_told(text[:10], "en")


def of(part, all_of_it):
    return f"{whole(part)} of {whole(all_of_it)}"


def moment(row):
    return datetime.fromisoformat(row["time"])


def filled(rows, name):
    return [float(row[name]) for row in rows if row[name]]


def by(rows, name):
    groups = defaultdict(list)
    for row in rows:
        groups[row[name]].append(row)
    return groups


def quarter(values):
    """Lower quartile, median and upper quartile, between the values next to them."""
    return quantiles(values, n=4, method="inclusive") if len(values) > 1 else [*values] * 3


def test_there_is_a_map(told):
    assert "In which order?" in told.text("map")


def test_in_short(told):
    facts = dict(zip(told.page.xpath("//*[@class='figures']//dt/text()"), told.page.xpath("//*[@class='figures']//dd/text()"), strict=True))  # fmt: skip
    counted = {
        ("learner", "learners"): told.people,
        ("thing they did (event)", "things they did (events)"): told.log,
        ("session", "sessions"): told.sessions,
        ("line left out", "lines left out"): told.dropped,
    }
    assert facts == {words[len(rows) != 1]: whole(len(rows)) for words, rows in counted.items()}
    assert Counter(row["case_id"] for row in told.log) == {
        name: int(row["events"]) for name, row in told.people.items()
    }


def findings(told):
    """The sentences, by plain counting."""
    people = len(told.people)
    days = sorted(int(row["active_days"]) for row in told.people.values())
    half = days[(people + 1) // 2 - 1]
    events, sessions = whole(len(told.log)), whole(len(told.sessions))
    if people == 1:
        yield f"1 learner; events: {events}, sessions: {sessions}, active days: {half}."
    else:
        more = f"; half of them were active on {half} days or more" if half > 1 else ""
        yield f"{people} learners did {events} things in {sessions} sessions{more}."
    hours = Counter((moment(row).weekday(), moment(row).hour // 3 * 3) for row in told.log)
    weekday, hour = min(hours, key=lambda band: (-hours[band], band))
    night = sum(moment(row).hour >= 22 or moment(row).hour < 6 for row in told.log)
    yield f"Most on {labels.WEEKDAYS[weekday]}, between {hour}:00 and {hour + 3}:00; {percent(round(night / len(told.log), 4), 1)} at night."
    elements = told.rows("activities.csv")
    hardly = sum(row["is_hardly_used"] == "true" for row in elements)
    if elements and people > 10:
        few = f"opened by fewer than {ceil(people / 10)} learners"
        one = f"Elements {few}: {hardly} of {len(elements)}."
        yield one if 1 in (hardly, len(elements)) else f"{hardly} of {len(elements)} elements were {few}."
    absent = sum(int(row["days_absent"]) >= 28 for row in told.people.values())
    if absent:
        yield f"{absent} learner{'s have' if absent > 1 else ' has'} not been seen for 28 days."
    handed = [row for row in told.rows("submissions.csv") if row["state"] == "submitted"]
    if handed:
        timing = Counter(row["timing"] for row in handed)
        yield f"{percent(timing['on the day'], len(handed))} of submissions came on the last day, {percent(timing['after'], len(handed))} after it."
    low, _middle, high = quarter(filled(told.people.values(), "minutes"))
    unit, name = (60, "hours") if high >= 60 else (1, "minutes")
    low, high = rounded(round(low, 1) / unit), rounded(round(high, 1) / unit)
    name = name.rstrip("s") if high == "1" else name
    if people > 1:
        yield f"Half of the learners spent {f'about {low}' if low == high else f'{low} to {high}'} {name}, estimated."


def test_the_findings(told):
    for sentence in findings(told):
        assert sentence in told.text("figures")


def test_who_is_missing(told):
    absent = [int(row["days_absent"]) for row in told.people.values()]
    never = sum(row["events"] == "0" for row in told.rows("learners.csv"))
    bounds = {"in the last 7 days": (0, 7), "7 to 13 days before": (7, 14), "14 to 27 days before": (14, 28), "28 days before, or longer": (28, 9**9)}  # fmt: skip
    found = {name: sum(low <= days < high for days in absent) for name, (low, high) in bounds.items()}
    found |= {"never": never} if never else {}
    assert told.table("absent") == [[name, whole(n), share(n, len(absent) + never)] for name, n in found.items()]
    last = max((row["time"] for row in told.log), key=datetime.fromisoformat)
    assert f"last event of the log ({day(last)})" in told.text("absent")


def periods(told):
    """The first days of all weeks or months of the log, and what was done in each."""
    days = [moment(row).date() for row in told.log]
    by_week = (max(days) - min(days)).days <= 60 * 7

    def first(one):
        return one - timedelta(days=one.weekday()) if by_week else one.replace(day=1)

    starts, at = [], first(min(days))
    while at <= max(days):
        starts.append(at)
        at = first(at + timedelta(days=7 if by_week else 31))
    rows = defaultdict(list)
    for one, row in zip(days, told.log, strict=True):
        rows[first(one)].append(row)
    return [(start, rows[start]) for start in starts]


def test_each_week(told):
    kinds = [kind for kind in labels.ACTIVITY_TYPES if any(row["activity_type"] == kind for row in told.log)]
    expected = []
    for start, rows in periods(told):
        people, types = len({row["case_id"] for row in rows}), Counter(row["activity_type"] for row in rows)
        counted = [whole(people), percent(people, len(told.people)), whole(len(rows))]
        expected.append([day(str(start)), *counted, *(whole(types[kind]) for kind in kinds)])
    assert told.table("active") == expected
    few = len(told.log) / 100
    busy = [place for place, (_start, rows) in enumerate(periods(told)) if len(rows) >= few]
    people = [len({row["case_id"] for row in rows}) for _start, rows in periods(told)[busy[0] : busy[-1] + 1]]
    if len(people) > 1 and len(told.people) > 1 and min(people) < max(people):
        assert f"Between {min(people)} and {max(people)} of {len(told.people)} were active each " in told.text(
            "figures"
        )
    bars = told.page.xpath("//section[@aria-labelledby='active']//div[@class='at-screen']//rect/title/text()")
    shown = expected[busy[0] : busy[-1] + 1]
    assert bars == [f"{start}: {learners}" for start, learners, *_more in shown]


def test_each_hour(told):
    hours = Counter((moment(row).hour, moment(row).weekday()) for row in told.log)
    assert told.table("hours") == [[f"{hour}:00", *(whole(hours[hour, day]) for day in range(7))] for hour in range(24)]
    bars = told.page.xpath("//section[@aria-labelledby='hours']//div[@class='at-screen']//rect/title/text()")
    assert {int(bar.rpartition("· ")[2].replace(",", "")) for bar in bars} == set(hours.values())


def test_the_levels_of_each_week(told):
    seen = {row["bloom_level"] for row in told.log}
    shown = [*(level for level in LEVELS if level in seen), ""]
    assert told.table("time") == [
        [day(str(start)), *(whole(sum(row["bloom_level"] == level for row in rows)) for level in shown)]
        for start, rows in periods(told)
    ]


def test_the_kinds_of_activity(told):
    types = Counter(row["activity_type"] for row in told.log)
    names = {str(labels.ACTIVITY_TYPES[name]): events for name, events in types.items()}
    people = {
        str(labels.ACTIVITY_TYPES[name]): {row["case_id"] for row in rows}
        for name, rows in by(told.log, "activity_type").items()
    }
    assert {row[0]: tuple(row[2:]) for row in told.table("activities")} == {
        name: (whole(events), share(events, len(told.log)), of(len(people[name]), len(told.people)))
        for name, events in names.items()
    }
    rules = Counter(row["rule_id"] for row in told.log if row["rule_id"])
    assert {row[0].rpartition(" ")[2]: row[2] for row in told.table("rules") or []} == {
        rule: whole(n) for rule, n in rules.items()
    }


def test_the_elements(told):
    rows = told.rows("activities.csv")
    names = {row["element"]: row["name"] for row in rows}
    listed = rows if len(rows) <= 50 else rows[:30] + rows[-20:]
    for row, cells in zip(listed, told.table("elements") or [], strict=True):
        assert shown(row["name"][:200]) in cells[0]
        assert ("hardly used" in cells[0]) == (row["is_hardly_used"] == "true")
        assert cells[1:6] == [
            of(int(row["learners"]), len(told.people)),
            percent(int(row["learners"]), len(told.people)),
            whole(int(row["events"])),
            f"day {whole(int(row['half_day']))}" if row["half_day"] else "–",
            day(row["last_time"]) if row["last_time"] else "–",
        ]
        task = of(int(row["before_exercise"]), int(row["exercise_learners"])) if row["exercise"] else "–"
        assert cells[6] == task
        assert not row["exercise"] or f"for “{shown(names[row['exercise']])}”" in cells[0]
    told.drawn("elements", [(row["name"][:200], [int(row["learners"])]) for row in rows[:BARS]])


def test_the_assignments(told):
    tasks = by(told.rows("submissions.csv"), "element").values()
    expected, bars = [], []
    for rows in sorted(
        tasks, key=lambda rows: (min(moment({"time": row["last_time"]}) for row in rows), rows[0]["element"])
    ):
        final = [row for row in rows if row["state"] == "submitted"]
        timing = Counter(row["timing"] for row in final)
        hours = filled(rows, "hours_to_grade")
        expected.append([
            f"{shown(rows[0]['name'])} most on {day(rows[0]['busiest_day'])}", of(len(final), len(told.people)),
            whole(len(rows) - len(final)), whole(timing["before"]), whole(timing["on the day"]), whole(timing["after"]),
            whole(sum(int(row["submissions"]) > 1 for row in final)), whole(sum(bool(row["graded_time"]) for row in rows)),
            rounded(median(hours) if hours else None), whole(sum(bool(row["feedback_time"]) for row in rows)),
        ])  # fmt: skip
        parts = [timing["before"], timing["on the day"], timing["after"]]
        assert sum(parts) == len(final)
        bars.append((rows[0]["name"][:200], parts))
    assert (told.table("assignments") or []) == expected[:50]
    told.drawn("assignments", bars[:BARS], are_parts=True)


def test_the_quizzes(told):
    expected = {}
    for rows in by(told.rows("attempts.csv"), "element").values():
        own = Counter(row["person"] for row in rows)
        minutes = filled(rows, "minutes")
        low, middle, high = quarter(minutes) if minutes else (None, None, None)
        expected[shown(rows[0]["name"])] = [
            of(len(own), len(told.people)), rounded(median(own.values())),
            f"{rounded(middle)} {rounded(low)}–{rounded(high)}" if minutes else "–",
            of(sum(row["state"] != "submitted" for row in rows), len(rows)),
            of(sum(row["reviews"] != "0" for row in rows), len(rows)),
            of(sum(row["is_fast"] == "true" for row in rows), len(rows)),
        ]  # fmt: skip
    assert {row[0]: row[1:] for row in told.table("quizzes") or []} == expected
    told.drawn(
        "quizzes", [(row[0], [int(row[1].split()[0].replace(",", ""))]) for row in told.table("quizzes") or []][:BARS]
    )


def test_the_forums(told):
    people = len(told.people)
    expected = [
        [shown(row["name"]), of(int(row["readers"]), people), of(int(row["writers"]), people), whole(int(row["discussions"])),
         whole(int(row["replies"])), percent(float(row["answered_share"]), 1) if row["answered_share"] else "–",
         *(rounded(float(row[name])) if row[name] else "–" for name in ("hours_to_answer", "hours_to_staff_answer"))]
        for row in told.rows("forum.csv")
    ]  # fmt: skip
    assert (told.table("forums") or [])[: len(expected)] == expected[:50]
    told.drawn(
        "forums",
        [(row["name"][:200], [int(row["readers"]), int(row["writers"])]) for row in told.rows("forum.csv")[:BARS]],
    )


def test_the_time_they_spend(told):
    hours = [minutes / 60 for minutes in filled(told.people.values(), "minutes")]
    bars = Counter(min(int(one // 5), 19) for one in hours)
    expected = [
        [f"{5 * bar} to {5 * bar + 5} hours" if bar < 19 else "95 hours and more", whole(bars[bar]), share(bars[bar], len(hours))]
        for bar in range(max(bars) + 1)
    ]  # fmt: skip
    assert told.table("spent") == expected
    bars = told.page.xpath("//section[@aria-labelledby='spent']//div[@class='at-screen']//rect/title/text()")
    assert [bar.rpartition(": ")[2] for bar in bars] == [row[1] for row in expected]


def seconds(told):
    """How long each event took: until the next one of its session, the last as long as is usual for its kind."""
    own = {}
    for rows in told.sessions:
        for one, other in pairwise(rows):
            own[id(one)] = (moment(other) - moment(one)).total_seconds()
    gaps = defaultdict(list)
    for row in told.log:
        if id(row) in own:
            gaps[row["activity_type"]].append(own[id(row)])
    usual = {kind: median(found) for kind, found in gaps.items()}
    return {id(row): own.get(id(row), usual.get(row["activity_type"], 0)) for row in told.log}


def test_the_time_of_each_week_and_of_each_kind_of_activity(told):
    took, kinds, expected = seconds(told), Counter(), []
    for start, rows in periods(told):
        by_kind = {
            kind: round(sum(took[id(row)] for row in own) / 60, 1) for kind, own in by(rows, "activity_type").items()
        }
        kinds.update(by_kind)
        expected.append((day(str(start)), sum(by_kind.values()) / 60, len({row["case_id"] for row in rows})))
    table = told.table("spent", 1)
    assert [row[0] for row in table] == [start for start, _hours, _people in expected]
    for row, (_start, hours, people) in zip(table, expected, strict=True):
        assert float(row[1].replace(",", "")) == pytest.approx(hours, abs=0.11)
        assert (
            (row[2] == "–") if not people else float(row[2].replace(",", "")) == pytest.approx(hours / people, abs=0.11)
        )
    told_kinds = {row[0]: float(row[1].replace(",", "")) for row in told.table("spent", 2)}
    assert told_kinds == pytest.approx(
        {str(labels.ACTIVITY_TYPES[kind]): minutes / 60 for kind, minutes in kinds.items()}, abs=0.11
    )
    total = sum(filled(told.people.values(), "minutes")) / 60
    assert sum(told_kinds.values()) == pytest.approx(total, abs=0.1 * (len(told_kinds) + len(told.people)))


def step_names(told, over):
    """What a map calls what a step begins or ends with."""
    called = {"start": "Start", "end": "End"}
    if over == "type":
        return called | {name: str(words) for name, words in labels.ACTIVITY_TYPES.items()}
    rows = told.rows("activities.csv")
    alike = Counter(row["name"] for row in rows)
    return called | {
        row["element"]: row["name"] + (f" ({row['element']})" if alike[row["name"]] > 1 else "") for row in rows
    }


@pytest.mark.parametrize(("over", "name"), [("type", "map"), ("element", "element-map")])
def test_the_maps(told, over, name):
    called = step_names(told, over)
    times, reached = {}, Counter()
    for row in told.rows("transitions.csv"):
        if row["over"] == over:
            times[called[row["source"]], called[row["target"]]] = int(row["times"])
            reached[called[row["target"]]] += int(row["times"])
    for drawing in told.page.xpath(f"//details[@name='{name}']//*[local-name()='svg']"):
        arrows = [title.text for title in drawing.xpath(".//*[@class='arrow']/*")]
        assert len(arrows) == int(drawing.xpath("string(ancestor::details/summary)").split()[1])
        for arrow in arrows:
            ends, _colon, n = arrow.rpartition(": ")
            source, _arrow, target = ends.partition(" → ")
            assert times[source, target] == int(n.replace(",", ""))
        boxes = drawing.xpath(".//*[@class='node']/following-sibling::*[local-name()='text'][not(@class)][1]")
        assert {int(box.text.replace(",", "")) for box in boxes if box.text[0].isdigit()} <= set(reached.values())
    rows = [row for row in told.rows("transitions.csv") if row["over"] == over]
    tables = told.page.xpath("//section[@aria-labelledby='map']//table")
    steps = tables[over == "element"].xpath(".//tbody/tr") if len(tables) > (over == "element") else []
    shown = {
        (cells[0], cells[1]): (cells[2], cells[3])
        for cells in ([" ".join(cell.text_content().split()) for cell in row] for row in steps)
    }
    known = {
        tuple(" ".join(called[row[end]].split()) for end in ("source", "target")): (
            whole(int(row["times"])),
            whole(int(row["learners"])),
        )
        for row in rows
    }
    # Of the many between elements a page shows the most frequent.
    assert shown == known if over == "type" else shown.items() <= known.items()


def test_what_follows_one_another_and_is_come_back_to(told):
    called = step_names(told, "element")
    threes = told.rows("sequences.csv")[:10]
    back = sorted(
        (row for row in told.rows("activities.csv") if row["came_back"] != "0"),
        key=lambda row: (-int(row["came_back"]), -int(row["visits"]), called[row["element"]]),
    )[:10]
    shown = {
        table.xpath("string(.//th[1])"): [
            [" ".join(cell.text_content().split()) for cell in row] for row in table.xpath(".//tbody/tr")
        ]
        for table in told.page.xpath("//section[@aria-labelledby='map']//table")
    }
    assert shown.get("One after the other", []) == [
        [" ".join(" → ".join(called[row[place]] for place in ("first", "second", "third")).split()),
            whole(int(row["times"])), whole(int(row["learners"]))]
        for row in threes
    ]  # fmt: skip
    assert shown.get("Name", []) == [
        [" ".join(called[row["element"]].split()), f"{whole(int(row['came_back']))} of {whole(int(row['learners']))}",
            whole(int(row["visits"]))]
        for row in back
    ]  # fmt: skip


def test_the_typical_sessions(told):
    paths = Counter(
        tuple(str(labels.ACTIVITY_TYPES[name]) for name, _rows in groupby(row["activity_type"] for row in own))
        for own in told.sessions
    )
    shown = told.table("variants")
    assert [row[1:] for row in shown] == [
        [whole(n), share(n, len(told.sessions))] for _path, n in paths.most_common(10)
    ]
    for row in shown:
        if "…" not in row[0]:
            assert row[1] == whole(paths[tuple(row[0].split(" → "))])


def test_the_learners(told):
    for row in told.table("learners"):
        (one,) = [one for name, one in told.people.items() if re.search(rf"(^| ){re.escape(name)}$", row[0])]
        levels = [level.lower() for level in LEVELS if any(level == event["bloom_level"] for event in told.log)]
        assert row[1:] == [
            day(one["last_time"]), day(one["first_time"]), whole(int(one["active_days"])), whole(int(one["sessions"])),
            "{} h {}–{}".format(*(rounded(float(one[name]) / 60) for name in ("minutes", "minutes_low", "minutes_high"))),
            whole(int(one["events"])), *(percent(int(one[level]), int(one["events"])) for level in levels),
        ]  # fmt: skip
    assert len(told.table("learners")) == min(300, len(told.people))


def test_what_was_left_out(told):
    reasons = Counter(row["reason"] for row in told.dropped)
    for reason, rows in reasons.items():
        assert f"{labels.REASONS[reason]} {rows:,} line" in told.text("dropped")
    unknown = len(told.events) - len(told.log)
    assert not unknown or f"{whole(unknown)} event" in told.text("dropped")
    staff = told.rows("staff.csv")
    assert {row[0].rpartition(" ")[2]: row[-1] for row in told.table("staff") or []}.items() >= {
        row["person"]: whole(int(row["rows"])) for row in staff if "Who, and why" in told.text("staff")
    }.items()


def test_the_period_is_that_of_the_first_and_the_last_event(told):
    times = sorted((row["time"] for row in told.log), key=datetime.fromisoformat)
    period = told.page.xpath("string(//*[@id='period'])")
    assert day(times[0]) in period
    assert day(times[-1]) in period
    assert date.fromisoformat(told.summary.last_time[:10]) == moment({"time": times[-1]}).date()
