"""``tlzoo evaluate``."""

from __future__ import annotations

import argparse
from pathlib import Path

from tlzoo.cli.output import print_json
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.progress import progress_for
from tlzoo.cli.results import print_metrics
from tlzoo.cli.trusting import add_trust_argument, trusting

EXAMPLE = """\
tlzoo evaluate RUN
tlzoo evaluate RUN --data images:more-photos/
tlzoo evaluate RUN --data "gym:CartPole-v1?pole_length=2"
tlzoo evaluate RUN --split validation --json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the run, the data and the split."""
    parser.add_argument("run_folder", type=Path, metavar="RUN", help="the folder of a finished run")
    parser.add_argument("--data", metavar="SOURCE", help="other data with the same classes; default the run's own")
    parser.add_argument("--split", metavar="S", help="train, validation or test; default test, of other data all of it")
    add_trust_argument(parser)
    common_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    """Evaluate, and print the metrics."""
    from tlzoo.runs import Run

    progress = progress_for(quiet=arguments.quiet)
    with trusting(arguments, progress):
        metrics = Run(arguments.run_folder).evaluate(arguments.data, split=arguments.split, progress=progress)
    if arguments.json:
        print_json(metrics)
    else:
        print_metrics(metrics, arguments.split or ("test" if arguments.data is None else arguments.data))
