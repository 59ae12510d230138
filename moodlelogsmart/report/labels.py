"""What the words of the results are called on a page and in the report, to be translated there."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from babel import Locale

from moodlelogsmart.messages import Message, day
from moodlelogsmart.reading.time_format import DAYS, MILLISECONDS, SECONDS

CASES = {
    "student": Message("a learner (usual)"),
    "student_course": Message("a learner in one course (for logs of several courses)"),
    "session": Message("a session: what a learner did without a long pause"),
}

# What an option is called on the form, what may be said below it, and what its choices are called.
OPTIONS = {
    "case": Message("A case (trace) is"),
    "timezone": Message("Time zone of your Moodle profile"),
    "session_gap": Message("A session ends with a pause of more than (minutes)"),
    "year": Message("Year of the newest event, if the times in the log tell none"),
    "keep": Message("Keep as well, told apart in the column “role”"),
    "pseudonyms": Message("Names, user numbers and IP addresses in the results"),
    "key": Message("Key of an earlier job (optional)"),
    "roster": Message("List of participants (optional)"),
    "corrections": Message("Corrections of an earlier log (optional)"),
    "columns": Message("Columns"),
    "date_order": Message("Order of the date"),
    "encoding": Message("Encoding"),
    "staff": Message("Teachers and staff"),
    "learners": Message("Learners"),
    "meanings": Message("Kinds of events"),
    "rules": Message("Rules of your own (optional)"),
    "language": Message("Language of the report"),
}
HINTS = {
    "timezone": Message("Moodle writes the times of a log in the time zone of the person who downloads it."),
    "pseudonyms": Message("Choose pseudonyms before you share the results with anybody."),
    "key": Message("Gives the same people the same pseudonyms as then."),
    "roster": Message(
        "Says who is a learner and who is staff, where the log alone would be wrong. In your course: Participants, "
        "choose all, Download table data."
    ),
    "rules": Message("Say what events mean instead of ours."),
}

REASONS = {
    "unreadable": Message("broken lines of the file"),
    "no_time": Message("without a date that can be read"),
    "repeated": Message("already in another of your files"),
    "logged_in_as": Message("staff signed in as somebody else (“Log in as”)"),
    "system": Message("done by Moodle itself, at night or by a timer"),
    "side_effect": Message("done by Moodle in passing, decided by nobody"),
    "guest": Message("visitors without login"),
    "staff": Message("done by teachers or staff"),
    "not_own_act": Message("recorded about a learner by Moodle or a teacher (such as a completion mark)"),
}

# The parts of the report in which to look at what a warning is about, by their ids.
SECTIONS = {
    "learners": Message("Learners"),
    "staff": Message("Teachers and staff"),
    "others": Message("Not classified yet"),
    "dropped": Message("Lines left out, and why"),
    "read": Message("How the log was read"),
}

ROLES = {
    "staff": Message("Teachers and other staff"),
    "system": Message("What Moodle did by itself"),
    "side_effect": Message("What Moodle wrote as a by-product of what somebody did"),
    "guest": Message("Visitors who were not logged in"),
    "logged_in_as": Message("People looking at the site as somebody else"),
}

PSEUDONYMS = {
    "": Message("as they are in the log"),
    "site": Message("pseudonyms, the same ones in every log processed here"),
    "own": Message("pseudonyms by a key of this job alone, which you can download once"),
}

ACTIVITY_TYPES = {
    "Study_P": Message("Opening material"),
    "Study_A": Message("Working through material"),
    "Exercise_P": Message("Looking at an assignment"),
    "Exercise_A": Message("Handing in work"),
    "Assess_P": Message("Looking at a quiz"),
    "Assess_A": Message("Taking a quiz or assessing a peer"),
    "Synthesize": Message("Creating content (wiki, glossary, database)"),
    "View": Message("Finding one's way in the course"),
    "Interact": Message("Forum, chat and meetings"),
    "Feedback": Message("Reading grades and feedback"),
    "Others": Message("Not classified"),
}

BLOOM_LEVELS = {
    "Remember": Message("Remember"),
    "Understand": Message("Understand"),
    "Apply": Message("Apply"),
    "Analyze": Message("Analyze"),
    "Evaluate": Message("Evaluate"),
    "Create": Message("Create"),
}

KINDS = {
    "text": Message("text with separators (CSV)"),
    "sheet": Message("spreadsheet"),
    "json": Message("JSON"),
    "html": Message("web page (HTML)"),
    "dump": Message("table of Moodle's database"),
}

# What a file is that is no log, by the kinds of NoLog.
OTHERS = {
    "grades": Message("grades"),
    "participants": Message("list of participants: to use it, choose it as that among the options"),
    "quiz": Message("quiz results"),
    "completion": Message("activity completion"),
    "answers": Message("answers to a questionnaire"),
    "attendance": Message("attendance"),
    "pdf": Message("PDF"),
    "picture": Message("picture"),
    "document": Message("document"),
    "packed": Message("archive that cannot be opened"),
    "archive": Message("archive without a log"),
    "dump": Message("database without a log"),
    "backup": Message("course backup without logs"),
    "empty": Message("empty"),
    "unknown": Message("none of the columns of a log"),
    "incomplete": Message("columns of a log are missing"),
    "other": Message("no log"),
}

DELIMITERS = {",": Message("comma"), ";": Message("semicolon"), "\t": Message("tab"), "|": Message("vertical bar")}

ORDERS = {
    "dmy": Message("day / month / year"),
    "mdy": Message("month / day / year"),
    "ymd": Message("year / month / day"),
}

COLUMNS = {
    "time": Message("time"),
    "date": Message("date"),
    "user_full_name": Message("who acted"),
    "affected_user": Message("who was affected"),
    "course": Message("course"),
    "event_context": Message("where it happened"),
    "component": Message("part of Moodle"),
    "event_name": Message("name of the event"),
    "description": Message("description"),
    "origin": Message("origin"),
    "ip_address": Message("IP address"),
}

# What stands for what in a time, by the letters of strptime.
TIME_PARTS = {
    "%d": Message("day"),
    "%m": Message("month"),
    "%b": Message("month"),
    "%y": Message("year of two digits"),
    "%Y": Message("year"),
    "%H": Message("hour"),
    "%I": Message("hour"),
    "%M": Message("minute"),
    "%S": Message("second"),
    "%p": Message("AM or PM"),
    "%z": Message("time zone"),
    SECONDS: Message("seconds since 1970"),
    MILLISECONDS: Message("milliseconds since 1970"),
    DAYS: Message("days since 1900"),
}

CHOICES = {"case": CASES, "keep": ROLES, "pseudonyms": PSEUDONYMS}

# Every file of the results, in the order in which they stand in the ZIP and on the page.
FILES = {
    "enriched_log.csv": Message("every event kept, for Excel, R or Python"),
    "enriched_log_bloom_only.csv": Message("the same, only events with a Bloom level"),
    "enriched_log.xes": Message("the event log for ProM, Disco, Celonis, PM4Py"),
    "enriched_log_bloom_only.xes": Message("the same, only events with a Bloom level"),
    "enriched_log.ocel.json": Message("the event log around students, courses, activities, attempts (OCEL 2.0)"),
    "enriched_log.parquet": Message("every event kept, with types, for Python, R and databases"),
    "enriched_log.xlsx": Message("every event kept, as a workbook"),
    "report.html": Message("this report, to keep or to print"),
    "dropped_events.csv": Message("every row left out, with the reason"),
    "staff.csv": Message("who was taken for staff, and why"),
    "corrections.yaml": Message("what was corrected by hand, for the next log of this course"),
    "manifest.json": Message("how it was made: options, counts, checksums"),
}

WEEKDAYS = [
    Message("Monday"),
    Message("Tuesday"),
    Message("Wednesday"),
    Message("Thursday"),
    Message("Friday"),
    Message("Saturday"),
    Message("Sunday"),
]


def time_in_words(layout: str, translate: Callable[[str], str]) -> str:
    """A strptime format in words: day/month/year hour:minute."""
    for part, word in TIME_PARTS.items():
        layout = layout.replace(part, translate(word))
    return layout


def kind_of_event(kind: Mapping[str, Any]) -> str:
    """What one of Summary.others is called: the part of Moodle and the event, "Dice: Dice thrown"."""
    # Before Moodle 2.7 the name began with the part; a table of the database has the class for a name.
    part, name = kind["component"] or kind["module"], kind["event_name"].removeprefix(f"{kind['module']} ")
    words = kind["event"].replace("_", " ") if not name or name.startswith("\\") else name
    return f"{part}: {words}" if part else str(words)


def time_of_day(time: datetime | str, language: str) -> str:
    """A time, ISO 8601 or not, with its day, as its own clock shows it: 6 Sep 2022, 14:05."""
    known = datetime.fromisoformat(time) if isinstance(time, str) else time
    return f"{day(known.date(), language)}, {known:%H:%M}"


def language_name(code: str, language: str) -> str:
    """What one of Moodle's languages is called in another: in English pt_br is Portuguese (Brazil)."""
    name, _, territory = code.partition("_")
    locale = Locale.parse("_".join(filter(None, [name, territory.upper()])))
    return str(locale.get_display_name(language))
