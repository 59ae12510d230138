"""The tables for analysis, in the order in which one stands on the others."""

from moodlelogsmart.analysis.acts import find_acts
from moodlelogsmart.analysis.course import (
    find_activities,
    find_exercises,
    find_sequences,
    find_taught,
    find_transitions,
    find_weeks,
)
from moodlelogsmart.analysis.people import find_contributions, find_learners, find_person_names, find_sessions
from moodlelogsmart.analysis.work import find_attempts, find_done, find_forum, find_submissions
from moodlelogsmart.workspace import Workspace

# Each is a file of the results and, with few rows, a sheet of the workbook.
TABLES = ("learners", "activities", "weeks", "sessions", "transitions", "sequences", "submissions", "attempts", "forum")


def find_tables(work: Workspace, gap: int) -> None:
    """Make the TABLES, and table `act` and others on which figures stand as well; `gap` is the pause in minutes that
    ends a session."""
    find_acts(work)
    find_person_names(work)
    find_done(work)
    find_submissions(work)
    find_attempts(work)
    find_exercises(work)
    find_forum(work)
    find_sessions(work, gap)
    find_activities(work)
    find_taught(work)
    find_weeks(work)
    find_transitions(work)
    find_sequences(work)
    find_contributions(work)
    find_learners(work)
    work.run("drop table reach")
