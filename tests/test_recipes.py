"""The recipes of docs/recipes.md run as they are printed, on the results of an invented log."""

import csv
import os
import re
import shutil
import subprocess
import sys

import pytest
from serving import GENERATE, ROOT

from moodlelogsmart.export.results import RESULT_FILES
from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process

TEXT = (ROOT / "docs" / "recipes.md").read_text()
PYTHON = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
R = re.findall(r"^```r\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
# What R calls so, and no column.
WORDS = {"character", "spearman", "trace", "wide"}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recipes")
    subprocess.run([*GENERATE, "3000", folder / "log.csv"], check=True)
    (folder / "out").mkdir()
    process(folder / "log.csv", Options(), folder / "out")
    return folder / "out"


def run(folder, *command):
    variables = os.environ | {"PYTHONPATH": "", "MPLBACKEND": "Agg"}
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_recipe_is_in_a_language_that_the_tests_know():
    assert len(PYTHON) + len(R) == TEXT.count("\n```\n") > 8


@pytest.mark.parametrize("place", range(len(PYTHON)))
def test_a_recipe_in_python_runs_and_tells_something(results, tmp_path, place):
    recipe = tmp_path / "recipe.py"
    recipe.write_text(PYTHON[place])
    assert len(run(results, sys.executable, recipe).splitlines()) > 1


@pytest.mark.parametrize("place", range(len(R)))
def test_a_recipe_in_r_names_columns_of_the_files_that_it_reads(results, place):
    header = set()
    for name in re.findall(r'read\.csv\("(.+?)"', R[place]):
        with (results / name).open(encoding="utf-8", newline="") as file:
            header |= set(next(csv.reader(file)))
    own = set(re.findall(r"\b\w+\$(\w+) <-", R[place]))
    named = set(re.findall(r'"([a-z_]+)"', R[place])) | set(re.findall(r"\b\w+\$(\w+)", R[place]))
    assert named >= {"case_id", "activity_type"} or named >= {"session_id", "activity_type"}
    assert named - own - WORDS <= header


@pytest.mark.parametrize("place", range(len(R)))
def test_a_recipe_in_r_runs(results, tmp_path, place):
    if not shutil.which("Rscript"):
        pytest.skip("R is not installed")
    for package in re.findall(r"library\((\w+)\)", R[place]):
        if subprocess.run(["Rscript", "-e", f"library({package})"], capture_output=True).returncode:
            pytest.skip(f"R has no package {package}")
    recipe = tmp_path / "recipe.R"
    recipe.write_text(R[place])
    assert len(run(results, "Rscript", recipe).splitlines()) > 1


def test_every_file_that_a_recipe_reads_is_in_the_results():
    named = set(re.findall(r"[\"'](\w[\w.]+\.(?:csv|xes|json|parquet))[\"']", TEXT))
    assert named
    assert named <= set(RESULT_FILES)
