"""What the words of the results are called on a page and in the report, to be translated there."""

import math
import textwrap
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any
from unicodedata import combining, east_asian_width

from babel import Locale
from babel.numbers import format_decimal

from moodlelogsmart.messages import Message, day
from moodlelogsmart.reading.time_format import DAYS, MILLISECONDS, SECONDS

LINE = 21  # letters of a line in a box of a map

CASES = {
    "student": Message("one learner (usual)"),
    "student_course": Message("one learner in one course"),
    "session": Message("one session of a learner"),
}

# What an option is called on the form, what may be said below it, and what its choices are called.
OPTIONS = {
    "case": Message("For process mining, one case is"),
    "timezone": Message("Time zone of your Moodle profile"),
    "assumed_timezone": Message("Time zone where none is said"),
    "session_gap": Message("A new session starts after a pause of … minutes"),
    "year": Message("Year of the latest event (only if the dates have no year)"),
    "keep": Message("Also put into the files (the report counts learners only)"),
    "pseudonyms": Message("Names in the results"),
    "key": Message("Key of an earlier analysis (optional)"),
    "roster": Message("Participants (optional)"),
    "grades": Message("Grades"),
    "grades_in_log": Message("Also write grades into the files for process mining"),
    "groups": Message("Groups"),
    "labels": Message("Labels of your own"),
    "from": Message("Only from this day on"),
    "until": Message("Only until this day"),
    "course": Message("Only these courses"),
    "group": Message("Only these groups"),
    "module": Message("Only these parts of Moodle"),
    "section": Message("Only these sections of the course"),
    "finished": Message("Only people who handed in or tried the last exercise"),
    "corrections": Message("Corrections of an earlier log (optional)"),
    "kind": Message("Kind of file"),
    "form": Message("Form of the log"),
    "delimiter": Message("Between the columns stands"),
    "sheet": Message("Sheet of the workbook"),
    "log_language": Message("Language of the log"),
    "row_order": Message("Order of the rows"),
    "columns": Message("Columns"),
    "date_order": Message("Order of the date"),
    "encoding": Message("Encoding"),
    "of_log": Message("Of one log alone"),
    "staff": Message("Teachers and staff"),
    "learners": Message("Learners"),
    "meanings": Message("Kinds of events"),
    "rules": Message("Your own rules (optional)"),
    "title": Message("Title of the report (optional)"),
    "language": Message("Language of the report"),
    "xes": Message("Content of the XES files"),
}
HINTS = {
    "timezone": Message("Moodle writes the times of a log in the time zone of the person who downloads it."),
    "pseudonyms": Message(
        "Choose codes if anybody else will see the results. Names, user numbers and IP addresses are replaced."
    ),
    "key": Message("Gives the same people the same codes as then."),
    "roster": Message(
        "Tells who teaches, and who never came. In Moodle: Participants → select all → With selected users… → Download "
        "table data as: Comma separated values (.csv)."
    ),
    "grades": Message(
        "Grades (optional): in Moodle, Grades → Export → Plain text file. Shown beside activity; never a ranking."
    ),
    "groups": Message(
        "Groups (optional): only where the list of participants does not tell them. A table of names with a column "
        "“Groups” (CSV)."
    ),
    "labels": Message(
        "Labels (optional): sorts pages, quizzes and the rest into categories of your own. Fill in the file "
        "labels_template.csv of a result."
    ),
    "course": Message("One name a line, as the log writes it."),
    "group": Message("One name a line; needs a list of participants or a file of groups."),
    "module": Message("One a line, as in quiz or forum, or as the log calls it."),
    "section": Message("One name a line, where the log tells sections."),
    "rules": Message("They decide what an event means, in place of ours."),
}

# How a log is got from Moodle, step by step, in the words of its menus.
HOW_TO = [
    Message("Open your course. Choose Reports (perhaps under More), then Logs."),
    Message("Leave “All participants”, “All days”, “All activities”. Press “Get these logs”."),
    Message("At the foot of the table: “Download table data as” → “Comma separated values (.csv)” → Download."),
    Message("Do not open the file in Excel: upload it as it is."),
]
BESIDE = Message("Worth adding:")
WORTH_ADDING = [
    Message(
        "Who teaches, and who never came: Participants → select all → With selected users… → Download table data as: "
        "Comma separated values (.csv)."
    ),
    Message("Grades beside activity: Grades → Export → Plain text file."),
]

REASONS = {
    "unreadable": Message("broken lines of the file"),
    "no_time": Message("without a date that can be read"),
    "repeated": Message("already in another of your files"),
    "logged_in_as": Message("staff signed in as somebody else (“Log in as”)"),
    "system": Message("done by Moodle itself, at night or by a timer"),
    "side_effect": Message("done by Moodle in passing, decided by nobody"),
    "guest": Message("visitors without login"),
    "staff": Message("done by teachers or staff"),
    "filtered": Message("left out by the filters that were chosen"),
    "not_own_act": Message("recorded about a learner by Moodle or a teacher (such as a completion mark)"),
}

