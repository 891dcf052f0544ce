"""Reliability plot: frequencies over probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from tlzoo.evaluation.svg import ACCENT, MUTED, style, svg

if TYPE_CHECKING:
    from tlzoo.tasks import Reliability

__all__ = ["CalibrationLine", "reliability_plot"]

_SIDE = 4.2
_SMALLEST, _LARGEST = 18, 120
"""Areas of points, in square points."""


class CalibrationLine(NamedTuple):
    """Probabilities of the test split, as they are, or before they were calibrated; the log loss is in nats."""

    name: str
    log_loss: float
    reliability: Reliability


def reliability_plot(lines: Sequence[CalibrationLine]) -> str:
    """Return the SVG of a reliability plot: a point per bin, whose area grows with the number of its probabilities.

    Args:
        lines: The probabilities as they are, then those before calibration, if there are any, in grey.

    Returns:
        An SVG element; an empty string without bins.
    """
    from matplotlib.figure import Figure

    if not any(line.reliability.bins for line in lines):
        return ""
    figure = Figure(figsize=(_SIDE, _SIDE), layout="constrained")
    panel = figure.subplots()
    style(panel)
    panel.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
    panel.plot((0, 1), (0, 1), color=MUTED, linewidth=1.3, linestyle=":")
    for order, line in enumerate(lines):
        bins, colour = line.reliability.bins, MUTED if order else ACCENT
        total = sum(each.examples for each in bins)
        areas = [_SMALLEST + (_LARGEST - _SMALLEST) * each.examples / total for each in bins]
        places = [each.probability for each in bins], [each.frequency for each in bins]
        panel.plot(*places, color=colour, linewidth=1.0 if order else 1.8, linestyle="--" if order else "-")
        panel.scatter(*places, s=areas, color=colour, label=line.name, zorder=3 - order)
    panel.set_xlabel("probability", color=MUTED)
    panel.set_ylabel("share that is correct", color=MUTED)
    if len(lines) > 1:
        panel.legend(frameon=False, labelcolor=MUTED, fontsize=9, loc="upper left")
    errors = ", ".join(f"{line.reliability.error:.3f} {line.name}" for line in lines)
    return svg(figure, f"Reliability of probabilities; expected calibration error {errors}")
