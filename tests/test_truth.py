"""The judge of make truth: what it does with the facts, and what it says of the product today."""

import csv
import io
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facts import acts, answers, events, figures, names, truth
from moodlelogsmart.meaning import catalogue

# The share that may fail at most, in per cent, of all groups: what makes one answer of report and table, and what marks.
MOST = {"report and database table differ": 0.5, "tells of staff, marks nobody": 1}
SPOKEN = ("en", "ar", "es", "zh_cn")  # a few of the languages, for all take a minute
# The same of rows without Description.
MOST_BY_NAME = {names.OWN_NAME: 2, names.SHARED_NAME: 0, names.MARKING_NAME: 0}

# A decision that a test spoils: the module and event that the catalogue says is an act of staff.
SPOILT = ("assign", "submission_locked")


@pytest.fixture(scope="session")
def judged():
    return truth.judge(spoken=SPOKEN)


def spoilt_catalogue(text):
    """The catalogue with the mark of one event taken off."""
    rows = list(csv.DictReader(io.StringIO(text)))
    found = [row for row in rows if (row["module"], row["event"]) == SPOILT]
    assert found and all(row["marks"] for row in found)
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(row | {"marks": ""} if row in found else row for row in rows)
    return out.getvalue()


def made_event(sentence="The user with id '{userid}' drew.", **more):
    known = {
        "name": r"\mod_sketchpad\event\sketch_drawn", "component": "mod_sketchpad", "versions": "plugin",
        "label": "Sketch drawn", "crud": "c", "level": "participating", "sentences": (sentence,),
        "objecttable": "sketch", "actor": "userid", "other_person": False, "who": "learner", "marks": "",
        "side_effect": "no", "note": "",
    }  # fmt: skip
    return events.Event(**known | more)


GRADED = made_event(
    "The user with id '{userid}' rated '{relateduserid}'.", who="either", marks="staff_if_other", other_person=True
)


# ---- What the product makes of the facts.


def test_the_figures_reach_their_goals(judged):
    missed = [
        (line.figure, line.group, line.wrong, line.of)
        for line in judged
        if line.share > MOST.get(line.figure, MOST_BY_NAME.get(line.figure, 0))
    ]
    assert not missed


def test_every_figure_is_there_for_plugins_and_for_each_language(judged):
    told = {(line.figure, line.group) for line in judged}
    assert {*MOST, "a learner's act marks somebody", "a side effect marks somebody"} <= {
        figure for figure, group in told if group == "plugins"
    }
    assert {group for figure, group in told if figure == names.OWN_NAME} == set(SPOKEN)


def test_a_spoilt_decision_lowers_the_figure(tmp_path, monkeypatch):
    some = [act for act in acts.make_acts(events.read_events()) if act.event.component == "mod_assign"]

    def unmarked():
        lines = figures.judge_acts(some, answers.ask(*figures.report_of(some)), answers.ask(*figures.table_of(some)))
        line = next(line for line in lines if line.figure == "tells of staff, marks nobody")
        return {failure.event for failure in line.failures}, line.share

    before, share = unmarked()
    spoilt = tmp_path / "events.csv"
    spoilt.write_text(spoilt_catalogue(catalogue.EVENTS_FILE.read_text("utf-8")), "utf-8")
    monkeypatch.setattr(catalogue, "EVENTS_FILE", spoilt)
    after, spoilt_share = unmarked()
    assert rf"\mod_{SPOILT[0]}\event\{SPOILT[1]}" in after - before
    assert spoilt_share > share


# ---- The acts.


@given(st.lists(st.integers(1, 20**6 - 1), unique=True, max_size=50))
def test_no_two_people_have_one_name(people):
    assert len({acts.name_of(str(person)) for person in people}) == len(people)


def test_no_two_acts_share_a_person_an_address_or_a_place():
    made = acts.make_acts(events.read_events())
    people = [known for act in made for known in act.doer_known_as | act.affected_known_as]
    assert len(people) == len(set(people))
    assert len({act.ip for act in made}) == len({act.cmid for act in made}) == len(made) > 900


def test_every_brace_of_every_sentence_is_filled():
    for act in acts.make_acts(events.read_events()):
        assert "{" not in act.says() and act.says().count("''") == act.sentence.count("''"), act.sentence


def test_each_event_has_an_act_for_each_of_its_sentences():
    known = events.read_events()
    told = {(act.event.name, act.variant) for act in acts.make_acts(known)}
    assert told == {(event.name, place) for event in known for place in range(len(event.sentences) or 1)}


