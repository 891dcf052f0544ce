"""``tlzoo runs compare``: runs compared on the same test samples."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.cli.output import counted, print_json, print_line, print_table
from tlzoo.cli.progress import progress_for
from tlzoo.cli.results import number, percent
from tlzoo.durations import format_duration
from tlzoo.errors import UsageError
from tlzoo.process.memory import format_bytes

if TYPE_CHECKING:
    from tlzoo.progress import Progress
    from tlzoo.runs import RunComparison
    from tlzoo.runs.comparison.differences import FigureDifference, Figures
    from tlzoo.tasks import Measure

__all__ = ["add_compare_arguments", "run_compare"]

_SHOWN = 10
"""Rows of a list of samples."""


def add_compare_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the runs."""
    parser.add_argument("run_folders", nargs="*", type=Path, metavar="RUN", help="folder of a finished run")
    parser.add_argument(
        "--by", metavar="COLUMN", help="also compare subgroups: a column of a table, or folder2 for nested folders"
    )
    what = "write a page with curves and changed samples; without RUN, of all runs in the folder"
    parser.add_argument("--html", type=Path, metavar="FILE", help=what)


def run_compare(arguments: argparse.Namespace) -> None:
    """Compare the runs and print recipe fields, figures, differences, changed answers and costs.

    Without runs, a page of all runs in the folder is written.
    """
    import tlzoo

    progress = progress_for(quiet=arguments.quiet)
    if arguments.html is not None and not arguments.run_folders:
        _write_page_of_all(arguments, progress)
        return
    found = tlzoo.compare_runs(arguments.run_folders, by=arguments.by, html=arguments.html, progress=progress)
    if arguments.json:
        print_json(found.to_json())
        return
    print_comparison(found)


def _write_page_of_all(arguments: argparse.Namespace, progress: Progress) -> None:
    import tlzoo

    if arguments.by is not None:
        raise UsageError("--by needs the runs to compare", "name them, as in `tlzoo runs compare RUN RUN --by COLUMN`")
    runs = tlzoo.find_runs(arguments.out)
    if not runs and not runs.sets:
        raise UsageError(f"no runs in {arguments.out}/", "give another folder with --out")
    runs.write_page(arguments.html, progress=progress)
    if arguments.json:
        print_json(runs.to_records())
        return
    sets = f" and {counted(len(runs.sets), 'run set', 'run sets')}" if runs.sets else ""
    print_line(f"{counted(len(runs), 'run', 'runs')}{sets} in {arguments.html}")


def print_comparison(found: RunComparison) -> None:
    """Print a comparison as tables."""
    letters = [each.letter for each in found.runs]
    print_table(("", "run"), [(each.letter, str(each.run.path)) for each in found.runs])
    print_line()
    fields = [(name, *map(_plain, values)) for name, values in found.recipe.items()]
    if fields:
        print_table(("recipe", *letters), fields)
    else:
        print_line("the recipes are equal")
    print_line(f"\n{counted(found.samples, 'test sample', 'test samples')} of {found.runs[0].recipe.data}\n")
    overall = [(_row(measure, found.figures.of_runs(at))) for at, measure in _overall(found.figures)]
    print_table(("figure", *letters), [*overall, *_costs(found)], right=letters)
    pairs = found.shown_pairs
    print_line()
    shown = [each for each in found.figures.differences if each.measure.row is None]
    print_table(
        ("difference", "figure", "value", "95 % interval", "p"),
        [(f"{each.second} - {each.first}", *_difference(each)) for each in shown if (each.first, each.second) in pairs],
        right=("value", "p"),
    )
    best = f"{found.runs[found.order[0]].letter}, the best run"
    if len(pairs) < len(found.differences):
        print_line(f"only pairs with {best}, are shown; --json has all")
    elif len(pairs) < math.comb(len(letters), 2):
        print_line(f"only pairs with {best}, are compared")
    _print_rows(found)
    _print_groups(found)
    _print_changes(found)
    print_line()
    for each in found.differences:
        if (each.first, each.second) in pairs:
            print_line(f"{found.score.title}: {each.verdict}")


def _overall(figures: Figures) -> Iterator[tuple[int, Measure]]:
    return ((at, each) for at, each in enumerate(figures.measures) if each.row is None)


def _row(measure: Measure, values: Iterable[Any]) -> tuple[str, ...]:
    return (measure.title, *(_value(measure, each) for each in values))


def _value(measure: Measure, value: float) -> str:
    known = None if value != value else value  # noqa: PLR0124 - NaN
    return percent(known) if measure.unit == "share" else number(known)


def _costs(found: RunComparison) -> Iterator[tuple[str, ...]]:
    def of(title: str, name: str, form: Any) -> tuple[str, ...]:
        return (title, *("-" if each[name] is None else form(each[name]) for each in found.costs))

    yield of("time", "seconds", format_duration)
    yield of("model", "model_bytes", format_bytes)
    yield of("memory", "memory_bytes", format_bytes)


def _difference(each: FigureDifference) -> tuple[str, str, str, str]:
    value, interval, p_value = each.difference.value, each.difference.interval, each.difference.p_value
    undefined = value != value  # noqa: PLR0124 - NaN
    return (
        each.measure.title,
        "-" if undefined else each.amount(value),
        "-" if interval is None else f"{each.amount(interval[0], unit=False)} to {each.amount(interval[1])}",
        "-" if p_value is None else f"{p_value:.2g}",
    )


def _print_rows(found: RunComparison) -> None:
    """Print the figures of each class or target, with the difference of two runs."""
    rows = found.figures.of_rows()
    if not rows:
        return
    letters, measures = [each.letter for each in found.runs], found.figures.measures
    columns = [f"{measures[at].title} {letter}" for at in next(iter(rows.values())) for letter in letters]
    cells = [
        (name, *(_value(measures[at], each) for at in places for each in found.figures.of_runs(at)))
        for name, places in rows.items()
    ]
    print_line()
    print_table(("class or target", *columns), cells, right=columns)
    for each in found.figures.differences:
        if each.measure.row is not None and each.difference.is_significant:
            print_line(f"{each.measure.row}, {each.measure.title}: {each.verdict}")


def _print_groups(found: RunComparison) -> None:
    """Print the score in each subgroup, with the differences."""
    if not found.groups:
        return
    letters = [each.letter for each in found.runs]
    pairs = found.shown_pairs
    columns = [f"{second} - {first}" for first, second in sorted(pairs)]
    rows = []
    for group in found.groups:
        score = group.figures.measures[0]
        differences = {(each.first, each.second): each for each in group.figures.differences if each.measure is score}
        cells = [_difference(differences[pair]) for pair in sorted(pairs)]
        values = (_value(score, each) for each in group.figures.of_runs(0))
        rows.append((group.value, str(group.count), *values, *(f"{value} ({around})" for _, value, around, _ in cells)))
    print_line(f"\n{found.score.title} by {found.by}")
    print_table((str(found.by), "samples", *letters, *columns), rows, right=("samples", *letters))


def _print_changes(found: RunComparison) -> None:
    changes, letters = found.changes, [each.letter for each in found.runs]
    print_line(f"\n{changes.count:,} of {counted(found.samples, 'sample has', 'samples have')} different answers")
    if changes.count:
        print_table(
            ("sample", "label", *letters),
            [(each.name, each.label, *each.answers) for each in changes.samples[:_SHOWN]],
        )
    if changes.count > _SHOWN:
        print_line(f"… and {changes.count - _SHOWN:,} more: --json has all")


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "-" if value is None else str(value)
