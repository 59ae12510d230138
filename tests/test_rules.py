import pytest

from moodlelogsmart.messages import LogError
from moodlelogsmart.rules import load_rules

ACTIVITY_TYPES = {
    "Study_P": ("Remember", False),
    "Study_A": ("Understand", True),
    "Exercise_P": ("Apply", False),
    "Exercise_A": ("Apply", True),
    "Assess_P": ("Evaluate", False),
    "Assess_A": ("Evaluate", True),
    "Synthesize": ("Create", True),
}


def test_each_default_rule_keeps_to_the_products_table():
    for rule in load_rules().rules:
        if rule.activity_type in ACTIVITY_TYPES:
            assert (rule.bloom_level, rule.is_active) == ACTIVITY_TYPES[rule.activity_type], rule.id
        else:
            assert rule.bloom_level == "", rule.id


def test_each_default_rule_has_a_name_of_its_own_and_says_why():
    rules = load_rules().rules
    assert len({rule.id for rule in rules}) == len(rules)
    assert all(rule.why and rule.source for rule in rules)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: x\nrules: [{id: a, when: {}, activity_type: Study, why: w, source: s}]", "activity_type"),
        ("name: x\nrules: [{id: a, when: {verb: x}, activity_type: View, why: w, source: s}]", "verb"),
        ("name: x", "rules"),
        ("{", "cannot be read"),
    ],
)
def test_it_refuses_a_wrong_file_and_names_the_place(tmp_path, text, told):
    path = tmp_path / "rules.yaml"
    path.write_text(text)
    with pytest.raises(LogError, match=told):
        load_rules(path)
