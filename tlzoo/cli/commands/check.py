"""``tlzoo check``: the conformance kit on an entry, a plugin with all that it gives, a class, or a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlzoo.cli.output import note, print_json, print_table
from tlzoo.cli.parsing import common_arguments
from tlzoo.errors import EntryError, UsageError, did_you_mean, nearest

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

    from tlzoo.testing import Report, Result

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
    report = _checks(arguments.what)(_telling(quiet=arguments.quiet))
    if arguments.json:
        print_json(report.to_json())
    else:
        rows = ([each.subject, each.name, each.outcome, each.reason or ""] for each in report.results)
        print_table(["subject", "check", "outcome", "reason"], rows)
    note(f"{report.run} run, {report.failed} failed, {report.skipped} skipped", quiet=arguments.quiet)
    if not report.run:
        note("no check was run: nothing is proved", quiet=arguments.quiet)
    return 0 if report.ok else _FAILED


def _checks(what: str) -> Callable[[Callable[[Result], None]], Report]:
    """Return the checks of what is meant: a class, a source, a plugin of that name, or else an entry."""
    from tlzoo.plugins import catalog
    from tlzoo.testing import check_entry, check_plugin

    if ":" in what:
        check = _check_of_reference(what)
        return lambda tell: check(what, tell)
    if what in catalog().plugins:
        return lambda tell: check_plugin(what, tell)
    try:
        entry = catalog().get(what)
    except EntryError as error:
        if nearest(what, catalog().plugins):
            raise UsageError(f"no plugin and no entry {what!r}", did_you_mean(what, catalog().plugins)) from error
        raise
    catalog().require_installed(entry)
    return lambda tell: check_entry(entry, tell)


def _check_of_reference(what: str) -> Callable[[str, Callable[[Result], None]], Report]:
    """Return the check of ``scheme:location``, or of ``module:Class``, by what the class is."""
    from tlzoo.heads import Head
    from tlzoo.objectives import Objective
    from tlzoo.plugins import registered
    from tlzoo.runs.opening.components import find_class
    from tlzoo.strategies import Strategy
    from tlzoo.testing import check_head, check_objective, check_source, check_strategy

    if what.partition(":")[0] in {each.name for each in registered("tlzoo_data_adapters")}:
        return check_source
    found = find_class(what, (Strategy, Head, Objective))
    if issubclass(found, Objective):
        return check_objective
    return check_head if issubclass(found, Head) else check_strategy


def _telling(*, quiet: bool) -> Callable[[Result], None]:
    """Return a function that says on stderr what has been checked so far: the table comes at the end."""
    return lambda result: note(f"{result.subject}: {result.name} {result.outcome}", quiet=quiet)
