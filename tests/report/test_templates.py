"""Templates are compiled once for all processes, and never one that is not of its source."""

import pytest
from jinja2 import Environment, FileSystemLoader

from moodlelogsmart.report import templates
from moodlelogsmart.report.templates import compiled


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "page.html").write_text("{{ 1 + 1 }} learners")
    return tmp_path


def rendered(folder, kind="report"):
    environment = Environment(loader=FileSystemLoader(folder))
    compiled(environment, kind)
    return environment.get_template("page.html").render()


def kept(folder):
    return sorted(path.name for path in folder.glob("__pycache__/*"))


def test_another_process_need_not_compile_it(folder, monkeypatch):
    assert rendered(folder) == "2 learners"
    assert len(kept(folder)) == 1
    monkeypatch.setattr(Environment, "compile", lambda *_: pytest.fail("compiled again"))
    assert rendered(folder) == "2 learners"


def test_a_changed_template_is_compiled_anew(folder):
    rendered(folder)
    (folder / "page.html").write_text("no learners")
    assert rendered(folder) == "no learners"


def test_each_kind_of_environment_and_each_version_has_its_own(folder, monkeypatch):
    rendered(folder)
    rendered(folder, "page")
    monkeypatch.setattr(templates.jinja2, "__version__", "4.0")
    rendered(folder)
    assert len(kept(folder)) == 3


@pytest.mark.parametrize("content", [b"", b"no bytecode", "half"])
def test_what_is_broken_is_compiled_anew(folder, content):
    rendered(folder)
    (path,) = folder.glob("__pycache__/*")
    path.write_bytes(path.read_bytes()[:-40] if content == "half" else content)
    assert rendered(folder) == "2 learners"


def test_where_nothing_can_be_written_it_works_as_well(folder):
    (folder / "__pycache__").write_text("no folder")
    assert rendered(folder) == "2 learners"
