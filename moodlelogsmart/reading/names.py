"""What a dump or a backup tells beside its log: names of activities, courses and people, for which the log has numbers,
and in which section of the course an activity is."""

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
_LONGEST = 200  # letters of the name of a section
_REPEATED = (
    300  # letters of any other, which each row with its number repeats; Moodle's own limit is 255, of a person 201
)


def load_names(work: Workspace, file: Path) -> None:
    """Make table `known_name` (kind, id, name) of table sqldump.NAMES in a file: of a 'module', 'course' or 'person',
    and add to `module_section` (module, section) in which section course modules are.

    The name of a module or a course is as in the context of an event: `Quiz: Week 1`. Each id has one name, of which
    what is longer than any of Moodle's is cut. A section is called as in the course, or by its number where nobody gave
    it a name.
    """
    cells = dict.fromkeys(HEADERS[NAMES], "varchar")
    kinds = " ".join(f"when {quoted(kind)} then {quoted(name)}" for kind, name in _KINDS.items())
    word = f"case kind.first {kinds} else upper(kind.first[1]) || kind.first[2:] end"
    work.run(
        f"""create or replace table known_name as
        with told as materialized (
            select * replace (left("first", {_REPEATED}) as "first", left("second", {_REPEATED}) as "second")
            from read_csv($path, columns = {cells}, auto_detect = false, header = true, delim = ',',
                quote = '"', escape = '"', ignore_errors = true)),
        prefix as (select coalesce(max(id), '') as prefix from told where "of" = 'prefix'),
        site as materialized (
            select substr("of", length(prefix) + 1) as "of", told.* exclude ("of")
            from told, prefix where starts_with("of", prefix) and "of" <> 'prefix'),
        found as (
            select 'module' as kind, module.id, {word} || ': ' || activity.first as name
            from site module join site kind on kind.id = module.first and kind."of" = 'modules'
                join site activity on activity.id = module.second and activity."of" = kind.first
            where module."of" = 'course_modules'
            union all select 'course', id, 'Course: ' || first from site where "of" = 'course'
            union all select 'person', id, first || ' ' || second from site where "of" = 'user'
            union all select 'section', module.id,
                left(coalesce(nullif(trim(part.second), ''), part.first), {_LONGEST})
            from site module join site part on part.id = module.third and part."of" = 'course_sections'
            where module."of" = 'course_modules')
        select kind, id, left(any_value(trim(name)), {_REPEATED}) as name from found group by kind, id""",
        {"path": str(file)},
    )
    work.run(
        """insert into module_section select id, name from known_name
        where kind = 'section' and name <> '' and id not in (select module from module_section)"""
    )
