"""The report: on the status page, and as a page of its own in the results."""

import csv
import io
import json
import re

import html5lib
import pytest
from conftest import HEADER, event, finish, graded, log_text, viewed
from formats import as_csv
from lxml import etree, html

from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process
from moodlelogsmart.report import labels
from moodlelogsmart.sample.files import sample

ROWS = [
    *[viewed(user, time=f"{day}/10/21, 12:{user}") for user in (40, 41) for day in (17, 18, 27)],
    event("The user with id '40' viewed the course with id '3'.", time="17/10/21, 12:41"),
    graded(9, 4),
]


def page_of(result):
    return html.fromstring((result.folder / "report.html").read_text(encoding="utf-8"))


def text_of(page):
    return re.sub(r"\s+", " ", page.text_content())


def test_it_needs_nothing_beside_it_and_no_script(enrich):
    result = enrich(ROWS)
    page = page_of(result)
    assert page.xpath("//script | //link | //img | //@src | //iframe | //form") == []
    assert not [link for link in page.xpath("//@href") if not link.startswith("#")]
    source = (result.folder / "report.html").read_text()
    assert "url(" not in re.sub(r"url\(#(arrow|hatch)-", "", source)
    assert "@import" not in source


def test_it_tells_numbers_charts_map_sessions_and_people(enrich):
    text = text_of(page_of(enrich(ROWS)))
    for heading in (
        "In short", "Who is missing?", "How many were active each week?", "When do they work?", "What did they use?",
        "How do they hand in?", "How do they work at quizzes?", "How do the forums live?", "How much time do they spend?",
        "What did they do?", "Bloom levels, week by week", "In which order?", "Typical sessions",
        "Does activity go with grades?", "How do the groups work?", "Learners", "Teachers and staff",
        "How the log was read",
    ):  # fmt: skip
        assert heading in text


def test_every_chart_has_a_title_a_description_and_text_that_is_text(enrich):
    charts = page_of(enrich(ROWS)).xpath("//svg[@role='img']")
    assert len(charts) == 14
    ids = [one for chart in charts for one in chart.get("aria-labelledby").split()]
    assert len(set(ids)) == len(ids) == 28
    for chart in charts:
        assert [child.tag for child in chart[:2]] == ["title", "desc"]
        assert all(child.text_content().strip() for child in chart[:2])
        assert chart.xpath(".//text")


def test_all_lengths_in_a_chart_are_finite(enrich):
    nodes = page_of(enrich(ROWS)).xpath("//svg//*")
    lengths = [
        float(node.get(name)) for node in nodes for name in ("x", "y", "width", "height", "x1", "y2") if node.get(name)
    ]
    assert len(lengths) > 500
    assert all(-10 <= length <= 2000 for length in lengths)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("pt_BR", ["Níveis de Bloom", "segunda-feira", "Abrir material", "Estudantes"]),
        ("es", ["Niveles de Bloom", "lunes", "Abrir material", "Estudiantes"]),
    ],
)
def test_it_speaks_the_chosen_language(enrich, language, words):
    page = page_of(enrich(ROWS, language=language))
    assert page.get("lang") == language.replace("_", "-")
    text = text_of(page)
    assert [word for word in words if word not in text] == []
    assert "Learners" not in text


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x>', "{{ 7*7 }}", "Ana & Bo"])
def test_a_name_stays_a_name(enrich, name):
    page = page_of(enrich([viewed(4, name=name)]))
    assert name in page.text_content()
    assert page.xpath("//script | //img") == []


def test_others_are_told_with_a_rule_to_copy(enrich):
    odd = event("", name="Ana Souza", component="Dice", event_name="Dice thrown")
    page = text_of(page_of(enrich([odd, odd, {**odd, "User full name": "Beto Reis"}])))
    assert "Dice: Dice thrown 3 events, 2 learners" in " ".join(page.split())
    assert "activity_type: '?'" in page


