"""``tlzoo evaluate``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.cli.arguments.trust import add_trust_argument, trust_settings
from tlzoo.cli.output import print_json, print_table
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.progress import progress_for
from tlzoo.cli.results import number, print_metrics

if TYPE_CHECKING:
    from tlzoo.runs import Run

EXAMPLE = """\
tlzoo evaluate RUN
tlzoo evaluate RUN RUN --data images:more-photos/
tlzoo evaluate RUN --split validation --json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the runs, the data and the split."""
    parser.add_argument("run_folders", type=Path, nargs="+", metavar="RUN", help="folder of a finished run")
    parser.add_argument("--data", metavar="SOURCE", help="other data with the same classes; default: the run's data")
    parser.add_argument(
        "--split", metavar="S", help="train, validation or test; default: test, or all samples of other data"
    )
    add_trust_argument(parser)
    common_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    """Evaluate and print the metrics. The JSON is an object for one run, or an array of objects with ``run``."""
    from tlzoo.runs import Run

    runs = [Run(path) for path in arguments.run_folders]
    for run in runs:  # reject an unfinished run before evaluating the others
        _ = run.result
    progress = progress_for(quiet=arguments.quiet)
    with trust_settings(arguments, progress):
        found = [run.evaluate(arguments.data, split=arguments.split, progress=progress) for run in runs]
    split = arguments.split or ("test" if arguments.data is None else arguments.data)
    if len(runs) == 1:
        print_json(found[0]) if arguments.json else print_metrics(found[0], split, runs[0].result.get("task"))
        return
    if arguments.data is None and len({str(run.result.get("data")) for run in runs}) > 1:
        progress.note("the runs have different test data, so their metrics are not comparable; use --data SOURCE")
    if arguments.json:
        print_json([{"run": str(run.path)} | metrics for run, metrics in zip(runs, found, strict=True)])
    else:
        _print_table(runs, found)


def _print_table(runs: Sequence[Run], found: Sequence[Mapping[str, Any]]) -> None:
    """Print the headline metrics of several runs, one run per line."""
    from tlzoo.runs import headline

    figures = [headline(metrics, run.result.get("task")) for run, metrics in zip(runs, found, strict=True)]
    columns = list(dict.fromkeys(name for each in figures for name in each))
    rows = [
        (str(run.path), *(number(each.get(name)) for name in columns)) for run, each in zip(runs, figures, strict=True)
    ]
    print_table(("run", *columns), rows, right=columns)
