"""What ``tlzoo strategies``, ``heads`` and ``adapters`` have in common: what is registered, by whom, with options."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from .output import print_json, print_table
from .parsing import common_arguments

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from tlzoo.zoo.offers import Offer


def add_name(parser: ArgumentParser) -> None:
    """Add the one to show."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="show this one alone, with its options")
    common_arguments(parser)


def print_offers(hook: str, arguments: Namespace) -> None:
    """Print what is registered for a hook, or one with its options."""
    from tlzoo.zoo.offers import offers

    found = offers(hook, arguments.name)
    if arguments.json:
        print_json([asdict(offer) for offer in found])
    elif arguments.name is None:
        print_table(["name", "plugin", "summary"], ([each.name, each.plugin, each.summary] for each in found))
    else:
        _print_one(found[0])


def _print_one(offer: Offer) -> None:
    sys.stdout.write(f"{offer.name} ({offer.plugin})\n{offer.summary}\n")
    if offer.options:
        sys.stdout.write("\n")
        rows = (
            [each.name, each.type, _default(each.default, each.required), each.description] for each in offer.options
        )
        print_table(["option", "type", "default", "meaning"], rows)


def _default(value: object, required: bool) -> str:  # noqa: FBT001
    return "(required)" if required else "-" if value is None else str(value)
