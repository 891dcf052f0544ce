"""rich's console, with text from outside made printable."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from tlzoo.printable import printable

__all__ = ["PrintableConsole"]


class PrintableConsole(Console):
    """A console whose texts cannot steer the terminal: only rich's own control segments do."""

    def render_str(self, text: str, **how: Any) -> Text:
        """Make plain text printable before it is laid out, so that columns stay aligned."""
        return super().render_str(printable(text), **how)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Make every text printable that reaches the console in another way."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=printable(segment.text))
