"""``tlzoo tune``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tlzoo.api.training import tune
from tlzoo.cli.arguments.download import add_download_arguments, download_settings
from tlzoo.cli.arguments.numbers import at_least_one, at_least_two
from tlzoo.cli.arguments.recipe import add_recipe_arguments, recipe_overrides
from tlzoo.cli.output import print_json, print_line, print_table
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.progress import progress_for
from tlzoo.cli.results import print_metrics, score_format
from tlzoo.durations import parse_duration
from tlzoo.errors import UsageError

EXAMPLE = """\
tlzoo tune --data digits: --backbone glyphnet --strategy feature-extraction --per-class 20 --trials 10
tlzoo tune recipe.toml --budget 5m --space rate=1e-5..1e-2:log --space batch_size=16,32
tlzoo tune recipe.toml --trials 20 --nested 5    # how optimistic the best of 20 trials is
tlzoo tune --resume runs/20260102-030405-glyphnet-digits-tune"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the search options and the fields of a recipe."""
    add_recipe_arguments(parser, leave_out=("budget",))
    parser.add_argument(
        "--trials",
        type=at_least_one,
        metavar="N",
        help="maximum number of trials; default: 20, or unlimited with --budget",
    )
    parser.add_argument("--budget", dest="search_budget", metavar="TIME", help="total time of all trials, such as 5m")
    parser.add_argument(
        "--space",
        action="append",
        default=[],
        metavar="NAME=VALUES",
        help="values to try: rate=1e-5..1e-2:log, batch_size=16,32, head.dropout=0; extends the default space",
    )
    parser.add_argument(
        "--nested",
        type=at_least_two,
        metavar="K",
        help="repeat the search on K folds, and report how optimistic the score of the best trial is; takes K times as "
        "long",
    )
    parser.add_argument("--resume", type=Path, metavar="FOLDER", help="resume this search, or extend it with --trials")
    parser.add_argument(
        "--out", type=Path, default=Path("runs"), metavar="FOLDER", help="folder for search folders; default: runs/"
    )
    add_download_arguments(parser)
    common_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    """Search, and print the trials and the metrics of the best recipe."""
    budget = None if arguments.search_budget is None else parse_duration(arguments.search_budget, "--budget")
    progress = progress_for(quiet=arguments.quiet)
    with download_settings(arguments, progress):
        tuning = tune(
            arguments.recipe,
            trials=arguments.trials,
            budget=budget,
            space=_space(arguments.space),
            nested=arguments.nested,
            resume=arguments.resume,
            out=arguments.out,
            progress=progress,
            **recipe_overrides(arguments),
        )
        result = dict(tuning.result)
    print_json(result) if arguments.json else print_tuning(result)


def _space(words: list[str]) -> dict[str, str]:
    space = {}
    for word in words:
        name, equals, values = word.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--space must be NAME=VALUES; got {word!r}")
        space[name.strip()] = values
    return space


def print_tuning(result: Mapping[str, Any]) -> None:
    """Print the trials of a search and the metrics of the best recipe."""
    print_line(f"{result['backbone']} on {result['data']} (strategy {result['strategy']}, seed {result['seed']})\n")
    score = score_format(result)
    ordered = sorted(result["trials"], key=lambda each: -_score_of(each))
    rows = [
        (
            str(each["number"] + 1),
            score(each["score"]),
            "" if each["noise"] is None else f"± {score(each['noise'])}",
            f"{each['seconds']:.1f}",
            each["reason"] or ", ".join(f"{name} {_short(value)}" for name, value in each["options"].items()),
        )
        for each in ordered
    ]
    print_table(("trial", "validation", "", "seconds", "options"), rows, right=("trial", "validation", "seconds"))
    print_metrics(result["test"], "test", result["task"])
    if result.get("nested"):  # missing in results of earlier versions
        _print_nested(result["nested"], len(result["trials"]), score)
    print_line(f"\nrecipe   {result['recipe']}\nrun      {result['run']}\nsearch   {result['folder']}")


def _print_nested(nested: Mapping[str, Any], trials: int, score: Callable[[float | None], str]) -> None:
    """Print how optimistic the best of several trials is."""
    ends = nested["optimism_interval"]  # None for equal differences in all folds
    interval = "undefined" if ends is None else " to ".join(map(score, ends))
    print_line(
        f"\nnested: over {nested['folds']} folds, the best validation score is {score(nested['validation'])} and the "
        f"test score {score(nested['test'])}\nthe best of {trials} trials is too optimistic by "
        f"{score(nested['optimism'])} (95 % interval {interval})"
    )


def _score_of(trial: Mapping[str, Any]) -> float:
    return float("-inf") if trial["score"] is None else float(trial["score"])


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
