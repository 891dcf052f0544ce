"""Questions on the terminal."""

from __future__ import annotations

import sys

__all__ = ["confirm", "in_terminal"]


def in_terminal() -> bool:
    """Return whether there is somebody to ask: input and messages both go to a terminal."""
    return bool(sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty())


def confirm(question: str) -> bool:
    """Ask on the terminal; anything but yes is no."""
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
