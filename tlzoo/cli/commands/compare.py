"""``tlzoo compare``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.cli.arguments.numbers import at_least_one, seed
from tlzoo.cli.output import print_json, print_line, print_table
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.progress import progress_for
from tlzoo.cli.results import number

if TYPE_CHECKING:
    from tlzoo.zoo.comparison import Comparison

EXAMPLE = """\
tlzoo compare mobilenet-v2 efficientnet-b0
tlzoo compare glyphnet efficientnet-lite0 --data digits: --json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the entries, and the data to compare them on."""
    parser.add_argument("entries", nargs="+", metavar="ENTRY", help="ids or short names")
    parser.add_argument("--data", metavar="SOURCE", help="also rank them on this data set and show earlier runs on it")
    parser.add_argument("--sample", type=at_least_one, metavar="N", help="sample size, as for `tlzoo rank`")
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="random seed, as for `tlzoo rank`")
    parser.add_argument(
        "--out", type=Path, default=Path("runs"), metavar="FOLDER", help="folder of earlier runs; default: runs/"
    )
    common_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    """Print the entries side by side; with data, also scores and earlier runs.

    The JSON object has ``entries``, in the order given or, with data, best first (``id``, ``facts``, and then
    ``scores``, ``intervals``, ``cost``, … as in ``tlzoo rank``), ``differences`` (names of lines) and ``runs``.
    """
    from tlzoo.zoo.comparison import compare_entries

    found = compare_entries(arguments.entries)
    facts = {name: {"id": name, "facts": each} for name, each in zip(found.ids, found.facts, strict=True)}
    said: dict[str, Any] = {"entries": list(facts.values()), "differences": _differences(found), "runs": []}
    if not arguments.json:
        _print(found)
    if arguments.data:
        _on_data(found, facts, said, arguments)
    if arguments.json:
        print_json(said)


def _on_data(found: Comparison, facts: dict[str, Any], said: dict[str, Any], arguments: argparse.Namespace) -> None:
    from tlzoo.cli.commands.rank import print_ranking
    from tlzoo.runs import open_source
    from tlzoo.zoo.comparison import compare_on

    progress = progress_for(quiet=arguments.quiet)
    samples = open_source(arguments.data, progress)
    found = compare_on(
        found, samples, out=arguments.out, count=arguments.sample, seed=arguments.seed, progress=progress
    )
    ranking = found.ranking
    assert ranking is not None
    ranked = [each.to_json() for each in ranking.entries]
    rest = [facts[name] for name in found.ids if name not in {each["id"] for each in ranked}]
    said |= ranking.to_json() | {"entries": [{**facts[each["id"]], **each} for each in ranked] + rest}
    said["runs"] = list(found.runs)
    if not arguments.json:
        print_line()
        print_ranking(ranking, quiet=arguments.quiet)
        _print_runs(said["runs"])


def _differences(found: Comparison) -> list[str]:
    return [line.name for line in found.lines if line.differs]


def _print(found: Comparison) -> None:
    """Print a line for each fact, with a mark where entries differ."""
    rows = [["≠" if line.differs else "", line.name, *line.values] for line in found.lines]
    print_table(["", "", *found.ids], rows)


def _print_runs(runs: list[dict[str, Any]]) -> None:
    if not runs:
        return
    print_line()
    names = list(dict.fromkeys(name for each in runs for name in each["test"]))
    rows = [
        [each["backbone"], str(each["strategy"]), *(number(each["test"].get(name)) for name in names), str(each["run"])]
        for each in runs
    ]
    titles = [name.replace("_", " ") for name in names]
    print_table(["earlier runs on this data", "strategy", *titles, "run"], rows, right=titles)
