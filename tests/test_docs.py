"""What the documents say is so."""

import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path
from runpy import run_path

import yaml
from conftest import viewed

from moodlelogsmart import __version__
from moodlelogsmart.analysis.tables import TABLES
from moodlelogsmart.config import PREFIX, Settings
from moodlelogsmart.export.objects import OBJECTS, RELATIONS
from moodlelogsmart.export.results import RESULT_FILES
from moodlelogsmart.options import entries
from moodlelogsmart.report import labels
from moodlelogsmart.report.warnings import LOUD

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_every_setting_is_in_the_readme_as_it_is():
    told = re.findall(r"^\| `(MOODLELOGSMART_\w+)` \| (.*?) \| (.*?) \| (.*?) \|$", README, re.MULTILINE)
    real = [
        (PREFIX + setting.name.upper(), f"`{setting.default}`" if setting.default != "" else "",
         setting.metadata["unit"], setting.metadata["meaning"])
        for setting in fields(Settings)
    ]  # fmt: skip
    assert told == real


def test_every_option_is_in_the_readme_as_it_is():
    told = re.findall(r"^\| ([^|`]+) \| `(--\S+)` \| (.*?) \| (\S*) ?\| (.*?) \|$", README, re.MULTILINE)
    real = [
        (str(labels.OPTIONS[entry.name]), entry.command,
         (f"`{entry.takes}`" if entry.choices and entry.takes else entry.takes).replace("|", "\\|"),
         f"`{entry.default}`" if entry.default else "", entry.meaning)
        for entry in entries() if entry.doors
    ]  # fmt: skip
    assert told == real


def test_every_file_of_the_results_is_in_the_readme():
    assert not [name for name in RESULT_FILES if name not in README and name != "enriched_log_bloom_only.xes"]


def test_the_objects_of_the_ocel_are_described_as_they_are():
    text = (ROOT / "docs" / "results.md").read_text()
    part = text.partition("## `enriched_log.ocel.json`")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)`.*? \| .*? \| (?:is )?`(.*?)` \| (.*?) ?\|$", part, re.MULTILINE)
    assert {kind: qualifier for kind, qualifier, _ in rows} == OBJECTS
    told = [(kind, *tie) for kind, _, ties in rows for tie in re.findall("`(\\w+)`: `(.*?)`, ([a-z ]+)", ties)]
    assert told == RELATIONS


def test_every_column_of_the_tables_for_analysis_is_described(enrich):
    text = (ROOT / "docs" / "results.md").read_text()
    result = enrich([viewed(4)])
    for name in TABLES:
        part = text.partition(f"### `{name}.csv`")[2].partition("\n##")[0]
        header = (result.folder / f"{name}.csv").read_text().splitlines()[0].split(",")
        assert re.findall(r"^\| `(\w+)` \| .", part, re.MULTILINE) == header


def test_every_warning_is_described():
    text = (ROOT / "docs" / "results.md").read_text()
    told = re.findall(r"^\| (\**)`(\w+)`\** \| ", text.partition("### Warnings")[2], re.MULTILINE)
    sources = (ROOT / "moodlelogsmart" / "report" / "warnings.py").read_text()
    assert {code for _, code in told} == set(re.findall(r"_warning\(\s*\"(\w+)\"", sources))
    assert {code for loud, code in told if loud} == LOUD


def test_every_link_inside_the_documents_leads_somewhere():
    for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", document.read_text()):
            assert (document.parent / target).exists(), target


def test_the_account_of_the_classification_is_the_rules_own():
    assert (ROOT / "docs" / "classification.md").read_text() == run_path(str(ROOT / "docs" / "classification.py"))[
        "write_document"
    ]()


def test_what_is_to_be_cited_is_this_version():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    described = json.loads((ROOT / "codemeta.json").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert cited["version"] == described["version"] == __version__
    assert cited["license"] == project["license"] == described["license"].rpartition("/")[2] == "MIT"
    assert cited["title"] == described["name"] == "MoodleLogSmart"
    assert re.search(rf"^## {re.escape(__version__)}\b", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
