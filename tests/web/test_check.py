"""Each part of what was understood is seen on a page, can be corrected there, and the result changes by it."""

import csv
import io
import json
import re
import zipfile

import pytest
from conftest import event, finish, graded, log_text, until, viewed
from dumps import TABLE, saved, table
from lxml import html
from spreadsheets import NOVEMBER, SPREAD, opened, xlsx_of

from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process

ROWS = [
    graded(4, 5, time="03/04/21, 12:39", name="Ana Lima"),
    viewed(5, time="05/04/21, 12:39", name="Bo Silva"),
    viewed(6, time="06/04/21, 12:39", name="Carla Souza"),
    event("The user with id '6' has seen a robot.", time="07/04/21, 12:39", name="Carla Souza", component="Robot", event_name="Robot seen"),
]  # fmt: skip
LOG = log_text(ROWS)


@pytest.fixture
def page(client):
    """The form of the check page of a job, as a browser has it."""

    def get(job_id):
        answer = client.get(f"/check/{job_id}")
        assert answer.status_code == 200
        return html.fromstring(answer.text).forms[0]

    return get


@pytest.fixture
def send(client):
    """Press the button of the form: what the server answers."""

    def press(form, **files):
        data = {}
        for name, value in form.form_values():
            data.setdefault(name, []).append(value)
        return client.post(form.action, data={**data, **files}, headers={"Accept": "application/json"})

    return press


@pytest.fixture
def corrected(client, page, send):
    """The result of a job once its form was changed and sent: the manifest, and the rows of the enriched log."""

    def run(job_id, change):
        form = page(job_id)
        change(form)
        answer = send(form)
        assert answer.status_code == 202, answer.get_json()
        facts = finish(client, answer.get_json()["job_id"])
        assert facts["status"] == "completed", facts
        files = files_of(client, facts["job_id"])
        rows = list(csv.DictReader(io.StringIO(files["enriched_log.csv"].decode())))
        return json.loads(files["manifest.json"]), rows

    return run


def files_of(client, job_id):
    archive = zipfile.ZipFile(io.BytesIO(client.get(f"/download/{job_id}").data))
    return {name: archive.read(name) for name in archive.namelist()}


def zipped(*logs):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for place, log in enumerate(logs):
            archive.writestr(f"{place}.csv", log)
    return out.getvalue()


def field(form, name):
    (found,) = [one for one in form.inputs if one.name == name]
    return found


def tick(form, name, value, on=True):
    (box,) = [one for one in form.xpath(f'.//input[@name="{name}"]') if one.get("value") == value]
    box.checked = on


def choose(form, name, value):
    (box,) = form.xpath(f'.//input[@type="radio" and @name="{name}" and @value="{value}"]')
    for other in form.xpath(f'.//input[@type="radio" and @name="{name}"]'):
        other.attrib.pop("checked", None)
    box.set("checked", "checked")


def people(rows):
    return {row["user_full_name"] for row in rows}


def test_sent_unchanged_it_gives_the_same_bytes(done, client, page, send):
    job_id = done(LOG, timezone="America/Sao_Paulo", session_gap="45")
    again = finish(client, send(page(job_id)).get_json()["job_id"])
    assert files_of(client, again["job_id"]) == files_of(client, job_id)


def test_a_table_of_the_database_sent_unchanged_gives_the_same_bytes(done, client, page, send):
    job_id = done(saved(table(), header=list(TABLE)))
    again = finish(client, send(page(job_id)).get_json()["job_id"])
    assert files_of(client, again["job_id"]) == files_of(client, job_id)


def test_columns_of_a_table_of_the_database_are_corrected(done, client, corrected):
    swapped = [{"userid": "relateduserid", "relateduserid": "userid"}.get(name, name) for name in TABLE]
    job_id = done(saved(table(), header=swapped))
    user, related = TABLE.index("userid") + 1, TABLE.index("relateduserid") + 1

    def swap(form):
        form.fields[f"column-{user}"], form.fields[f"column-{related}"] = "userid", "relateduserid"

    manifest, rows = corrected(job_id, swap)
    assert manifest["corrections"] == {"columns": {"userid": user, "relateduserid": related}}
    assert {row["user_id"] for row in rows} == {"5", "6"}


