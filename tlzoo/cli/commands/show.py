"""``tlzoo show``: show the card of an entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlzoo.cli.output import console, print_json
from tlzoo.cli.parsing import common_arguments

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from tlzoo.zoo import Card

EXAMPLE = "tlzoo show glyphnet"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the entry."""
    parser.add_argument("entry", metavar="ENTRY", help="id, or an unambiguous short name")
    common_arguments(parser)


def run(arguments: Namespace) -> None:
    """Print the card."""
    from tlzoo.zoo.listing.cards import card

    found = card(arguments.entry)
    if arguments.json:
        print_json(found.facts)
    else:
        print_card(found)


def print_card(found: Card) -> None:
    """Print titled sections, wrapped to the terminal. Words without spaces, such as URLs, are not broken."""
    from rich.text import Text

    to = console()
    width = max(len(label) for _, lines in found.sections for label, _ in lines) + 2
    to.print(Text(found.entry.id, "bold"))
    to.print(_wrapped(found.entry.summary, to.width), soft_wrap=True)
    for title, lines in found.sections:
        to.print()
        to.print(Text(title, "bold cyan"))
        for label, text in lines:
            said = _wrapped(text, to.width - width).replace("\n", "\n" + " " * width)
            to.print(Text.assemble((label.ljust(width), "dim"), said), soft_wrap=True)


def _wrapped(text: str, width: int) -> str:
    from textwrap import fill

    return fill(text, max(width, 1), break_long_words=False, break_on_hyphens=False)
