"""The template of the report's page, and how it writes numbers and pictures."""

from __future__ import annotations

import base64
import io
import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from tlzoo.durations import format_duration
from tlzoo.evaluation.plots import confusion_plot, curves_plot, rate_range_plot, scatter_plot
from tlzoo.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tlzoo.evaluation.metrics import ClassificationMetrics
    from tlzoo.evaluation.report import RateRangeTest, Report

__all__ = ["environment"]

LIMITS = {"predictions": 24, "set_aside": 200, "open_classes": 25, "confusions": 10, "letters": 400, "tiles": 4}
"""How much of a thing the page shows."""

_THUMBNAIL = 96


@cache
def environment() -> jinja2.Environment:
    """Return the templates of this package.

    Every value is made printable, as on a terminal, and is then escaped for HTML. The plots escape for themselves.
    """
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        finalize=_printable,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"percent": _percent, "share": _share, "number": _number}
    made.filters |= {"duration": format_duration, "thumbnail": _thumbnail}
    made.filters |= {"gif": _gif}
    made.globals |= {
        "curves": _curves,
        "rate_range": _rate_range,
        "confusion": _confusion,
        "confusions": _confusions,
        "kind_of": _kind_of,
        "limits": LIMITS,
        "most_wrong_means": _most_wrong_means,
        "scatter": _scatter,
    }
    return made


def _printable(value: object) -> str:
    """Return a value's text with escapes for control, invisible and bidirectional characters; HTML stays HTML."""
    text = printable(str(value))
    return Markup(text) if isinstance(value, Markup) else text  # noqa: S704 - the escapes are backslashes and letters


def _gif(encoded: bytes) -> str:
    """Return an animated GIF as an address that holds it."""
    return "data:image/gif;base64," + base64.b64encode(encoded).decode()


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if math.isfinite(share) else "n/a"


def _share(share: float) -> str:
    return f"{share:.3f}" if math.isfinite(share) else "n/a"


def _number(value: float | None) -> str:
    return f"{value:.4g}" if value is not None and math.isfinite(value) else "n/a"


def _kind_of(metrics: object) -> str:
    kind = getattr(metrics, "kind", "")
    return kind if kind in _MOST_WRONG else "other"


def _most_wrong_means(metrics: object) -> str:
    return _MOST_WRONG.get(_kind_of(metrics), "")


_MOST_WRONG = {
    "classification": "Test examples whose true class was given the least probability.",
    "multi-label": "Test examples with the label that was missed or invented with the most confidence.",
    "regression": "Test examples whose numbers are farthest off, in units of the training split's standard deviation.",
}


def _scatter(target: str, truth: Sequence[float], predicted: Sequence[float]) -> Markup:
    return Markup(scatter_plot(target, truth, predicted))  # noqa: S704 - an SVG of ours


def _thumbnail(image: NDArray[Any]) -> str:
    """Return a PNG of at most 96 pixels a side as a data URI; a smaller picture keeps its size."""
    import numpy as np
    from PIL import Image

    pixels = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    picture.thumbnail((_THUMBNAIL, _THUMBNAIL))
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()


def _curves(report: Report) -> Markup:
    phases = [(each.name, each.history, each.undone) for each in report.phases]
    return Markup(curves_plot(phases, report.unit))  # noqa: S704 - an SVG of ours


def _rate_range(test: RateRangeTest) -> Markup:
    return Markup(rate_range_plot(test.rates, test.losses, test.suggested))  # noqa: S704 - an SVG of ours


def _confusion(metrics: ClassificationMetrics) -> Markup:
    return Markup(confusion_plot(metrics.confusion, metrics.classes))  # noqa: S704 - an SVG of ours


def _confusions(metrics: ClassificationMetrics) -> list[tuple[int, str, str]]:
    """Return (count, truth, prediction) for each pair of classes that was mixed up, the commonest first."""
    names = metrics.classes
    pairs = [
        (count, names[i], names[j])
        for i, row in enumerate(metrics.confusion)
        for j, count in enumerate(row)
        if i != j and count
    ]
    return sorted(pairs, key=lambda pair: -pair[0])
