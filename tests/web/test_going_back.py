"""Of a form that is refused before it is read a browser has kept what was typed, for who goes back."""

import pytest
from conftest import log_text, viewed
from playwright.sync_api import expect
from serving import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("small") / "instance", MOODLELOGSMART_UPLOAD_LIMIT="1").ready()
    yield server
    server.end()


def test_what_was_typed_and_chosen_stands_there_again(visit, tmp_path):
    large, roster = tmp_path / "course.csv", tmp_path / "people.csv"
    large.write_text(log_text([viewed(4)]) * 5000)
    roster.write_text("Name,Roles\nAna Lima,Teacher\n")
    page = visit(java_script_enabled=False)
    page.goto("/")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.get_by_label("Title of the report").fill("Spring course")
    page.get_by_label("A new session starts").fill("45")
    page.get_by_label("Time zone of your Moodle profile").select_option("Asia/Tokyo")
    page.get_by_label("Participants (optional)").set_input_files(roster)
    page.get_by_label("Log of your course").set_input_files(large)
    page.get_by_role("button", name="Make the report").click()
    expect(page.get_by_role("alert")).to_contain_text("course.csv is larger than 1 MB")
    expect(page.get_by_role("alert")).to_contain_text("go back one page in your browser")
    page.go_back()
    expect(page.get_by_label("Title of the report")).to_have_value("Spring course")
    expect(page.get_by_label("A new session starts")).to_have_value("45")
    expect(page.get_by_label("Time zone of your Moodle profile")).to_have_value("Asia/Tokyo")
    assert page.evaluate("[...document.querySelectorAll('[type=file]')].map(one => one.files.length)").count(1) == 2
