"""Docstrings: sections in Google's style (Args, Returns, Raises), examples in Markdown's fences, generated methods."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from sphinx.ext.napoleon import Config
from sphinx.ext.napoleon.docstring import GoogleDocstring

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["read_google_sections", "skip_request_methods"]

_CONFIG: Any = Config(napoleon_numpy_docstring=False)


def read_google_sections(app: Sphinx, what: Any, name: str, value: Any, options: Any, lines: list[str]) -> None:
    """Turn the sections of a docstring into fields of reStructuredText.

    This is the work of ``sphinx.ext.napoleon``, but for attributes: it takes ``word: rest`` there for a type.
    """
    if what not in {"attribute", "data", "property"}:
        lines[:] = GoogleDocstring(list(_code_blocks(lines)), _CONFIG, app, what, name, value, options).lines()


def skip_request_methods(_app: Sphinx, _what: Any, name: str, _value: Any, _skip: bool, _options: Any) -> bool | None:  # noqa: FBT001
    """Leave out the methods that scikit-learn adds to estimators for its metadata routing."""
    return True if re.fullmatch(r"set_\w+_request", name) else None


def _code_blocks(lines: Iterable[str]) -> Iterator[str]:
    """Turn blocks between fences into directives, as examples of hooks have them."""
    in_code = False
    for line in lines:
        if line.startswith("```"):
            if not in_code:
                yield from (f".. code-block:: {line.removeprefix('```')}", "")
            in_code = not in_code
        else:
            yield f"   {line}" if in_code and line else line
