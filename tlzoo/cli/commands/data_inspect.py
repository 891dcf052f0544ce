"""``tlzoo data inspect``: report the contents of a data set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.cli.arguments.source import add_source_arguments, source_of
from tlzoo.cli.output import counted, note, print_json, print_line, print_table
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.progress import progress_for

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator

    from tlzoo.data import Duplicates, Inspection

_SHOWN = 10


def add_inspect_arguments(parser: ArgumentParser) -> None:
    """Add the source and the options of the inspection."""
    add_source_arguments(parser, "data source, such as 'images:photos/' or 'table:a.csv?text=title&label=genre'")
    parser.add_argument(
        "--backbone", metavar="ENTRY", help="count tokens and find likely wrong labels with this backbone's features"
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="also write an HTML page with examples")
    parser.add_argument("--missing", metavar="COLUMN=POLICY,…", help="policy for empty cells, as for `tlzoo train`")
    common_arguments(parser)


def run_inspect(arguments: Namespace) -> None:
    """Open the source and print its inspection."""
    from tlzoo.data import parse_policies
    from tlzoo.files.output_file import check_file
    from tlzoo.zoo.inspection.inspect import inspect_source
    from tlzoo.zoo.inspection.page import write_inspection

    if arguments.html is not None:
        check_file(arguments.html, "inspection.html")
    source = source_of(arguments)
    inspected = inspect_source(
        source,
        missing=parse_policies(arguments.missing) if arguments.missing else None,
        backbone=arguments.backbone,
        progress=progress_for(quiet=arguments.quiet),
    )
    found = inspected.found
    if arguments.html is not None:
        write_inspection(arguments.html, inspected)
    if arguments.json:
        print_json(found.as_json())
        return
    for line in _facts(found):
        print_line(line)
    _print_tables(found)
    for line in _remarks(found):
        note(line, quiet=arguments.quiet)
    if arguments.html is not None:
        print_line(f"\npage     {arguments.html}")


def _facts(found: Inspection) -> Iterator[str]:
    what = f"{found.modality}, {found.task}"
    learned = (
        counted(len(found.targets), "target", "targets")
        if found.targets
        else counted(len(found.classes), "class", "classes")
    )
    holds = "for" if found.targets else "in"
    yield f"{found.source} has {found.samples} samples {holds} {learned} ({what})"
    if found.inputs:
        yield from found.inputs.lines()
    if found.tokens:
        cut = f"{100 * found.tokens.truncated:.1f} % of the texts are cut to {found.tokens.sequence_length}"
        lengths = found.tokens.tokens.words(found.tokens.sequence_length)
        yield f"tokens: {lengths}; {cut} by {found.tokens.backbone}"
    if found.given:
        yield "declared splits: " + ", ".join(f"{name} {count}" for name, count in found.given.items())
    if found.groups is not None:
        yield f"groups: {found.groups}"
    yield f"unusable: {len(found.set_aside)}"
    yield f"exact duplicates: {_copies(found.duplicates)}"
    yield f"near duplicates: {_copies(found.near_duplicates)}"
    if found.suspects is not None:
        yield f"likely wrong labels: {len(found.suspects)}"
    yield f"fingerprint: {found.fingerprint}"


def _print_tables(found: Inspection) -> None:
    print_line()
    if found.targets:
        rows = [
            [each.name, *(f"{value:.6g}" for value in (each.min, each.median, each.max, each.mean, each.deviation))]
            for each in found.targets
        ]
        columns = ["least", "median", "most", "mean", "deviation"]
        print_table(["target", *columns], rows, right=columns)
    else:
        splits = list(found.given)
        rows = [[each.name, str(each.samples), *(str(each.given[name]) for name in splits)] for each in found.classes]
        print_table(["class", "samples", *splits], rows, right=["samples", *splits])
    if found.suspects:
        print_line()
        rows = [[each.sample, each.label, each.suggested, f"{each.doubt:.2f}"] for each in found.suspects[:_SHOWN]]
        print_table(["likely wrong", "label", "label of neighbours", "doubt"], rows, right=["doubt"])


def _copies(sets: tuple[Duplicates, ...]) -> str:
    copies = sum(len(each.samples) - 1 for each in sets)
    return f"{copies} (of {len(sets)} samples)" if copies else "0"


def _remarks(found: Inspection) -> Iterator[str]:
    yield from _first([f"unusable: {each.name}: {each.reason}" for each in found.set_aside])
    yield from _first(
        [f"labelled {' and '.join(each.classes)}: {', '.join(each.samples)}" for each in found.mislabelled]
    )
    yield from _first([f"in {' and '.join(each.splits)}: {', '.join(each.samples)}" for each in found.leaks])
    yield from _first(list(found.notes))
    if found.suspects is not None and len(found.suspects) > _SHOWN:
        yield f"… and {len(found.suspects) - _SHOWN} more likely wrong labels: `--json` lists all"
    if found.problem:
        yield f"cannot train on these data: {found.problem}"


def _first(lines: list[str]) -> Iterator[str]:
    yield from lines[:_SHOWN]
    if len(lines) > _SHOWN:
        yield f"… and {len(lines) - _SHOWN} more: `--json` lists all"
