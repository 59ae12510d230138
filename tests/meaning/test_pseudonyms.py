"""Pseudonyms: nothing personal is left anywhere in the results, and who has the key can make them again."""

import hmac
import io
import re
import stat
import zipfile

import pyarrow.parquet as pq
import pytest
from conftest import event, finish, graded, log_text, viewed
from dumps import saved, table

from moodlelogsmart.meaning import pseudonyms
from moodlelogsmart.meaning.pseudonyms import new_key, read_key
from moodlelogsmart.messages import LogError
from moodlelogsmart.reading.dump import TABLE
from moodlelogsmart.report.summary import count

KEY, OTHER = "ab" * 32, "cd" * 32
NAMES = ["Brunilda Almadóvar", "Caio D'Ávila & Söhne", "Teodora Cherubini", "Ghost-Writer Q.", "José"]
IDS = ["987654", "876543", "765432", "654321", "543210"]
ADDRESSES = ["203.0.113.77", "2001:db8::77"]


def person(place, **cells):
    return {"name": NAMES[place], "IP address": ADDRESSES[place % 2], **cells}


def everybody():
    """Events that name people in every place where a log can."""
    says = "The user with id '{}' {}.".format
    return [
        viewed(IDS[0], **person(0)),
        viewed(IDS[1], **person(1, **{"Event context": f"User: {NAMES[0]}"})),
        event(says(IDS[0], f"sent a message to the user with id '{IDS[1]}'"), **person(0, **{"Affected user": NAMES[1]})),
        event(f"User {IDS[1]} took attendance with instanceid 259", **person(1)),
        event(f"User with id {IDS[1]} viewed the certificate of {NAMES[0]}", **person(1)),
        event(f"{NAMES[3]} added submission 'x'", **person(3)),
        event(says(IDS[0], f"reviewed the user with id '{IDS[1]}' with the users with ids '{IDS[2]}' for user '{IDS[4]}' and "
              f"the student with id '{IDS[3]}'"), **person(0)),
        graded(IDS[2], IDS[0], event_name=f"Graded by {NAMES[2]}", **person(2, **{"Affected user": NAMES[0]})),
        viewed(IDS[4], **person(4, time="never")),
        viewed(IDS[0], **person(0, name=f"{NAMES[2]} as {NAMES[0]}")),
        event(f"said by somebody at {ADDRESSES[0]} and at {ADDRESSES[1]}", **person(1, component=f"Chat from {ADDRESSES[0]}")),
    ]  # fmt: skip


def texts_of(folder):
    """All that the files of the results hold, as text."""
    for path in folder.iterdir():
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                yield from ((f"{path.name}/{name}", book.read(name).decode()) for name in book.namelist())
        elif path.suffix == ".parquet":
            yield path.name, str(pq.read_table(path).to_pylist())
        else:
            yield path.name, path.read_text(encoding="utf-8")


def leaks(folder):
    from html import unescape

    personal = [*NAMES, *IDS, *ADDRESSES]
    return [
        (file, word) for file, text in texts_of(folder) for word in personal if word in text or word in unescape(text)
    ]


BROKEN = f"\n17/10/21 12:39,{NAMES[0]},{IDS[0]},{ADDRESSES[0]}\n"


@pytest.mark.parametrize("case", ["student", "student_course", "session"])
@pytest.mark.parametrize("keep", [(), ("staff", "logged_in_as")])
def test_no_name_id_or_address_is_left_in_any_file(enrich, case, keep):
    log = log_text([*everybody(), *everybody()]) + BROKEN
    assert leaks(enrich(log, case=case, keep=keep).folder)
    result = enrich(log, pseudonym_key=KEY, case=case, keep=keep)
    assert leaks(result.folder) == []
    assert "unreadable" in [row["reason"] for row in result.dropped]


def own_words(name):
    """A name as it stands in the words of events and parts of Moodle that nobody knows."""
    return re.sub(r"[^\w]+", "_", name.lower()).strip("_")


