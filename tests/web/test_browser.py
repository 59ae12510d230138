"""Ana at work: the pages in a real browser, without JavaScript, as she clicks through them."""

import re
import subprocess
import zipfile
from datetime import datetime, timedelta

import pytest
from browsing import hand_in, hand_in_here, have_read, sending
from conftest import event, graded, log_text, viewed
from playwright.sync_api import expect
from serving import GENERATE

from moodlelogsmart.export.results import RESULT_FILES

RESULT = re.compile(" – what the learners did$")


@pytest.fixture
def page(visit):
    return visit(java_script_enabled=False, locale="en-GB")


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "course log.csv"
    path.write_text(log_text([viewed(user, module) for user in (4, 5) for module in ("page", "quiz")]))
    return path


@pytest.fixture(scope="module")
def long_log(tmp_path_factory):
    """A log that a browser gets to see at work, however slow it is."""
    path = tmp_path_factory.mktemp("logs") / "course.csv"
    subprocess.run([*GENERATE, "80000", path], check=True)
    return path


def unfold(page, heading):
    """Open all that is folded of the page of that heading, as soon as it is there as a whole."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    page.wait_for_load_state()
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


def test_from_the_file_to_the_results(page, long_log):
    hand_in(page, long_log)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your report is being made")
    expect(page.get_by_role("progressbar")).to_be_visible()
    # The page goes on by itself.
    expect(page.get_by_role("heading", level=1)).to_have_text(RESULT)
    expect(page.get_by_role("row", name="Opening material Remember")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="All files (ZIP)").click()
    assert download.value.suggested_filename.startswith("results_")
    assert zipfile.ZipFile(download.value.path()).namelist() == RESULT_FILES
    with page.expect_download() as download:
        page.get_by_role("link", name="enriched_log.xes", exact=True).click()
    assert download.value.suggested_filename == "enriched_log.xes"


def test_a_file_that_is_no_log_is_told_on_the_form(page, tmp_path):
    picture = tmp_path / "picture.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(300))
    hand_in(page, picture)
    expect(page.get_by_role("alert")).to_contain_text("picture.csv is a picture and cannot be read as a table")
    expect(page.get_by_label("Log of your course")).to_be_focused()


def test_a_long_name_of_a_file_stays_on_a_phone(visit, tmp_path):
    picture = tmp_path / f"{'notas_da_turma_' * 7}.csv"
    picture.write_bytes(b"%PDF-1.7\n")
    page = visit(viewport={"width": 390, "height": 800})
    hand_in(page, picture)
    expect(page.get_by_role("alert")).to_contain_text("notas_da_turma_.csv is a PDF")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_log_that_cannot_be_processed_is_told_on_its_page(page, tmp_path):
    log = tmp_path / "log.csv"
    log.write_text(log_text([]))
    have_read(page, log)
    expect(page.get_by_role("heading", level=1)).to_have_text("No report could be made")
    expect(page.get_by_role("alert")).to_contain_text("log.csv has no events")
    page.get_by_role("link", name="Choose another file").click()
    expect(page.get_by_label("Log of your course")).to_be_visible()


def test_it_works_with_the_keyboard_alone(page, log):
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.get_by_label("Log of your course").set_input_files(log)
    page.get_by_label("Log of your course").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Time zone of your Moodle profile")).to_be_focused()
    for box, field in (("Participants, grades, groups", "Groups"), ("More options", "For process mining, one case is")):
        for _ in range(10):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent").strip().startswith(box):
                break
        page.keyboard.press("Enter")
        expect(page.get_by_label(field).first).to_be_visible()
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.locator("button:focus").count():
            break
    expect(page.get_by_role("button", name="Make the report")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(RESULT)


def test_the_start_page_leads_back_to_the_job_and_the_job_can_be_deleted(page, log):
    have_read(page, log)
    expect(page.get_by_role("heading", level=1)).to_have_text(RESULT)
    page.goto("/")
    page.get_by_role("link", name="course log.csv", exact=True).click()
    page.get_by_role("link", name="Delete the results now").click()
    page.get_by_role("link", name="Keep").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(RESULT)
    page.get_by_role("link", name="Delete the results now").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_have_text("“course log.csv” and its results were deleted.")
    expect(page.get_by_role("link", name="course log.csv", exact=True)).to_have_count(0)


def test_a_running_job_can_be_stopped(page, long_log):
    hand_in(page, long_log)
    page.get_by_role("link", name="Stop updating this page").click()
    expect(page.get_by_role("link", name="Update now")).to_be_visible()
    page.get_by_role("link", name="Cancel").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("alert")).to_contain_text("Cancelled. The file was deleted.")


@pytest.mark.parametrize("look", [{"viewport": {"width": 320, "height": 640}}, {"color_scheme": "dark"}])
def test_nothing_is_wider_than_the_screen(visit, log, look):
    page = visit(**look)
    page.goto("/")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    have_read(page, log)
    expect(page.get_by_role("heading", level=1)).to_have_text(RESULT)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("link", name="Check and correct").first.click()
    unfold(page, "Is this right?")
    expect(page.get_by_role("combobox", name="1 · Time")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_wrong_guess_is_put_right_from_the_report_in_three_clicks(page, tmp_path):
    log = tmp_path / "log.csv"
    log.write_text(log_text([viewed(user, time=f"0{user}/04/21, 12:39") for user in (4, 5)]))
    have_read(page, log)
    page.get_by_role("link", name="Check and correct").first.click()
    expect(page.get_by_text("04/04/21, 12:39 → Sunday 4 April 2021, 12:39").first).to_be_visible()
    page.get_by_label("month / day / year").check()
    with sending(page):
        page.get_by_role("button", name="Run again with these").click()
    expect(page.get_by_text("Run again with corrections. Order of the date: mdy.")).to_be_visible()
    expect(page.get_by_text("4 Apr 2021 to 4 May 2021, UTC")).to_be_visible()
    page.get_by_role("link", name="The result before").click()
    expect(page.get_by_text("4 Apr 2021 to 5 Apr 2021, UTC")).to_be_visible()


def test_a_log_without_years_is_short_in_any_order_and_gets_the_year_that_is_said(page, tmp_path):
    log = tmp_path / "log.csv"
    days = [datetime(2019, 9, 20, 9) + timedelta(days=3 * place) for place in range(80)]
    log.write_text(
        log_text(
            viewed(user, name=f"Person {user}", time=day.strftime("%d %B, %H:%M")) for user in (4, 5, 6) for day in days
        )
    )
    have_read(page, log)
    expect(page.get_by_text("The dates have no year. We took 20")).to_have_count(1)
    page.get_by_role("link", name="Check and correct").first.click()
    year = page.get_by_label("Which year?")
    expect(year).to_be_visible()
    year.fill("2020")
    with sending(page):
        page.get_by_role("button", name="Run again with these").click()
    expect(page.get_by_text("20 Sep 2019 to 14 May 2020, UTC")).to_be_visible()
    expect(page.get_by_text("The dates have no year.")).to_have_count(0)


def test_more_years_than_three_are_asked_about_before_anything_runs(page, tmp_path):
    log = tmp_path / "log.csv"
    days = [datetime(2016, 3, 1, 9) + timedelta(days=10 * place) for place in range(150)]
    log.write_text(log_text([viewed(4, name="Ana Reis", time=day.strftime("%d %B, %H:%M")) for day in days]))
    have_read(page, log)
    expect(page.get_by_role("alert")).to_contain_text("which is more than three years")
    page.get_by_label("Which year?").fill("2020")
    with sending(page):
        page.get_by_role("button", name="Run with these").click()
    expect(page.get_by_text("1 Mar 2016 to 30 Mar 2020, UTC")).to_be_visible()


def test_a_person_is_told_to_be_a_learner_with_the_keyboard_alone(page, tmp_path):
    log = tmp_path / "log.csv"
    log.write_text(log_text([viewed(5), graded(4, 5, name="Ana Lima")]))
    have_read(page, log)
    page.get_by_role("link", name="Check and correct").first.press("Enter")
    page.get_by_text("Who learns, who teaches").press("Enter")
    page.get_by_role("checkbox", name="Ana Lima").press("Space")
    with sending(page):
        page.get_by_role("button", name="Run again with these").press("Enter")
    expect(page.get_by_text("Run again with corrections. Learners: 4.")).to_be_visible()


def test_among_hundreds_of_people_one_is_found_and_told_without_losing_what_was_typed(visit, tmp_path):
    page = visit(java_script_enabled=False, locale="en-GB", viewport={"width": 390, "height": 800})
    log = tmp_path / "log.csv"
    log.write_text(
        log_text([graded(4, 5, name="Ana Souza"), *[viewed(user, name=f"Learner {user}") for user in range(10, 250)]])
    )
    have_read(page, log)
    page.get_by_role("link", name="Check and correct").first.click()
    page.get_by_text("Counting").click()
    page.get_by_label("A new session starts after a pause").fill("45")
    page.get_by_text("Who learns, who teaches").click()
    expect(page.get_by_role("checkbox", name="Learner 77")).to_have_count(0)
    page.get_by_label("Find somebody by name or number").fill("LEARNER 77")
    page.get_by_label("Find somebody by name or number").press("Enter")
    one = page.get_by_role("checkbox", name="Learner 77 77")
    expect(one).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("2 people")  # 177 as well
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    one.uncheck()
    page.get_by_label("Find somebody by name or number").fill("learner 78")
    page.get_by_role("button", name="Find").click()
    expect(one).not_to_be_checked()
    with sending(page):
        page.get_by_role("button", name="Run again with these").click()
    expect(
        page.get_by_text(
            "Run again with corrections. A new session starts after a pause of … minutes: 45. Teachers and staff: 77."
        )
    ).to_be_visible()
    page.get_by_role("link", name="Check and correct").first.click()
    page.get_by_text("Counting").click()
    expect(page.get_by_label("A new session starts after a pause")).to_have_value("45")


def test_a_log_that_is_nearly_all_staff_is_told_first_and_leads_to_who_they_are(page, tmp_path):
    log = tmp_path / "log.csv"
    says = "The user with id '{}' updated the course with id '3'."
    log.write_text(
        log_text([viewed(4), *[event(says.format(user), event_name="Course updated") for user in range(10, 15)]])
    )
    have_read(page, log)
    expect(page.get_by_role("heading", level=1)).to_have_text("log.csv – please check these results")
    expect(page.get_by_text("5 of 6 people were taken for staff")).to_be_in_viewport()
    page.get_by_role("link", name="Teachers and staff").first.click()
    expect(page.get_by_role("cell", name="changed the course").first).to_be_in_viewport()


def test_the_browser_has_nothing_to_complain_of(visit, log):
    page = visit()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    have_read(page, log)
    expect(page.get_by_role("heading", level=1)).to_have_text(RESULT)
    assert said == []


def test_a_log_whose_columns_nobody_knows_is_asked_about_and_then_read(visit, tmp_path):
    path = tmp_path / "export.csv"
    path.write_text(
        'Quand,Qui,Quoi\n"03/04/21, 12:39",Ana Lima,Course module viewed\n"17/04/21, 12:39",Bo Silva,Course viewed\n'
    )
    page = visit(java_script_enabled=False, locale="en-GB", viewport={"width": 390, "height": 800})
    have_read(page, path)
    expect(page.get_by_role("heading", level=1)).to_have_text("Is this right?")
    expect(page.get_by_role("alert")).to_contain_text("export.csv has none of the columns of a Moodle log")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("combobox", name="2 · Qui").select_option("user_full_name")
    page.get_by_role("combobox", name="3 · Quoi").select_option("event_name")
    with sending(page):
        page.get_by_role("button", name="Run with these").click()
    expect(page.get_by_role("link", name="All files (ZIP)")).to_be_visible()
    expect(page.get_by_role("row", name="Ana Lima")).to_be_visible()


def test_who_wants_to_check_first_goes_on_by_the_keyboard(page, log):
    page.goto("/")
    page.get_by_label("Log of your course").set_input_files(log)
    page.get_by_label("Let me check before it runs").check()
    with sending(page):
        page.get_by_role("button", name="Make the report").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Is this right?")
    with sending(page):
        page.get_by_role("button", name="Run with these").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(RESULT)


def test_the_zone_is_chosen_from_a_list_said_in_the_report_and_changed_from_there(page, log):
    page.goto("/")
    zone = page.get_by_label("Time zone of your Moodle profile")
    expect(zone.locator("option:checked")).to_have_text("Please choose")
    zone.select_option("São Paulo (UTC−3)")
    with sending(page):
        hand_in_here(page, log)
    figures = page.locator("section[aria-labelledby=figures]")
    expect(figures).to_contain_text("17 Oct 2021, São Paulo time (UTC−3)")
    expect(page.get_by_text("If your Moodle profile has another zone")).to_have_count(0)
    figures.get_by_role("link", name="Change").click()
    # The browser opens the part of the page to which the link leads.
    expect(page.get_by_label("Time zone of your Moodle profile")).to_be_in_viewport()
    page.get_by_label("Time zone of your Moodle profile").select_option("Madrid (UTC+1)")
    with sending(page):
        page.get_by_role("button", name="Run again with these").click()
    expect(figures).to_contain_text("17 Oct 2021, Madrid time (UTC+2)")
    page.goto("/")
    expect(page.get_by_label("Time zone of your Moodle profile").locator("option:checked")).to_have_text(
        "Madrid (UTC+1)"
    )


def hand_in_with_rules(page, log, text):
    """Send the form with a pause of 7 minutes and this rules file."""
    rules = log.with_name("rules.yaml")
    rules.write_text(text)
    page.goto("/")
    page.get_by_text("More options", exact=True).click()
    page.get_by_label("A new session starts after a pause").fill("7")
    page.get_by_label("Your own rules").set_input_files(rules)
    hand_in_here(page, log)


def test_a_refused_form_keeps_the_log_and_has_the_focus_on_the_wrong_field(page, log):
    hand_in_with_rules(page, log, "name: own\nrules: [{id: x}]\n")
    expect(page.get_by_label("Your own rules")).to_be_focused()
    expect(page.get_by_label("Your own rules")).to_be_in_viewport()
    assert page.locator("#rules").get_attribute("aria-invalid") == "true"
    expect(page.locator("#rules")).to_have_accessible_description(re.compile("the field “name” is missing"))
    expect(page.get_by_label("Chosen: course log.csv")).to_be_checked()
    expect(page.get_by_label("A new session starts after a pause")).to_have_value("7")
    with sending(page):
        page.get_by_role("button", name="Make the report").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(RESULT)
    page.goto("/")
    expect(page.get_by_text("Chosen:")).to_have_count(0)


def test_typed_corrections_come_back_with_the_focus_on_the_wrong_one(page, log):
    have_read(page, log)
    page.get_by_role("link", name="Check and correct").first.click()
    page.get_by_text("The file").first.click()
    page.get_by_label("Encoding").fill("nonsense")
    page.get_by_label("Time zone of your Moodle profile").select_option("Asia/Tokyo")
    page.get_by_role("button", name="Run again with these").click()
    expect(page.get_by_label("Encoding")).to_be_focused()
    expect(page.get_by_label("Encoding")).to_have_value("nonsense")
    expect(page.get_by_label("Time zone of your Moodle profile")).to_have_value("Asia/Tokyo")
    page.get_by_label("Encoding").fill("utf-8")
    with sending(page):
        page.get_by_role("button", name="Run again with these").click()
    expect(page.locator("#period")).to_contain_text("Tokyo time (UTC+9)")


def test_who_sends_a_large_file_is_told_to_wait(page):
    page.goto("/")
    button = page.get_by_role("button", name="Make the report").bounding_box()
    hint = page.get_by_text("A large file takes minutes to send: leave this page open.").bounding_box()
    assert 0 < hint["y"] - button["y"] - button["height"] < 60


def test_the_language_of_a_refused_form_is_changed_and_nothing_of_it_is_lost(page, log):
    hand_in_with_rules(page, log, "name: own\nrules: [{id: x}]\n")
    page.get_by_role("link", name="Português").click()
    expect(page.locator("html")).to_have_attribute("lang", "pt-BR")
    expect(page.locator("#rules")).to_be_focused()
    expect(page.locator("#rules")).to_have_accessible_description(re.compile("o campo “name”"))
    expect(page.locator("input[name=kept]")).to_have_value("file")
    expect(page.locator("#session_gap")).to_have_value("7")
    page.get_by_role("link", name="English").click()
    with sending(page):
        page.get_by_role("button", name="Make the report").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(RESULT)


def test_the_foot_of_every_page_says_how_long_what_is_kept(page):
    for address in ("/", "/nothing"):
        page.goto(address)
        expect(page.get_by_role("contentinfo")).to_contain_text(
            "Your log stays on this server; it is deleted after 60 minutes, the results after 24 hours."
        )


def test_the_report_says_it_in_words_and_counts_only_who_is_named(page, tmp_path):
    course = event("The user with id '4' viewed the course with id '3'.", "05/11/21, 12:00", event_name="Course viewed")
    odd = event("", name="Bo Silva", component="", event_name="dice thrown far (https://m.example.org/mod/dice/?id=1)")
    nobody = event("User viewed their submission inbox at course: 148", time="17/12/21, 12:39")
    log = tmp_path / "log.csv"
    log.write_text(log_text([course, odd, odd, nobody, *[viewed(user, time="17/10/21, 12:39") for user in (4, 5)]]))
    have_read(page, log)
    expect(page.locator("#period")).to_contain_text("17 Oct 2021 to 5 Nov 2021")
    expect(page.get_by_role("region", name="Lines left out, and why")).to_contain_text("1 event names nobody")
    expect(page.get_by_role("region", name="Teachers and staff")).to_contain_text("so everybody counts as a learner")
    expect(page.get_by_role("row", name="Opening material Remember")).to_be_visible()
    unknown = page.get_by_role("region", name="Not classified yet")
    expect(unknown).to_contain_text("dice: thrown far 2 events, 1 learner")
    unknown.get_by_role("link", name="Say what they are").click()
    page.get_by_role("combobox", name="dice: thrown far").select_option(label="Taking a quiz or assessing a peer")
    with sending(page):
        page.get_by_role("button", name="Run again with these").press("Enter")
    expect(page.get_by_role("row", name="Taking a quiz or assessing a peer Evaluate")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("listitem").filter(has_text="Invented Studies").first).to_contain_text(
        "17 Oct 2021 – 5 Nov 2021 · 3 learners · log.csv"
    )


def test_a_rules_file_is_refused_with_what_is_known(page, log):
    hand_in_with_rules(page, log, "name: own\nfoo: 1\nrules: []\n")
    expect(page.get_by_role("alert")).to_have_text(
        "Line 2 of rules.yaml: “foo” is not known. Known are: name, rules, version."
    )


def test_grades_and_groups_are_chosen_beside_the_log_and_anew_on_the_page_of_corrections(visit, tmp_path):
    files = {
        "log.csv": log_text([viewed(4, name="Ana Souza"), viewed(5, name="Rui Prado")]),
        "wrong.csv": "Full name\nAna Souza\n",
        "grades.csv": "Full name,Course total (Real)\nAna Souza,8.5\nIda Absent,7\n",
        "groups.csv": "Full name,Groups\nAna Souza,A\nRui Prado,B\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    page = visit(viewport={"width": 390, "height": 800}, java_script_enabled=True, locale="en-GB")
    page.goto("/")
    page.get_by_text("Participants, grades, groups (optional)").click()
    page.get_by_label("Grades", exact=True).set_input_files(tmp_path / "wrong.csv")
    hand_in_here(page, tmp_path / "log.csv")
    grades = page.get_by_label("Grades", exact=True)
    expect(grades).to_be_focused()
    expect(grades).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("alert")).to_contain_text("wrong.csv has no columns of grades beside names")
    expect(page.get_by_text("Grades (optional): in Moodle, Grades → Export → Plain text file.")).to_be_visible()
    grades.set_input_files(tmp_path / "grades.csv")
    with sending(page):
        page.get_by_role("button", name="Make the report").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(RESULT)
    told = "Grades (grades.csv): 1 of 2 people in the log. Not in the log: Ida Absent."
    expect(page.get_by_text(told).first).to_be_visible()
    page.get_by_role("link", name="Check and correct").first.click()
    unfold(page, "Is this right?")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("Groups", exact=True).set_input_files(tmp_path / "groups.csv")
    with sending(page):
        page.get_by_role("button", name="Run again with these").click()
    unfold(page, RESULT)
    expect(page.get_by_text("Groups: 2 of 2 people in the log.")).to_be_visible()
    expect(page.get_by_text(told).first).to_be_visible()
