"""``tlzoo data preview``: show the effect of an augmentation on a data set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.cli.arguments.numbers import at_least_one, seed
from tlzoo.cli.arguments.source import add_source_arguments, source_of
from tlzoo.cli.output import note, print_json, print_line
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.progress import progress_for

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

__all__ = ["add_preview_arguments", "run_preview"]


def add_preview_arguments(parser: ArgumentParser) -> None:
    """Add the source, the augmentation and the options of the preview."""
    add_source_arguments(parser, "data source, such as 'images:photos/' or 'table:reviews.csv'")
    parser.add_argument(
        "--augment",
        default=None,
        metavar="POLICY",
        help="augmentation policy: light, standard or strong; default: none with -A, else standard",
    )
    parser.add_argument(
        "-A",
        dest="augment_options",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="option of the augmentation; repeatable",
    )
    parser.add_argument("--backbone", metavar="ENTRY", help="show samples as this entry receives them")
    parser.add_argument(
        "--image-size", type=at_least_one, metavar="PIXELS", help="image size; default: 96, or that of the entry"
    )
    parser.add_argument("--samples", type=at_least_one, default=6, metavar="N", help="number of samples; default: 6")
    parser.add_argument(
        "--versions",
        type=at_least_one,
        default=6,
        metavar="N",
        help="number of augmented versions of each sample; default: 6",
    )
    parser.add_argument(
        "--seed", type=seed, default=0, metavar="N", help="random seed, as for `tlzoo train`; default: 0"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("preview.png"),
        metavar="FILE.png",
        help="image file to write; default: preview.png",
    )
    parser.add_argument("--missing", metavar="COLUMN=POLICY,…", help="policy for empty cells, as for `tlzoo train`")
    common_arguments(parser)


def run_preview(arguments: Namespace) -> None:
    """Write the contact sheet of images, or print texts."""
    from tlzoo.data import parse_policies, split
    from tlzoo.runs import open_source, parse_options
    from tlzoo.zoo.inspection.preview import preview

    options = parse_options(arguments.augment_options)
    missing = parse_policies(arguments.missing) if arguments.missing else None
    samples = open_source(source_of(arguments), progress_for(quiet=arguments.quiet), missing)
    found = preview(
        split(samples, seed=arguments.seed),
        arguments.augment or ("none" if options else "standard"),
        options,
        arguments.out,
        backbone=arguments.backbone,
        image_size=arguments.image_size,
        seed=arguments.seed,
        count=arguments.samples,
        versions=arguments.versions,
    )
    for each in found.notes:
        note(each, quiet=arguments.quiet)
    if arguments.json:
        print_json(found.as_json())
        return
    for text, *versions in found.texts:
        print_line(text)
        for version in versions:
            print_line(f"    {version}")
    if found.out is not None:
        print_line(f"{len(found.samples)} samples of {found.source} with augmentation {found.policy!r}: {found.out}")