def test_what_names_nobody_is_in_no_figure_and_one_line_says_so(enrich):
    nobody = event("User viewed their submission inbox at course: 148", name="-", time="13/06/22, 10:00")
    with_them, without = enrich([*ROWS, nobody, nobody]), enrich(ROWS)
    assert with_them.summary.figures == without.summary.figures
    assert with_them.summary.activity_types == without.summary.activity_types
    assert with_them.summary.last_time == without.summary.last_time
    assert with_them.summary.events_kept == without.summary.events_kept + 2
    assert "2 events name nobody" in text_of(page_of(with_them).xpath("//section[@aria-labelledby='dropped']")[0])


def test_a_log_without_learners_still_has_a_report(enrich):
    text = text_of(page_of(enrich([graded(9, 4)])))
    assert "No event of a learner is left" in text
    assert "In which order?" not in text


def test_the_status_page_shows_the_same(client, upload):
    job_id = upload(log_text(ROWS), json=True).get_json()["job_id"]
    facts = finish(client, job_id)
    page = html.fromstring(client.get(f"/status/{job_id}").get_data(as_text=True))
    own = html.fromstring(client.get(f"/download/{job_id}/report.html").get_data(as_text=True))
    assert [etree.tostring(one) for one in page.xpath("//svg[@role='img']")] == [
        etree.tostring(one) for one in own.xpath("//svg[@role='img']")
    ]
    assert facts["summary"]["figures"]["learners"] == []


def test_a_report_comes_in_the_language_of_who_uploaded(client, upload):
    client.get("/?lang=pt_BR")
    job_id = upload(log_text(ROWS), json=True).get_json()["job_id"]
    finish(client, job_id)
    assert "o que os estudantes fizeram</h1>" in client.get(f"/download/{job_id}/report.html").get_data(as_text=True)


def test_a_person_reads_words_and_codes_only_where_the_files_have_them(enrich):
    page = page_of(enrich(ROWS))
    for part in page.xpath("//section[@aria-labelledby='rules'] | //code | //style | //pre"):
        part.getparent().remove(part)
    assert not re.findall(r"\b[A-Z][a-z]+_[PA]\b", page.text_content())


def test_the_report_of_codes_does_not_say_that_it_holds_names(enrich):
    named, coded = (text_of(page_of(enrich(ROWS, **options))) for options in ({}, {"pseudonym_key": "ab" * 32}))
    assert "This report holds names." in named
    assert "This report holds names." not in coded
    assert "People are shown by codes." in coded


def test_its_title_tells_course_and_period(enrich):
    rows = [row | {"Course": "Zoology"} for row in ROWS]
    page = page_of(enrich(log_text(rows, header=["Course", *HEADER])))
    assert page.xpath("string(//title)") == "Zoology, 17 Oct 2021 – 27 Oct 2021 · MoodleLogSmart"
    assert page.xpath("string(//h1)") == "Zoology – what the learners did"


def test_its_head_tells_the_file_the_zone_who_is_counted_and_how_people_are_shown(enrich):
    result = enrich([*ROWS, graded(9, 4)], timezone="America/Sao_Paulo")
    head = " ".join(page_of(result).xpath("string(//main)").split())[:600]
    for words in ("São Paulo time (UTC−3)", "learners", "not counted", "real names", "30 minutes", "from log-0.csv"):
        assert words in head, words


def test_with_codes_it_does_not_tell_the_name_of_the_file_which_may_be_a_persons(enrich):
    page = page_of(enrich(ROWS, pseudonym_key="ab" * 32))
    assert "log-0.csv" not in page.text_content()
    assert "codes instead of names" in text_of(page)
    assert "File 1" in text_of(page)


def test_it_tells_of_what_and_how_it_was_made_and_how_to_cite_it(enrich):
    result = enrich(ROWS, keep=("staff",), case="session")
    (section,) = page_of(result).xpath("//section[@aria-labelledby='made']")
    text, told = " ".join(section.text_content().split()), json.loads((result.folder / "manifest.json").read_text())
    assert told["inputs"][0]["sha256"] in text
    assert told["rules"]["sha256"] in text
    for words in (
        "Teachers and other staff",
        "one session of a learner",
        f"(version {told['version']})",
        "How to cite",
    ):
        assert words in text, words


