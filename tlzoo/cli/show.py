"""``tlzoo show``: an entry's card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .output import print_json, render
from .parsing import common_arguments

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from rich.console import Group

    from tlzoo.zoo import Card

EXAMPLE = "tlzoo show glyphnet"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the entry."""
    parser.add_argument("entry", metavar="ENTRY", help="an id, or a short name that only one entry has")
    common_arguments(parser)


def run(arguments: Namespace) -> None:
    """Print the card."""
    from tlzoo.zoo.cards import card

    found = card(arguments.entry)
    if arguments.json:
        print_json(found.facts)
    else:
        render(_laid_out(found))


def _laid_out(found: Card) -> Group:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    width = max(len(label) for _, lines in found.sections for label, _ in lines)
    parts: list[Text | Table] = [Text(found.entry.id, style="bold"), Text(found.entry.summary)]
    for title, lines in found.sections:
        grid = Table.grid(padding=(0, 2))
        grid.add_column(min_width=width, style="dim")
        grid.add_column(overflow="fold")
        for label, text in lines:
            grid.add_row(Text(label), Text(text))
        parts += [Text(), Text(title, style="bold cyan"), grid]
    return Group(*parts)
