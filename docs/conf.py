"""Configuration of the documentation site: `uv run sphinx-build -W -n docs build/site`."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # where sphinx_tlzoo is

project = "tlzoo"
author = "the authors of tlzoo"
version = release = version_of("tlzoo")

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx_tlzoo"]
exclude_patterns = ["recipes", "sphinx_tlzoo"]
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
suppress_warnings = ["myst.strikethrough"]
nb_execution_mode = "off"  # outputs are stripped; tests/docs/test_notebooks.py runs the cells

smartquotes = False  # options begin with two hyphens
default_role = "code"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
maximum_signature_line_length = 90

html_theme = "pydata_sphinx_theme"
html_title = f"tlzoo {release}"
html_theme_options = {
    "navbar_align": "left",
    "show_prev_next": False,
    "search_as_you_type": True,
    "navigation_with_keys": False,
    "header_links_before_dropdown": 7,
    "article_header_start": ["breadcrumbs"],
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_static_path = ["static"]
html_css_files = ["tlzoo.css"]
html_js_files = ["names.js"]
html_sidebars: dict[str, list[str]] = {page: [] for page in ("glossary", "index", "keras")}  # no pages below them
html_show_sourcelink = False
html_copy_source = False
copyright = "the authors of tlzoo, Apache-2.0"  # noqa: A001 - the name that Sphinx reads
