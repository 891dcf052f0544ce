"""Learning curves of several runs on common axes, as SVG whose lines a page can hide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from tlzoo.printable import printable

__all__ = ["RunCurve", "run_colour", "run_curves"]

_WIDTH, _HEIGHT = 760, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 12, 12, 40
_TICKS = 5
_MOST_PANELS = 4
_GOLDEN_ANGLE = 137.508
_ENDS = 2
_LARGEST = 1e100
"""Larger values are not drawn: the extent of an axis must be finite."""


@dataclass(frozen=True, slots=True)
class RunCurve:
    """The curves of one run: points (epoch, value) by metric. ``key`` connects its lines with the rest of a page."""

    key: int
    name: str
    points: Mapping[str, Sequence[tuple[float, float]]]


def run_colour(key: int) -> str:
    """Return the CSS colour of a run; neighbours have very different hues."""
    return f"hsl({(210 + key * _GOLDEN_ANGLE) % 360:.0f} 62% 50%)"


def run_curves(curves: Sequence[RunCurve], unit: str = "epoch") -> list[tuple[str, str]]:
    """Return the title and the SVG of a panel for each metric, at most four, validation metrics first.

    Args:
        curves: The runs.
        unit: Name of the horizontal axis.

    Returns:
        Titles and SVG elements; empty if no run has points.
    """
    names = list(dict.fromkeys(name for each in curves for name in each.points))
    names.sort(key=lambda name: not name.startswith("val_"))  # stable
    return [(_title(name), _panel(name, curves, unit)) for name in names[:_MOST_PANELS]]


def _title(name: str) -> str:
    return name.replace("val_", "validation ", 1).replace("_", " ") if name.startswith("val_") else f"training {name}"


def _panel(name: str, curves: Sequence[RunCurve], unit: str) -> str:
    drawn = [
        (each, [point for point in each.points.get(name, ()) if all(abs(at) <= _LARGEST for at in point)])
        for each in curves
    ]
    points = [point for _, own in drawn for point in own]
    across, along = _ticks((x for x, _ in points), whole=True), _ticks(y for _, y in points)
    width, height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            _LEFT + width * (x - across[0]) / (across[-1] - across[0]),
            _TOP + height * (1 - (y - along[0]) / (along[-1] - along[0])),
        )

    parts = []
    for value in along:
        _, y = place(across[0], value)
        parts.append(f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:.4g}</text>')
    for value in across:
        x, _ = place(value, along[0])
        parts.append(f'<text x="{x:.1f}" y="{_HEIGHT - 20}" text-anchor="middle">{value:g}</text>')
    parts.append(f'<text x="{_LEFT + width / 2}" y="{_HEIGHT - 2}" text-anchor="middle">{escape(unit)}</text>')
    for each, own in drawn:
        if not own:
            continue
        path = " ".join("{:.1f},{:.1f}".format(*place(*point)) for point in own)
        title = f"<title>{escape(printable(each.name))}</title>"
        x, y = place(*own[-1])
        parts.append(
            f'<g class="run" data-run="{each.key}">{title}'
            f'<polyline class="line" points="{path}" stroke="{run_colour(each.key)}"/>'
            f'<circle class="sample" cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{run_colour(each.key)}"/></g>'
        )
    label = escape(f"{_title(name)} over {unit}s of {sum(1 for _, own in drawn if own)} runs")
    return f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def _ticks(values: Iterable[float], *, whole: bool = False) -> list[float]:
    """Return round values that enclose these, at least two."""
    from matplotlib.ticker import MaxNLocator

    known = list(values) or [0.0]
    low, high = min(known), max(known)
    if low == high:
        low, high = low - (abs(low) / 10 or 1), high + (abs(high) / 10 or 1)
    ticks: list[float] = [float(each) for each in MaxNLocator(_TICKS, integer=whole).tick_values(low, high)]
    return ticks if len(ticks) >= _ENDS else [low, high]
