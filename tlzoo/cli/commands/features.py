"""``tlzoo features``."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import get_args

from tlzoo.cli.arguments.download import add_download_arguments, download_settings
from tlzoo.cli.arguments.numbers import at_least_one
from tlzoo.cli.arguments.source import add_source_arguments, source_of
from tlzoo.cli.output import print_json, print_line
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.progress import progress_for
from tlzoo.durations import format_duration

EXAMPLE = """\
tlzoo features images:photos/ --backbone glyphnet --out features.parquet
tlzoo features digits: --backbone glyphnet --stage block2 --stage block4 --out features.npz --json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the source, the backbone and the options of the features."""
    from tlzoo.backbones import Pooling

    add_source_arguments(parser, "data source: images:FOLDER, arrays:FILE.npz, digits:, … (`tlzoo adapters`)")
    parser.add_argument("--backbone", required=True, metavar="ENTRY", help="entry of the zoo (`tlzoo list`)")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help=".parquet or .npz file to write")
    parser.add_argument(
        "--stage",
        action="append",
        default=[],
        metavar="NAME",
        help="stage of the backbone; repeat it to concatenate several; default: the last",
    )
    parser.add_argument(
        "--pooling",
        choices=get_args(Pooling),
        default="declared",
        metavar="NAME",
        help="pooling of the last stage; default: declared, the entry's own",
    )
    parser.add_argument(
        "--image-size", type=at_least_one, metavar="PIXELS", help="height and width of images; default: the entry's own"
    )
    parser.add_argument(
        "--sequence-length",
        type=at_least_one,
        metavar="TOKENS",
        help="maximum length of texts; default: the entry's own",
    )
    parser.add_argument(
        "--weights",
        choices=["pretrained", "random"],
        default="pretrained",
        help="weights of the backbone; default: pretrained",
    )
    add_download_arguments(parser)
    common_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    """Write the features of a source to a file, and print a summary.

    The JSON object has ``rows``, ``columns`` (values per row), ``stages`` (array of ``name`` and ``columns``),
    ``seconds`` and ``file``.
    """
    from tlzoo.api.data import features

    began = time.perf_counter()
    progress = progress_for(quiet=arguments.quiet)
    with download_settings(arguments, progress):
        extraction = features(
            source_of(arguments),
            backbone=arguments.backbone,
            out=arguments.out,
            stages=arguments.stage,
            pooling=arguments.pooling,
            image_size=arguments.image_size,
            sequence_length=arguments.sequence_length,
            weights=arguments.weights,
            progress=progress,
        )
    rows, columns = extraction.features.shape
    seconds = round(time.perf_counter() - began, 3)
    if arguments.json:
        stages = [{"name": name, "columns": count} for name, count in extraction.stages.items()]
        print_json({"rows": rows, "columns": columns, "stages": stages, "seconds": seconds, "file": str(arguments.out)})
        return
    taken = ", ".join(f"{name} ({count})" for name, count in extraction.stages.items())
    print_line(f"wrote {rows} rows of {columns} values from {taken} to {arguments.out} in {format_duration(seconds)}")
