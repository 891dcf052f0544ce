"""The directive ``:::{tlzoo} NAME``: Markdown that a function makes, as if it stood in the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from .command_line import command_line
from .environment_variables import environment_variables
from .fields import phase_fields, recipe_fields
from .json_outputs import json_outputs
from .registry_format import registry_format

if TYPE_CHECKING:
    from docutils.nodes import Node

__all__ = ["GENERATED", "Generated"]

GENERATED: Mapping[str, Callable[[], str]] = {
    "command-line": command_line,
    "environment-variables": environment_variables,
    "json-outputs": json_outputs,
    "phase-fields": phase_fields,
    "recipe-fields": recipe_fields,
    "registry-format": registry_format,
}


class Generated(SphinxDirective):
    """Puts what ``GENERATED`` makes under a name in its place."""

    required_arguments = 1

    def run(self) -> list[Node]:
        """Parse the text as a part of the page; its headings are sections of the page."""
        name = self.arguments[0]
        if name not in GENERATED:
            raise self.error(f"nothing is generated under {name!r}; valid: {', '.join(GENERATED)}")
        self.env.note_reread()  # the page's own text stays the same when the code changes
        lines = StringList(GENERATED[name]().splitlines(), source=f"<generated {name}>")
        holder = nodes.Element()
        holder.document = self.state.document
        self.state.nested_parse(lines, self.content_offset, holder, match_titles=True)
        found: list[Node] = holder.children
        return found
