"""Ranking as CSV: one row per entry, in order."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.files.atomic import write_text
from tlzoo.printable import printable

if TYPE_CHECKING:
    from tlzoo.zoo.ranking.result import Ranking

__all__ = ["write_csv"]


def write_csv(path: Path, found: Ranking) -> None:
    """Write rank, id, group, every score with its interval, costs and published metrics; unknown values are empty.

    Names come from plugins' registries; names that a spreadsheet would treat as formulas are written as text.
    """
    names = found.score_names
    costs = list(dict.fromkeys(name for each in found.entries for name in each.cost))
    reported = sorted({name for each in found.entries for name in each.reported})
    columns = ["place", "id", "group", "front", "samples"]
    columns += [column for name in names for column in (name, f"{name} low", f"{name} high")]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([_text(name) for name in (*columns, *costs, *reported)])
    for place, each in enumerate(found.entries, 1):
        figures = [
            value
            for name in names
            for value in (each.scores.get(name), *each.intervals.get(name, (float("nan"), float("nan"))))
        ]
        row = [place, _text(each.id), each.group, "yes" if each.front else "no", each.samples]
        row += [*map(_cell, figures), *(_cell(each.cost.get(name)) for name in costs)]
        writer.writerow([*row, *(_cell(each.reported.get(name)) for name in reported)])
    write_text(path, stream.getvalue())


def _text(name: str) -> str:
    """Return a printable name, with an apostrophe before a formula: a spreadsheet would compute ``=1+1``.

    A carriage return is replaced, because the csv module does not quote it and some readers would end the row.
    """
    shown = printable(name, one_line=True)
    return f"'{shown}" if shown[:1] in _FORMULA else shown


_FORMULA = ("=", "+", "-", "@")


def _cell(value: float | None) -> str:
    return "" if value is None or not math.isfinite(value) else f"{value:.10g}"
