"""Lists of parameters over several lines, which screen readers should not take for definitions."""

from __future__ import annotations

from typing import Any

__all__ = ["mark_parameter_lists"]

_LIST = '<dl>\n<dd><em class="sig-param">'


def mark_parameter_lists(_app: Any, _page: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """Give Sphinx's lists of parameters a role: they are ``dl`` elements without terms, which HTML does not allow."""
    if "body" in context:
        context["body"] = context["body"].replace(_LIST, _LIST.replace("<dl>", '<dl role="presentation">'))
