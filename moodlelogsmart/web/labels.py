"""What the words of the results are called on a page."""

from flask_babel import lazy_gettext as _

from moodlelogsmart.pipeline.clock import DAYS, MILLISECONDS, SECONDS

CASES = {
    "student": _("a learner (usual)"),
    "student_course": _("a learner in one course (for logs of several courses)"),
    "session": _("a session: what a learner did without a long pause"),
}

REASONS = {
    "unreadable": _("could not be read as a row of the table"),
    "no_time": _("the time does not exist or cannot be read"),
    "repeated": _("also in another of the files"),
    "logged_in_as": _("somebody looking at the site as another person"),
    "system": _("done by Moodle itself"),
    "guest": _("visitors who were not logged in"),
    "staff": _("done by teachers and other staff"),
    "not_own_act": _("recorded about a person, not done by them"),
}

ROLES = {
    "staff": _("Teachers and other staff"),
    "system": _("What Moodle did by itself"),
    "guest": _("Visitors who were not logged in"),
    "logged_in_as": _("People looking at the site as somebody else"),
}

ACTIVITY_TYPES = {
    "Study_P": _("material opened"),
    "Study_A": _("material worked through"),
    "Exercise_P": _("assignment looked at"),
    "Exercise_A": _("work handed in"),
    "Assess_P": _("quiz looked at"),
    "Assess_A": _("quiz attempted, peers assessed"),
    "Synthesize": _("something new written"),
    "View": _("finding one's way"),
    "Interact": _("with other people"),
    "Feedback": _("grades and feedback read"),
    "Others": _("no rule says what it means"),
}

BLOOM_LEVELS = {
    "Remember": _("Remember"),
    "Understand": _("Understand"),
    "Apply": _("Apply"),
    "Analyze": _("Analyze"),
    "Evaluate": _("Evaluate"),
    "Create": _("Create"),
}

KINDS = {
    "text": _("text with separators (CSV)"),
    "sheet": _("spreadsheet"),
    "json": _("JSON"),
    "html": _("web page (HTML)"),
    "dump": _("table of Moodle's database"),
}

DELIMITERS = {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "|": _("vertical bar")}

COLUMNS = {
    "time": _("time"),
    "date": _("date"),
    "user_full_name": _("who acted"),
    "affected_user": _("who was affected"),
    "course": _("course"),
    "event_context": _("where it happened"),
    "component": _("part of Moodle"),
    "event_name": _("name of the event"),
    "description": _("description"),
    "origin": _("origin"),
    "ip_address": _("IP address"),
}

# What stands for what in a time, by the letters of strptime; the months' names were read as numbers.
TIME_PARTS = {
    "%d": _("day"),
    "%m": _("month"),
    "%y": _("year of two digits"),
    "%Y": _("year"),
    "%H": _("hour"),
    "%I": _("hour"),
    "%M": _("minute"),
    "%S": _("second"),
    "%p": _("AM or PM"),
    "%z": _("time zone"),
    SECONDS: _("seconds since 1970"),
    MILLISECONDS: _("milliseconds since 1970"),
    DAYS: _("days since 1900"),
}

FILES = {
    "enriched_log.csv": _("every event kept, for Excel, R or Python"),
    "enriched_log_bloom_only.csv": _("the same, only events with a Bloom level"),
    "enriched_log.xes": _("the event log for ProM, Disco, Celonis, PM4Py"),
    "enriched_log_bloom_only.xes": _("the same, only events with a Bloom level"),
    "enriched_log.ocel.json": _("the event log around students, courses, activities, attempts (OCEL 2.0)"),
    "enriched_log.parquet": _("every event kept, with types, for Python, R and databases"),
    "enriched_log.xlsx": _("every event kept, as a workbook"),
    "dropped_events.csv": _("every row left out, with the reason"),
    "manifest.json": _("how it was made: options, counts, checksums"),
}


def time_format(layout: str) -> str:
    """A strptime format in words: day/month/year hour:minute."""
    for part, word in TIME_PARTS.items():
        layout = layout.replace(part, str(word))
    return layout
