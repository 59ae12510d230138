"""The table of learners, who is missing, and one learner's page."""

import csv
import io
import json
import random
import re
import sqlite3
import time
from datetime import date, timedelta

import pytest
from acting import asked, graded, handed_in, opened, read_feedback, tried
from conftest import log_text
from lxml import html

from moodlelogsmart.jobs.job import now
from moodlelogsmart.jobs.retention import sweep
from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process
from moodlelogsmart.report import learners as file_module
from moodlelogsmart.report.people import PEOPLE_FILE
from moodlelogsmart.web import learners as module

JSON = {"Accept": "application/json"}
CASE = [
    opened(4, "11/10/21, 10:00"),
    opened(4, "11/10/21, 10:05"),
    opened(4, "11/10/21, 10:10", "Notes", 63),
    handed_in(4, "20/10/21, 15:00"),
    handed_in(4, "20/10/21, 16:00"),
    graded(9, 4, "21/10/21, 12:00"),
    read_feedback(4, "22/10/21, 12:00"),
    tried(4, 31, "started", "23/10/21, 10:00"),
    tried(4, 31, "submitted", "23/10/21, 10:20"),
    asked(4, 51, "23/10/21, 11:30"),
    opened(5, "12/10/21, 10:00"),
    opened(5, "31/10/21, 10:00"),
    opened(6, "01/09/21, 10:00"),
    *[opened(6, "12/10/21, 10:00") for _ in range(2)],
]
NAMES = {"4": "Zoë Ângulo", "5": "Bia Serra", "6": "Caio Serra", "9": "Dora Mestre"}
LOG = log_text([row | {"User full name": NAMES[re.search(r"id '(\d)", row["Description"])[1]]} for row in CASE])
ROSTER = "First name,Last name,ID,Roles\nZoë,Ângulo,4,Student\nIvo,Nunca,77,Student\n"
GRADES = "First name,Last name,User ID,Quiz: Birds (Real),Course total (Real)\nZoë,Ângulo,4,8.5,-\n"


@pytest.fixture
def case(done):
    """A job of that log with its lists."""
    return done(
        LOG,
        timezone="America/Sao_Paulo",
        roster=(io.BytesIO(ROSTER.encode()), "participants.csv"),
        grades=(io.BytesIO(GRADES.encode()), "grades.csv"),
    )


def opened_page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, address
    return html.fromstring(answer.get_data(as_text=True))


def said(page, section):
    return " ".join(" ".join(page.xpath(f"//section[@aria-labelledby='{section}']//text()")).split())


def in_table(page):
    return [
        " ".join(row.xpath("./th/a/text()")) for row in page.xpath("//table[contains(@class, 'learners')]/tbody/tr")
    ]


def test_one_learners_page_tells_what_was_done_and_what_it_is_for(client, case):
    page = opened_page(client, f"/status/{case}/learners/1")
    assert "Zoë Ângulo" in page.xpath("string(//h1)")
    assert "Zoë" not in page.xpath("string(//title)")
    assert "not for judgement. Moodle sees clicks, not learning" in page.xpath("string(//p[@class='warning'])")
    assert "São Paulo" in page.xpath("string(//main)")
    timeline = said(page, "timeline")
    assert "Monday 11 October 2021 10:00–10:10" in timeline
    assert "10:00 Opening material: Slides 2 times 10:10 Opening material: Notes" in timeline
    assert "10:00 Taking a quiz or assessing a peer: Birds 2 times" in timeline
    assert "Essay handed in 20 Oct 2021, 15:00 20 Oct 2021, 16:00 2 21 Oct 2021, 12:00 22 Oct 2021, 12:00" in said(
        page, "assignments"
    )
    assert "Birds submitted 1 23 Oct 2021, 10:00 23 Oct 2021, 10:20 20 –" in said(page, "quizzes")
    assert "Quiz: Birds 8.5" in said(page, "grades")
    assert "Events 9 3" in said(page, "figures")
    bars = page.xpath("//section[@aria-labelledby='weeks']//svg")[0].xpath(".//rect/title/text()")
    assert [bar for bar in bars if not bar.endswith(": 0")] == ["11 Oct 2021: 3", "18 Oct 2021: 6"]