def test_in_the_file_the_boxes_that_tell_whether_it_can_be_trusted_are_open(enrich):
    page = page_of(enrich([*ROWS, graded(9, 4)]))
    for name in ("staff", "read"):
        boxes = page.xpath(f"//section[@aria-labelledby='{name}']/details")
        assert boxes
        assert all(box.get("open") is not None for box in boxes), name


def test_each_finding_stands_at_the_head_and_before_its_numbers(enrich):
    page = page_of(enrich(ROWS))
    for link in page.xpath("//ul[@class='findings']//a"):
        (section,) = page.xpath(f"//section[@aria-labelledby='{link.get('href')[1:]}']")
        told = section.xpath("./p[@class='finding']")
        assert len(told) == 1
        assert link.text in told[0].text
        assert not told[0].xpath("preceding-sibling::*[.//table or .//svg]")


ANSWERS = (
    "absent", "active", "hours", "elements", "assignments", "quizzes", "forums", "teachers", "spent", "activities",
    "map", "variants", "grades", "groups", "comparison", "learners", "time",
)  # fmt: skip


def findings(path):
    """The findings of each section, and whether one stands behind a table or a picture."""
    page = html.fromstring(path.read_text(encoding="utf-8"))
    told = {}
    for section in page.xpath("//main//section | //body/section"):
        found = section.xpath("./p[@class='finding']")
        assert not any(one.xpath("preceding-sibling::*[.//table or .//svg]") for one in found)
        told[section.get("aria-labelledby")] = [" ".join(one.text_content().split()) for one in found]
    return told


@pytest.mark.parametrize(
    "rows",
    [
        ROWS,
        ROWS[:1],
        [viewed(4, time="17/10/21, 12:40"), viewed(5, time="17/10/21, 12:40")],
        [viewed(4, time=f"17/{month}/21, 12:40") for month in (7, 10)],
        [viewed(4, time=f"17/10/{year}, 12:40") for year in (19, 21)],
        [event("The user with id '40' viewed the course with id '3'.", time="17/10/21, 12:41")],
    ],
)
def test_each_section_that_answers_has_one_sentence_of_what_was_found(enrich, rows):
    told = findings(enrich(rows).folder / "report.html")
    assert {name: len(told.get(name, ())) for name in ANSWERS} == dict.fromkeys(ANSWERS, 1)


def test_what_was_found_in_the_sample_is_told_with_its_numbers(tmp_path):
    made, out = sample(tmp_path, "en"), tmp_path / "out"
    out.mkdir()
    process(made.log, Options(roster=made.participants, grades=made.grades, timezone=made.timezone), out)
    told = findings(out / "report.html")
    assert {name: len(told[name]) for name in ANSWERS} == dict.fromkeys(ANSWERS, 1)
    assert not [name for name in ANSWERS if not re.search(r"\d", told[name][0])]
    learners = sorted(int(row["events"]) for row in as_rows(out / "learners.csv"))[::-1]
    most = next(n for n in range(len(learners)) if sum(learners[:n]) >= sum(learners) / 2)
    assert told["learners"] == [f"{most} of 28 did half of all events."]
    attempts = as_rows(out / "attempts.csv")
    tried = len({row["person"] for row in attempts})
    left = sum(row["state"] != "submitted" for row in attempts) / len(attempts)
    assert told["quizzes"] == [f"{tried} of 28 tried a quiz; {left:.0%} of the attempts were not submitted."]
    written = as_rows(out / "forum.csv")
    assert told["forums"][0].startswith(f"{max(int(row['writers']) for row in written)} of 28 wrote in a forum. ")
    assert "Spearman" in told["grades"][0]


def as_rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_whoever_jumps_arrives(enrich):
    page = page_of(enrich(ROWS))
    targets = [link.removeprefix("#") for link in page.xpath("//nav[@class='jump']/a/@href")]
    assert len(targets) == 14
    assert all(page.xpath(f"//h2[@id='{one}']") for one in targets)


