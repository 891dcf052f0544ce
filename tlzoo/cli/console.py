"""rich's console, with untrusted text made printable."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from tlzoo.printable import printable

__all__ = ["PrintableConsole"]


class PrintableConsole(Console):
    """A console that escapes control characters in texts; only rich's own control segments reach the terminal."""

    def render_str(self, text: str, **how: Any) -> Text:
        """Make plain text printable before layout, so that columns stay aligned."""
        return super().render_str(printable(text), **how)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Make all other text that reaches the console printable."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=printable(segment.text))
