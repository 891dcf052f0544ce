"""Names as bytes in the outputs of serving signatures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["encoded", "word"]


def encoded(names: Sequence[str]) -> list[bytes]:
    """Return names as their original bytes: names of folders need not be UTF-8."""
    return [name.encode("utf-8", "surrogateescape") for name in names]


def word(value: Any) -> str:
    """Return a name from its bytes."""
    return str(value.decode("utf-8", "surrogateescape"))