def test_a_zone_that_is_corrected_by_the_file_gives_the_same_bytes(done, client, upload):
    by_option = done(LOG, timezone="America/Sao_Paulo", year="2019")
    corrections = io.BytesIO(client.get(f"/download/{by_option}/corrections.yaml").data)
    by_file = finish(client, upload(LOG, json=True, corrections=(corrections, "c.yaml")).get_json()["job_id"])
    assert files_of(client, by_file["job_id"]) == files_of(client, by_option)


def test_dates_that_a_spreadsheet_turned_or_not_are_shown_and_corrected(done, client, page, corrected, tmp_path):
    for moments, known, other in ((NOVEMBER, "dmy", "ymd"), (SPREAD["a year"], "ymd", "dmy")):
        log = xlsx_of(opened(moments) if known == "dmy" else moments)
        job_id = done(log, name="log.xlsx")
        form = page(job_id)
        assert dict(form.form_values())["date_order"] == known
        assert [one.get("value") for one in form.xpath(".//input[@name='date_order']")] == ["dmy", "ymd"]
        text = " ".join(form.text_content().split())
        assert "as they stand in the file 2016-" in text
        assert "day and month swapped: a spreadsheet took the day for the month 2016-" in text
        manifest, rows = corrected(job_id, lambda form: choose(form, "date_order", other))  # noqa: B023
        assert manifest["corrections"] == {"date_order": other}
        (tmp_path / "log.xlsx").write_bytes(log)
        process(tmp_path / "log.xlsx", Options(date_order=other), tmp_path / "out.zip")
        with zipfile.ZipFile(tmp_path / "out.zip") as archive:
            told = list(csv.DictReader(io.StringIO(archive.read("enriched_log.csv").decode())))
            guessed = client.get(f"/download/{job_id}/enriched_log.csv").text
        assert rows == told != list(csv.DictReader(io.StringIO(guessed)))


def test_the_dates_are_shown_in_both_orders_and_change_by_the_one_that_is_chosen(done, client, corrected):
    job_id = done(LOG)
    shown = client.get(f"/check/{job_id}").text
    assert "Saturday 3 April 2021" in shown
    assert "Thursday 4 March 2021" in shown
    manifest, rows = corrected(job_id, lambda form: choose(form, "date_order", "mdy"))
    assert manifest["corrections"] == {"date_order": "mdy"}
    assert [row["time"][:10] for row in rows] == ["2021-05-04", "2021-06-04", "2021-07-04"]


def test_who_is_ticked_is_a_learner_and_who_is_not_is_staff(done, corrected):
    job_id = done(LOG)
    manifest, rows = corrected(job_id, lambda form: tick(form, "learners", "4"))
    assert manifest["corrections"] == {"learners": ["4"]}
    assert "Ana Lima" in people(rows)
    manifest, rows = corrected(job_id, lambda form: tick(form, "learners", "5", on=False))
    assert manifest["corrections"] == {"staff": ["5"]}
    assert people(rows) == {"Carla Souza"}


def test_a_kind_of_act_that_is_no_act_of_staff_makes_all_learners_whom_it_told(done, corrected):
    rows = [graded(user, 5, time=f"0{user}/04/21, 12:39", name=f"Person {user}", event_name="Work graded") for user in (1, 2, 3, 4)]  # fmt: skip
    job_id = done(log_text([*rows, *ROWS[1:]]))
    _manifest, kept = corrected(job_id, lambda form: tick(form, "acts", "Work graded"))
    assert {f"Person {user}" for user in (1, 2, 3, 4)} <= people(kept)


def test_a_kind_of_event_gets_a_meaning_which_can_be_taken_back(done, client, page, corrected):
    job_id = done(LOG)

    def means(code):
        def change(form):
            (select,) = [one for one in form.inputs if one.name == "meanings"]
            select.value = next(one for one in select.value_options if one.endswith(f"={code}"))

        return change

    manifest, _rows = corrected(job_id, means("Synthesize"))
    assert (manifest["activity_types"].get("Synthesize"), manifest["activity_types"].get("Others")) == (1, None)
    again = client.get("/").text
    newest = re.search(r"/status/([0-9a-f-]{36})", again)[1]
    manifest, _rows = corrected(newest, means("Others"))
    assert manifest["activity_types"]["Others"] == 1


