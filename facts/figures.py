"""The figures of acts: how often what came out of report and database table is not as the facts say."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from facts.acts import REPORT, TABLE, Act
from facts.answers import Answer, Answers
from facts.events import FOLDER, english_components
from facts.lines import Failure, Line
from facts.names import OTHERS

GROUPS = ("Moodle 5.0", "before 5.0", "plugins")

# What is wrong with one act in one form of log, or ''; the texts are the ids and names of who was taken for staff.
Wrong = Callable[[Act, Answer, set[str]], str]


def _marks_nobody(act: Act, answer: Answer, staff: set[str]) -> str:
    return "" if staff & act.doer_known_as else f"nobody is staff; {answer}"


def _marks_somebody(act: Act, answer: Answer, staff: set[str]) -> str:
    if staff & act.doer_known_as:
        return f"the doer is staff; {answer}"
    return f"the affected is staff; {answer}" if staff & act.affected_known_as else ""


def _is_others(act: Act, answer: Answer, staff: set[str]) -> str:
    return str(answer) if answer.cells.get("activity_type") == OTHERS else ""


def _is_learning(act: Act, answer: Answer, staff: set[str]) -> str:
    return str(answer) if answer.role == "learner" else ""


def _is_left_out(act: Act, answer: Answer, staff: set[str]) -> str:
    return str(answer) if answer.role not in ("learner", "staff") else ""


def _is_somebody_elses(act: Act, answer: Answer, staff: set[str]) -> str:
    user = answer.cells.get("user_id", "")
    if user in ("", act.doer):
        return ""
    return f"done by {'the affected' if user == act.affected else user}; {answer}"


def _participating(act: Act) -> bool:
    return act.is_learners and act.event.level == "participating"


# Title, goal in per cent, the acts that it is about, and what is wrong there.
FIGURES: list[tuple[str, float, Callable[[Act], bool], Wrong]] = [
    ("tells of staff, marks nobody", 1, lambda act: act.must_mark, _marks_nobody),
    ("a learner's act marks somebody", 0, lambda act: act.is_learners, _marks_somebody),
    ("a side effect marks somebody", 0, lambda act: act.is_side_effect, _marks_somebody),
    ("done to oneself or a team, marks somebody", 0, lambda act: act.is_own, _marks_somebody),
    ("a learner's act inside its activity marks somebody", 0, lambda act: bool(act.inside), _marks_somebody),
    ("a learner's act, participating: Others", 0, _participating, _is_others),
    ("a learner's act, other levels: Others", 0, lambda act: act.is_learners and not _participating(act), _is_others),
    ("a learner's act, participating: left out", 0, _participating, _is_left_out),
    ("a side effect kept as a learner's event", 0, lambda act: act.is_side_effect, _is_learning),
    ("an act of staff kept as a learner's event", 0, lambda act: act.must_mark, _is_learning),
    ("put down to another than its doer", 0, lambda act: not act.by_itself, _is_somebody_elses),
]
ONE_ANSWER = "report and database table differ"


def report_of(acts: list[Act], folder: Path = FOLDER) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the English report of a course in which all of it was done."""
    names = english_components(folder)
    return REPORT, [
        act.report_row(names.get(act.event.component, act.event.component), act.event.label) for act in acts
    ]


def table_of(acts: list[Act]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the same as Moodle's database has it.

    Which activity an act of Moodle's core is inside, its row of the database does not tell; that somebody else has
    opened that activity does.
    """
    rows = [act.table_row() for act in acts]
    for act in (act for act in acts if act.inside):
        component = f"mod_{act.inside.lower()}"
        opened = replace(act.event, name=rf"\{component}\event\course_module_viewed", component=component, crud="r",
                         level="participating", sentences=(), objecttable="")  # fmt: skip
        row = replace(act, place=len(acts) + act.place, event=opened).table_row()
        row[TABLE.index("contextinstanceid")] = act.cmid
        rows.append(row)
    return TABLE, rows


def judge_acts(acts: list[Act], report: Answers, table: Answers) -> list[Line]:
    """The figures of acts, each group by group, from what came out of both forms of log."""
    forms = {"report": report, "table": table}

    def differing(act: Act) -> list[Failure]:
        one, other = report.rows[act.ip], table.rows[act.ip]
        return [] if one.meaning == other.meaning else [_failure(act, "both", f"report {one} | table {other}")]

    lines = _by_group(ONE_ANSWER, 0.5, acts, differing)
    for title, goal, is_about, wrong in FIGURES:

        def failing(act: Act, wrong: Wrong = wrong) -> list[Failure]:
            came = {form: wrong(act, answers.rows[act.ip], answers.staff) for form, answers in forms.items()}
            return [_failure(act, form, what) for form, what in came.items() if what]

        lines += _by_group(title, goal, [act for act in acts if is_about(act)], failing)
    return lines


def _by_group(title: str, goal: float, acts: list[Act], failing: Callable[[Act], list[Failure]]) -> list[Line]:
    groups = {group: [act for act in acts if act.event.group == group] for group in GROUPS}
    return [
        Line(title, group, len(some), goal, tuple(failure for act in some for failure in failing(act)))
        for group, some in groups.items()
        if some
    ]


def _failure(act: Act, form: str, came: str) -> Failure:
    whom = {"nobody": "", "another": "to another", "oneself": "to oneself", "team": "to a team"}[act.whom]
    return Failure(act.event.name, act.sentence, f"inside {act.inside}" if act.inside else whom, form, came)
