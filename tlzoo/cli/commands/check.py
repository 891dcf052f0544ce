"""``tlzoo check``: the conformance kit on an entry, a plugin with all that it gives, a class, or a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlzoo.cli.output import note, print_json, print_table
from tlzoo.cli.parsing import common_arguments

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

    from tlzoo.testing import Result

EXAMPLE = """
tlzoo check vision/glyphnet.glyphs
tlzoo check tlzoo-vision
tlzoo check ./mine.py:ThenDescend
tlzoo check images:photos/
"""

_FAILED = 1


def add_arguments(parser: ArgumentParser) -> None:
    """Add what to check."""
    parser.add_argument(
        "what",
        metavar="PLUGIN|ENTRY|FILE.py:CLASS",
        help="installed plugin, entry, class of a strategy, head or objective, or a small data source",
    )
    common_arguments(parser)


def run(arguments: Namespace) -> int:
    """Run the checks; return 1 where one failed, or none was run."""
    from tlzoo.testing.by_name import checks_of

    report = checks_of(arguments.what)(_telling(quiet=arguments.quiet))
    if arguments.json:
        print_json(report.to_json())
    else:
        rows = ([each.subject, each.name, each.outcome, each.reason or ""] for each in report.results)
        print_table(["subject", "check", "outcome", "reason"], rows)
    note(f"{report.run} run, {report.failed} failed, {report.skipped} skipped", quiet=arguments.quiet)
    if not report.run:
        note("no check was run: nothing is proved", quiet=arguments.quiet)
    return 0 if report.ok else _FAILED


def _telling(*, quiet: bool) -> Callable[[Result], None]:
    """Return a function that says on stderr what has been checked so far: the table comes at the end."""
    return lambda result: note(f"{result.subject}: {result.name} {result.outcome}", quiet=quiet)
