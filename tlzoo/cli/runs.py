"""``tlzoo runs``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tlzoo.cli.output import print_json, print_table
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.results import percent, print_result
from tlzoo.errors import RunError, UsageError

EXAMPLE = """\
tlzoo runs
tlzoo runs show runs/20260102-030405-glyphnet-digits-multi-step"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what to show."""
    parser.add_argument("action", nargs="?", choices=["show"], help="show one run instead of listing all")
    parser.add_argument("run_folder", nargs="?", type=Path, metavar="RUN", help="the run to show")
    parser.add_argument(
        "--out", type=Path, default=Path("runs"), metavar="FOLDER", help="where the runs are (default runs/)"
    )
    common_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    """List the runs of a folder, or show one."""
    from tlzoo.runs import Run, find_runs

    if arguments.action == "show":
        if arguments.run_folder is None:
            raise UsageError("`tlzoo runs show` needs a run", "`tlzoo runs` lists them")
        result = dict(Run(arguments.run_folder).result)
        print_json(result) if arguments.json else print_result(result)
        return
    found = [_line(each) for each in find_runs(arguments.out)]
    if arguments.json:
        print_json(found)
    elif not found:
        print_table((f"no runs in {arguments.out}/",), [])
    else:
        columns = ("run", "backbone", "data", "strategy", "accuracy", "macro_f1", "seconds")
        print_table(columns, [_row(each) for each in found], right=("accuracy", "macro_f1", "seconds"))


def _line(run: Any) -> dict[str, Any]:
    try:
        result = run.result
    except RunError:
        return {"run": str(run.path), "finished": False}
    keys = ("run", "backbone", "data", "strategy", "head", "seed", "weights", "seconds")
    test = {"accuracy": result["test"]["accuracy"], "macro_f1": result["test"]["macro_f1"]}
    return {"finished": True} | {key: result[key] for key in keys} | {"test": test}


def _row(line: dict[str, Any]) -> tuple[str, ...]:
    if not line["finished"]:
        return line["run"], "", "", "not finished: `tlzoo resume` goes on", "", "", ""
    test = line["test"]
    figures = percent(test["accuracy"]), percent(test["macro_f1"]), f"{line['seconds']:.1f}"
    return line["run"], line["backbone"], line["data"], line["strategy"], *figures