def test_time_is_told_with_how_little_and_how_much_it_can_be(client, case, tmp_path):
    files = [f"/download/{case}/{name}" for name in ("learners.csv", "report.html")]
    rows, report = (client.get(file).get_data(as_text=True) for file in files)
    one = next(csv.DictReader(io.StringIO(rows)))
    hours, low, high = (round(float(one[name]) / 60, 1) for name in ("minutes", "minutes_low", "minutes_high"))
    assert low < hours < high
    told = f"{hours:g} h {low:g}–{high:g}"
    pages = [html.fromstring(report), opened_page(client, f"/status/{case}")]
    for page in pages:
        row = page.xpath("//table[contains(@class, 'learners')]/tbody/tr[contains(., 'Zoë')]")[0]
        assert told in " ".join(row.text_content().split())
        assert "A session ends with a pause of 30 minutes" in said(page, "spent")
    page = opened_page(client, f"/status/{case}/learners/1")
    assert f"Time on task, estimated {told} " in said(page, "figures")
    known = client.get(f"/status/{case}/learners/1", headers=JSON).get_json()
    assert [f"{known[name]:g}" for name in ("minutes_low", "minutes_high")] == [
        f"{float(one[name]):g}" for name in ("minutes_low", "minutes_high")
    ]


def test_learners_of_a_job_of_an_earlier_version_have_their_time_alone(client, case, manager):
    with sqlite3.connect(manager.folder(case) / PEOPLE_FILE) as connection:
        for name in ("minutes_low", "minutes_high"):
            connection.execute(f'alter table "learner" drop column "{name}"')
    page = opened_page(client, f"/status/{case}/learners/1")
    assert re.search(r"Time on task, estimated [\d.]+ h [\d.]+ h", said(page, "figures"))


@pytest.mark.parametrize(("language", "grade"), [("en", "8.5"), ("es", "8,5"), ("pt_BR", "8,5")])
def test_a_grade_is_written_as_the_language_of_the_page_writes_numbers(client, case, language, grade):
    answer = client.get(f"/status/{case}/learners/1", headers={"Accept-Language": language.replace("_", "-")})
    page = html.fromstring(answer.get_data(as_text=True))
    assert page.xpath("//section[@aria-labelledby='grades']//td/text()")[0] == grade


def test_as_json_it_has_the_same_numbers_as_the_files(client, case):
    told = client.get(f"/status/{case}/learners/1", headers=JSON).get_json()
    row = client.get(f"/download/{case}/learners.csv").get_data(as_text=True).splitlines()[1]
    names = ("person", "user_full_name", "group", "events", "active_days", "sessions")
    assert [str(told[name]) for name in names] == row.split(",")[:6]
    assert told["medians"]["events"] == 3
    assert told["grades"] == [{"item": "Quiz: Birds", "grade": "8.5"}]
    assert sum(one["events"] for one in told["timeline"]) == told["events"]
    assert (told["submitted"][0]["times"], told["attempted"][0]["state"]) == (2, "submitted")


def test_who_never_came_has_a_page_and_is_in_the_table(client, case):
    page = opened_page(client, f"/status/{case}?sort=last&order=asc")
    assert in_table(page)[0] == "Ivo Nunca"
    assert "never in the log: Ivo Nunca" in said(page, "absent")
    address = page.xpath("//a[text() = 'Ivo Nunca']/@href")[0]
    assert "never in the log" in opened_page(client, address).xpath("string(//main)")


def test_addresses_name_nobody_and_staff_have_no_page(client, case):
    page = opened_page(client, f"/status/{case}?sort=name")
    addresses = {one for one in page.xpath("//a/@href") if "/learners/" in one}
    assert addresses == {f"/status/{case}/learners/{n}" for n in range(1, 5)}
    assert "Dora Mestre" not in "".join(client.get(one).get_data(as_text=True) for one in addresses)
    for n in ("0", "5", "99999999999999999999", "Zo%C3%AB", "-1"):
        assert client.get(f"/status/{case}/learners/{n}").status_code == 404, n


def test_it_belongs_to_who_made_the_job_and_goes_with_it(app, client, case, manager):
    address = f"/status/{case}/learners/1"
    assert app.test_client().get(address).status_code == 404
    sweep(manager, timedelta(hours=24), timedelta(hours=1), now() + timedelta(hours=25))
    for headers in ({}, JSON):
        assert client.get(address, headers=headers).status_code == 410
    client.post(f"/jobs/{case}/delete")
    assert client.get(address).status_code == 404


def test_before_the_end_it_leads_to_the_progress(client, manager, case):
    under_way = manager.create_job(owner=manager.get_job(case).owner)
    address = f"/status/{under_way}/learners/1"
    answer = client.get(address)
    assert (answer.status_code, answer.location) == (303, f"/status/{under_way}")
    assert client.get(address, headers=JSON).status_code == 409


