"""``tlzoo data``: what is in a data set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .inspecting import add_inspect_arguments, run_inspect
from .quiet_import import import_tensorflow

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

EXAMPLE = """\
tlzoo data inspect images:photos/
tlzoo data inspect 'table:reviews.csv?text=review&label=stars' --missing stars=drop --html reviews.html"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add ``inspect``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    what = "count classes, sizes, missing cells, unreadable files and duplicates; find labels that are likely wrong"
    add_inspect_arguments(actions.add_parser("inspect", help=what))


def run(arguments: Namespace) -> None:
    """Open the source and print what is in it."""
    import_tensorflow()
    run_inspect(arguments)
