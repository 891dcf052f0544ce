"""``tlzoo runs``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tlzoo.cli.output import note, print_json, print_table
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.results import number, percent, print_result
from tlzoo.cli.run_sets import print_run_set
from tlzoo.errors import UsageError

from .runs_compare import add_compare_arguments, run_compare

EXAMPLE = """\
tlzoo runs
tlzoo runs show runs/20260102-030405-glyphnet-digits-multi-step
tlzoo runs compare RUN RUN
tlzoo runs compare --html runs.html"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the folder, and the actions; the default is ``list``."""
    _folder_argument(parser, Path("runs"))
    common_arguments(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    listing = actions.add_parser("list", help="list the runs of a folder (default)")
    _folder_argument(listing, argparse.SUPPRESS)
    showing = actions.add_parser("show", help="show one run or run set")
    showing.add_argument("run_folder", type=Path, metavar="RUN", help="run or run set to show")
    comparing = actions.add_parser("compare", help="compare runs on the same test samples")
    add_compare_arguments(comparing)
    _folder_argument(comparing, argparse.SUPPRESS)
    for each in (listing, showing, comparing):
        common_arguments(each, default=argparse.SUPPRESS)


def _folder_argument(parser: argparse.ArgumentParser, default: Any) -> None:
    parser.add_argument(
        "--out", type=Path, default=default, metavar="FOLDER", help="folder of the runs; default: runs/"
    )


def run(arguments: argparse.Namespace) -> None:
    """List the runs of a folder, show one run or run set, or compare runs."""
    from tlzoo.runs import find_run_sets, find_runs
    from tlzoo.runs.records import run_record, set_record

    if arguments.action == "compare":
        run_compare(arguments)
        return
    if arguments.action == "show":
        _show(arguments.run_folder, as_json=arguments.json)
        return
    if arguments.out.is_file():
        raise UsageError(f"{arguments.out} is a file, not a folder of runs", "give a folder with --out")
    found = [
        *(run_record(each, plugins=False) for each in find_runs(arguments.out)),
        *map(set_record, find_run_sets(arguments.out)),
    ]
    found.sort(key=lambda each: str(each["run"]))
    if arguments.json:
        print_json(found)
    elif not found:
        note(f"no runs in {arguments.out}/", quiet=arguments.quiet)
    else:
        _print_list(found, quiet=arguments.quiet)


def _show(path: Path, *, as_json: bool) -> None:
    from tlzoo.runs import Run, RunFolder, RunSet, is_run_set
    from tlzoo.runs.records import known_shape

    if is_run_set(path):
        run_set = RunSet(path)
        with known_shape(run_set):
            found = dict(run_set.result)
            print_json(found) if as_json else print_run_set(found)
        return
    run = Run(path)
    RunFolder.open(run.path)
    with known_shape(run):
        print_json(dict(run.result)) if as_json else print_result(run.result)


def _print_list(found: list[dict[str, Any]], *, quiet: bool) -> None:
    """Print the table of runs and run sets, with the errors of unreadable ones."""
    columns: tuple[str, ...] = ("run", "backbone", "data", "strategy", "accuracy", "macro_f1", "other", "seconds")
    rows = [_row(each) for each in found]
    if any("runs" in each for each in found):
        columns = (*columns[:4], "runs", *columns[4:])
        rows = [(*row[:4], str(each.get("runs", "")), *row[4:]) for row, each in zip(rows, found, strict=True)]
    if not any(row[-2] for row in rows):
        columns, rows = (*columns[:-2], columns[-1]), [(*row[:-2], row[-1]) for row in rows]
    print_table(columns, rows, right=("runs", "accuracy", "macro_f1", "seconds"))
    for each in found:
        if "error" in each:
            note(f"tlzoo: {each['error']}")
    if unfinished := next((each["run"] for each in found if not each["finished"] and "error" not in each), None):
        note(f"runs without metrics are not finished; to resume one: `tlzoo resume {unfinished}`", quiet=quiet)


_COLUMNS = ("accuracy", "macro_f1")
"""Metrics with their own columns; other metrics share one column."""


def _share(value: float | None, interval: Sequence[float] | None) -> str:
    """Return a share in percent, with the interval of a mean."""
    if interval is None:
        return percent(value)
    low, high = (f"{100 * end:.1f}" for end in interval)
    return f"{percent(value)} ({low} to {high})"


def _others(test: dict[str, float | None]) -> str:
    names = [name for name in test if name not in _COLUMNS] if test.get("accuracy") is None else []
    return ", ".join(f"{name.replace('_', ' ')} {number(test[name])}" for name in names)


def _row(line: dict[str, Any]) -> tuple[str, ...]:
    figures: tuple[str, ...] = ("", "", "", "")
    if line["finished"]:
        test = line["test"]
        shares = [_share(test.get(name), line.get("interval", {}).get(name)) for name in _COLUMNS]
        figures = *shares, _others(test), f"{line['seconds']:.1f}"
    return line["run"], *(line.get(key, "") for key in ("backbone", "data", "strategy")), *figures
