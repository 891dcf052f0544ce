"""``tlzoo verify``: whether the files of entries and runs on this machine are what they should be."""

from __future__ import annotations

import argparse

from tlzoo.cli.file_reports import print_reports
from tlzoo.cli.parsing import common_arguments

EXAMPLE = """\
tlzoo verify glyphnet
tlzoo verify 'keras/*' --json
tlzoo verify runs/20260102-030405-glyphnet-digits-multi-step"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the entries and runs."""
    parser.add_argument(
        "names", nargs="+", metavar="RUN|ENTRY", help="the folder of a run; or an entry, or a pattern such as 'keras/*'"
    )
    common_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Hash and inspect every file, fetching nothing; return 3 where one is missing, 4 where one is refused."""
    from tlzoo.zoo.files import verify

    return print_reports(verify(arguments.names), json=arguments.json)
