"""Rows of Moodle's table of events, and how programs save them."""

from moodlelogsmart.reading.dump import TABLE

DEFAULTS = {
    "component": "core", "action": "viewed", "target": "course", "objecttable": None, "objectid": None, "crud": "r",
    "edulevel": "2", "contextid": "20", "contextlevel": "70", "contextinstanceid": "44", "courseid": "7",
    "relateduserid": None, "anonymous": "0", "other": 'a:1:{s:6:"quizid";i:3;}', "origin": "web", "ip": "10.0.0.1",
    "realuserid": None,
}  # fmt: skip
FIRST = 1_606_845_939


def table():
    """The rows as cells, None for NULL: two learners, a teacher, and one who looks with a learner's eyes."""
    events = [
        (r"\core\event\course_viewed", 5, {"contextlevel": "50", "contextinstanceid": "7"}),
        (r"\mod_quiz\event\attempt_started", 5, {"relateduserid": "5", "crud": "c"}),
        (r"\mod_quiz\event\attempt_submitted", 5, {"relateduserid": "5", "other": '{"quizid":"3","submitterid":"5"}'}),
        (r"\mod_forum\event\post_created", 6, {"contextinstanceid": "46", "crud": "c", "other": "null"}),
        (r"\core\event\user_loggedin", 6, {"contextlevel": "10", "contextinstanceid": "0", "courseid": "0"}),
        (r"\mod_page\event\course_module_viewed", 6, {"contextinstanceid": "47", "realuserid": "9"}),
        (r"\mod_unheardof\event\thing_updated", 9, {"crud": "u", "edulevel": "1", "contextinstanceid": "48"}),
    ]
    rows = [
        DEFAULTS | {"id": number, "eventname": name, "userid": user, "timecreated": FIRST + 60 * number} | more
        for number, (name, user, more) in enumerate(events)
    ]
    return [[None if row[column] is None else str(row[column]) for column in TABLE] for row in rows]


def saved(rows, header=None, delimiter=",", quote='"', null="NULL", doubled=True, slashes=False):
    """The rows as a program saves them; `slashes`: it doubles the backslashes, else the quotes."""

    def cell(text):
        if text is None:
            return null
        text = text.replace("\\", "\\\\") if slashes else text
        return quote + (text.replace('"', '""' if doubled and not slashes else '\\"') if quote else text) + quote

    lines = [delimiter.join(quote + name + quote for name in header)] if header else []
    return "\n".join([*lines, *(delimiter.join(map(cell, row)) for row in rows)]) + "\n"