@pytest.mark.parametrize("keep", [(), ("staff",)])
def test_events_and_parts_of_moodle_that_are_called_after_people_name_nobody(enrich, keep):
    rows = [
        *everybody(),
        event("-", component=f"Robot of {NAMES[0]}", event_name="Robot seen", **person(0)),
        event("-", component="Robot", event_name=f"Robot greeted {NAMES[1]}", **person(0)),
        event("-", component="-", event_name=f"robot view {NAMES[0]} (http://x/y?id=2)", **person(1)),
    ]
    said = [f"robot/Robot greeted {NAMES[1]}=View", f"robot_of_{own_words(NAMES[0])}/robot_seen=Synthesize"]
    result = enrich(rows, pseudonym_key=KEY, keep=keep, meanings=said)
    assert leaks(result.folder) == []
    words = [own_words(name) for name in NAMES[:4]]
    assert [(file, word) for file, text in texts_of(result.folder) for word in words if word in text.lower()] == []
    assert next(row["action"] for row in result.events if "greeted" in row["event_name"]).startswith("u")
    assert {"View", "Synthesize"} <= {
        row["activity_type"] for row in result.events if row["rule_id"].startswith("own:")
    }
    # What is told in codes is understood, and gives the same.
    codes = result.summary.corrections["meanings"]
    again = enrich(rows, pseudonym_key=KEY, keep=keep, meanings=[f"{key}={meant}" for key, meant in codes.items()])
    assert again.summary.corrections["meanings"] == codes
    assert again.events == result.events


def test_a_large_log_is_disguised_in_parts(enrich, monkeypatch):
    whole = enrich(everybody(), pseudonym_key=KEY)
    monkeypatch.setattr("moodlelogsmart.workspace.Workspace.parts", lambda work, size: 4)
    parts = enrich(everybody(), pseudonym_key=KEY)
    assert (parts.events, parts.dropped) == (whole.events, whole.dropped)
    assert leaks(parts.folder) == []


def test_names_are_looked_up_where_people_and_texts_are_too_many_to_compare_all_of_them(enrich, monkeypatch):
    usual = {path.name: path.read_bytes() for path in enrich(everybody(), pseudonym_key=KEY).folder.iterdir()}
    monkeypatch.setattr(pseudonyms, "_MOST_PAIRS", 0)
    folder = enrich(everybody(), pseudonym_key=KEY).folder
    assert not leaks(folder)
    assert (folder / "enriched_log.csv").read_bytes() == usual["enriched_log.csv"]


def test_an_address_of_mail_is_a_code_wherever_it_stands(enrich, tmp_path):
    (labels := tmp_path / "labels.csv").write_text("element,label\n62,Of ana.lima@uni.example\n")
    says = "The user with id '4' wrote to Li.Wei+2@uni.example and 'li.wei+2@uni.example'"
    many = " ".join(f"one{n}@uni.example" for n in range(5))
    rows = [
        viewed(4, **{"Event context": "Page: Ask ana.lima@uni.example"}),
        event(says), event(f"{says} and {many}"),
    ]  # fmt: skip
    result = enrich(rows, pseudonym_key=KEY, labels=labels, keep=("staff",))
    assert not [name for name, text in texts_of(result.folder) if "uni.example" in text]
    _first, second, third = (one["description"] for one in result.events)
    one, other = re.findall("mail[0-9a-f]{12}", second)
    assert one == other
    assert "mail" not in third and "@" not in third
    assert result.events[0]["label"].startswith("Of mail")


def test_a_name_in_the_title_of_the_result_is_a_code(enrich):
    result = enrich(everybody(), pseudonym_key=KEY, title=f"Course of {NAMES[0]}, asked by anna@uni.example")
    assert not [name for name, text in texts_of(result.folder) if NAMES[0] in text or "uni.example" in text]
    assert re.search("Course of u[0-9a-f]{12}, asked by mail[0-9a-f]{12}", result.content("report.html"))


def test_a_code_is_the_beginning_of_an_hmac_with_sha256(enrich):
    (row,) = enrich([viewed(4, name="-")], pseudonym_key=KEY).events
    assert row["user_id"] == "u" + hmac.digest(bytes.fromhex(KEY), b"u4", "sha256").hex()[:12]


def test_all_else_stays_as_it_is(enrich):
    plain, coded = enrich(everybody()), enrich(everybody(), pseudonym_key=KEY)
    for name in ("events_kept", "dropped", "cases", "learners", "sessions", "activity_types", "rules_used"):
        assert getattr(plain.summary, name) == getattr(coded.summary, name)
    kept = ("time", "module", "action", "activity_type", "bloom_level", "rule_id", "component", "origin")
    assert sorted([row[name] for name in kept] for row in plain.events) == sorted(
        [row[name] for name in kept] for row in coded.events
    )