def test_columns_are_chosen_by_what_is_in_them(done, client, page, corrected):
    header, *rows = list(csv.reader(io.StringIO(LOG)))
    header[1], header[2] = header[2], header[1]
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    job_id = done(out.getvalue())
    assert "Bo Silva | Carla Souza" in client.get(f"/check/{job_id}").text.replace("Ana Lima | ", "")

    def swap(form):
        field(form, "column-2").value, field(form, "column-3").value = "user_full_name", "affected_user"

    manifest, kept = corrected(job_id, swap)
    assert people(kept) == {"Bo Silva", "Carla Souza"}
    assert manifest["corrections"]["columns"] == {"user_full_name": 2, "affected_user": 3}
    assert people(corrected(job_id, lambda form: setattr(field(form, "column-2"), "value", ""))[1]) == {"-"}


@pytest.mark.parametrize("several", [False, True])
def test_where_no_column_is_set_as_the_time_it_says_that(done, client, page, send, several):
    job_id = done(zipped(LOG, LOG), name="logs.zip") if several else done(LOG)
    form = page(job_id)
    field(form, "column-1").value = ""
    answer = send(form).get_json()
    error = answer.get("error") or finish(client, answer["job_id"])["error"]
    file = "0.csv" if several else "log.csv"
    assert error == f"No column of {file} is set as the time. Choose the one with date and time."


def test_one_thing_in_two_columns_is_refused_on_the_page_itself(done, page, send, client):
    job_id = done(LOG)
    form = page(job_id)
    field(form, "column-3").value = "user_full_name"
    data = [(name, value) for name, value in form.form_values()]
    answer = client.post(form.action, data={name: [v for n, v in data if n == name] for name, _v in data})
    assert answer.status_code == 400
    assert "Two columns cannot both be “who acted”." in answer.text
    assert "Run again with these" in answer.text


def test_zone_encoding_and_year_are_corrected(done, corrected):
    job_id = done(LOG)
    manifest, rows = corrected(job_id, lambda form: setattr(field(form, "timezone"), "value", "Asia/Tokyo"))
    assert rows[0]["time"].endswith("+09:00")
    accents = LOG.replace("Bo Silva", "Zoë Silva")
    assert "ZoÃ« Silva" in people(corrected(done(accents), lambda form: setattr(field(form, "encoding"), "value", "latin-1"))[1])  # fmt: skip
    bare = log_text([viewed(5, time=f"{day} April, 09:00") for day in (3, 4, 5)])
    manifest, rows = corrected(done(bare), lambda form: setattr(field(form, "year"), "value", "2017"))
    assert {row["time"][:4] for row in rows} == {"2017"}
    assert manifest["corrections"] == {"year": 2017}


def test_of_dates_without_a_year_it_asks_which_and_says_what_was_taken(done, client, page):
    dated = viewed(6, time="05/04/19, 09:00")
    bare = [viewed(5, time=f"{day}, 09:00", name="Bo Silva") for day in ("30 December", "2 January", "3 February")]
    for files in ([bare], [bare[:1], bare[1:]], [[dated], bare]):
        form = page(done(zipped(*map(log_text, files)), name="logs.zip", year="2017"))
        assert field(form, "year").value == "2017"
        assert form.xpath('normalize-space(//label[@for="year"])') == "Which year?"
        assert (
            form.xpath('normalize-space(//*[@id="year-hint"])') == "The year of the newest event. We took 2016 to 2017."
        )
    assert not page(done(LOG)).xpath('//input[@name="year"]')


def test_as_json_it_says_of_each_part_how_sure_it_is(done, client):
    told = client.get(f"/check/{done(LOG)}", headers={"Accept": "application/json"}).get_json()
    assert set(told) == {"reading", "warnings", "people", "unknown", "corrections"}
    assert set(told["reading"]["files"][0]["date_order"]) == {"value", "sure", "by"}
    assert told["reading"]["timezone"] == {"value": "UTC", "sure": False, "by": "nothing; no log tells its zone"}
    assert [(one["person"], one["role"]) for one in told["people"]] == [("4", "staff"), ("6", "learner"), ("5", "learner")]  # fmt: skip
    assert [(one["component"], one["events"]) for one in told["unknown"]] == [("Robot", 1)]


