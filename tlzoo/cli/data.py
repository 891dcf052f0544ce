"""``tlzoo data``: what is in a data set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .output import counted, note, print_json, print_table
from .parsing import common_arguments
from .progress import progress_for
from .quiet_import import import_tensorflow

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator

    from tlzoo.data import Inspection, Spread

EXAMPLE = "tlzoo data inspect images:photos/"

_SHOWN = 10


def add_arguments(parser: ArgumentParser) -> None:
    """Add ``inspect``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    inspecting = actions.add_parser("inspect", help="count classes, sizes, formats, unreadable files and duplicates")
    inspecting.add_argument("source", metavar="SOURCE", help="such as 'images:photos/', 'arrays:set.npz' or 'digits:'")
    common_arguments(inspecting)


def run(arguments: Namespace) -> None:
    """Open the source and print what is in it."""
    import_tensorflow()
    from tlzoo.data import inspect
    from tlzoo.runs import open_source

    found = inspect(open_source(arguments.source, progress_for(quiet=arguments.quiet)))
    if arguments.json:
        print_json(found.as_json())
        return
    for line in _facts(found):
        print(line)
    print()
    splits = list(found.given)
    rows = [[each.name, str(each.samples), *(str(each.given[name]) for name in splits)] for each in found.classes]
    print_table(["class", "samples", *splits], rows, right=["samples", *splits])
    for line in _remarks(found):
        note(line, quiet=arguments.quiet)


def _facts(found: Inspection) -> Iterator[str]:
    what = f"{found.modality}, {found.task}"
    yield f"{found.source} holds {found.samples} samples in {counted(len(found.classes), 'class', 'classes')} ({what})"
    if found.images:
        yield f"height: {_pixels(found.images.height)}; width: {_pixels(found.images.width)}"
        yield "formats: " + ", ".join(f"{name} {count}" for name, count in found.images.formats.items())
    if found.given:
        yield "declared splits: " + ", ".join(f"{name} {count}" for name, count in found.given.items())
    yield f"set aside: {len(found.set_aside)}"
    copies = sum(len(each.samples) - 1 for each in found.duplicates)
    yield f"exact duplicates: {copies}" + (f", of {len(found.duplicates)} samples" if copies else "")
    yield f"fingerprint: {found.fingerprint}"


def _pixels(spread: Spread) -> str:
    return f"{spread.min} to {spread.max} pixels, median {spread.median:g}"


def _remarks(found: Inspection) -> Iterator[str]:
    yield from _first([f"set aside: {each.name}: {each.reason}" for each in found.set_aside])
    yield from _first(
        [f"labelled {' and '.join(each.classes)}: {', '.join(each.samples)}" for each in found.mislabelled]
    )
    yield from _first([f"in {' and '.join(each.splits)}: {', '.join(each.samples)}" for each in found.leaks])
    yield from _first(list(found.notes))
    if found.problem:
        yield f"this cannot be trained on: {found.problem}"


def _first(lines: list[str]) -> Iterator[str]:
    yield from lines[:_SHOWN]
    if len(lines) > _SHOWN:
        yield f"… and {len(lines) - _SHOWN} more: `--json` has them all"
