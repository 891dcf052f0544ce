"""``tlzoo mirror``: copy the files of entries to a folder for a web server or a disk."""

from __future__ import annotations

import argparse
from pathlib import Path

from tlzoo.cli.arguments.download import add_download_arguments, download_settings
from tlzoo.cli.file_reports import ENTRIES, print_reports
from tlzoo.cli.output import note
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.progress import progress_for

EXAMPLE = """\
tlzoo mirror resnet50 'keras/efficientnet-b*' /media/disk/tlzoo
TLZOO_MIRROR=file:///media/disk/tlzoo tlzoo train --offline --data images:photos/ --backbone resnet50"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the entries and the folder."""
    parser.add_argument("entries", nargs="+", metavar="ENTRY", help=ENTRIES)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder to create or to add to")
    add_download_arguments(parser)
    common_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Copy the files, downloading missing ones, and print how to use the folder."""
    from tlzoo.zoo.files import mirror

    folder = arguments.folder.absolute()
    with download_settings(arguments, progress_for(quiet=arguments.quiet)):
        code = print_reports(mirror(arguments.entries, folder), json=arguments.json)
    note(f"to use it, set TLZOO_MIRROR={folder.as_uri()}, or serve it over HTTPS", quiet=arguments.quiet)
    return code
