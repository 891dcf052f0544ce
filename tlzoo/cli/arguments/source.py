"""The data source on the command line: a positional argument or ``--data``, as in ``tlzoo train``."""

from __future__ import annotations

import argparse

from tlzoo.errors import UsageError

__all__ = ["add_source_arguments", "source_of"]


def add_source_arguments(parser: argparse.ArgumentParser, words: str) -> None:
    """Add the data source as a positional argument and as an option."""
    parser.add_argument("source", nargs="?", metavar="SOURCE", help=words)
    parser.add_argument("--data", metavar="SOURCE", help="the same as SOURCE")


def source_of(arguments: argparse.Namespace) -> str:
    """Return the data source; raise UsageError if it is missing or given twice with different values."""
    given, data = arguments.source, arguments.data
    if given is not None and data is not None and given != data:
        raise UsageError(f"two data sources are given: {given} and {data}", "give only one")
    found: str | None = given if given is not None else data
    if found is None:
        raise UsageError("no data source", "give one, such as images:photos/ (`tlzoo adapters` lists the kinds)")
    return found