def test_with_pseudonyms_it_names_nobody(done, client, corrected):
    job_id = done(LOG, pseudonyms="site")
    for accept in ("text/html", "application/json"):
        shown = client.get(f"/check/{job_id}", headers={"Accept": accept}).text
        assert not re.search("Ana Lima|Bo Silva|Carla|10\\.0\\.0\\.1|user with id", shown)
    code = client.get(f"/check/{job_id}", headers={"Accept": "application/json"}).get_json()["people"][0]["person"]
    manifest, _rows = corrected(job_id, lambda form: tick(form, "learners", code))
    assert (manifest["corrections"], manifest["learners"]) == ({"learners": [code]}, 3)


def test_once_the_log_is_gone_the_page_asks_for_it(done, client, page, send):
    job_id = done(LOG, keep_input="0")
    form = page(job_id)
    files = [one.name for one in form.inputs if one.get("type") == "file"]
    assert files == ["file", "roster", "grades", "groups", "labels"]
    tick(form, "learners", "4")
    answer = send(form, file=(io.BytesIO(LOG.encode()), "log.csv"))
    facts = finish(client, answer.get_json()["job_id"])
    assert (facts["status"], facts["summary"]["learners"]) == ("completed", 3)


def test_the_corrections_can_be_saved(done, client, corrected):
    corrected(done(LOG), lambda form: tick(form, "learners", "4"))
    newest = re.search(r"/status/([0-9a-f-]{36})", client.get("/").text)[1]
    assert client.get(f"/download/{newest}/corrections.yaml").text == "learners:\n- '4'\n"
    assert f"/download/{newest}/corrections.yaml" in client.get(f"/check/{newest}").text


def test_the_result_says_what_was_corrected(done, client, corrected):
    corrected(done(LOG), lambda form: tick(form, "learners", "4"))
    newest = re.search(r"/status/([0-9a-f-]{36})", client.get("/").text)[1]
    assert "Learners: 4" in client.get(f"/status/{newest}").text


def test_nobody_elses_and_nothing_unfinished_is_shown(done, client, app, manager):
    job_id = done(LOG)
    assert app.test_client().get(f"/check/{job_id}").status_code == 404
    under_way = manager.create_job(owner=manager.get_job(job_id).owner)
    assert client.get(f"/check/{under_way}").status_code == 303
    assert client.get(f"/check/{under_way}", headers={"Accept": "application/json"}).status_code == 409


def test_of_a_result_of_an_earlier_version_what_is_known_is_shown_and_it_runs_again(done, client, manager, page, send):
    job_id = done(LOG)
    file = manager.folder(job_id) / "summary.json"
    told = json.loads(file.read_text())
    for name in ("reading", "everybody", "corrections"):
        del told[name]
    file.write_text(json.dumps(told))
    assert finish(client, send(page(job_id)).get_json()["job_id"])["status"] == "completed"


# ---- People: every one of them can be corrected, whatever the name, and however many there are.


def by_name(says, name, **cells):
    """A row of a log that has names and no numbers."""
    return event(says, name=name, **{"time": "05/04/21, 12:39"} | cells)


def log_of_names(staff=(), learners=()):
    graded = [
        by_name("-", name, component="Assignment", event_name="The submission has been graded.") for name in staff
    ]
    return log_text([*graded, *[by_name("-", name, event_name="Course viewed") for name in learners]])


def staff_of(client, job_id):
    rows = csv.DictReader(io.StringIO(client.get(f"/download/{job_id}/staff.csv").text))
    return {row["person"] for row in rows}


def run_again(client, send, form, **files):
    answer = send(form, **files)
    assert answer.status_code == 202, answer.get_json()
    facts = finish(client, answer.get_json()["job_id"])
    assert facts["status"] == "completed", facts
    return facts


LONG = "Maria " * 300


def test_whatever_somebody_is_called_can_be_ticked_and_told_by_an_act(done, client, page, send):
    names = [LONG + "Souza", "=Ana Souza", "+Ana Souza", "@ana", "Ana, Souza; 'the' \"other\""]
    job_id = done(log_of_names(staff=[*names, "Tea Cher"], learners=["Bo Silva"]))
    form = page(job_id)
    for name in names:
        (value,) = [one["person"] for one in people_of(client, job_id) if one["person"].startswith(name[:100])]
        tick(form, "learners", value)
    assert run_again(client, send, form)["summary"]["learners"] == 6
    form = page(job_id)
    tick(form, "acts", "The submission has been graded.")
    assert run_again(client, send, form)["summary"]["learners"] == 7


