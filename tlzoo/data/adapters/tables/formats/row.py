"""The common form of a table's rows."""

from __future__ import annotations

from typing import Any, TypeAlias

__all__ = ["Row"]

Row: TypeAlias = tuple[int, list[Any]]
"""The line (or row, from 1) and the requested cells: text, number, bool, list, or None for an empty cell."""
