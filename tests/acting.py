"""Rows of logs in which learners hand in, try and write, for the tests of the tables for analysis."""

from conftest import event

ESSAY = {"Event context": "Assignment: Essay", "Component": "Assignment"}
QUIZ = {"Event context": "Quiz: Birds", "Component": "Quiz"}
FORUM = {"Event context": "Forum: Questions", "Component": "Forum"}
FILES = {"Event context": "Assignment: Essay", "Component": "File submissions"}


def opened(user, time, name="Slides", cm=62):
    """A file is opened."""
    says = f"The user with id '{user}' viewed the 'resource' activity with course module id '{cm}'."
    place = {"Event context": f"File: {name}", "Component": "File", "Event name": "Course module viewed"}
    return event(says, time, **place)


def saved(user, time):
    """A draft of an assignment is saved."""
    says = f"The user with id '{user}' created a file submission and uploaded '1' file/s in the assignment with course"
    return event(f"{says} module id '70'.", time, event_name="Submission created.", **FILES)


def handed_in(user, time, cm=70, name="Essay"):
    """An assignment is handed in."""
    says = f"The user with id '{user}' has submitted the submission with id '{user}1' for the assignment with course"
    place = {"Event context": f"Assignment: {name}", "Component": "Assignment"}
    return event(f"{says} module id '{cm}'.", time, event_name="A submission has been submitted.", **place)


def graded(user, student, time):
    """Staff grade it."""
    says = f"The user with id '{user}' has graded the submission '{student}1' for the user with id '{student}' for the"
    return event(
        f"{says} assignment with course module id '70'.", time, event_name="The submission has been graded.", **ESSAY
    )


def read_feedback(user, time):
    """A learner looks at what was said of the work."""
    says = f"The user with id '{user}' viewed the feedback for the user with id '{user}' for the assignment with course"
    return event(f"{says} module id '70'.", time, event_name="Feedback viewed", **ESSAY)


def tried(user, attempt, did, time):
    """An attempt at a quiz is 'started' or 'submitted'."""
    says = (
        f"The user with id '{user}' has {did} the attempt with id '{attempt}' for the quiz with course module id '71'."
    )
    return event(says, time, event_name=f"Quiz attempt {did}", **QUIZ)


def asked(user, discussion, time):
    """A discussion is begun."""
    says = f"The user with id '{user}' has created the discussion with id '{discussion}' in the forum with course"
    return event(f"{says} module id '73'.", time, event_name="Discussion created", **FORUM)


def answered(user, discussion, time):
    """Somebody writes in it."""
    says = f"The user with id '{user}' has created the post with id '{discussion}9' in the discussion with id"
    return event(
        f"{says} '{discussion}' in the forum with course module id '73'.", time, event_name="Post created", **FORUM
    )
