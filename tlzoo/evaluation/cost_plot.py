"""Plot of exported files: accuracy over milliseconds and megabytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tlzoo.evaluation.svg import ACCENT, INK, LINE, MUTED, clean, style, svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["cost_plot"]

_WIDTH, _HEIGHT = 8.6, 2.6
"""Of the figure in inches, without labels."""
_ROW = 12.0
"""Height of a row of labels in points."""
_LETTER = 4.6
"""Mean width of a letter in points, at the size of the labels."""
_SIZE = 8
_ABOVE = 7.0
"""Distance of the first row from its points."""
_POINTS_AN_INCH = 72
_LEAST_SPAN = 0.01
"""Smallest range of the accuracies, so that one sample does not fill the panel."""


def cost_plot(points: Sequence[tuple[str, Any, Any, int]], what: str) -> str:
    """Return the SVG of accuracy, or another figure, over milliseconds and over megabytes, on logarithmic axes.

    Labels of close points are stacked above them, each with a line to its point.

    Args:
        points: Name, figure, milliseconds and bytes of each file.
        what: Name of the figure; an accuracy is shown in percent.

    Returns:
        An SVG element; an empty string for fewer than two points.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullLocator

    if len(points) < 2:  # noqa: PLR2004
        return ""
    height = _HEIGHT + len(points) * _ROW / _POINTS_AN_INCH
    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    values = [float(each[1]) for each in points]
    least = _LEAST_SPAN if what == "accuracy" else (max(values) or 1.0) / 10
    span = max(max(values) - min(values), least)
    bottom = max(values) - span
    left.set_ylim(bottom - span / 10, max(values) + span * len(points) * _ROW / _POINTS_AN_INCH / (_HEIGHT - 1))
    for panel, label, costs in (
        (left, "milliseconds for one sample", [float(each[2]) for each in points]),
        (right, "megabytes", [each[3] / 1e6 for each in points]),
    ):
        style(panel)
        panel.scatter(costs, values, s=28, color=ACCENT, linewidths=0, zorder=3)
        panel.set_xscale("log")
        panel.set_xlim(min(costs) / 1.6, max(costs) * 1.6)
        panel.set_xlabel(f"{label}, logarithmic", color=MUTED)
        panel.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        panel.xaxis.set_minor_locator(NullLocator())
        panel.xaxis.set_major_formatter("{x:g}")
    left.set_ylabel(what, color=MUTED)
    if what == "accuracy":
        left.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g} %" if value <= 1 else "")
    figure.draw_without_rendering()  # places of points are known afterwards
    for panel, costs in ((left, [each[2] for each in points]), (right, [each[3] / 1e6 for each in points])):
        _label(panel, [each[0] for each in points], costs, values)
    return svg(figure, f"{what} of {len(points)} exported files over milliseconds and megabytes")


class _Box(NamedTuple):
    """The place of a label, or of a point, in points."""

    left: float
    right: float
    bottom: float
    top: float

    def meets(self, other: _Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top
        )


def _label(panel: Axes, names: Sequence[str], costs: Sequence[float], values: Sequence[float]) -> None:
    """Write the names above the points, each in the lowest row where it covers nothing."""
    scale = _POINTS_AN_INCH / panel.figure.dpi
    places = [tuple(scale * panel.transData.transform(each)) for each in zip(costs, values, strict=True)]
    edges = panel.get_window_extent()
    taken = [_Box(x - 4, x + 4, y - 4, y + 4) for x, y in places]
    for at in sorted(range(len(names)), key=lambda each: (-places[each][1], places[each][0])):
        x, y = places[at]
        half = len(names[at]) * _LETTER / 2
        middle = min(max(x, scale * edges.x0 + half), max(scale * edges.x1 - half, scale * edges.x0 + half))
        row = 0
        while (
            box := _Box(middle - half, middle + half, y + _ABOVE + row * _ROW, y + _ABOVE + (row + 1) * _ROW)
        ) and any(box.meets(each) for each in taken):
            row += 1
        taken.append(box)
        line = {"arrowstyle": "-", "color": LINE, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 3} if row else None
        panel.annotate(
            clean(names[at]),
            (costs[at], values[at]),
            (middle - x, box.bottom - y),
            textcoords="offset points",
            ha="center",
            fontsize=_SIZE,
            color=INK,
            arrowprops=line,
        )
