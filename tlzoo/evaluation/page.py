"""Templates of the HTML pages: filters for numbers and pictures, and plots."""

from __future__ import annotations

import base64
import hashlib
import io
import math
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from tlzoo.durations import format_duration
from tlzoo.evaluation.class_curves_plot import class_curves_plot
from tlzoo.evaluation.plots import PhaseCurve, confusion_plot, curves_plot, rate_range_plot, scatter_plot
from tlzoo.evaluation.reliability_plot import reliability_plot
from tlzoo.evaluation.report import RateRangeTest, Report
from tlzoo.files.atomic import atomic_write
from tlzoo.printable import printable
from tlzoo.tasks.metrics import ANY_SECTION, ReportSection, report_section

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import jinja2
    from numpy.typing import NDArray


__all__ = ["environment", "page_script", "render_report", "template_of", "write_report"]

LIMITS = {
    "predictions": 24,
    "rows": 200,  # of a list
    "open_rows": 10,  # longer lists are folded away
    "open_classes": 25,
    "open_copies": 5,  # groups of duplicates, likewise
    "copies": 8,  # names of one group
    "worst_classes": 10,
    "matrix": 200,  # classes: of more, a cell is smaller than a pixel
    "confusions": 10,
    "letters": 400,
    "tiles": 4,
    "tiny": 64,  # pixels: smaller pictures are enlarged, with their pixels visible
}
"""Maximum lengths of lists on the page."""

_THUMBNAIL = 192


def write_report(path: Path, report: Report, tell: Callable[[str], None] = lambda _note: None) -> Path:
    """Write the report as an HTML page, atomically.

    Args:
        path: HTML file.
        report: Content of the report.
        tell: Receives a note if the section of the metrics cannot be written. The page then lacks it and has the note.

    Returns:
        The path.

    Raises:
        OSError: If the file cannot be written.
    """
    page = render_report(report, tell)
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as stream:
        stream.write(page.encode("utf-8", "backslashreplace"))
    return path


def render_report(report: Report, tell: Callable[[str], None] = lambda _note: None) -> str:
    """Return the report as one HTML document without external resources.

    Args:
        report: Content of the report.
        tell: Receives a note if the section of the metrics cannot be written.

    Returns:
        The HTML text.
    """
    if report.metrics is None:
        return _rendered(report)
    for section in (report_section(report.metrics), ANY_SECTION):
        try:
            return _rendered(report, section)
        except Exception as error:  # noqa: BLE001 - templates and metrics may be a plugin's
            said = " ".join(f"{type(error).__name__}: {error}".split())
            note = f"the report has no section of {type(report.metrics).__name__}: {said}"
        if note not in report.warnings:
            tell(note)
            report = replace(report, warnings=(*report.warnings, note))
    return _rendered(report)


def _rendered(report: Report, own: ReportSection | None = None) -> str:
    values: dict[str, Any] = {
        "report": report,
        "created": report.created,
        "tiles": None,
        "section": None,
        "most_wrong_note": "",
    }
    if own is not None:
        values["tiles"] = template_of(own.templates / "tiles.html.jinja")
        values["section"] = template_of(own.templates / "section.html.jinja")
        values["most_wrong_note"] = own.most_wrong
    return environment().get_template("report.html.jinja").render(values)


@cache
def environment() -> jinja2.Environment:
    """Return the templates of this package.

    Every value is made printable, as in a terminal, and then escaped for HTML. The plots escape their own texts.
    """
    import jinja2

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
        "curve_note": _curve_note,
        "rate_range": _rate_range,
        "confusion": _confusion,
        "limits": LIMITS,
        "class_curves": _class_curves,
        "reliability": _reliability,
        "scatter": _scatter,
    }
    return made


def template_of(path: Path) -> jinja2.Template:
    """Return a template from another package, which may use the filters and plots of this package."""
    return environment().from_string(path.read_text("utf-8"))


def page_script(*names: str) -> tuple[Markup, str]:
    """Return the text of script files of this package, and its hash for the page's Content-Security-Policy."""
    folder = Path(__file__).parent / "templates"
    text = "".join((folder / name).read_text("utf-8") for name in names)
    return Markup(text), base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()  # noqa: S704 - files of ours


def _printable(value: object) -> str:
    """Return a value's text with escapes for control, invisible and bidirectional characters; HTML stays HTML."""
    text = printable(str(value))
    return Markup(text) if isinstance(value, Markup) else text  # noqa: S704 - the escapes are backslashes and letters


def _image_address(encoded: bytes) -> str:
    """Return a PNG or GIF as a data URI."""
    kind = "gif" if encoded.startswith(b"GIF") else "png"
    return f"data:image/{kind};base64," + base64.b64encode(encoded).decode()


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if math.isfinite(share) else "n/a"


def _share(share: float) -> str:
    return f"{share:.3f}" if math.isfinite(share) else "n/a"


def _number(value: float | None) -> str:
    return f"{value:.4g}" if value is not None and math.isfinite(value) else "n/a"


def _scatter(target: str, truth: Sequence[float], predicted: Sequence[float]) -> Markup:
    return Markup(scatter_plot(target, truth, predicted))  # noqa: S704 - an SVG of tlzoo


def _class_curves(report: Report) -> Markup:
    return Markup(class_curves_plot(report.curves))  # noqa: S704 - an SVG of tlzoo


def _reliability(report: Report) -> Markup:
    return Markup(reliability_plot(report.calibration))  # noqa: S704 - an SVG of tlzoo


def _thumbnail(image: NDArray[Any]) -> str:
    """Return a WebP of at most 192 pixels per side as a data URI; a smaller image keeps its size and all pixels."""
    import numpy as np
    from PIL import Image

    pixels = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    is_whole = max(picture.size) <= _THUMBNAIL
    picture.thumbnail((_THUMBNAIL, _THUMBNAIL))
    stream = io.BytesIO()
    picture.save(stream, "WEBP", lossless=is_whole, quality=85)
    return "data:image/webp;base64," + base64.b64encode(stream.getvalue()).decode()


def _curves(report: Report) -> Markup:
    """Draw the phases that have epochs; a solved phase has none, and is drawn only if there is no other."""
    hide = not report.phases or not all(each.solved for each in report.phases)
    phases = [
        PhaseCurve(each.name, () if each.solved and hide else each.history, each.discarded, each.after)
        for each in report.phases
    ]
    return Markup(curves_plot(phases, report.unit if hide else "passes"))  # noqa: S704 - an SVG of tlzoo


def _curve_note(report: Report) -> str:
    """Return a note on the curves."""
    notes = []
    solved = [repr(each.name) for each in report.phases if each.solved]
    if len(solved) == len(report.phases):
        notes.append("The head was fitted to its optimum: each point is a pass of the solver, not an epoch.")
    elif solved:
        notes.append(f"Not drawn: {', '.join(solved)}, fitted to the optimum by a solver, without epochs.")
    if any(each.discarded for each in report.phases):
        notes.append("Pale lines are discarded phases: the final weights do not come from them.")
    return " ".join(notes)


def _rate_range(test: RateRangeTest) -> Markup:
    return Markup(rate_range_plot(test.rates, test.losses, test.suggested))  # noqa: S704 - an SVG of tlzoo


def _confusion(counts: Sequence[Sequence[int]], classes: Sequence[str]) -> Markup:
    return Markup(confusion_plot(counts, classes))  # noqa: S704 - an SVG of tlzoo
