"""Plot of the ROC and precision-recall curves of all classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from tlzoo.evaluation.svg import ACCENT, MUTED, style, svg

if TYPE_CHECKING:
    import numpy as np

__all__ = ["ClassPoints", "class_curves_plot"]

_MOST_CLASSES = 50
_GRID = 201


class ClassPoints(NamedTuple):
    """The points of the curves of one class against the others, from the highest threshold to the lowest."""

    false_positive_rate: np.ndarray
    recall: np.ndarray
    precision: np.ndarray


def class_curves_plot(classes: Sequence[ClassPoints]) -> str:
    """Return the SVG of both curves: a pale line per class, and a strong one for the mean of all classes.

    Pale lines are left out for more than 50 classes.

    Args:
        classes: The points of each class.

    Returns:
        An SVG element; an empty string without classes.
    """
    import numpy as np
    from matplotlib.figure import Figure

    if not classes:
        return ""
    figure = Figure(figsize=(8.6, 3.9), layout="constrained")
    left, right = figure.subplots(1, 2)
    grid = np.linspace(0, 1, _GRID)
    rates, precisions = [], []
    for each in classes:
        rate = np.append(0.0, each.false_positive_rate), np.append(0.0, each.recall)
        highest = np.maximum.accumulate(each.precision[::-1])[::-1]  # the best with at least this recall
        rates.append(np.interp(grid, *rate))
        precisions.append(np.interp(grid, each.recall, highest))
        if 1 < len(classes) <= _MOST_CLASSES:
            pale = {"color": ACCENT, "alpha": 0.25, "linewidth": 1.0}
            left.plot(*rate, **pale)
            right.plot(each.recall, highest, **pale)
    left.plot((0, 1), (0, 1), color=MUTED, linewidth=1.3, linestyle=":")
    left.plot(grid, np.mean(rates, axis=0), color=ACCENT, linewidth=2.0)
    right.plot(grid, np.mean(precisions, axis=0), color=ACCENT, linewidth=2.0)
    names = ("false positive rate", "true positive rate"), ("recall", "precision")
    for panel, (across, up) in zip((left, right), names, strict=True):
        style(panel)
        panel.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
        panel.set_xlabel(across, color=MUTED)
        panel.set_ylabel(up, color=MUTED)
    return svg(figure, f"ROC and precision-recall curves of {len(classes)} classes against the others, and their mean")
