"""Results on stdout, plainly; notes on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_PIPED_WIDTH = 10_000


def print_json(value: Any) -> None:
    """Write one JSON value, an array with a line for each element: never through rich, which wraps and colours."""
    if isinstance(value, list):
        lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in value)
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
    """Print rows under their columns: a table in a terminal, aligned lines where the output is piped."""
    flush_right = [name in set(right) for name in columns]
    if sys.stdout.isatty():
        _print_in_terminal(columns, rows, flush_right)
        return
    lines = [list(columns), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
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
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def _print_in_terminal(columns: Sequence[str], rows: Iterable[Sequence[str]], flush_right: Sequence[bool]) -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name, flush in zip(columns, flush_right, strict=True):
        table.add_column(name, justify="right" if flush else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    render(table)
