"""A row of a table, as every format gives it."""

from __future__ import annotations

from typing import Any, TypeAlias

__all__ = ["Row"]

Row: TypeAlias = tuple[int, list[Any]]
"""The line (or row, from 1) and the cells that were asked for: text, number, bool, list; None where there is none."""
