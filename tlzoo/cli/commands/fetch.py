"""``tlzoo fetch``: download the files of entries."""

from __future__ import annotations

import argparse

from tlzoo.cli.arguments.download import add_download_arguments, download_settings
from tlzoo.cli.file_reports import ENTRIES, print_reports
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.progress import progress_for

EXAMPLE = """\
tlzoo fetch resnet50
tlzoo fetch mobilenet-v2 --trust-on-first-use"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the entries."""
    parser.add_argument("entries", nargs="+", metavar="ENTRY", help=ENTRIES)
    add_download_arguments(parser)
    common_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Download the files and print where they are."""
    from tlzoo.zoo.files import fetch

    with download_settings(arguments, progress_for(quiet=arguments.quiet)):
        return print_reports(fetch(arguments.entries), json=arguments.json)
