"""``tlzoo demo``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.cli.arguments.numbers import at_least_one
from tlzoo.cli.output import print_json, print_line, print_table
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.progress import progress_for
from tlzoo.cli.results import percent
from tlzoo.durations import format_duration

if TYPE_CHECKING:
    from tlzoo.zoo.demo import Demonstration

EXAMPLE = """tlzoo demo
tlzoo demo --photos"""

_BASELINES = {
    "from scratch": "same network, random weights, best of 3 learning rates",
    "pixels": "logistic regression on pixels",
}
_TRANSFER = {
    False: "backbone pretrained on glyphs, multi-step",
    True: "backbone pretrained on ImageNet, feature-extraction",
}
_BEGIN = {
    False: "A network pretrained on letters and symbols (no digits) learns handwritten digits, 10 of each.",
    True: "A network pretrained on ImageNet learns 8 materials from patches of photographs, 10 of each.",
}
_TITLE = {False: "Handwritten digits", True: "Patches of photographs by material"}
_BACKBONE = {False: "glyphnet", True: "efficientnet-lite0"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the choice of the data, the number of repetitions and the output folder."""
    parser.add_argument(
        "--photos", action="store_true", help="learn materials from scikit-image's photographs, not handwritten digits"
    )
    parser.add_argument(
        "--seeds",
        type=at_least_one,
        metavar="N",
        help="number of random draws of the labelled images; default: 5, with --photos 2",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("runs"), metavar="FOLDER", help="folder for run folders; default: runs/"
    )
    common_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    """Run the demonstration and print one table."""
    from tlzoo.zoo.demo import run_demo

    progress = progress_for(quiet=arguments.quiet)
    progress.note(_BEGIN[arguments.photos])
    shown = run_demo(out=arguments.out, photos=arguments.photos, seeds=arguments.seeds, progress=progress)
    print_json(shown.to_json()) if arguments.json else _print(shown, photos=arguments.photos)


def _print(shown: Demonstration, *, photos: bool) -> None:
    results = shown.to_json()
    methods = {"transfer": _TRANSFER[photos], **_BASELINES}
    rows = [
        (
            methods[name],
            percent(each["accuracy"]),
            f"± {100 * each['spread']:.1f}",
            format_duration(each["seconds"] / results["seeds"]),
        )
        for name, each in results["methods"].items()
    ]
    print_line(
        f"\n{_TITLE[photos]}, {results['per_class']} labelled per class, "
        f"mean of {results['seeds']} draws, {results['test']['examples']:,} test images\n"
    )
    print_table(
        ("method", "test accuracy", "spread", "time per run"), rows, right=("test accuracy", "spread", "time per run")
    )
    path = results["run"]
    print_line(f"\nrun      {path}\nreport   {path}/report.html\nmodel    {path}/model.keras\nserving  {path}/serving/")
    print_line(
        f"\nNext: tlzoo train --data images:FOLDER --backbone {_BACKBONE[photos]}\n(FOLDER has one subfolder per class)"
    )
