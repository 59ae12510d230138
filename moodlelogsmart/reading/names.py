"""The names that a dump tells beside its log: of activities, courses and people, for which the log has numbers."""

from pathlib import Path

from moodlelogsmart.reading.sqldump import HEADERS, NAMES
from moodlelogsmart.workspace import Workspace, quoted

# What Moodle calls its activities where that is not the name of the plugin in capitals: see lang/en of each.
_KINDS = {
    "assign": "Assignment", "bigbluebuttonbn": "BigBlueButton", "customcert": "Custom certificate", "data": "Database",
    "h5pactivity": "H5P", "hvp": "Interactive Content", "imscp": "IMS content package", "label": "Text and media area",
    "lti": "External tool", "qbank": "Question bank", "resource": "File", "scorm": "SCORM package",
    "studentquiz": "StudentQuiz", "turnitintooltwo": "Turnitin Assignment 2", "url": "URL",
    "vpl": "Virtual programming lab", "zoom": "Zoom meeting",
}  # fmt: skip


def load_names(work: Workspace, file: Path) -> None:
    """Make table `known_name` (kind, id, name) of table sqldump.NAMES in a file: of a 'module', 'course' or 'person'.

    The name of a module or a course is as in the context of an event: `Quiz: Week 1`. Each id has one name.
    """
    cells = dict.fromkeys(HEADERS[NAMES], "varchar")
    kinds = " ".join(f"when {quoted(kind)} then {quoted(name)}" for kind, name in _KINDS.items())
    word = f"case kind.first {kinds} else upper(kind.first[1]) || kind.first[2:] end"
    work.run(
        f"""create or replace table known_name as
        with told as materialized (
            select * from read_csv($path, columns = {cells}, auto_detect = false, header = true, delim = ',',
                quote = '"', escape = '"', ignore_errors = true)),
        prefix as (select coalesce(max(id), '') as prefix from told where "of" = 'prefix'),
        site as materialized (
            select substr("of", length(prefix) + 1) as "of", id, first, second
            from told, prefix where starts_with("of", prefix) and "of" <> 'prefix'),
        found as (
            select 'module' as kind, module.id, {word} || ': ' || activity.first as name
            from site module join site kind on kind.id = module.first and kind."of" = 'modules'
                join site activity on activity.id = module.second and activity."of" = kind.first
            where module."of" = 'course_modules'
            union all select 'course', id, 'Course: ' || first from site where "of" = 'course'
            union all select 'person', id, first || ' ' || second from site where "of" = 'user')
        select kind, id, any_value(trim(name)) as name from found group by all""",
        {"path": str(file)},
    )
