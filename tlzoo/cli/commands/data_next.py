"""``tlzoo data next``: choose the samples of a pool to label next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.cli.arguments.numbers import at_least_one, seed
from tlzoo.cli.arguments.trust import add_trust_argument, trust_settings
from tlzoo.cli.output import counted, print_json, print_line, print_table
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.progress import progress_for

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from tlzoo.zoo import ToLabel

__all__ = ["add_next_arguments", "run_next"]

_SHOWN = 20


def add_next_arguments(parser: ArgumentParser) -> None:
    """Add the run, the pool and the files to write."""
    parser.add_argument("run_folder", type=Path, metavar="RUN", help="folder of a finished run")
    parser.add_argument(
        "--pool", required=True, metavar="SOURCE", help="data source of unlabelled inputs, such as images:new/"
    )
    parser.add_argument(
        "--count", type=at_least_one, default=50, metavar="N", help="number of samples to choose; default: 50"
    )
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the samples, with an empty column for labels")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page that shows the samples")
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="random seed of the choice; default: 0")
    add_trust_argument(parser)
    common_arguments(parser)


def run_next(arguments: Namespace) -> None:
    """Choose the samples, write the requested files, and print a table or JSON."""
    from tlzoo.api.data import label_next

    progress = progress_for(quiet=arguments.quiet)
    with trust_settings(arguments, progress):
        found = label_next(
            arguments.run_folder,
            arguments.pool,
            count=arguments.count,
            csv=arguments.csv,
            html=arguments.html,
            seed=arguments.seed,
            progress=progress,
        )
    if arguments.json:
        print_json(found.as_json())
        return
    _print(found)
    for name, path in (("table", arguments.csv), ("page", arguments.html)):
        if path is not None:
            print_line(f"{name:5}    {path}")


def _print(found: ToLabel) -> None:
    table = found.table()
    rows = table.rows[:_SHOWN]
    print_table(table.columns, rows, right=table.right)
    print_line()
    more = len(found) - len(rows)
    if more:
        print_line(f"and {more} more: --csv FILE writes all")
    left_out = f"; {found.left_out} left out: labelled already, or repeated" if found.left_out else ""
    print_line(
        f"{counted(len(found), 'sample', 'samples')} of {found.pool_samples} in {found.pool}, "
        f"chosen by {found.method}{left_out}"
    )
