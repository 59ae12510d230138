"""docs/questions.md names places that there are."""

import re

import pytest
from conftest import graded, log_text, viewed
from lxml import html
from serving import ROOT

from moodlelogsmart.options import Options
from moodlelogsmart.pipeline import process

ROWS = re.findall(
    r"^\| (\d+) \| .+? \| `(\w+)` \| (.+) \|$", (ROOT / "docs" / "questions.md").read_text(), re.MULTILINE
)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    log = folder / "log.csv"
    log.write_text(log_text([viewed(4), viewed(5), graded(9, 4)]))
    process(log, Options(), folder, compare=[log])
    return folder


def test_every_question_has_an_answer():
    assert [int(number) for number, _section, _files in ROWS] == list(range(1, 19))


@pytest.mark.parametrize(("number", "section", "files"), ROWS)
def test_the_section_is_in_the_report_and_the_columns_in_the_files(results, number, section, files):
    page = html.fromstring((results / "report.html").read_text(encoding="utf-8"))
    assert page.xpath(f"//*[@id='{section}']")
    for file, columns in re.findall(r"`([\w.]+)`: ((?:`\w+`(?:, )?)+)", files):
        header = (results / file).read_text(encoding="utf-8").splitlines()[0].split(",")
        assert set(re.findall(r"`(\w+)`", columns)) <= set(header)
