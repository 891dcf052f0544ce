"""Plots of a run as SVG, in the colours of their page.

pyplot is not used, so there is no global state and no window system.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from tlzoo.evaluation.svg import ACCENT, INK, LINE, MUTED, SURFACE, clean, style, svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PhaseCurve", "confusion_plot", "curves_plot", "rate_range_plot", "scatter_plot"]

# Maximum number of classes in a matrix: with large letters, with medium letters, with counts, with names.
_ROOMY, _MIDDLING, _COUNTED, _NAMED = 12, 30, 20, 50
_MOST_POINTS = 2000
_MARKED_EPOCHS = 60  # more dots look like a thick line
_DARK_SHADE = 0.55  # above it, white is easier to read on a cell

_RIGHT_RGB, _WRONG_RGB = (0x2F, 0x6F, 0xDE), (0xD9, 0x6B, 0x1C)

_SHARES = ("accuracy", "precision", "recall", "auc", "f1")
_LEAST_SPAN = 0.1  # of an axis of shares, so that a difference of a thousandth does not fill the panel


class PhaseCurve(NamedTuple):
    """The metrics of one phase.

    ``history`` has one mapping of Keras's names per epoch. A ``discarded`` phase is pale: the final weights do not come
    from it. ``after`` is the position of the phase that provides the initial weights: -1 for the run's initial weights,
    None for the previous phase.
    """

    name: str
    history: Sequence[Mapping[str, float]]
    discarded: bool = False
    after: int | None = None


def curves_plot(phases: Sequence[tuple[Any, ...]], unit: Literal["epochs", "passes", "steps"] = "epochs") -> str:
    """Return the SVG of all metrics over all epochs, or passes of a solver: one panel per metric, with both splits.

    A phase is drawn from the end of the phase that it starts from, so that alternatives overlap.

    Args:
        phases: ``PhaseCurve`` objects, or tuples of their fields.
        unit: Unit of the axis. If it is ``"steps"``, the position of a mapping is its own ``steps``, counted from the
            start of its phase.

    Returns:
        An SVG element; an empty string if no phase has metrics.
    """
    from matplotlib.figure import Figure

    curves = [PhaseCurve(*each) for each in phases]
    figures = _figures(curves)
    if not figures:
        return ""
    figure = Figure(figsize=(8.6, 0.7 + 1.9 * len(figures)), layout="constrained")
    panels = figure.subplots(len(figures), 1, sharex=True, squeeze=False)[:, 0]
    for panel, name in zip(panels, figures, strict=True):
        style(panel)
        panel.set_ylabel(name.replace("_", " "), color=MUTED)
        _draw_history(panel, name, curves)
        _limit_axis(panel, name, curves)
    _explain_lines(panels)
    _mark_phases(panels, curves)
    panels[-1].set_xlabel({"epochs": "epoch", "passes": "pass", "steps": "steps"}[unit], color=MUTED)
    panels[-1].xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    panels[-1].xaxis.set_major_formatter("{x:,.0f}")
    return svg(figure, f"Training and validation {' and '.join(figures)} over the {unit} of {len(phases)} phases")


def rate_range_plot(rates: Sequence[float], losses: Sequence[float], suggested: float) -> str:
    """Return the SVG of a learning rate range test.

    Args:
        rates: Learning rates.
        losses: Smoothed loss (nats) at each rate.
        suggested: Suggested learning rate, which is marked.

    Returns:
        An SVG element.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.6, 2.6), layout="constrained")
    panel = figure.subplots()
    style(panel)
    panel.plot(rates, losses, color=ACCENT, linewidth=2.0)
    panel.axvline(suggested, color=MUTED, linewidth=1.3, linestyle=":")
    panel.set_xscale("log")
    panel.set_xlabel(f"learning rate; {suggested:.1e} suggested", color=MUTED)
    panel.set_ylabel("loss", color=MUTED)
    return svg(figure, f"Loss over {len(rates)} steps of rising learning rate; {suggested:.1e} is suggested")


