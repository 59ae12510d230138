"""Backups of courses: the log that is in them, and what must not come out of them or hurt."""

import base64
import io
import tarfile
from xml.sax.saxutils import escape

import pytest
from conftest import finish
from dumps import table
from formats import as_zip
from sqldumps import TRICKY

from moodlelogsmart.reading.dump import OLD_TABLE, TABLE

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
CONTENTS = """<moodle_backup><information><name>backup.mbz</name><original_course_id>7</original_course_id>
<original_course_fullname>Invented Studies &amp; more</original_course_fullname>
<original_course_contextid>20</original_course_contextid><contents><activities>
<activity><moduleid>44</moduleid><sectionid>3</sectionid><modulename>quiz</modulename><title>Week 1: “Ação”</title>
<directory>activities/quiz_44</directory></activity>
<activity><moduleid>46</moduleid><sectionid>3</sectionid><modulename>forum</modulename><title>Ask &lt;us&gt;</title>
<directory>activities/forum_46</directory></activity></activities><sections><section><sectionid>3</sectionid>
<title>Basics &amp; more</title><directory>sections/section_3</directory></section></sections></contents>
<settings><setting><level>section</level><section>section_3</section><name>section_3_included</name></setting><setting><level>activity</level><activity>quiz_44</activity><name>quiz_44_included</name></setting></settings>
</information></moodle_backup>"""
USERS = """<users><user id="5" contextid="21"><username>bruna</username><email>SECRET@example.org</email>
<firstname>Bruna</firstname><lastname>d'Almada</lastname><lastip>SECRET</lastip><custom_fields><custom_field id="1">
<field_name>SECRET</field_name></custom_field></custom_fields></user>
<user id="6" contextid="22"><firstname>Caio</firstname><lastname>Ávila</lastname></user></users>"""
GROUPS = """<groups><groupcustomfields></groupcustomfields><group id="1"><name>Blue &amp; x</name><description>SECRET
</description><group_members><group_member id="1"><userid>5</userid></group_member><group_member id="2"><userid>6
</userid></group_member></group_members></group><group id="2"><name>Red</name><group_members><group_member id="3">
<userid>5</userid></group_member></group_members></group><groupings><grouping id="1"><name>All</name></grouping>
</groupings></groups>""".replace("6\n", "6")
GRADEBOOK = """<gradebook><grade_items><grade_item id="9"><itemname>$@NULL@$</itemname><itemtype>course</itemtype>
<grademax>100.00000</grademax><sortorder>1</sortorder><grade_grades><grade_grade id="1"><userid>5</userid>
<finalgrade>61.25000</finalgrade></grade_grade></grade_grades></grade_item></grade_items></gradebook>"""
GRADES = """<activity_gradebook><grade_items><grade_item id="8"><itemname>Week 1</itemname><itemtype>mod</itemtype>
<grademax>10</grademax><sortorder>2</sortorder><grade_grades><grade_grade id="2"><userid>6</userid>
<finalgrade>7.00000</finalgrade></grade_grade></grade_grades></grade_item></grade_items></activity_gradebook>"""
# What a backup has of a row of the table.
KEPT = [name for name in TABLE if name not in ("id", "contextlevel", "contextinstanceid", "courseid", "origin")]


def rows(where, others=TRICKY):
    """The rows of the table that lie in one folder of a backup."""
    found = [dict(zip(TABLE, row, strict=True)) for row in table()]
    return [row | {"other": others[at]} for at, row in enumerate(found) if row["contextinstanceid"] == where]


def logstores(found):
    """A file of the log since 2.7."""

    def cell(name, value):
        if value is None:
            return "$@NULL@$"
        return base64.b64encode(value.encode()).decode() if name == "other" else escape(value)

    lines = "".join(
        f'<logstore_standard_log id="{row["id"]}">'
        + "".join(f"<{name}>{cell(name, row[name])}</{name}>\n" for name in KEPT)
        + "</logstore_standard_log>"
        for row in found
    )
    inner = "subplugin_logstore_standard_logstore"
    return f"{HEAD}<logstores><logstore><{inner}>{lines}</{inner}></logstore></logstores>"


def logs(found):
    """A file of the log before 2.7."""
    kept = [name for name in OLD_TABLE if name not in ("id", "course", "cmid")]
    lines = "".join(
        f'<log id="{number}">' + "".join(f"<{name}>{escape(row[name])}</{name}>" for name in kept) + "</log>"
        for number, row in enumerate(found)
    )
    return f"{HEAD}<logs>{lines}</logs>"


def backup(**changed):
    """The files of a backup by name, the log in two activities and the course; `changed` without the dot of XML."""
    files = {
        "course/course.xml": f"{HEAD}<course/>",
        "files/ab/abcdef": "log.csv",
        "activities/quiz_44/logstores.xml": logstores(rows("44")),
        "activities/quiz_44/logs.xml": logs([]),
        "activities/forum_46/logstores.xml": logstores(rows("46")),
        "course/logstores.xml": logstores(rows("7")),
        "course/logs.xml": logs([]),
        "users.xml": HEAD + USERS,
        "groups.xml": HEAD + GROUPS,
        "gradebook.xml": HEAD + GRADEBOOK,
        "activities/quiz_44/grades.xml": HEAD + GRADES,
        "moodle_backup.xml": HEAD + CONTENTS,
    }
    return files | {f"{name}.xml": text for name, text in changed.items()}