def test_report_and_table_tell_the_same_people():
    act = acts.make_acts([GRADED])[0]
    report = dict(zip(acts.REPORT, act.report_row("Sketchpad", "Sketch drawn"), strict=True))
    table = dict(zip(acts.TABLE, act.table_row(), strict=True))
    assert report["Description"] == f"The user with id '{table['userid']}' rated '{table['relateduserid']}'."
    assert report["User full name"] == acts.name_of(table["userid"]) != report["Affected user"] != "-"
    assert (table["action"], table["target"], table["edulevel"]) == ("drawn", "sketch", "2")


def test_an_act_tells_of_staff_only_where_another_is_affected():
    told = {act.whom: (act.must_mark, act.is_learners, act.is_own) for act in acts.make_acts([GRADED])}
    assert told == {"another": (True, False, False), "oneself": (False, True, True)}


def test_a_team_is_not_another_person():
    handed_in = replace(GRADED, component="mod_assign")
    made = {act.whom: act for act in acts.make_acts([handed_in])}
    assert made["team"].affected == "0" and not made["team"].must_mark
    assert made["team"].report_row("Assignment", "Handed in")[2] == "-"


def test_whose_attempt_it_is_made_it():
    attempt = made_event("The user with id '{relateduserid}' tried.", actor="relateduserid", other_person=True)
    (act,) = acts.make_acts([attempt])
    assert act.affected == act.doer and act.is_learners


def test_what_moodle_says_where_nobody_did_it_is_a_side_effect():
    sent = made_event(actor="userid/none", sentences=("The user with id '{userid}' sent it.", "It was sent."))
    by_hand, by_itself = acts.make_acts([sent])
    assert by_hand.is_learners and not by_hand.is_side_effect
    assert by_itself.is_side_effect and by_itself.doer == "-20" and not by_itself.doer_known_as


def test_what_happens_only_sometimes_by_itself_is_held_to_neither():
    (act,) = acts.make_acts([made_event(side_effect="sometimes")])
    assert not act.is_learners and not act.is_side_effect


def test_a_question_inside_studentquiz_is_a_learners():
    note = "but a learner's act within StudentQuiz and other activities where learners write questions"
    plain, inside = acts.make_acts([made_event(who="staff", marks="staff", note=note)])
    assert plain.must_mark and not inside.must_mark
    assert inside.report_row("System", "Question created")[3].startswith("StudentQuiz: ")
    own, opened = (dict(zip(acts.TABLE, row, strict=True)) for row in figures.table_of([inside])[1])
    assert (opened["component"], opened["contextinstanceid"]) == ("mod_studentquiz", own["contextinstanceid"])


# ---- The figures.


def answered(act, role="learner", reason="", **cells):
    known = {"module": "sketchpad", "action": "drawn", "activity_type": "Synthesize", "bloom_level": "Create"}
    return answers.Answers({act.ip: answers.Answer(role, reason, {} if reason else known | cells)}, set())


def failures_of(act, report, table=None):
    lines = figures.judge_acts([act], report, table or report)
    return {line.figure for line in lines if line.failures}


def test_nothing_fails_that_comes_out_right():
    (act,) = acts.make_acts([made_event()])
    assert not failures_of(act, answered(act, user_id=act.doer))


def test_report_and_table_that_differ_are_told():
    (act,) = acts.make_acts([made_event()])
    assert failures_of(act, answered(act), answered(act, action="viewed")) == {figures.ONE_ANSWER}


def test_a_learner_taken_for_staff_is_told_by_id_or_by_name():
    (act,) = acts.make_acts([made_event()])
    for known in act.doer_known_as:
        report = replace(answered(act, role="staff"), staff={known})
        assert failures_of(act, report) == {"a learner's act marks somebody"}


def test_a_side_effect_that_marks_whom_it_concerns_is_told():
    given_badge = made_event("'{relateduserid}' has it.", actor="relateduserid", who="system", side_effect="yes")
    act = next(act for act in acts.make_acts([given_badge]) if act.whom == "another")
    report = replace(answered(act, reason="side_effect", role=""), staff={act.affected})
    assert failures_of(act, report) == {"a side effect marks somebody"}


def test_an_act_of_staff_that_marks_nobody_is_told():
    (act,) = acts.make_acts([made_event(who="staff", marks="staff")])
    told = {"tells of staff, marks nobody", "an act of staff kept as a learner's event"}
    assert failures_of(act, answered(act)) == told


