"""Plots of a run as SVG, in the colours of their page.

Every colour is a CSS variable with a fallback, so a plot works in a light page, a dark page, and alone. pyplot is not
used, so there is no global state and no window system.
"""

from __future__ import annotations

import io
import math
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["PhaseCurve", "confusion_plot", "cost_plot", "curves_plot", "rate_range_plot", "scatter_plot"]

# Matplotlib does not support CSS variables: placeholder colours are drawn and replaced in the text.
_INK, _MUTED, _LINE, _SURFACE, _ACCENT = "#010101", "#020202", "#030303", "#040404", "#050505"
_COLOURS = {
    _INK: "var(--ink, #1c2128)",
    _MUTED: "var(--muted, #6b7280)",
    _LINE: "var(--line, #d9dee5)",
    _SURFACE: "var(--surface, #ffffff)",
    _ACCENT: "var(--accent, #2a66d0)",
}

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
        _style(panel)
        panel.set_ylabel(name.replace("_", " "), color=_MUTED)
        _draw_history(panel, name, curves)
        _limit_axis(panel, name, curves)
    _explain_lines(panels)
    _mark_phases(panels, curves)
    panels[-1].set_xlabel({"epochs": "epoch", "passes": "pass", "steps": "steps"}[unit], color=_MUTED)
    panels[-1].xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    panels[-1].xaxis.set_major_formatter("{x:,.0f}")
    return _svg(figure, f"Training and validation {' and '.join(figures)} over the {unit} of {len(phases)} phases")


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
    _style(panel)
    panel.plot(rates, losses, color=_ACCENT, linewidth=2.0)
    panel.axvline(suggested, color=_MUTED, linewidth=1.3, linestyle=":")
    panel.set_xscale("log")
    panel.set_xlabel(f"learning rate; {suggested:.1e} suggested", color=_MUTED)
    panel.set_ylabel("loss", color=_MUTED)
    return _svg(figure, f"Loss over {len(rates)} steps of rising learning rate; {suggested:.1e} is suggested")


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
    _style(panel)
    panel.imshow(cells, interpolation="none")
    if number <= _COUNTED:
        _write_counts(panel, counts, shade, size=9.5 if number <= _ROOMY else 7.0)
    _name_classes(panel, classes, cell)
    return _svg(figure, f"Confusion matrix of {number} classes, rows true, columns predicted")


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
    dots = {"s": 14, "color": _ACCENT, "alpha": max(0.25, min(0.8, 60 / len(true))), "linewidths": 0}
    low, high = min(true.min(), found.min()), max(true.max(), found.max())
    _style(left)
    margin = 0.04 * (high - low) or 1.0
    left.set(xlim=(low - margin, high + margin), ylim=(low - margin, high + margin), aspect="equal")
    left.plot((low, high), (low, high), color=_MUTED, linewidth=1.3, linestyle=":")
    left.scatter(true, found, **dots)
    left.set_xlabel(f"true {_shorten(_clean(target))}", color=_MUTED, parse_math=False)
    left.set_ylabel("predicted", color=_MUTED)
    _style(right)
    right.axhline(0, color=_MUTED, linewidth=1.3, linestyle=":")
    right.scatter(found, true - found, **dots)
    right.set_xlabel("predicted", color=_MUTED)
    right.set_ylabel("residual: true minus predicted", color=_MUTED)
    return _svg(figure, f"{len(true)} predictions over the true numbers, and their residuals")


