"""The exported files of a run, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

from tlzoo.runs.exporting.measuring import Exported
from tlzoo.runs.exporting.summary import summary_plot
from tlzoo.tabular import Table, Tabular

__all__ = ["Exports"]

_NUMBERS = ("MB", "ms", "ms in batches", "memory MB", "accuracy", "drop, at most", "score", "difference", "changed")


@dataclass(frozen=True, repr=False)
class Exports(Tabular, Sequence[Exported]):
    """Exported files in the order of the formats, in ``folder``. ``plot`` is an SVG of accuracy against cost."""

    folder: Path
    items: tuple[Exported, ...]

    @overload
    def __getitem__(self, index: int) -> Exported: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Exported]: ...
    def __getitem__(self, index: int | slice) -> Exported | Sequence[Exported]:
        """Return the file at a position, or several."""
        return self.items[index]

    def __len__(self) -> int:
        """Return the number of files."""
        return len(self.items)

    def to_records(self) -> list[dict[str, Any]]:
        """Return the output of ``tlzoo export --json``."""
        return [each.to_json() for each in self.items]

    def table(self) -> Table:
        """Return the measurements, without columns that no file has."""
        rows = [_row(each) for each in self.items]
        names = [name for name in ("format", *_NUMBERS, "file") if any(row.get(name) for row in rows)]
        return Table(names, [[row.get(name, "") for name in names] for row in rows], frozenset(_NUMBERS))

    @property
    def plot(self) -> str:
        """An SVG of accuracy, or of the largest difference, against milliseconds and bytes; empty for one file."""
        return summary_plot(self.to_records())


def _row(each: Exported) -> dict[str, str]:
    cells = {"format": each.format, "MB": f"{each.bytes / 1e6:.2f}", "file": str(each.path)}
    if each.milliseconds is not None and each.batch_milliseconds is not None:
        cells |= {"ms": f"{each.milliseconds:.2f}", "ms in batches": f"{each.batch_milliseconds:.2f} (of {each.batch})"}
    if each.peak_bytes is not None:
        cells["memory MB"] = f"{each.peak_bytes / 1e6:.0f}"
    if each.accuracy is not None and each.drop is not None:
        cells |= {"accuracy": f"{each.accuracy:.2%}", "drop, at most": f"{each.drop.upper:+.2%}"}
    elif each.score is not None and each.run_score is not None:
        cells["score"] = f"{each.score:.4g} (run: {each.run_score:.4g})"
    if each.difference is not None:
        cells["difference"] = f"{each.difference:.2g}"
    if each.changed is not None:
        cells["changed"] = f"{each.changed:.3g}"
    return cells
