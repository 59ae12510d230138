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
    event("", name=NAMES[0], **ODD),
    viewed(IDS[0], name=NAMES[0], time="never"),
]
BROKEN = f"\n17/10/21 12:39,{NAMES[0]},{IDS[0]},{ADDRESSES[0]}\n"
ROSTER = "First name,Last name,Roles\n" + "".join(
    f"{name.partition(' ')[0]},{name.partition(' ')[2]},{role}\n"
    for name, role in zip(NAMES, ["Student", "Student", "Student", "Teacher", "Student"], strict=True)
)
RULES = "name: own\nrules: []\n"


def named(where, text):
    """Who is named in the text, as HTML or as it is."""
    return [(where, who) for who in (*NAMES, *IDS, *ADDRESSES) if who in text or who in unescape(text)]


def named_in_files(archive):
    book = zipfile.ZipFile(io.BytesIO(archive))
    found = []
    for name in book.namelist():
        content = book.read(name)
        if name.endswith(".xlsx"):
            sheets = zipfile.ZipFile(io.BytesIO(content))
            for sheet in sheets.namelist():
                found += named(f"{name}/{sheet}", sheets.read(sheet).decode())
        else:
            found += named(name, content.decode(errors="replace"))
    return found


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
        "rules": (io.BytesIO(RULES.encode()), "rules.yaml"),
    }


@pytest.mark.parametrize("choice", ["site", "own"])
@pytest.mark.parametrize("check", [False, True])
def test_nobody_is_named_whatever_is_corrected_kept_and_listed(client, upload, everything, choice, check, caplog):
    caplog.set_level("DEBUG")
    fields = everything | {"pseudonyms": choice} | ({"check": "1"} if check else {})
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
    for one in (job_id, again):
        for address in (f"/status/{one}", f"/check/{one}", f"/jobs/{one}/delete", "/", f"/download/{one}/excerpt.csv"):
            for headers in ({}, JSON):
                found += named(address, client.get(address, headers=headers).get_data(as_text=True))
        found += named_in_files(client.get(f"/download/{one}").get_data())
    found += named("log", caplog.text)
    assert found == []


def test_without_pseudonyms_it_would_see_them(client, upload):
    job_id = upload(log_text(ROWS) + BROKEN, json=True).get_json()["job_id"]
    finish(client, job_id)
    told = named_in_files(client.get(f"/download/{job_id}").get_data())
    assert {"staff.csv", "enriched_log.csv", "report.html", "manifest.json"} <= {file for file, _who in told}


def until_asked(client, job_id):
    return until(lambda: client.get(f"/status/{job_id}", headers=JSON).get_json().get("check_url"))
