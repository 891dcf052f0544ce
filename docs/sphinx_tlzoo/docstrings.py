"""Sections of docstrings in Google's style: Args, Returns, Raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sphinx.ext.napoleon import Config
from sphinx.ext.napoleon.docstring import GoogleDocstring

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["read_google_sections"]

_CONFIG: Any = Config(napoleon_numpy_docstring=False)


def read_google_sections(app: Sphinx, what: Any, name: str, value: Any, options: Any, lines: list[str]) -> None:
    """Turn the sections of a docstring into fields of reStructuredText.

    This is the work of ``sphinx.ext.napoleon``, but for attributes: it takes ``word: rest`` there for a type.
    """
    if what not in {"attribute", "data", "property"}:
        lines[:] = GoogleDocstring(lines, _CONFIG, app, what, name, value, options).lines()
