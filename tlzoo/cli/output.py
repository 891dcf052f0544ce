"""Results on stdout and notes on stderr. Commands write nothing else to stdout."""

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
    """Write one JSON value to stdout; an array has one line per element.

    Characters that a terminal would interpret or hide are written as JSON escapes, so the value is exact. NaN and
    infinity, which JSON lacks, become null. rich is not used, as it wraps and colours text.

    Args:
        value: A value of JSON types.
    """
    if isinstance(value, list):
        lines = ",\n".join(_encoded(each) for each in value)
        results().write(f"[\n{lines}\n]\n" if value else "[]\n")
    else:
        results().write(_encoded(value, indent=2) + "\n")


def print_line(text: str = "", end: str = "\n") -> None:
    """Write a line of a result to stdout.

    Args:
        text: The line.
        end: Text after it.
    """
    results().write(f"{text}{end}")


def note(text: str, *, quiet: bool = False) -> None:
    """Write a note to stderr, unless ``quiet``."""
    if not quiet:
        notes().write(f"{text}\n")


def counted(number: int, one: str = "entry", many: str = "entries") -> str:
    """Return a count with its noun.

    >>> counted(1), counted(2)
    ('1 entry', '2 entries')
    """
    return f"{number} {one if number == 1 else many}"


def console(stream: Stream | None = None) -> Console:
    """Return rich's console for a stream, by default stdout: as wide as the terminal, or unlimited without one.

    Text is made printable; the console's own control sequences are not changed.
    """
    from .console import PrintableConsole

    stream = stream or results()
    wide = None if stream.isatty() else _PIPED_WIDTH
    return PrintableConsole(
        file=stream.drawing, width=wide, highlight=False, soft_wrap=False, emoji=False, markup=False
    )


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Iterable[str] = ()) -> None:
    """Print rows as a table in a terminal, or as aligned lines if the output is piped.

    In a narrow terminal, the columns that do not fit are left out and named in a note.
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
    """Print a rich object on stdout, without trailing spaces if the output is piped."""
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
    """Return a line with JSON escapes for characters that are not printable; they occur only within strings."""
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
        note(f"columns left out for lack of width: {', '.join(lines[0][fitting:])}")