def test_others_what_is_left_out_and_a_wrong_person_are_told():
    (act,) = acts.make_acts([made_event()])
    assert failures_of(act, answered(act, activity_type="Others")) == {"a learner's act, participating: Others"}
    assert failures_of(act, answered(act, role="", reason="system")) == {"a learner's act, participating: left out"}
    assert failures_of(act, answered(act, user_id="77")) == {"put down to another than its doer"}


# ---- Names.


def pair_and_known(kinds):
    """A pair of names that as many events share as there are activity types, each of which comes out as one of these."""
    made = acts.make_acts([made_event(name=rf"\mod_sketchpad\event\x{place}") for place in range(len(kinds))])
    known = {
        (act.event.name, act.whom): {answered(act, activity_type=kind).rows[act.ip]}
        for act, kind in zip(made, kinds, strict=True)
    }
    return names.Pair("eo", "Skizo", "Desegnita", tuple(made), 0), known


@pytest.mark.parametrize(
    ("kinds", "came", "right"),
    [
        (["Synthesize"], "Synthesize", True),
        (["Synthesize"], "Others", False),
        (["Synthesize", "Synthesize"], "Synthesize", True),
        (["Synthesize", "View"], "Others", True),
        (["Synthesize", "View"], "View", False),
    ],
)
def test_names_are_held_to_what_all_of_their_events_agree_on(kinds, came, right):
    pair, known = pair_and_known(kinds)
    lines = names.judge_names([pair], answered(pair.act, activity_type=came), known)
    assert all(not line.failures for line in lines) == right


def test_names_that_only_case_and_full_stop_tell_apart_are_one_pair():
    one, other = made_event(label="Sketch drawn."), made_event(name=r"\mod_sketchpad\event\other", label="SKETCH drawn")
    (pair,) = names.pairs_of("en", acts.make_acts([one, other]))
    assert len(pair.acts) == 2


def test_a_name_that_moodle_makes_of_the_class_is_tried_in_every_language(tmp_path):
    unnamed, named = made_event(label="mod_sketchpad: sketch drawn"), made_event(name=r"\mod_x\event\named")
    rows = [f"eo,mod_sketchpad,{event.name},{name}" for event, name in ((unnamed, "Nekonata"), (named, "Nomita"))]
    (tmp_path / "event-names.csv").write_text("\n".join(["lang,component,class,name", *rows]))
    pairs = names.pairs_of("eo", acts.make_acts([unnamed, named]), tmp_path)
    assert {pair.name for pair in pairs} == {"Nekonata", "mod_sketchpad: sketch drawn", "Nomita"}


# ---- The command.


def test_a_folder_without_facts_is_no_success(tmp_path):
    with pytest.raises(FileNotFoundError):
        truth.main(["--facts", str(tmp_path)])


@pytest.fixture
def facts_aside(tmp_path):
    """Facts of the same shape about one plugin, with an act of staff that nobody can know of."""
    folder = tmp_path / "aside"
    folder.mkdir()
    header = "class,component,versions,name,crud,edulevel,descriptions,objecttable,actor,other_person,who,marks,side_effect,note\n"
    row = r"\mod_sketchpad\event\sheet_{0},mod_sketchpad,plugin,Sheet {0},u,other,The user with id '{{userid}}' {0} it,,userid,,{1},{2},no,"
    text = header + "\n".join([row.format("seen", "learner", ""), row.format("framed", "staff", "staff")]) + "\n"
    (folder / "events.csv").write_text(text)
    (folder / "component-names.csv").write_text("lang,component,name\nen,mod_sketchpad,Sketchpad\n")
    (folder / "event-names.csv").write_text("lang,component,class,name\neo,mod_other,\\mod_other\\event\\seen,Vidita\n")
    return folder


def test_other_facts_are_judged_and_a_missed_goal_ends_with_1(facts_aside, tmp_path, capsys):
    told = tmp_path / "told.json"
    assert truth.main(["--facts", str(facts_aside)]) == 0
    assert truth.main(["--facts", str(facts_aside), "--languages", "--list", "--check", "--json", str(told)]) == 1
    text = capsys.readouterr().out
    assert r"\mod_sketchpad\event\sheet_framed" in text and "nobody is staff" in text
    lines = {line["figure"]: line for line in json.loads(told.read_text("utf-8"))}
    assert lines["tells of staff, marks nobody"]["share"] == 100
    assert not lines["tells of staff, marks nobody"]["reached"]
    assert lines["a learner's act marks somebody"]["reached"]
