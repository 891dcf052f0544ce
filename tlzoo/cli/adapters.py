"""``tlzoo adapters``: what is registered, by which plugin, with which options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .registered import add_name, show_registered

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

EXAMPLE = "tlzoo adapters arrays"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the name."""
    add_name(parser, "data adapter")


def run(arguments: Namespace) -> None:
    """Print them all, or one with its options."""
    show_registered("tlzoo_data_adapters", "data adapter", arguments)