SORTED = {
    "": ["Zoë Ângulo", "Caio Serra", "Bia Serra", "Ivo Nunca"],
    "sort=name": ["Bia Serra", "Caio Serra", "Ivo Nunca", "Zoë Ângulo"],
    "sort=name&order=desc": ["Zoë Ângulo", "Ivo Nunca", "Caio Serra", "Bia Serra"],
    "sort=last": ["Bia Serra", "Zoë Ângulo", "Caio Serra", "Ivo Nunca"],
    "sort=first&order=desc": ["Bia Serra", "Zoë Ângulo", "Caio Serra", "Ivo Nunca"],
    "sort=events&order=asc": ["Ivo Nunca", "Bia Serra", "Caio Serra", "Zoë Ângulo"],
    "sort=evaluate": ["Zoë Ângulo"],
    "sort=nonsense&order=nonsense": ["Zoë Ângulo"],
    "who=SERRA": ["Caio Serra", "Bia Serra"],
    "who=angulo": ["Zoë Ângulo"],
    "page=2": ["Zoë Ângulo"],
    "page=x": ["Zoë Ângulo"],
}


def test_the_table_of_learners_is_sorted_both_ways_and_searched(client, case):
    for asked_for, names in SORTED.items():
        page = opened_page(client, f"/status/{case}?{asked_for}")
        assert in_table(page)[: len(names)] == names, asked_for
        (sorted_by,) = page.xpath("//table[contains(@class, 'learners')]//th[@aria-sort]")
        turned = {"ascending": "order=desc", "descending": "order=asc"}[sorted_by.get("aria-sort")]
        assert turned in sorted_by.xpath("./a/@href")[0], asked_for
    page = opened_page(client, f"/status/{case}?who=%25")
    assert in_table(page) == []
    assert "Nobody here has such a name" in said(page, "learners")


def test_it_has_fifty_rows_whatever_their_number(client, done):
    job_id = done(log_text([opened(user, "11/10/21, 10:00") for user in range(100, 221)]))
    pages = [opened_page(client, f"/status/{job_id}?page={page}&sort=name") for page in (1, 2, 3)]
    assert [len(in_table(page)) for page in pages] == [50, 50, 21]
    assert len({name for page in pages for name in in_table(page)}) == 121
    assert "51 to 100 of 121." in said(pages[1], "learners")
    assert [link.text for link in pages[1].xpath("//nav[@class='pages']/a")] == ["Previous", "Next"]
    assert "page=3" in pages[1].xpath("//a[@rel='next']/@href")[0]
    assert "sort=name" in pages[1].xpath("//a[@rel='next']/@href")[0]


ABSENT = {
    "": ([1, 1, 1, 0, 1], ""),
    "2021-10-31": ([1, 1, 1, 0, 1], ""),
    "2021-10-12": ([3, 0, 0, 0, 1], ""),
    "2021-10-10": ([0, 0, 0, 1, 2, 1], "Caio Serra (1 Sep 2021)"),
}


def test_absence_is_counted_back_from_the_day_that_is_chosen(client, case):
    for day, (seen, gone) in ABSENT.items():
        page = opened_page(client, f"/status/{case}?day={day}")
        counts = page.xpath("//section[@aria-labelledby='absent']//tbody/tr/td[1]/text()")
        assert [int(one) for one in counts] == seen, day
        assert gone in " ".join(page.xpath("string(//section[@aria-labelledby='absent'])").split())
        assert "Counted back from" in said(page, "absent")
        assert page.xpath("//input[@name='day']/@min") == ["2021-09-01"]


def test_whoever_is_absent_on_whichever_day_is_counted(tmp_path):
    """By what was done day by day, whatever gaps there are."""
    chance, first = random.Random(7), date(2021, 1, 1)
    active = {user: sorted(chance.sample(range(120), chance.choice((1, 2, 5, 40)))) for user in range(10, 40)}
    rows = [opened(user, f"{first + timedelta(day):%d/%m/%y}, 10:00") for user, days in active.items() for day in days]
    (tmp_path / "log.csv").write_text(log_text(rows))
    process(tmp_path / "log.csv", Options(), tmp_path / "out.zip", people=tmp_path / PEOPLE_FILE)
    last = max(map(max, active.values()))
    with file_module.open_learners(tmp_path / PEOPLE_FILE) as learners:
        for day in range(min(map(min, active.values())), last + 1):
            before = {user: [one for one in days if one <= day] for user, days in active.items()}
            ago = {str(user): day - days[-1] for user, days in before.items() if days}
            bounds = {"7": (0, 7), "14": (7, 14), "28": (14, 28), "longer": (28, 999)}
            seen = {name: sum(low <= one < high for one in ago.values()) for name, (low, high) in bounds.items()}
            at = first + timedelta(day)
            assert learners.seen(at) == {**seen, "after": len(active) - len(ago)}, at
            gone = sorted((-days, user) for user, days in ago.items() if days >= 28)
            assert [(one["person"], one["last"]) for one in learners.gone(at)] == [
                (user, (at + timedelta(days)).isoformat()) for days, user in gone
            ], at


