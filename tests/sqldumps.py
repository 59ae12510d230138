"""A small site of Moodle, the dumps that real programs made of it (tests/sql), and a dump written by ourselves."""

from pathlib import Path

from dumps import DEFAULTS, FIRST

from moodlelogsmart.reading.dump import TABLE
from moodlelogsmart.reading.sqldump import LISTS, LOG, NAMES, OLD_LOG, sql_tables

FOLDER = Path(__file__).parent / "sql"

# What breaks naive readers of SQL; a learner may write any of it.
TRICKY = [
    'it\'s "quoted" `so`',
    "''doubled''",
    "back\\slash and \\' and \\\\",
    "ends with \\",
    "line\nend, \r\n and\ttab",
    "\\N",
    "NULL",
    "50 % _ \x1a \b",
    "');\nINSERT INTO `mdl_logstore_standard_log` VALUES (1,'\\\\core\\\\event\\\\course_viewed');",
    "\\.\n\\.",
    "-- no comment /* nor this */ # nor this",
    "$$ and $tag$ and E'x'",
    "“Ação” – Übung, 測験 🎓",
    "(a, (b), c);",
    "",
]


def log_rows(tricky=TRICKY):
    """The rows of the table of events, by the columns of TABLE: two learners in a quiz, a page and the course."""
    rows = []
    for number, text in enumerate(tricky, start=1):
        row = DEFAULTS | {"id": number, "eventname": r"\mod_quiz\event\attempt_started", "component": "mod_quiz"}
        row |= {"action": "started", "target": "attempt", "crud": "c", "userid": 4 + number % 2, "other": text}
        row |= {"timecreated": FIRST + 60 * number, "contextinstanceid": ["44", "45", "46"][number % 3], "ip": None}
        if number % 5 == 0:
            row |= {"eventname": r"\core\event\course_viewed", "component": "core", "action": "viewed"}
            row |= {"target": "course", "crud": "r", "contextlevel": "50", "contextinstanceid": "7"}
        rows.append([row[column] for column in TABLE])
    return rows


# Tables by name: columns with their types, and rows. All people are invented, and what is secret must not come out.
PEOPLE = [
    [4, "manual", "bruna", "SECRET-hash", "Bruna", "d'Almada", "SECRET@example.org", "SECRET-ip"],
    [5, "manual", "caio", "SECRET-hash", "Caio \\ João", "Ávila", "SECRET@example.org", "SECRET-ip"],
]
TABLES = {
    "config": ("id bigint, name varchar(255), value text", [[1, "siteidentifier", "SECRET'token\\"]]),
    "course": ("id bigint, category bigint, fullname varchar(254), shortname varchar(255), summary text",
               [[7, 1, "Invented Studies; it's fun", "IS", "x"]]),
    "course_modules": ("id bigint, course bigint, module bigint, instance bigint, section bigint",
                       [[44, 7, 17, 3, 1], [45, 7, 16, 9, 1], [46, 7, 17, 4, 1]]),
    "forum_posts": ("id bigint, subject varchar(255), message text",
                    [[number, text, text * 3] for number, text in enumerate(TRICKY, start=1)]),
    "log": ("id bigint, time bigint, userid bigint, ip varchar(45), course bigint, module varchar(20), cmid bigint, "
            "action varchar(40), url varchar(100), info varchar(255)", []),
    "logstore_standard_log": (
        "id bigint not null, eventname varchar(255) default '' not null, component varchar(100), action varchar(100), "
        "target varchar(100), objecttable varchar(50), objectid bigint, crud varchar(1), edulevel smallint, "
        "contextid bigint, contextlevel bigint, contextinstanceid bigint, userid bigint, courseid bigint, "
        "relateduserid bigint, anonymous smallint, other text, timecreated bigint, origin varchar(10), ip varchar(45), "
        "realuserid bigint, primary key (id)", log_rows()),
    "modules": ("id bigint, name varchar(20), cron bigint", [[16, "page", 0], [17, "quiz", 0]]),
    "page": ("id bigint, course bigint, name varchar(255), intro text, content text",
             [[9, 7, "Read\\me, it's 1st", "x", "y" * 3000]]),
    "quiz": ("id bigint, course bigint, name varchar(255), intro text",
             [[3, 7, "Week 1: “Ação”", "x"], [4, 7, "Week 2\n;", "x"]]),
    "upgrade_log": ("id bigint, type bigint, plugin varchar(100), version varchar(100), targetversion varchar(100), "
                    "info varchar(255), details text, backtrace text, userid bigint, timemodified bigint",
                    [[1, 0, "core", "2", "3", "x", "", "", 2, 5]]),
    "user": ("id bigint, auth varchar(20), username varchar(100), password varchar(255), firstname varchar(100), "
             "lastname varchar(100), email varchar(100), lastip varchar(45)", PEOPLE),
}  # fmt: skip
CONTEXTS = {"44": "Quiz: Week 1: “Ação”", "45": "Page: Read\\me, it's 1st", "46": "Quiz: Week 2\n;"}


def read(file):
    """The tables of a dump, each with its rows as text."""
    tables = {LOG: [], OLD_LOG: [], NAMES: [], LISTS: []}
    for table, rows in sql_tables(file):
        tables[table] += [[cell.encode("latin-1").decode() for cell in row] for row in rows]
    return tables


def as_cells(rows):
    """Rows as they come out of a dump."""
    return [["" if cell is None else str(cell) for cell in row] for row in rows]
