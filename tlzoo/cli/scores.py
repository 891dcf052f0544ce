"""``tlzoo scores``: what is registered, by which plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .registered import add_name, show_registered

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

EXAMPLE = "tlzoo scores logme"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the name."""
    add_name(parser, "score")


def run(arguments: Namespace) -> None:
    """Print them all, or one with its formula."""
    show_registered("tlzoo_scores", "score", arguments)
