"""Files made to hurt, by the page and by the command: one clear sentence or whole results, and nothing left behind."""

import csv
import io
import re

import pytest
from conftest import event, finish, log_text, viewed

GOOD = [viewed(user, time=f"{day}/10/21, 12:39") for day in range(11, 21) for user in (4, 5)]
TEXT = log_text(GOOD)
NASTY = [
    "<script>alert(1)</script>", '"quoted"', "emoji 🎓", "\u202eright to left", '=HYPERLINK("http://x","y")', "x" * 10_000,
    "new\nline", "tab\there", "'; drop table raw; --", "%(rows)d {} {0}",
]  # fmt: skip


def with_names(names):
    return log_text([viewed(4, name=name, **{"Event context": name}) for name in names])


# What is refused, with the sentence; or None for what is understood, and how many of its rows are then events.
CASES = {
    "an empty file": (b"", "is empty. In Moodle: your course →"),
    "a header alone": (log_text([]), "has no events. In Moodle choose “All participants”"),
    "one row": (log_text(GOOD[:1]), 1),
    "a program called .csv": (b"MZ\x90\0\3\0\0\0" + bytes(range(256)) * 40, "not a text file"),
    "a PNG": (b"\x89PNG\r\n\x1a\n" + bytes(100), "is a picture and cannot be read as a table"),
    "a PDF": (b"%PDF-1.7\n", "is a PDF and cannot be read as a table"),
    "a megabyte in one line": (TEXT + "x" * 1_500_000 + "\n", 20),
    "a million delimiters": (b"," * 1_000_000, "has none of the columns of a Moodle log"),
    "quotes and commas": (b'",' * 20_000, "has none of the columns of a Moodle log"),
    "100,000 columns": (",".join(f"c{n}" for n in range(100_000)), "more than 16384 columns"),
    "100,000 columns beside those of a log": (
        TEXT.replace("IP address", "IP address," + ",".join(f"c{n}" for n in range(100_000)), 1),
        "more than 16384 columns",
    ),
    "16,000 empty columns": (TEXT.replace("\n", "," * 16_000 + "\n"), 20),
    "NUL bytes in the text": (TEXT.encode().replace(b"web", b"w\0b"), "not a text file"),
    "a NUL byte deep inside": ((log_text(GOOD * 100)).encode()[:-20] + b"\0" + b"\n", 2000),
    "a quote that is never closed": (TEXT.replace('"12/10/21', '"""12/10/21', 1), 19),
    "mixed line ends": (TEXT.replace("\n", "\r\n", 8).replace("\n", "\r", 0), 20),
    "carriage returns alone": (TEXT.replace("\n", "\r"), 20),
    "no time": (log_text(GOOD, header=["Description", "Event name"]), "no column “Time”"),
    "nothing that tells events apart": (log_text(GOOD, header=["Time", "Origin"]), "neither a column “Description”"),
    "no time that can be read": (log_text([event("x", time="yesterday")] * 3), "times of this log cannot be read"),
    "a few times that cannot be read": (log_text([*GOOD, event("x", time="?")]), 20),
    "the years 1970 and 9999": (
        log_text([*GOOD, viewed(4, time="01/01/1970, 00:00"), viewed(4, time="31/12/9999, 00:00")]).replace("/21,", "/2021,"),
        20,
    ),
    "nobody named": (log_text([event("Something happened", name="-", time=row["Time"]) for row in GOOD]), 20),
    "columns twice": (TEXT.replace("Origin", "Description", 1), 20),
    "10,000 kinds of events": (
        log_text([event(f"Thing {n} of kind k{n}x", event_name=f"Event {n}", name="Ana", time="20/10/21, 10:00") for n in range(10_000)]),
        10_000,
    ),
    "names that are code": (with_names(NASTY), len(NASTY)),
    "another table": ("name,grade\nAna,7\n", "has none of the columns of a Moodle log"),
    "a letter": ("Dear Ana,\n\nhere is the log.\n", "has none of the columns of a Moodle log"),
    "nothing but brackets": (b"[" * 100_000, "damaged or not what it seems"),
    "JSON that is no log": (b'{"users": [{"name": "Ana"}]}', "has none of the columns of a Moodle log"),
}  # fmt: skip


def content(case):
    text = CASES[case][0]
    return text if isinstance(text, bytes) else text.encode()


@pytest.mark.parametrize("case", CASES)
def test_the_page_answers(case, client, upload, tmp_path):
    expected = CASES[case][1]
    answer = upload(content(case), json=True, keep_input="0")
    facts = answer.get_json()
    job_id = facts.get("job_id")
    if job_id:
        facts = finish(client, job_id)
    left = [path.name for path in (tmp_path / "instance" / "jobs").rglob("*") if path.is_file()]
    if isinstance(expected, str):
        assert expected in facts["error"]
        assert left == []
    else:
        assert facts["error"] is None
        assert facts["summary"]["events_kept"] == expected
        assert set(left) == {"results.zip", "summary.json", "people.sqlite"}
        page = client.get(f"/status/{job_id}").get_data(as_text=True)
        assert "<script>alert" not in page
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("case", CASES)
def test_the_command_answers(case, app, tmp_path):
    expected = CASES[case][1]
    (tmp_path / "log.csv").write_bytes(content(case))
    out = tmp_path / "out"
    done = app.test_cli_runner().invoke(args=["process", str(tmp_path / "log.csv"), "--out", str(out)])
    if isinstance(expected, str):
        assert (done.exit_code, list(out.iterdir())) == (2, [])
        assert expected in done.stderr
        assert len(done.stderr.splitlines()) == 1
    else:
        assert done.exit_code == 0
        assert all(re.match("[a-z_]+: [A-Z“0-9]", line) for line in done.stderr.splitlines())
        assert f"{expected:,}".replace(",", "") + " of " in done.stdout


def test_names_that_are_code_stay_text(enrich):
    result = enrich(with_names(NASTY))
    assert sorted(row["user_full_name"] for row in result.events) == sorted(NASTY)
    lines = (result.folder / "enriched_log.csv").read_text(encoding="utf-8")
    assert len(list(csv.reader(io.StringIO(lines, newline="")))) == len(NASTY) + 1
