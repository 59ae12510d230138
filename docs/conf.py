"""How Sphinx makes a site of the documents: `make site`.

Sphinx and not MkDocs, because it takes the documents where they lie, makes a download of what they link beside them,
and is maintained; furo, because its pages ask for nothing from elsewhere.
"""

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

from moodlelogsmart import __version__

project = "MoodleLogSmart"
version = release = __version__
copyright = "the authors of MoodleLogSmart, MIT licence"
language = "en"
extensions = ["myst_parser"]
# The documents link each other from the top level on, as they do in the repository; so that is the folder of the site.
root_doc = "docs/index"
include_patterns = ["*.md", "docs/*.md", "bench/RESULTS.md", "facts/README.md"]
exclude_patterns = [".*", "bench/data", "dist", "instance", "site", "tests"]
myst_heading_anchors = 4
html_theme = "furo"
html_title = f"MoodleLogSmart {__version__}"
html_favicon = "../static/icon.svg"
html_extra_path = ["redirect"]  # index.html, which leads to the first page
html_copy_source = False
html_use_index = False
html_show_sphinx = False


def setup(app: Sphinx) -> None:
    """Rows of a table have no colours of their own; Pygments would not know them otherwise."""
    app.add_lexer("csv", TextLexer)
