"""``tlzoo check``: run the conformance checks on an entry, a whole plugin, a class or a data source."""

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
    """Add the subject of the checks."""
    parser.add_argument(
        "what",
        metavar="PLUGIN|ENTRY|FILE.py:CLASS",
        help="an installed plugin, an entry, a class of your own (strategy, head, objective, task or tracker), or a "
        "small data source",
    )
    common_arguments(parser)


def run(arguments: Namespace) -> int:
    """Run the checks; return 1 if a check failed or no check ran."""
    from tlzoo.testing.by_name import checks_of

    report = checks_of(arguments.what)(_telling(quiet=arguments.quiet))
    if arguments.json:
        print_json(report.to_json())
    else:
        rows = ([each.subject, each.name, each.outcome, each.reason or ""] for each in report.results)
        print_table(["subject", "check", "outcome", "reason"], rows)
    note(f"{report.run} run, {report.failed} failed, {report.skipped} skipped", quiet=arguments.quiet)
    if not report.run:
        note("no check was run", quiet=arguments.quiet)
    return 0 if report.ok else _FAILED


def _telling(*, quiet: bool) -> Callable[[Result], None]:
    """Return a function that reports each check on stderr as it finishes; the table comes at the end."""
    return lambda result: note(f"{result.subject}: {result.name} {result.outcome}", quiet=quiet)
