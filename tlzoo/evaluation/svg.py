"""Figures as SVG in the colours of their page.

Every colour is a CSS variable with a fallback, so a plot works in a light page, a dark page, and alone.
"""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["ACCENT", "INK", "LINE", "MUTED", "SURFACE", "clean", "style", "svg"]

# Matplotlib does not support CSS variables: placeholder colours are drawn and replaced in the text.
INK, MUTED, LINE, SURFACE, ACCENT = "#010101", "#020202", "#030303", "#040404", "#050505"
_COLOURS = {
    INK: "var(--ink, #1c2128)",
    MUTED: "var(--muted, #6b7280)",
    LINE: "var(--line, #d9dee5)",
    SURFACE: "var(--surface, #ffffff)",
    ACCENT: "var(--accent, #2a66d0)",
}


def style(panel: Axes) -> None:
    """Style a panel: no frame, pale lines, small numbers."""
    panel.set_facecolor("none")
    panel.spines[["top", "right"]].set_visible(False)
    panel.spines[["left", "bottom"]].set_color(LINE)
    panel.tick_params(color=LINE, labelcolor=MUTED, labelsize=9)


def clean(text: str) -> str:
    """Return a class name as valid text: characters invalid in UTF-8 or XML are escaped."""
    printable = "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)
    return printable.encode("utf-8", "backslashreplace").decode()


def svg(figure: Figure, description: str) -> str:
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
