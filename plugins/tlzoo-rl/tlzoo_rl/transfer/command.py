"""What ``python -m tlzoo_rl.transfer`` takes and prints: the transfer report of a backbone in an environment."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.cli import at_least_one, common_arguments, print_json, print_line, progress_for

if TYPE_CHECKING:
    from tlzoo_rl.transfer.intervals import Estimate
    from tlzoo_rl.transfer.measures import TransferReport
__all__ = ["EXAMPLE", "add_arguments", "run"]

EXAMPLE = """\
python -m tlzoo_rl.transfer --data "gym:CartPole-v1?pole_length=2" --backbone mlp.cartpole --steps 30000 --seeds 10"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the data, the entry, the budget, the seeds and the options of training."""
    parser.add_argument("--data", required=True, metavar="SOURCE", help="environment: gym:ENV-ID")
    parser.add_argument(
        "--backbone", required=True, metavar="ENTRY", help="entry with the features to transfer (`tlzoo list`)"
    )
    parser.add_argument(
        "--steps", type=at_least_one, required=True, metavar="N", help="budget of each run, in environment steps"
    )
    parser.add_argument(
        "--seeds",
        type=at_least_one,
        default=10,
        metavar="N",
        help="number of seeds; each trains with transfer and from scratch; default: 10",
    )
    parser.add_argument(
        "--strategy", default="fine-tune", metavar="NAME", help="strategy of the runs with transfer; default: fine-tune"
    )
    parser.add_argument(
        "--threshold",
        type=_number,
        metavar="RETURN",
        help="return to count the steps to; default: nine tenths of the way from the lowest return to the final return "
        "from scratch",
    )
    for flag, name, component in (("-S", "strategy_options", "--strategy"), ("-H", "head_options", "the head policy")):
        parser.add_argument(
            flag, dest=name, action="append", default=[], metavar="KEY=VALUE", help=f"option of {component}; repeatable"
        )
    parser.add_argument(
        "--out", type=Path, default=Path("runs"), metavar="FOLDER", help="folder for run folders; default: runs/"
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="use the finished runs of this comparison in --out, and resume interrupted ones",
    )
    common_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    """Train all runs, and print the report."""
    from tlzoo.runs import parse_options
    from tlzoo_rl.transfer.comparison import compare

    report = compare(
        arguments.data,
        arguments.backbone,
        steps=arguments.steps,
        seeds=range(arguments.seeds),
        out=arguments.out,
        strategy={"name": arguments.strategy, **parse_options(arguments.strategy_options)},
        head={"name": "policy", **parse_options(arguments.head_options)},
        threshold=arguments.threshold,
        resumes=arguments.resume,
        progress=progress_for(quiet=arguments.quiet),
    )
    if arguments.json:
        print_json(report.to_json())
    else:
        print_line(_text(report), end="")


def _number(text: str) -> float:
    """Return a number that is one; its error is argparse's."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _text(report: TransferReport) -> str:
    several = min(report.runs.values()) > 1

    def line(name: str, each: Estimate, form: str) -> str:
        interval = f"   {each.low:{form}} to {each.high:{form}}" if several else ""
        return f"  {name:<28}{format(each.value, form):>10}{interval}\n"

    steps = ", ".join(f"{name} {count:,.0f}" for name, count in report.steps_to_threshold.items())
    reached = ", ".join(f"{name} {count} of {report.runs[name]}" for name, count in report.reached.items())
    return (
        f"{report.verdict}\n\n  {'interquartile mean':<28}{'':>10}{'   95 % interval' if several else ''}".rstrip()
        + "\n"
        + line("jumpstart", report.jumpstart, "+.4g")
        + line("asymptote", report.asymptote, "+.4g")
        + line("area ratio", report.area_ratio, "+.2f")
        + line("steps to threshold, ratio", report.step_ratio, ".2f")
        + f"\nsteps to a return of {report.threshold:.4g}: {steps} (reached: {reached}); budget {report.budget:,}\n"
        + (f"{_where(report)}\n" if several else "")
    )


def _where(report: TransferReport) -> str:
    """Return the steps at which the returns of both groups differ by more than noise."""
    said = [
        f"{name} from scratch: {', '.join(f'{begin:,} to {end:,}' for begin, end in ranges) or 'nowhere'}"
        for name, ranges in (("above", report.above), ("below", report.below))
    ]
    return f"steps at which the return lies {'; '.join(said)}"
