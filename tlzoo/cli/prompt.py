"""Questions in the terminal."""

from __future__ import annotations

import sys

__all__ = ["confirm", "in_terminal"]


def in_terminal() -> bool:
    """Return whether both input and messages are connected to a terminal."""
    return bool(sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty())


def confirm(question: str) -> bool:
    """Ask in the terminal; any answer except yes means no."""
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