def people_of(client, job_id, query=""):
    return client.get(f"/check/{job_id}{query}", headers={"Accept": "application/json"}).get_json()["people"]


def test_two_who_have_the_same_first_letters_are_told_and_not_guessed(done, client, page, send):
    job_id = done(log_of_names(staff=[LONG + "Souza", LONG + "Prado"], learners=["Bo Silva"]))
    form = page(job_id)
    for box in form.xpath('.//input[@name="learners"]'):
        box.checked = True
    facts = run_again(client, send, form)
    assert facts["summary"]["learners"] == 1
    assert "several people have" in " ".join(one["text"] for one in facts["summary"]["warnings"])


MANY = [f"Learner {number}" for number in range(240)]


@pytest.fixture
def crowd(done):
    return done(log_of_names(staff=["Tea Cher"], learners=[*MANY, "Zoë Ångström", "João Souza", *["João Prado"] * 2]))


def names_on(form):
    return form.xpath('.//input[@name="shown"]/@value')


def search(client, form, who):
    """Press the button “Find”."""
    (button,) = form.xpath('.//button[@name="find"]')
    data = {}
    for name, value in [*form.form_values(), ("find", "1")]:
        data.setdefault(name, []).append(value)
    answer = client.post(button.get("formaction"), data=data | {"who": who}, content_type=button.get("formenctype"))
    assert answer.status_code == 200
    return html.fromstring(answer.text).forms[0]


def test_of_many_people_only_the_staff_is_shown_and_the_others_are_found(crowd, client, page):
    form = page(crowd)
    assert names_on(form) == ["Tea Cher"]
    assert "Of 244 people only those taken for staff" in form.text_content()
    for who in ("angstrom", "ZOË", "  zoe   ang "):
        assert names_on(search(client, form, who)) == ["Zoë Ångström", "Tea Cher"]
        got = client.get(f"/check/{crowd}", query_string={"who": who})
        assert names_on(html.fromstring(got.text).forms[0]) == ["Zoë Ångström", "Tea Cher"]
        assert [one["person"] for one in people_of(client, crowd, f"?who={who}")] == ["Zoë Ångström"]
    assert names_on(search(client, form, "joao")) == ["João Prado", "João Souza", "Tea Cher"]
    assert names_on(search(client, form, "nobody at all")) == names_on(search(client, form, "")) == ["Tea Cher"]
    many = search(client, form, "learner")
    assert len(names_on(many)) == 51
    assert "the first 50 of 240 people" in many.text_content()


def test_what_was_typed_before_a_search_is_not_lost(crowd, client, page, send):
    form = page(crowd)
    tick(form, "learners", "Tea Cher")
    field(form, "session_gap").value, field(form, "timezone").value = "45", "Asia/Tokyo"
    field(form, "encoding").value, field(form, "column-5").value = "cp1252", ""
    choose(form, "date_order", "mdy")
    form = search(client, form, "zoe")
    tick(form, "learners", "Zoë Ångström", on=False)
    form = search(client, form, "Learner 7")
    assert {"Zoë Ångström", "Learner 7", "Learner 77", "Tea Cher"} < set(names_on(form))
    tick(form, "learners", "Learner 7", on=False)
    assert (field(form, "session_gap").value, field(form, "timezone").value) == ("45", "Asia/Tokyo")
    assert (field(form, "encoding").value, field(form, "column-5").value) == ("cp1252", "")
    field(form, "encoding").value = "utf-8"
    facts = run_again(client, send, form)
    assert staff_of(client, facts["job_id"]) == {"Zoë Ångström", "Learner 7"}
    manifest = json.loads(files_of(client, facts["job_id"])["manifest.json"])
    assert manifest["options"]["session_gap"] == 45
    assert manifest["corrections"]["date_order"] == "mdy"
    assert manifest["corrections"]["learners"] == ["Tea Cher"]


