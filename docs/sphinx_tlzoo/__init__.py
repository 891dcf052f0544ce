"""The Sphinx extension of tlzoo's site: reference pages and entry cards, made from the code and the registries.

Pages that have prose of their own hold a directive, ``:::{tlzoo} NAME``, in place of what is generated. Pages without
are written before Sphinx looks for sources, into folders that git ignores.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from tlzoo.cli.quiet_import import import_tensorflow, quiet_tensorflow

from .directive import Generated
from .docstrings import read_google_sections, skip_request_methods
from .glossary_links import GlossaryLinks
from .pages import write_page_of_all, write_pages
from .parameter_lists import mark_parameter_lists
from .references import Annotations

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive, the written pages, and the links of terms and annotations."""
    with quiet_tensorflow():
        import_tensorflow()
    app.add_directive("tlzoo", Generated)
    app.connect("builder-inited", write_pages)
    app.connect("build-finished", write_page_of_all)
    app.connect("autodoc-process-docstring", read_google_sections)
    app.connect("autodoc-skip-member", skip_request_methods)
    app.connect("html-page-context", mark_parameter_lists)
    app.add_transform(GlossaryLinks)
    app.add_post_transform(Annotations)
    return {"version": version("tlzoo"), "parallel_read_safe": True, "parallel_write_safe": True}
