"""Metrics of every epoch of a run: by name as in Keras's ``History``, as a table and as a plot."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tlzoo.errors import RunError, UsageError
from tlzoo.files.atomic import write_text
from tlzoo.tabular import Table, Tabular, columns_of, number_text

__all__ = ["History", "Plot"]

_PLACE = "position"
_WORDS = ("phase",)


@dataclass(frozen=True, repr=False)
class History(Tabular, Mapping[str, list[Any]]):
    """The epochs of all phases in order: ``history["val_loss"]`` is a list with one value per epoch.

    ``history["phase"]`` and ``history["epoch"]`` give the position of an epoch. A value is None if a phase does not
    have the metric. ``to_records()`` and ``to_pandas()`` have one row per epoch.
    """

    epochs: tuple[Mapping[str, Any], ...]

    def __getitem__(self, name: str) -> list[Any]:
        """Return the values of a metric over the epochs. Raises KeyError if no epoch has it."""
        if name not in self._names:
            raise KeyError(name)
        return [each.get(name) for each in self.epochs]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the metrics."""
        return iter(self._names)

    def __len__(self) -> int:
        """Return the number of metrics; ``len(history.epochs)`` is the number of epochs."""
        return len(self._names)

    def to_records(self) -> list[dict[str, Any]]:
        """Return one mapping per epoch."""
        return [{name: each.get(name) for name in self._names} for each in self.epochs]

    def table(self) -> Table:
        """Return one row per epoch."""
        names = self._names
        rows = [[number_text(each.get(name)) for name in names] for each in self.epochs]
        return Table(names, rows, frozenset(names) - set(_WORDS))

    def plot(self, *, undone: Collection[str | int] = (), starts: Mapping[int, int] | None = None) -> Plot:
        """Return the curves of all metrics; ``undone`` phases, by name or position, are drawn in a pale colour.

        ``starts`` has the position of the phase that provides the initial weights of each phase, by position; -1 for
        the initial weights of the run. By default, each phase continues the previous one. Raises RunError if no epoch
        has metrics.
        """
        from tlzoo.evaluation import curves_plot

        phases: dict[Any, list[dict[str, float]]] = {}
        titles: dict[Any, str] = {}
        for each in self.epochs:
            place = each.get(_PLACE, each.get("phase"))
            titles[place] = str(each.get("phase", ""))
            phases.setdefault(place, []).append(
                {name: value for name, value in each.items() if isinstance(value, float) or name == "steps"}
            )
        steps = any("steps" in each for each in self.epochs)
        at = {place: index for index, place in enumerate(phases)}
        drawn = [
            (
                titles[place],
                figures,
                titles[place] in undone or place in undone,
                None if starts is None or place not in starts else at.get(starts[place], -1),
            )
            for place, figures in phases.items()
        ]
        svg = curves_plot(drawn, "steps" if steps else "epochs")
        if not svg:
            raise RunError("the run has no metrics of epochs yet", "train at least one epoch")
        return Plot(svg)

    @property
    def _names(self) -> list[str]:
        return [name for name in columns_of(self.epochs) if name != _PLACE]


@dataclass(frozen=True)
class Plot:
    """A plot that a notebook displays. ``svg`` is its text."""

    svg: str

    def save(self, path: str | Path) -> Path:
        """Save the plot to a file with the extension ``.svg``."""
        path = Path(path)
        if path.suffix.lower() != ".svg":
            raise UsageError(f"{path} does not end in .svg", "plots are saved as SVG")
        write_text(
            path,
            self.svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
            if "xmlns=" not in self.svg
            else self.svg,
        )
        return path

    def __repr__(self) -> str:
        """Return how to display the plot."""
        return "<plot: displayed in a notebook; save('plot.svg') writes it to a file>"

    def _repr_html_(self) -> str:
        return self.svg
