"""Plot of metrics over several runs: a dot for each run, the mean and its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tlzoo.evaluation.svg import ACCENT, INK, LINE, MUTED, clean, style, svg

__all__ = ["RunValues", "interval_plot"]

_WIDTH, _ROW = 8.6, 1.1
"""Of the figure, and of one metric, in inches."""
_OF_DOTS, _OF_MEAN = 0.25, -0.25
"""Heights in a row."""


class RunValues(NamedTuple):
    """The values of a metric by run, with mean and interval, if defined. Shares are drawn in percent."""

    name: str
    unit: str
    values: Sequence[float]
    mean: float
    interval: tuple[float, float] | None


def interval_plot(metrics: Sequence[RunValues]) -> str:
    """Return the SVG of metrics over the runs of a set: a panel per metric.

    Args:
        metrics: The metrics.

    Returns:
        An SVG element; an empty string without metrics.
    """
    from matplotlib.figure import Figure

    if not metrics:
        return ""
    figure = Figure(figsize=(_WIDTH, 0.3 + _ROW * len(metrics)), layout="constrained")
    panels = figure.subplots(len(metrics), 1, squeeze=False)[:, 0]
    for panel, each in zip(panels, metrics, strict=True):
        style(panel)
        scale = 100 if each.unit == "share" else 1
        panel.scatter([scale * value for value in each.values], [_OF_DOTS] * len(each.values), s=26, color=ACCENT)
        if each.interval is not None:
            panel.plot([scale * end for end in each.interval], [_OF_MEAN] * 2, color=INK, linewidth=2)
        panel.scatter([scale * each.mean], [_OF_MEAN], s=40, color=INK, zorder=3)
        panel.set_ylim(-1, 1)
        panel.set_yticks([])
        panel.spines["left"].set_visible(False)
        panel.grid(axis="x", color=LINE, linewidth=0.6)
        panel.set_axisbelow(True)
        panel.set_xlabel(clean(each.name) + (" in %" if scale != 1 else ""), color=MUTED)
    names = " and ".join(clean(each.name) for each in metrics)
    return svg(figure, f"{names} of each run, with mean and 95 % interval")