def test_a_refused_form_keeps_what_was_typed(done, page, client):
    form = page(done(LOG))
    field(form, "column-3").value = "user_full_name"
    field(form, "session_gap").value = "45"
    tick(form, "learners", "4")
    data = {}
    for name, value in form.form_values():
        data.setdefault(name, []).append(value)
    answer = client.post(form.action, data=data)
    assert answer.status_code == 400
    again = html.fromstring(answer.text).forms[0]
    assert (field(again, "session_gap").value, field(again, "column-3").value) == ("45", "user_full_name")
    assert [box.checked for box in again.xpath('.//input[@name="learners" and @value="4"]')] == [True]


@pytest.mark.parametrize("check", ["0", "1"])
def test_an_act_makes_learners_of_all_whom_it_told_beyond_those_shown(client, upload, page, send, check):
    log = log_of_names(staff=MANY, learners=["Bo Silva"])
    job_id = upload(log, json=True, check=check).get_json()["job_id"]
    until(lambda: client.get(f"/check/{job_id}", headers={"Accept": "application/json"}).status_code == 200)
    form = page(job_id)
    assert len(names_on(form)) == 200
    tick(form, "acts", "The submission has been graded.")
    assert run_again(client, send, form)["summary"]["learners"] == 241


def test_with_pseudonyms_people_are_found_by_code_and_named_nowhere(done, client, manager):
    job_id = done(log_of_names(staff=["Tea Cher"], learners=MANY), pseudonyms="site")
    folder = manager.folder(job_id)
    for file in folder.glob("*.*"):
        assert not re.search(b"Tea Cher|tea cher|[Ll]earner 7", file.read_bytes()), file.name
    code = people_of(client, job_id)[0]["person"]
    assert [one["person"] for one in people_of(client, job_id, f"?who={code}")] == [code]
    assert people_of(client, job_id, "?who=Learner") == []


def test_people_are_forgotten_with_the_results(done, manager):
    job_id = done(LOG)
    folder = manager.folder(job_id)
    assert {path.name for path in folder.iterdir()} >= {"people.sqlite", "summary.json"}
    manager.cleanup_job(job_id)
    assert not folder.exists()


def test_who_is_on_the_list_of_participants_and_not_in_the_log_is_told(done, client):
    people = b"Full name,Roles\nBo Silva,Student\nIda Absent,Student\n"
    job_id = done(LOG, roster=(io.BytesIO(people), "participants.csv"))
    for page in (f"/check/{job_id}", f"/status/{job_id}"):
        text = " ".join(html.fromstring(client.get(page).text).text_content().split())
        assert "List of participants: 1 of 2 people in the log. Not in the log: Ida Absent." in text
    codes = done(LOG, roster=(io.BytesIO(people), "participants.csv"), pseudonyms="site")
    for page in (f"/check/{codes}", f"/status/{codes}"):
        text = " ".join(html.fromstring(client.get(page).text).text_content().split())
        assert "List of participants: 1 of 2 people in the log. 1 is not." in text
        assert "Absent" not in text


def test_why_is_said_in_words_and_the_class_of_an_event_is_a_title(done, client):
    rows = [graded(4, 5, time=f"0{day}/04/21, 12:39", name="Ana Souza", event_name=r"\mod_assign\event\submission_graded") for day in (3, 4)]  # fmt: skip
    job_id = done(log_text([*rows, *ROWS[1:]]))
    for page in (f"/check/{job_id}", f"/status/{job_id}"):
        cell = html.fromstring(client.get(page).text).xpath('//tr[contains(., "Ana Souza")]/td/span[@title]')[0]
        assert cell.text_content() == "graded a submission (2 times, first on 3 Apr 2021)"  # fmt: skip
        assert cell.get("title") == r"\mod_assign\event\submission_graded"
    shown = client.get(f"/check/{job_id}?lang=pt_BR").text
    assert "avaliou um envio" in shown


def test_nobody_taken_for_staff_is_told_with_where_to_correct_it(done, client):
    job_id = done(log_text(ROWS[1:]))
    (section,) = html.fromstring(client.get(f"/status/{job_id}").text).xpath('//section[@aria-labelledby="staff"]')
    text = " ".join(section.text_content().split())
    assert text == (
        "Teachers and staff Nobody in this log did what only staff can do, so everybody counts as a learner, perhaps the "
        "teacher too. Check and correct"
    )
    assert section.xpath(".//a/@href") == [f"/check/{job_id}#people"]
    report = client.get(f"/download/{job_id}/report.html").text
    assert "Nobody in this log did what only staff can do" in report
    assert "/check/" not in report