def test_a_row_that_is_left_out_tells_the_code_of_who_did_it(enrich):
    result = enrich([*everybody(), viewed("-1")], pseudonym_key=KEY)
    coded = {row["user_full_name"]: row["user_id"] for row in result.dropped if row["reason"] in ("staff", "no_time")}
    assert len(coded) == 3
    assert all(re.fullmatch("u[0-9a-f]{12}", code) and code == name for name, code in coded.items())
    assert [row["user_id"] for row in result.dropped if row["reason"] == "system"] == ["-1"]


def test_a_person_has_one_pseudonym_by_name_and_by_id_and_in_sentences(enrich):
    row = next(
        row for row in enrich(everybody(), pseudonym_key=KEY).events if "viewed the 'page'" in row["description"]
    )
    code = row["user_id"]
    assert re.fullmatch("u[0-9a-f]{12}", code)
    assert row["case_id"] == row["user_full_name"] == code
    assert row["description"].startswith(
        f"The user with id '{code}' viewed the 'page' activity with course module id '62'"
    )
    assert row["session_id"].startswith(f"{code}-")
    assert re.fullmatch("ip[0-9a-f]{12}", row["ip_address"])


def people(result):
    return {row["user_id"] for row in result.events}


def test_the_same_key_gives_the_same_pseudonyms_in_another_log(enrich):
    first = enrich(everybody(), pseudonym_key=KEY)
    assert people(enrich([viewed(IDS[0])], pseudonym_key=KEY)) < people(first)
    assert not people(enrich([viewed(IDS[0])], pseudonym_key=OTHER)) & people(first)


def test_grades_and_groups_are_of_codes_and_name_nobody(enrich, tmp_path, monkeypatch):
    rows = [viewed(4, name="Zenaida Quaresma"), viewed(5, name="Rui Prado")]
    (tmp_path / "grades.csv").write_text(
        "Full name,Talk with Rui Prado (Real),Peer (Letter)\n"
        '"QUARESMA, Zenaida",8.5,Ida Absent\nRui Prado,7,B\nIda Absent,9,A\n'
    )
    (tmp_path / "groups.csv").write_text(
        'Full name,Groups\nZenaida Quaresma,"Group of Rui Prado, Group of Ida Absent, Lab 2"\nRui Prado,Rui Prado\n'
    )
    seen = {}

    def look(work, *given):
        for name in ("grade", "member"):
            seen[name] = work.run(f"select * from {name} order by all")
        return count(work, *given)

    monkeypatch.setattr("moodlelogsmart.pipeline.count", look)
    files = {name: tmp_path / f"{name}.csv" for name in ("grades", "groups")}
    result = enrich(rows, pseudonym_key=KEY, **files)
    assert result.summary.learners == 2
    codes = people(result)
    assert {person for person, *_rest in seen["grade"]} == {person for person, _group in seen["member"]} == codes
    assert not re.search("Rui|Prado|Quaresma|Ida|Absent", str(seen))
    groups = {group for _person, group in seen["member"]}
    assert "Lab 2" in groups
    assert len(groups & codes) == 1  # that which is called as its member
    assert {item.partition(" with ")[0] for _person, item, *_rest in seen["grade"]} == {"Talk", "Peer"}


