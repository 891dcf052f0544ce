"""``tlzoo verify``: check the files of entries and runs on this machine."""

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
        "names", nargs="+", metavar="RUN|ENTRY", help="folder of a run, an entry, or a pattern such as 'keras/*'"
    )
    common_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Hash and inspect every file, offline; return 3 if a file is missing, 4 if a file is refused."""
    from tlzoo.zoo.files import verify

    return print_reports(verify(arguments.names), json=arguments.json)
