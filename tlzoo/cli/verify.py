"""``tlzoo verify``: whether an entry's files on this machine are what they should be."""

from __future__ import annotations

import argparse

from tlzoo.cli.artifacts import ENTRIES, print_reports
from tlzoo.cli.parsing import common_arguments

EXAMPLE = """\
tlzoo verify glyphnet
tlzoo verify 'keras/*' --json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the entries."""
    parser.add_argument("entries", nargs="+", metavar="ENTRY", help=ENTRIES)
    common_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Hash every file, fetching nothing; return 3 where one is missing, 4 where one is refused."""
    from tlzoo.zoo.bytes import verify

    return print_reports(verify(arguments.entries), json=arguments.json)
