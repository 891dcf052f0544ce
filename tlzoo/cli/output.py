"""Results on stdout, plainly; notes on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_PIPED_WIDTH = 10_000
_MARGIN, _GAP = 1, 3


def print_json(value: Any) -> None:
    """Write one JSON value, an array with a line for each element: never through rich, which wraps and colours."""
    if isinstance(value, list):
        lines = ",\n".join(map(json.JSONEncoder(ensure_ascii=False).encode, value))
        sys.stdout.write(f"[\n{lines}\n]\n" if value else "[]\n")
    else:
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
    """Print rows under their columns: a table in a terminal, aligned lines where the output is piped.

    A terminal that is too narrow gets the first columns that fit, and the names of the others.
    """
    flush_right = [name in set(right) for name in columns]
    lines = [list(columns), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    if sys.stdout.isatty():
        _print_in_terminal(lines, widths, flush_right)
        return
    for line in lines:
        cells = zip(line, widths, flush_right, strict=True)
        text = "  ".join(cell.rjust(width) if flush else cell.ljust(width) for cell, width, flush in cells)
        sys.stdout.write(text.rstrip() + "\n")


def render(what: RenderableType) -> None:
    """Print something of rich's on stdout, without the blanks at the ends of lines where it is piped."""
    to = console()
    if sys.stdout.isatty():
        to.print(what)
        return
    with to.capture() as captured:
        to.print(what)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().removesuffix("\n").split("\n")))


def _print_in_terminal(lines: Sequence[Sequence[str]], widths: Sequence[int], flush_right: Sequence[bool]) -> None:
    from rich import box
    from rich.table import Table

    room = console().width - _MARGIN
    fitting = sum(total <= room for total in accumulate(width + _GAP for width in widths)) or 1
    table = Table(box=box.SIMPLE_HEAD, header_style="bold")
    for name, flush in zip(lines[0][:fitting], flush_right, strict=False):
        table.add_column(name, justify="right" if flush else "left", overflow="fold")
    for line in lines[1:]:
        table.add_row(*line[:fitting])
    render(table)
    if fitting < len(widths):
        note(f"not shown in this width: {', '.join(lines[0][fitting:])}")
