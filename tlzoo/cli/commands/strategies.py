"""``tlzoo strategies``: list strategies, show one, or compare several on a suite of data sets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.cli.arguments.numbers import at_least_one
from tlzoo.cli.arguments.trust import add_trust_argument, trust_settings
from tlzoo.cli.output import note, print_json, print_line, print_table
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.progress import progress_for
from tlzoo.errors import UsageError

from .components import show_registered

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from tlzoo.zoo.strategy_bench import StrategyBench

EXAMPLE = """\
tlzoo strategies
tlzoo strategies multi-step
tlzoo strategies bench lp-ft ./mine.py:Mine --seeds 5"""

_FEW_SEEDS = 3
"""Fewer seeds give intervals that contain nearly any difference."""
_OF_BENCH = ("suite", "seeds", "against", "out", "markdown", "trust")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the action, the strategies, and the options of ``bench``."""
    parser.add_argument(
        "words",
        metavar="NAME | list | show NAME | bench STRATEGY…",
        nargs="*",
        help="show only this strategy, with its options; or compare strategies: registered names, module:Class or "
        "./file.py:Class, whose code is run",
    )
    bench = parser.add_argument_group("bench")
    bench.add_argument(
        "--suite", type=Path, metavar="SUITE.toml", help="data sets, entries and label budgets; default: packaged"
    )
    bench.add_argument("--seeds", type=at_least_one, metavar="N", help="number of draws of the labels; default: 3")
    bench.add_argument(
        "--against",
        metavar="NAME,…",
        help="strategies to compare with; default: feature-extraction,fine-tune,multi-step; none: no others",
    )
    bench.add_argument(
        "--out", type=Path, metavar="FOLDER", help="folder of the results, to continue later; default: strategy-bench/"
    )
    bench.add_argument("--markdown", type=Path, metavar="FILE", help="also write the table in Markdown")
    add_trust_argument(parser, ("suite",))
    common_arguments(parser)


def run(arguments: Namespace) -> int | None:
    """List, show or compare.

    The JSON of ``bench`` is an object: ``suite``, ``score`` (its name), ``seeds``, ``rows`` (``case``, ``strategy``,
    ``score``, ``spread``, ``scores``, ``seconds``, ``regret``, ``within_noise``, ``error``), ``regret`` and
    ``within_noise`` by strategy, ``feature_seconds``, and ``differences`` (``first``, ``second``, ``value``,
    ``interval``).
    """
    action, *names = arguments.words or ["list"]
    if action == "bench":
        return _bench(names, arguments)
    for option in _OF_BENCH:
        if getattr(arguments, option) not in (None, []):
            raise UsageError(f"--{option} applies to `tlzoo strategies bench`", f"remove --{option}")
    if action == "show" and not names:
        raise UsageError("`tlzoo strategies show` needs a name", "`tlzoo strategies` lists them")
    if action not in {"list", "show"}:
        names = [action, *names]
    if action == "list" and names:
        raise UsageError("`tlzoo strategies list` takes no name", "use `tlzoo strategies show NAME`")
    if len(names) > 1:
        raise UsageError(f"one strategy is shown at a time; got {' '.join(names)}", "to compare, use `bench`")
    arguments.name = names[0] if names else None
    show_registered("tlzoo_strategies", "strategy", arguments)
    return None


def _bench(names: list[str], arguments: Namespace) -> int | None:
    from tlzoo.api.strategies import bench_strategies

    given = {name: value for name in ("suite", "seeds", "out") if (value := getattr(arguments, name)) is not None}
    if arguments.against is not None:
        given["against"] = [] if arguments.against == "none" else arguments.against.split(",")
    if arguments.markdown is not None and not arguments.markdown.absolute().parent.is_dir():
        raise UsageError(f"no folder {str(arguments.markdown.parent)!r} for --markdown", "make it first")
    progress = progress_for(quiet=arguments.quiet)
    with trust_settings(arguments, progress):
        found = bench_strategies(*names, **given, progress=progress)
    if arguments.markdown is not None:
        from tlzoo.files.atomic import write_text

        write_text(arguments.markdown.absolute(), found.to_markdown())
    if arguments.json:
        print_json(found.to_json())
    else:
        _print(found, quiet=arguments.quiet)
    return 1 if all(row.score is None for row in found.rows) else None


def _print(found: StrategyBench, *, quiet: bool) -> None:
    table = found.table()
    note(f"{table.caption}", quiet=quiet)
    print_table(table.columns, table.rows, right=table.right)
    print_line()
    failed = {name for name in found.strategies if all(row.score is None for row in found.rows if row.strategy == name)}
    for name, others in found.within_noise.items():
        if name not in failed and len(found.strategies) - len(failed) > 1:
            print_line(f"{name}: {_noise(others)}")
    if found.seeds < _FEW_SEEDS:
        note(f"With fewer than {_FEW_SEEDS} seeds, even large differences may be within noise.", quiet=quiet)
    for row in found.rows:
        if row.error is not None:
            print_line(f"{row.strategy} failed on {row.case}: {row.error}")


def _noise(others: Sequence[str] | None) -> str:
    if others is None:
        return "too few results to tell differences from noise"
    return f"within noise of {', '.join(others) if others else 'no other strategy'}"