def test_absence_is_counted_as_in_the_report_also_with_codes_instead_of_names(client, done):
    days = (1, 2, 15, 16, 22, 23, 29)
    roster = "User ID,First name,Last name,Roles\n4,Rui,Vindo,Student\n98,Ivo,Nunca,Student\n99,Eva,Sempre,Student\n"
    job_id = done(
        log_text([opened(user, f"{day:02}/10/21, 10:00") for user, day in enumerate(days, 4)]),
        roster=(io.BytesIO(roster.encode()), "participants.csv"),
        pseudonyms="site",
    )
    page = opened_page(client, f"/status/{job_id}")
    file = html.fromstring(client.get(f"/download/{job_id}/report.html").get_data(as_text=True))
    for one in (page, file):
        counts = one.xpath("//section[@aria-labelledby='absent']//tbody/tr/td[1]/text()")
        assert [int(number) for number in counts] == [2, 2, 2, 1, 2]
        assert "2 people of your list never came." in said(one, "absent")
        assert "Nunca" not in one.xpath("string(//body)")


def test_a_day_that_is_not_in_the_log_is_refused_in_words(client, case):
    for day in ("2021-11-01", "1999-01-01", "x", "2021-02-30", "'; drop table learner", "9" * 500):
        page = opened_page(client, f"/status/{case}?day={day}")
        words = "This log has no such day. Choose one between 1 Sep 2021 and 31 Oct 2021."
        assert words in said(page, "absent"), day
        assert page.xpath("//input[@name='day']/@aria-invalid") == ["true"], day


def test_the_file_that_is_downloaded_has_no_links_to_a_server(client, case):
    page = html.fromstring(client.get(f"/download/{case}/report.html").get_data(as_text=True))
    assert not [one for one in page.xpath("//a/@href") if not one.startswith("#")]
    assert not page.xpath("//form")
    assert page.xpath("//table[contains(@class, 'learners')]/tbody/tr")


def test_a_job_of_an_earlier_version_has_the_table_without_pages(client, case, manager):
    with sqlite3.connect(manager.folder(case) / PEOPLE_FILE) as connection:
        connection.execute("drop table learner")
    page = opened_page(client, f"/status/{case}")
    assert "Zoë Ângulo" in said(page, "learners")
    assert not [one for one in page.xpath("//a/@href") if "/learners/" in one]
    assert client.get(f"/status/{case}/learners/1").status_code == 404


def test_long_lives_are_told_in_pages_and_what_is_left_out_is_said(client, done, monkeypatch):
    monkeypatch.setattr(module, "VISITS", 10)
    rows = [
        opened(4, f"{day:02}/{month:02}/21, {hour}:00")
        for month in (9, 10)
        for day in range(1, 29)
        for hour in range(0, 24, 2)
    ]
    job_id = done(log_text(rows))
    first = opened_page(client, f"/status/{job_id}/learners/1")
    kept = file_module.SESSIONS
    assert f"The last {kept} of {len(rows)} sessions. All of them: sessions.csv." in said(first, "timeline")
    last = opened_page(client, f"/status/{job_id}/learners/1?page=99")
    assert "28 October 2021" in said(last, "timeline")
    assert len(last.xpath("//section[@aria-labelledby='timeline']/ul")) == 10


def test_many_people_are_shown_in_a_moment(client, done, manager):
    job_id = done(log_text([opened(4, "11/10/21, 10:00"), opened(5, "11/10/21, 10:00")]))
    with sqlite3.connect(manager.folder(job_id) / PEOPLE_FILE) as connection:
        columns = [row[1] for row in connection.execute("pragma table_info(learner)")]
        names = ", ".join(f'"{name}"' for name in columns[1:])
        connection.execute(
            f"""with recursive number(n) as (select 10 union all select n + 1 from number where n < 100000)
            insert into learner select number.n, {names} from number, learner where learner.n = 1"""
        )
        told = connection.execute("select periods, sessions from told where n = 1").fetchone()
    client.get(f"/status/{job_id}")
    begin = time.thread_time()
    page = client.get(f"/status/{job_id}?sort=name&page=200&day=2021-10-11").get_data(as_text=True)
    # Of the processor, a twentieth as a rule: nobody else gets a page meanwhile.
    assert time.thread_time() - begin < 0.2
    assert len(page) < 600_000
    assert json.loads(told[0]) == {"2021-10-11": 1}
