"""What ``fetch``, ``verify`` and ``mirror`` print: a line for each file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tlzoo.cli.output import note, print_json, print_table

if TYPE_CHECKING:
    from tlzoo.artifacts import FileReport

__all__ = ["ENTRIES", "print_reports"]

ENTRIES = "an id, a short name that only one entry has, or a pattern such as 'keras/*'"


def print_reports(reports: Sequence[FileReport], *, json: bool) -> int:
    """Print what became of each file, errors on stderr; return the exit code.

    In JSON an array of objects with ``entry``, ``file``, ``source``, ``state``, ``hash``, ``bytes``, ``path``,
    ``error`` and ``fix``.
    """
    if json:
        print_json([each.to_json() for each in reports])
    else:
        rows = [(each.entry, each.file, each.state, _size(each.bytes), each.path or "") for each in reports]
        print_table(("entry", "file", "state", "bytes", "path"), rows, right=("bytes",))
    for each in reports:
        if each.error is not None:
            note(f"tlzoo: {each.entry}: {each.file}: {each.error}" + (f"; {each.fix}" if each.fix else ""))
    return max((each.exit_code for each in reports), default=0)


def _size(count: int | None) -> str:
    return "" if count is None else f"{count:,}"
