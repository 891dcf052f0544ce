"""``tlzoo train``."""

from __future__ import annotations

import argparse
from pathlib import Path

from tlzoo.api.training import explain, train
from tlzoo.cli.arguments.download import add_download_arguments, download_settings
from tlzoo.cli.arguments.numbers import at_least_two
from tlzoo.cli.arguments.recipe import add_recipe_arguments, recipe_overrides
from tlzoo.cli.arguments.tracker import add_tracker_argument
from tlzoo.cli.output import print_json
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.progress import progress_for
from tlzoo.cli.results import print_plan, print_result
from tlzoo.cli.run_sets import print_run_set
from tlzoo.errors import TlzooError, UsageError

EXAMPLE = """\
tlzoo train --data images:photos/ --backbone glyphnet
tlzoo train --data digits: --backbone glyphnet --strategy feature-extraction --per-class 10 -S rate=0.01
tlzoo train --data images:photos/ --backbone glyphnet --augment standard -A flip=false -A views=8
tlzoo train --data images:photos/ --backbone auto --strategy auto --budget 5m
tlzoo train --data images:photos/ --target images:phone/ --backbone glyphnet --strategy domain-adaptation
tlzoo train recipe.toml --seed 1
tlzoo train recipe.toml --seeds 5           # five runs: mean, spread and interval
tlzoo train recipe.toml --folds 5           # cross-validation
tlzoo train --from RUN --epochs 5           # 5 more epochs, in a new run"""


__all__ = ["EXAMPLE", "add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the recipe file, an option for each field of a recipe, and the options of the command."""
    parser.epilog = (parser.epilog or "") + _examples_of_plugins()
    add_recipe_arguments(parser)
    several = parser.add_mutually_exclusive_group()
    several.add_argument(
        "--seeds",
        type=at_least_two,
        metavar="N",
        help="train N runs, with the seeds from --seed up, and report mean, spread and interval",
    )
    several.add_argument(
        "--folds", type=at_least_two, metavar="K", help="train on the K folds of a cross-validation, instead of seeds"
    )
    parser.add_argument(
        "--from",
        dest="from_run",
        type=Path,
        metavar="RUN",
        help="start a new run from the weights of this finished run; with --epochs N (N more epochs) or --strategy",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("runs"), metavar="FOLDER", help="folder for run folders; default: runs/"
    )
    parser.add_argument("--explain", action="store_true", help="print the plan without training")
    add_tracker_argument(parser, "tracker that logs the run elsewhere during training (`tlzoo trackers`); repeatable")
    add_download_arguments(parser)
    common_arguments(parser)


def _examples_of_plugins() -> str:
    """Return a line for each source of data that registries declare for their kinds of input."""
    from tlzoo.registry import read_index

    try:
        declared = read_index().inputs
    except TlzooError:  # help is shown all the same
        return ""
    lines = [
        f"\n  tlzoo train --data '{each.source}' --backbone ENTRY   # `tlzoo list --modality {each.modality}`"
        for each in declared
        if each.source
    ]
    return "".join(lines)


def run(arguments: argparse.Namespace) -> None:
    """Train and print the result."""
    if arguments.from_run is not None and arguments.recipe is not None:
        raise UsageError(
            "--from and a recipe file are given, but --from uses the recipe of its run", "give only one of them"
        )
    fields = recipe_overrides(arguments)
    progress = progress_for(quiet=arguments.quiet)
    with download_settings(arguments, progress):
        if arguments.explain:
            if arguments.seeds or arguments.folds:
                raise UsageError("--explain shows the plan of one run", "leave out --seeds and --folds")
            plan = explain(arguments.recipe, from_run=arguments.from_run, progress=progress, **fields)
            print_json(plan) if arguments.json else print_plan(plan)
            return
        trained = train(
            arguments.recipe,
            seeds=arguments.seeds,
            folds=arguments.folds,
            from_run=arguments.from_run,
            out=arguments.out,
            tracker=arguments.tracker,
            progress=progress,
            **fields,
        )
        result = dict(trained.result)
    if arguments.json:
        print_json(result)
    else:
        print_run_set(result) if "runs" in result else print_result(result)
