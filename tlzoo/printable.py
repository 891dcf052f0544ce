"""Make untrusted text safe to display: escape characters that control a terminal or hide text.

Names of files and classes, registries, plugins and data may contain any character. Escape sequences move the cursor or
set the window title, bidirectional controls reorder text, and zero-width characters are invisible.
"""

from __future__ import annotations

import codecs
import re

__all__ = ["READABLE", "printable", "readable"]

_HIDDEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and line feed, DEL, C1
    "\u00ad\u061c\u180e\u200b-\u200f\u2060-\u2064\ufeff"  # zero width, and marks of direction
    "\u2028-\u202e\u2066-\u206f"  # line and paragraph separators, bidirectional embeddings, overrides and isolates
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f"  # annotations, surrogates (bytes of file names), tags
)
_IN_LINES = re.compile(f"[{_HIDDEN}]")
_IN_ONE_LINE = re.compile(f"[\t\n{_HIDDEN}]")

READABLE = "tlzoo-readable"
"""An error handler of codecs: characters missing in a terminal's encoding are written in ASCII."""

_IN_ASCII = {
    "\u2026": "...", "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u2192": "->", "\u00d7": "x", "\u00b1": "+-",
    "\u2265": ">=", "\u2264": "<=", "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2022": "*",
}  # fmt: skip
_BYTES = range(0xDC80, 0xDD00)
"""Surrogates for the bytes 0x80 to 0xff of a name that is not UTF-8 (PEP 383)."""


def printable(text: str, *, one_line: bool = False) -> str:
    r"""Return text with escapes such as ``\x1b`` for characters that a terminal would interpret or hide.

    Args:
        text: Any text.
        one_line: If True, line feeds and tabs are escaped, too, as for a table cell.

    >>> printable("cat\x1b]0;title\x07"), printable("a\nb", one_line=True)
    ('cat\\x1b]0;title\\x07', 'a\\nb')
    """
    return text if text.isprintable() else (_IN_ONE_LINE if one_line else _IN_LINES).sub(_escaped, text)


def readable(name: str) -> str:
    r"""Return a name that is valid UTF-8, with escapes such as ``\xe9`` for other bytes.

    >>> readable("caf\udce9.jpg")
    'caf\\xe9.jpg'
    """
    return name if name.isascii() else _SURROGATES.sub(_escaped, name)


_SURROGATES = re.compile("[\ud800-\udfff]")


def _escaped(match: re.Match[str]) -> str:
    point = ord(match[0])
    if point in _BYTES:
        return f"\\x{point - 0xDC00:02x}"
    return match[0].encode("unicode_escape").decode("ascii")


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    wrong = error.object[error.start : error.end]
    shown = "".join(_IN_ASCII.get(each) or each.encode("ascii", "backslashreplace").decode() for each in wrong)
    return shown, error.end


codecs.register_error(READABLE, _in_ascii)
