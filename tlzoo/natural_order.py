"""The order in which people sort names."""

from __future__ import annotations

import re
from typing import TypeAlias

__all__ = ["Natural", "natural"]

Natural: TypeAlias = tuple[tuple[int, str], ...]
"""A key to sort names by."""


def natural(name: str) -> Natural:
    """Return a key that sorts ``class 2`` before ``class 10``, whatever the case of letters.

    >>> sorted(["class 10", "Class 2", "apple"], key=natural)
    ['apple', 'Class 2', 'class 10']
    """
    pieces = re.split(r"(\d+)", name)
    return (*((int(piece), "") if piece.isdecimal() else (0, piece.casefold()) for piece in pieces), (0, name))