def test_a_strict_parser_finds_no_mistake_in_it(enrich):
    result = enrich(ROWS)
    html5lib.HTMLParser(strict=True).parse((result.folder / "report.html").read_text(encoding="utf-8"))


# What a learner does at an element: part of Moodle, event, and the sentence behind "The user with id ''".
DEEDS = [
    ("Page", "Course module viewed", "viewed the 'page' activity with"),
    ("Assignment", "A submission has been submitted.", "has submitted the submission with id '{n}' for the assignment with"),
    ("Quiz", "Quiz attempt started", "has started the attempt with id '{n}' for the quiz with"),
    ("Forum", "Discussion created", "has created the discussion with id '{n}' in the forum with"),
]  # fmt: skip


def test_it_stays_small_for_many_learners_and_elements_with_all_that_may_stand_beside_them(client, upload):
    """Of 300 learners and 200 elements, with groups, grades and labels: what a page shows is bounded, so more of them
    add little."""
    users, elements, rows = range(1000, 1300), range(500, 700), []
    for user, cm in ((user, cm) for user in users for cm in elements if (user * 7 + cm) % 20 < 2):
        part, name, did = DEEDS[cm % 4]
        place = {"Event context": f"{part}: A title as long as they are, {cm}", "Component": part, "Event name": name}
        says = f"The user with id '{user}' {did.format(n=user * 1000 + cm)} course module id '{cm}'."
        when = f"{1 + cm % 28}/{8 + (user + cm) % 5}/21, {cm % 24}:{user % 60:02d}"
        rows.append(event(says, when, f"Somebody With Quite A Name {user}", **place))
    lists = {
        "roster": [["User ID", "Role", "Groups"], *[[user, "Student", f"A group of theirs {user % 30}"] for user in users]],
        "grades": [["User ID", *[f"Quiz: Item {n} (Real)" for n in range(30)]], *[[user, *[user * n % 97 for n in range(30)]] for user in users]],
        "labels": [["element", "label"], *[[cm, f"A category of theirs {cm % 60}"] for cm in elements]],
    }  # fmt: skip
    beside = {name: (io.BytesIO(as_csv(table)), f"{name}.csv") for name, table in lists.items()}
    job_id = upload(log_text(rows), json=True, **beside).get_json()["job_id"]
    assert finish(client, job_id)["summary"]["learners"] == 300
    for address, most in ((f"/download/{job_id}/report.html", 1_500_000), (f"/status/{job_id}", 600_000)):
        page = client.get(address).get_data(as_text=True)
        assert "200 elements" in page
        assert not [one for one in ("no quiz.", "no forum.", "Add a grades file", "no groups") if one in page]
        assert len(page.encode()) < most, address


@pytest.mark.parametrize(
    ("most", "shades"),
    [(1, [1]), (5, [1, 3]), (40, [1, 3, 10, 30]), (150, [1, 10, 30, 100]), (2500, [1, 100, 300, 1000])],
)
def test_shades_of_an_hour_go_up_to_the_busiest(most, shades):
    assert labels.shades(most) == shades


@pytest.mark.parametrize(
    ("name", "room", "shown"),
    [("Notes", 5, "Notes"), ("", 5, ""), ("Notes on loops", 5, "Notes…"), ("mmmmmm", 6, "mmmmmm"), ("mmmmmmm", 6, "mmmmm…"), ("授業の資料", 4, "授業の…")],
)  # fmt: skip
def test_a_name_is_cut_where_there_is_no_more_room(name, room, shown):
    assert labels.fitted(name, room) == shown


def test_the_workbook_comes_first_and_each_file_once():
    files = [{"name": name} for name in labels.FILES]
    purposes = labels.by_purpose(files)
    assert list(purposes) == ["For reading", "For process mining", "For R and Python", "To check"]
    assert [file["name"] for file in purposes["For reading"]] == ["enriched_log.xlsx", "report.html"]
    assert sorted(file["name"] for some in purposes.values() for file in some) == sorted(labels.FILES)
