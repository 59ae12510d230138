"""The documents as a site, as `make site` makes it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of its pages."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-M", "html", ".", str(folder), "-c", "docs", "-E", "-W", "-q"]
    variables = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "html"


def test_every_document_is_a_page_that_the_first_page_leads_to(site):
    documents = [
        ROOT / "bench" / "RESULTS.md",
        ROOT / "facts" / "README.md",
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
    ]
    pages = {str(document.relative_to(ROOT).with_suffix(".html")) for document in documents} - {"docs/index.html"}
    first = (site / "docs" / "index.html").read_text()
    led_to = {os.path.normpath(f"docs/{link}") for link in re.findall(r'href="([^"#:]+\.html)"', first)}
    assert pages <= led_to
    assert not [page for page in pages if not (site / page).exists()]
    assert "url=docs/index.html" in (site / "index.html").read_text()


def test_a_page_asks_for_nothing_from_elsewhere(site):
    loads = re.compile(
        r"""<(?:script|img|link|iframe)\b[^>]*(?:src|href)="(?:https?:)?//|(?:url\(|@import)\s*["']?(?:https?:)?//"""
    )
    files = [*site.rglob("*.html"), *site.rglob("*.css")]
    assert not [file for file in files if loads.search(file.read_text())]
