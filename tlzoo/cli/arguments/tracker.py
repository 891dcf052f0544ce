"""The option ``--tracker``."""

from __future__ import annotations

from argparse import ArgumentParser

__all__ = ["add_tracker_argument"]


def add_tracker_argument(parser: ArgumentParser, text: str) -> None:
    """Add the option; names are looked up when the command runs."""
    parser.add_argument("--tracker", action="append", metavar="NAME", help=text)
