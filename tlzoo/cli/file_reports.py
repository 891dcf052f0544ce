"""Output of ``fetch``, ``verify`` and ``mirror``: one line per file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tlzoo.cli.output import note, print_json, print_table

if TYPE_CHECKING:
    from tlzoo.artifacts import FileReport
    from tlzoo.runs import RunFileReport

__all__ = ["ENTRIES", "print_reports"]

ENTRIES = "id, unambiguous short name, or a pattern such as 'keras/*'"


def print_reports(reports: Sequence[FileReport | RunFileReport], *, json: bool) -> int:
    """Print the state of each file, errors on stderr; return the exit code.

    The JSON is an array of objects. A file of an entry has ``entry``, ``file``, ``source``, ``state``, ``hash``,
    ``bytes``, ``path``, ``error`` and ``fix``. A file of a run has ``run``, ``file``, ``hash`` (``ok``, ``changed``,
    ``missing``, ``none``, ``added``), ``inspection``, ``bytes``, ``error`` and ``fix``.
    """
    from tlzoo.artifacts import FileReport

    if json:
        print_json([each.to_json() for each in reports])
    else:
        _print_entries([each for each in reports if isinstance(each, FileReport)])
        _print_runs([each for each in reports if not isinstance(each, FileReport)])
    for each in reports:
        if each.error is not None:
            owner = each.entry if isinstance(each, FileReport) else each.run
            note(f"tlzoo: {owner}: {each.file}: {each.error}" + (f"; {each.fix}" if each.fix else ""))
    return max((each.exit_code for each in reports), default=0)


def _print_entries(reports: Sequence[FileReport]) -> None:
    rows = [(each.entry, each.file, each.state, _size(each.bytes), each.path or "") for each in reports]
    if rows:
        print_table(("entry", "file", "state", "bytes", "path"), rows, right=("bytes",))


def _print_runs(reports: Sequence[RunFileReport]) -> None:
    rows = [(each.run, each.file, each.hash, each.inspection, _size(each.bytes)) for each in reports]
    if rows:
        print_table(("run", "file", "hash", "inspection", "bytes"), rows, right=("bytes",))


def _size(count: int | None) -> str:
    return "" if count is None else f"{count:,}"