def test_nothing_is_left_with_grades_groups_labels_and_filters_set(enrich, tmp_path):
    texts = {
        "roster": f"User ID,Full name,Roles\n{IDS[0]},{NAMES[0]},Student\n{IDS[1]},{NAMES[1]},Student\n",
        "grades": f"Full name,Talk with {NAMES[1]} (Real)\n{NAMES[0]},8.5\n{NAMES[1]},7\n",
        "groups": f"Full name,Groups\n{NAMES[0]},Lab of {NAMES[1]}\n{NAMES[1]},Lab of {NAMES[1]}\n",
        "labels": f"element,label\n*,Work of {NAMES[0]}\n",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.csv").write_text(text)
    lists = {name: tmp_path / f"{name}.csv" for name in texts}
    log = log_text([*everybody(), *everybody()]) + BROKEN
    asked = {"group": (f"Lab of {NAMES[1]}",), "until": "2099-12-31"}
    assert leaks(enrich(log, **lists, **asked).folder)
    result = enrich(log, pseudonym_key=KEY, **lists, **asked)
    assert result.events
    assert leaks(result.folder) == []


def test_nobody_stays_nobody(enrich):
    result = enrich([viewed("0", name="-"), viewed("-1", name="-"), event("Something", name="-")], pseudonym_key=KEY)
    assert [row["description"][:22] for row in result.dropped] == ["The user with id '0' v", "The user with id '-1' "]
    assert [row["case_id"] for row in result.events] == ["unknown"]


def test_a_name_that_is_an_address_makes_no_row_twice(enrich):
    result = enrich(
        [viewed(4, name="10.0.0.1"), viewed(5, name="User 4", **{"Event context": "User 4"})], pseudonym_key=KEY
    )
    assert result.summary.rows_read == len(result.events) == 2


def test_a_table_of_the_database_is_disguised_as_well(enrich):
    rows = [[cell if cell != "5" else IDS[0] for cell in row] for row in table()]
    result = enrich(saved(rows, TABLE), pseudonym_key=KEY)
    assert leaks(result.folder) == []
    assert result.summary.learners == 2


def test_the_manifest_says_that_it_was_done_and_not_the_key(enrich):
    text = (enrich(everybody(), pseudonym_key=KEY).folder / "manifest.json").read_text()
    assert '"pseudonymised": true' in text
    assert KEY not in text
    assert '"pseudonymised": false' in (enrich(everybody()).folder / "manifest.json").read_text()


@pytest.mark.parametrize("content", ["", "ab" * 31, "AB" * 32, "zz" * 32, KEY + "0", "Time,Description\n"])
def test_a_key_file_holds_a_key(tmp_path, content):
    (tmp_path / "key").write_text(content)
    with pytest.raises(LogError, match="is not a key"):
        read_key(tmp_path / "key")


def test_a_new_key_is_one(tmp_path):
    (tmp_path / "key").write_text(new_key() + "\n")
    assert read_key(tmp_path / "key") != new_key()


def job(client, upload, **fields):
    answer = upload(log_text(everybody()), json=True, **fields).get_json()
    assert finish(client, answer["job_id"])["status"] == "completed"
    return answer["job_id"]


def codes(client, job_id):
    return set(re.findall("u[0-9a-f]{12}", client.get(f"/download/{job_id}/enriched_log.csv").get_data(as_text=True)))


def test_the_page_offers_the_same_pseudonyms_in_all_logs(client, upload, tmp_path):
    first, second = job(client, upload, pseudonyms="site"), job(client, upload, pseudonyms="site")
    assert codes(client, first) == codes(client, second) != set()
    key = tmp_path / "instance" / "pseudonym_key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert "Key of the codes" not in client.get(f"/status/{first}").get_data(as_text=True)


def test_a_key_of_ones_own_can_be_downloaded_once_and_used_again(client, upload, app):
    first = job(client, upload, pseudonyms="own")
    assert "Key of the codes" in client.get(f"/status/{first}").get_data(as_text=True)
    assert app.test_client().post(f"/jobs/{first}/key").status_code == 404
    key = client.post(f"/jobs/{first}/key").get_data()
    taken = client.post(f"/jobs/{first}/key")
    assert (taken.status_code, "The key was downloaded at" in taken.text, "expired" in taken.text) == (410, True, False)
    assert "The key was downloaded at" in client.get(f"/status/{first}").text
    assert "Key of the codes" not in client.get(f"/status/{first}").get_data(as_text=True)
    again = job(client, upload, key=(io.BytesIO(key), "pseudonym_key.txt"))
    assert codes(client, again) == codes(client, first)
    assert codes(client, job(client, upload, pseudonyms="own")) != codes(client, first)


def test_a_wrong_key_file_is_refused_at_once(upload):
    answer = upload(key=(io.BytesIO(b"Time,Description\n"), "log.csv"))
    assert answer.status_code == 400
    assert "log.csv is not a key. The key is called pseudonym_key.txt" in answer.get_data(as_text=True)


def test_no_key_reaches_the_log_of_the_server(client, upload, caplog):
    first = job(client, upload, pseudonyms="own")
    key = client.post(f"/jobs/{first}/key").get_data(as_text=True).strip()
    assert key not in caplog.text


def test_the_command_makes_pseudonyms(app, tmp_path):
    (tmp_path / "log.csv").write_text(log_text(everybody()))

    def run(out, *options):
        arguments = ["process", str(tmp_path / "log.csv"), "--out", str(tmp_path / out), *options]
        done = app.test_cli_runner().invoke(args=arguments)
        assert done.exit_code == 0
        return (tmp_path / out / "enriched_log.csv").read_text()

    site = run("a", "--pseudonymise")
    assert site == run("b", "--pseudonymise")
    own = run("c", "--key", str(tmp_path / "key"))
    assert own == run("d", "--key", str(tmp_path / "key")) != site
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert leaks(tmp_path / "a") == leaks(tmp_path / "c") == []
