"""``tlzoo heads``: what is registered, by which plugin, with which options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .registered import add_name, show_registered

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

EXAMPLE = "tlzoo heads mlp"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the name."""
    add_name(parser, "head")


def run(arguments: Namespace) -> None:
    """Print them all, or one with its options."""
    show_registered("tlzoo_heads", "head", arguments)
