"""With pseudonyms nobody is named anywhere: not in a file, on a page or in a list, whatever else is set."""

import io
import zipfile
from html import unescape

import pytest
from conftest import event, finish, graded, log_text, until, viewed

JSON = {"Accept": "application/json"}
NAMES = ["Brunilda Almadóvar", "Caio D'Ávila", "Teodora Cherubini", "Zenóbia Quartim", "Hildegard Amarante"]
IDS = ["987654", "876543", "765432", "654321"]
ADDRESSES = ["203.0.113.77", "2001:db8::77"]
ODD = {"component": "Dice", "event_name": f"Dice thrown for {NAMES[0]}"}

# Two learners, one who counts as staff by what they did, one by the list, and one who is in the list alone.
ROWS = [
    *[viewed(IDS[0], name=NAMES[0], **{"IP address": ADDRESSES[0]}) for _ in range(3)],
    *[viewed(IDS[1], name=NAMES[1], **{"IP address": ADDRESSES[1]}) for _ in range(2)],
    graded(IDS[2], IDS[0], name=NAMES[2], **{"IP address": ADDRESSES[0], "Affected user": NAMES[0]}),
    viewed(IDS[3], name=NAMES[3], **{"IP address": ADDRESSES[1], "Event context": f"User: {NAMES[1]}"}),
    event(f"The user with id '{IDS[0]}' viewed the course with id '7'.", name=NAMES[0], event_name="Course viewed"),
    event("", name=NAMES[0], **ODD),
    viewed(IDS[0], name=NAMES[0], time="never"),
]
BROKEN = f"\n17/10/21 12:39,{NAMES[0]},{IDS[0]},{ADDRESSES[0]}\n"
ROSTER = "First name,Last name,Roles\n" + "".join(
    f"{name.partition(' ')[0]},{name.partition(' ')[2]},{role}\n"
    for name, role in zip(NAMES, ["Student", "Student", "Student", "Teacher", "Student"], strict=True)
)
# Of who is on it alone the names of items and groups tell as well, which no log does.
GRADES = f"First name,Last name,Quiz: Test of {NAMES[1]} (Real),Essay of {NAMES[4]} (Letter)\n" + "".join(
    f"{name.partition(' ')[0]},{name.partition(' ')[2]},8.5,of {NAMES[0]}\n" for name in NAMES
)
GROUPS = "Full name,Groups\n" + "".join(f"{name},Group of {name}\n" for name in NAMES)
LABELS = f"element,label\n62,Work of {NAMES[0]}\n*{NAMES[1]}*,Seen by {NAMES[4]}\n"
RULES = "name: own\nrules: []\n"
# All filters at once; a group that is asked for is called by a person, one of them by nobody in the log.
FILTERS = {
    "from": "2021-10-01", "until": "2021-10-31", "course": ["Invented Studies", f"Course of {NAMES[2]}"],
    "group": [f"Group of {name}" for name in (NAMES[0], NAMES[1], NAMES[3], NAMES[4])],
    "module": ["page", "dice", f"Dice of {NAMES[3]}"],
}  # fmt: skip


def named(where, text):
    """Who is named in the text, as HTML or as it is."""
    return [(where, who) for who in (*NAMES, *IDS, *ADDRESSES) if who in text or who in unescape(text)]


def named_in_files(archive):
    book = zipfile.ZipFile(io.BytesIO(archive))
    return [one for name in book.namelist() for one in named_in(name, book.read(name))]


def named_in(name, content):
    """Who is named in a file of the results."""
    if not name.endswith(".xlsx"):
        return named(name, content.decode(errors="replace"))
    sheets = zipfile.ZipFile(io.BytesIO(content))
    return [one for sheet in sheets.namelist() for one in named(f"{name}/{sheet}", sheets.read(sheet).decode())]


@pytest.fixture
def everything():
    """All that a form can say of people at once."""
    return {
        "keep": ["staff", "system", "side_effect", "guest", "logged_in_as"],
        "case": "session",
        "staff": [NAMES[1], "Nobody Known"],
        "learners": [IDS[2]],
        "meanings": ["dice/dice_thrown=Interact"],
        "date_order": "dmy",
        "timezone": "America/Sao_Paulo",
        "roster": (io.BytesIO(ROSTER.encode()), "participants.csv"),
        "grades": (io.BytesIO(GRADES.encode()), "grades.csv"),
        "groups": (io.BytesIO(GROUPS.encode()), "groups.csv"),
        "rules": (io.BytesIO(RULES.encode()), "rules.yaml"),
        "labels": (io.BytesIO(LABELS.encode()), "labels.csv"),
    }


