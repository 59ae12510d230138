"""The same figures of several results side by side."""

import pytest
from conftest import finish, log_text, viewed
from lxml import html

from moodlelogsmart.report.comparison import Row

JSON = {"Accept": "application/json"}


@pytest.fixture
def two(client, upload):
    """Two finished jobs of 6 and of 8 learners."""
    ids = []
    for people in (6, 8):
        rows = [viewed(user, time=f"{day}/10/21, 12:39") for user in range(4, 4 + people) for day in (17, 18, 27)]
        ids.append(upload(log_text(rows), name=f"year{people}.csv", json=True).get_json()["job_id"])
        finish(client, ids[-1])
    return ids


def test_it_shows_each_figure_with_its_difference(client, two):
    page = client.get(f"/compare?job={two[0]}&job={two[1]}").get_data(as_text=True)
    assert "Difference to the first" in page
    assert "year6.csv" in page
    told = client.get(f"/compare?job={two[0]}&job={two[1]}", headers=JSON).get_json()
    figures = {row["figure"]: row for row in told["figures"]}
    assert figures["learners"] == {"figure": "learners", "values": [6, 8], "differences": [2]}
    assert figures["events_per_learner"]["values"] == [3, 3]
    assert figures["week 1"]["values"] == [1, 1]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "half: Only a part of the log is counted: from 18 October 2021 on; part of Moodle: Quiz."),
        (
            "es",
            "half: Solo se cuenta una parte del registro: desde el 18 de octubre de 2021; parte de Moodle: Cuestionario.",
        ),
    ],
)
def test_it_says_of_which_side_only_a_part_is_counted(client, upload, two, language, said):
    rows = [viewed(user, "quiz", 71, time=f"{day}/10/21, 12:39") for user in range(4, 10) for day in (17, 18, 27)]
    asked = {"from": "2021-10-18", "module": "quiz", "title": "half"}
    half = upload(log_text(rows), json=True, **asked).get_json()["job_id"]
    finish(client, half)
    answer = client.get(f"/compare?job={two[0]}&job={half}", headers={"Accept-Language": language})
    page = html.fromstring(answer.get_data(as_text=True))
    (told,) = page.xpath("//p[@class='filtered'][following::table]")
    assert " ".join(told.text_content().split()) == said


def test_somebody_elses_result_is_not_there(client, app, two):
    assert client.get(f"/compare?job={two[0]}&job=00000000-0000-4000-8000-000000000000").status_code == 404
    assert client.get("/compare?job=nonsense").status_code == 404
    assert app.test_client().get(f"/compare?job={two[0]}&job={two[1]}").status_code == 404


def test_with_fewer_than_two_it_says_what_to_do(client, two):
    for address in ("/compare", f"/compare?job={two[0]}"):
        assert "Choose two analyses or more" in client.get(address).get_data(as_text=True)


def test_the_start_page_offers_it_where_there_are_two(client, two):
    page = client.get("/").get_data(as_text=True)
    assert "Compare those that are ticked" in page
    assert page.count('name="job"') == 2


def test_of_few_learners_only_their_number_is_told(client, upload, two):
    few = upload(log_text([viewed(4), viewed(5)]), json=True).get_json()["job_id"]
    finish(client, few)
    told = client.get(f"/compare?job={two[0]}&job={few}", headers=JSON).get_json()
    values = {row["figure"]: row["values"] for row in told["figures"]}
    assert values["learners"] == [6, 2]
    assert values["active_days"][1] is None


def test_where_one_has_no_value_there_is_no_difference():
    assert Row("hours", [1.5, None, 2]).differences == [None, 0.5]


def test_from_a_report_another_analysis_is_two_clicks_away(client, two):
    report = html.fromstring(client.get(f"/status/{two[0]}").get_data(as_text=True))
    (first,) = report.xpath("//div[@class='actions']/a[.='Compare']/@href")
    page = html.fromstring(client.get(first).get_data(as_text=True))
    (second,) = page.xpath("//ul[@class='jobs']//a/@href")
    assert "Difference to the first" in client.get(second).get_data(as_text=True)


def test_weeks_stand_side_by_side_from_the_start_of_each(client, upload, two):
    later = [
        viewed(user, time=f"{day}/03/22, 12:39") for user in range(4, 12) for day in (16, 23) if user < 8 or day < 20
    ]
    other = upload(log_text(later), json=True).get_json()["job_id"]
    finish(client, other)
    address = f"/compare?job={two[0]}&job={other}"
    told = {row["figure"]: row["values"] for row in client.get(address, headers=JSON).get_json()["figures"]}
    assert (told["week 1"], told["week 2"], told["week 3"]) == ([1, 1], [1, 0.5], [1, None])
    assert (told["week 1 events"], told["week 2 events"]) == ([1, 1], [1, 0.5])
    page = html.fromstring(client.get(address).get_data(as_text=True))
    rows = page.xpath("//section[@aria-labelledby='weeks']//tbody/tr")
    assert [[cell.text_content() for cell in row] for row in rows] == [
        ["Week 1", "100%", "1", "100%", "1"], ["Week 2", "100%", "1", "50%", "0.5"], ["Week 3", "100%", "1", "–", "–"]
    ]  # fmt: skip
    assert len(page.xpath("//svg[@role='img']")) == 2