def confusion_plot(confusion: Sequence[Sequence[int]], classes: Sequence[str]) -> str:
    """Return the SVG of a confusion matrix, with true classes as rows.

    The shade of a cell is its share of the row; errors have another, stronger colour. Counts are shown for up to 20
    classes, names for up to 50.

    Args:
        confusion: Counts (classes, classes), true by predicted, for two or more classes.
        classes: Names of the classes.

    Returns:
        An SVG element.
    """
    import numpy as np
    from matplotlib.figure import Figure

    counts = np.asarray(confusion)
    number = len(classes)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    diagonal = np.eye(number, dtype=bool)
    shade = np.where(diagonal, 0.92 * shares, np.where(counts > 0, 0.12 + 0.8 * np.sqrt(shares), 0.0))
    cells = np.zeros((number, number, 4))
    cells[..., :3] = np.where(diagonal[..., np.newaxis], _RIGHT_RGB, _WRONG_RGB) / np.float64(255)
    cells[..., 3] = shade
    cell = min(7.0 / number, max(0.42, min(0.9, 2.4 / number)))
    side = 1.6 + cell * number
    figure = Figure(figsize=(side, side), layout="constrained")
    panel = figure.subplots()
    style(panel)
    panel.imshow(cells, interpolation="none")
    if number <= _COUNTED:
        _write_counts(panel, counts, shade, size=9.5 if number <= _ROOMY else 7.0)
    _name_classes(panel, classes, cell)
    return svg(figure, f"Confusion matrix of {number} classes, rows true, columns predicted")