# Each with each of the others once.
@pytest.mark.parametrize(
    ("choice", "check", "filters"),
    [("site", False, {}), ("own", True, {}), ("own", False, FILTERS), ("site", True, FILTERS)],
    ids=["site", "own, asked", "own, filtered", "site, asked, filtered"],
)
def test_nobody_is_named_whatever_is_corrected_kept_listed_and_filtered(
    client, upload, everything, choice, check, filters, caplog
):
    caplog.set_level("DEBUG")
    fields = everything | filters | {"pseudonyms": choice} | ({"check": "1"} if check else {})
    job_id = upload(log_text(ROWS) + BROKEN, json=True, **fields).get_json()["job_id"]
    found = named("log", caplog.text)
    if check:
        question = until_asked(client, job_id)
        found += named("question", client.get(question).get_data(as_text=True))
        found += named("question.json", client.get(question, headers=JSON).get_data(as_text=True))
        client.post(f"/jobs/{job_id}/rerun", data={"session_gap": "20"})
    facts = finish(client, job_id)
    assert facts["status"] == "completed", facts["error"]
    again = client.post(f"/jobs/{job_id}/rerun", data={"session_gap": "10"}, headers=JSON).get_json()["job_id"]
    facts = finish(client, again)
    assert facts["status"] == "completed", facts["error"]
    assert 0 < facts["summary"]["events_kept"] < len(ROWS)
    for one in (job_id, again):
        pages = [
            f"/compare?job={job_id}&job={again}",
            f"/status/{one}",
            f"/status/{one}/learners/1",
            f"/status/{one}/learners/2",
        ]
        for address in (*pages, f"/check/{one}", f"/jobs/{one}/delete", "/", f"/download/{one}/excerpt.csv"):
            for headers in ({}, JSON):
                found += named(address, client.get(address, headers=headers).get_data(as_text=True))
        found += named_in_files(client.get(f"/download/{one}").get_data())
    found += named("log", caplog.text)
    assert found == []


def test_nobody_is_named_by_the_command_either(app, tmp_path):
    for name, text in {
        "log.csv": log_text(ROWS) + BROKEN, f"{NAMES[0]}.csv": log_text(ROWS), "roster.csv": ROSTER, "grades.csv": GRADES,
        "groups.csv": GROUPS, "labels.csv": LABELS, "rules.yaml": RULES,
    }.items():  # fmt: skip
        (tmp_path / name).write_text(text)
    beside = ("roster", "grades", "groups", "labels")
    options = [part for name in beside for part in (f"--{name}", tmp_path / f"{name}.csv")]
    options += [part for name, values in FILTERS.items() for one in ([values] if isinstance(values, str) else values) for part in (f"--{name}", one)]  # fmt: skip
    options += ["--keep", "staff", "--case", "session", "--staff", NAMES[1], "--learner", IDS[2], "--pseudonymise"]
    options += ["--rules", tmp_path / "rules.yaml", "--compare", tmp_path / f"{NAMES[0]}.csv", "--date-order", "dmy"]
    for pseudonyms in ([], ["--key", tmp_path / "key"]):
        command = ["process", tmp_path / "log.csv", "--out", tmp_path / "out", *options, *pseudonyms]
        done = app.test_cli_runner().invoke(args=[*map(str, command)])
        assert done.exit_code == 0, done.output
        assert named("terminal", done.output) == []
        found = [one for path in (tmp_path / "out").iterdir() for one in named_in(path.name, path.read_bytes())]
        assert found == []
        assert len((tmp_path / "out" / "enriched_log.csv").read_text().splitlines()) > 1


def test_without_pseudonyms_it_would_see_them(client, upload):
    job_id = upload(log_text(ROWS) + BROKEN, json=True).get_json()["job_id"]
    finish(client, job_id)
    told = named_in_files(client.get(f"/download/{job_id}").get_data())
    assert {"staff.csv", "enriched_log.csv", "report.html", "manifest.json"} <= {file for file, _who in told}


def until_asked(client, job_id):
    return until(lambda: client.get(f"/status/{job_id}", headers=JSON).get_json().get("check_url"))


@pytest.mark.parametrize("delimiter", ["comma", "semicolon", "tab", "bar"])
@pytest.mark.parametrize("headed", [True, False])
def test_nobody_is_named_by_a_wrong_delimiter(client, upload, delimiter, headed):
    log = log_text(ROWS, delimiter=";")
    log = log if headed else log.partition("\n")[2]
    fields = {"pseudonyms": "site", "check": "1", "delimiter": delimiter, "timezone": "America/Sao_Paulo"}
    answer = upload(log, json=True, **fields).get_json()
    if "job_id" not in answer:
        assert named("error", answer["error"]) == []
        return
    job_id = answer["job_id"]
    until(
        lambda: (
            client.get(f"/status/{job_id}", headers=JSON).get_json()["stage"] == "check"
            or client.get(f"/status/{job_id}", headers=JSON).get_json()["status"] != "processing"
        )
    )
    found = named("status", client.get(f"/status/{job_id}", headers=JSON).get_data(as_text=True))
    for headers in ({}, JSON):
        found += named("check", client.get(f"/check/{job_id}", headers=headers).get_data(as_text=True))
    assert found == []
