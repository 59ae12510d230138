"""A log of some people, for the tests of the lists beside one."""

from contextlib import contextmanager

from moodlelogsmart.meaning.matching import make_lists
from moodlelogsmart.reading.inside import make_inside
from moodlelogsmart.workspace import Limits, Stop, open_workspace


@contextmanager
def log_of(folder, people):
    """The workspace of a log of these people, names by numbers, before its lists are read."""
    with open_workspace(folder, Limits(), Stop()) as work:
        work.run("create table seen_name (person varchar, name varchar, user_id varchar, events bigint)")
        for person, name in people.items():
            work.run("insert into seen_name values ($1, $2, $1, 1)", [person, name])
        make_lists(work)
        make_inside(work)
        yield work
