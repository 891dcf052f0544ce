"""``tlzoo data``: inspect a data set, or preview its augmentation."""

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
    what = "count classes, sizes, missing cells, unreadable files and duplicates; find likely wrong labels"
    add_inspect_arguments(actions.add_parser("inspect", help=what))
    add_preview_arguments(actions.add_parser("preview", help="show samples next to their augmented versions"))


def run(arguments: Namespace) -> None:
    """Open the source and inspect or preview it."""
    if arguments.action == "inspect":
        run_inspect(arguments)
        return
    run_preview(arguments)
