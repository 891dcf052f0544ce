"""Ranking as CSV: one row per entry, in order."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.files.table_file import text_cell, write_rows

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
    rows: list[list[object]] = [[text_cell(name) for name in (*columns, *costs, *reported)]]
    for place, each in enumerate(found.entries, 1):
        figures = [
            value
            for name in names
            for value in (each.scores.get(name), *each.intervals.get(name, (float("nan"), float("nan"))))
        ]
        row = [place, text_cell(each.id), each.group, "yes" if each.front else "no", each.samples]
        row += [*map(_cell, figures), *(_cell(each.cost.get(name)) for name in costs)]
        rows.append([*row, *(_cell(each.reported.get(name)) for name in reported)])
    write_rows(path, rows)


def _cell(value: float | None) -> str:
    return "" if value is None or not math.isfinite(value) else f"{value:.10g}"
