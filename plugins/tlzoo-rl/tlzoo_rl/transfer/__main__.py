"""``python -m tlzoo_rl.transfer``: the transfer report of a backbone in an environment."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.errors import TlzooError

if TYPE_CHECKING:
    from tlzoo_rl.transfer.intervals import Estimate
    from tlzoo_rl.transfer.measures import TransferReport

EXAMPLE = """\
python -m tlzoo_rl.transfer --data "gym:CartPole-v1?pole_length=2" --backbone mlp.cartpole --steps 30000 --seeds 10"""


def main() -> int:
    """Run, and print the report."""
    arguments = _arguments()
    from tlzoo.runs import parse_options
    from tlzoo_rl.transfer.comparing import compare

    try:
        report = compare(
            arguments.data,
            arguments.backbone,
            steps=arguments.steps,
            seeds=range(arguments.seeds),
            out=arguments.out,
            strategy={"name": arguments.strategy, **parse_options(arguments.strategy_options)},
            head={"name": "policy", **parse_options(arguments.head_options)},
            threshold=arguments.threshold,
            progress=_Counted(),
        )
    except TlzooError as error:
        sys.stderr.write(f"tlzoo: {error}\n")
        return error.exit_code
    sys.stdout.write(json.dumps(report.to_json()) + "\n" if arguments.json else _text(report))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tlzoo_rl.transfer",
        description="Train with and without transfer, and say what it gained.",
        epilog=f"example:\n  {EXAMPLE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", required=True, metavar="SOURCE", help="an environment, gym:ENV-ID")
    parser.add_argument("--backbone", required=True, metavar="ENTRY", help="whose features are transferred")
    parser.add_argument("--steps", type=int, required=True, metavar="N", help="budget of each run")
    parser.add_argument("--seeds", type=int, default=10, metavar="N", help="runs of each kind; default 10")
    parser.add_argument("--strategy", default="fine-tune", metavar="NAME", help="default fine-tune")
    parser.add_argument("--threshold", type=float, metavar="RETURN", help="default nine tenths of what scratch reaches")
    parser.add_argument("-S", dest="strategy_options", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("-H", dest="head_options", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--out", type=Path, default=Path("runs"), metavar="FOLDER", help="where the runs go")
    parser.add_argument("--json", action="store_true", help="print one JSON value")
    return parser.parse_args()


class _Counted:
    """Counts what is done, on stderr."""

    @contextmanager
    def track(self, what: str, total: int, unit: str) -> Iterator[Callable[[int], None]]:
        done = 0

        def advance(more: int) -> None:
            nonlocal done
            done += more
            self.note(f"{what}: {done} of {total} {unit}")

        yield advance

    def note(self, text: str) -> None:
        sys.stderr.write(f"{text}\n")


def _text(report: TransferReport) -> str:
    def line(name: str, each: Estimate, form: str) -> str:
        return f"  {name:<28}{format(each.value, form):>10}   {each.low:{form}} to {each.high:{form}}\n"

    steps = ", ".join(f"{name} {count:,.0f}" for name, count in report.steps_to_threshold.items())
    reached = ", ".join(f"{name} {count} of {report.runs[name]}" for name, count in report.reached.items())
    return (
        f"{report.verdict}\n\n"
        f"  {'interquartile mean':<28}{'':>10}   95 % interval\n"
        + line("jumpstart", report.jumpstart, "+.4g")
        + line("asymptote", report.asymptote, "+.4g")
        + line("area ratio", report.area_ratio, "+.2f")
        + line("steps to threshold, ratio", report.step_ratio, ".2f")
        + f"\nsteps to a return of {report.threshold:.4g}: {steps} (reached: {reached}); budget {report.budget:,}\n"
    )


if __name__ == "__main__":
    sys.exit(main())
