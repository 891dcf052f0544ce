"""``tlzoo data``: inspect a data set, preview its augmentation, or choose what to label next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .data_inspect import add_inspect_arguments, run_inspect
from .data_next import add_next_arguments, run_next
from .data_preview import add_preview_arguments, run_preview

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

EXAMPLE = """\
tlzoo data inspect images:photos/
tlzoo data inspect 'table:reviews.csv?text=review&label=stars' --missing stars=drop --html reviews.html
tlzoo data preview images:photos/ --augment standard --out sheet.png
tlzoo data next RUN --pool images:new/ --count 50 --csv next.csv --html next.html"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add ``inspect``, ``preview`` and ``next``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    what = "count classes, sizes, missing cells, unreadable files and duplicates; find likely wrong labels"
    add_inspect_arguments(actions.add_parser("inspect", help=what))
    add_preview_arguments(actions.add_parser("preview", help="show samples next to their augmented versions"))
    add_next_arguments(actions.add_parser("next", help="choose the samples of an unlabelled pool to label next"))


def run(arguments: Namespace) -> None:
    """Run the action."""
    {"inspect": run_inspect, "preview": run_preview, "next": run_next}[arguments.action](arguments)
