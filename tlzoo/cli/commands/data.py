"""``tlzoo data``: what is in a data set, and what augmentation makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .data_inspect import add_inspect_arguments, run_inspect
from .data_preview import add_preview_arguments, run_preview

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

EXAMPLE = """\
tlzoo data inspect images:photos/
tlzoo data inspect 'table:reviews.csv?text=review&label=stars' --missing stars=drop --html reviews.html
tlzoo data preview images:photos/ --augment standard --out sheet.png"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add ``inspect`` and ``preview``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    what = "count classes, sizes, missing cells, unreadable files and duplicates; find labels that are likely wrong"
    add_inspect_arguments(actions.add_parser("inspect", help=what))
    add_preview_arguments(actions.add_parser("preview", help="show samples beside augmented versions of them"))


def run(arguments: Namespace) -> None:
    """Open the source and print what is in it, or what augmentation makes of it."""
    if arguments.action == "inspect":
        run_inspect(arguments)
        return
    run_preview(arguments)
