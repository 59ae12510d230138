"""The report: on the status page, and as a page of its own in the results."""

import re

import pytest
from conftest import SHARED_LOGS, event, finish, graded, log_text, viewed
from lxml import etree, html

from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process

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
    assert "url(" not in source.replace("url(#arrow-", "")
    assert "@import" not in source


def test_it_tells_numbers_charts_map_sessions_and_people(enrich):
    text = text_of(page_of(enrich(ROWS)))
    for heading in (
        "At a glance", "Bloom levels by week", "Active learners by week", "When the learners work", "What follows what",
        "Most frequent sessions", "Learners", "Teachers and staff", "How the log was read",
    ):  # fmt: skip
        assert heading in text


def test_every_chart_has_a_title_a_description_and_text_that_is_text(enrich):
    charts = page_of(enrich(ROWS)).xpath("//svg[@role='img']")
    assert len(charts) == 6
    ids = [one for chart in charts for one in chart.get("aria-labelledby").split()]
    assert len(set(ids)) == len(ids) == 12
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


def test_it_speaks_the_chosen_language(enrich):
    result = enrich(ROWS, language="pt_BR")
    page = page_of(result)
    assert page.get("lang") == "pt-BR"
    text = text_of(page)
    assert "Níveis de Bloom por semana" in text
    assert "segunda-feira" in text
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
    assert "What follows what" not in text


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
    assert "O que os estudantes fizeram" in client.get(f"/download/{job_id}/report.html").get_data(as_text=True)


@pytest.mark.parametrize(
    ("sort", "first"), [("events", "Caio"), ("name", "Ana"), ("first", "Ana"), ("last", "Bia"), ("nonsense", "Caio")]
)
def test_the_table_of_learners_is_sorted_by_a_link(client, upload, sort, first):
    rows = [
        viewed(4, name="Ana", time="11/10/21, 12:00"),
        *[viewed(5, name="Caio", time="12/10/21, 12:00") for _ in range(3)],
        *[viewed(6, name="Bia", time="13/10/21, 12:00") for _ in range(2)],
    ]
    job_id = upload(log_text(rows), json=True).get_json()["job_id"]
    finish(client, job_id)
    page = html.fromstring(client.get(f"/status/{job_id}?sort={sort}").get_data(as_text=True))
    table = page.xpath("//table[contains(@class, 'learners')]")[0]
    assert table.xpath("string(.//tbody/tr[1]/th/text())").strip() == first
    assert len(table.xpath(".//th[@aria-sort]")) == 1
    assert f"?sort={sort}#learners" in table.xpath(".//a/@href") or sort == "nonsense"


@pytest.mark.skipif(not SHARED_LOGS.exists(), reason=f"the published logs are not at {SHARED_LOGS}")
def test_real_logs_have_a_report(tmp_path):
    for log in sorted(SHARED_LOGS.glob("*.csv")):
        process([log], Options(), tmp_path, lambda percent, stage: None)
        assert "What follows what" in (tmp_path / "report.html").read_text()
