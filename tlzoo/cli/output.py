"""Results on stdout, plainly; notes on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_PIPED_WIDTH = 10_000


def print_json(value: Any) -> None:
    """Write one JSON value: never through rich, which wraps and colours."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def note(text: str, *, quiet: bool = False) -> None:
    """Write a note to stderr, unless ``quiet``."""
    if not quiet:
        sys.stderr.write(f"{text}\n")


def counted(number: int, one: str = "entry", many: str = "entries") -> str:
    """Say a number of things.

    >>> counted(1), counted(2)
    ('1 entry', '2 entries')
    """
    return f"{number} {one if number == 1 else many}"


def console() -> Console:
    """Return the console for results: as wide as the terminal, and never wrapping where there is none."""
    from rich.console import Console

    wide = None if sys.stdout.isatty() else _PIPED_WIDTH
    return Console(width=wide, highlight=False, soft_wrap=False, emoji=False, markup=False)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Iterable[str] = ()) -> None:
    """Print rows under their columns: a table in a terminal, aligned text where the output is piped."""
    from rich import box
    from rich.table import Table

    terminal = sys.stdout.isatty()
    table = Table(box=box.SIMPLE_HEAD if terminal else None, pad_edge=False, header_style="bold", expand=False)
    flush_right = set(right)
    for position, name in enumerate(columns):
        justify: Literal["right", "left"] = "right" if name in flush_right else "left"
        table.add_column(name, justify=justify, no_wrap=position == 0 or not terminal, overflow="fold")
    for row in rows:
        table.add_row(*row)
    render(table)


def render(what: RenderableType) -> None:
    """Print something of rich's on stdout, without the blanks at the ends of lines where it is piped."""
    to = console()
    if sys.stdout.isatty():
        to.print(what)
        return
    with to.capture() as captured:
        to.print(what)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))
