"""``tlzoo resume``."""

from __future__ import annotations

import argparse
from pathlib import Path

from tlzoo.cli.arguments.download import add_download_arguments, download_settings
from tlzoo.cli.arguments.tracker import add_tracker_argument
from tlzoo.cli.commands.tune import print_tuning
from tlzoo.cli.output import print_json
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.progress import progress_for
from tlzoo.cli.results import print_result
from tlzoo.cli.run_sets import print_run_set
from tlzoo.errors import UsageError

EXAMPLE = """\
tlzoo resume runs/20260102-030405-glyphnet-digits-multi-step
tlzoo resume runs/20260102-030405-glyphnet-digits-seeds
tlzoo resume runs/20260102-030405-glyphnet-digits-tune"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the run."""
    parser.add_argument(
        "run_folder", type=Path, metavar="RUN", help="folder of an interrupted run, run set or search (`tlzoo tune`)"
    )
    for option in ("--epochs", "--steps"):  # a common mistake; the error names the right command
        parser.add_argument(option, help=argparse.SUPPRESS)
    add_tracker_argument(
        parser, "tracker instead of those that the run was started with; none for no tracker; repeatable"
    )
    add_download_arguments(parser)
    common_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    """Resume the run, run set or search, and print the result."""
    asked = next((name for name in ("epochs", "steps") if getattr(arguments, name) is not None), None)
    if asked is not None:
        amount = f"--{asked} {getattr(arguments, asked)}"
        raise UsageError(
            "a resumed run keeps its number of epochs and steps",
            f"to train longer in a new run: `tlzoo train --from {arguments.run_folder} {amount}`",
        )
    from tlzoo.runs import (
        Observers,
        is_run_set,
        is_tuning,
        make_trackers,
        resume,
        resume_run_set,
        resume_tuning,
    )

    progress = progress_for(quiet=arguments.quiet)
    with download_settings(arguments, progress):
        if is_tuning(arguments.run_folder):
            tuned = dict(resume_tuning(arguments.run_folder, progress=progress).result)
            print_json(tuned) if arguments.json else print_tuning(tuned)
            return
        observers = Observers(trackers=make_trackers(arguments.tracker))
        if is_run_set(arguments.run_folder):
            found = dict(resume_run_set(arguments.run_folder, progress=progress, observers=observers).result)
            print_json(found) if arguments.json else print_run_set(found)
            return
        result = dict(resume(arguments.run_folder, progress=progress, observers=observers).result)
    print_json(result) if arguments.json else print_result(result)