def scatter_plot(target: str, truth: Sequence[float], predicted: Sequence[float]) -> str:
    """Return the SVG of predictions over true values, on equal axes, and of residuals over predictions.

    If there are more than 2,000 points, an evenly spaced part is drawn.
    """
    import numpy as np
    from matplotlib.figure import Figure

    true, found = np.asarray(truth, np.float64), np.asarray(predicted, np.float64)
    step = -(-len(true) // _MOST_POINTS)
    true, found = true[::step], found[::step]
    figure = Figure(figsize=(8.6, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    dots = {"s": 14, "color": ACCENT, "alpha": max(0.25, min(0.8, 60 / len(true))), "linewidths": 0}
    low, high = min(true.min(), found.min()), max(true.max(), found.max())
    style(left)
    margin = 0.04 * (high - low) or 1.0
    left.set(xlim=(low - margin, high + margin), ylim=(low - margin, high + margin), aspect="equal")
    left.plot((low, high), (low, high), color=MUTED, linewidth=1.3, linestyle=":")
    left.scatter(true, found, **dots)
    left.set_xlabel(f"true {_shorten(clean(target))}", color=MUTED, parse_math=False)
    left.set_ylabel("predicted", color=MUTED)
    style(right)
    right.axhline(0, color=MUTED, linewidth=1.3, linestyle=":")
    right.scatter(found, true - found, **dots)
    right.set_xlabel("predicted", color=MUTED)
    right.set_ylabel("residual: true minus predicted", color=MUTED)
    return svg(figure, f"{len(true)} predictions over the true numbers, and their residuals")


def _figures(curves: Sequence[PhaseCurve]) -> list[str]:
    """Return the names of up to four metrics, most important first."""
    names = {name.removeprefix("val_") for each in curves for epoch in each.history for name in epoch} - {"steps"}
    return sorted(names, key=lambda name: ({"return": 0, "loss": 1, "accuracy": 2}.get(name, 3), name))[:4]


def _spans(curves: Sequence[PhaseCurve]) -> list[tuple[float, float]]:
    """Return the start and end of each phase on the axis; a phase starts at the end of the one that it continues."""
    spans: list[tuple[float, float]] = []
    for position, each in enumerate(curves):
        after = position - 1 if each.after is None else each.after
        begin = spans[after][1] if 0 <= after < position else 0.0
        length = float(each.history[-1].get("steps", len(each.history))) if each.history else 0.0
        spans.append((begin, begin + length))
    return spans


def _draw_history(panel: Axes, name: str, curves: Sequence[PhaseCurve]) -> None:
    """Draw training curves thin and grey, validation curves bold; one line per phase."""
    short = sum(len(each.history) for each in curves) <= _MARKED_EPOCHS
    named = set()
    for (begin, _), each in zip(_spans(curves), curves, strict=True):
        places = [begin + float(line.get("steps", number)) for number, line in enumerate(each.history, start=1)]
        for key, label, colour, width in ((name, "training", MUTED, 1.3), (f"val_{name}", "validation", ACCENT, 2.0)):
            values = _values(each, key)
            if all(map(math.isnan, values)):
                continue
            panel.plot(
                places,
                values,
                color=colour,
                linewidth=width,
                alpha=0.35 if each.discarded else 1.0,
                marker="o" if short else None,
                markersize=width * 1.8,
                label=None if label in named or each.discarded else label,
            )
            named |= set() if each.discarded else {label}


def _values(curve: PhaseCurve, key: str) -> list[float]:
    values = (float(epoch.get(key, math.nan)) for epoch in curve.history)
    return [value if math.isfinite(value) else math.nan for value in values]


def _limit_axis(panel: Axes, name: str, curves: Sequence[PhaseCurve]) -> None:
    """Start losses at zero; let shares end at one and span at least a tenth."""
    drawn = [value for each in curves for key in (name, f"val_{name}") for value in _values(each, key)]
    drawn = [value for value in drawn if not math.isnan(value)]
    if not drawn or min(drawn) < 0:
        return
    if name == "loss":
        panel.set_ylim(0, 1.05 * max(drawn) or 1)
    elif name.endswith(_SHARES) and max(drawn) <= 1:
        low = min(*drawn, max(drawn) - _LEAST_SPAN)
        pad = 0.05 * (1 - low)
        panel.set_ylim(max(low - pad, -pad), 1 + pad)


def _explain_lines(panels: Any) -> None:
    """Add a legend to the first panel with both curves."""
    for panel in panels:
        if len(panel.get_legend_handles_labels()[1]) > 1:
            panel.legend(frameon=False, labelcolor=MUTED, fontsize=9, ncols=2, loc="best")
            return


def _mark_phases(panels: Any, curves: Sequence[PhaseCurve]) -> None:
    """Draw a line at the start of each phase, with names above the first panel, or numbers if there is no room."""
    spans = _spans(curves)
    total = max(end for _, end in spans)
    before = 0.0 if any("steps" in line for each in curves for line in each.history) else 0.5
    panels[0].set_xlim(before, total + before)
    for begin in dict.fromkeys(begin for begin, _ in spans):
        here = [at for at, span in enumerate(spans) if span[0] == begin < span[1]]
        if not here:
            continue
        if begin:
            for panel in panels:
                panel.axvline(begin + before, color=LINE, linewidth=1.2, linestyle=(0, (4, 3)), zorder=0)
        length = min(spans[at][1] for at in here) - begin
        names = ", ".join(f"{curves[at].name} (discarded)" if curves[at].discarded else curves[at].name for at in here)
        roomy = len(names) * 0.0135 < length / total
        panels[0].annotate(
            clean(names if roomy else ", ".join(str(at + 1) for at in here)),
            (begin + before + length / 2, 1.03),
            xycoords=("data", "axes fraction"),
            ha="center",
            color=MUTED,
            fontsize=9,
            parse_math=False,
        )


def _write_counts(panel: Axes, counts: Any, shade: Any, size: float) -> None:
    for row, line in enumerate(counts):
        for column, count in enumerate(line):
            if count:
                colour = "#ffffff" if shade[row, column] > _DARK_SHADE else INK
                panel.text(column, row, f"{count}", ha="center", va="center", color=colour, fontsize=size)


def _name_classes(panel: Axes, classes: Sequence[str], cell: float) -> None:
    """Label rows and columns; column labels are vertical if a name is wider than a cell (side in inches)."""
    number = len(classes)
    step = -(-number // _NAMED)
    positions = range(0, number, step)
    names = [_shorten(clean(classes[position])) for position in positions]
    size = 9.5 if number <= _ROOMY else 7.5 if number <= _MIDDLING else 6.0
    upright = max(map(len, names)) * size * 0.0078 > cell
    panel.set_xticks(positions, names, fontsize=size, rotation=90 if upright else 0, color=INK, parse_math=False)
    panel.set_yticks(positions, names, fontsize=size, color=INK, parse_math=False)
    panel.set_xlabel("predicted", color=MUTED)
    panel.set_ylabel("true", color=MUTED)
    panel.tick_params(length=0)
    panel.spines[:].set_visible(False)
    if number <= _NAMED:
        panel.set_xticks([each + 0.5 for each in range(number - 1)], minor=True)
        panel.set_yticks([each + 0.5 for each in range(number - 1)], minor=True)
        panel.grid(which="minor", color=SURFACE, linewidth=1.5 if number <= _COUNTED else 0.7)
        panel.tick_params(which="minor", length=0)


def _shorten(name: str, longest: int = 18) -> str:
    return name if len(name) <= longest else name[: longest - 1] + "…"