def as_tar(files, first=".ARCHIVE_INDEX", before=""):
    """An archive as Moodle packs it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.USTAR_FORMAT) as archive:
        for name, text in ({first: "Moodle archive file index. Count: 9\n"} if first else {}).items():
            add(archive, name, text)
        for name, text in files.items():
            add(archive, before + name, text)
    return out.getvalue()


def add(archive, name, text):
    info, content = tarfile.TarInfo(name), text.encode()
    info.size = len(content)
    archive.addfile(info, io.BytesIO(content))


PACKED = {
    "a ZIP": as_zip,
    "a tar.gz": as_tar,
    "a tar.gz made by hand": lambda files: as_tar(files, first="", before="./"),
}


# As Moodle lays it out in a folder, of which somebody made an archive: its contents come last.
LATE = dict(sorted(backup().items(), key=lambda item: (item[0] == "moodle_backup.xml", item[0])))


def test_it_reads_a_backup_whose_list_of_contents_is_the_last_of_its_files(enrich):
    files = {"activities/quiz_44/logstores.xml": backup()["activities/quiz_44/logstores.xml"]}
    files |= {"activities/resource_47/resource.xml": "x" * 400_000} | LATE
    assert enrich(as_tar(files, first="", before="./")).summary.events_kept == 4


@pytest.mark.parametrize("way", PACKED)
def test_it_reads_the_log_of_a_backup_in(enrich, upload, client, way):
    content = PACKED[way](backup())
    result = enrich(content)
    names = ["user_id", "user_full_name", "event_context", "course", "event_name"]
    quiz, forum, course = "Quiz: Week 1: “Ação”", "Forum: Ask <us>", "Course: Invented Studies & more"
    assert [[row[name] for name in names] for row in result.events] == [
        ["5", "Bruna d'Almada", course, "7", r"\core\event\course_viewed"],
        ["5", "Bruna d'Almada", quiz, "7", r"\mod_quiz\event\attempt_started"],
        ["5", "Bruna d'Almada", quiz, "7", r"\mod_quiz\event\attempt_submitted"],
        ["6", "Caio Ávila", forum, "7", r"\mod_forum\event\post_created"],
    ]
    assert result.summary.detected["kind"] == ["dump"]
    assert not any(b"SECRET" in file.read_bytes() for file in result.folder.iterdir())
    facts = finish(client, upload(content, name="backup.mbz", json=True).get_json()["job_id"])
    assert facts["summary"]["events_kept"] == 4


def test_a_backup_tells_the_section_of_an_activity(enrich):
    result = enrich(as_zip(backup()))
    assert {row["name"]: row["section"] for row in result.rows("activities.csv")} == {
        "Week 1: “Ação”": "Basics & more",
        "Ask <us>": "Basics & more",
    }


def test_groups_and_grades_of_a_backup_are_used(enrich):
    result = enrich(as_tar(backup()))
    assert {row["person"]: row["group"] for row in result.rows("learners.csv")} == {
        "5": "Blue & x; Red",
        "6": "Blue & x",
    }
    assert result.summary.taken == ["sections", "groups", "grades"]
    assert (result.summary.grades.people, result.summary.grades.found) == (2, 2)
    assert (result.summary.answers.grades.item, result.summary.answers.grades.learners) == ("", 1)


def test_the_log_of_before_2_7_is_read_from_a_backup(enrich):
    old = {
        "time": "1400000000",
        "userid": "5",
        "ip": "10.0.0.1",
        "module": "quiz",
        "action": "attempt",
        "url": "x",
        "info": "3",
    }
    seen = old | {"userid": "6", "module": "course", "action": "view", "info": "7"}
    files = backup()
    files |= {name: logstores([]) for name in files if name.endswith("logstores.xml")}
    files |= {"activities/quiz_44/logs.xml": logs([old]), "course/logs.xml": logs([seen])}
    result = enrich(as_tar(files))
    assert [(row["user_id"], row["module"], row["event_context"], row["course"]) for row in result.events] == [
        ("5", "quiz", "Quiz: Week 1: “Ação”", "7"),
        ("6", "course", "7", "7"),
    ]


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
NO_LOGS = {name: text for name, text in backup().items() if "/log" not in name}
REFUSED = {
    "without logs": (as_zip(NO_LOGS), "backup of a course without its logs"),
    "without logs, in a tar": (as_tar(NO_LOGS), "backup of a course without its logs"),
    "with entities": (as_zip(backup(users=HEAD + LAUGHS + USERS.replace("bruna", "&b;"))), "damaged"),
    "with an entity of a file": (
        as_tar(
            backup(
                users=HEAD + '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + USERS.replace("Bruna", "&a;")
            )
        ),
        "damaged",
    ),
    "with a text without end": (
        as_tar(backup(users=HEAD + "<users><user id='5'><firstname>" + "x" * 5_000_000)),
        "damaged",
    ),
    "that is cut off": (as_tar(backup() | {f"files/{n}": str(n) * 100 for n in range(900)})[:-9000], "damaged"),
    "whose list of contents is none": (as_zip(backup(moodle_backup="<")), "damaged"),
    "that shrinks as no backup does": (as_tar(backup() | {"files/x": " " * 150_000_000}), "more memory or time"),
    "that shrinks, in a ZIP": (as_zip(backup(users=" " * 100_000_000)), "too large once it is opened"),
    "of Moodle 1.9": (as_zip({"moodle.xml": "<MOODLE_BACKUP/>", "course_files/a.txt": "x"}), "Moodle 1.9"),
    "that is another tar": (as_tar({"log.csv": "x"}, first=""), "archive within an archive"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_refuses_a_backup(case, refuses, within, monkeypatch):
    monkeypatch.setattr("moodlelogsmart.reading.sources.LARGEST", 100_000_000)
    content, sentence = REFUSED[case]
    refuses(content, "backup.mbz", sentence)


def test_a_backup_may_have_more_files_than_another_archive(enrich):
    files = backup() | {f"files/{number:02}/{number}": "x" for number in range(2000)}
    assert enrich(as_zip(files)).summary.events_kept == 4
