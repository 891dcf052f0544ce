"""``tlzoo predict``."""

from __future__ import annotations

import argparse
from pathlib import Path

from tlzoo.cli.output import note, print_json, print_table
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.quiet_import import import_tensorflow
from tlzoo.cli.results import percent

EXAMPLE = """\
tlzoo predict RUN photo.jpg other.png
tlzoo predict RUN photos/*.jpg --json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the run and the inputs."""
    parser.add_argument("run_folder", type=Path, metavar="RUN", help="the folder of a finished run")
    parser.add_argument("inputs", nargs="+", metavar="INPUT", help="a file to predict")
    common_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Predict, and print a label for each input; 1 where one of them could not be read."""
    import_tensorflow()
    from tlzoo.runs import Run

    answers = Run(arguments.run_folder).predict(arguments.inputs)
    failed = [each for each in answers if each["label"] is None]
    if arguments.json:
        print_json(answers)
    else:
        rows = [
            (each["input"], each["label"], percent(max(each["probabilities"].values())))
            for each in answers
            if each["label"] is not None
        ]
        if rows:
            print_table(("input", "label", "probability"), rows, right=("probability",))
    for each in failed:
        note(f"tlzoo: {each['input']}: {each['error']}")
    return 1 if failed else 0
