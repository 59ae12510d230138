"""The warnings: when each of them comes, what it says, and that nobody can overlook it."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from conftest import SEVERAL, event, finish, graded, log_text, viewed
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from moodlelogsmart.jobs.job import now
from moodlelogsmart.reading.model import Column
from moodlelogsmart.report import warnings
from moodlelogsmart.report.warnings import LogWarning, most_rows_dropped
from moodlelogsmart.report.words import say

# As the contract has them; those that nobody can find yet are not among ours.
ORDER = [
    "most_people_staff", "most_rows_dropped", "no_learners", "many_others", "sources_disagree", "dates_turned", "times_improbable", "times_unreadable",
    "date_order_guessed", "year_guessed", "timezone_assumed", "names_missing", "doubtful_staff", "language_unknown", "columns_guessed",
    "letters_lost", "rows_unreadable", "workbook_left_out", "context_unknown",
]  # fmt: skip


def updated(user, **cells):
    """What only staff can do, in the sentence that Moodle has for it."""
    says = f"The user with id '{user}' updated the course with id '3'."
    return event(says, **{"event_name": "Course updated", "time": "13/06/21, 10:00"} | cells)


def seen(user, **cells):
    return viewed(user, **{"name": f"Learner {user}", "time": "13/06/21, 10:00"} | cells)


def staffed(staff, learners):
    """A log of so many people who update the course, and so many who only look, each some times."""
    rows = [row for user in range(100, 100 + staff) for row in (updated(user), *[seen(user)] * 3)]
    return rows + [seen(user) for user in range(300, 300 + learners) for _ in range(5)]


def page_of(result):
    return html.fromstring((result.folder / "report.html").read_text(encoding="utf-8"))


# ---- When they come.


@pytest.mark.parametrize(
    ("people", "acts", "comes"),
    [
        (8, ["Graded", "Updated"], False),  # only two
        (11, ["Graded", "Updated", "Hidden"], True),
        (12, ["Graded", "Updated", "Hidden"], False),  # just a quarter
        (1000, ["Updated"] * 4, False),
        (1000, ["Updated"] * 5, True),  # one kind of act
        (1000, ["Updated"] * 4 + ["Graded"] * 4, False),
        (1000, [], False),
    ],
)
def test_many_people_taken_for_staff_are_an_alarm(people, acts, comes):
    assert (warnings.most_people_staff(people, Counter(acts)) is not None) == comes


@given(st.integers(0, 60), st.lists(st.sampled_from("abc"), max_size=40))
def test_it_comes_with_a_quarter_of_the_people_and_three_or_with_five_alike(others, acts):
    people = others + len(acts)
    expected = (len(acts) >= 3 and len(acts) / people > 0.25) or any(acts.count(act) >= 5 for act in "abc")
    assert (warnings.most_people_staff(people, Counter(acts)) is not None) == expected


@pytest.mark.parametrize(("kept", "comes"), [(49, True), (50, False), (0, True)])
def test_few_rows_that_are_left_are_an_alarm(kept, comes):
    assert (warnings.most_rows_dropped(kept, 100, 40, 2) is not None) == comes


@pytest.mark.parametrize(("others", "comes"), [(5, False), (6, True), (0, False)])
def test_more_than_a_twentieth_of_others_is_an_alarm(others, comes):
    assert (warnings.many_others(others, 2, 100) is not None) == comes


@pytest.mark.parametrize(("lost", "comes"), [(1, False), (2, True), (0, False)])
def test_more_than_a_hundredth_of_times_that_cannot_be_read_is_an_alarm(lost, comes):
    assert (warnings.times_unreadable(lost, 100) is not None) == comes


@pytest.mark.parametrize(("nameless", "comes"), [(5, False), (6, True), (0, False)])
def test_names_are_missed_where_most_events_have_none(nameless, comes):
    assert (warnings.names_missing(nameless, 10) is not None) == comes


FIRST = datetime(2020, 2, 29, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "today", "comes"),
    [
        (datetime(2023, 2, 28, 10, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC), False),
        (datetime(2023, 3, 2, 10, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC), True),
        (datetime(2020, 3, 2, 10, tzinfo=UTC), datetime(2020, 3, 1, 10, tzinfo=UTC), False),  # of another zone
        (datetime(2020, 3, 2, 11, tzinfo=UTC), datetime(2020, 3, 1, 10, tzinfo=UTC), True),
    ],
)
def test_more_than_three_years_and_times_to_come_are_improbable(last, today, comes):
    assert (warnings.times_improbable(FIRST.isoformat(), last.isoformat(), today) is not None) == comes


def test_a_log_without_events_has_no_improbable_times():
    assert warnings.times_improbable("", "", now()) is None


def test_an_ordinary_log_is_no_alarm(enrich):
    result = enrich(
        [*[seen(user) for user in range(20) for _ in range(3)], updated(90), seen(4, time="14/06/21, 9:00")],
        timezone="Europe/Lisbon",
    )
    assert result.warned == {}
    assert page_of(result).xpath("string(//h1)") == "What the learners did"


# ---- What they say, as a log has them.


def test_five_people_of_one_act_are_told_with_it(enrich):
    result = enrich(staffed(5, 20))
    assert result.warned["most_people_staff"] == (
        "5 of 25 people were taken for staff, 5 of them because of “Course updated”. That is unlikely: check them."
    )
    (warning,) = [one for one in result.summary.warnings if one.code == "most_people_staff"]
    assert warning.figures == {"staff": 5, "people": 25, "alike": 5, "event": "Course updated"}
    assert "most_rows_dropped" not in result.warned


def test_the_act_is_told_in_words_where_the_log_has_the_class_of_the_event(enrich):
    rows = [row | {"Event name": r"\core\event\course_updated"} if "updated" in row["Description"] else row for row in staffed(5, 20)]  # fmt: skip
    result = enrich(rows)
    assert "because of “Course updated”" in result.warned["most_people_staff"]
    (warning,) = [one for one in result.summary.warnings if one.code == "most_people_staff"]
    assert warning.figures["event"] == r"\core\event\course_updated"


def test_most_people_of_a_small_log_are_told(enrich):
    rows = [
        updated(7),
        graded(8, 4),
        event("The user with id '9' deleted the course with id '3'.", event_name="Deleted"),
    ]
    assert result_says(enrich([*rows, *[seen(4)] * 9]), "most_people_staff").startswith("3 of 4 people were taken")


def result_says(result, code):
    return str(result.warned[code])


def test_staff_that_a_list_of_participants_names_is_no_alarm(enrich, tmp_path):
    (tmp_path / "roster.csv").write_text("User ID,Role\n" + "".join(f"{user},Teacher\n" for user in range(4, 10)))
    result = enrich([seen(user) for user in range(4, 12)], roster=tmp_path / "roster.csv")
    assert len(result.summary.staff) == 6
    assert "most_people_staff" not in result.warned


@pytest.mark.parametrize("pseudonym_key", ["", "ab" * 32])
def test_guests_and_moodle_itself_are_not_among_the_people(enrich, pseudonym_key):
    rows = [seen("0"), seen("1"), seen("-1"), seen("-20"), *staffed(5, 20)]
    assert "5 of 25 people" in enrich(rows, pseudonym_key=pseudonym_key).warned["most_people_staff"]


def test_rows_of_staff_that_are_most_of_a_log_are_told(enrich):
    rows = [*[updated(8)] * 10, *[updated(9)] * 5, *[seen(4)] * 5]
    assert enrich(rows).warned["most_rows_dropped"] == (
        "Only 5 of 20 lines (25%) are kept: 15 belong to 2 people taken for staff. Check them."
    )
    one = enrich([*[updated(8)] * 15, *[seen(4)] * 5])
    assert "15 belong to one person taken for staff. Check who that is." in one.warned["most_rows_dropped"]


@pytest.mark.parametrize(
    ("figures", "told"),
    [
        ((1, 7, 6, 1), ("Only 1 of 7 lines (14.3%) is kept: 6 belong to one person taken for staff. Check who that is.",
                        "Só 1 de 7 linhas (14,3%) foi mantida: 6 são de uma pessoa tida como equipe. Confira quem é.",
                        "Solo queda 1 de 7 líneas (14,3 %): 6 son de una persona considerada personal. Conviene revisar quién es.")),
        ((1, 7, 6, 2), ("Only 1 of 7 lines (14.3%) is kept: 6 belong to 2 people taken for staff. Check them.",)),
        ((1, 3, 1, 1), ("Only 1 of 3 lines (33.3%) is kept: 1 belongs to one person taken for staff.",)),
        ((0, 2, 1, 1), ("Only 0 of 2 lines (0%) are kept: 1 belongs to one person taken for staff.",)),
        ((0, 1, 1, 1), ("Only 0 of 1 line (0%) is kept: it belongs to one person taken for staff.",)),
        ((1, 9, 0, 0), ("Only 1 of 9 lines (11.1%) is kept. Look at why.",)),
    ],
)  # fmt: skip
def test_few_rows_are_told_in_the_right_number_in_each_language(figures, told):
    warning = most_rows_dropped(*figures)
    for language, text in zip(("en", "pt_BR", "es"), told, strict=False):
        assert say(warning.text, language).replace("\xa0", " ").startswith(text)


def test_numbers_of_the_report_have_their_separators(enrich):
    many = [*[updated(8)] * 1568, *[seen(4)] * 1800]
    text = page_of(enrich(many, keep=("staff",))).text_content()
    assert "1,568 rows of teachers and of Moodle itself are in the files" in text


def test_rows_that_are_left_out_for_another_reason_lead_to_the_reasons(enrich):
    result = enrich([*[seen("0")] * 2000, *[seen(4)] * 5])
    assert result.warned["most_rows_dropped"] == "Only 5 of 2,005 lines (0.2%) are kept. Look at why."
    assert page_of(result).xpath("//p[contains(@class, 'loud')]/a/@href") == ["#dropped"]


def test_what_is_one_is_told_without_a_plural():
    told = [
        warnings.most_rows_dropped(kept=1, rows=10, staff_rows=1, staff=1),
        warnings.most_rows_dropped(kept=1, rows=10, staff_rows=8, staff=2),
        warnings.most_rows_dropped(kept=0, rows=1, staff_rows=1, staff=1),
        warnings.many_others(events=1, kinds=1, kept=1),
        warnings.sources_disagree(1),
        warnings.dates_turned(1),
        warnings.times_unreadable(lost=1, rows=1),
        warnings.doubtful_staff(["4"], {"Updated": 1}),
        warnings.letters_lost(1),
        warnings.rows_unreadable(1),
        warnings.list_unmatched("grades", warnings.Matched(people=2, found=1, missing=1), []),
        warnings.list_unclear("grades", warnings.Matched(people=1, unclear=1)),
        *(warnings.corrected_unused(state, 1, []) for state in ("unknown", "several", "both")),
    ]
    for one in told:
        assert not re.search(SEVERAL, one.text), one.text


def test_a_log_that_names_nobody_has_no_learners(enrich):
    result = enrich([event("", event_name="Course viewed")] * 3)
    assert "No event tells who acted" in result.warned["no_learners"]


def test_kinds_without_a_rule_are_counted_beyond_those_that_are_listed(enrich):
    rows = [
        event("", name="Ana", component="Dice", event_name=f"Dice thrown {letter}")
        for letter in "abcdefghijklmnopqrstuvwxyz"
    ]
    result = enrich(rows)
    assert "26 events of 26 kinds are not classified" in result.warned["many_others"]
    assert len(result.summary.others) == 26
    assert (result.folder / "report.html").read_text().count("For a rules file") == 20


def test_a_log_of_many_years_and_one_of_the_future_are_told(enrich):
    years = enrich([seen(4, time="13/06/2015, 10:00"), seen(4, time="14/06/2021, 10:00")])
    assert years.warned["times_improbable"] == (
        "The events are of more than three years, 13 June 2015 to 14 June 2021: check how the dates were read."
    )
    ahead = now() + timedelta(days=40)
    future = enrich([seen(4, time=f"{ahead:%d/%m/%Y}, 10:00")])
    assert "which is still to come" in future.warned["times_improbable"]


def test_a_zone_that_nobody_told_is_told(enrich):
    assert enrich([seen(4)]).warned["timezone_assumed"] == (
        "Times are taken as UTC time. If your Moodle profile has another zone, change it before you combine the files "
        "with other data."
    )
    assert "timezone_assumed" not in enrich([seen(4)], timezone="UTC").warned
    points = [seen(4, time="2021-06-13 10:00:00+0200")]
    assert enrich(points).warned["timezone_assumed"] == "Hours are shown in UTC time."


def test_people_without_names_are_told(enrich):
    assert "Most events (66.7%) come without a name" in enrich([seen(4), viewed(5), viewed(5)]).warned["names_missing"]
    assert "names_missing" not in enrich([seen(4), viewed(5)]).warned


def test_a_date_that_can_be_but_one_day_is_no_example():
    assert "We took the day." in warnings.date_order_guessed(True, "2021-05-05T10:00:00+00:00").text
    assert "We took the day." in warnings.date_order_guessed(True, "").text


def test_of_dates_without_a_year_the_years_that_were_taken_are_told():
    one, two = warnings.year_guessed((2023, 2023)), warnings.year_guessed((2022, 2023))
    assert (one.text, two.text) == (
        "The dates have no year. We took 2023. Is that right?",
        "The dates have no year. We took 2022 to 2023. Is that right?",
    )
    assert (one.figures, two.figures) == (
        {"year": 2023, "last_year": "2023"},
        {"year": 2023, "first_year": "2022", "last_year": "2023"},
    )
    assert warnings.year_guessed(None) is None


def test_the_years_that_are_told_are_those_of_the_dates_without_one(enrich):
    told = enrich([seen(4, time="13/06/2015, 10:00")], [seen(5, time="13 June, 10:00")]).warned["year_guessed"]
    assert re.fullmatch(r"The dates have no year\. We took 20\d\d\. Is that right\?", told)


def test_a_name_that_a_log_makes_up_is_cut():
    long = "x" * 100_000
    assert len(warnings.most_people_staff(9, {long: 5}).text) < 300
    assert len(warnings.columns_guessed({"time": Column(1, long), "description": Column(2)}).text) < 300


def test_name_and_description_that_disagree_are_told(enrich):
    rows = [viewed(4, component="Quiz", event_name="Quiz attempt submitted"), seen(5)]
    assert "say different things: 1. The name was believed." in enrich(rows).warned["sources_disagree"]
    assert "sources_disagree" not in enrich([seen(5)]).warned


def test_a_learner_who_did_once_what_only_staff_can_do_is_told(enrich):
    submitted = "The user with id '4' has submitted the attempt with id '7' for the quiz with course module id '62'."
    result = enrich([event(submitted), updated(4), seen(5)])
    assert "(such as “Course updated”)" in result.warned["doubtful_staff"]
    (warning,) = [one for one in result.summary.warnings if one.code == "doubtful_staff"]
    assert warning.figures["persons"] == ["4"]


# ---- Where they stand.


@pytest.fixture
def alarming():
    """A log of which nearly everybody is taken for staff, with much else that is odd."""
    return [
        *staffed(6, 1),
        *[event("", name="Learner 300", time="13/06/21, 10:00", event_name="Dice thrown")] * 3,
        seen(300, time="31/02/21, 10:00"),
        seen(300, time="01/02/15, 10:00"),
    ]


def test_the_loudest_stands_first(enrich, alarming):
    codes = list(enrich(alarming).warned)
    assert codes == [code for code in ORDER if code in codes]
    assert len(codes) > 5


def test_the_report_says_so_above_all_figures(enrich, alarming):
    page = page_of(enrich(alarming))
    assert page.xpath("string(//h1)") == "Results, to be checked"
    told = page.xpath("//p[contains(@class, 'warning')][not(preceding::h2)]")
    assert "That is unlikely: check them." in told[0].text_content()
    assert len(told) == len(page.xpath("//*[contains(@class, 'warning')]"))
    assert told[0].xpath("a/@href") == ["#staff"]
    assert page.xpath("//section[.//@id = 'staff']/details/@open")


def test_every_link_of_a_warning_leads_somewhere(enrich, alarming):
    page = page_of(enrich(alarming))
    links = page.xpath("//p[contains(@class, 'warning')]/a/@href")
    assert len(set(links)) > 3
    assert not [link for link in links if not page.xpath("//*[@id = $id]", id=link[1:])]


def test_the_page_of_a_job_and_its_json_say_it_in_their_languages(client, upload, alarming):
    job_id = upload(log_text(alarming), json=True).get_json()["job_id"]
    facts = finish(client, job_id)
    page = html.fromstring(client.get(f"/status/{job_id}").get_data(as_text=True))
    assert page.xpath("string(//h1)") == "log.csv – please check these results"
    shown = [one.text_content() for one in page.xpath("//p[contains(@class, 'warning')]")]
    told = facts["summary"]["warnings"]
    assert all(text.startswith(one["text"]) for one, text in zip(told, shown, strict=True))
    assert told[0].items() >= {"code": "most_people_staff", "staff": 6, "people": 7}.items()
    manifest = client.get(f"/download/{job_id}/manifest.json").get_data(as_text=True)
    assert json.loads(manifest)["warnings"] == told


def test_the_zone_is_told_where_a_program_names_none(client, upload):
    def codes(**fields):
        job_id = upload(log_text([seen(4)]), json=True, **fields).get_json()["job_id"]
        return [one["code"] for one in finish(client, job_id)["summary"]["warnings"]]

    assert codes() == codes(timezone="") == ["timezone_assumed"]
    assert codes(timezone="America/Sao_Paulo") == codes(timezone="UTC") == []


def test_no_name_of_a_person_is_in_a_warning_with_pseudonyms(enrich):
    rows = [updated(user, event_name="Ana Invented spoke", name="Ana Invented") for user in range(4, 9)]
    result = enrich([*rows, seen(30)], pseudonym_key="ab" * 32)
    assert "most_people_staff" in result.warned
    assert "Ana" not in json.dumps(result.summary.facts("en")["warnings"])


def test_a_warning_of_an_earlier_version_is_a_text_without_a_code():
    told = LogWarning("%(events)d events are odd.", {"events": 3})
    assert (told.code, told.text, told.is_loud, told.section) == ("", "3 events are odd.", False, "")


def test_dates_that_a_spreadsheet_turned_are_told():
    told = warnings.dates_turned(3)
    assert (told.code, told.figures) == ("dates_turned", {"rows": 3})
    assert warnings.dates_turned(0) is None
