"""Output of run sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tlzoo.cli.output import print_line, print_table

__all__ = ["print_run_set"]


def print_run_set(result: Mapping[str, Any]) -> None:
    """Print the test metrics of each run, and their mean, spread and interval."""
    from tlzoo.runs.run_sets.report import metric_text, set_notes

    count, of_seeds = len(result["runs"]), result["seeds"] is not None
    augmented = "" if result.get("augment", "none") == "none" else f", augmentation {result['augment']}"
    how = f"strategy {result['strategy']}, head {result['head']}{augmented}"
    print_line(f"{result['backbone']} on {result['data']} ({how}), {count} {'seeds' if of_seeds else 'folds'}\n")
    units = result["units"]
    rows = [
        (
            str(each["seed"] if of_seeds else each["fold"]),
            *(metric_text(each["test"].get(name), unit) for name, unit in units.items()),
            f"{each['seconds']:.1f}",
        )
        for each in result["runs"]
    ]
    rows += [
        (title, *(metric_text(result[title][name], unit) for name, unit in units.items()), "")
        for title in ("mean", "spread")
    ]
    ends = [
        "-" if (each := result["interval"][name]) is None else " to ".join(metric_text(end, unit) for end in each)
        for name, unit in units.items()
    ]
    rows.append(("95 % interval", *ends, f"{result['seconds']:.1f}"))
    names = [name.replace("_", " ") for name in units]
    print_table(("seed" if of_seeds else "fold", *names, "seconds"), rows, right=(*names, "seconds"))
    print_line()
    for note in set_notes(result):
        print_line(note)
    print_line(f"\nruns     {result['folder']}\nreport   {result['report']}")