def test_it_says_by_what_each_part_was_decided(done, client):
    text = " ".join(html.fromstring(client.get(f"/check/{done(LOG)}").text).text_content().split())
    for part in ("its first bytes", "all of it is valid UTF-8", "nothing; no log tells its zone"):
        assert f"Decided by: {part}." in text


def test_names_become_codes_and_names_again_by_the_page(done, client, corrected):
    def choose(value):
        return lambda form: form.fields.__setitem__("pseudonyms", value)

    _manifest, rows = corrected(done(LOG), choose("site"))
    assert all(re.fullmatch("u[0-9a-f]{12}", row["user_full_name"]) for row in rows)
    newest = re.search(r"/status/([0-9a-f-]{36})", client.get("/").text)[1]
    _manifest, rows = corrected(newest, choose(""))
    assert "Bo Silva" in {row["user_full_name"] for row in rows}


def test_it_leads_to_what_is_to_be_looked_at_first(done, client):
    page = html.fromstring(client.get(f"/check/{done(LOG)}").text)
    (told,) = page.xpath("//p[contains(., 'to look at')]")
    assert told.text_content().startswith("2 things to look at: Dates and times")
    assert {page.get_element_by_id(link[1:]).tag for link in told.xpath("a/@href")} == {"details"}


# ---- As much as a log may have: all that is shown can be sent.


def test_each_of_many_columns_kinds_of_events_and_people_is_on_the_page_and_can_be_corrected(done, client, page, send):
    letters = "abcdefghijklmnopqrstuvwxyz"
    wide = {f"Extra {place}": "-" for place in range(60)}
    kinds = [f"{one} and {other}" for one in letters[:4] for other in letters]
    rows = [
        wide | event("", name=f"Person {place % 60}", component="Dice", event_name=f"Dice thrown {kind}") | {"Affected user": "x"}
        for place, kind in enumerate(kinds)
    ]  # fmt: skip
    swapped = {"User full name": "Affected user", "Affected user": "User full name"}
    header = ",".join([*wide, *(swapped.get(name, name) for name in event(""))])
    log = "\n".join([header, log_text(rows, [*wide, *event("")]).split("\n", 1)[1]])
    form = page(done(log))
    form.fields["column-62"], form.fields["column-63"] = "user_full_name", "affected_user"
    for select in [one for one in form.inputs if one.name == "meanings"]:
        select.value = next(one for one in select.value_options if one.endswith("=Synthesize"))
    facts = run_again(client, send, form)
    manifest = json.loads(files_of(client, facts["job_id"])["manifest.json"])
    assert manifest["activity_types"] == {"Synthesize": len(kinds)}
    assert manifest["corrections"]["columns"] == {"user_full_name": 62, "affected_user": 63}
    assert manifest["learners"] == 60


def test_a_form_of_more_fields_than_an_upload_may_have_is_read(done, client, crowd, page):
    form = page(crowd)
    shown = [("shown", f"Learner {place}") for place in range(1, 1200)]
    data = {}
    for name, value in [*form.form_values(), *shown]:
        data.setdefault(name, []).append(value)
    assert client.post(form.action, data=data | {"find": "1", "who": "x"}).status_code == 200
    assert client.post(form.action, data=data, content_type="multipart/form-data").status_code in (303, 400)


def test_who_has_the_number_of_guests_is_shown_as_one_and_can_be_told_to_learn(done, client, page, corrected):
    job_id = done(log_text([viewed(1, time="05/04/21, 12:39", name="Ana Lima"), *ROWS[1:]]))
    assert [one["role"] for one in people_of(client, job_id) if one["person"] == "1"] == ["guest"]
    assert "has Moodle's number of guests, and only looked" in page(job_id).text_content()
    manifest, rows = corrected(job_id, lambda form: tick(form, "learners", "1"))
    assert manifest["corrections"] == {"learners": ["1"]}
    assert "Ana Lima" in people(rows)
