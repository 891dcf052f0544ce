"""``tlzoo train``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tlzoo.cli.arguments.download import add_download_arguments, download_settings
from tlzoo.cli.arguments.numbers import at_least_one, seed
from tlzoo.cli.output import print_json
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.progress import progress_for
from tlzoo.cli.results import print_plan, print_result
from tlzoo.errors import UsageError

EXAMPLE = """\
tlzoo train --data images:photos/ --backbone glyphnet
tlzoo train --data digits: --backbone glyphnet --strategy feature-extraction --per-class 10 -S rate=0.01
tlzoo train --data images:photos/ --backbone glyphnet --augment standard -A flip=false -A views=8
tlzoo train --data images:photos/ --backbone auto --strategy auto --budget 5m
tlzoo train --data images:photos/ --target images:phone/ --backbone glyphnet --strategy domain-adaptation
tlzoo train --data gym:Acrobot-v1 --backbone rl/mlp.blank --strategy from-scratch --steps 100000
tlzoo train recipe.toml --seed 1
tlzoo train --from RUN --epochs 5           # more epochs, in a new run"""


__all__ = ["EXAMPLE", "add_arguments", "add_recipe_arguments", "overrides", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the recipe file and an option for each of a recipe's fields."""
    add_recipe_arguments(parser)
    parser.add_argument("--budget", metavar="TIME", help="how long it may take, such as 5m, for --strategy auto")
    parser.add_argument(
        "--from",
        dest="from_run",
        type=Path,
        metavar="RUN",
        help="start from this finished run's weights, in a new run: --epochs more of its last phase, or --strategy",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("runs"), metavar="FOLDER", help="where run folders go (default runs/)"
    )
    parser.add_argument("--explain", action="store_true", help="print the plan and train nothing")
    add_download_arguments(parser)
    common_arguments(parser)


def add_recipe_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the recipe file and an option for each of its fields but the budget of time."""
    parser.add_argument(
        "recipe", nargs="?", type=Path, metavar="RECIPE.toml", help="a recipe; the options below go over it"
    )
    parser.add_argument(
        "--data", metavar="SOURCE", help="images:FOLDER, arrays:FILE.npz, digits:, … (`tlzoo adapters`)"
    )
    parser.add_argument("--backbone", metavar="ENTRY", help="an entry of the zoo (`tlzoo list`), or auto")
    parser.add_argument(
        "--target", metavar="SOURCE", help="unlabelled inputs of another domain (docs/domain-adaptation.md)"
    )
    parser.add_argument(
        "--target-test", metavar="SOURCE", help="that domain's labelled test set; default a split of --target"
    )
    parser.add_argument("--head", metavar="NAME", help="default linear (`tlzoo heads`)")
    parser.add_argument(
        "--strategy", metavar="NAME", help="default multi-step; or ./file.py:Class (`tlzoo strategies`)"
    )
    parser.add_argument(
        "-S", dest="strategy_options", action="append", default=[], metavar="KEY=VALUE", help="a strategy's option"
    )
    parser.add_argument(
        "-H", dest="head_options", action="append", default=[], metavar="KEY=VALUE", help="a head's option"
    )
    parser.add_argument(
        "--augment", metavar="POLICY", help="none, light, standard or strong; default none (docs/augmentation.md)"
    )
    parser.add_argument(
        "-A", dest="augment_options", action="append", default=[], metavar="KEY=VALUE", help="an augmentation's option"
    )
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument("--epochs", type=at_least_one, metavar="N", help="the run's budget, shared out by the strategy")
    budget.add_argument("--steps", type=at_least_one, metavar="N", help="the same in steps")
    parser.add_argument(
        "--per-class", type=at_least_one, metavar="N", help="labelled examples a class in all, validation included"
    )
    parser.add_argument(
        "--missing", metavar="COLUMN=POLICY,…", help="empty cells: label=drop,age=impute:median,title=constant:none"
    )
    parser.add_argument("--batch-size", type=at_least_one, metavar="N", help="default 32, or fewer for little data")
    parser.add_argument("--image-size", type=at_least_one, metavar="PIXELS", help="default the entry's own")
    parser.add_argument(
        "--sequence-length", type=at_least_one, metavar="TOKENS", help="of a text; default the entry's own"
    )
    parser.add_argument("--optimizer", metavar="NAME", help="default adamw")
    parser.add_argument(
        "--balance",
        metavar="HOW",
        help="make classes of different sizes count alike: class-weights, oversample, undersample, focal, logit-adjust",
    )
    parser.add_argument("--loss", metavar="NAME", help="of numbers: mse (default) or huber")
    parser.add_argument(
        "--thresholds",
        choices=["half", "validation"],
        help="of several labels: they apply from a half on (default), or from where F1 is best on the validation split",
    )
    parser.add_argument("--weights", choices=["pretrained", "random"], help="default what the strategy starts from")
    parser.add_argument(
        "--precision",
        choices=["float32", "mixed_bfloat16", "mixed_float16"],
        help="what layers compute in; mixed_float16 is for GPUs without bfloat16",
    )
    parser.add_argument("--seed", type=seed, metavar="N", help="default 0; every draw follows from it")
    parser.add_argument(
        "--export",
        metavar="FORMAT,…",
        help="formats of the exported model: keras,saved-model (default), or none for no model and no report",
    )


def run(arguments: argparse.Namespace) -> None:
    """Train, and print the result."""
    if arguments.from_run is not None and arguments.recipe is not None:
        raise UsageError("--from takes the recipe of its run, and a recipe file is given", "give one of them")
    from tlzoo.runs import continue_recipe, explain, read_recipe, train_recipe
    from tlzoo.zoo.automatic_backbone import choose_backbone

    progress = progress_for(quiet=arguments.quiet)
    with download_settings(arguments, progress):
        if arguments.from_run is not None:
            recipe = continue_recipe(arguments.from_run, overrides(arguments))
        else:
            recipe = read_recipe(arguments.recipe, overrides(arguments))
        recipe = choose_backbone(recipe, progress)
        if arguments.explain:
            plan = explain(recipe, progress=progress)
            print_json(plan) if arguments.json else print_plan(plan)
            return
        result = dict(train_recipe(recipe, out=arguments.out, progress=progress).result)
    print_json(result) if arguments.json else print_result(result)


def overrides(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what the command line says of a recipe's fields; None for what it does not."""
    from tlzoo.runs import parse_options

    given: dict[str, Any] = {
        name: getattr(arguments, name, None)
        for name in (
            "data",
            "target",
            "target_test",
            "backbone",
            "epochs",
            "steps",
            "budget",
            "missing",
            "per_class",
            "batch_size",
            "image_size",
            "sequence_length",
            "optimizer",
            "balance",
            "loss",
            "thresholds",
            "precision",
            "weights",
            "seed",
            "export",
        )
    }
    given["head"] = _named(arguments.head, parse_options(arguments.head_options))
    given["strategy"] = _named(arguments.strategy, parse_options(arguments.strategy_options))
    given["augment"] = _named(arguments.augment, parse_options(arguments.augment_options))
    return given


def _named(name: str | None, options: dict[str, Any]) -> dict[str, Any] | None:
    """Return name and options; without a name they go to the recipe's own head or strategy, or the default one."""
    if name is None and not options:
        return None
    return ({} if name is None else {"name": name}) | {"options": options}
