"""Templates are compiled once for all processes, and never one that is not of its source."""

import pytest
from jinja2 import Environment, FileSystemLoader
from jinja2.bccache import Bucket, bc_magic
from jinja2.filters import FILTERS
from markupsafe import Markup
from serving import ROOT

from moodlelogsmart.report import templates
from moodlelogsmart.report.templates import compiled, labelled


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


@pytest.mark.parametrize("content", [b"", b"no bytecode", "half", "its beginning"])
def test_what_is_broken_is_compiled_anew(folder, content):
    rendered(folder)
    (path,) = folder.glob("__pycache__/*")
    whole = path.read_bytes()
    path.write_bytes({"half": whole[:-40], "its beginning": bc_magic + b"odd" * 100}.get(content, content))
    assert rendered(folder) == "2 learners"


def test_where_nothing_can_be_written_it_works_as_well(folder):
    (folder / "__pycache__").write_text("no folder")
    assert rendered(folder) == "2 learners"


def test_of_one_that_cannot_be_written_whole_nothing_is_left(folder, monkeypatch):
    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(Bucket, "write_bytecode", full)
    assert rendered(folder) == "2 learners"
    assert kept(folder) == []


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "templates").glob("*.html")))
def test_nothing_of_a_language_is_in_a_compiled_template(app, name):
    environment = app.jinja_env.overlay()
    environment.filters = {
        name: function
        if function in FILTERS.values()
        else lambda *_, **__: pytest.fail("asked for while it is compiled")
        for name, function in environment.filters.items()
    }
    environment.compile((ROOT / "templates" / name).read_text())


def test_a_cell_is_labelled_with_the_words_that_head_its_column_whatever_these_are():
    rows = Markup(
        '<tr><th scope="row">Essay</th><td class="number">3</td><td>a text</td><td class="number date">1 May</td></tr>'
    )
    heads = [Markup("Group <span>A &amp; B</span>"), 'The "best" <b>', "Last used"]
    assert labelled(rows, heads) == (
        '<tr><th scope="row">Essay</th><td data-label="Group A &amp; B">3</td>'
        '<td class="words" data-label="The &#34;best&#34; &lt;b&gt;">a text</td>'
        '<td class="date" data-label="Last used">1 May</td></tr>'
    )