def cost_plot(points: Sequence[tuple[str, Any, Any, int]], what: str) -> str:
    """Return the SVG of accuracy, or another figure, over milliseconds and over megabytes, on logarithmic axes.

    Args:
        points: Name, figure, milliseconds and bytes of each file.
        what: Name of the figure; an accuracy is shown in percent.

    Returns:
        An SVG element; an empty string for fewer than two points.
    """
    from matplotlib.figure import Figure

    if len(points) < 2:  # noqa: PLR2004
        return ""
    figure = Figure(figsize=(8.6, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    names, values = [each[0] for each in points], [each[1] for each in points]
    for panel, label, costs in (
        (left, "milliseconds for one sample", [each[2] for each in points]),
        (right, "megabytes", [each[3] / 1e6 for each in points]),
    ):
        _style(panel)
        panel.scatter(costs, values, s=28, color=_ACCENT, linewidths=0)
        panel.set_xscale("log")
        panel.margins(0.25, 0.2)
        panel.set_xlabel(f"{label}, logarithmic", color=_MUTED)
        panel.xaxis.set_major_formatter("{x:g}")
        panel.xaxis.set_minor_formatter("{x:g}")
        panel.tick_params(which="minor", color=_LINE, labelcolor=_MUTED, labelsize=8)
        for name, cost, value in zip(names, costs, values, strict=True):
            panel.annotate(
                _clean(name), (cost, value), (0, 6), textcoords="offset points", ha="center", fontsize=8, color=_INK
            )
    left.set_ylabel(what, color=_MUTED)
    if what == "accuracy":
        left.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g} %")
    return _svg(figure, f"{what} of {len(points)} exported files over milliseconds and megabytes")


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
        for key, label, colour, width in ((name, "training", _MUTED, 1.3), (f"val_{name}", "validation", _ACCENT, 2.0)):
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
            panel.legend(frameon=False, labelcolor=_MUTED, fontsize=9, ncols=2, loc="best")
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
                panel.axvline(begin + before, color=_LINE, linewidth=1.2, linestyle=(0, (4, 3)), zorder=0)
        length = min(spans[at][1] for at in here) - begin
        names = ", ".join(f"{curves[at].name} (discarded)" if curves[at].discarded else curves[at].name for at in here)
        roomy = len(names) * 0.0135 < length / total
        panels[0].annotate(
            _clean(names if roomy else ", ".join(str(at + 1) for at in here)),
            (begin + before + length / 2, 1.03),
            xycoords=("data", "axes fraction"),
            ha="center",
            color=_MUTED,
            fontsize=9,
            parse_math=False,
        )


def _write_counts(panel: Axes, counts: Any, shade: Any, size: float) -> None:
    for row, line in enumerate(counts):
        for column, count in enumerate(line):
            if count:
                colour = "#ffffff" if shade[row, column] > _DARK_SHADE else _INK
                panel.text(column, row, f"{count}", ha="center", va="center", color=colour, fontsize=size)


def _name_classes(panel: Axes, classes: Sequence[str], cell: float) -> None:
    """Label rows and columns; column labels are vertical if a name is wider than a cell (side in inches)."""
    number = len(classes)
    step = -(-number // _NAMED)
    positions = range(0, number, step)
    names = [_shorten(_clean(classes[position])) for position in positions]
    size = 9.5 if number <= _ROOMY else 7.5 if number <= _MIDDLING else 6.0
    upright = max(map(len, names)) * size * 0.0078 > cell
    panel.set_xticks(positions, names, fontsize=size, rotation=90 if upright else 0, color=_INK, parse_math=False)
    panel.set_yticks(positions, names, fontsize=size, color=_INK, parse_math=False)
    panel.set_xlabel("predicted", color=_MUTED)
    panel.set_ylabel("true", color=_MUTED)
    panel.tick_params(length=0)
    panel.spines[:].set_visible(False)
    if number <= _NAMED:
        panel.set_xticks([each + 0.5 for each in range(number - 1)], minor=True)
        panel.set_yticks([each + 0.5 for each in range(number - 1)], minor=True)
        panel.grid(which="minor", color=_SURFACE, linewidth=1.5 if number <= _COUNTED else 0.7)
        panel.tick_params(which="minor", length=0)


def _style(panel: Axes) -> None:
    panel.set_facecolor("none")
    panel.spines[["top", "right"]].set_visible(False)
    panel.spines[["left", "bottom"]].set_color(_LINE)
    panel.tick_params(color=_LINE, labelcolor=_MUTED, labelsize=9)


def _shorten(name: str, longest: int = 18) -> str:
    return name if len(name) <= longest else name[: longest - 1] + "…"


def _clean(text: str) -> str:
    """Return a class name as valid text: characters invalid in UTF-8 or XML are escaped."""
    printable = "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)
    return printable.encode("utf-8", "backslashreplace").decode()


def _svg(figure: Figure, description: str) -> str:
    """Return a figure as an SVG element with the page's fonts and colour variables."""
    import matplotlib as mpl

    figure.patch.set_alpha(0)
    stream = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": description}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # the page's fonts are used, not matplotlib's
        metadata = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(stream, format="svg", bbox_inches="tight", pad_inches=0.04, metadata=metadata)
    text = stream.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r'<g id="[^"]*"', "<g", text)  # equal in every plot, but ids must be unique in a page
    text = re.sub(r'style="[^"]*"', _follow_page, text)
    return text.replace("<svg ", f'<svg role="img" aria-label="{description}" stroke-linejoin="round" ', 1)


def _follow_page(style: re.Match[str]) -> str:
    """Replace the placeholder colours of one style attribute by the page's variables."""
    text = re.sub(r"'DejaVu Sans'[^;\"]*", "var(--sans, system-ui, sans-serif)", style[0])
    return re.sub("|".join(_COLOURS), lambda colour: _COLOURS[colour[0]], text)
