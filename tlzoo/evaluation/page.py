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

    from tlzoo.evaluation.report import RateRangeTest, Report

__all__ = ["environment", "template_of"]

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
    made.filters |= {"image_address": _image_address}
    made.globals |= {
        "curves": _curves,
        "rate_range": _rate_range,
        "confusion": _confusion,
        "limits": LIMITS,
        "scatter": _scatter,
    }
    return made


def template_of(path: Path) -> jinja2.Template:
    """Return a template from elsewhere, which may use the filters and plots of this package."""
    return environment().from_string(path.read_text("utf-8"))


def _printable(value: object) -> str:
    """Return a value's text with escapes for control, invisible and bidirectional characters; HTML stays HTML."""
    text = printable(str(value))
    return Markup(text) if isinstance(value, Markup) else text  # noqa: S704 - the escapes are backslashes and letters


def _image_address(encoded: bytes) -> str:
    """Return a PNG or a GIF as an address that holds it."""
    kind = "gif" if encoded.startswith(b"GIF") else "png"
    return f"data:image/{kind};base64," + base64.b64encode(encoded).decode()


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if math.isfinite(share) else "n/a"


def _share(share: float) -> str:
    return f"{share:.3f}" if math.isfinite(share) else "n/a"


def _number(value: float | None) -> str:
    return f"{value:.4g}" if value is not None and math.isfinite(value) else "n/a"


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


def _confusion(counts: Sequence[Sequence[int]], classes: Sequence[str]) -> Markup:
    return Markup(confusion_plot(counts, classes))  # noqa: S704 - an SVG of ours
