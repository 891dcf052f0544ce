"""``tlzoo export``."""

from __future__ import annotations

import argparse
from pathlib import Path

from tlzoo.cli.arguments.numbers import share
from tlzoo.cli.arguments.trust import add_trust_argument, trust_settings
from tlzoo.cli.output import note, print_json, print_table
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.progress import progress_for

EXAMPLE = """\
tlzoo export RUN --to litert,onnx,openvino
tlzoo export RUN --to litert:int8,onnx:int8 --max-drop 1% --out phone/
tlzoo export RUN --to container              # for `podman build`
tlzoo exporters                              # formats, precisions and options"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the run, the formats, the limit and the folder."""
    parser.add_argument("run_folder", type=Path, metavar="RUN", help="folder of a finished run")
    parser.add_argument(
        "--to",
        required=True,
        metavar="FORMAT,…",
        help="formats with an optional precision, such as litert,litert:int8 (`tlzoo exporters` lists them), "
        "or container: files to build a container that serves the run",
    )
    parser.add_argument(
        "--max-drop",
        type=share,
        metavar="P%",
        help="write nothing unless the upper 95 %% limit of each file's drop in accuracy is below this, such as 0.5%%",
    )
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="folder of the formats' folders; default: exports/ in the run folder"
    )
    add_trust_argument(parser)
    common_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    """Export and print the measurements."""
    from tlzoo.runs import Run

    progress = progress_for(quiet=arguments.quiet)
    with trust_settings(arguments, progress):
        exports = Run(arguments.run_folder).export(
            arguments.to, max_drop=arguments.max_drop, out=arguments.out, progress=progress
        )
    if arguments.json:
        print_json(exports.to_records())
        return
    table = exports.table()
    print_table(table.columns, table.rows, right=table.right)
    if any(each.samples for each in exports):
        note(f"cards, preprocessing and inputs with answers are in {exports.folder}/", quiet=arguments.quiet)
