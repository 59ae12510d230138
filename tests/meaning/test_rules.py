import re
from pathlib import Path

import pytest

from moodlelogsmart.meaning.rules import DEFAULT_FILE, load_rules
from moodlelogsmart.messages import LogError

ROOT = Path(__file__).parents[2]

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
        elif rule.activity_type != "Interact":  # doing, but for reading what others wrote
            assert (rule.bloom_level, rule.is_active) == ("", False), rule.id
        else:
            assert rule.bloom_level == "", rule.id


def test_each_default_rule_has_a_name_of_its_own_and_says_why():
    rules = load_rules().rules
    assert len({rule.id for rule in rules}) == len(rules)
    assert all(rule.name and rule.rationale and rule.source for rule in rules)


RULE = """name: own
rules:
  - id: one
    name: One
    when: {module: page}
    activity_type: View
    rationale: r
    source: s
"""


def refused(tmp_path, text):
    path = tmp_path / "rules.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(LogError) as caught:
        load_rules(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("activity_type: View", "activity_type: Study", "Line 6 of the rules file (rule “one”): “activity_type” must be one of Study_P,"),
        ("source: s", "bloom_level: High", "Line 8 of the rules file (rule “one”): “bloom_level” must be one of Remember,"),
        ("    source: s\n", "", "Line 3 of the rules file (rule “one”): the field “source” is missing."),
        ("{module: page}", "{modul: page}", "Line 5 of the rules file: “modul” is not known. Known are: module, action, component, event."),
        ("{module: page}", "{module: 7}", "Line 5 of the rules file (rule “one”): “module” has a value of the wrong kind."),
        ("{module: page}", "page", "Line 5 of the rules file (rule “one”): “when” has a value of the wrong kind."),
        ("name: own\n", "", "Line 1 of the rules file: the field “name” is missing."),
        ("name: own", "name: own\nfoo: 1", "Line 2 of the rules file: “foo” is not known. Known are: name, rules, version."),
        ("name: own", "name: own\nfoo:\n  - 1", "Line 2 of the rules file: “foo” is not known."),
        ("source: s", "source: s\n    sorce: s", "Line 9 of the rules file: “sorce” is not known. Known are: id, name, when, activity_type,"),
        ("{module: page}", "{module: page", "cannot be read as YAML"),
        ("{module: page}", "{module: '*a*b*c*d'}", "Line 3 of the rules file (rule “one”): a word may have 100 characters and 3 asterisks at most."),
        ("{module: page}", "{module: " + "x" * 101 + "}", "100 characters"),
    ],
)  # fmt: skip
def test_it_refuses_a_wrong_file_with_line_rule_and_field(tmp_path, old, new, told):
    assert told in refused(tmp_path, RULE.replace(old, new))


def test_it_refuses_two_rules_of_one_name(tmp_path):
    twice = RULE + RULE.partition("rules:\n")[2]
    assert refused(tmp_path, twice) == "Line 9 of the rules file: another rule is called “one” too."


BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (BOMB, "alias"),
        ("[" * 60_000, "cannot be read"),
        (b"\xff\xfe\x00rules", "UTF-8"),
        ("!!python/object/apply:os.system [id]", "cannot be read"),
        ("", "it has to be made of"),
        ("- 1", "Line 1 of the rules file: it has to be made of"),
        ("x" * 300_000, "larger than 64 kB"),
        ("name: 1" + ":59" * 20_000 + ".5\nrules: []", "cannot be read"),
        ('name: !!int ""\nrules: []', "cannot be read"),
        ('name: !!float ""\nrules: []', "cannot be read"),
        ("name: !!timestamp x\nrules: []", "cannot be read"),
        ("name: !!bool x\nrules: []", "cannot be read"),
        ("name: 2020-13-45\nrules: []", "cannot be read"),
        ("name: " + "9" * 60_000 + "\nrules: []", "cannot be read"),
        ("name: !!binary aGVsbG8=\nrules: []", "it has to be made of"),
        ("name: !!set {a, b}\nrules: []", "it has to be made of"),
        ("<<: {a: 1}\nname: x\nrules: []", "“a” is not known"),
        ('name: x\nrules: []\n? "' + "`$" * 30_000 + '\\n"\n: 1\n', "it has to be made of"),
        ('name: x\nrules: []\n"field `x` - at `$.rules[7]": 1\n', "is not known"),
        ("name: x\nrules: [{id: " + "r" * 60_000 + ", when: 1}]", "r" * 100 + "”)"),
        (RULE.replace("id: one", "id: " + "r" * 101), "the id of a rule may have 100 characters at most"),
    ],
)
def test_it_refuses_what_is_no_rules_file_and_lives(tmp_path, text, told):
    assert told in refused(tmp_path, text)


def test_what_a_rule_leaves_out_is_the_usual_of_its_type(tmp_path):
    path = tmp_path / "rules.yaml"
    for activity_type, (level, active) in ACTIVITY_TYPES.items():
        path.write_text(RULE.replace("View", activity_type))
        (rule,) = load_rules(path).rules
        assert (rule.bloom_level, rule.is_active) == (level, active)


def test_the_default_rules_are_a_valid_start(tmp_path):
    (tmp_path / "own.yaml").write_bytes(DEFAULT_FILE.read_bytes())
    assert load_rules(tmp_path / "own.yaml") == load_rules()


def test_the_rules_have_a_version_whose_change_is_told():
    rows = re.findall(
        r"^\| (\d+\.\d+\.\d+) \| \S+ \| \S", (ROOT / "docs" / "classification.md").read_text(), re.MULTILINE
    )
    assert rows[0] == load_rules().version
    assert sorted(rows, key=lambda row: [int(part) for part in row.split(".")], reverse=True) == rows


def test_rules_of_ones_own_need_no_version(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text("name: own\nrules: [{id: mine, name: M, when: {}, activity_type: View, rationale: r, source: s}]\n")
    assert load_rules(path).version == ""
