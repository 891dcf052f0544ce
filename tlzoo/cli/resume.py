"""``tlzoo resume``."""

from __future__ import annotations

import argparse
from pathlib import Path

from tlzoo.cli.fetching import add_fetching_arguments, fetching
from tlzoo.cli.output import print_json
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.progress import progress_for
from tlzoo.cli.results import print_result

EXAMPLE = "tlzoo resume runs/20260102-030405-glyphnet-digits-multi-step"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the run."""
    parser.add_argument("run_folder", type=Path, metavar="RUN", help="the folder of an interrupted run")
    add_fetching_arguments(parser)
    common_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    """Go on with the run, and print the result."""
    from tlzoo.runs import resume

    progress = progress_for(quiet=arguments.quiet)
    with fetching(arguments, progress):
        result = dict(resume(arguments.run_folder, progress=progress).result)
    print_json(result) if arguments.json else print_result(result)