# By what a log can be filtered, and how a report says that it is.
FILTERS = {
    "from": Message("from %(first_day)s on"),
    "until": Message("until %(last_day)s"),
    "course": Message("course: %(names)s"),
    "group": Message("group: %(names)s"),
    "module": Message("part of Moodle: %(names)s"),
    "section": Message("section: %(names)s"),
    "finished": Message("people who handed in or tried the last exercise"),
    "unknown": Message("names that are not in the log: %(number)s"),
}

# The lists that may come beside a log, by their option.
LISTS = {
    "roster": Message("List of participants"),
    "grades": Message("Grades"),
    "groups": Message("Groups"),
}
# What may be chosen about one of them.
OF_LISTS = {"grades": ("grades_in_log",)}

# What of a dump or a backup is taken beside its log.
TAKEN = {
    "sections": Message("sections of the course"),
    "groups": Message("groups"),
    "grades": Message("grades"),
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
    "": Message("real names, as in the log"),
    "site": Message("codes, the same in every analysis on this server"),
    "own": Message("codes with a key of your own, which you download with the results"),
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

# What Moodle calls the kinds of course elements; another plugin is called as it calls itself.
ELEMENTS = {
    "assign": Message("Assignment"),
    "book": Message("Book"),
    "chat": Message("Chat"),
    "choice": Message("Choice"),
    "data": Message("Database"),
    "feedback": Message("Feedback"),
    "folder": Message("Folder"),
    "forum": Message("Forum"),
    "glossary": Message("Glossary"),
    "h5pactivity": "H5P",
    "label": Message("Text and media area"),
    "lesson": Message("Lesson"),
    "page": Message("Page"),
    "questionnaire": Message("Questionnaire"),
    "quiz": Message("Quiz"),
    "resource": Message("File"),
    "scorm": "SCORM",
    "survey": Message("Survey"),
    "url": "URL",
    "wiki": "Wiki",
    "workshop": Message("Workshop"),
}

# What else a page can be asked to show of them.
FOUND_KINDS = {"": Message("all"), "material": Message("Material")}

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

FORMS = {
    "report": Message("log as Moodle exports it"),
    "table": Message("table of Moodle's database"),
    "legacy": Message("log of Moodle before 2.7"),
}

ROW_ORDERS = {"newest_first": Message("newest first"), "oldest_first": Message("oldest first")}

ORDERS = {
    "dmy": Message("day / month / year"),
    "mdy": Message("month / day / year"),
    "ymd": Message("year / month / day"),
}

# The same of dates that a spreadsheet stored.
STORED = {
    "dmy": Message("day and month swapped: a spreadsheet took the day for the month"),
    "mdy": Message("day and month swapped: a spreadsheet took the month for the day"),
    "ymd": Message("as they stand in the file"),
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
    "enriched_log.csv": Message("every event, for R and Python"),
    "enriched_log_bloom_only.csv": Message(
        "(same file) without navigation, forums and grades: only events with a Bloom level"
    ),
    "enriched_log.xes": Message("for process mining: ProM, Disco, Celonis, PM4Py"),
    "enriched_log_bloom_only.xes": Message(
        "(same file) without navigation, forums and grades: only events with a Bloom level"
    ),
    "enriched_log.ocel.json": Message("the event log around students, courses, activities, attempts (OCEL 2.0)"),
    "ocel_matrix.csv": Message("how many objects of each type the events of that log have"),
    "enriched_log.parquet": Message("every event kept, with types, for Python, R and databases"),
    "enriched_log.xlsx": Message("for Excel: learners, activities, weeks, events"),
    "report.html": Message("this report, to keep or to print"),
    "learners.csv": Message("one row a learner: days, sessions, time, what was handed in"),
    "activities.csv": Message("one row a page, file, quiz, assignment or forum: who used it, and when"),
    "weeks.csv": Message("one row a week"),
    "sessions.csv": Message("one row a session of a learner"),
    "transitions.csv": Message("what follows what, and how often"),
    "sequences.csv": Message("which three elements of the course follow one another, and how often"),
    "submissions.csv": Message("one row a learner and assignment: when handed in and graded"),
    "attempts.csv": Message("one row an attempt at a quiz"),
    "forum.csv": Message("one row a forum: who reads, writes and answers"),
    "comparison.csv": Message("the same figures of the groups, and of the logs that it is compared with"),
    "labels_template.csv": Message("every course element, to write labels of your own beside them"),
    "dropped_events.csv": Message("every row left out, with the reason"),
    "staff.csv": Message("who was taken for staff, and why"),
    "corrections.yaml": Message("what was corrected by hand, for the next log of this course"),
    "manifest.json": Message("how it was made, for a methods section"),
}

# What the files are for, in the order of the page, each with the ends of their names; the rest is for the third.
PURPOSES = {
    Message("For reading"): ("enriched_log.xlsx", "report.html"),
    Message("For process mining"): (".xes", ".ocel.json", "ocel_matrix.csv"),
    Message("For R and Python"): (),
    Message("To check"): ("dropped_events.csv", "staff.csv", "corrections.yaml", "manifest.json"),
}

# What is compared, in this order, by its name in files.
FIGURES = {
    "learners": Message("Learners"),
    "events_per_learner": Message("Events of a learner"),
    "sessions_per_learner": Message("Sessions of a learner"),
    "active_days": Message("Active days (median)"),
    "hours": Message("Time on task, hours (median)"),
    "hardly_used": Message("Elements that were hardly used, share"),
    "handed_in": Message("Assignments handed in, share"),
    "attempts_per_learner": Message("Attempts at quizzes of a learner"),
    "posts_per_learner": Message("Forum posts of a learner"),
    "night": Message("Events at night, share"),
    "absent": Message("Not seen in the last 28 days, share"),
    "grade": Message("Grade in the last item (median)"),
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


def by_purpose(files: Sequence[Mapping[str, Any]]) -> dict[Message, list[Mapping[str, Any]]]:
    """Summary.files by what they are for, as PURPOSES has them."""
    named = {
        purpose: [file for end in ends for file in files if file["name"].endswith(end)]
        for purpose, ends in PURPOSES.items()
    }
    for purpose, ends in PURPOSES.items():
        if not ends:
            named[purpose] = [file for file in files if not any(file in some for some in named.values())]
    return {purpose: some for purpose, some in named.items() if some}


def filters_in_words(filters: Mapping[str, Any], module: Callable[[str], str] = str) -> list[Message]:
    """By what a result is filtered, of Summary.filters, one sentence part a filter; `module` gives the words for one of
    Moodle's modules."""
    known = dict(filters) | {"module": list(map(module, filters.get("module", ())))}
    return [
        Message(words.template, first_day=told, last_day=told, names=told, number=told)
        for name, words in FILTERS.items()
        if (told := known.get(name))
    ]


def kind_of_event(kind: Mapping[str, Any]) -> str:
    """What one of Summary.others is called: the part of Moodle and the event, "Dice: Dice thrown"."""
    # Before Moodle 2.7 the name began with the part; a table of the database has the class for a name.
    part, name = kind["component"] or kind["module"], kind["event_name"].removeprefix(f"{kind['module']} ")
    words = kind["event"].replace("_", " ") if not name or name.startswith("\\") else name
    return f"{part}: {words}" if part else str(words)


def tenth(people: int) -> int:
    """The fewest people who are not under a tenth of all, below which an element is hardly used."""
    return math.ceil(people / 10)


def ticks(most: float) -> list[int]:
    """The numbers on an axis from 0 to at least `most`: multiples of 1, 2 or 5 and a power of ten, up to six."""
    step = next(
        factor * 10**power for power in range(16) for factor in (1, 2, 5) if factor * 10**power * 5 >= max(most, 1)
    )
    return [step * number for number in range(math.ceil(max(most, 1) / step) + 1)]


def shades(most: int) -> list[int]:
    """From how many events on an hour has each of the up to four shades of a picture whose busiest has `most`:
    1, 10, 30, 100."""
    steps = [factor * 10**power for power in range(16) for factor in (1, 3)]
    return [1, *[step for step in steps if 1 < step <= most][-3:]]


def margin(ticks: list[int]) -> int:
    """Points that the numbers of an axis take, with their separators and what is between them and the picture."""
    return max(46, 10 + 8 * len(f"{ticks[-1]:,}"))


def in_lines(name: str) -> list[str]:
    """A name in two lines of a box of a map, cut where it is longer."""
    return textwrap.wrap(name, LINE, max_lines=2, placeholder="…")


def fitted(name: str, room: float) -> str:
    """A name as far as there is room for it, in widths of an em, cut with an ellipsis where it is longer."""
    widths = list(accumulate(map(_width, name)))
    if not widths or widths[-1] <= room:
        return name
    return name[: bisect_right(widths, room - 1)].rstrip() + "…"


def _width(letter: str) -> float:
    """Of a letter in ems, at most, in the fonts that a browser may take for the page."""
    if combining(letter):
        return 0.0
    if letter in "mMW—…@%" or east_asian_width(letter) in "WF":
        return 1.0
    narrow, broad = letter in " filjtrI.,:;'|()[]-", letter.isupper() or letter in "w&"
    return 0.42 if narrow else 0.8 if broad else 0.65


def time_of_day(time: datetime | str, language: str) -> str:
    """A time, ISO 8601 or not, with its day, as its own clock shows it: 6 Sep 2022, 14:05."""
    known = datetime.fromisoformat(time) if isinstance(time, str) else time
    return f"{day(known.date(), language)}, {known:%H:%M}"


def file_size(size: int, language: str) -> str:
    """A number of bytes as a person reads it, such as 1.2 MB."""
    units = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("B", 1.0))
    unit, factor = next((one for one in units if size >= one[1]), units[-1])
    return f"{format_decimal(size / factor, '#,##0.#', language)} {unit}"


def language_name(code: str, language: str) -> str:
    """What one of Moodle's languages is called in another: in English pt_br is Portuguese (Brazil)."""
    name, _, territory = code.partition("_")
    locale = Locale.parse("_".join(filter(None, [name, territory.upper()])))
    return str(locale.get_display_name(language))
