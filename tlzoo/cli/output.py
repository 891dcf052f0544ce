"""Results on stdout, plainly; notes on stderr. Nothing else of a command writes to stdout."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from tlzoo.printable import printable

from .streams import notes, results

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from .streams import Stream

_PIPED_WIDTH = 10_000
_MARGIN, _GAP = 1, 3


def print_json(value: Any) -> None:
    """Write one JSON value, an array with a line for each element: never through rich, which wraps and colours.

    Characters that a terminal would obey or hide are written as JSON's own escapes, so that the value is exact. JSON
    has no NaN and no infinity: they are null.
    """
    if isinstance(value, list):
        lines = ",\n".join(_encoded(each) for each in value)
        results().write(f"[\n{lines}\n]\n" if value else "[]\n")
    else:
        results().write(_encoded(value, indent=2) + "\n")


def print_line(text: str = "", end: str = "\n") -> None:
    """Write a line of a result to stdout."""
    results().write(f"{text}{end}")


def note(text: str, *, quiet: bool = False) -> None:
    """Write a note to stderr, unless ``quiet``."""
    if not quiet:
        notes().write(f"{text}\n")


def counted(number: int, one: str = "entry", many: str = "entries") -> str:
    """Say a number of things.

    >>> counted(1), counted(2)
    ('1 entry', '2 entries')
    """
    return f"{number} {one if number == 1 else many}"


def console(stream: Stream | None = None) -> Console:
    """Return rich's console for a stream, stdout's by default: as wide as the terminal, endless where there is none.

    Text that is drawn on it is made printable as everywhere; the console's own sequences go through.
    """
    from .console import PrintableConsole

    stream = stream or results()
    wide = None if stream.isatty() else _PIPED_WIDTH
    return PrintableConsole(
        file=stream.drawing, width=wide, highlight=False, soft_wrap=False, emoji=False, markup=False
    )


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Iterable[str] = ()) -> None:
    """Print rows under their columns: a table in a terminal, aligned lines where the output is piped.

    A terminal that is too narrow gets the first columns that fit, and the names of the others.
    """
    flush_right = [name in set(right) for name in columns]
    lines = [[printable(cell, one_line=True) for cell in line] for line in (columns, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    if results().isatty():
        _print_in_terminal(lines, widths, flush_right)
        return
    for line in lines:
        cells = zip(line, widths, flush_right, strict=True)
        text = "  ".join(cell.rjust(width) if flush else cell.ljust(width) for cell, width, flush in cells)
        results().write(text.rstrip() + "\n")


def render(what: RenderableType) -> None:
    """Print something of rich's on stdout, without the blanks at the ends of lines where it is piped."""
    to = console()
    if results().isatty():
        to.print(what)
        return
    with to.capture() as captured:
        to.print(what)
    results().write("".join(f"{line.rstrip()}\n" for line in captured.get().removesuffix("\n").split("\n")))


def _encoded(value: Any, indent: int | None = None) -> str:
    only_ascii = results().ascii_only
    try:
        text = json.dumps(value, ensure_ascii=only_ascii, indent=indent, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=only_ascii, indent=indent, allow_nan=False)
    return text if text.isprintable() else re.sub(r"[^\n]+", lambda line: _escaped_in_json(line[0]), text)


def _escaped_in_json(line: str) -> str:
    """Return a line with JSON's escapes for what is not printable: it stands within strings, as the rest is JSON's."""
    if line.isprintable():
        return line
    return "".join(each if printable(each) == each else json.dumps(each)[1:-1] for each in line)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return value


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
